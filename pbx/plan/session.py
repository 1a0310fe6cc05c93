"""A flow walked by hand: commands such as `1`, `wait 5`, `at 18:30` or `busy`, and what the caller hears."""

import shlex
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from pbx.dialplan.calendar import Calendar
from pbx.ivr.interpreter import KEYS
from pbx.ivr.walk import Figures, Walker, described
from pbx.steps import Outcome

HELP: str = """\
1, 25#           press these keys, one right after another
(nothing)        say nothing until the question gives up waiting; elsewhere: it goes well
wait 5           let five seconds pass
answers, busy, no answer, declined, unreachable, no agents, queue full, waited enough, failed, nothing
                 how a queue, a dialled phone or anything else that is done elsewhere ends
name=value ...   it goes well, with these values: what a lookup found, what a bot heard
at 18:30         set the clock; at 2026-03-02 18:30 the day too
queue NAME agents=2 waiting=3 expected_wait=120
                 what a flow finds that asks for the state of a queue
hang up          and see where that leaves the call
where            the clock, and every variable
back, again      undo the last command; begin anew
quit"""

_OUTCOMES: Mapping[str, Outcome] = {
    **{outcome.value.replace("_", " "): outcome for outcome in Outcome},
    "answers": Outcome.COMPLETED,
    "full": Outcome.QUEUE_FULL,
    "fails": Outcome.FAILED,
}
_CLOCKS = ("%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M:%S")
_FIGURES = ("agents", "waiting", "expected_wait", "longest_wait")


@dataclass(slots=True)
class World:
    """What a flow finds outside; it may be changed under way. `at` without a zone is by a calendar's own."""

    calendars: Mapping[str, Calendar]
    at: datetime
    closed: Collection[str] = ()  # calendars taken for closed, whatever the time
    elapsed: Callable[[], float] = lambda: 0.0  # seconds since `at`

    def now(self) -> datetime:
        return self.at + timedelta(seconds=self.elapsed())

    def is_open(self, name: str) -> bool:
        calendar, now = self.calendars.get(name), self.now()
        if calendar is None or name in self.closed:
            return name not in self.closed
        return calendar.open_at(now if now.tzinfo else now.replace(tzinfo=calendar.zone))


@dataclass(frozen=True, slots=True)
class ClosedNow(Collection[str]):
    """The calendars that are closed by the clock in one's hand."""

    world: World

    def __contains__(self, name: object) -> bool:
        return isinstance(name, str) and not self.world.is_open(name)

    def __iter__(self) -> Iterator[str]:
        return (name for name in self.world.calendars if name in self)

    def __len__(self) -> int:
        return len(list(iter(self)))


