"""Keys as RFC 4733 events from sipp, and what they lead to."""

import socket

import pytest

from tests.interop.office import Office
from tests.interop.waiting import eventually

KEY_MS = 500  # sipp takes as long for each
REST_MS = 6000  # until it hangs up


def _may_play_events() -> bool:
    try:
        socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_UDP).close()
    except PermissionError:
        return False
    return True


by_sipp = pytest.mark.skipif(
    not _may_play_events(), reason="sipp sends keys by raw sockets: not allowed here"
)


def while_pressing(keys: str) -> str:
    """How many milliseconds a call lasts in which these are pressed."""
    return str(REST_MS + KEY_MS * len(keys))


def happen(office: Office, wanted: set[tuple[str, str, str]]) -> None:
    """Wait until each of these callers has been doing this, in this language; not all at once."""
    seen = set[tuple[str, str, str]]()

    def look() -> bool:
        seen.update((row["from"], row["doing"], row["language"]) for row in office.calls())
        return wanted <= seen

    eventually(look, 15, what=f"not all of {wanted} happen")
