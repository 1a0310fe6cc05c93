"""The caller of a rehearsal: does one thing after another, as soon as it has heard what it waits for."""

import asyncio
from collections import deque
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import assert_never

from pbx.rehearsal.bots import Company
from pbx.rehearsal.scenario import Act, HangsUp, Hears, Presses, Says, Waits
from pbx.rehearsal.sound import Ears
from pbx.rehearsal.stage import Stage
from pbx.rehearsal.story import Did, Heard, Spoken, Story, Told

FINGER = 0.2  # seconds that a key takes to find


class Caller:
    """One phone of the stage (see stage.Calling), and whoever holds it."""

    def __init__(
        self,
        name: str,
        acts: tuple[Act, ...],
        stage: Stage,
        story: Story,
        texts: Mapping[str, str],
        gone: Callable[[], None],
    ) -> None:
        """`texts` says what clips say, folded. `gone` is called when the call is over."""
        self.left = deque(_one_by_one(acts))  # what has not been done; the first of them is being done
        self.status = 0  # the call's last, once it is over
        self.company = Company(self.on_sentence)
        self._name, self._stage, self._story, self._texts, self._gone = name, stage, story, texts, gone
        self._loop = asyncio.get_running_loop()
        self._ears: Ears | None = None
        self._fresh: list[tuple[str, str]] = []  # clips and texts, heard and not looked at yet
        self._said = ""  # the text of those before, as far as nothing was found in it

    def begin(self) -> None:
        self._go_on()

    def listens(self, ears: Ears) -> Callable[[str], None]:
        self._ears = ears
        return self.on_clip

    def on_answer(self) -> None:
        self._story.note(Told("answered"))

    def on_over(self, status: int) -> None:
        self.status = status
        self._story.note(Told(f"over: {status}"))
        self._gone()

    def on_clip(self, clip: str) -> None:
        self._story.note(Heard(clip))
        self._hear(clip, self._texts.get(clip, ""))

    def on_sentence(self, sentence: str) -> None:
        """Of a bot's, that nobody has recorded."""
        self._story.note(Spoken(sentence))
        self._hear("", fold(sentence))

    def _hear(self, clip: str, text: str) -> None:
        self._fresh.append((clip, text))
        self._loop.call_soon(self._listen)

    def _listen(self) -> None:
        if self.left and isinstance(self.left[0], Hears):
            self._go_on()

    def _go_on(self) -> None:
        """Begin with what is next. Whatever takes time ends in `_done`."""
        while self.left and not self.status:
            match self.left[0]:
                case Hears(what):
                    if not self._has_heard(what):
                        return
                    self.left.popleft()
                case Waits(seconds):
                    self._loop.call_later(seconds, self._done)
                    return
                case Presses() | Says():
                    self._loop.call_later(FINGER, self._do)
                    return
                case HangsUp():
                    self.left.popleft()
                    self._story.note(Did("hangs up"))
                    self._stage.hang_up(self._name)
                case _:
                    assert_never(self.left[0])

    def _do(self) -> None:
        if self.status:
            return
        act, takes = self.left[0], 0.0
        heard = self._ears is not None
        match act:
            case Presses(key) if self._ears is not None:
                self._ears.press(key)
            case Says(what) if self._ears is not None:
                takes = self._ears.say(what)
                heard = self.company.say(what, takes) or self._ears.recording
            case _:
                pass
        self._story.note(Did(f"{act}{'' if heard else ', and nobody hears it'}"))
        self._loop.call_later(takes, self._done) if takes else self._done()

    def _done(self) -> None:
        if not self.status:
            self.left.popleft()
            self._go_on()

    def _has_heard(self, what: str) -> bool:
        """Looks through what was heard since something was last found, and forgets it up to there."""
        folded = fold(what)
        for place, (clip, text) in enumerate([("", ""), *self._fresh]):
            self._said = f"{self._said} {text}" if text else self._said
            found = self._said.find(folded)
            if found >= 0 or what in (clip, clip.partition("/")[2]):
                self._said = self._said[found + len(folded) :] if found >= 0 else ""
                del self._fresh[:place]
                return True
        self._fresh.clear()
        return False


@lru_cache(4096)
def fold(text: str) -> str:
    """Capitals and the width of gaps make no difference to who listens."""
    return " ".join(text.casefold().split())


def _one_by_one(acts: tuple[Act, ...]) -> list[Act]:
    return [
        one
        for act in acts
        for one in ((Presses(key) for key in act.keys) if isinstance(act, Presses) else (act,))
    ]
