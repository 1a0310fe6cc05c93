"""What the commands `call` and `phone` do: each yields the lines to print while it goes on."""

import re
from collections.abc import Iterator
from pathlib import Path
from time import monotonic  # noqa: TID251 - the softphone is a process of its own, not the switch

import soundfile as sf
from pyVoIP.SIP import SIPStatus
from pyVoIP.VoIP import CallState

from media.audio.tones import RATE, rms
from media.codecs.g711 import Samples
from media.rtp.telephone_event import KEYS
from pbx.softphone.conversation import Conversation
from pbx.softphone.softphone import Softphone

DEFAULT_PORT = 5060
_URI = re.compile(r"sip:([^@;?<> ]+)@([A-Za-z0-9.-]+)(?::([0-9]{1,5}))?")
_SERVER = re.compile(r"([A-Za-z0-9.-]+)(?::([0-9]{1,5}))?")


class SoftphoneError(Exception):
    """The message says what went wrong, and what to do."""


def place_call(
    uri: str, *, account: str | None, keys: str, record: Path | None, seconds: float
) -> Iterator[str]:
    """Call, press keys, listen. `account` is NAME:PASSWORD. Raises SoftphoneError, also if nobody answers."""
    number, server = _callee(uri)
    if any(key not in KEYS + "p" for key in keys):
        raise SoftphoneError(f"{keys!r}: keys are {KEYS}, and p for a pause of a second")
    with _phone(server, _account(account)) as phone:
        began = monotonic()
        yield f"calling {uri}"
        call = phone.dial(number)
        yield from _until_answered(call, seconds)
        yield f"answered after {monotonic() - began:.1f} s"
        if keys:
            call.audio.press(keys)
            yield f"pressing {keys}"
        call.wait_until(is_over, max(0.0, seconds - (monotonic() - began)))
        yield "they hung up" if is_over(call) else "hanging up"
        call.hang_up()
        yield from _account_of(call.audio.heard(), record)


def wait_for_calls(
    server: str, account: str, password: str, *, answer: bool, seconds: float | None
) -> Iterator[str]:
    """Register, and say who calls; without `answer` let it ring. Raises SoftphoneError."""
    until = float("inf") if seconds is None else monotonic() + seconds
    with _phone(_server(server), (account, password)) as phone:
        yield f"registered as {account}"
        while (left := until - monotonic()) > 0:
            call = phone.next_call(min(left, 1.0))
            if call is not None:
                yield f"{_caller(call)} calls"
                if answer:
                    call.answer()
                    yield "answered"
                call.wait_until(is_over, max(0.0, until - monotonic()))
                yield "over" if is_over(call) else "hanging up"
                call.hang_up()


class _Registered(Softphone):
    """A softphone that will not be used unless its registrar takes it."""

    def __enter__(self) -> "_Registered":
        super().__enter__()
        status = self.registered() if self.sip.password else 200
        if status != 200:
            self.__exit__()
            name, where = self.username, f"{self.server}:{self.port}"
            raise SoftphoneError(
                f"{where} does not answer: is an exchange running there?"
                if status == 0
                else f"{where} refused to register {name} with {status}: is its password right?"
            )
        return self


def _phone(server: tuple[str, int], account: tuple[str, str] | None) -> Softphone:
    try:
        return _Registered(server, account)
    except OSError as error:
        raise SoftphoneError(f"{server[0]} cannot be reached: {error}") from error


def _until_answered(call: Conversation, seconds: float) -> Iterator[str]:
    until = monotonic() + seconds
    call.wait_until(lambda call: call.ringing or call.final, seconds)
    if call.ringing:
        yield "it rings"
    call.wait_until(lambda call: call.final, until - monotonic())
    if call.final != 200:
        raise SoftphoneError(f"not answered: {_reason(call.final)}")


def _reason(status: int) -> str:
    return f"{status} {SIPStatus(status).phrase}" if status else "nobody picked up in time"


def _account_of(heard: Samples, record: Path | None) -> Iterator[str]:
    yield f"heard {len(heard) / RATE:.1f} s, {rms(heard):.3f} of full scale in the mean"
    if record is not None:
        sf.write(record, heard, RATE, subtype="PCM_16")
        yield f"wrote {record}"


def is_over(call: Conversation) -> bool:
    return call.state is CallState.ENDED


def _caller(call: Conversation) -> str:
    return str(call.request.headers["From"]["address"]).split("@")[0]


def _callee(uri: str) -> tuple[str, tuple[str, int]]:
    found = _URI.fullmatch(uri)
    if not found:
        raise SoftphoneError(f"{uri!r} is no address to call: write sip:100@127.0.0.1:5060")
    return found[1], (found[2], int(found[3] or DEFAULT_PORT))


def _server(text: str) -> tuple[str, int]:
    found = _SERVER.fullmatch(text)
    if not found:
        raise SoftphoneError(f"{text!r} is no server: write 127.0.0.1:5060")
    return found[1], int(found[2] or DEFAULT_PORT)


def _account(text: str | None) -> tuple[str, str] | None:
    if text is None:
        return None
    name, colon, password = text.partition(":")
    if not colon:
        raise SoftphoneError("an account is NAME:PASSWORD")
    return name, password
