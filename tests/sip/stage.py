"""A user agent, phones that write to it by hand, and a clock: tests read as transcripts of what was said."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any, Literal, TypeVar

from pbx.identifiers import SeededIds
from pbx.sip.authentication import Challenger, respond
from pbx.sip.errors import Malformed
from pbx.sip.message import Request, Response, parse_message
from pbx.sip.outgoing import Target
from pbx.sip.outputs import CallOffered, CallOver, Denied, Output, Peer, Transmit
from pbx.sip.reception import Limits
from pbx.sip.user_agent import UserAgent

SDP = "v=0\r\no=- 1 1 IN IP4 192.0.2.7\r\ns=-\r\nc=IN IP4 192.0.2.7\r\nt=0 0\r\nm=audio 4000 RTP/AVP 0\r\n"
OUR_SDP = SDP.replace("192.0.2.7", "192.0.2.1")
MoreT = TypeVar("MoreT")


class Town:
    """Accounts 1001 and 1002, the trunk "carrier" with two addresses, and number 100 for everybody."""

    def password(self, account: str) -> str | None:
        return {"1001": "secret", "1002": "other"}.get(account)

    def trunk(self, host: str) -> str | None:
        return "carrier" if host in ("198.51.100.1", "198.51.100.2") else None

    def is_public(self, dialled: str) -> bool:
        return dialled == "100"


class Stage:
    """`told` holds what the switch was told; what phones were sent is in their `heard`, and in `wire`."""

    def __init__(self, limits: Limits | None = None, seed: int = 1) -> None:
        self.now = 0.0
        self.told: list[Output] = []
        self.wire: list[Transmit] = []
        self._phones: list[Phone] = []
        self.agent = UserAgent(
            challenger=Challenger("centrala", b"key"),
            directory=Town(),
            ids=SeededIds(seed),
            locals_={"udp": "192.0.2.1:5060", "tcp": "192.0.2.1:5060"},
            limits=limits or Limits(),
        )

    def phone(
        self, host: str = "192.0.2.7", port: int = 5060, transport: Literal["udp", "tcp"] = "udp"
    ) -> "Phone":
        phone = Phone(self, Peer(transport, host, port, "192.0.2.1:5060"))
        self._phones.append(phone)
        return phone

    def do(self, outputs: list[Output]) -> list[Output]:
        for output in outputs:
            if isinstance(output, Transmit):
                self.wire.append(output)
                message = self._read(output.data)
                for phone in self._phones:
                    if message is not None and phone.peer[:3] == output.peer[:3]:
                        phone.heard.append(message)
            else:
                self.told.append(output)
        return outputs

    def _read(self, data: bytes) -> Request | Response | None:
        """All that we send can be read, but for the answer to what cannot be: it repeats it."""
        try:
            return parse_message(data)
        except Malformed:
            assert data[:9] in (b"SIP/2.0 4", b"SIP/2.0 5")
            return None

    def wait_until(self, moment: float) -> None:
        """Let time go by, timer after timer."""
        while (at := self.agent.deadline) is not None and at <= moment:
            self.now = max(self.now, at)
            self.do(self.agent.on_deadline(self.now))
        self.now = moment

    def wait(self, seconds: float) -> None:
        self.wait_until(self.now + seconds)

    def news(self) -> list[Output]:
        """What the switch was told since the last time we asked."""
        told, self.told = self.told, []
        return told

    def only(self, kind: type[MoreT]) -> MoreT:
        (found,) = [output for output in self.told if isinstance(output, kind)]
        return found

    def denied(self) -> list[str]:
        return [output.reason for output in self.told if isinstance(output, Denied)]

    def overs(self) -> list[CallOver]:
        return [output for output in self.told if isinstance(output, CallOver)]


class Phone:
    """Writes requests by hand: any header can be given, changed, or left out with None."""

    def __init__(self, stage: Stage, peer: Peer) -> None:
        self.stage = stage
        self.peer = peer
        self.heard: list[Request | Response] = []
        self.tag = f"tag-{peer.host}-{peer.port}"
        self.call_id = f"call-{peer.host}-{peer.port}"
        self.to_tag = ""
        self.cseq = 0
        self.branch = ""
        self._branches = 0

    # Listening

    def hears(self) -> list[str]:
        """Statuses and methods since the last time we asked, as words."""
        heard, self.heard = self.heard, []
        return [str(m.status) if isinstance(m, Response) else m.method for m in heard]

    def response(self, status: int) -> Response:
        """The latest with this status."""
        found = [m for m in self.heard if isinstance(m, Response) and m.status == status]
        assert found, f"heard {[getattr(m, 'status', m) for m in self.heard]}"
        return found[-1]

    def request(self, method: str) -> Request:
        found = [m for m in self.heard if isinstance(m, Request) and m.method == method]
        assert found
        return found[-1]

    # Speaking

    def new_branch(self) -> str:
        self._branches += 1
        self.branch = f"z9hG4bK-{self.peer.host}-{self.peer.port}-{self._branches}"
        return self.branch

    def text(self, method: str, uri: str = "sip:100@192.0.2.1", body: str = "", **headers: str | None) -> str:
        """A request of the current call. Header names have underscores for hyphens."""
        me = f"{self.peer.host}:{self.peer.port}"
        to = f"<sip:100@192.0.2.1>;tag={self.to_tag}" if self.to_tag else "<sip:100@192.0.2.1>"
        branch, transport = self.branch or self.new_branch(), self.peer.transport.upper()
        lines: dict[str, str | None] = {
            "via": f"SIP/2.0/{transport} {me};rport;branch={branch}",
            "max_forwards": "70",
            "from": f'"Al" <sip:alice@example.org>;tag={self.tag}',
            "to": to,
            "call_id": self.call_id,
            "cseq": f"{self.cseq} {method}",
            "contact": f"<sip:alice@{me}>",
            "content_type": "application/sdp" if body else None,
            **headers,
        }
        head = [f"{name.replace('_', '-')}: {value}" for name, value in lines.items() if value is not None]
        return "\r\n".join([f"{method} {uri} SIP/2.0", *head, f"Content-Length: {len(body)}", "", body])

    def says(self, text: str, peer: Peer | None = None) -> list[str]:
        """Send it; what comes back at once, in words."""
        self.hears()
        self.stage.do(self.stage.agent.receive(text.encode(), peer or self.peer, self.stage.now))
        heard = self.heard.copy()
        words = self.hears()
        self.heard = heard
        return words

    def asks(
        self, method: str, uri: str = "sip:100@192.0.2.1", body: str = "", **headers: str | None
    ) -> list[str]:
        """A new request of the call: the next CSeq and a new branch."""
        self.cseq += 1
        self.new_branch()
        return self.says(self.text(method, uri, body, **headers))

    def calls(self, uri: str = "sip:100@192.0.2.1", body: str = SDP, **headers: str | None) -> str:
        """A new call that is admitted; its name."""
        assert self.asks("INVITE", uri, body, **headers) == ["100"]
        return self.stage.only(CallOffered).call

    def acks(self, **headers: str | None) -> list[str]:
        """The ACK to a 2xx: the same CSeq number and a new branch."""
        self.new_branch()
        return self.says(self.text("ACK", "sip:192.0.2.1:5060", "", **headers))

    def enters(self, call: str) -> None:
        """The switch answers and the phone confirms."""
        self.hears()
        self.stage.do(self.stage.agent.answer(call, OUR_SDP, self.stage.now))
        self.to_tag = self.response(200).to.tag
        assert self.acks() == []
        self.stage.news()

    def in_call(self) -> str:
        call = self.calls()
        self.enters(call)
        return call

    def answers(
        self, request: Request, status: int, body: str = "", tag: str = "bob", **headers: str
    ) -> list[str]:
        """A response to a request of the switch."""
        me = f"{self.peer.host}:{self.peer.port}"
        headers = {"contact": f"<sip:bob@{me}>", **headers}
        extra = [(name.replace("_", "-"), value) for name, value in headers.items() if value]
        kind = "application/sdp" if body else ""
        reply = request.response(status, to_tag=tag, headers=extra, body=body.encode(), content_type=kind)
        return self.says(reply.encode().decode())

    def credentials(self, challenge: Response, method: str, uri: str, user: str, password: str) -> str:
        value = challenge.get("www-authenticate")
        assert value is not None
        return respond(value, user, password, method, uri, 1, "cnonce")


class Caller:
    """The switch calls a phone."""

    def __init__(self, stage: Stage, phone: Phone, **target: Any) -> None:
        self.stage, self.phone = stage, phone
        uri = f"sip:bob@{phone.peer.host}:{phone.peer.port}"
        self.target = replace(Target(uri, phone.peer, "100"), **target)
        stage.do(stage.agent.place("out", self.target, OUR_SDP, stage.now))
        self.invite = phone.request("INVITE")

    def act(self, order: Callable[..., list[Output]], *args: Any) -> list[str]:
        self.phone.hears()
        self.stage.do(order("out", *args, self.stage.now))
        heard = self.phone.heard.copy()
        words = self.phone.hears()
        self.phone.heard = heard
        return words
