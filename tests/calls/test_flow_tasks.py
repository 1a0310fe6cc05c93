"""What flows have done elsewhere, on the exchange that serves callers."""

import asyncio
import stat
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

import pytest
import soundfile

from pbx.calls.look_up import Answer
from pbx.ivr.tasks import LookUp
from pbx.records.facts import (
    CallbackRequested,
    ContactAttribute,
    Fact,
    FlowEntered,
    FlowExited,
    LookupEnded,
    MessageRecorded,
    NodeEntered,
    QueueEntered,
    SurveyAnswered,
    SurveyCompleted,
    SurveyDeclined,
    SurveyOffered,
)
from pbx.steps import Outcome
from tests.calls.premises import premises, route, told
from tests.support.office import Office, office
from tests.support.phones import Habits, Line
from tests.support.virtual_time import run

FLOW = route("100", 'do = "flow", flow = "main"')
CALLER = "+37120000001"
BYE = '[nodes.bye]\ndo = "hangup"\nprompt = "goodbye"\n'


def heard(clinic: Office, line: Line) -> list[str]:
    return [sound.what for sound in clinic.media.session_at(line.far_port).heard]


def facts_of(clinic: Office, kind: type[Fact]) -> list[dict[str, object]]:
    """What these facts say, their times apart."""
    return [fact.data() for fact in clinic.journal.facts if isinstance(fact, kind)]


def nodes(clinic: Office) -> list[str]:
    return [fact.node for fact in clinic.journal.facts if isinstance(fact, NodeEntered)]


async def calls(clinic: Office, caller: str = CALLER) -> Line:
    line = clinic.phone().call("100", caller)
    await line.answered.wait()
    return line


# Messages

RECORD = f"""start = "record"
[nodes.record]
do = "record"
prompt = "welcome"
most = 20.0
silence = 2.0
least = 1.0
finish_keys = "#"
next = "thanks"
nothing = "bye"
[nodes.thanks]
do = "hangup"
prompt = "opening-hours"
{BYE}"""


class Told(NamedTuple):
    nodes: list[str]
    messages: list[MessageRecorded]


def message_story(
    folder: Path, says: float, key: str = "", *, hangs_up: bool = False, after: float = 4.0
) -> Told:
    """A caller cuts the prompt short, says something, and does something so long after the beep."""

    async def story() -> Told:
        config = premises(folder, FLOW, flows={"main": RECORD})
        async with office(config=config, data=folder / "kept") as clinic:
            line = await calls(clinic)
            clinic.press(line, "1")
            await asyncio.sleep(0.3)
            if says:
                clinic.media.session_at(line.far_port).say(says)
            await asyncio.sleep(after)
            if key:
                clinic.press(line, key)
            if hangs_up:
                line.hang_up()
            await line.over.wait()
            await asyncio.sleep(1)
            return Told(nodes(clinic), [f for f in clinic.journal.facts if isinstance(f, MessageRecorded)])

    (folder / "kept").mkdir()
    return run(story())


@pytest.mark.parametrize(
    ("says", "key", "hangs_up", "kept"),
    [
        (5.0, "", False, 5.0),  # silence ended it
        (60.0, "", False, 20.0),  # the longest time did
        (60.0, "#", False, 4.0),  # a key did
        (60.0, "1", False, 20.0),  # another key did not
        (60.0, "", True, 4.0),  # the caller hung up, as most do
    ],
)
def test_a_message_is_kept_for_its_owner_alone(
    tmp_path: Path, says: float, key: str, hangs_up: bool, kept: float
):
    told = message_story(tmp_path, says, key, hangs_up=hangs_up)
    (file,) = (tmp_path / "kept").iterdir()
    (fact,) = told.messages
    assert told.nodes == (["record"] if hangs_up else ["record", "thanks"])
    assert (fact.flow, fact.node, fact.file) == ("main", "record", file.name)
    assert file.name == f"{fact.contact}-1.wav"
    assert abs(fact.seconds - kept) <= 0.3
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert soundfile.info(file).duration >= kept - 0.3


@pytest.mark.parametrize(
    ("says", "hangs_up", "after"),
    [(0.0, False, 4.0), (0.5, False, 4.0), (0.0, True, 1.5), (0.0, True, 0.5), (9.0, True, 0.5)],
)
def test_hardly_anything_is_no_message(tmp_path: Path, says: float, hangs_up: bool, after: float):
    told = message_story(tmp_path, says, hangs_up=hangs_up, after=after)
    assert told == Told(["record"] if hangs_up else ["record", "bye"], [])
    assert list((tmp_path / "kept").iterdir()) == []


