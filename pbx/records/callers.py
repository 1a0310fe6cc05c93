"""What the records say of callers: languages chosen, messages left, and how flows served them."""

import json
from pathlib import Path
from typing import NamedTuple

from pbx.records.facts import MessageDeleted
from pbx.records.flow_measures import AGAIN_WITHIN_MS, Arrival, FlowMeasures
from pbx.records.reading import opened
from pbx.records.store import facts_of

_LANGUAGES = """
    SELECT number, data FROM facts JOIN identities USING (contact)
    WHERE type = 'contact.attribute' ORDER BY at DESC, seq DESC LIMIT ?
"""
_MESSAGES = """
    SELECT type, contact, at, data, coalesce(number, '') FROM facts LEFT JOIN identities USING (contact)
    WHERE type GLOB 'message.*' ORDER BY at, seq
"""
_ARRIVALS = """
    SELECT contact, arrived, coalesce(number, ''), dnis FROM contacts LEFT JOIN identities USING (contact)
    WHERE (:since IS NULL OR arrived >= :since) AND (:until IS NULL OR arrived < :until)
"""


class Message(NamedTuple):
    """A message that is still there. `at` is Unix milliseconds, `number` the caller's."""

    file: str
    contact: str
    at: int
    number: str
    seconds: float
    flow: str
    node: str


def languages(path: Path, limit: int) -> list[tuple[str, str]]:
    """(number, language chosen), the latest last; those of erased callers are gone."""
    with opened(path) as conn:
        rows = [(number, json.loads(data)) for number, data in conn.execute(_LANGUAGES, (limit,))]
    return [(number, data["v"]) for number, data in reversed(rows) if data["k"] == "language"]


def messages(path: Path) -> list[Message]:
    """The earliest first. Raises FileNotFoundError where there are no records yet."""
    found: dict[str, Message] = {}
    with opened(path) as conn:
        for kind, contact, at, data, number in conn.execute(_MESSAGES):
            said = json.loads(data)
            if kind == MessageDeleted.type:
                found.pop(said["file"], None)
            else:
                found[said["file"]] = Message(
                    said["file"], contact, at, number, said["seconds"], said["flow"], said["node"]
                )
    return list(found.values())


def measured(path: Path, since: int | None, until: int | None) -> tuple[FlowMeasures, list[Arrival]]:
    """Measures of the contacts that arrived in this time (Unix milliseconds), and arrivals up to a day later.

    Raises FileNotFoundError where there are no records yet.
    """
    measures = FlowMeasures()
    later = None if until is None else until + AGAIN_WITHIN_MS + 1
    with opened(path) as conn:
        conn.row_factory = None
        conn.execute("BEGIN")  # one moment's records
        arrivals = [Arrival(*row) for row in conn.execute(_ARRIVALS, {"since": since, "until": later})]
        for arrival in arrivals:
            if until is None or arrival.at < until:
                measures.add(facts_of(conn, arrival.contact))
        conn.execute("COMMIT")
    return measures, arrivals
