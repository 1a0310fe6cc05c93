"""Header names, their short forms (RFC 3261 7.3.3) and the reason phrases of responses (RFC 3261 21)."""

from typing import Final

from pbx.sip.grammar import is_token

_COMPACT: Final = {
    "a": "accept-contact",
    "b": "referred-by",
    "c": "content-type",
    "d": "request-disposition",
    "e": "content-encoding",
    "f": "from",
    "i": "call-id",
    "j": "reject-contact",
    "k": "supported",
    "l": "content-length",
    "m": "contact",
    "o": "event",
    "r": "refer-to",
    "s": "subject",
    "t": "to",
    "u": "allow-events",
    "v": "via",
    "x": "session-expires",
    "y": "identity",
}
_USUAL: Final = (
    *("Accept", "Accept-Encoding", "Accept-Language", "Alert-Info", "Allow", "Allow-Events"),
    *("Authorization", "Call-ID", "Call-Info", "Contact", "Content-Disposition"),
    *("Content-Encoding", "Content-Language", "Content-Length", "Content-Type", "CSeq", "Date"),
    *("Error-Info", "Event", "Expires", "From", "In-Reply-To", "Max-Forwards", "MIME-Version"),
    *("Min-Expires", "Min-SE", "Organization", "P-Asserted-Identity", "P-Preferred-Identity"),
    *("Path", "Priority", "Privacy", "Proxy-Authenticate", "Proxy-Authorization", "Proxy-Require"),
    *("RAck", "Reason", "Record-Route", "Refer-To", "Referred-By", "Replaces", "Reply-To"),
    *("Require", "Retry-After", "Route", "RSeq", "Server", "Service-Route", "Session-Expires"),
    *("SIP-ETag", "SIP-If-Match", "Subject", "Subscription-State", "Supported", "Timestamp", "To"),
    *("Unsupported", "User-Agent", "Via", "Warning", "WWW-Authenticate"),
)

WRITTEN: Final = {name.lower(): name for name in _USUAL}
CANONICAL: Final = {
    **{name: name.lower() for name in _USUAL},
    **{name.lower(): name.lower() for name in _USUAL},
    **_COMPACT,
    **{short.upper(): name for short, name in _COMPACT.items()},
}

REASONS: Final = {
    100: "Trying",
    180: "Ringing",
    181: "Call Is Being Forwarded",
    182: "Queued",
    183: "Session Progress",
    199: "Early Dialog Terminated",
    200: "OK",
    202: "Accepted",
    204: "No Notification",
    300: "Multiple Choices",
    301: "Moved Permanently",
    302: "Moved Temporarily",
    305: "Use Proxy",
    380: "Alternative Service",
    400: "Bad Request",
    401: "Unauthorized",
    402: "Payment Required",
    403: "Forbidden",
    404: "Not Found",
    405: "Method Not Allowed",
    406: "Not Acceptable",
    407: "Proxy Authentication Required",
    408: "Request Timeout",
    410: "Gone",
    412: "Conditional Request Failed",
    413: "Request Entity Too Large",
    414: "Request-URI Too Long",
    415: "Unsupported Media Type",
    416: "Unsupported URI Scheme",
    420: "Bad Extension",
    421: "Extension Required",
    422: "Session Interval Too Small",
    423: "Interval Too Brief",
    428: "Use Identity Header",
    433: "Anonymity Disallowed",
    436: "Bad Identity Info",
    437: "Unsupported Credential",
    438: "Invalid Identity Header",
    439: "First Hop Lacks Outbound Support",
    480: "Temporarily Unavailable",
    481: "Call/Transaction Does Not Exist",
    482: "Loop Detected",
    483: "Too Many Hops",
    484: "Address Incomplete",
    485: "Ambiguous",
    486: "Busy Here",
    487: "Request Terminated",
    488: "Not Acceptable Here",
    489: "Bad Event",
    491: "Request Pending",
    493: "Undecipherable",
    494: "Security Agreement Required",
    500: "Server Internal Error",
    501: "Not Implemented",
    502: "Bad Gateway",
    503: "Service Unavailable",
    504: "Server Time-out",
    505: "Version Not Supported",
    513: "Message Too Large",
    580: "Precondition Failure",
    600: "Busy Everywhere",
    603: "Decline",
    604: "Does Not Exist Anywhere",
    606: "Not Acceptable",
    607: "Unwanted",
    608: "Rejected",
}


def canonical(name: str) -> str:
    """The long name in lower case; "" if it is no header name.

    Only spaces and tabs may stand between a name and its colon: a reader that forgave control characters
    there would see headers that others do not (CVE-2016-9938).
    """
    name = name.rstrip(" \t")
    known = CANONICAL.get(name)
    if known is not None:
        return known
    lower = name.lower()
    return CANONICAL.get(lower, lower) if is_token(name) else ""


def written(name: str) -> str:
    """A long name in lower case as it is usually written."""
    return WRITTEN.get(name) or "-".join(part.capitalize() for part in name.split("-"))