def test_a_key_pressed_before_the_beep_is_over_does_not_end_the_message(tmp_path: Path):
    async def story() -> None:
        async with office(config=premises(tmp_path, FLOW, flows={"main": RECORD}), data=tmp_path) as clinic:
            line = await calls(clinic)
            for key in "1#":
                clinic.press(line, key)
                await asyncio.sleep(0.1)
            clinic.media.session_at(line.far_port).say(5.0)
            await line.over.wait()
            (fact,) = [fact for fact in clinic.journal.facts if isinstance(fact, MessageRecorded)]
            assert fact.seconds > 4.5

    run(story())


def test_without_a_place_for_messages_the_flow_goes_on(tmp_path: Path):
    async def story() -> None:
        config = premises(tmp_path, FLOW, flows={"main": RECORD})
        async with office(config=config, data=tmp_path / "nowhere") as clinic:
            line = await calls(clinic)
            await line.over.wait()
            assert nodes(clinic) == ["record", "bye"]

    run(story())


AGAIN = f"""start = "record"
[nodes.record]
do = "record"
least = 0
next = "record"
nothing = "bye"
{BYE}"""


def test_one_call_does_not_fill_the_disk(tmp_path: Path):
    async def story() -> None:
        config = premises(tmp_path, FLOW, flows={"main": AGAIN})
        async with office(config=config, data=tmp_path) as clinic:
            line = await calls(clinic)
            await line.over.wait()
            assert nodes(clinic) == ["record"] * 11 + ["bye"]

    run(story())
    assert len(list(tmp_path.glob("*.wav"))) == 10


# Lookups

ASKS = f"""start = "ask"
[nodes.ask]
do = "lookup"
http = {{ url = "https://crm.example/{{caller}}" }}
fills = {{ digits = "a" }}
within = 2.0
next = "say"
otherwise = "failed"
nothing = "bye"
[nodes.say]
do = "menu"
prompt = ["main-menu", "{{digits}}"]
keys = {{ 1 = "bye" }}
otherwise = "bye"
[nodes.failed]
do = "hangup"
prompt = "invalid"
{BYE}"""


@pytest.mark.parametrize(
    ("answer", "played"),
    [
        ((Outcome.COMPLETED, {"digits": "4096"}), ["en/main-menu", "en/digit-4", "en/digit-0"]),
        ((Outcome.NOTHING, {"reason": ""}), ["en/goodbye"]),
        ((Outcome.FAILED, {"reason": "late"}), ["en/invalid"]),
    ],
)
def test_a_lookup_decides_the_way_and_is_filed_without_its_values(
    tmp_path: Path, answer: Answer, played: list[str]
):
    asked: list[LookUp] = []

    async def look_up(task: LookUp, folder: Path) -> Answer:
        asked.append(task)
        assert folder == tmp_path
        await asyncio.sleep(1.5)
        return answer

    async def story() -> None:
        config = premises(tmp_path, FLOW, flows={"main": ASKS})
        async with office(config=config, look_up=look_up) as clinic:
            line = await calls(clinic)
            sounds = clinic.media.session_at(line.far_port).heard
            await line.over.wait()
            assert [sound.what for sound in sounds][: len(played)] == played
            (fact,) = [fact for fact in clinic.journal.facts if isinstance(fact, LookupEnded)]
            assert (fact.flow, fact.node, fact.outcome, fact.ms) == ("main", "ask", answer[0].value, 1500)
            assert "4096" not in repr(clinic.journal.facts)

    run(story())
    (task,) = asked
    assert list(task.values) == ["caller"]


def test_a_key_pressed_during_a_lookup_answers_the_question_after_it(tmp_path: Path):
    async def look_up(task: LookUp, folder: Path) -> Answer:
        await asyncio.sleep(1.5)
        return Outcome.COMPLETED, {"digits": "7"}

    async def story() -> None:
        config = premises(tmp_path, FLOW, flows={"main": ASKS})
        async with office(config=config, look_up=look_up) as clinic:
            line = await calls(clinic)
            await asyncio.sleep(0.5)
            clinic.press(line, "1")
            await asyncio.sleep(2)
            assert nodes(clinic) == ["ask", "say", "bye"]
            await line.over.wait()

    run(story())


