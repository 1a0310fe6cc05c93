"""What flows have done elsewhere, and where the answers lead."""

from typing import Any

import pytest

from pbx.ivr.kinds.errands import Http, Sqlite
from pbx.ivr.model import (
    MASK,
    Context,
    Digit,
    Finish,
    NoteCallback,
    NoteFlow,
    Perform,
    Performed,
    Play,
    PromptEnded,
)
from pbx.ivr.tasks import AskList, AskQueue, Converse, LookUp, TakeMessage
from pbx.steps import Dial, Hangup, JoinQueue, Outcome
from tests.ivr.examples import CALLER, Flows, advance, begin, flow, run

ENDS = "\n".join(f'nodes.{name} = {{ do = "hangup" }}' for name in "abcde")
COMPLETED = Outcome.COMPLETED


def node(text: str, before: str = "") -> Any:
    """A flow of this node and ends a to e; `before` leads to it."""
    start = "before" if before else "x"
    return flow(f'start = "{start}"\n{ENDS}\n{before}\n[nodes.x]\n{text}')


def performed(example: Any, context: Context = CALLER) -> Any:
    """The task of a flow's first Perform."""
    (task,) = [effect.task for effect in run(example, context=context)[1] if isinstance(effect, Perform)]
    return task


def goes(example: Any, outcome: Outcome, **values: str) -> str:
    """Where the answer to its first task leads."""
    return run(example, Performed(1, outcome, values))[0].node


LOOKUP = """
do = "lookup"
http = { url = "https://crm.example/{caller}/{dialled}" }
fills = { balance = "account.balance", name = "name" }
next = "a"
otherwise = "b"
"""


def test_a_lookup_asks_with_the_values_it_names():
    assert performed(node(LOOKUP)) == LookUp(
        flow="example",
        node="x",
        source=Http(url="https://crm.example/{caller}/{dialled}"),
        fills={"balance": "account.balance", "name": "name"},
        within=2.0,
        tries=2,
        values={"caller": CALLER.caller, "dialled": CALLER.dialled},
    )
    assert CALLER.caller not in repr(performed(node(LOOKUP)))


def test_what_was_found_fills_its_variables_and_nothing_else():
    answer = Performed(1, COMPLETED, {"balance": "12.50" + "0" * 300, "other": "x"})
    state, _ = run(node(LOOKUP), answer)
    assert state.node == "a"
    assert state.variables == {"balance": ("12.50" + "0" * 300)[:256], "name": ""}


@pytest.mark.parametrize(
    ("outcome", "plain", "told"),
    [
        (COMPLETED, "a", "a"),
        (Outcome.FAILED, "b", "b"),
        (Outcome.NOTHING, "b", "c"),
        (Outcome.BUSY, "b", "b"),
    ],
)
def test_a_lookup_leads_where_its_outcome_says(outcome: Outcome, plain: str, told: str):
    assert goes(node(LOOKUP), outcome) == plain
    assert goes(node(LOOKUP + 'nothing = "c"'), outcome) == told


def test_an_address_that_lacks_a_value_is_not_asked():
    stranger = Context("", "100", "en")
    assert run(node(LOOKUP), context=stranger)[0].node == "b"
    sql = 'sqlite = { file = "f", sql = "select 1 where x = :caller" }'
    asks = node(f'do = "lookup"\n{sql}\nnext = "a"\notherwise = "b"')
    assert performed(asks, stranger).values == {"caller": ""}


PIN = """
[nodes.before]
do = "collect"
prompt = "q"
variable = "pin"
max_digits = 4
secure = true
next = "x"
otherwise = "x"
"""


def secret(text: str) -> Any:
    example = node(text, PIN)
    return run(example, *[Digit(key) for key in "9753"])


