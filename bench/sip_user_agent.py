"""What a call and a registration cost inside the user agent: CPU microseconds, median of five runs.

`python bench/sip_user_agent.py [--profile]`
"""

import contextlib
import cProfile
import hashlib
import pstats
import re
import statistics
import sys
import time
from collections.abc import Callable, Generator

from pbx.identifiers import SecretIds
from pbx.sip.authentication import Challenger
from pbx.sip.outgoing import Target
from pbx.sip.outputs import CallOffered, CallOver, Output, Peer, RegisterReceived, Transmit
from pbx.sip.user_agent import UserAgent

PHONE = Peer("udp", "192.0.2.7", 5060, "192.0.2.1:5060")
SDP = (
    "v=0\r\no=- 3724394400 3724394405 IN IP4 192.0.2.7\r\ns=-\r\nc=IN IP4 192.0.2.7\r\nt=0 0\r\n"
    "m=audio 4000 RTP/AVP 0 8 101\r\na=rtpmap:0 PCMU/8000\r\na=rtpmap:8 PCMA/8000\r\n"
    "a=rtpmap:101 telephone-event/8000\r\na=fmtp:101 0-15\r\na=sendrecv\r\n"
)
COMMON = 'From: "Alice" <sip:alice@example.org>;tag={n}f\r\nCall-ID: {n}@192.0.2.7\r\nMax-Forwards: 70\r\n'
INVITE = (
    "INVITE sip:100@192.0.2.1 SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.7:5060;rport;branch=z9hG4bKi{n}\r\n"
    "To: <sip:100@192.0.2.1>\r\nCSeq: 1 INVITE\r\n" + COMMON + "Contact: <sip:alice@192.0.2.7:5060;ob>\r\n"
    "Allow: PRACK, INVITE, ACK, BYE, CANCEL, UPDATE, INFO, SUBSCRIBE, NOTIFY, REFER, MESSAGE, OPTIONS\r\n"
    "Supported: replaces, 100rel, timer, norefersub\r\nSession-Expires: 1800\r\nMin-SE: 90\r\n"
    "User-Agent: PJSUA v2.12.1 Linux-6.1/x86_64/glibc-2.36\r\nContent-Type: application/sdp\r\n"
    f"Content-Length: {len(SDP)}\r\n\r\n{SDP}"
)
LATER = (
    "{method} sip:192.0.2.1:5060 SIP/2.0\r\n"
    "Via: SIP/2.0/UDP 192.0.2.7:5060;rport;branch=z9hG4bK{method}{n}\r\n"
    "To: <sip:100@192.0.2.1>;tag={tag}\r\nCSeq: {number} {method}\r\n" + COMMON + "Content-Length: 0\r\n\r\n"
)
REGISTER = (
    "REGISTER sip:192.0.2.1 SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.7:5060;rport;branch=z9hG4bKr{number}-{n}\r\n"
    "To: <sip:1001@192.0.2.1>\r\nFrom: <sip:1001@192.0.2.1>;tag={n}\r\nCall-ID: {n}@192.0.2.7\r\n"
    "CSeq: {number} REGISTER\r\nContact: <sip:1001@192.0.2.7:5060;ob>\r\nExpires: 300\r\n"
    "Allow: PRACK, INVITE, ACK, BYE, CANCEL, UPDATE, INFO, SUBSCRIBE, NOTIFY, REFER, MESSAGE, OPTIONS\r\n"
    "User-Agent: PJSUA v2.12.1 Linux-6.1/x86_64/glibc-2.36\r\nMax-Forwards: 70\r\n"
    "{extra}Content-Length: 0\r\n\r\n"
)
RESPONSE = (
    "SIP/2.0 {status} Whatever\r\n{via}From: {from_}\r\nTo: {to};tag=callee\r\n"
    "Call-ID: {call_id}\r\nCSeq: {cseq}\r\n"
    "Contact: <sip:1001@192.0.2.7:5060;ob>\r\nAllow: INVITE, ACK, BYE, CANCEL, OPTIONS\r\n"
    "Content-Type: application/sdp\r\nContent-Length: {length}\r\n\r\n{body}"
)


class Phones:
    """The directory: one account, and everybody may call 100."""

    def password(self, account: str) -> str | None:
        return "secret" if account == "1001" else None

    def trunk(self, host: str) -> str | None:
        return None

    def is_public(self, dialled: str) -> bool:
        return dialled == "100"


def sent(outputs: list[Output]) -> list[str]:
    return [output.data.decode() for output in outputs if isinstance(output, Transmit)]


Step = Callable[[], list[Output]]
Work = Generator[Step, list[Output], None]
"""Yields what shall be timed, and is sent what it gave; what the phone does in between is not ours to pay."""


