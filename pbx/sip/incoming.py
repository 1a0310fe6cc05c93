"""A call offered to us, until it is answered, refused or cancelled (RFC 3261 13.3)."""

from collections.abc import Sequence

from pbx.sip.dialog import Dialog
from pbx.sip.endpoint import Endpoint, InviteReceived, RequestReceived
from pbx.sip.message import Request
from pbx.sip.replies import ALLOW_LINE, header_lines
from pbx.sip.session import Session
from pbx.sip.table import Call, CallTable


class Incoming(Call):
    """An admitted INVITE and the early dialog it made."""

    __slots__ = ("_invite", "_late", "dialog")

    def __init__(
        self,
        name: str,
        dialog: Dialog,
        invite: InviteReceived,
        endpoint: Endpoint,
        table: CallTable,
        *,
        late: bool,
    ) -> None:
        super().__init__(name, dialog.source, endpoint, table)
        self.dialog = dialog
        self._invite = invite
        self._late = late  # the INVITE holds no offer: ours goes into the 200
        invite.offered_to = self
        table.dialogs[dialog.key] = self
        table.add(self)
        table.count_unanswered(dialog.source.host, 1)

    def progress(self, status: int, description: str | None, now: float) -> None:
        self._respond(status, now, self.endpoint.contact(self._invite.peer), description or "")

    def answer(self, description: str, now: float) -> None:
        """The 200; from here on the call is a session."""
        self.table.count_unanswered(self.dialog.source.host, -1)
        session = Session(self.name, self.dialog, self.endpoint, self.table, is_caller=False)
        session.wait_for_ack(self._invite, offer_in_2xx=self._late)
        self.table.dialogs[self.dialog.key] = session
        self.table.add(session)
        contact = self.endpoint.contact(self._invite.peer)
        self._respond(200, now, f"{contact}{ALLOW_LINE}", description)

    def refuse(
        self, status: int, now: float, reason: str | None = None, headers: Sequence[tuple[str, str]] = ()
    ) -> None:
        self._respond(status, now, header_lines(headers), reason=reason)
        self._leave()
        self.tell_over(status, by_peer=False)

    def end(self, now: float) -> None:
        self.refuse(480, now)

    def lost(self, now: float) -> None:
        self.endpoint.drop(self._invite)
        self._leave()
        self.tell_over(408, by_peer=False)

    def on_cancel(self, transaction: InviteReceived, now: float) -> None:
        self._respond(487, now)
        self._leave()
        self.tell_over(487, by_peer=True)

    def on_bye(self, transaction: RequestReceived, now: float) -> None:
        """A caller may hang up an early dialog so (15); the INVITE is answered too (15.1.2)."""
        self._respond(487, now)
        self._leave()
        self.endpoint.owe(transaction, self.name)
        self.tell_over(487, by_peer=True, owes_reply=True)

    def on_invite(self, transaction: InviteReceived, request: Request, now: float) -> None:
        message = transaction.reply.message(500, "Retry-After: 5\r\n")
        self.endpoint.respond_invite(transaction, 500, message, now)

    def on_update(self, transaction: RequestReceived, request: Request, now: float) -> None:
        """The first offer has no reliable answer yet, so there can be no second one (RFC 3311 5.2)."""
        if request.description() is None:
            self.dialog.refresh(request, transaction.peer)
            message = transaction.reply.message(200, self.endpoint.contact(transaction.peer))
        else:
            message = transaction.reply.message(500, "Retry-After: 5\r\n")
        self.endpoint.respond(transaction, message, now)

    def _leave(self) -> None:
        self._invite.offered_to = None
        self.table.dialogs.pop(self.dialog.key, None)
        self.table.count_unanswered(self.dialog.source.host, -1)

    def _respond(
        self, status: int, now: float, headers: str = "", description: str = "", reason: str | None = None
    ) -> None:
        message = self._invite.reply.message(status, headers, description, reason)
        self.endpoint.respond_invite(self._invite, status, message, now)
