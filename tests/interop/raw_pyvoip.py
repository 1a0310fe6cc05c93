"""pyVoIP as it comes: `python -m tests.interop.raw_pyvoip register|call|answer ...` is one phone."""

import sys
import time
from collections.abc import Callable
from typing import Any

from pyVoIP.VoIP import CallState, PhoneStatus, VoIPCall, VoIPPhone

SQUARE = (b"\x60" * 8 + b"\xa0" * 8) * 2000  # 500 Hz for four seconds, in its 8-bit samples
SECOND = 8000


def until(reached: Callable[[], bool]) -> None:
    """Its own way of waiting."""
    while not reached():
        time.sleep(0.02)


def say(what: object) -> None:
    """To the test, a line."""
    sys.stdout.write(f"{what}\n")
    sys.stdout.flush()


def register(phone: VoIPPhone) -> None:
    """Say how it went, and unregister when standard input ends."""
    until(lambda: phone.get_status() in (PhoneStatus.REGISTERED, PhoneStatus.FAILED))
    say(phone.get_status().value)
    sys.stdin.read()


def call(phone: VoIPPhone, number: str) -> None:
    """Call, say something, and print how far apart the extremes of one heard second are."""
    placed = phone.call(number)
    until(lambda: placed.state is CallState.ANSWERED)
    placed.write_audio(SQUARE)
    say(_span(placed))
    placed.hangup()


def answer(calls: list[VoIPCall]) -> None:
    """Answer one call, say something, print the same, and wait until it is hung up."""
    say("ready")
    until(lambda: bool(calls))
    calls[0].answer()
    calls[0].write_audio(SQUARE)
    say(_span(calls[0]))
    until(lambda: calls[0].state is CallState.ENDED)
    say("ended")


def _span(heard: VoIPCall) -> int:
    samples = b"".join(heard.read_audio(160) for _ in range(SECOND // 160))
    return max(samples) - min(samples)


def main(work: str, server: str, own: str, account: str, password: str, number: str = "") -> None:
    calls: list[VoIPCall] = []
    more: dict[str, Any] = {"myIP": "127.0.0.1", "sipPort": int(own), "callCallback": calls.append}
    phone = VoIPPhone("127.0.0.1", int(server), account, password, **more)
    phone.start()
    if work == "register":
        register(phone)
    elif work == "call":
        call(phone, number)
    else:
        answer(calls)
    phone.stop()


if __name__ == "__main__":
    main(*sys.argv[1:])
