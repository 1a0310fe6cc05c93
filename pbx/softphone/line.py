"""A softphone's signalling: pyVoIP's messages over one UDP socket, and a thread to receive and repeat."""

import re
import select
import socket
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from threading import Condition, Thread
from time import monotonic  # noqa: TID251 - the softphone is a process of its own, not the switch
from typing import Any, TypeAlias

import pyVoIP
from pyVoIP import SIP

Message: TypeAlias = SIP.SIPMessage

T1, T2, GIVE_UP = 0.5, 4.0, 32.0
REFRESH = 100.0  # seconds; pyVoIP registers for 120
UNREADABLE = (SIP.SIPParseError, ValueError, KeyError, IndexError, AttributeError, UnicodeDecodeError)
_URI = re.compile(r"<([^>]*)>")

# pyVoIP drops requests of other methods unread, and has this list in its Allow.
pyVoIP.SIPCompatibleMethods.extend(name for name in ("OPTIONS",) if name not in pyVoIP.SIPCompatibleMethods)


@dataclass(slots=True)
class _Unanswered:
    data: bytes
    due: float
    wait: float
    until: float


class Line(SIP.SIPClient):
    """pyVoIP's own blocks for ever on a silent server, knows two final responses, and cannot cancel.

    `changed` is held whenever a message is handled, and notified afterwards.
    """

    def __init__(
        self,
        server: tuple[str, int],
        account: tuple[str, str] | None,
        phone: Any,
        on_message: Callable[[Message], None],
    ) -> None:
        name, password = account or ("anonymous", "")
        super().__init__(*server, name, password, phone, myIP=_own_address(server), callCallback=on_message)
        self.changed = Condition()
        self.registration: int | None = None  # the latest final status
        self._account, self._leaving = account, False
        self._refresh_at = float("inf")
        self._unanswered: dict[tuple[str, str], _Unanswered] = {}
        self._thread = Thread(target=self.recv_loop, name="softphone signalling", daemon=True)

    def start(self) -> None:
        """Open the socket, and register if there is an account; `registration` then says how that went."""
        self.NSD = True
        self.s = self.out = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.s.bind((self.myIP, 0))
        self.myPort = self.s.getsockname()[1]
        self._thread.start()
        if self._account is not None:
            with self.changed:
                self._ask_to_register()

    def stop(self) -> None:
        """Unregister if registered, then end the thread and close the socket."""
        if self.registration == 200:
            with self.changed:
                self._leaving, self.registration = True, None
                self._ask_to_register()
                self.changed.wait_for(lambda: self.registration is not None, 2)
        self.NSD = False  # pyright: ignore[reportConstantRedefinition] - pyVoIP's name for 'runs'
        self._thread.join()
        self.s.close()

    def gen_call_id(self) -> str:
        return f"{uuid.uuid4().hex}@{self.myIP}"  # noqa: TID251 - pyVoIP counts from 1 in every process

    def recv_loop(self) -> None:
        while self.NSD:
            ready = select.select([self.s], [], [], 0.05)[0]
            with self.changed:
                if ready:
                    self.recv()
                self._repeat(monotonic())
                self.changed.notify_all()

    def recv(self) -> None:
        try:
            message = SIP.SIPMessage(self.s.recv(65535))
            self.parse_message(message)
        except OSError:
            return  # an earlier datagram found nobody
        except UNREADABLE:
            return  # not for pyVoIP's eyes: its sender repeats it, or gives up

    def parse_message(self, message: Message) -> None:
        method = message.headers["CSeq"]["method"]
        if message.type == SIP.SIPMessageType.RESPONSE:
            self._unanswered.pop((message.headers["Call-ID"], method), None)
            if method == "REGISTER":
                self._registered(message)
                return
        if self.callCallback is not None:
            self.callCallback(message)

    def ask(self, request: str) -> None:
        """Send a request, again and again until something comes back (RFC 3261 17.1, timers A and E)."""
        self._persist(re.findall(r"^CSeq: [0-9]+ (\w+)", request, re.M)[0], request)

    def answer_until_acknowledged(self, response: str) -> None:
        """Send a 200 to an INVITE until its ACK comes (RFC 3261 13.3.1.4)."""
        self._persist("ACK", response)

    def settle(self, call_id: str, method: str) -> None:
        """Repeat it no more."""
        self._unanswered.pop((call_id, method), None)

    def say(self, text: str) -> None:
        """Send it once."""
        self.out.sendto(text.encode(), (self.server, self.port))

    def reply(self, request: Message, status: SIP.SIPStatus, tag: str = "") -> str:
        """A response without a body, its headers as they came."""
        head = request.raw.decode(errors="replace").split("\r\n\r\n")[0].split("\r\n")[1:]
        kept = [line for line in head if line.startswith(("Via: ", "From: ", "Call-ID: ", "CSeq: "))]
        to = next(line for line in head if line.startswith("To: "))
        lines = [f"SIP/2.0 {int(status)} {status.phrase}", *kept]
        lines.append(to if ";tag=" in to or not tag else f"{to};tag={tag}")
        lines.append(f"Allow: {', '.join(pyVoIP.SIPCompatibleMethods)}")
        return "\r\n".join([*lines, "Content-Length: 0", "", ""])

    def authorization(self, challenge: Message) -> str:
        """The header line that answers a 401, by pyVoIP's digest."""
        params = challenge.authentication
        return (
            f'Authorization: Digest username="{self.username}",realm="{params["realm"]}",'
            f'nonce="{params["nonce"]}",uri="sip:{self.server};transport=UDP",'
            f'response="{self.gen_authorization(challenge).decode()}",algorithm=MD5'
        )

    def _persist(self, awaited: str, text: str) -> None:
        call_id = re.findall(r"^Call-ID: (.*)\r$", text, re.M)[0]
        now = monotonic()
        self._unanswered[call_id, awaited] = _Unanswered(text.encode(), now + T1, T1, now + GIVE_UP)
        self.say(text)

    def _repeat(self, now: float) -> None:
        if now >= self._refresh_at:
            self._ask_to_register()
        for key, waiting in list(self._unanswered.items()):
            if now >= waiting.until:
                del self._unanswered[key]
            elif now >= waiting.due:
                self.out.sendto(waiting.data, (self.server, self.port))
                waiting.wait = min(2 * waiting.wait, T2)
                waiting.due = now + waiting.wait

    def _ask_to_register(self) -> None:
        self._refresh_at = monotonic() + REFRESH
        self._proved = False
        self.ask(self.gen_first_response(deregister=self._leaving))

    def _registered(self, response: Message) -> None:
        status = int(response.status)
        if status == 401 and not self._proved:
            self._proved = True
            self.ask(self.gen_register(response, deregister=self._leaving))
        elif status >= 200:
            self.registration = status


def contact_uri(contact: str) -> str:
    """What is in a Contact's brackets, or before its parameters."""
    found = _URI.search(contact)
    return found[1] if found else contact.split(";")[0].strip()


def _own_address(server: tuple[str, int]) -> str:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.connect(server)
        return str(probe.getsockname()[0])
