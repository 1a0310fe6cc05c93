"""Answers at once what a flow asks of queues, calendars and lists of callers."""

from typing import assert_never

from pbx.calls.call import Call
from pbx.calls.look_up import Answer
from pbx.ivr.lists import listed
from pbx.ivr.tasks import AskCalendar, AskList, AskQueue
from pbx.steps import Outcome

UNKNOWN: Answer = (Outcome.FAILED, {})


def ask(call: Call, task: AskQueue | AskCalendar | AskList) -> Answer:
    """By the configuration that the call began with; a queue's figures are those of this moment."""
    configuration = call.configuration
    match task:
        case AskQueue(queue):
            return _queue(call, queue) if queue in configuration.queues else UNKNOWN
        case AskCalendar(name):
            calendar = configuration.calendars.get(name)
            now = call.services.clock.wall()
            return UNKNOWN if calendar is None else _yes_or_no("open", calendar.open_at(now))
        case AskList(name, value):
            numbers = configuration.lists.get(name)
            return UNKNOWN if numbers is None else _yes_or_no("listed", listed(value, numbers))
        case _:
            assert_never(task)


def _queue(call: Call, queue: str) -> Answer:
    figures = call.services.desk.figures(queue)
    expected = "" if figures.expected_wait is None else str(round(figures.expected_wait))
    return Outcome.COMPLETED, {
        "agents": str(figures.agents),
        "waiting": str(figures.waiting),
        "longest_wait": str(round(figures.longest_wait)),
        "expected_wait": expected,
    }


def _yes_or_no(name: str, answer: bool) -> Answer:  # noqa: FBT001 - the answer itself
    return Outcome.COMPLETED, {name: "yes" if answer else "no"}
