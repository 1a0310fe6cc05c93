"""People with phones: each has a user agent of its own, and habits."""

import asyncio
import itertools
from collections.abc import Callable
from dataclasses import dataclass

from media.description.negotiate import Local, answer_offer, make_offer, read_answer
from pbx.clock import Clock
from pbx.driver import Driver
from pbx.identifiers import IdSource
from pbx.sip.authentication import Challenger, respond
from pbx.sip.message import Response, parse_message
from pbx.sip.outputs import (
    CallAnswered,
    CallOffered,
    CallOver,
    CallProgressed,
    OfferReceived,
    Output,
    Peer,
    Transmit,
)
from pbx.sip.user_agent import Target, UserAgent
from tests.support.wire import Address, Wire

EXCHANGE: Address = ("10.0.0.1", 5060)


class Everybody:
    """A phone's directory: whoever calls it is welcome."""

    def password(self, account: str) -> str | None:
        return None

    def trunk(self, host: str) -> str | None:
        return "exchange"

    def is_public(self, dialled: str) -> bool:
        return True


@dataclass(frozen=True, slots=True)
class Habits:
    """How somebody takes calls. Seconds; None is for ever."""

    rings: bool = True  # says 180
    early_media: int = 0  # how many times it says 183 with a description
    picks_up_after: float | None = 2.0
    refuses_with: int | None = None  # instead of picking up
    talks_for: float | None = 30.0
    codec: str = "0"  # the payload type it answers with, whatever it was offered


class Line:
    """One call at a phone."""

    def __init__(self, phone: "Phone", name: str) -> None:
        self.phone, self.name = phone, name
        self.statuses: list[int] = []
        self.answered = asyncio.Event()
        self.over = asyncio.Event()
        self.end: CallOver | None = None
        self.far_port = 0  # where the exchange's audio for this call is, once it has said so

    def hang_up(self) -> None:
        self.phone.order(lambda now: self.phone.agent.end(self.name, now))

    def hold(self) -> None:
        self._offer("sendonly")

    def resume(self) -> None:
        self._offer("sendrecv")

    def _offer(self, direction: str) -> None:
        text = make_offer(self.phone.media(self)).replace("sendrecv", direction)
        self.phone.order(lambda now: self.phone.agent.offer(self.name, text, now))


