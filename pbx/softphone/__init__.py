"""A SIP phone for the command line, on pyVoIP, whose modules import each other in a circle: it loads here."""

import pyVoIP.VoIP  # noqa: F401  # pyright: ignore[reportUnusedImport] - entered anywhere else, the circle breaks