@pytest.mark.parametrize(
    ("source", "asked"),
    [
        ('http = { url = "https://crm.example/", method = "POST", body = { pin = "{pin}" } }', True),
        ('http = { url = "http://crm.example/", method = "POST", body = { pin = "{pin}" } }', False),
        ('http = { url = "http://crm.example/{pin}" }', False),
        ('http = { url = "http://crm.example/{caller}" }', True),
        ('sqlite = { file = "f", sql = "select 1 where pin = :pin" }', True),
    ],
)
def test_a_secret_travels_encrypted_or_not_at_all(source: str, asked: bool):
    state, seen = secret(f'do = "lookup"\n{source}\nnext = "a"\notherwise = "b"')
    assert isinstance(seen[-1], Perform) == asked
    assert (state.node == "b") != asked
    assert "9753" not in repr(seen)


def test_a_secret_is_neither_said_nor_dialled_nor_promised_to_nor_told_to_a_bot():
    assert secret('do = "say"\nprompt = ["p", "{pin}"]\nnext = "a"')[1][-1] == Play(2, ("en/p",))
    assert secret('do = "say"\nprompt = { en = "It is {pin}." }\nnext = "a"')[1][-1].prompts[1:] == ()
    assert secret('do = "dial"\nto = "{pin}"\notherwise = "a"\nunreachable = "b"')[0].node == "b"
    assert (
        secret('do = "callback"\nqueue = "q"\nnumber = "{pin}"\nnext = "a"\notherwise = "b"')[0].node == "b"
    )
    task = secret('do = "bot"\nbot = "b"\noperator = "a"\notherwise = "b"')[1][-1].task
    assert task == Converse("example", "x", "b", "en", {}, "")


def test_a_secret_stays_one_in_another_variable_until_that_is_overwritten():
    example = flow(
        f'start = "before"\n{ENDS}\n{PIN}\n'
        '[nodes.x]\ndo = "set"\nvariable = "copy"\nvalue = "8{pin}"\nnext = "y"\n'
        '[nodes.y]\ndo = "menu"\nprompt = "m"\nkeys = { 1 = "z", 2 = "d" }\notherwise = "a"\n'
        '[nodes.z]\ndo = "set"\nvariable = "copy"\nvalue = "1"\nnext = "y"'
    )
    state, _ = run(example, *[Digit(key) for key in "9753"])
    assert state.shown() == {"pin": MASK, "copy": MASK}
    assert state.secrets == {"pin", "copy"}
    state, _ = advance(example, state, Digit("1"), 10.0)
    assert state.shown() == {"pin": MASK, "copy": "1"}


MESSAGE = (
    'do = "record"\nprompt = "speak-now"\nvariable = "file"\nfinish_keys = "#*"\nmost = 60.0\nnext = "a"\n'
)


def test_a_message_is_taken_after_its_prompt_or_when_a_key_cuts_it_short():
    task = TakeMessage("example", "x", 60.0, 3.0, 1.0, "#*", True)
    asked = [Play(1, ("en/speak-now",))]
    assert run(node(MESSAGE), PromptEnded(1))[1] == [*asked, Perform(2, task)]
    assert run(node(MESSAGE), Digit("5"))[1][-1] == Perform(2, task)
    silent = node('do = "record"\nnext = "a"\nprompt = "{nothing}"')
    assert isinstance(run(silent)[1][0], Perform)


@pytest.mark.parametrize(
    ("outcome", "went"), [(COMPLETED, "a"), (Outcome.NOTHING, "b"), (Outcome.FAILED, "b")]
)
def test_a_message_leads_on_and_its_file_is_known(outcome: Outcome, went: str):
    told = node(MESSAGE + 'nothing = "b"')
    state, _ = run(told, PromptEnded(1), Performed(2, outcome, {"file": "c-1.wav", "seconds": "2.0"}))
    assert state.node == went
    assert state.variables == ({"file": "c-1.wav"} if outcome is COMPLETED else {})
    assert run(node(MESSAGE), PromptEnded(1), Performed(2, outcome))[0].node == "a"


LISTS = (
    'do = "branch"\nlists = { vip = "a", blocked = "b" }\ncases = { "+37120000001" = "c" }\notherwise = "d"'
)


