"""Errors of flows and of whole files, and what all reports have in common."""

import pytest

from pbx.config.load import load_configuration
from pbx.config.models import ConfigErrors
from tests.config.stage import FLOW, GOOD, Stage, marked, swapped

FLOW_CASES: dict[str, tuple[str, str]] = {
    "an edge to nowhere": ('start = ▸"by"\n[nodes.bye]\ndo = "hangup"\n', "unknown node 'by'"),
    "an unknown prompt": (
        'start = "bye"\n[nodes.bye]\ndo = "hangup"\nprompt = ▸"bye"\n',
        "prompt bye has no recording and no text in en",
    ),
    "an unknown queue": (
        'start = "q"\n[nodes.q]\ndo = "queue"\nqueue = ▸"sales"\notherwise = "bye"\n'
        '[nodes.bye]\ndo = "hangup"\n',
        "there is no queue `sales`",
    ),
    "an unknown flow": (
        'start = "q"\n[nodes.q]\ndo = "flow"\nflow = ▸"other"\n',
        "there is no flow `other`; add ivr_flows/other.toml",
    ),
    "an unknown language": (
        'start = "q"\n[nodes.q]\ndo = "set"\nlanguage = ▸"lv"\nnext = "bye"\n[nodes.bye]\ndo = "hangup"\n',
        "there is no language `lv`; add it to `languages`",
    ),
    "an unknown calendar": (
        'start = "q"\n[nodes.q]\ndo = "hours"\ncalendar = ▸"ofice"\n'
        'open = "bye"\nclosed = "bye"\n[nodes.bye]\ndo = "hangup"\n',
        "did you mean `office`?",
    ),
    "an unknown account": (
        'start = "q"\n[nodes.q]\ndo = "dial"\nto = ▸"1003"\notherwise = "bye"\n[nodes.bye]\ndo = "hangup"\n',
        "there is no account `1003`",
    ),
    "an endless round": (
        'start = "q"\n▸[nodes.q]\ndo = "say"\nprompt = "welcome"\nnext = "q"\n',
        "goes round for ever",
    ),
    "bad syntax": ('start = "bye"\n[nodes.bye▸\n', "not TOML"),
}


@pytest.mark.parametrize(("text", "message"), FLOW_CASES.values(), ids=list(FLOW_CASES))
def test_a_flows_error_is_told_at_its_place(stage: Stage, text: str, message: str) -> None:
    stage.flow("main", text)
    problems = stage.problems()
    assert [problem[:3] for problem in problems] == marked(text, "main.toml"), problems
    assert message in problems[0].message


def test_all_errors_of_all_files_are_told_at_once_in_order(stage: Stage) -> None:
    text = (
        GOOD.replace('"100"', "▸100")
        .replace('phone = "1002"', 'phone = ▸"1009"')
        .replace('zone = "Europe/Riga"', 'zone = ▸"Riga"')
        .replace('flow = "main"', 'flow = ▸"mian"')
        .replace('display = "Anna"', '▸dispaly = "Anna"')
    )
    flow = FLOW.replace('"bye"', '▸"by"', 1)
    stage.flow("main", flow)
    stage.flow("other", "x = ▸")
    problems = stage.problems(text)
    expected = [*marked(text), *marked(flow, "main.toml"), *marked("x = ▸", "other.toml")]
    assert [problem[:3] for problem in problems] == expected


def test_an_error_reads_as_file_line_column_and_message(stage: Stage) -> None:
    stage.write(swapped('number = "100"', "number = 100"))
    with pytest.raises(
        ConfigErrors, match=r"dialplan\.toml:18:10: error: expected a text in quotes"
    ) as caught:
        stage.load(swapped('number = "100"', "number = 100"))
    assert str(caught.value).startswith(f"{stage.file}:18:10: ")


def test_a_flow_that_lets_strangers_dial_out_is_refused_however_far_away(stage: Stage) -> None:
    stage.flow("main", 'start = "on"\n[nodes.on]\ndo = "flow"\nflow = "out"\n')
    stage.flow(
        "out",
        'start = "ask"\n[nodes.ask]\ndo = "collect"\nprompt = "welcome"\nvariable = "where"\nnext = "go"\n'
        'otherwise = "end"\n[nodes.go]\ndo = "dial"\nto = "sip:{where}@gateway"\notherwise = "end"\n'
        '[nodes.end]\ndo = "hangup"\n',
    )
    [problem] = stage.problems()
    assert (problem.line, problem.column) == (20, 8)
    assert "any number outside in flow out" in problem.message
    stage.load(swapped("public = true\n", ""))


def test_prompts_missing_in_a_language_are_told_where_it_is_listed(stage: Stage) -> None:
    text = swapped('["en"]', '["en", ▸"de"]').replace("[agents", 'welcome = "welcome"\n[agents')
    [problem] = stage.problems(text)
    assert [problem[:3]] == marked(text)
    assert "says agent-paused, agent-resumed, agent-signed-in and" in problem.message


def test_a_language_is_written_as_its_code(stage: Stage) -> None:
    text = swapped('["en"]', '[▸"English"]')
    problems = stage.problems(text)
    assert {problem[:3] for problem in problems} == set(marked(text))
    assert "expected a language like" in problems[0].message


def test_a_password_never_appears_in_a_message(stage: Stage) -> None:
    for wrong in (
        "123454321",
        "[123454321]",
        "{ txt = 123454321 }",
        "{ env = 123454321 }",
        '"123454321\\u0007"',
    ):
        stage.write(swapped('"example-1001"', wrong))
        messages = [problem.message for problem in stage.problems(swapped('"example-1001"', wrong))]
        assert messages
        assert not any("123454321" in message for message in messages)


def test_a_file_that_cannot_be_read_is_an_error_like_any_other(stage: Stage) -> None:
    stage.file.mkdir()
    with pytest.raises(
        ConfigErrors, match=r"dialplan\.toml:1:1: error: cannot be read: not an ordinary file; check"
    ):
        load_configuration(stage.file)


def test_a_file_in_another_encoding_is_refused_at_the_first_bad_byte(stage: Stage) -> None:
    stage.file.write_bytes(b'name = "x"\nrealm = "\xe9"')
    with pytest.raises(ConfigErrors, match=r"dialplan\.toml:2:10: error: expected UTF-8"):
        load_configuration(stage.file)
