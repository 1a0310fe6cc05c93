"""An answered call: BYE, re-INVITE and UPDATE, both ways, and the ACK that confirms it (RFC 3261 12-15)."""

from typing import Final

from pbx.sip.dialog import Dialog
from pbx.sip.endpoint import Endpoint, InviteReceived, InviteSent, Later, RequestReceived, RequestSent, Sent
from pbx.sip.message import Request, Response
from pbx.sip.outputs import CallConfirmed, OfferAnswered, OfferReceived, Peer
from pbx.sip.replies import ALLOW_LINE
from pbx.sip.table import Call, CallTable
from pbx.sip.transactions.effects import Report

MOST_FORKS: Final = 8
_MOST_GLARES: Final = 10


class Session(Call):
    """The confirmed dialog of one call. Answered as UAS it begins waiting for the ACK; as UAC, confirmed."""

    __slots__ = (
        "_bye_waits",
        "_confirming",
        "_glares",
        "_is_caller",
        "_modifying",
        "_offer_in_2xx",
        "_offered",
        "_offers_first",
        "_pending",
        "_reinvited",
        "_retry",
        "_wanted",
        "dialog",
    )

    def __init__(
        self, name: str, dialog: Dialog, endpoint: Endpoint, table: CallTable, *, is_caller: bool
    ) -> None:
        super().__init__(name, dialog.source, endpoint, table)
        self.dialog = dialog
        self._is_caller = is_caller
        self._confirming: InviteReceived | None = None  # our 2xx waits for its ACK
        self._offer_in_2xx = False  # that ACK will hold the answer
        self._reinvited = False
        self._pending: InviteReceived | RequestReceived | None = None  # the peer's offer waits for our answer
        self._offers_first = False  # it holds none: our answer will be the offer
        self._modifying: InviteSent | None = None  # our re-INVITE waits for its response
        self._offered = ""  # what it offers
        self._wanted: str | None = None  # what our next re-INVITE shall offer
        self._retry: Later | None = None  # our next re-INVITE waits for its turn
        self._glares = 0
        self._bye_waits = False  # for the ACK: a callee must not hang up before it (15)

    def wait_for_ack(self, invite: InviteReceived, *, offer_in_2xx: bool, reinvited: bool = False) -> None:
        self._confirming, self._offer_in_2xx, self._reinvited = invite, offer_in_2xx, reinvited
        invite.offered_to, invite.answered_by = None, self

    # The shell's orders

    def end(self, now: float) -> None:
        self._hang_up(now)
        self.tell_over(200, by_peer=False)

    def lost(self, now: float) -> None:
        self._settle(now)
        self.table.dialogs.pop(self.dialog.key, None)
        self.tell_over(408, by_peer=False)

    def offer(self, description: str, now: float) -> None:
        """As soon as the session is free for it. A newer offer replaces one that has not gone out."""
        self._wanted = description
        self._try_offer(now)

    def accept_offer(self, description: str, now: float) -> None:
        invite, self._pending = self._pending, None
        if invite is None:
            return
        headers = f"{self.endpoint.contact(invite.peer)}{ALLOW_LINE}"
        message = invite.reply.message(200, headers, description)
        if isinstance(invite, InviteReceived):
            self.wait_for_ack(invite, offer_in_2xx=self._offers_first, reinvited=True)
            self.endpoint.respond_invite(invite, 200, message, now)
        else:
            self.endpoint.respond(invite, message, now)
            self._try_offer(now)

    def reject_offer(self, status: int, now: float) -> None:
        self._refuse_pending(status, now)
        self._try_offer(now)

    # What the peer does

    def on_ack(self, ack: Request, now: float) -> None:
        self._confirming = None
        if self._bye_waits:
            self._send_waiting_bye(now)
        elif not self.is_over:
            description = ack.description() if self._offer_in_2xx else None
            if not self._reinvited:
                self.endpoint.outputs.append(CallConfirmed(self.name, description))
            elif self._offer_in_2xx:
                self.endpoint.outputs.append(OfferAnswered(self.name, description))
            self._try_offer(now)

    def on_never_acked(self, now: float) -> None:
        """13.3.1.4: the dialog is confirmed all the same, and should be ended."""
        self._confirming = None
        if self._bye_waits:
            self._send_waiting_bye(now)
        elif not self.is_over:
            self._hang_up(now)
            self.tell_over(408, by_peer=False)

    def on_bye(self, transaction: RequestReceived, now: float) -> None:
        """The peer knows of our 2xx, then. While our own BYE is on its way the dialog waits for that."""
        self._settle(now)
        if not self.is_over:
            self.table.dialogs.pop(self.dialog.key, None)
            self.endpoint.owe(transaction, self.name)
            self.tell_over(200, by_peer=True, owes_reply=True)
            return
        if self._bye_waits:
            self._bye_waits = False
            self.table.dialogs.pop(self.dialog.key, None)
        self.endpoint.respond(transaction, transaction.reply.message(200), now)

    def on_invite(self, transaction: InviteReceived, request: Request, now: float) -> None:
        refusal = self._glare(busy=self._modifying is not None or self._confirming is not None)
        if refusal:
            status, headers = refusal
            message = transaction.reply.message(status, headers)
            self.endpoint.respond_invite(transaction, status, message, now)
            return
        transaction.offered_to = self
        self._take_offer(transaction, request, request.description())

    def on_update(self, transaction: RequestReceived, request: Request, now: float) -> None:
        """RFC 3311 5.2. Without an offer it only refreshes the target."""
        description = request.description()
        refusal = self._glare(
            busy=self._modifying is not None or (self._confirming is not None and self._offer_in_2xx)
        )
        if description is None:
            self._refresh(request, transaction.peer)
            message = transaction.reply.message(200, self.endpoint.contact(transaction.peer))
        elif refusal:
            message = transaction.reply.message(*refusal)
        else:
            self._take_offer(transaction, request, description)
            return
        self.endpoint.respond(transaction, message, now)

    def on_cancel(self, transaction: InviteReceived, now: float) -> None:
        if transaction is self._pending:
            self.reject_offer(487, now)

    def on_response(self, transaction: Sent, response: Response, source: Peer, now: float) -> None:
        match transaction:
            case RequestSent():
                self.table.dialogs.pop(self.dialog.key, None)
            case InviteSent() if response.status >= 300:
                if transaction is self._modifying:
                    self._modifying = None
                    if not self.is_over:
                        self._on_refusal(response.status, now)
            case InviteSent() if response.status >= 200:
                self._on_accepted(transaction, response, source, now)
            case _:
                pass

    def on_silence(self, transaction: Sent, report: Report, now: float) -> None:
        if isinstance(transaction, RequestSent):
            self.table.dialogs.pop(self.dialog.key, None)
        elif report is Report.RANG_TOO_LONG:
            self.endpoint.send_cancel(transaction, now)
        else:
            self._modifying = None
            if not self.is_over:
                self._hang_up(now)
                self.tell_over(408, by_peer=False)

    # Offers

    def _glare(self, *, busy: bool) -> tuple[int, str] | None:
        """Why another offer cannot be taken now (14.2), and the headers that go with it."""
        if self._pending is not None:
            return 500, f"Retry-After: {int(self.endpoint.fraction() * 10)}\r\n"
        return (491, "") if busy else None

    def _take_offer(
        self, transaction: InviteReceived | RequestReceived, request: Request, description: str | None
    ) -> None:
        self._refresh(request, transaction.peer)
        self._pending, self._offers_first = transaction, description is None
        self.endpoint.outputs.append(OfferReceived(self.name, description))

    def _try_offer(self, now: float) -> None:
        busy = self._modifying or self._pending or self._confirming
        if self._wanted is None or self.is_over or busy or self._retry is not None:
            return
        self._offered, self._wanted = self._wanted, None
        hop = self.dialog.hop
        branch, via = self.endpoint.branch_line(hop)
        rest = f"{self.endpoint.contact(hop)}{ALLOW_LINE}"
        text = self.endpoint.text_within(
            self.dialog, "INVITE", self.dialog.next_sequence(), via, rest, self._offered
        )
        self._modifying = self.endpoint.send_invite(text, branch, hop, self, now)

    def _offer_again(self, now: float) -> None:
        self._retry = None
        self._try_offer(now)

    def _on_accepted(self, transaction: InviteSent, response: Response, source: Peer, now: float) -> None:
        again = transaction.acks.get(response.to.tag)
        if again is not None:
            self.endpoint.outputs.append(again)
            return
        if transaction is not self._modifying:
            return
        self._modifying = None
        self._glares = 0
        self._refresh(response, source)
        self.endpoint.send_ack(self.dialog, transaction, response.to.tag)
        if not self.is_over:
            self.endpoint.outputs.append(OfferAnswered(self.name, response.description()))
            self._try_offer(now)

    def _on_refusal(self, status: int, now: float) -> None:
        """14.1: the session is as before; but 408 and 481 say that the peer has no dialog (12.2.1.2)."""
        if status in (408, 481):
            self._hang_up(now)
            self.tell_over(status, by_peer=True)
        elif status == 491 and self._glares < _MOST_GLARES:
            self._glares += 1
            self._wanted = self._offered if self._wanted is None else self._wanted
            pause = (
                2.1 + 1.9 * self.endpoint.fraction() if self._is_caller else 2.0 * self.endpoint.fraction()
            )
            self._retry = Later(self._offer_again)
            self.endpoint.set_alarm(self._retry, now + pause)
        else:
            self._glares = 0
            self.endpoint.outputs.append(OfferAnswered(self.name, None))
            self._try_offer(now)

    def _refresh(self, message: Request | Response, source: Peer) -> None:
        self.dialog.refresh(message, source)
        if source != self.peer:
            self.table.move(self, source)

    # Endings

    def _settle(self, now: float) -> None:
        """No new BYE, INVITE or 2xx comes of this session; what is under way answers itself."""
        self._refuse_pending(487, now)
        if self._confirming is not None:
            self._confirming.stop_resending()
            self._confirming.answered_by = self._confirming = None

    def _hang_up(self, now: float) -> None:
        self._refuse_pending(487, now)
        self._bye_waits = True
        if self._confirming is None:
            self._send_waiting_bye(now)

    def _send_waiting_bye(self, now: float) -> None:
        self._bye_waits = False
        self.endpoint.send_bye(self.dialog, self, now)

    def _refuse_pending(self, status: int, now: float) -> None:
        invite, self._pending = self._pending, None
        if invite is None:
            return
        message = invite.reply.message(status)
        if isinstance(invite, InviteReceived):
            invite.offered_to = None
            self.endpoint.respond_invite(invite, status, message, now)
        else:
            self.endpoint.respond(invite, message, now)
