"""One JSON object a line on standard error, with the call's id where there is one."""

import json
import logging
from datetime import UTC, datetime

LINES_A_SECOND = 50  # of each logger: a flood of refusals must not become a flood of log


class JsonLines(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        line = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "from": record.name,
            "message": record.getMessage(),
        }
        for name in ("call", "peer"):
            if (value := getattr(record, name, None)) is not None:
                line[name] = str(value)
        if record.exc_info:
            line["fault"] = self.formatException(record.exc_info)
        return json.dumps(line)  # escapes every control and non-ASCII character


class Flood(logging.Filter):
    """Lets so many lines of a logger through in a second, then says how many it kept back."""

    def __init__(self) -> None:
        super().__init__()
        self._second: dict[str, tuple[int, int]] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        second, lines = self._second.get(record.name, (0, 0))
        now = int(record.created)
        if now != second:
            if lines > LINES_A_SECOND:
                record.msg, record.args = (
                    f"{record.getMessage()} ({lines - LINES_A_SECOND} lines kept back)",
                    (),
                )
            self._second[record.name] = (now, 1)
            return True
        self._second[record.name] = (second, lines + 1)
        return lines < LINES_A_SECOND


def log_to_stderr(level: str) -> None:
    handler = logging.StreamHandler()
    handler.setFormatter(JsonLines())
    handler.addFilter(Flood())
    logging.basicConfig(level=level.upper(), handlers=[handler], force=True)