class Session:
    """A walk under way. Prompts are heard to their end, in no time, unless keys are pressed in a row."""

    def __init__(
        self, begin: Callable[[], Walker], world: World, queues: dict[str, Figures], at: datetime
    ) -> None:
        """`begin` starts a walk that finds the world and the queues given here; `at` is when it starts."""
        self._begin, self._world, self._queues, self._start = begin, world, queues, at
        self._done: list[str] = []
        self._again()

    @property
    def over(self) -> bool:
        return self._hung_up or self._walker.finish is not None

    @property
    def question(self) -> str:
        """What the flow waits for."""
        task = self._walker.task
        if self._walker.state.phase == "performing" and task is not None:
            return f"{described(task)}: how does it end?"
        return self._walker.state.node

    def lines(self) -> list[str]:
        """What happened since this was asked last."""
        new, self._told = self._walker.lines[self._told :], len(self._walker.lines)
        return new

    def obey(self, text: str) -> list[str]:
        """Do as told: what there is to read. ValueError: that makes no sense now, and nothing was done."""
        text = text.strip()
        match text.split(" ", 1):
            case ["help" | "?"]:
                return HELP.splitlines()
            case ["where"]:
                return list(self._where())
            case ["again"]:
                self._done.clear()
                self._again()
            case ["back"]:
                self._back()
            case _:
                if self.over:
                    raise ValueError("the call is over: back, again or quit")
                self._do(text)
                self._done.append(text)
        return self.lines()

    def _again(self) -> None:
        self._world.at, self._world.elapsed = self._start, lambda: 0.0
        self._queues.clear()
        self._walker, self._hung_up, self._told = self._begin(), False, 0
        self._world.elapsed = lambda: self._walker.now
        self._hear_out()

    def _back(self) -> None:
        if not self._done:
            raise ValueError("nothing was done yet")
        done, self._done = self._done[:-1], []
        self._again()
        for text in done:
            self._do(text)
        self._done = done
        self._told = len(self._walker.lines)
        self._walker.lines.append(f"back at [{self._walker.state.node}]")

    def _do(self, text: str) -> None:
        words = text.split()
        name, _, value = text.partition(" ")
        if text.replace("_", " ") in _OUTCOMES:
            self._come_back(_OUTCOMES[text.replace("_", " ")], {})
        elif not text:
            self._say_nothing()
        elif set("".join(words)) <= KEYS:
            self._press("".join(words))
        elif name == "wait":
            self._wait(value)
        elif name == "at":
            self._world.at = self._clock(value) - timedelta(seconds=self._walker.now)
            self._walker.lines.append(f"  the clock says {self._world.now():%Y-%m-%d %H:%M}")
        elif name == "queue":
            self._queue(value)
        elif text in ("hang up", "hangup"):
            self._hung_up = True
            self._walker.lines.append("  hangs up")
        elif "=" in name:
            self._come_back(Outcome.COMPLETED, _values(text))
        else:
            raise ValueError(f"what is {text!r}? `help` lists what can be done")
        self._hear_out()

    def _hear_out(self) -> None:
        while self._walker.state.phase == "playing" and not self.over:
            self._walker.hear_out()

    def _come_back(self, outcome: Outcome, values: Mapping[str, str]) -> None:
        if self._walker.state.phase != "performing":
            raise ValueError("nothing is done elsewhere now: press keys, or wait")
        self._walker.come_back(outcome, values)

    def _say_nothing(self) -> None:
        if self._walker.state.phase == "performing":
            self._walker.come_back(Outcome.COMPLETED)
        else:
            self._walker.stay_silent()

    def _press(self, keys: str) -> None:
        if self._walker.state.phase == "performing":
            raise ValueError("nobody hears keys now: say how it ends, e.g. answers, busy or failed")
        for key in keys:
            if self._walker.state.phase in ("performing", "finished"):
                self._walker.lines.append(f"  nobody hears {key}")
                continue
            self._walker.press(key)

    def _wait(self, seconds: str) -> None:
        try:
            until = self._walker.now + float(seconds.removesuffix("s"))
        except ValueError:
            raise ValueError(f"expected seconds, as in `wait 5`, not {seconds!r}") from None
        if not self._walker.now < until < self._walker.now + 86_400:
            raise ValueError("a wait is longer than nothing and shorter than a day")
        while not self.over and (due := self._walker.state.deadline) is not None and due <= until:
            self._walker.stay_silent()
            self._hear_out()
        self._walker.now = max(self._walker.now, until)
        self._walker.lines.append(f"  the clock says {self._world.now():%Y-%m-%d %H:%M:%S}")

    def _clock(self, text: str) -> datetime:
        text = f"{self._world.now():%Y-%m-%d} {text}" if ":" in text[:3] else text
        for form in _CLOCKS:
            try:
                return datetime.strptime(text, form)  # noqa: DTZ007 - a calendar's own zone
            except ValueError:
                continue
        raise ValueError(f"expected a time like 18:30 or 2026-03-02 18:30, not {text!r}")

    def _queue(self, text: str) -> None:
        name, _, figures = text.partition(" ")
        values = _values(figures)
        if not values or not values.keys() <= set(_FIGURES):
            raise ValueError(
                f"expected e.g. `queue {name or 'support'} agents=2 waiting=3`; known: {_FIGURES}"
            )
        self._queues[name] = {**self._queues.get(name, {}), **values}

    def _where(self) -> Iterator[str]:
        state = self._walker.state
        yield f"at node {state.node} of flow {state.flow}, {self._world.now():%Y-%m-%d %H:%M:%S}"
        yield from (f"  {name} = {value!r}" for name, value in sorted(state.shown().items()))


def _values(text: str) -> dict[str, str]:
    try:
        pairs = [word.partition("=") for word in shlex.split(text)]
    except ValueError as reason:
        raise ValueError(f"{text!r}: {reason}".lower()) from None
    if any(not name or not equals for name, equals, _ in pairs):
        raise ValueError(f"expected name=value, or several of them, not {text!r}")
    return {name: value for name, _, value in pairs}
