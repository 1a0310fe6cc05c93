"""One call of a softphone: pyVoIP's, with the SIP it lacks."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from pyVoIP.RTP import TransmitType
from pyVoIP.SIP import SIPMessage, SIPStatus
from pyVoIP.VoIP import CallState, VoIPCall

from pbx.softphone.audio import EVENT, PCMU, Audio
from pbx.softphone.line import Line, contact_uri

if TYPE_CHECKING:
    from pbx.softphone.softphone import Softphone


class Conversation(VoIPCall):
    """One call. Everything but `hang_up`, `press` and waiting is the phone's business."""

    phone: "Softphone"
    sip: Line

    def __init__(self, *arguments: Any, **options: Any) -> None:
        self.final = 0  # the status that answered or refused it; 0 while it is open
        self.ended_by = ""  # "us" or "them"
        self.heard_of = self.ringing = False  # any response has come; a 180 has
        self.keys = ""
        self.invite, self.branch, self.cseq = "", "", 1
        super().__init__(*arguments, **options)

    @property
    def audio(self) -> Audio:
        """Only once there is audio: answered, or early media."""
        client = self.RTPClients[0]
        assert isinstance(client, Audio)
        return client

    def create_rtp_clients(self, codecs: Any, ip: str, port: int, request: SIPMessage, baseport: int) -> None:
        """One, in mu-law: pyVoIP makes one for every c= line, and sends A-law as mu-law."""
        if PCMU not in codecs:
            raise ValueError("the other side does not speak PCMU")
        event = next((number for number, kind in codecs.items() if str(kind) == "telephone-event"), EVENT)
        far = (str(request.body["c"][-1]["address"]), baseport)
        self.RTPClients.append(Audio(self.phone.sockets.pop(port), far, self._key, event))

    def _key(self, key: str) -> None:
        self.keys += key  # without the lock: whoever holds it may be waiting for this thread to end

    def wait_until(self, reached: Callable[["Conversation"], object], seconds: float) -> bool:
        """Wait for a state of the call."""
        with self.sip.changed:
            return bool(self.sip.changed.wait_for(lambda: reached(self), seconds))

    # What we do

    def place(self, number: str) -> None:
        """Send the INVITE, whose text pyVoIP has made into `self.request`."""
        self.number = number
        self.invite = self.request.raw.decode()
        self.branch = self.request.headers["Via"][0]["branch"]
        self.sip.ask(self.invite)

    def answer(self) -> None:
        """Nothing happens if it does not ring any more."""
        with self.sip.changed:
            if self.state is CallState.RINGING:
                audio, both_ways = self.gen_ms(), TransmitType.SENDRECV
                self.state, self.final = CallState.ANSWERED, 200
                text = self.sip.gen_answer(self.request, self.session_id, audio, both_ways)
                self.sip.answer_until_acknowledged(text)

    def hang_up(self, refusal: SIPStatus = SIPStatus.BUSY_HERE) -> None:
        """BYE, CANCEL or a refusal, whatever its state asks for."""
        with self.sip.changed:
            match self.state:
                case CallState.ANSWERED:
                    self.sip.ask(self._request("BYE", self.sip.gen_branch(), self.cseq + 1))
                    self._end("us")
                case CallState.RINGING:
                    self.sip.say(self.sip.reply(self.request, refusal, self._tag))
                    self._end("us", int(refusal))
                case CallState.DIALING:
                    self.ended_by = "us"
                    if self.heard_of:  # before that there is nothing to cancel (RFC 3261 9.1)
                        self._cancel()
                case _:
                    pass

    def _cancel(self) -> None:
        self.sip.ask(self._request("CANCEL", self.branch, self.cseq))

    # What happens

    def on_response(self, response: SIPMessage) -> None:
        """To our INVITE (RFC 3261 13.2.2)."""
        status = int(response.status)
        if response.headers["CSeq"]["method"] != "INVITE":
            return
        if status >= 200:
            self._acknowledge(response, success=status < 300)
        if self.state is not CallState.DIALING or int(response.headers["CSeq"]["check"]) < self.cseq:
            return
        if status < 200:
            self.ringing |= status == 180
            if self.ended_by and not self.heard_of:
                self._cancel()
            self.heard_of = True
            if response.body and not self.RTPClients:
                self.answered(response)
                self.state = CallState.DIALING
        elif status < 300:
            self._answered(response)
        elif status == 401 and "Authorization: " not in self.invite and self.sip.password:
            self._prove(response)
        else:
            self._end(self.ended_by or "them", status)

    def on_request(self, request: SIPMessage) -> None:
        """The other side's, in this call. A repeated INVITE is answered like a new one."""
        match request.method:
            case "INVITE" if self.state is CallState.ANSWERED:
                self._renegotiate(request)
            case "ACK":
                self.sip.settle(self.call_id, "ACK")
            case "BYE":
                self.sip.say(self.sip.reply(request, SIPStatus.OK))
                self._end("them")
            case "CANCEL":
                self.sip.say(self.sip.reply(request, SIPStatus.OK, self._tag))
                if self.state is CallState.RINGING:
                    self.sip.say(self.sip.reply(self.request, SIPStatus.REQUEST_TERMINATED, self._tag))
                    self._end("them", 487)
            case _:
                pass

    def _answered(self, response: SIPMessage) -> None:
        if not self.RTPClients:
            self.answered(response)
        self.request.headers["Contact"] = response.headers["Contact"]
        self.request.headers["To"]["tag"] = response.headers["To"]["tag"]
        self.state, self.final = CallState.ANSWERED, 200
        if self.ended_by:  # our CANCEL came too late
            self.hang_up()

    def _prove(self, challenge: SIPMessage) -> None:
        """The same INVITE with our password, as a new transaction (RFC 3261 22.2)."""
        old, self.branch = self.branch, self.sip.gen_branch()
        before, self.cseq = self.cseq, self.cseq + 1
        text = self.invite.replace(old, self.branch).replace(f"CSeq: {before} ", f"CSeq: {self.cseq} ")
        proof = self.sip.authorization(challenge)
        self.invite = text.replace("\r\nContent-Length", f"\r\n{proof}\r\nContent-Length")
        self.sip.ask(self.invite)

    def _acknowledge(self, response: SIPMessage, *, success: bool) -> None:
        """With the answer's own To tag: pyVoIP makes up another."""
        cseq = int(response.headers["CSeq"]["check"])
        branch = self.sip.gen_branch() if success else response.headers["Via"][0]["branch"]
        uri = contact_uri(response.headers["Contact"]) if success else self._target
        self.sip.say(self._request("ACK", branch, cseq, uri, response.headers["To"]["tag"]))

    def _renegotiate(self, request: SIPMessage) -> None:
        """A change of the session: audio goes where it now says (RFC 3264 8)."""
        if request.body:
            self.audio.outIP = str(request.body["c"][-1]["address"])
            self.audio.outPort = int(request.body["m"][0]["port"])
        kind = str(request.body.get("a", {}).get("transmit_type", "sendrecv"))
        mode = {"sendonly": "recvonly", "recvonly": "sendonly"}.get(kind, kind)
        text = self.sip.gen_answer(request, self.session_id, self.gen_ms(), TransmitType(mode))
        self.sip.answer_until_acknowledged(text)

    def _end(self, by: str, status: int = 200) -> None:
        if self.state is not CallState.ENDED:
            self.state, self.ended_by, self.final = CallState.ENDED, by, status
            self.sip.settle(self.call_id, "ACK")
            for client in self.RTPClients:
                client.stop()
            self.phone.calls.pop(self.call_id, None)

    # Its dialog

    @property
    def _tag(self) -> str:
        return str(self.sip.tagLibrary[self.call_id])

    @property
    def _target(self) -> str:
        return (
            f"sip:{self.number}@{self.sip.server}"
            if self.invite
            else contact_uri(self.request.headers["Contact"])
        )

    def _request(self, method: str, branch: str, cseq: int, uri: str = "", to_tag: str | None = None) -> str:
        headers = self.request.headers
        ours, theirs = headers["From"], headers["To"]
        if not self.invite:
            ours, theirs = theirs, ours
        tag = theirs["tag"] if to_tag is None else to_tag
        if not uri:
            in_dialog = method == "BYE"
            uri = contact_uri(headers["Contact"]) if in_dialog else self._target
        return "\r\n".join(
            [
                f"{method} {uri} SIP/2.0",
                f"Via: SIP/2.0/UDP {self.sip.myIP}:{self.sip.myPort};branch={branch};rport",
                "Max-Forwards: 70",
                f"From: {ours['raw']};tag={self._tag}",
                f"To: {theirs['raw']}" + (f";tag={tag}" if tag else ""),
                f"Call-ID: {self.call_id}",
                f"CSeq: {cseq} {method}",
                "Content-Length: 0",
                "",
                "",
            ]
        )
