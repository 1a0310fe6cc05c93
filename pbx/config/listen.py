"""Addresses and port ranges as people write them, in dialplan.toml and on the command line."""

import ipaddress
import re

from pbx.config.models import Listener

_LISTENER = re.compile(r"(udp|tcp):(?:\[([0-9A-Fa-f:.%]+)\]|([^:\[\]\s]+)):([0-9]{1,5})")
_RANGE = re.compile(r"([0-9]{1,5})-([0-9]{1,5})")
_PORTS = range(1, 65536)
EVERYWHERE = ("0.0.0.0", "::")  # noqa: S104 - compared, not bound


def parse_listener(text: str, advertise: str | None = None) -> Listener:
    """From "udp:HOST:PORT" or "tcp:[IPv6]:PORT". Raises ValueError saying what was expected."""
    found = _LISTENER.fullmatch(text)
    if found is None:
        raise ValueError(
            f"expected udp:HOST:PORT or tcp:HOST:PORT, found {text!r}; write e.g. udp:127.0.0.1:5060"
        )
    port = int(found[4])
    if port not in _PORTS:
        raise ValueError(f"port {port} does not exist; choose one from 1 to 65535, 5060 is usual")
    return Listener("udp" if found[1] == "udp" else "tcp", found[2] or found[3], port, advertise)


def parse_port_range(text: str) -> tuple[int, int]:
    """From "FIRST-LAST". Raises ValueError saying what was expected."""
    found = _RANGE.fullmatch(text)
    if found is None:
        raise ValueError(f"expected FIRST-LAST, found {text!r}; write e.g. 10000-19999")
    first, last = int(found[1]), int(found[2])
    if first < 1024 or last not in _PORTS:
        raise ValueError(f"ports {text} are out of range; choose some from 1024 to 65535")
    if last - first < 3:
        raise ValueError(f"{text} is too few ports; every call takes two for each party, e.g. 10000-19999")
    return first, last


def is_loopback(host: str) -> bool:
    """Can only this machine reach it?"""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
