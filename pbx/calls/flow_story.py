"""What a flow has to say for itself: facts about the call, one for each of its notes."""

from collections.abc import Generator
from contextlib import contextmanager
from typing import Any, Literal, TypeAlias, assert_never

from pbx.calls.call import Call
from pbx.ivr.model import NoteCallback, NoteFlow, NoteInput, NoteNode, NoteSurvey, SetLanguage
from pbx.ivr.nodes import Hangup
from pbx.records.facts import (
    CallbackRequested,
    ContactAttribute,
    FlowEntered,
    FlowExited,
    InputTaken,
    NodeEntered,
    SurveyAnswered,
    SurveyCompleted,
    SurveyDeclined,
    SurveyOffered,
)

Where: TypeAlias = Literal["hangup", "contained", "queue", "dial"]  # what hanging up there comes to
Note: TypeAlias = NoteFlow | NoteNode | NoteInput | NoteCallback | NoteSurvey | SetLanguage


class FlowStory:
    """Files notes, and sees to it that every flow entered is left, however the call ends."""

    def __init__(self, call: Call) -> None:
        self._call = call
        self._open: list[str] = []
        self._where: Where = "hangup"

    def note(self, note: Note) -> None:
        call = self._call
        match note:
            case NoteNode(node, flow):
                call.doing = f"flow {flow}: {node}"
                last_word = isinstance(call.configuration.flows[flow].nodes[node], Hangup)
                self._where = "contained" if last_word else "hangup"
                call.record(NodeEntered, flow=flow, node=node)
            case NoteInput(node, match, flow):
                call.record(InputTaken, flow=flow, node=node, match=match)
            case NoteFlow(flow, ""):
                self._open.append(flow)
                call.came_from = f"flow {flow}"
                call.record(FlowEntered, flow=flow, version=call.configuration.flows[flow].version)
            case NoteFlow(flow, result):
                self._left(result)
            case NoteCallback(queue, number):
                call.record(CallbackRequested, queue=queue, number=number)
            case NoteSurvey():
                self._survey(note)
            case SetLanguage(language):
                call.language = language
                if call.services.languages.remember(call.caller.offer.caller, language):
                    call.record(ContactAttribute, k="language", v=language)
            case _:
                assert_never(note)

    @contextmanager
    def at(self, where: Literal["queue", "dial"]) -> Generator[None]:
        """The caller is there while the block lasts: who hangs up there does not hang up on the flow."""
        self._where = where
        yield  # on hanging up nothing follows, and it stays
        self._where = "hangup"

    def close(self, *, failed: bool) -> None:
        """The call is over, or something went wrong in it: whatever is still open ends here."""
        while self._open:
            self._left("error" if failed else self._where)

    def _left(self, result: str) -> None:
        self._call.record(FlowExited, flow=self._open.pop(), result=result)
        if self._open:
            self._call.came_from = f"flow {self._open[-1]}"

    def _survey(self, note: NoteSurvey) -> None:
        details: dict[str, Any] = {"flow": note.flow, "node": note.node}
        match note.kind:
            case "offered":
                self._call.record(SurveyOffered, **details)
            case "answered":
                self._call.record(SurveyAnswered, question=note.question, score=note.score, **details)
            case "completed":
                self._call.record(SurveyCompleted, **details)
            case "declined":
                self._call.record(SurveyDeclined, **details)
            case _:
                assert_never(note.kind)