# Languages

CHOOSES = """start = "choose"
[nodes.choose]
do = "menu"
prompt = "welcome"
keys = { 1 = "english", 2 = "latvian" }
otherwise = "bye"
[nodes]
english = { do = "set", language = "en", next = "bye" }
latvian = { do = "set", language = "lv", next = "bye" }
bye = { do = "hangup", prompt = "goodbye" }
"""


def bilingual(folder: Path, *routes: str, flows: Mapping[str, str]) -> Path:
    file = premises(folder, *routes, flows=flows)
    file.write_text(file.read_text().replace('languages = ["en"]', 'languages = ["en", "lv"]'))
    return file


def test_a_language_once_chosen_greets_the_same_number_next_time(tmp_path: Path):
    async def story() -> None:
        async with office(config=bilingual(tmp_path, FLOW, flows={"main": CHOOSES})) as clinic:
            greetings: list[str] = []
            for caller, key in ((CALLER, "2"), (CALLER, "2"), (CALLER, "1"), (CALLER, "1"), ("+1555", "1")):
                line = await calls(clinic, caller)
                await asyncio.sleep(0.1)
                greetings += heard(clinic, line)
                clinic.press(line, key)
                await line.over.wait()
            assert greetings == [f"{spoken}/welcome" for spoken in ("en", "lv", "lv", "en", "en")]
            chosen = [fact.v for fact in clinic.journal.facts if isinstance(fact, ContactAttribute)]
            assert chosen == ["lv", "en", "en"]

    run(story())


# After the conversation

SURVEYED = f"""start = "queue"
[nodes.queue]
do = "queue"
queue = "support"
next = "survey"
otherwise = "bye"
[nodes.survey]
do = "survey"
questions = {{ satisfaction = "main-menu", effort = "enter-digits" }}
attempts = 1
next = "bye"
{BYE}"""


@pytest.mark.parametrize(
    ("keys", "filed"),
    [
        ("51", ["survey.offered", "survey.answered", "survey.answered", "survey.completed"]),
        ("5", ["survey.offered", "survey.answered", "survey.declined"]),
        ("", ["survey.offered", "survey.declined"]),
    ],
)
def test_a_survey_follows_the_conversation_that_the_agent_has_ended(
    tmp_path: Path, keys: str, filed: list[str]
):
    async def story() -> None:
        async with office(config=premises(tmp_path, FLOW, flows={"main": SURVEYED})) as clinic:
            await clinic.agent("anna", Habits(talks_for=10))
            line = await calls(clinic)
            clinic.press(line, "9")
            await asyncio.sleep(13)
            for key in keys:
                clinic.press(line, key)
                await asyncio.sleep(0.5)
            await line.over.wait()
            await asyncio.sleep(1)
            kinds = (SurveyOffered, SurveyAnswered, SurveyCompleted, SurveyDeclined)
            assert told(clinic, *kinds) == filed
            scores = {
                fact.question: fact.score for fact in clinic.journal.facts if isinstance(fact, SurveyAnswered)
            }
            assert scores == {
                name: int(key) for name, key in zip(("satisfaction", "effort"), keys, strict=False)
            }
            (record,) = clinic.records()
            assert (record.by, record.outcome) == ("system", "agent")

    run(story())


def test_a_caller_who_hangs_up_first_is_asked_nothing(tmp_path: Path):
    async def story() -> None:
        async with office(config=premises(tmp_path, FLOW, flows={"main": SURVEYED})) as clinic:
            await clinic.agent("anna", Habits(talks_for=None))
            line = await calls(clinic)
            await asyncio.sleep(10)
            line.hang_up()
            await line.over.wait()
            await asyncio.sleep(1)
            assert told(clinic, SurveyOffered) == []
            assert [fact["result"] for fact in facts_of(clinic, FlowExited)] == ["queue"]

    run(story())


# Decisions

STATE = """start = "agents"
[nodes.agents]
do = "queue_state"
queue = "support"
of = "agents"
at_least = 1
then = "waiting"
otherwise = "nobody"
[nodes.waiting]
do = "queue_state"
queue = "support"
of = "waiting"
at_least = 2
then = "many"
otherwise = "queue"
[nodes.queue]
do = "queue"
queue = "support"
otherwise = "nobody"
[nodes]
nobody = { do = "callback", queue = "support", next = "many", otherwise = "many" }
many = { do = "hangup", prompt = "goodbye" }
"""


