"""Whatever arrives, in whatever state of a call, raises nothing and leaves nothing behind."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pbx.sip.outputs import CallOffered, CallOver
from tests.sip.stage import OUR_SDP, SDP, Caller, Stage

DATA = Path(__file__).parents[3] / "shared" / "data"
METHODS = ["INVITE", "ACK", "BYE", "CANCEL", "UPDATE", "INFO", "OPTIONS", "REGISTER", "REFER", "PRACK"]


def corpus(name: str) -> list[Path]:
    return sorted(
        path for path in (DATA / name).rglob("*") if path.suffix in (".dat", ".sip", ".txt", ".bin", ".msg")
    )


def test_the_corpora_are_there():
    for name in ("rfc4475", "rfc5118"):
        assert len(corpus(name)) > 10, f"{DATA / name} should hold the messages of the RFC"


@pytest.mark.parametrize("path", corpus("rfc4475") + corpus("rfc5118"), ids=lambda path: path.stem)
def test_torture_messages_are_answered_or_not_and_leave_nothing(path: Path):
    stage = Stage()
    phone = stage.phone("192.0.2.2")
    for _ in range(2):
        stage.do(stage.agent.receive(path.read_bytes(), phone.peer, 0))
    for offered in [told for told in stage.told if isinstance(told, CallOffered)]:
        stage.do(stage.agent.refuse(offered.call, 486, 0))
    stage.wait(200)
    assert stage.agent.at_rest() == []


@pytest.mark.parametrize(
    ("name", "status"),
    [
        ("badvers", 505),
        ("bext01", 420),
        ("clerr", 400),
        ("insuf", 400),
        ("inv2543", 401),
        ("invut", 401),
        ("mismatch01", 400),
        ("mismatch02", 400),
        ("multi01", 400),
        ("ncl", 400),
        ("novelsc", 416),
        ("quotbal", 400),
        ("regbadct", 400),
        ("unkscm", 416),
        ("unksm2", 401),
        ("zeromf", 483),
    ],
)
def test_torture_messages_get_the_status_of_rfc_4475(name: str, status: int):
    stage = Stage()
    phone = stage.phone("192.0.2.2")
    stage.do(stage.agent.receive((DATA / "rfc4475" / f"{name}.dat").read_bytes(), phone.peer, 0))
    assert [int(sent.data[8:11]) for sent in stage.wire] == [status]


@st.composite
def scripts(draw: st.DrawFn) -> list[tuple[str, dict[str, str], bytes]]:
    """Requests of one phone with any To tag, CSeq, branch and body, some with a piece of rubbish in them."""
    script: list[tuple[str, dict[str, str], bytes]] = []
    for _ in range(draw(st.integers(1, 12))):
        method = draw(st.sampled_from(METHODS))
        fields: dict[str, str] = {
            "cseq": f"{draw(st.integers(1, 4))} {method}",
            "to": draw(st.sampled_from(["<sip:100@h>", "<sip:100@h>;tag=TAG", "<sip:100@h>;tag=wrong"])),
            "via": f"SIP/2.0/UDP 192.0.2.7;rport;branch=z9hG4bK{draw(st.integers(1, 3))}",
            "body": draw(st.sampled_from(["", SDP])),
        }
        script.append(
            (method, fields, draw(st.sampled_from([b"", b"", b"", b"\r", b"\xff;", b'"', b"\0", b"<,"])))
        )
    return script


@given(
    script=scripts(), where=st.floats(0, 1), answers=st.booleans(), seconds=st.sampled_from([0.0, 1.0, 40.0])
)
@settings(max_examples=200, deadline=None)
def test_no_sequence_of_requests_breaks_it(
    script: list[tuple[str, dict[str, str], bytes]], where: float, answers: bool, seconds: float
):
    stage = Stage()
    phone = stage.phone()
    offered: list[str] = []
    for method, fields, rubbish in script:
        heard_tags = [m.to.tag for m in phone.heard if m.to.tag]
        to = fields["to"].replace("TAG", heard_tags[0] if heard_tags else "none")
        data = phone.text(method, **{**fields, "to": to}).encode()
        at = int(where * len(data)) if rubbish else 0
        stage.do(stage.agent.receive(data[:at] + rubbish + data[at:], phone.peer, stage.now))
        for told in stage.told[len(offered) :]:
            if isinstance(told, CallOffered) and told.call not in offered:
                offered.append(told.call)
                if answers:
                    stage.do(stage.agent.answer(told.call, OUR_SDP, stage.now))
        stage.wait(seconds)
    calls = [told.call for told in stage.told if isinstance(told, CallOffered)]
    for call in calls:
        stage.do(stage.agent.end(call, stage.now))
    stage.wait(200)
    assert stage.agent.at_rest() == []
    assert sorted(told.call for told in stage.told if isinstance(told, CallOver)) == sorted(calls)


RESPONSES = st.tuples(
    st.sampled_from([100, 180, 183, 200, 200, 302, 486, 487, 491, 481, 699]),
    st.sampled_from(["", "bob", "eve"]),
    st.sampled_from(["", SDP]),
    st.sampled_from(["<sip:bob@192.0.2.7>", "<tel:+1>", ""]),
    st.sampled_from(["", "<sip:p;lr>", "rubbish", "<sip:p>"]),
)


@given(
    responses=st.lists(RESPONSES, max_size=8),
    ends_at=st.integers(0, 8),
    seconds=st.sampled_from([0.0, 1.0, 40.0]),
)
@settings(max_examples=200, deadline=None)
def test_no_sequence_of_responses_breaks_it(
    responses: list[tuple[int, str, str, str, str]], ends_at: int, seconds: float
):
    stage = Stage()
    phone = stage.phone()
    caller = Caller(stage, phone)
    for step, (status, tag, body, contact, route) in enumerate(responses):
        if step == ends_at:
            stage.do(stage.agent.end("out", stage.now))
        phone.answers(caller.invite, status, body, tag, contact=contact, record_route=route)
        stage.wait(seconds)
    stage.do(stage.agent.end("out", stage.now))
    stage.wait(400)
    assert stage.agent.at_rest() == []
    assert len(stage.overs()) == 1
