"""What flows did for their callers: folds over facts, per node, per flow and per contact."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, NamedTuple, TypeAlias

from pbx.records.facts import (
    CallbackRequested,
    ContactCreated,
    DialStarted,
    Fact,
    FlowEntered,
    FlowExited,
    InputTaken,
    MessageRecorded,
    NodeEntered,
    QueueEntered,
    TalkStarted,
)

AGAIN_WITHIN_MS = 24 * 3_600_000  # a caller who calls again so soon was not helped

JourneyOutcome: TypeAlias = Literal[
    "person",  # asked for one: entered a queue, or somebody was dialled
    "deferred",  # left a message, or was promised a call
    "contained",  # the flow ended, and nobody was asked for
    "abandoned",  # hung up while a flow was talking
    "failed",  # the flow went wrong, or the exchange was killed
]


@dataclass(slots=True)
class NodeCounts:
    """A call counts as often as it came by."""

    entered: int = 0
    nomatch: int = 0
    noinput: int = 0
    gave_up: int = 0  # attempts used up
    hung_up: int = 0  # the caller did, while the flow talked here

    @property
    def went_on(self) -> int:
        return self.entered - self.hung_up


@dataclass(slots=True)
class FlowCounts:
    """`left` counts the results of `ivr.exited`."""

    entered: int = 0
    left: Counter[str] = field(default_factory=Counter[str])
    nodes: dict[str, NodeCounts] = field(default_factory=lambda: defaultdict[str, NodeCounts](NodeCounts))


class Journey(NamedTuple):
    """One contact that entered a flow. Times are Unix milliseconds."""

    contact: str
    arrived: int
    outcome: JourneyOutcome
    to_agent_ms: int | None  # from arrival to the first conversation with an agent


class Arrival(NamedTuple):
    """One contact, whether it entered a flow or not. The number is empty where it is not known, or erased."""

    contact: str
    at: int
    number: str
    dnis: str


@dataclass(frozen=True, slots=True)
class Containment:
    """Contacts. `contained` is raw; `again` of them called the same number again within a day.

    Of `unknown` contained callers it cannot be told, because their numbers are not known.
    """

    entered: int
    contained: int
    again: int
    abandoned: int
    unknown: int

    @property
    def raw(self) -> float | None:
        """Share of the contacts that entered a flow; None where there are none."""
        return self.contained / self.entered if self.entered else None

    @property
    def true(self) -> float | None:
        return (self.contained - self.again) / self.entered if self.entered else None


class FlowMeasures:
    """Fed with the facts of one contact after another, each in the order filed."""

    def __init__(self) -> None:
        self.flows: dict[str, FlowCounts] = defaultdict(FlowCounts)
        self.journeys: list[Journey] = []

    def add(self, facts: Iterable[Fact]) -> None:
        journey = _JourneyFold()
        place = ("", "")
        for fact in facts:
            match fact:
                case FlowEntered(flow=flow):
                    self.flows[flow].entered += 1
                case NodeEntered(flow=flow, node=node):
                    place = (flow, node)
                    self.flows[flow].nodes[node].entered += 1
                case InputTaken():
                    self._input(fact)
                case FlowExited(flow=flow, result=result):
                    self.flows[flow].left[result] += 1
                    if result == "hangup" and place[0] == flow:
                        self.flows[flow].nodes[place[1]].hung_up += 1
                case _:
                    pass
            journey.apply(fact)
        if (whole := journey.journey()) is not None:
            self.journeys.append(whole)

    def _input(self, fact: InputTaken) -> None:
        node = self.flows[fact.flow].nodes[fact.node]
        match fact.match:
            case "nomatch":
                node.nomatch += 1
            case "noinput":
                node.noinput += 1
            case "max":
                node.gave_up += 1
            case "ok":
                pass


class _JourneyFold:
    __slots__ = ("_agent", "_created", "_deferred", "_entered", "_person", "_result")

    def __init__(self) -> None:
        self._created: ContactCreated | None = None
        self._agent: int | None = None
        self._person = self._deferred = self._entered = False
        self._result = "error"

    def apply(self, fact: Fact) -> None:
        match fact:
            case ContactCreated():
                self._created = fact
            case FlowEntered():
                self._entered, self._result = True, "error"
            case FlowExited(result=result):
                self._result = result
            case QueueEntered() | DialStarted():
                self._person = True
            case MessageRecorded() | CallbackRequested():
                self._deferred = True
            case TalkStarted(at=at, agent=str()) if self._agent is None:
                self._agent = at
            case _:
                pass

    def journey(self) -> Journey | None:
        if self._created is None or not self._entered:
            return None
        arrived = self._created.at
        waited = None if self._agent is None else self._agent - arrived
        return Journey(self._created.contact, arrived, self._outcome(), waited)

    def _outcome(self) -> JourneyOutcome:
        if self._person:
            return "person"
        if self._deferred:
            return "deferred"
        return _ENDS.get(self._result, "failed")


_ENDS: Mapping[str, JourneyOutcome] = {"contained": "contained", "hangup": "abandoned"}


def containment(journeys: Sequence[Journey], arrivals: Iterable[Arrival]) -> Containment:
    """Contained callers of these journeys, and those who came again: any of the `arrivals` may show it.

    A reason for a call is not known here: the number dialled stands for it.
    """
    contained = {journey.contact for journey in journeys if journey.outcome == "contained"}
    by_caller: dict[tuple[str, str], list[Arrival]] = defaultdict(list)
    again, known = 0, 0
    for arrival in sorted(arrivals, key=lambda arrival: arrival.at):
        if arrival.number:
            by_caller[arrival.number, arrival.dnis].append(arrival)
    for calls in by_caller.values():
        for place, call in enumerate(calls):
            if call.contact in contained:
                known += 1
                again += any(later.at - call.at <= AGAIN_WITHIN_MS for later in calls[place + 1 : place + 2])
    return Containment(
        entered=len(journeys),
        contained=len(contained),
        again=again,
        abandoned=sum(journey.outcome == "abandoned" for journey in journeys),
        unknown=len(contained) - known,
    )


def median(values: Iterable[int]) -> float | None:
    """None of nothing."""
    ordered = sorted(values)
    if not ordered:
        return None
    middle = len(ordered) // 2
    return float(ordered[middle]) if len(ordered) % 2 else (ordered[middle - 1] + ordered[middle]) / 2