def test_lists_are_asked_in_turn_and_then_the_cases():
    example = node(LISTS)
    asked = AskList("vip", CALLER.caller)
    assert performed(example) == asked
    assert CALLER.caller not in repr(asked)
    no = {"listed": "no"}
    assert goes(example, COMPLETED, listed="yes") == "a"
    state, seen = run(example, Performed(1, COMPLETED, no))
    assert seen[-1] == Perform(2, AskList("blocked", CALLER.caller))
    assert advance(example, state, Performed(2, COMPLETED, {"listed": "yes"}), 9.0)[0].node == "b"
    assert advance(example, state, Performed(2, COMPLETED, no), 9.0)[0].node == "c"
    other = Context("+1", "100", "en")
    assert (
        run(example, Performed(1, COMPLETED, no), Performed(2, Outcome.FAILED), context=other)[0].node == "d"
    )


@pytest.mark.parametrize(
    ("of", "figure", "went"),
    [
        ("waiting", "3", "a"),
        ("waiting", "2", "b"),
        ("expected_wait", "", "b"),
        ("expected_wait", "120.5", "a"),
        ("agents", "nan", "b"),
    ],
)
def test_a_queues_state_leads_where_it_reaches(of: str, figure: str, went: str):
    example = node(f'do = "queue_state"\nqueue = "q"\nof = "{of}"\nat_least = 3\nthen = "a"\notherwise = "b"')
    assert performed(example) == AskQueue("q")
    assert goes(example, COMPLETED, **{of: figure}) == went
    assert goes(example, Outcome.FAILED) == "b"


CALLBACK = 'do = "callback"\nqueue = "support"\nnext = "a"\notherwise = "b"\n'


@pytest.mark.parametrize(
    ("caller", "went"),
    [
        ("+37120000001", "a"),
        ("1001", "a"),
        ("anonymous", "b"),
        ("", "b"),
        ("12", "b"),
        ("1" * 16, "b"),
        ("1;x", "b"),
    ],
)
def test_a_call_is_promised_to_a_number_and_to_nothing_else(caller: str, went: str):
    state, seen = run(node(CALLBACK), context=Context(caller, "100", "en"))
    assert state.node == went
    assert (NoteCallback("support", caller) in seen) == (went == "a")
    assert not caller or caller not in repr(seen[0])


def test_a_call_can_be_promised_to_a_number_that_was_collected():
    before = '[nodes.before]\ndo = "set"\nvariable = "n"\nvalue = "20000002"\nnext = "x"'
    _, seen = run(node(CALLBACK + 'number = "+371{n}"', before))
    assert seen[0] == NoteCallback("support", "+37120000002")


BOT = 'do = "bot"\nbot = "reception"\nexits = { book = "a" }\noperator = "b"\notherwise = "c"\n'


@pytest.mark.parametrize(
    ("outcome", "values", "went"),
    [
        (COMPLETED, {"intent": "book"}, "a"),
        (COMPLETED, {"intent": "other"}, "c"),
        (COMPLETED, {}, "c"),
        (Outcome.DECLINED, {"intent": "book"}, "b"),
        (Outcome.FAILED, {"intent": "book"}, "c"),
        (COMPLETED, {"key": "0"}, "d"),
        (COMPLETED, {"key": "7"}, "c"),
    ],
)
def test_a_bot_leads_where_the_caller_wants_to(outcome: Outcome, values: dict[str, str], went: str):
    example = flow(f'start = "x"\nalways = {{ keys = {{ 0 = "d" }} }}\n{ENDS}\n[nodes.x]\n{BOT}')
    assert performed(example) == Converse("example", "x", "reception", "en", {}, "0")
    assert goes(example, outcome, **values) == went


