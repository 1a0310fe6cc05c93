import pytest

from pbx.ivr.verify import prompts_used, verify
from tests.ivr.examples import DIAL, MENU, flow


def findings(text: str) -> list[tuple[str, str, str]]:
    return [
        (finding.severity, ".".join(map(str, finding.path)), finding.message)
        for finding in verify(flow(text))
    ]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ('start = "a"\nnodes.a = { do = "hangup" }', []),
        (
            'start = "a"\nnodes.a = { do = "hangup" }\nnodes.b = { do = "hangup" }',
            [("warning", "nodes.b", "no way leads to node 'b'")],
        ),
        (
            'start = "a"\nnodes.a = { do = "say", prompt = "p", next = "a" }',
            [("error", "nodes.a", "goes round for ever without asking anything: a -> a")],
        ),
        (
            'start = "a"\nnodes.a = { do = "dial", to = "{x}", otherwise = "a" }',
            [
                ("error", "nodes.a", "goes round for ever without asking anything: a -> a"),
                ("error", "nodes.a.to", "no node fills the variable 'x'"),
            ],
        ),
        (
            """
start = "c"
nodes.a = { do = "say", prompt = "p", next = "b" }
nodes.b = { do = "branch", on = "caller", cases = { 1 = "a" }, otherwise = "c" }
nodes.c = { do = "hours", calendar = "office", open = "a", closed = "d" }
nodes.d = { do = "hangup" }
""",
            [
                ("error", "nodes.a", "goes round for ever without asking anything: a -> b -> a"),
                ("error", "nodes.c", "goes round for ever without asking anything: c -> a -> b -> c"),
            ],
        ),
        (
            'start = "a"\nnodes.a = { do = "menu", prompt = "p", keys = { 1 = "b" }, otherwise = "a" }\n'
            'nodes.b = { do = "hangup" }',
            [("warning", "nodes.a", "a caller who presses nothing goes round for 100 nodes: a -> a")],
        ),
        (
            'start = "a"\nnodes.a = { do = "menu", prompt = "p", keys = { 1 = "a" }, otherwise = "b" }\n'
            'nodes.b = { do = "hangup" }',
            [],
        ),
        (
            'start = "a"\nnodes.a = { do = "queue", queue = "q", no_agents = "b", otherwise = "c" }\n'
            'nodes.b = { do = "set", language = "lv", next = "a" }\nnodes.c = { do = "hangup" }',
            [("warning", "nodes.a", "a caller who presses nothing goes round for 100 nodes: a -> b -> a")],
        ),
        (
            'start = "a"\nnodes.a = { do = "collect", prompt = "p", variable = "extension", next = "b", '
            'otherwise = "c" }\nnodes.b = { do = "dial", to = "8{extention}", otherwise = "c" }\n'
            'nodes.c = { do = "hangup", prompt = "{x}" }',
            [
                ("error", "nodes.b.to", "no node fills the variable 'extention'"),
                ("error", "nodes.c.prompt", "no node fills the variable 'x'"),
            ],
        ),
        (
            'start = "a"\nnodes.a = { do = "branch", on = "cases", cases = { 1 = "b" }, otherwise = "b" }\n'
            'nodes.b = { do = "hangup", prompt = "{caller}" }',
            [("error", "nodes.a.on", "no node fills the variable 'cases'")],
        ),
        (
            'start = "a"\nnodes.a = { do = "collect", prompt = "p", variable = "pin", secure = true, '
            'next = "b", otherwise = "e" }\nnodes.b = { do = "dial", to = "{pin}", otherwise = "c" }\n'
            'nodes.c = { do = "branch", on = "pin", cases = { 1 = "d" }, otherwise = "e" }\n'
            'nodes.d = { do = "say", prompt = "{pin}", next = "e" }\nnodes.e = { do = "hangup" }',
            [
                ("error", "nodes.b.to", "the secure variable 'pin' would be dialled, and so filed"),
                ("error", "nodes.d.prompt", "the secure variable 'pin' would be spoken aloud"),
            ],
        ),
    ],
)
def test_what_is_wrong_is_found_and_what_is_right_is_left_alone(text: str, found: list[tuple[str, str, str]]):
    assert findings(text) == found


def test_a_misspelt_variable_is_told_with_the_likely_name():
    example = flow("""
start = "a"
nodes.a = { do = "collect", prompt = "p", variable = "extension", next = "b", otherwise = "b" }
nodes.b = { do = "hangup", prompt = "{extention}" }
""")
    assert [finding.fix for finding in verify(example)] == ["did you mean 'extension'?"]


def test_a_way_back_that_takes_a_key_is_no_round():
    assert verify(MENU) == ()
    assert verify(DIAL) == ()


def test_prompts_used_are_those_that_may_be_played():
    assert prompts_used(MENU) == {
        "welcome",
        "main-menu",
        "invalid",
        "are-you-there",
        "please",
        "we-are",
        "closed",
        "legal-notice",
        "goodbye",
    }
    assert prompts_used(DIAL) >= {"enter-extension", "you-entered", "digit-0", "key-star"}
