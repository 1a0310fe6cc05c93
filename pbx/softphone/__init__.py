"""A SIP phone for the command line, on pyVoIP, whose modules import each other in a circle: it loads here."""

import warnings

with warnings.catch_warnings():
    warnings.simplefilter("ignore", DeprecationWarning)  # it uses audioop, which Python 3.13 no longer has
    import pyVoIP.VoIP  # noqa: F401  # pyright: ignore[reportUnusedImport] - entered elsewhere, the circle breaks
