"""An office that keeps the same hours every day, so that tests may run on any."""

import re
from pathlib import Path

OPEN, CLOSED = '{ mon-sun = "00:00-24:00" }', "{ mon-sun = [] }"


def keep_hours(config: Path, hours: str) -> None:
    text = re.sub(r"(?m)^(hours|days) = .*\n", "", config.read_text())
    text = re.sub(r"(?s)holidays = \[.*?\n\]", "", text)
    config.write_text(re.sub(r"(?m)^zone = .*\n", rf"\g<0>hours = {hours}\n", text))
