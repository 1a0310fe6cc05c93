"""One party to a call: a SIP session and its audio."""

import asyncio
from collections.abc import Callable
from typing import assert_never

from media.api import MediaSession, NoCommonCodec
from pbx.calls.signalling import LegEvent, Signalling
from pbx.sip.outputs import (
    CallAnswered,
    CallConfirmed,
    CallOffered,
    CallOver,
    CallProgressed,
    KeyPressed,
    OfferAnswered,
    OfferReceived,
)

NOT_ACCEPTABLE_HERE = 488


class Leg:
    """Keeps signalling and audio of one party in step; says when the party answers, holds, or is gone."""

    def __init__(
        self, call: str, signalling: Signalling, media: MediaSession, source: str, account: str = ""
    ) -> None:
        """`account` is whose phone was rung; empty where a URI was, and for callers."""
        self.call, self.media, self.account = call, media, account
        self.over: CallOver | None = None
        self.answered = False
        self.ended = asyncio.Event()
        self._signalling, self._source = signalling, source
        self._watchers: list[Callable[[LegEvent], None]] = []
        self._on_hold: Callable[[bool], None] | None = None
        self._held = False

    def watch(self, watcher: Callable[[LegEvent], None]) -> None:
        """Tell `watcher` of progress, answer and end, which is the last it hears."""
        self._watchers.append(watcher)

    def unwatch(self, watcher: Callable[[LegEvent], None]) -> None:
        self._watchers = [one for one in self._watchers if one != watcher]

    def when_held(self, watcher: Callable[[bool], None] | None) -> None:
        """Tell `watcher` when the party holds (True) and when it is back (False)."""
        self._on_hold = watcher

    def hangup(self) -> None:
        """End it whatever its state: BYE, CANCEL, a refusal, or nothing if it is over already."""
        if self.over is None:
            self._signalling.end(self.call)

    def release(self) -> None:
        """Answer the party's BYE, now that what happened is on record."""
        if self.over is not None and self.over.owes_reply:
            self._signalling.release(self.call)

    def accept(self, description: str) -> bool:
        """Take the party's answer to our offer; False if there is nothing in it that we speak."""
        try:
            self.media.accept(description, self._source)
        except NoCommonCodec:
            return False
        self._note_hold()
        return True

    def on_event(self, event: LegEvent) -> None:
        match event:
            case OfferReceived(description=description):
                self._renegotiate(description)
            case KeyPressed(key=key, milliseconds=milliseconds):
                self.media.press(key, milliseconds)
            case CallConfirmed(description=str(description)):
                if not self.accept(description):
                    self.hangup()
            case CallOver():
                self.over = event
                self.ended.set()
            case CallAnswered():
                self.answered = True
            case OfferAnswered(description=str(description)):
                self.accept(description)  # one that we cannot take leaves the session as it was
            case CallProgressed() | CallConfirmed() | OfferAnswered():
                pass
            case _:
                assert_never(event)
        for watcher in self._watchers:
            watcher(event)
        if self.over is not None:
            self._watchers = []  # they know the leg: not to be a cycle

    def _renegotiate(self, description: str | None) -> None:
        """Answer a re-INVITE; one we cannot accept leaves the session as it was (RFC 3261 14.2)."""
        try:
            reply = (
                self.media.offer() if description is None else self.media.answer(description, self._source)
            )
        except NoCommonCodec:
            self._signalling.reject_offer(self.call, NOT_ACCEPTABLE_HERE)
            return
        self._signalling.accept_offer(self.call, reply)
        self._note_hold()

    def _note_hold(self) -> None:
        if self.media.held != self._held:
            self._held = self.media.held
            if self._on_hold is not None:
                self._on_hold(self._held)


class CallerLeg(Leg):
    """The party that called us: it is told of progress, answered, or refused."""

    def __init__(self, offer: CallOffered, signalling: Signalling, media: MediaSession) -> None:
        super().__init__(offer.call, signalling, media, offer.peer.host)
        self.offer = offer
        self.sip_call_ids = [offer.sip_call_id]  # its own, and those of every leg rung for it
        self._description: str | None = None  # ours, once made: a 200 repeats what a 183 said
        self._ringing = False
        self._on_answer: Callable[[], None] | None = None

    def when_answered(self, watcher: Callable[[], None]) -> None:
        self._on_answer = watcher

    def ring(self) -> None:
        if not self._ringing and not self.answered and self.over is None:
            self._ringing = True
            self._signalling.progress(self.call, 180)

    def let_hear(self) -> None:
        """Early media: the caller hears us before anybody answers. Raises NoCommonCodec."""
        if self._description is None and not self.answered and self.over is None:
            self._signalling.progress(self.call, 183, self._describe())

    def answer(self) -> None:
        """Once; later calls do nothing. Raises NoCommonCodec."""
        if not self.answered and self.over is None:
            description = self._describe()
            self.answered = True
            self._signalling.answer(self.call, description)
            if self._on_answer is not None:
                self._on_answer()

    def refuse(self, status: int) -> None:
        """The final word to a caller who was never answered; a BYE to one who was."""
        self._on_answer = None  # it knows the leg: not to be a cycle
        if self.answered:
            self.hangup()
        elif self.over is None:
            self._signalling.refuse(self.call, status)

    def _describe(self) -> str:
        if self._description is None:
            offer = self.offer.description
            self._description = (
                self.media.offer() if offer is None else self.media.answer(offer, self._source)
            )
        return self._description
