"""What callers may hear, and which audio says it."""

from pathlib import Path

import pytest

from pbx.config.load import load_configuration
from pbx.config.models import Clip, ConfigErrors, Configuration, SpeechPlan
from pbx.config.prompts import made, recording, states, superfluous
from pbx.ivr.speech.template import clip_name
from tests.config.stage import GOOD, Stage, swapped

HELLO = "Hello there."
FLOW = f"""start = "hello"
[nodes.hello]
do = "say"
prompt = ["welcome", "news", {{ en = "{HELLO}" }}]
next = "wait"
[nodes.wait]
do = "hangup"
prompt = "You wait {{dialled:wait}}."
"""


@pytest.fixture
def talking(stage: Stage) -> Stage:
    """The flow says a recording, a text by name, a text, and a text with a slot."""
    folder = stage.folder / "ivr_flows/prompts"
    recordings = folder.resolve()
    folder.unlink()
    (folder / "en").mkdir(parents=True)
    for file in (recordings / "en").iterdir():
        (folder / "en" / file.name).touch()
    (folder / "en.toml").write_text('news = "We have moved."\n')
    stage.flow("main", FLOW)
    return stage


def clip(configuration: Configuration, name: str) -> Clip:
    [found] = [one for one in configuration.clips if one.name == name]
    return found


def touch(path: Path) -> Path:
    path.parent.mkdir(exist_ok=True)
    path.touch()
    return path


def test_everything_that_may_be_said_is_known_with_its_text(talking: Stage) -> None:
    texts = talking.load().texts
    assert texts["en/news"] == "We have moved."
    assert texts[f"en/{clip_name(HELLO)}"] == HELLO
    assert texts[f"en/{clip_name('You wait')}"] == "You wait"
    assert any("between" in text for text in texts.values())
    assert texts["en/digit-7"] == "seven"
    assert "en/welcome" not in texts


def test_a_text_that_a_language_lacks_is_heard_in_another(talking: Stage) -> None:
    talking.flow("main", FLOW.replace(f'{{ en = "{HELLO}" }}', '{ lv = "Sveiki.", ru = "Привет." }'))
    assert {one.language for one in talking.load().clips if one.text in ("Sveiki.", "Привет.")} == {"lv"}


def test_a_queue_may_say_a_text_under_one_name_in_every_language(talking: Stage) -> None:
    text = swapped("[agents", 'welcome = { en = "Wait.", lv = "Gaidiet." }\n[agents')
    configuration = talking.load(text)
    assert configuration.queues["support"].welcome == clip_name("Wait.")
    assert configuration.texts[f"en/{clip_name('Wait.')}"] == "Wait."


def test_a_queue_has_no_variables_to_say(talking: Stage) -> None:
    for wrong in ('"{place}"', '{ en = "You are number {place:number}." }'):
        [problem] = talking.problems(swapped("[agents", f"welcome = {wrong}\n[agents"))
        assert "a queue has no variables" in problem.message


def test_a_recording_wins_over_what_was_made_and_that_over_silence(talking: Stage) -> None:
    silent = talking.load()
    hello = clip(silent, clip_name(HELLO))
    assert hello.key not in silent.audio
    ours = touch(made(talking.folder, hello, silent.speech))
    assert talking.load().audio[hello.key] == ours
    theirs = touch(recording(talking.folder, "en", hello.name))
    assert talking.load().audio[hello.key] == theirs
    assert superfluous(talking.load()) == [ours]


def test_the_state_of_a_clip_follows_its_text_voice_and_command(talking: Stage) -> None:
    def state(text: str = GOOD) -> str:
        configuration = talking.load(text)
        return dict(states(configuration))[clip(configuration, "news")]

    assert state() == "missing"
    configuration = talking.load()
    touch(made(talking.folder, clip(configuration, "news"), configuration.speech))
    assert state() == "made"
    assert state(GOOD + '[speech]\nvoices = { en = "en-gb" }\n') == "stale"
    assert state(GOOD + '[speech]\ncommand = ["say", "{file}"]\n') == "stale"
    (talking.folder / "ivr_flows/prompts/en.toml").write_text('news = "We have moved again."\n')
    assert state() == "stale"
    touch(recording(talking.folder, "en", "news"))
    assert state() == "recorded"


def test_a_made_file_is_named_after_its_words_and_a_digest() -> None:
    one, plan = Clip("en", "news", "We have moved.", "en"), SpeechPlan()
    path = made(Path(), one, plan)
    assert path.parent == Path("ivr_flows/prompts/en/made")
    assert path.name.startswith("news-")
    assert len(path.name) == len("news-01234567.wav")
    others = [
        made(Path(), one._replace(text="We moved."), plan),
        made(Path(), one._replace(voice="lv"), plan),
        made(Path(), one, SpeechPlan(("say", "{file}"))),
        made(Path(), one, SpeechPlan((), {"en": "en-gb"})),
    ]
    assert len({path, *others}) == 5
    assert made(Path(), one, SpeechPlan((), {"en": "en"})) == path


def test_what_must_be_there_depends_on_who_asks(talking: Stage) -> None:
    talking.write(GOOD)
    assert load_configuration(talking.file, need="texts")
    with pytest.raises(
        ConfigErrors, match=r"3:14|1:14: error: nothing speaks .*run `centrala prompts build`"
    ):
        load_configuration(talking.file, need="audio")
    talking.flow("main", FLOW.replace('"news"', '"olds"'))
    with pytest.raises(ConfigErrors, match="prompt olds has no recording and no text in en"):
        load_configuration(talking.file, need="texts")
    configuration = load_configuration(talking.file, need="nothing")
    assert dict(states(configuration))[clip(configuration, "olds")] == "unwritten"


@pytest.mark.parametrize(
    ("command", "message"),
    [
        ('["say", "{text}"]', "expected {file} among the arguments"),
        ('["say", "{words}", "{file}"]', "cannot fill in {words}"),
        ("[]", "expected at least 1"),
        ('"say"', "expected a list in [brackets]"),
    ],
)
def test_a_command_that_cannot_speak_is_refused(stage: Stage, command: str, message: str) -> None:
    [problem] = stage.problems(GOOD + f"[speech]\ncommand = {command}\n")
    assert message in problem.message
