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
from pbx.steps import AgentCode, Dial, JoinQueue, RunFlow, Step

Finding = tuple[Path, str]


def _listeners(document: Document) -> Iterator[Finding]:
    """Two that cannot both be bound, or audio ports that one of them takes."""
    first, last = document.media.rtp_ports
    ours = [section.listener() for section in document.listeners]
    for index, one in enumerate(ours):
        if one.transport == "udp" and first <= one.port <= last:
            yield (
                ("listeners", index),
                f"port {one.port} is also an RTP port ({first}-{last}); move one of them",
            )
        for other in ours[:index]:
            same_host = one.host == other.host or one.host in EVERYWHERE or other.host in EVERYWHERE
            if same_host and (one.transport, one.port) == (other.transport, other.port):
                yield ("listeners", index), f"{one} and {other} cannot both be bound; remove one"


def exposed_examples(listening: Sequence[Listener], accounts: Mapping[str, Account]) -> Iterator[Finding]:
    """Listeners that others can reach while an account has a password that everybody can read in a manual."""
    examples = ", ".join(account.name for account in accounts.values() if account.example)
    for index, listener in enumerate(listening):
        if examples and not is_loopback(listener.host):
            yield (
                ("listeners", index),
                f"{listener} can be reached by others while accounts have example passwords: {examples}; "
                "give them passwords of their own, or listen on 127.0.0.1",
            )


def _languages(document: Document) -> Iterator[Finding]:
    for index, language in enumerate(document.languages):
        if language in document.languages[:index]:
            yield ("languages", index), f"`{language}` is there twice; remove one"


def _agents(document: Document) -> Iterator[Finding]:
    """A phone tells one agent, so that a code dialled on it does too."""
    owners: dict[str, str] = {}
    for name, agent in document.agents.items():
        owner = owners.setdefault(agent.phone, name)
        if owner != name:
            yield ("agents", name, "phone"), f"phone {agent.phone} is agent {owner}'s; give {name} another"


def _unreached(rules: Sequence[Rule]) -> Iterator[Finding]:
    """Routes that an earlier one leaves no call for."""
    for index, rule in enumerate(rules):
        for earlier in rules[:index]:
            if _takes_all_of(earlier, rule):
                yield (
                    ("routes", index),
                    f"never reached: the route at {earlier.place} already takes every call to "
                    f"{rule.match.text}; move this one above it, or remove it",
                )
                break


def _takes_all_of(earlier: Rule, rule: Rule) -> bool:
    covers = rule.match.kind == "number" and earlier.match.fits(rule.match.text)
    same_audience = (earlier.account, earlier.trunk) == (rule.account, rule.trunk) and not rule.public
    conditions = earlier.caller in (None, rule.caller) and earlier.when in (None, rule.when)
    return (covers or earlier.match == rule.match) and (earlier.public or same_audience) and conditions


def _overflow_circles(document: Document) -> Iterator[Finding]:
    """Queues that would hand a caller round for ever, however full they are."""
    next_queue: dict[str, str] = {}
    for name, queue in document.queues.items():
        step = queue.overflow and queue.overflow.step()
        if isinstance(step, JoinQueue):
            next_queue[name] = step.queue
    for name in next_queue:
        passed, at = [name], next_queue[name]
        while at in next_queue and at not in passed:
            passed.append(at)
            at = next_queue[at]
        if at == name:
            way = " -> ".join([*passed, name])
            yield (
                ("queues", name, "overflow"),
                f"callers would go round: {way}; let one of them end otherwise",
            )


def _open_doors(rules: Sequence[Rule], flows: Mapping[str, Flow]) -> Iterator[Finding]:
    """Routes on which a caller without an account could dial out at our cost, or act as an agent."""
    for index, rule in enumerate(rules):
        if not rule.public and rule.trunk is None:
            continue
        for step in _with_otherwise(rule.step):
            if (danger := _danger(step, flows)) is not None:
                yield ("routes", index, "then"), danger


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


def _weak_passwords(accounts: Mapping[str, Account]) -> Iterator[Finding]:
    """Warnings: guessable ones. Examples have their own rule."""
    for name, account in accounts.items():
        if not account.example and (len(account.password) < 12 or name in account.password):
            yield (
                ("accounts", name, "password"),
                f"the password of {name} is easy to guess; take 12 or more characters without the name",
            )


def _readable_secrets(document: Document, file: FilePath) -> Iterator[Finding]:
    """Warnings: passwords in files that every user of this machine can read."""
    for name, account in document.accounts.items():
        secret = account.password
        if secret.env is not None or (secret.text or "").startswith("example-"):
            continue
        holder = file.parent / secret.file if secret.file is not None else file
        if holder.stat().st_mode & stat.S_IROTH:
            yield (
                ("accounts", name, "password"),
                f"{holder} holds a password and everybody here can read it; chmod o-rwx {holder}",
            )


def errors(
    document: Document, rules: Sequence[Rule], flows: Mapping[str, Flow], accounts: Mapping[str, Account]
) -> Iterator[Finding]:
    """All that makes the configuration unusable."""
    yield from _listeners(document)
    yield from exposed_examples([section.listener() for section in document.listeners], accounts)
    yield from _languages(document)
    yield from _agents(document)
    yield from _unreached(rules)
    yield from _overflow_circles(document)
    yield from _open_doors(rules, flows)


def warnings(document: Document, accounts: Mapping[str, Account], file: FilePath) -> Iterator[Finding]:
    """What is usable, and unwise."""
    yield from _weak_passwords(accounts)
    yield from _readable_secrets(document, file)
