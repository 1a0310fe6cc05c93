"""What a transaction asks of the layer that owns it, beside sending bytes."""

from enum import Enum, auto
from typing import TypeAlias


class Report(Enum):
    """Tell the transaction user."""

    PASS_UP = auto()  # this response is for the user
    ACKED = auto()  # the ACK to our 2xx arrived, for the first time
    NEVER_ACKED = auto()  # 64*T1 went by without the ACK to our 2xx
    TIMED_OUT = auto()  # nobody answered: timers B, F
    RANG_TOO_LONG = auto()  # timer C: provisional responses, and nothing final
    DONE = auto()  # the transaction is over and can be forgotten


Effect: TypeAlias = bytes | Report
"""Bytes are a message to put on the wire."""
