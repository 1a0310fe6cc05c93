"""The kinds of node a flow is made of: as written in TOML, checked by pydantic, frozen ever after.

A new kind is a class in a module of pbx.ivr.kinds, its name in `Node`, and a case in `pbx.ivr.interpreter`.
"""

from collections.abc import Mapping
from dataclasses import fields
from typing import Any, TypeAlias, get_args

from pbx.ivr.kinds.decisions import Branch, Hours, QueueState, Set
from pbx.ivr.kinds.errands import Lookup, Record
from pbx.ivr.kinds.passages import Goto, Hangup, Return
from pbx.ivr.kinds.people import Bot, Callback, Dial, Queue
from pbx.ivr.kinds.questions import Collect, Menu, Say, Survey

Node: TypeAlias = (
    Say
    | Menu
    | Collect
    | Survey
    | Branch
    | Hours
    | QueueState
    | Set
    | Lookup
    | Record
    | Queue
    | Dial
    | Bot
    | Callback
    | Goto
    | Return
    | Hangup
)
KINDS: Mapping[str, Any] = {str(fields(kind)[0].default): kind for kind in get_args(Node)}


def keys_of(kind: Any) -> tuple[str, ...]:
    """The keys that a node of this kind may have, as they are written."""
    return tuple(field.name.removesuffix("_") for field in fields(kind))