def test_what_a_bot_learnt_fills_variables_whatever_came_of_it():
    values = {"day": "monday", "intent": "book", "key": "", "caller": "+1", "No name": "x", "time": "9" * 300}
    for outcome in (COMPLETED, Outcome.DECLINED, Outcome.FAILED):
        state, _ = run(node(BOT), Performed(1, outcome, values))
        assert state.variables == {"day": "monday", "time": "9" * 256}
    many = {f"slot{number}": "x" for number in range(50)}
    assert len(run(node(BOT), Performed(1, COMPLETED, many))[0].variables) == 20


def test_time_with_a_bot_counts_as_waiting_once():
    bot = BOT.replace('operator = "b"', 'operator = "q"')
    queue = '[nodes.q]\ndo = "queue"\nqueue = "s"\notherwise = "q"\n'
    example = flow(f'start = "x"\n{ENDS}\n[nodes.x]\n{bot}\n{queue}')
    state, _ = begin(example)
    state, _ = advance(example, state, Performed(1, Outcome.DECLINED), 42.5)
    state, seen = advance(example, state, Performed(1, Outcome.DECLINED), 42.5)
    assert seen == []
    state, seen = advance(example, state, Performed(2, Outcome.NO_AGENTS), 60.0)
    assert seen[-1] == Perform(3, JoinQueue("s"))
    first = run(example)[0]
    assert advance(example, first, Performed(1, Outcome.DECLINED), 42.5)[1][-1] == Perform(
        2, JoinQueue("s", credit=42.5)
    )


@pytest.mark.parametrize("kind", ["queue", "dial"])
def test_after_a_conversation_the_caller_goes_on_if_there_is_a_next(kind: str):
    to = 'queue = "s"' if kind == "queue" else 'to = "1001"'
    plain = f'do = "{kind}"\n{to}\notherwise = "b"\n'
    assert run(node(plain), Performed(1, COMPLETED))[1][-1] == Finish(None, kind)  # pyright: ignore[reportArgumentType]
    assert goes(node(plain + 'next = "a"'), COMPLETED) == "a"
    assert goes(node(plain + 'next = "a"'), Outcome.BUSY) == "b"


@pytest.mark.parametrize("value", ["1001", "anna", "+371-2.5", "*45"])
def test_what_is_dialled_is_a_number_or_a_name(value: str):
    assert dialled(value) == Dial((f"sip:8{value}@gateway",))


@pytest.mark.parametrize("value", ["1@evil.example", "1;x=y", "1?h=v", "1 2", "sip:1", "", "1" * 65])
def test_what_could_be_more_than_a_number_or_a_name_is_dialled_nowhere(value: str):
    assert dialled(value) is None


def dialled(value: str) -> Any:
    """What is dialled for a value that a server answered."""
    asks = LOOKUP.replace('next = "a"', 'next = "x2"')
    example = flow(
        f'start = "x"\n{ENDS}\n[nodes.x]\n{asks}\n[nodes.x2]\ndo = "dial"\nto = "sip:8{{name}}@gateway"\n'
        'otherwise = "e"'
    )
    last = run(example, Performed(1, COMPLETED, {"name": value}))[1][-1]
    return last.task if isinstance(last, Perform) else None


SUB = {
    "main": """
start = "choose"
[nodes.choose]
do = "flow"
flow = "ask"
with = { department = "sales-{caller}", fixed = "1" }
fills = { picked = "choice", nothing = "unknown" }
next = "after"
[nodes]
after = { do = "branch", on = "picked", cases = { 2 = "two" }, otherwise = "other" }
two = { do = "hangup", prompt = "{department}" }
other = { do = "hangup" }
""",
    "ask": """
start = "menu"
parameters = ["department", "fixed"]
results = ["choice"]
always = { keys = { 9 = "back" } }
[nodes.menu]
do = "menu"
prompt = ["q", "{department}"]
keys = { 2 = "two", 3 = "language" }
otherwise = "back"
[nodes]
two = { do = "set", variable = "choice", value = "2", next = "back" }
language = { do = "set", language = "lv", next = "back" }
back = { do = "return" }
""",
}


def known() -> Flows:
    return {name: flow(text, name) for name, text in SUB.items()}


