"""All that the desk knows as plain data, and back: a new process goes on where the old one was cut off.

Configuration is not in it: it is read again from its files.
"""

from collections.abc import Callable
from dataclasses import asdict
from math import inf
from typing import Any, TypeAlias

from pbx.acd.classes import NOTHING, Group, Lane
from pbx.acd.forecast import Forecast
from pbx.acd.model import Agent, CallerJoined, Needs, Queue, Requirement, State
from pbx.acd.people import Engagement, Seat, Visit
from pbx.acd.presence import Presence
from pbx.acd.ranking import Merits
from pbx.acd.service import Service

Kept: TypeAlias = dict[str, Any]
Shift: TypeAlias = Callable[[Any], Any]  # a kept moment, or None, to the same on the new clock


class Snapshot(Service):
    """A desk that can be put away."""

    def snapshot(self) -> Kept:
        """Fit for JSON. Take it between turns."""
        alarms = {owner: key[0] for owner, key in self._timers.entries()}
        return {
            "offers": self._offers_made,
            "drawn": self._drawn,
            "closed": sorted(self._closed),
            "forecasts": {queue: forecast.kept() for queue, forecast in self._forecasts.items()},
            "agents": [_seat_kept(seat) for seat in self._seats.values()],
            "callers": [
                {**_visit_kept(visit), "alarm": alarms.get(visit)} for visit in self._visits.values()
            ],
            "work": [_work_kept(engagement) for engagement in self._engagements.values()],
        }

    def _recall(self, kept: Kept, by: float) -> None:
        """Into an empty desk of the same configuration; `by`: seconds the clock has been set forward."""

        def shift(moment: Any) -> Any:
            return None if moment is None else moment + by

        self._offers_made, self._drawn = kept["offers"], kept["drawn"]
        self._closed = set(kept["closed"])
        self._forecasts = {queue: Forecast.restored(one) for queue, one in kept["forecasts"].items()}
        self._seats = {
            one["name"]: self._seat_again(one, self._seats.get(one["name"]), shift) for one in kept["agents"]
        }
        for one in kept["callers"]:
            self._visit_again(one, shift)
        for one in kept["work"]:
            self._work_again(one, shift)
        for seat in self._seats.values():
            self._floor.seat(seat)
        for visit in self._visits.values():
            self._floor.enter(visit)

    def _seat_again(self, kept: Kept, seat: Seat | None, shift: Shift) -> Seat:
        agent = seat.agent if seat else Agent(kept["name"], frozenset())
        merits = Merits(**kept["merits"])
        merits.rest = (shift(kept["merits"]["rest"][0]), kept["merits"]["rest"][1])
        again = Seat(agent, self._floor.classes.crew(agent), shift(kept["since"]), merits)
        again.state, again.reason, again.offer = State(kept["state"]), kept["reason"], kept["offer"]
        again.presence = Presence(**kept["presence"])
        return again

    def _visit_again(self, kept: Kept, shift: Shift) -> None:
        figures: Kept = {**kept["asked"], "requirement": _requirement(kept["asked"]["requirement"])}
        figures["due"] = shift(figures["due"])
        asked = CallerJoined(**figures)
        lane = self._floor.lanes[kept["queue"]]
        skills = frozenset((skill, level) for skill, level in kept["skills"])
        group = self._floor.classes.group(lane, skills, kept["tier"])
        rank, since, number = kept["place"]
        spot = rank, shift(since), number
        visit = Visit(asked, lane, group, shift(kept["entered"]), shift(kept["joined"]), number, spot)
        visit.preferred, visit.ahead = self._seats.get(kept["asked"]["preferred"]), kept["ahead"]
        visit.held = shift(kept["held"])
        visit.refused_by = {self._seats[name] for name in kept["refused_by"] if name in self._seats}
        self._visits[visit.contact] = visit
        if kept["alarm"] is not None:
            self._timers.put(visit, (shift(kept["alarm"]), 0, number))

    def _work_again(self, kept: Kept, shift: Shift) -> None:
        seat, wrap_up = self._seats[kept["agent"]], kept["wrap_up"]
        visit = self._visits.get(kept["contact"]) if kept["phase"] == "ringing" else None
        if visit is None:  # served; out of the queue
            visit = _remembered(kept)
        work = Engagement(
            kept["number"],
            kept["offer"],
            visit,
            seat,
            kept["queue"],
            kept["medium"],
            inf if wrap_up is None else wrap_up,
            until=shift(kept["until"]),
            phase=State(kept["phase"]),
            connected=shift(kept["connected"]),
        )
        self._engagements[work.offer] = work
        seat.take(work)
        if work.phase is State.RINGING:
            visit.rings.append(work)
        if work.until is not None:
            self._timers.put(work, (work.until, 1, work.number))


def _remembered(kept: Kept) -> Visit:
    lane = Lane(Queue(kept["queue"]))
    asked = CallerJoined(kept["contact"], kept["queue"])
    return Visit(asked, lane, Group(0, lane, NOTHING, 1), 0.0, 0.0, 0, (0, 0.0, 0))


def _seat_kept(seat: Seat) -> Kept:
    return {
        "name": seat.agent.name,
        "state": seat.state.value,
        "since": seat.since,
        "reason": seat.reason,
        "offer": seat.offer,
        "presence": asdict(seat.presence),
        "merits": asdict(seat.merits),
    }


def _visit_kept(visit: Visit) -> Kept:
    asked = {name: getattr(visit.asked, name) for name in CallerJoined.__slots__}
    requirement = visit.asked.requirement
    asked["requirement"] = requirement and [[step.after, sorted(step.skills)] for step in requirement]
    return {
        "asked": asked,
        "queue": visit.lane.queue.name,
        "skills": sorted(visit.group.skills),
        "tier": visit.group.tier,
        "entered": visit.entered,
        "joined": visit.joined,
        "place": list(visit.place),
        "ahead": visit.ahead,
        "held": visit.held,
        "refused_by": sorted(seat.agent.name for seat in visit.refused_by),
    }


def _work_kept(work: Engagement) -> Kept:
    return {
        "number": work.number,
        "offer": work.offer,
        "contact": work.visit.contact,
        "agent": work.seat.agent.name,
        "queue": work.queue,
        "medium": work.medium,
        "wrap_up": None if work.wrap_up == inf else work.wrap_up,
        "until": work.until,
        "phase": work.phase.value,
        "connected": work.connected,
    }


def _requirement(kept: list[Any] | None) -> Requirement | None:
    if kept is None:
        return None
    return tuple(Needs(after, frozenset((skill, level) for skill, level in skills)) for after, skills in kept)
