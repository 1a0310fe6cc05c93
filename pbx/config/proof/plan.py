"""All that is proved together: the dialplan, the flows it leads to, bots, and what all of them say."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path as FilePath
from typing import Any, Literal, TypeAlias

from pbx.bots.bot import Bot
from pbx.config.document import Document
from pbx.config.models import Clip
from pbx.config.proof.passages import Graphs
from pbx.config.step_sections import AnyStep, Dial
from pbx.config.texts import Texts
from pbx.dialplan.rules import Rule
from pbx.ivr.proof.finding import Finding, Path

Where: TypeAlias = tuple[Literal["dialplan", "flow", "bot", "texts"], str]
"""A kind of file, and the name of the flow, the bot or the language."""
Told: TypeAlias = tuple[Where, Finding]

DIALPLAN: Where = ("dialplan", "")


@dataclass(frozen=True)
class Plan:
    """`written` is the dialplan's own TOML; `audio` what there is, as in Configuration.

    `whole`: every name leads to something that could be read, so that what nothing leads to is not needed.
    """

    document: Document
    written: Mapping[str, Any]
    rules: tuple[Rule, ...]
    graphs: Graphs
    bots: Mapping[str, Bot]
    texts: Texts
    clips: tuple[Clip, ...]
    audio: Mapping[str, FilePath]
    whole: bool = True

    @cached_property
    def steps(self) -> tuple[tuple[Path, AnyStep], ...]:
        """Every step of the dialplan, with its path."""
        found: list[tuple[Path, AnyStep]] = []
        for index, route in enumerate(self.document.routes):
            found += _with_otherwise(("routes", index, "then"), route.then)
        for name, queue in self.document.queues.items():
            if queue.overflow is not None:
                found += _with_otherwise(("queues", name, "overflow"), queue.overflow)
        return tuple(found)


def _with_otherwise(path: Path, step: AnyStep) -> Iterator[tuple[Path, AnyStep]]:
    yield path, step
    if isinstance(step, Dial) and step.otherwise is not None:
        yield from _with_otherwise((*path, "otherwise"), step.otherwise)
