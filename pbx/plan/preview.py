"""What a reload would do: everything `centrala plan` says."""

from collections.abc import Sequence
from typing import NamedTuple

from pbx.plan.change import Change
from pbx.plan.difference import NodeChange, Sources, changed_nodes, differences
from pbx.plan.replay import Diversion, dialplan_of, recorded_call, replay
from pbx.plan.traffic import passed_through
from pbx.records.reading import Row


class Met(NamedTuple):
    """A node that changes, and how many of the calls came to it."""

    change: NodeChange
    calls: int


class Preview(NamedTuple):
    """`calls` were looked at; `diverted` of them would have gone elsewhere."""

    changes: tuple[Change, ...]
    diversions: tuple[Diversion, ...]
    met: tuple[Met, ...]
    calls: int

    @property
    def diverted(self) -> int:
        return sum(diversion.count for diversion in self.diversions)


def preview(old: Sources, new: Sources, rows: Sequence[Row]) -> Preview:
    """`rows` of pbx.records.reading.records. Raises ValueError if the old dialplan can be read no more."""
    diversions = replay(dialplan_of(old), dialplan_of(new), map(recorded_call, rows))
    nodes = changed_nodes(old, new)
    calls = passed_through(rows, [(change.flow, change.node) for change in nodes])
    met = [Met(change, calls[change.flow, change.node]) for change in nodes]
    return Preview(
        differences(old, new), tuple(diversions), tuple(one for one in met if one.calls), len(rows)
    )
