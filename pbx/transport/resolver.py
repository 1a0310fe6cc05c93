"""Host names to addresses, never on the signalling loop."""

import asyncio
import ipaddress
import socket
from functools import lru_cache

PATIENCE = 3.0  # seconds


async def resolve(host: str) -> str | None:
    """An address of this host: itself if it is one already, None if nobody knows it in time."""
    bare = host.strip("[]")
    if (address := _literal(bare)) is not None:
        return address
    try:
        async with asyncio.timeout(PATIENCE):
            found = await asyncio.get_running_loop().getaddrinfo(bare, None, type=socket.SOCK_DGRAM)
    except (OSError, UnicodeError, TimeoutError):
        return None
    return str(found[0][4][0])


@lru_cache(1_024)
def _literal(host: str) -> str | None:
    try:
        return str(ipaddress.ip_address(host))
    except ValueError:
        return None
