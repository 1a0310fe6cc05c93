"""Keys pressed in INFO requests: application/dtmf-relay and application/dtmf."""

from typing import Final

from pbx.sip.grammar import decimal

KEY_TYPES: Final = ("application/dtmf-relay", "application/dtmf")
_KEYS: Final = {
    **{key: key for key in "0123456789*#ABCD"},
    "10": "*",
    "11": "#",
    "12": "A",
    "13": "B",
    "14": "C",
    "15": "D",
}
_USUAL_MILLISECONDS: Final = 160
_LONGEST_MILLISECONDS: Final = 5000


def parse_keys(content_type: str, body: bytes) -> tuple[str, int] | None:
    """The key and for how many milliseconds it was held; None for what is no key, a hook flash included."""
    lines = body[:200].decode("ascii", "replace").split("\n")
    if content_type == "application/dtmf":
        fields = {"signal": lines[0].strip()}
    else:
        pairs = [line.partition("=") for line in lines]
        fields = {name.strip().lower(): value.strip() for name, _, value in pairs}
    key = _KEYS.get(fields.get("signal", "").upper())
    milliseconds = decimal(fields.get("duration", ""), 5) or _USUAL_MILLISECONDS
    return None if key is None else (key, min(milliseconds, _LONGEST_MILLISECONDS))
