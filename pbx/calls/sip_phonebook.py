"""Reaches endpoints: accounts at their registered contacts, and SIP URIs."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from functools import partial
from typing import Literal

from media.api import MediaEngine, MediaSession, MediaUnavailable
from pbx.calls.registrations import Registrations
from pbx.calls.ringing_tone import RingingTone, ringing_tone
from pbx.calls.signalling import LegEvent, Signalling
from pbx.calls.sip_leg import CallerLeg, Leg
from pbx.identifiers import IdSource
from pbx.records.journal import Journal
from pbx.registrar.bindings import Binding
from pbx.sip.errors import Malformed
from pbx.sip.outgoing import Target, is_request_uri
from pbx.sip.outputs import CallAnswered, CallOver, CallProgressed, Peer
from pbx.sip.uri import SipUri, parse_uri
from pbx.steps import Outcome
from pbx.transport.resolver import resolve

DEFAULT_PORT = 5060
RANK = (
    Outcome.BUSY,
    Outcome.DECLINED,
    Outcome.NO_ANSWER,
    Outcome.UNREACHABLE,
)  # which refusal tells the caller most


class CannotRing(MediaUnavailable):
    """There is no port for the audio of a phone that should ring."""


class Phonebook:
    def __init__(
        self,
        signalling: Signalling,
        registrations: Registrations,
        media: MediaEngine,
        journal: Journal,
        ids: IdSource,
    ) -> None:
        self._signalling, self._registrations, self._media = signalling, registrations, media
        self._journal, self._ids = journal, ids

    @asynccontextmanager
    async def ring(
        self, caller: CallerLeg, endpoints: Sequence[str], subject: str = ""
    ) -> AsyncGenerator["Ringing"]:
        """Ring them all; leaving the block lets go of each: CANCEL while ringing, BYE once answered.

        `subject` is shown by the phones before anybody answers (RFC 3261 20.36).

        Raises CannotRing.
        """
        targets = [
            (target, "" if _is_uri(endpoint) else endpoint)
            for endpoint in endpoints
            for target in await self._targets(endpoint, caller, subject)
        ]
        ringing = Ringing(caller, self._media)
        async with AsyncExitStack() as sessions:
            try:
                for target, account in targets:
                    media = await self._open(sessions, caller)
                    ringing.add(self._place(target, media, account))
                    caller.sip_call_ids.append(ringing.legs[-1].call)
                yield ringing
            finally:
                await self._let_go(ringing.legs)

    async def _open(self, sessions: AsyncExitStack, caller: CallerLeg) -> MediaSession:
        try:
            return await sessions.enter_async_context(self._media.session(beside=caller.media))
        except MediaUnavailable as reason:
            raise CannotRing(*reason.args) from reason

    def _place(self, target: Target, media: MediaSession, account: str) -> Leg:
        leg = Leg(self._ids.token(), self._signalling, media, target.peer.host, account)
        self._signalling.place(leg.call, target, media.offer(), leg)
        return leg

    async def _let_go(self, legs: list[Leg]) -> None:
        for leg in legs:
            leg.hangup()
        if any(leg.over is not None and leg.over.owes_reply for leg in legs):
            await self._journal.committed()
            for leg in legs:
                leg.release()

    async def _targets(self, endpoint: str, caller: CallerLeg, subject: str) -> list[Target]:
        offer = caller.offer
        headers = (("Subject", subject),) if subject else ()
        more = (offer.caller, offer.caller_name, offer.max_forwards - 1, headers)
        if not _is_uri(endpoint):
            places = [(binding.uri, _whereabouts(binding)) for binding in self._registrations.of(endpoint)]
        else:
            peer = await _hop(endpoint)
            places = [] if peer is None else [(endpoint, peer)]
        return [Target(uri, peer, *more) for uri, peer in places if is_request_uri(uri)]


class Ringing:
    """Phones that ring for one caller, together."""

    def __init__(self, caller: CallerLeg, media: MediaEngine) -> None:
        self.legs: list[Leg] = []
        self._caller, self._media = caller, media
        self._events: asyncio.Queue[tuple[Leg, LegEvent]] = asyncio.Queue()
        self._decided = self._rang = self._audible = False
        self._tone: RingingTone | None = None
        self._failures = [Outcome.UNREACHABLE]
        self._waiting = 0  # legs that may still answer
        self.status = 404  # of the latest refusal, as the phone gave it

    def add(self, leg: Leg) -> None:
        """Hear of this leg; it may have failed already."""
        self.legs.append(leg)
        leg.watch(partial(self._note, leg))
        if leg.over is not None:
            self._note(leg, leg.over)

    def _note(self, leg: Leg, event: LegEvent) -> None:
        """What legs say once it is decided, all through a conversation, is not kept."""
        if not self._decided:
            self._events.put_nowait((leg, event))

    async def outcome(
        self, rang: Callable[[], None] = lambda: None, *, early_media: bool = True
    ) -> Leg | Outcome:
        """The leg that answered first, or why nobody did; `rang` is called when the first of them rings.

        Meanwhile the caller hears a single callee's early media if there is any and it is wanted; else it is
        told of the ringing, by its phone or, once answered, by us. The others stop ringing as soon as one has
        answered.
        """
        self._waiting = len(self.legs)
        try:
            if not (early_media and self._caller.answered):
                return await self._first_answer(rang, early_media=early_media)
            async with ringing_tone(self._caller.media) as self._tone:
                return await self._first_answer(rang, early_media=early_media)
        finally:
            self._decided = True

    def out_of_time(self) -> Outcome:
        """Why nobody answered as long as there was time: a dead phone says less than a busy one (16.7)."""
        return Outcome.NO_ANSWER if self._rang else min([*self._failures, Outcome.NO_ANSWER], key=RANK.index)

    async def _first_answer(self, rang: Callable[[], None], *, early_media: bool) -> Leg | Outcome:
        while self._waiting:
            leg, event = await self._events.get()
            match event:
                case CallProgressed(description=str(description)) if early_media and len(self.legs) == 1:
                    if leg.accept(description) and not self._audible:
                        self._become_audible()
                        async with self._media.bridge(self._caller.media, leg.media):
                            return await self._first_answer(rang, early_media=early_media)
                case CallProgressed(status=status) if status >= 180 and not self._rang:
                    self._begin_ringing()
                    rang()
                case CallAnswered(description=description):
                    if description is not None and leg.accept(description):
                        self._hang_up_all_but(leg)
                        return leg
                    leg.hangup()
                case CallOver(status=status):
                    self.status = status
                    self._failures.append(outcome_of(status))
                    self._waiting -= 1
                case _:
                    pass
        return min(self._failures, key=RANK.index)

    def _become_audible(self) -> None:
        self._audible = True
        self._caller.let_hear()
        if self._tone is not None:
            self._tone.stop()

    def _begin_ringing(self) -> None:
        self._rang = True
        self._caller.ring()
        if self._tone is not None:
            self._tone.start()

    def _hang_up_all_but(self, answered: Leg) -> None:
        for leg in self.legs:
            if leg is not answered:
                leg.hangup()


def outcome_of(status: int) -> Outcome:
    """What a final response to a call of ours means to the caller."""
    match status:
        case 486 | 600:
            return Outcome.BUSY
        case 403 | 603 | 607 | 608:
            return Outcome.DECLINED
        case 408 | 480 | 487:
            return Outcome.NO_ANSWER
        case _:
            return Outcome.UNREACHABLE


def status_for(outcome: Outcome) -> int:
    """What a caller who was never answered is told."""
    match outcome:
        case Outcome.BUSY:
            return 486
        case Outcome.DECLINED:
            return 603
        case Outcome.UNREACHABLE:
            return 404
        case _:
            return 480


def _is_uri(endpoint: str) -> bool:
    return endpoint.startswith(("sip:", "sips:"))


def _whereabouts(binding: Binding) -> Peer:
    """Where to send: to the contact if it lies on the host that registered it, and so behind no NAT; else
    back to where the REGISTER came from."""
    try:
        contact = parse_uri(binding.uri)
    except Malformed:
        return binding.peer
    peer = binding.peer
    if not isinstance(contact, SipUri) or peer.transport != "udp" or contact.host != peer.host:
        return peer
    if contact.params.get("transport", "udp").lower() != "udp":
        return peer
    return peer._replace(port=contact.port or DEFAULT_PORT)


async def _hop(uri: str) -> Peer | None:
    """Where a URI's next hop is, or None if it leads nowhere."""
    try:
        parsed = parse_uri(uri)
    except Malformed:
        return None
    if not isinstance(parsed, SipUri):
        return None
    transport: Literal["udp", "tcp"] = "tcp" if parsed.params.get("transport", "").lower() == "tcp" else "udp"
    host = await resolve(parsed.host)
    return None if host is None else Peer(transport, host, parsed.port or DEFAULT_PORT)
