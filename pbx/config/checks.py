"""What can be wrong with a dialplan whose every value is right by itself."""

import stat
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path as FilePath

from pbx.config.document import Document
from pbx.config.listen import EVERYWHERE, is_loopback
from pbx.config.locate import Path
from pbx.config.models import Account, Listener
from pbx.dialplan.rules import Rule
from pbx.ivr.flow import Flow
from pbx.ivr.nodes import Dial as DialNode
from pbx.ivr.nodes import Goto
from pbx.steps import AgentCode, Dial, RunFlow, Step

Found = tuple[str, Path, str]
"""Code, path in the dialplan, message with its fix."""


def _listeners(document: Document) -> Iterator[Found]:
    """Two that cannot both be bound, or audio ports that one of them takes."""
    first, last = document.media.rtp_ports
    ours = [section.listener() for section in document.listeners]
    for index, one in enumerate(ours):
        if one.transport == "udp" and first <= one.port <= last:
            yield (
                "listener-clash",
                ("listeners", index),
                f"port {one.port} is also an RTP port ({first}-{last}); move one of them",
            )
        for other in ours[:index]:
            same_host = one.host == other.host or one.host in EVERYWHERE or other.host in EVERYWHERE
            if same_host and (one.transport, one.port) == (other.transport, other.port):
                yield (
                    "listener-clash",
                    ("listeners", index),
                    f"{one} and {other} cannot both be bound; remove one",
                )


def exposed_examples(listening: Sequence[Listener], accounts: Mapping[str, Account]) -> Iterator[Found]:
    """Listeners that others can reach while an account has a password that everybody can read in a manual."""
    examples = ", ".join(account.name for account in accounts.values() if account.example)
    for index, listener in enumerate(listening):
        if examples and not is_loopback(listener.host):
            yield (
                "example-password",
                ("listeners", index),
                f"{listener} can be reached by others while accounts have example passwords: {examples}; "
                "give them passwords of their own, or listen on 127.0.0.1",
            )


def _languages(document: Document) -> Iterator[Found]:
    for index, language in enumerate(document.languages):
        if language in document.languages[:index]:
            yield "language-twice", ("languages", index), f"`{language}` is there twice; remove one"


def _agents(document: Document) -> Iterator[Found]:
    """A phone tells one agent, so that a code dialled on it does too."""
    owners: dict[str, str] = {}
    for name, agent in document.agents.items():
        owner = owners.setdefault(agent.phone, name)
        if owner != name:
            yield (
                "shared-phone",
                ("agents", name, "phone"),
                f"phone {agent.phone} is agent {owner}'s; give {name} another",
            )


def _open_doors(rules: Sequence[Rule], flows: Mapping[str, Flow]) -> Iterator[Found]:
    """Routes on which a caller without an account could dial out at our cost, or act as an agent."""
    for index, rule in enumerate(rules):
        if not rule.public and rule.trunk is None:
            continue
        for step in _with_otherwise(rule.step):
            if (danger := _danger(step, flows)) is not None:
                yield "open-door", ("routes", index, "then"), danger


def _danger(step: Step, flows: Mapping[str, Flow]) -> str | None:
    match step:
        case AgentCode():
            return "an agent's code needs a phone of ours; remove `public` and `trunk`"
        case Dial(to=to) if any(_dials_out(endpoint) for endpoint in to):
            return (
                "callers without an account could dial any number outside; dial accounts, or a fixed address"
            )
        case RunFlow(flow=flow) if culprit := _flow_that_dials_out(flow, flows):
            return (
                f"callers without an account could dial any number outside in flow {culprit}; "
                "let it dial accounts, or a fixed address"
            )
        case _:
            return None


def _with_otherwise(step: Step | None) -> Iterator[Step]:
    while step is not None:
        yield step
        step = step.otherwise if isinstance(step, Dial) else None


def _dials_out(endpoint: str) -> bool:
    return endpoint.startswith("sip:") and "{" in endpoint


def _flow_that_dials_out(start: str, flows: Mapping[str, Flow]) -> str | None:
    reached = [start]
    for name in reached:
        for node in flows[name].nodes.values() if name in flows else ():
            match node:
                case DialNode(to=to) if any(_dials_out(endpoint) for endpoint in to):
                    return name
                case Goto(flow=flow) if flow not in reached:
                    reached.append(flow)
                case _:
                    pass
    return None


def _weak_passwords(accounts: Mapping[str, Account]) -> Iterator[Found]:
    """Warnings: guessable ones. Examples have their own rule."""
    for name, account in accounts.items():
        if not account.example and (len(account.password) < 12 or name in account.password):
            yield (
                "weak-password",
                ("accounts", name, "password"),
                f"the password of {name} is easy to guess; take 12 or more characters without the name",
            )


def _readable_secrets(document: Document, file: FilePath) -> Iterator[Found]:
    """Warnings, one for each file: passwords that every user of this machine can read."""
    seen: set[FilePath] = set()
    for name, account in document.accounts.items():
        secret = account.password
        if secret.env is not None or (secret.text or "").startswith("example-"):
            continue
        holder = file.parent / secret.file if secret.file is not None else file
        if holder not in seen and holder.exists() and holder.stat().st_mode & stat.S_IROTH:
            seen.add(holder)
            yield (
                "readable-secret",
                ("accounts", name, "password"),
                f"{holder} holds a password and everybody here can read it; chmod o-rwx {holder}",
            )


def checks(
    document: Document,
    rules: Sequence[Rule],
    flows: Mapping[str, Flow],
    accounts: Mapping[str, Account],
    file: FilePath,
) -> Iterator[Found]:
    """`file` is the dialplan's own."""
    yield from _listeners(document)
    yield from exposed_examples([section.listener() for section in document.listeners], accounts)
    yield from _languages(document)
    yield from _agents(document)
    yield from _open_doors(rules, flows)
    yield from _weak_passwords(accounts)
    yield from _readable_secrets(document, file)