def received_call(switch: UserAgent, n: int, now: float) -> Work:
    """INVITE, 100, 200, ACK, BYE, 200."""
    invite = INVITE.format(n=n).encode()
    ack = LATER.replace("{n}", str(n)).replace("{method}", "ACK").replace("{number}", "1")
    bye = LATER.replace("{n}", str(n)).replace("{method}", "BYE").replace("{number}", "2")
    _, offered = yield lambda: switch.receive(invite, PHONE, now)
    assert isinstance(offered, CallOffered)
    (ok,) = yield lambda: switch.answer(offered.call, SDP, now)
    assert isinstance(ok, Transmit)
    at = ok.data.index(b"To: ")
    tag = ok.data[ok.data.index(b"tag=", at) + 4 : ok.data.index(b"\r\n", at)].decode()
    acknowledged, ended = ack.replace("{tag}", tag).encode(), bye.replace("{tag}", tag).encode()
    yield lambda: switch.receive(acknowledged, PHONE, now)
    (over,) = yield lambda: switch.receive(ended, PHONE, now)
    assert isinstance(over, CallOver)
    (ok,) = yield lambda: switch.release(over.call, now)


def registration(switch: UserAgent, n: int, now: float) -> Work:
    """REGISTER, 401, REGISTER, 200."""
    first = REGISTER.format(n=n, number=1, extra="").encode()
    (challenge,) = sent((yield lambda: switch.receive(first, PHONE, now)))
    nonce = challenge.split('nonce="')[1].split('"')[0]
    again = REGISTER.format(n=n, number=2, extra=_authorization(nonce)).encode()
    (register,) = yield lambda: switch.receive(again, PHONE, now)
    assert isinstance(register, RegisterReceived)
    (_,) = yield lambda: switch.answer_register(register.token, 200, register.contacts, now)


def placed_call(switch: UserAgent, n: int, now: float) -> Work:
    """INVITE, 180, 200, ACK, BYE, 200."""
    target = Target("sip:1001@192.0.2.7:5060;ob", PHONE, "100", "Alice")
    (invite,) = sent((yield lambda: switch.place(str(n), target, SDP, now)))
    ringing, answer = _response(invite, 180).encode(), _response(invite, 200).encode()
    yield lambda: switch.receive(ringing, PHONE, now)
    yield lambda: switch.receive(answer, PHONE, now)
    bye = sent((yield lambda: switch.end(str(n), now)))[0]
    done = _response(bye, 200).encode()
    yield lambda: switch.receive(done, PHONE, now)


def _authorization(nonce: str) -> str:
    def md5(text: str) -> str:
        return hashlib.md5(text.encode()).hexdigest()

    uri = "sip:192.0.2.1"
    proof = f"{md5('1001:centrala:secret')}:{nonce}:00000001:abc:auth:{md5('REGISTER:' + uri)}"
    return (
        f'Authorization: Digest username="1001", realm="centrala", nonce="{nonce}", uri="{uri}", qop=auth, '
        f'nc=00000001, cnonce="abc", response="{md5(proof)}", algorithm=MD5\r\n'
    )


def _response(request: str, status: int) -> str:
    def line(name: str) -> str:
        found = re.search(rf"^{name}: (.*)\r$", request, re.MULTILINE)
        assert found is not None
        return found[1]

    body = SDP if status == 200 and request.startswith("INVITE") else ""
    return RESPONSE.format(
        status=status,
        via=f"Via: {line('Via')}\r\n",
        from_=line("From"),
        to=line("To").partition(";tag=")[0],
        call_id=line("Call-ID"),
        cseq=line("CSeq"),
        length=len(body),
        body=body,
    )


def run(work: Callable[[UserAgent, int, float], Work], count: int) -> float:
    """Microseconds for one of so many, all under way together, their timers included."""
    switch = UserAgent(
        challenger=Challenger("centrala", b"key"),
        directory=Phones(),
        ids=SecretIds(),
        locals_={"udp": "192.0.2.1:5060", "tcp": "192.0.2.1:5060"},
    )
    works = [work(switch, n, n / 500) for n in range(count)]
    steps = [next(work) for work in works]
    spent = 0.0
    while steps:
        start = time.process_time()
        results = [step() for step in steps]
        spent += time.process_time() - start
        steps = []
        for one, result in zip(works, results, strict=True):
            with contextlib.suppress(StopIteration):
                steps.append(one.send(result))
    start = time.process_time()
    while (at := switch.deadline) is not None:
        switch.on_deadline(at)
    spent += time.process_time() - start
    assert switch.at_rest() == []
    return spent / count * 1e6


WORK = {
    "call received, answered, hung up (target 200)": received_call,
    "call placed, answered, hung up": placed_call,
    "REGISTER, 401, REGISTER, 200 (target 120)": registration,
}


def main() -> None:
    for name, work in WORK.items():
        print(f"{name:48} {statistics.median(run(work, 800) for _ in range(5)):7.1f} us")
        if "--profile" in sys.argv:
            profile = cProfile.Profile()
            profile.runcall(run, work, 800)
            pstats.Stats(profile).sort_stats("tottime").print_stats(30)


if __name__ == "__main__":
    main()
