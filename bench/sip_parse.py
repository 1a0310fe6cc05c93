"""What it costs to read a typical INVITE and type its core headers, beside sipmessage; digest beside it.

Run it as `python -m bench.sip_parse`. Figures are microseconds of process time, the median of nine rounds.
"""

import statistics
import time
from collections.abc import Callable

import sipmessage

from pbx.sip.authentication import Challenger, respond
from pbx.sip.message import Request, parse_message

BODY = (
    "v=0\r\no=- 3724394400 3724394405 IN IP4 192.0.2.7\r\ns=call\r\nc=IN IP4 192.0.2.7\r\nt=0 0\r\n"
    "m=audio 17942 RTP/AVP 9 0 8 18 101\r\na=rtpmap:9 G722/8000\r\na=rtpmap:0 PCMU/8000\r\n"
    "a=rtpmap:8 PCMA/8000\r\n"
    "a=rtpmap:18 G729/8000\r\na=fmtp:18 annexb=no\r\na=rtpmap:101 telephone-event/8000\r\na=fmtp:101 0-16\r\n"
    "a=ptime:20\r\na=sendrecv\r\n"
)
INVITE = (
    "INVITE sip:+37167000100@pbx.example.net:5060;user=phone SIP/2.0\r\n"
    "Via: SIP/2.0/UDP 192.0.2.7:5060;branch=z9hG4bK-524287-1---5d7b3f2a9c1e4f60;rport\r\n"
    "Max-Forwards: 70\r\n"
    "Contact: <sip:1001@192.0.2.7:5060;transport=udp>"
    ';+sip.instance="<urn:uuid:f81d4fae-7dec-11d0-a765-00a0c91e6bf6>"\r\n'
    "To: <sip:+37167000100@pbx.example.net;user=phone>\r\n"
    'From: "Anna Ozola" <sip:1001@pbx.example.net>;tag=8a3c1f27\r\n'
    "Call-ID: 84b4c76e66710-192-0-2-7-1c2f4d\r\n"
    "CSeq: 314159 INVITE\r\n"
    "Allow: INVITE, ACK, CANCEL, OPTIONS, BYE, REFER, NOTIFY, MESSAGE, SUBSCRIBE, INFO, UPDATE\r\n"
    "Supported: replaces, outbound, timer\r\n"
    "Accept: application/sdp\r\n"
    "Session-Expires: 1800;refresher=uac\r\n"
    "User-Agent: Deskphone 7.2.1\r\n"
    "Content-Type: application/sdp\r\n"
    f"Content-Length: {len(BODY)}\r\n\r\n{BODY}"
).encode()


def fresh(count: int) -> list[bytes]:
    """One phone's calls, one after another: a branch, a tag and a Call-ID of its own for each."""
    tokens = [f"{number:08x}".encode() for number in range(count)]
    return [INVITE.replace(b"5d7b3f2a", t).replace(b"8a3c1f27", t).replace(b"84b4c76e", t) for t in tokens]


STOCK = fresh(60_000)


def ours() -> object:
    message = parse_message(STOCK.pop())
    return message.via, message.from_, message.to, message.cseq, message.contacts, message.call_id


def theirs() -> object:
    message = sipmessage.Request.parse(INVITE)
    return (
        message.via,
        message.from_address,
        message.to_address,
        message.cseq,
        message.contact,
        message.call_id,
    )


def answered() -> object:
    message = parse_message(STOCK.pop())
    assert isinstance(message, Request)
    return message.response(200, to_tag="a1b2c3d4", headers=[("contact", "<sip:192.0.2.1:5060>")]).encode()


def digest() -> tuple[Callable[[], object], Callable[[], object]]:
    challenger = Challenger("pbx.example.net", b"k" * 32)
    answers = [
        respond(
            challenger.challenges(0.0)[0], "1001", "secret", "REGISTER", "sip:pbx.example.net", 1, f"{n:08x}"
        )
        for n in range(30_000)
    ]
    return (
        lambda: challenger.challenges(0.0),
        lambda: challenger.verify(
            answers.pop(), "REGISTER", "sip:pbx.example.net", {"1001": "secret"}.get, 1.0
        ),
    )


def microseconds(work: Callable[[], object], times: int = 3_000, rounds: int = 9) -> float:
    spent: list[float] = []
    for _ in range(rounds):
        start = time.process_time()
        for _ in range(times):
            work()
        spent.append((time.process_time() - start) / times * 1e6)
    return statistics.median(spent)


def main() -> None:
    challenge, verify = digest()
    print(f"INVITE, {len(INVITE)} bytes, parsed and typed   {microseconds(ours):7.1f} us")
    print(f"the same by sipmessage                   {microseconds(theirs, 300):7.1f} us")
    print(f"parsed, and a 200 to it written          {microseconds(answered):7.1f} us")
    print(f"digest challenge                         {microseconds(challenge):7.1f} us")
    print(f"digest verification                      {microseconds(verify):7.1f} us")


if __name__ == "__main__":
    main()
