"""Everybody's phone at once: it stands where the SIP user agent stands, and the people behind it act."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from typing import Protocol

from pbx.rehearsal.scenario import Habits
from pbx.sip.admission import Directory
from pbx.sip.outgoing import Target
from pbx.sip.outputs import (
    CallAnswered,
    CallOffered,
    CallOver,
    CallProgressed,
    ContactAddress,
    Identity,
    Output,
    Peer,
    RegisterReceived,
    Standing,
)

CALLERS = Peer("udp", "192.0.2.2", 5060, "192.0.2.1:5060")
PHONES = Peer("udp", "192.0.2.3", 5060, "192.0.2.1:5060")
MOST_HOPS = 70
NOT_FOUND, BUSY, UNAUTHORIZED = 404, 486, 401
AUDIO = "audio"  # every phone's description


class Calling(Protocol):
    """Whoever called in."""

    def on_answer(self) -> None: ...
    def on_over(self, status: int) -> None: ...


class Stage:
    """Has the face of pbx.sip.user_agent.UserAgent. Orders are obeyed at once; what people do comes later."""

    deadline = None

    def __init__(self, directory: Directory, phones: Mapping[str, Habits]) -> None:
        """`phones` are those that answer, by account or SIP URI."""
        self.directory, self.draining = directory, False
        self.happened: Callable[[Output], None]  # Signalling's, set once there is one
        self._habits = {_address(name): habits for name, habits in phones.items()}
        self._callers: dict[str, Calling] = {}
        self._answered: set[str] = set()
        self._rung: dict[str, Habits] = {}
        self._loop = asyncio.get_running_loop()

    # What people do

    def register(self, account: str, register: Callable[[RegisterReceived], None]) -> None:
        contact = ContactAddress(_address(account), 7200)
        register(RegisterReceived(account, account, (contact,), False, account, 1, PHONES))

    def call(self, name: str, caller: Calling, number: str, dialled: str, identity: Identity) -> None:
        """A stranger is only put through to what is public, as at the real door."""
        self._callers[name] = caller
        if identity.standing is Standing.STRANGER and not self.directory.is_public(dialled):
            self._callers.pop(name).on_over(UNAUTHORIZED)
            return
        self.happened(CallOffered(name, identity, number, "", dialled, name, CALLERS, MOST_HOPS, name))

    def hang_up(self, name: str) -> None:
        """The caller does: BYE, or CANCEL while it rings."""
        if name in self._callers:
            over = CallOver(name, 200, True, True) if name in self._answered else CallOver(name, 487, True)
            self._gone(name, over.status)
            self.happened(over)

    def _rings(self, name: str) -> None:
        habits = self._rung.get(name)
        if habits is None:
            return
        if habits.rejects:
            self._leave(name, BUSY)
            return
        self.happened(CallProgressed(name, 180, None))
        if habits.answers_after is not None:
            self._loop.call_later(habits.answers_after, self._picks_up, name)

    def _picks_up(self, name: str) -> None:
        habits = self._rung.get(name)
        if habits is not None:
            self._answered.add(name)
            self.happened(CallAnswered(name, AUDIO))
            if habits.talks_for is not None:
                self._loop.call_later(habits.talks_for, self._leave, name, 200)

    def _leave(self, name: str, status: int) -> None:
        if self._rung.pop(name, None) is not None:
            self.happened(CallOver(name, status, True, status == 200))

    def _gone(self, name: str, status: int) -> None:
        self._callers.pop(name).on_over(status)

    # What the exchange orders

    def place(self, call: str, target: Target, description: str, now: float) -> Sequence[Output]:
        habits = self._habits.get(target.uri)
        if habits is None:
            return [CallOver(call, NOT_FOUND, True)]
        self._rung[call] = habits
        self._loop.call_soon(self._rings, call)
        return []

    def progress(self, call: str, status: int, description: str | None, now: float) -> Sequence[Output]:
        return []

    def answer(self, call: str, description: str, now: float) -> Sequence[Output]:
        if call in self._callers:
            self._answered.add(call)
            self._callers[call].on_answer()
        return []

    def refuse(self, call: str, status: int, now: float) -> Sequence[Output]:
        if call not in self._callers:
            return []
        self._gone(call, status)
        return [CallOver(call, status, False)]

    def end(self, call: str, now: float) -> Sequence[Output]:
        answered = call in self._answered
        if call in self._callers:
            return self.refuse(call, 200 if answered else 480, now)
        if self._rung.pop(call, None) is None:
            return []
        return [CallOver(call, 200 if answered else 487, False)]

    def release(self, call: str, now: float) -> Sequence[Output]:
        return []

    def accept_offer(self, call: str, description: str, now: float) -> Sequence[Output]:
        return []

    def reject_offer(self, call: str, status: int, now: float) -> Sequence[Output]:
        return []

    def answer_register(
        self,
        token: str,
        status: int,
        contacts: Sequence[ContactAddress],
        now: float,
        headers: Sequence[tuple[str, str]] = (),
    ) -> Sequence[Output]:
        return []

    def receive(self, data: bytes, peer: Peer, now: float) -> Sequence[Output]:
        return []

    def lost(self, peer: Peer, now: float) -> Sequence[Output]:
        return []

    def on_deadline(self, now: float) -> Sequence[Output]:
        return []

    def at_rest(self) -> list[str]:
        return [f"caller {name}" for name in self._callers] + [f"phone {name}" for name in self._rung]


def _address(phone: str) -> str:
    """A SIP URI is one; an account's phone has one like this."""
    return phone if phone.startswith(("sip:", "sips:")) else f"sip:{phone}@{PHONES.host}:{PHONES.port}"