def test_a_flow_called_by_another_has_variables_of_its_own_and_gives_results_back():
    state, seen = run(known(), context=Context("7", "100", "en"))
    assert (state.flow, state.node) == ("ask", "menu")
    assert state.variables == {"department": "sales-7", "fixed": "1"}
    assert seen[-1] == Play(1, ("en/q", "en/digit-7"))
    state, seen = run(known(), Digit("2"), context=Context("7", "100", "en"))
    assert (state.flow, state.node, state.back) == ("main", "two", ())
    assert state.variables == {"picked": "2", "nothing": ""}
    assert seen[-1] == Finish(Hangup(), "contained")


def test_a_language_chosen_in_a_called_flow_is_kept():
    state, _ = run(known(), Digit("3"))
    assert (state.node, state.language) == ("other", "lv")


def test_keys_that_lead_away_are_the_flows_own():
    state, _ = run(known(), Digit("9"))
    assert state.node == "other"


def test_a_secret_given_or_given_back_stays_one():
    example = {
        "main": flow(
            f'start = "before"\n{PIN}\n[nodes.x]\ndo = "flow"\nflow = "sub"\nwith = {{ p = "{{pin}}" }}\n'
            'fills = { r = "q" }\nnext = "m"\n'
            '[nodes.m]\ndo = "menu"\nprompt = "q"\nkeys = { 1 = "m" }\notherwise = "m"',
            "main",
        ),
        "sub": flow(
            'start = "a"\nnodes.a = { do = "set", variable = "q", value = "{p}", next = "b" }\n'
            'nodes.b = { do = "return" }',
            "sub",
        ),
    }
    state, _ = run(example, *[Digit(key) for key in "9753"])
    assert state.variables == {"pin": "9753", "r": "9753"}
    assert state.secrets == {"pin", "r"}


def test_a_flow_that_is_left_for_good_is_not_come_back_to():
    example = {
        "main": flow('start = "a"\nnodes.a = { do = "flow", flow = "sub", with = { x = "1" } }', "main"),
        "sub": flow('start = "b"\nnodes.b = { do = "return" }', "sub"),
    }
    state, seen = run(example)
    assert (state.flow, state.variables, seen) == ("sub", {"x": "1"}, [Finish(Hangup(), "contained")])


def test_a_called_flow_that_goes_elsewhere_for_good_takes_nobody_back():
    example = {
        "main": flow(
            'start = "a"\nnodes.a = { do = "flow", flow = "sub", next = "b" }\nnodes.b = { do = "hangup" }',
            "main",
        ),
        "sub": flow('start = "c"\nnodes.c = { do = "flow", flow = "end" }', "sub"),
        "end": flow('start = "d"\nnodes.d = { do = "return" }', "end"),
    }
    state, effects = begin(example)
    assert (state.flow, state.phase) == ("end", "finished")
    notes = [f"{note.flow} {note.left}" for note in effects if isinstance(note, NoteFlow)]
    assert notes == ["main ", "sub ", "sub contained", "main contained", "end ", "end contained"]


def test_flows_that_call_each_other_for_ever_are_ended():
    deep = {"main": flow('start = "a"\nnodes.a = { do = "flow", flow = "main", next = "a" }', "main")}
    state, seen = run(deep)
    assert len(state.back) == 8
    assert seen == [Finish(Hangup(), "error")]
    wide = {"main": flow('start = "a"\nnodes.a = { do = "flow", flow = "main" }', "main")}
    assert run(wide)[1] == [Finish(Hangup(), "error")]


def test_sources_say_which_variables_they_ask_for():
    quoted = Sqlite(file="f", sql="select ':no', x::text from t where a = :a and b = :b_2 or c = :a")
    assert quoted.parameters() == ("a", "b_2")
    http = Http(url="http://h/{a}?b={b}", method="POST", body={"x": ["{c}", 1], "{d}": "y"})
    assert [(mention.what, mention.name) for mention in http.variables()] == [
        ("sends", "a"),
        ("sends", "b"),
        ("sends", "c"),
    ]
