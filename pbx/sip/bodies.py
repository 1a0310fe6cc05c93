"""Finding the session description in a body, also in a multipart one (RFC 5621, RFC 2046 5.1)."""

from typing import Final

from pbx.sip.errors import Malformed
from pbx.sip.grammar import parse_params, unquote

DEEPEST: Final = 5
MOST_PARTS: Final = 20


def media_type(content_type: str) -> str:
    """`type/subtype` in lower case, without parameters."""
    return content_type.partition(";")[0].strip(" \t").lower()


def find_description(content_type: str, encoding: str, body: bytes, depth: int = 0) -> str | None:
    """The SDP of this body: the first of a multipart/mixed, the last of a multipart/alternative.

    None if there is none we can read, which includes encoded bodies and whatever is nested too deep.
    """
    if encoding.lower() not in ("", "identity") or depth > DEEPEST:
        return None
    kind = media_type(content_type)
    if kind == "application/sdp":
        return body.decode("utf-8", "replace")
    if not kind.startswith("multipart/"):
        return None
    parts = _parts(content_type, body)
    if kind == "multipart/alternative":
        parts.reverse()
    for headers, content in parts:
        inner = find_description(
            headers.get("content-type", ""), headers.get("content-encoding", ""), content, depth + 1
        )
        if inner is not None:
            return inner
    return None


def _parts(content_type: str, body: bytes) -> list[tuple[dict[str, str], bytes]]:
    try:
        params = parse_params(content_type[len(content_type.partition(";")[0]) :])
    except Malformed:
        return []
    boundary = unquote(params.get("boundary") or "").encode()
    if not 0 < len(boundary) <= 70:
        return []
    # The line break before a delimiter belongs to the delimiter; before the first one there may be none.
    _, *pieces = (b"\r\n" + body).split(b"\r\n--" + boundary, MOST_PARTS + 1)
    parts: list[tuple[dict[str, str], bytes]] = []
    for piece in pieces[:MOST_PARTS]:
        padding, line_break, part = piece.partition(b"\r\n")
        if not line_break or padding.strip(b" \t"):
            break  # the closing delimiter, or no delimiter at all
        parts.append(_part(part))
    return parts


def _part(part: bytes) -> tuple[dict[str, str], bytes]:
    if part.startswith(b"\r\n"):
        return {}, part[2:]
    head, _, content = part.partition(b"\r\n\r\n")
    lines = head.decode("utf-8", "replace").replace("\r\n ", " ").replace("\r\n\t", " ").split("\r\n")
    headers = {
        name.strip(" \t").lower(): value.strip(" \t") for name, _, value in (x.partition(":") for x in lines)
    }
    return headers, content