def test_a_queues_state_is_that_of_the_moment(tmp_path: Path):
    async def story() -> None:
        async with office(config=premises(tmp_path, FLOW, flows={"main": STATE})) as clinic:
            first = await calls(clinic)
            await first.over.wait()
            await clinic.agent("anna", Habits(picks_up_after=None))
            lines = [await calls(clinic) for _ in range(3)]
            await asyncio.sleep(0.1)
            last = ["nobody", "many", "waiting", "queue", "waiting", "queue", "waiting", "many"]
            assert [name for name in nodes(clinic) if name != "agents"] == last
            for line in lines:
                line.hang_up()
                await line.over.wait()

    run(story())


def test_a_promised_call_is_filed_with_the_callers_number(tmp_path: Path):
    async def story() -> None:
        async with office(config=premises(tmp_path, FLOW, flows={"main": STATE})) as clinic:
            line = await calls(clinic)
            await line.over.wait()
            (fact,) = [fact for fact in clinic.journal.facts if isinstance(fact, CallbackRequested)]
            assert (fact.queue, fact.number) == ("support", CALLER)

    run(story())


LISTED = """start = "who"
[nodes]
who = { do = "branch", lists = { vip = "good", odd = "bye" }, otherwise = "bye" }
good = { do = "hangup", prompt = "welcome" }
bye = { do = "hangup", prompt = "goodbye" }
"""


@pytest.mark.parametrize(
    ("caller", "greeting"), [("+37120000001", "welcome"), ("+37220000001", "goodbye"), ("100", "welcome")]
)
def test_callers_on_a_list_are_known(tmp_path: Path, caller: str, greeting: str):
    lists = '[lists.vip]\nnumbers = ["100", "+371*"]\n[lists.odd]\nnumbers = ["7"]\n'

    async def story() -> None:
        config = premises(tmp_path, lists, FLOW, flows={"main": LISTED})
        async with office(config=config) as clinic:
            line = await calls(clinic, caller)
            sounds = clinic.media.session_at(line.far_port).heard
            await line.over.wait()
            assert [sound.what for sound in sounds] == [f"en/{greeting}"]

    run(story())


# Several flows

CALLS = """start = "first"
[nodes]
first = { do = "flow", flow = "sub", next = "menu" }
menu = { do = "menu", prompt = "main-menu", keys = { 1 = "queue" }, otherwise = "queue" }
queue = { do = "queue", queue = "support", otherwise = "leave" }
leave = { do = "flow", flow = "end" }
"""
SUB = 'start = "back"\n[nodes]\nback = { do = "return" }\n'
END = 'start = "bye"\n[nodes]\nbye = { do = "hangup", prompt = "goodbye" }\n'


def flows_story(folder: Path, key: str, wait: float) -> list[str]:
    async def story() -> list[str]:
        config = premises(folder, FLOW, flows={"main": CALLS, "sub": SUB, "end": END})
        async with office(config=config) as clinic:
            line = await calls(clinic)
            clinic.press(line, key)
            await asyncio.sleep(wait)
            line.hang_up()
            await line.over.wait()
            await asyncio.sleep(1)
            if key == "1":
                (entered,) = [fact for fact in clinic.journal.facts if isinstance(fact, QueueEntered)]
                assert entered.source == "flow main"
            return [
                f"{fact.flow} {'' if isinstance(fact, FlowEntered) else fact.result}".strip()
                for fact in clinic.journal.facts
                if isinstance(fact, FlowEntered | FlowExited)
            ]

    return run(story())


def test_who_hangs_up_during_the_goodbye_was_served(tmp_path: Path):
    async def story() -> None:
        async with office(config=premises(tmp_path, FLOW, flows={"main": END})) as clinic:
            line = await calls(clinic)
            await asyncio.sleep(0.1)
            line.hang_up()
            await line.over.wait()
            await asyncio.sleep(1)
            assert [fact["result"] for fact in facts_of(clinic, FlowExited)] == ["contained"]

    run(story())


def test_every_flow_that_is_entered_is_left(tmp_path: Path):
    assert flows_story(tmp_path, "7", 1.0) == ["main", "sub", "sub returned", "main hangup"]
    assert flows_story(tmp_path, "1", 5.0) == ["main", "sub", "sub returned", "main queue"]
