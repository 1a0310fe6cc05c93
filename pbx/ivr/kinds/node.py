"""What every kind of node has: ways out, things to say, and things it needs from elsewhere."""

from collections.abc import Iterator
from typing import Literal, NamedTuple, TypeAlias

from pydantic import ConfigDict, with_config

from pbx.ivr.fields import PLACEHOLDER, Prompt, Prompts, Text

Path: TypeAlias = tuple[str, ...]


class Edge(NamedTuple):
    """A way out of a node. `path` is where the node's table names its `target`."""

    path: Path
    target: str
    after: Literal["nothing", "key", "silence", "outcome", "return"]  # what must happen first


class Mention(NamedTuple):
    """Something a node needs that is defined elsewhere. `path` is inside the node's table."""

    what: Literal[
        "prompt", "queue", "flow", "calendar", "language", "endpoint", "list", "bot",  # names of other things
        "fills", "hides",  # a variable gets a value; its value is a secret
        "branches", "speaks", "dials", "copies",  # what is done with a variable's value
        "looks_up", "sends", "files",  # asked for in a lookup; the same, in clear text; put on record
    ]  # fmt: skip
    name: str
    path: Path


class Spoken(NamedTuple):
    """A prompt that a node may play. `path` is the key, inside the node's table, that it is written under."""

    path: Path
    prompt: Prompt


strict = with_config(ConfigDict(extra="forbid", arbitrary_types_allowed=True))


class NodeBase:
    __slots__ = ()

    def edges(self) -> Iterator[Edge]:
        """Every way out of the node."""
        return iter(())

    def prompts(self) -> Iterator[Spoken]:
        """Everything the node may say."""
        return iter(())

    def needs(self) -> Iterator[Mention]:
        """Everything the node needs from elsewhere, prompts apart."""
        return iter(())

    def mentions(self) -> Iterator[Mention]:
        """Everything the node needs from elsewhere: named prompts and spoken variables included."""
        for path, prompt in self.prompts():
            if isinstance(prompt, Text):
                yield from (Mention("speaks", variable, path) for variable in prompt.variables)
            elif variable := PLACEHOLDER.fullmatch(prompt):
                yield Mention("speaks", variable[1], path)
            else:
                yield Mention("prompt", prompt, path)
        yield from self.needs()


def spoken(**fields: Prompts | None) -> Iterator[Spoken]:
    for field, prompts in fields.items():
        for prompt in prompts or ():
            yield Spoken((field,), prompt)


def exits(**fields: str | None) -> Iterator[Edge]:
    """The ways out that an outcome decides."""
    return (Edge((field,), target, "outcome") for field, target in fields.items() if target is not None)


def used(
    what: Literal["dials", "copies", "looks_up", "sends", "files"], text: str, path: Path
) -> Iterator[Mention]:
    """A mention of each variable in a template."""
    return (Mention(what, name, path) for name in dict.fromkeys(PLACEHOLDER.findall(text)))