class Phone:
    def __init__(
        self, wire: Wire, clock: Clock, ids: IdSource, address: Address, habits: Habits | None = None
    ) -> None:
        self.address, self.habits = address, habits or Habits()
        self.lines: dict[str, Line] = {}
        self.rung = 0
        self._ids = ids
        self._loop = asyncio.get_running_loop()
        local = f"{address[0]}:{address[1]}"
        self._exchange = Peer("udp", *EXCHANGE, local)
        self.agent = UserAgent(
            challenger=Challenger("phone", b"phone"), directory=Everybody(), ids=ids, locals_={"udp": local}
        )
        self._send = wire.sender(address)
        self._driver: Driver[Output] = Driver(self.agent, self._carry_out, clock)
        self._numbers = itertools.count(1)  # CSeq of our REGISTERs
        self._asking: dict[int, asyncio.Future[Response]] = {}  # by CSeq
        wire.plug(address, self._receive)

    def order(self, turn: Callable[[float], list[Output]]) -> None:
        self._driver.feed(turn)

    def _soon(self, turn: Callable[[float], list[Output]]) -> None:
        """In a turn of its own: nobody answers in the middle of being asked."""
        self._loop.call_soon(self.order, turn)

    async def call_as(self, account: str, password: str, number: str) -> Line:
        """Call with a password, which a phone proves by the challenge it was last given."""
        challenge = await self._register(account, 0, "")
        uri = f"sip:{number}@{EXCHANGE[0]}"
        proof = self._proof(challenge, account, password, "INVITE", uri)
        return self.call(number, account, (("authorization", proof),))

    def call(self, number: str, caller: str = "", headers: tuple[tuple[str, str], ...] = ()) -> Line:
        line = self._new_line(self._ids.token())
        caller = caller or self.address[0].rpartition(".")[2]
        target = Target(f"sip:{number}@{EXCHANGE[0]}", self._exchange, caller, headers=headers)
        self.order(lambda now: self.agent.place(line.name, target, make_offer(self.media(line)), now))
        return line

    async def register(self, account: str, password: str, expires: int = 7200) -> int:
        """The status of the last answer."""
        challenge = await self._register(account, expires, "")
        proof = self._proof(challenge, account, password, "REGISTER", f"sip:{EXCHANGE[0]}")
        return (await self._register(account, expires, f"Authorization: {proof}\r\n")).status

    def _proof(self, challenge: Response, account: str, password: str, method: str, uri: str) -> str:
        offer = challenge.all("www-authenticate")[-1]
        return respond(offer, account, password, method, uri, 1, self._ids.token())

    async def _register(self, account: str, expires: int, proof: str) -> Response:
        """Asks again until there is an answer."""
        number = next(self._numbers)
        text = self._register_text(account, expires, number, proof)
        answer = self._asking[number] = self._loop.create_future()
        while True:
            self._send(Transmit(text.encode(), self._exchange))
            try:
                async with asyncio.timeout(1):
                    return await asyncio.shield(answer)
            except TimeoutError:
                continue

    def _register_text(self, account: str, expires: int, number: int, proof: str) -> str:
        host, port = self.address
        return (
            f"REGISTER sip:{EXCHANGE[0]} SIP/2.0\r\n"
            f"Via: SIP/2.0/UDP {host}:{port};branch=z9hG4bK{self._ids.token()}\r\n"
            f"From: <sip:{account}@{EXCHANGE[0]}>;tag={self._ids.token()}\r\n"
            f"To: <sip:{account}@{EXCHANGE[0]}>\r\nCall-ID: reg-{account}\r\nCSeq: {number} REGISTER\r\n"
            f"Contact: <sip:{account}@{host}:{port}>\r\nExpires: {expires}\r\nMax-Forwards: 70\r\n"
            f"{proof}Content-Length: 0\r\n\r\n"
        )

    def _receive(self, data: bytes, peer: Peer) -> None:
        message = parse_message(data)
        if isinstance(message, Response) and message.cseq.method == "REGISTER":
            asked = self._asking.pop(message.cseq.number, None)
            if asked is not None:
                asked.set_result(message)
            return
        self.order(lambda now: self.agent.receive(data, peer, now))

    def _carry_out(self, output: Output) -> None:
        match output:
            case Transmit():
                self._send(output)
            case CallOffered():
                self._take(output)
            case CallProgressed(call=call, status=status, description=description):
                line = self.lines[call]
                line.statuses.append(status)
                if description is not None:
                    line.far_port = read_answer(description, self.media(line)).remote_port
            case CallAnswered(call=call, description=str(description)):
                line = self.lines[call]
                line.far_port = read_answer(description, self.media(line)).remote_port
                line.answered.set()
            case OfferReceived(call=call, description=str(description)):
                reply, _ = answer_offer(description, self.media(self.lines[call]))
                self._soon(lambda now: self.agent.accept_offer(call, reply, now))
            case CallOver(call=call):
                line = self.lines.pop(call)
                line.end = output
                line.over.set()
                if output.owes_reply:
                    self._soon(lambda now: self.agent.release(call, now))
            case _:
                pass

    def _take(self, offer: CallOffered) -> None:
        self.rung += 1
        line, habits = self._new_line(offer.call), self.habits
        if habits.rings:
            self._soon(lambda now: self.agent.progress(line.name, 180, None, now))
        early = self._reply(line, offer) if habits.early_media else None
        for _ in range(habits.early_media):
            self._soon(lambda now: self.agent.progress(line.name, 183, early, now))
        refusal = habits.refuses_with
        if refusal is not None:
            self._soon(lambda now: self.agent.refuse(line.name, refusal, now))
        elif habits.picks_up_after is not None:
            self._loop.call_later(habits.picks_up_after, self._pick_up, line, offer)

    def _pick_up(self, line: Line, offer: CallOffered) -> None:
        if line.over.is_set():
            return
        reply = self._reply(line, offer)
        line.answered.set()
        self.order(lambda now: self.agent.answer(line.name, reply, now))
        if self.habits.talks_for is not None:
            self._loop.call_later(self.habits.talks_for, line.hang_up)

    def _reply(self, line: Line, offer: CallOffered) -> str:
        assert offer.description is not None
        reply, stream = answer_offer(offer.description, self.media(line))
        line.far_port = stream.remote_port
        return reply.replace("RTP/AVP 0", f"RTP/AVP {self.habits.codec}")

    def _new_line(self, name: str) -> Line:
        self.lines[name] = line = Line(self, name)
        return line

    def media(self, line: Line) -> Local:
        return Local(self.address[0], 4000, 1, 1, ("PCMU",))
