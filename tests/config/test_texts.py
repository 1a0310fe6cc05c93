"""What prompts say: our own words, and those of ivr_flows/prompts/<language>.toml."""

import pytest

from pbx.config.models import ConfigErrors
from pbx.config.texts import texts
from tests.config.stage import Stage


def test_texts_of_the_folder_win_over_ours(stage: Stage) -> None:
    folder = stage.folder / "ivr_flows/prompts"
    folder.unlink()
    (folder / "en").mkdir(parents=True)
    (folder / "en.toml").write_text('digit-1 = "unity"\nhello = { text = "Labdien", voice = "lv" }\n')
    said = texts(stage.folder)
    assert said["en", "digit-1"] == ("unity", "en")
    assert said["en", "digit-2"] == ("two", "en")
    assert said["en", "hello"] == ("Labdien", "lv")
    assert all(language == "en" for language, _ in said)


def test_what_is_no_text_is_refused_with_its_place(stage: Stage) -> None:
    folder = stage.folder / "ivr_flows/prompts"
    folder.unlink()
    folder.mkdir()
    (folder / "en.toml").write_text(
        'a = 5\nb = " "\nc = { text = "x" }\nd = { text = "x", voice = "lv", z = 1 }\n'
    )
    (folder / "lv.toml").write_text("a = \n")
    with pytest.raises(ConfigErrors) as caught:
        texts(stage.folder)
    places = [(problem.file[-7:], problem.line, problem.column) for problem in caught.value.problems]
    assert places == [("en.toml", line, 5) for line in (1, 2, 3, 4)] + [("lv.toml", 1, 5)]
