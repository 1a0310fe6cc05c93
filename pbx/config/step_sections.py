"""Steps as written in dialplan.toml: `{ do = "queue", queue = "support" }`."""

from typing import Annotated, Literal, TypeAlias, get_args

from pydantic import BeforeValidator, Field

from pbx import steps
from pbx.config.section import Name, Seconds, Section
from pbx.ivr.fields import ValueText, VariableName


def _listed(value: object) -> object:
    return [value] if isinstance(value, str) else value


Endpoint: TypeAlias = Annotated[str, Field(min_length=1, max_length=256)]


class Flow(Section):
    do: Literal["flow"]
    flow: Name
    values: Annotated[dict[VariableName, ValueText], Field(alias="with", max_length=20)] = Field(
        default_factory=dict[str, str]
    )

    def step(self) -> steps.Step:
        return steps.RunFlow(self.flow, dict(self.values))


class Queue(Section):
    do: Literal["queue"]
    queue: Name
    priority: Annotated[int, Field(ge=-100, le=100)] = 0

    def step(self) -> steps.Step:
        return steps.JoinQueue(self.queue, self.priority)


class Dial(Section):
    do: Literal["dial"]
    to: Annotated[list[Endpoint], BeforeValidator(_listed), Field(min_length=1, max_length=20)]
    ring_for: Annotated[float, Field(gt=0, le=600)] = 30.0
    otherwise: "StepSection | None" = None

    def step(self) -> steps.Step:
        return steps.Dial(tuple(self.to), self.ring_for, self.otherwise and self.otherwise.step())


class Echo(Section):
    do: Literal["echo"]

    def step(self) -> steps.Step:
        return steps.Echo()


class Music(Section):
    do: Literal["music"]
    music: Name

    def step(self) -> steps.Step:
        return steps.PlayMusic(audio_of_music(self.music))


class Wait(Section):
    do: Literal["wait"]
    seconds: Seconds | None = None

    def step(self) -> steps.Step:
        return steps.Wait(self.seconds)


class Agent(Section):
    do: Literal["agent"]
    action: Literal["sign_in", "sign_out", "pause", "resume"]

    def step(self) -> steps.Step:
        return steps.AgentCode(self.action)


class Hangup(Section):
    do: Literal["hangup"]
    status: Annotated[int, Field(ge=400, le=699)] = 480

    def step(self) -> steps.Step:
        return steps.Hangup(self.status)


AnyStep: TypeAlias = Flow | Queue | Dial | Echo | Music | Wait | Agent | Hangup
StepSection: TypeAlias = Annotated[AnyStep, Field(discriminator="do")]
Dial.model_rebuild()  # now that `otherwise` can be resolved


def step_names() -> list[str]:
    """What may follow `do =`."""
    return [get_args(step.model_fields["do"].annotation)[0] for step in get_args(AnyStep)]


def audio_of_music(name: str) -> str:
    """Music's name among all audio: "waiting" is "music/waiting"."""
    return f"music/{name}"
