"""A softphone: pyVoIP's, which registers only if it has an account, and keeps its own sockets."""

import socket
from typing import Any, Self

from pyVoIP.RTP import PayloadType, TransmitType
from pyVoIP.SIP import SIPMessage, SIPMessageType, SIPStatus
from pyVoIP.VoIP import CallState, VoIPCall, VoIPPhone

from pbx.softphone.audio import EVENT, PCMU
from pbx.softphone.conversation import Conversation
from pbx.softphone.line import UNREADABLE, Line


class Softphone(VoIPPhone):
    """Registers if it has an account; a stranger's does not. Used as a context manager."""

    def __init__(self, server: tuple[str, int], account: tuple[str, str] | None = None) -> None:
        name, password = account or ("anonymous", "")
        super().__init__(*server, name, password)
        self.sockets: dict[int, socket.socket] = {}
        self.incoming: list[Conversation] = []
        self.sip: Line = Line(server, account, self, self.callback)
        self.myIP = self.sip.myIP

    def __enter__(self) -> Self:
        self.sip.start()
        return self

    def __exit__(self, *_: object) -> None:
        with self.sip.changed:
            open_calls = list(self.calls.values())
        for call in open_calls:
            assert isinstance(call, Conversation)
            call.hang_up()
            call.wait_until(lambda call: call.state is CallState.ENDED, 2)
        self.sip.stop()
        for unused in self.sockets.values():
            unused.close()

    def registered(self, seconds: float = 8.0) -> int:
        """The registrar's final answer; 0 if there is none in so many seconds."""
        with self.sip.changed:
            self.sip.changed.wait_for(lambda: self.sip.registration is not None, seconds)
            return self.sip.registration or 0

    def dial(self, number: str) -> Conversation:
        """Send an INVITE. What comes of it is for the conversation to say."""
        with self.sip.changed:
            port = self.request_port()
            media: Any = {port: {PCMU: PayloadType.PCMU, EVENT: PayloadType.EVENT}}
            identity, branch, session = self.sip.gen_call_id(), self.sip.gen_branch(), self.sip.sessID.next()
            self.sip.inviteCounter.x = 1
            text = self.sip.gen_invite(number, str(session), media, TransmitType.SENDRECV, branch, identity)
            call = Conversation(
                self,
                CallState.DIALING,
                SIPMessage(text.encode()),
                session,
                self.myIP,
                media,
                TransmitType.SENDRECV,
            )
            self.calls[identity] = call
            call.place(number)
            return call

    def next_call(self, seconds: float) -> Conversation | None:
        """The oldest call that has not been looked at, if one comes in so many seconds."""
        with self.sip.changed:
            self.sip.changed.wait_for(lambda: self.incoming, seconds)
            return self.incoming.pop(0) if self.incoming else None

    def callback(self, request: SIPMessage) -> None:
        """Every message but REGISTER's, with `sip.changed` held."""
        call = self.calls.get(request.headers["Call-ID"])
        if request.type == SIPMessageType.RESPONSE:
            if isinstance(call, Conversation):
                call.on_response(request)
        elif isinstance(call, Conversation):
            call.on_request(request)
        elif request.method == "INVITE":
            self._ring(request)
        elif request.method == "OPTIONS":
            self.sip.say(self.sip.reply(request, SIPStatus.OK, self.sip.gen_tag()))
        elif request.method != "ACK":
            self.sip.say(self.sip.reply(request, SIPStatus.CALL_OR_TRANSACTION_DOESNT_EXIST))

    def _ring(self, request: SIPMessage) -> None:
        try:
            call = Conversation(
                self,
                CallState.RINGING,
                request,
                self.sip.sessID.next(),
                self.myIP,
                sendmode=TransmitType.SENDRECV,
            )
        except UNREADABLE:
            self.sip.say(self.sip.reply(request, SIPStatus.NOT_ACCEPTABLE_HERE, self.sip.gen_tag()))
            return
        self.calls[call.call_id] = call
        self.incoming.append(call)
        self.sip.say(self.sip.gen_ringing(request))

    def request_port(self, blocking: bool = True) -> int:  # noqa: FBT001, FBT002 - pyVoIP's signature
        """Bound at once: pyVoIP draws a number, and hopes that it is free."""
        own = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        own.bind((self.myIP, 0))
        port = int(own.getsockname()[1])
        self.sockets[port] = own
        return port

    def release_ports(self, call: VoIPCall | None = None) -> None:
        """Sockets close with their audio."""
