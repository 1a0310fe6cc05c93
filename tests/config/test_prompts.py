import pytest

from pbx.config import prompts
from pbx.config.models import ConfigErrors
from tests.config.stage import Stage


def test_texts_of_the_folder_win_over_ours(stage: Stage) -> None:
    folder = stage.folder / "ivr_flows/prompts"
    folder.unlink()
    (folder / "en").mkdir(parents=True)
    (folder / "en.toml").write_text('digit-1 = "unity"\nhello = { text = "Labdien", voice = "lv" }\n')
    texts = prompts.texts(stage.folder)
    assert texts["en", "digit-1"] == ("unity", "en")
    assert texts["en", "digit-2"] == ("two", "en")
    assert texts["en", "hello"] == ("Labdien", "lv")
    assert all(language == "en" for language, _ in texts)
    assert prompts.recording(stage.folder, "en", "hello") == folder / "en/hello.wav"


def test_what_is_no_text_is_refused_with_its_place(stage: Stage) -> None:
    folder = stage.folder / "ivr_flows/prompts"
    folder.unlink()
    folder.mkdir()
    (folder / "en.toml").write_text(
        'a = 5\nb = " "\nc = { text = "x" }\nd = { text = "x", voice = "lv", z = 1 }\n'
    )
    (folder / "lv.toml").write_text("a = \n")
    with pytest.raises(ConfigErrors) as caught:
        prompts.texts(stage.folder)
    places = [(problem.file[-7:], problem.line, problem.column) for problem in caught.value.problems]
    assert places == [("en.toml", line, 5) for line in (1, 2, 3, 4)] + [("lv.toml", 1, 5)]


def test_missing_names_what_has_no_recording_in_some_language(stage: Stage) -> None:
    configuration = stage.load()
    assert prompts.missing(configuration) == ()
    object.__setattr__(configuration, "languages", ("en", "de"))
    missing = prompts.missing(configuration)
    assert ("de", "agent-paused") in missing
    assert {language for language, _ in missing} == {"de"}
