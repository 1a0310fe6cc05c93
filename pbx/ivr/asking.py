"""Questions: what a key, silence or a prompt's end means to the nodes that talk with the caller."""

from typing import Literal, TypeAlias, assert_never

from pbx.ivr.fields import Prompts
from pbx.ivr.model import Match, NoteSurvey
from pbx.ivr.nodes import Collect, Menu, Say, Survey
from pbx.ivr.turn import Turn

Question: TypeAlias = Menu | Collect | Survey
CONFIRMING = 1  # a collect's second stage: is what was entered right?
Kind: TypeAlias = Literal["offered", "answered", "completed", "declined"]
RIGHT, AGAIN = "1", "2"  # the keys that answer this


def say(turn: Turn, node: Say) -> str | None:
    """Say it, unless keys wait that may cut it short."""
    if not (turn.typed and node.interruptible):
        return None if turn.play(*node.prompt) else node.next
    if away := turn.leads_away(node, turn.typed[0]):
        turn.typed = turn.typed[1:]
    return away or node.next


def ask(turn: Turn, node: Question, *remark: Prompts) -> str | None:
    """Ask, unless keys wait that may cut the question short."""
    if turn.typed and node.interruptible:
        return listen(turn, node)
    said = turn.play(*(prompt for prompts in remark for prompt in prompts), *_question(turn, node))
    return None if said else listen(turn, node)


def listen(turn: Turn, node: Question) -> str | None:
    """Take what was typed ahead, then wait for more."""
    turn.phase, turn.deadline = "listening", turn.now + node.patience
    target = None
    while turn.typed and target is None and turn.phase == "listening":
        key, turn.typed = turn.typed[0], turn.typed[1:]
        target = answer(turn, node, key)
    return target


def press(turn: Turn, node: Say | Question, key: str) -> str | None:
    """A key of the caller's, now. During a prompt it cuts it short, or waits for the prompt's end."""
    if turn.phase == "playing":
        if not node.interruptible:
            turn.type_ahead(key)
            return None
        turn.stop()
    if not isinstance(node, Say):
        return answer(turn, node, key)
    if away := turn.leads_away(node, key):
        return away
    turn.type_ahead(key)
    return node.next


def answer(turn: Turn, node: Question, key: str) -> str | None:
    """What a key means to a question."""
    turn.late = ""
    match node:
        case Menu() if key in node.keys:
            turn.note("ok")
            return node.keys[key]
        case Survey() if key in node.keys:
            return _scored(turn, node, int(key))
        case Collect() if turn.stage == CONFIRMING and key in (RIGHT, AGAIN):
            return _confirmed(turn, node, right=key == RIGHT)
        case _:
            pass
    if away := turn.leads_away(node, key):
        turn.note("ok")
        return away
    if isinstance(node, Collect) and turn.stage != CONFIRMING:
        return _collected(turn, node, key)
    return _failed(turn, node, "nomatch")


def silence(turn: Turn, node: Question) -> str | None:
    if isinstance(node, Collect) and turn.digits:
        return _entered(turn, node)
    return _failed(turn, node, "noinput")


def _question(turn: Turn, node: Question) -> Prompts:
    match node:
        case Collect() if turn.stage == CONFIRMING and node.confirm is not None:
            return node.confirm
        case Menu() | Collect():
            return node.prompt
        case Survey():
            return tuple(node.questions.values())[turn.stage]
        case _:
            assert_never(node)


def _collected(turn: Turn, node: Collect, key: str) -> str | None:
    if key == node.terminator:
        return _entered(turn, node)
    turn.digits += key
    if len(turn.digits) < node.max_digits:
        turn.deadline = turn.now + node.patience
        return None
    if turn.typed[:1] == node.terminator:
        turn.typed = turn.typed[1:]
    else:
        turn.late = node.terminator
    return _entered(turn, node)


def _entered(turn: Turn, node: Collect) -> str | None:
    entry, turn.digits = turn.digits, ""
    if not _in_order(node, entry):
        return _failed(turn, node, "nomatch")
    turn.keep(node.variable, entry, secret=node.secure)
    if node.confirm is None:
        turn.note("ok")
        return node.next
    turn.stage = CONFIRMING
    return ask(turn, node)


def _in_order(node: Collect, entry: str) -> bool:
    return (
        len(entry) >= node.min_digits
        and (node.like is None or node.like.fits(entry))
        and (node.check is None or luhn(entry))
    )


def _confirmed(turn: Turn, node: Collect, *, right: bool) -> str | None:
    if right:
        turn.note("ok")
        return node.next
    turn.stage = 0
    return _failed(turn, node, "nomatch", remark=())


def _scored(turn: Turn, node: Survey, score: int) -> str | None:
    turn.note("ok")
    note_survey(turn, "answered", tuple(node.questions)[turn.stage], score)
    turn.stage, turn.attempts = turn.stage + 1, 0
    if turn.stage < len(node.questions):
        return ask(turn, node)
    note_survey(turn, "completed")
    return node.next


def note_survey(turn: Turn, kind: Kind, question: str = "", score: int | None = None) -> None:
    turn.effects.append(NoteSurvey(turn.node, kind, question, score, turn.flow))


def _failed(turn: Turn, node: Question, match: Match, remark: Prompts | None = None) -> str | None:
    """Ask again, or give up. What was typed ahead was meant for another question: forget it."""
    turn.note(match)
    turn.attempts += 1
    turn.digits = turn.typed = ""
    if turn.attempts >= node.attempts:
        turn.note("max")
        return _given_up(turn, node)
    if remark is None:
        remark = node.invalid if match == "nomatch" else _on_silence(node)
    return ask(turn, node, remark or ())


def _on_silence(node: Question) -> Prompts | None:
    return None if isinstance(node, Survey) else node.silence


def _given_up(turn: Turn, node: Question) -> str:
    if not isinstance(node, Survey):
        return node.otherwise
    note_survey(turn, "declined")
    return node.next


def luhn(entry: str) -> bool:
    """Does the last digit check the ones before it (ISO/IEC 7812-1, annex B)?"""
    total = 0
    for place, key in enumerate(reversed(entry)):
        if key not in "0123456789":
            return False
        digit = int(key) * (1 + place % 2)
        total += digit - 9 if digit > 9 else digit
    return bool(entry) and total % 10 == 0
