"""What the message layer raises when a peer's bytes are not SIP."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pbx.sip.message import Request


class Malformed(Exception):  # noqa: N818 - named as the fact it states
    """The peer's fault: answer `status` with `phrase`, without state, to `request`; `None`: answer nothing.

    `phrase` is made of our own words only, so that it can go into a reason phrase and into a log.
    """

    def __init__(self, status: int, phrase: str, request: "Request | None" = None) -> None:
        super().__init__(f"{status} {phrase}")
        self.status = status
        self.phrase = phrase
        self.request = request
