"""Bots and the flows that talk through them: what callers may want, how they say it, where it leads."""

from collections.abc import Iterable, Iterator

from pbx.bots.bot import Bot
from pbx.bots.lexicon import fold
from pbx.config.proof.plan import Plan, Told
from pbx.ivr.kinds.people import Bot as BotNode
from pbx.ivr.proof.finding import Finding, Path
from pbx.ivr.proof.variables import Slots


def slots_of(bots: Iterable[Bot]) -> Slots:
    return {bot.name: {intent: bot.filled_by(intent) for intent in bot.exits()} for bot in bots}


def bots(plan: Plan) -> Iterator[Told]:
    for name, bot in plan.bots.items():
        for finding in (*_languages(bot, plan.document.languages), *_phrases(bot)):
            yield ("bot", name), finding
    for name, graph in plan.graphs.items():
        for node_name, node in graph.flow.nodes.items():
            if isinstance(node, BotNode) and node.bot in plan.bots:
                for finding in _exits(("nodes", node_name), node, plan.bots[node.bot]):
                    yield ("flow", name), finding


def _exits(path: Path, node: BotNode, bot: Bot) -> Iterator[Finding]:
    known = bot.exits()
    for intent in node.exits:
        if intent not in known:
            yield Finding(
                "unknown-intent",
                (*path, "exits", intent),
                f"bot {bot.name!r} has no intent {intent!r}: nobody ever leaves here",
                f"write one of {', '.join(sorted(known))}",
            )
    for intent in bot.intents:
        if intent not in node.exits:
            yield Finding(
                "missing-exit",
                path,
                f"a caller who wants {intent!r} of bot {bot.name!r} goes where failures go",
                f'add {intent} = "..." to exits',
            )


def _languages(bot: Bot, languages: list[str]) -> Iterator[Finding]:
    spoken = set(bot.languages)
    if "" in spoken and len(languages) > 1:
        yield Finding(
            "one-language",
            ("disclosure",),
            f"the bot speaks {languages[0]} to everybody, also to callers in {', '.join(languages[1:])}",
            f"write what it says in {', '.join(languages)}",
        )
    elif lacking := [language for language in languages if language not in spoken and "" not in spoken]:
        yield Finding(
            "missing-text",
            ("disclosure",),
            f"the bot does not speak {', '.join(lacking)}",
            f"write what it says in {lacking[0]} too",
        )
    needed = [language for language in languages if language in spoken]
    if bot.mind != "rules":
        return
    for name, intent in bot.intents.items():
        if lacking := [language for language in needed if intent.phrases and language not in intent.phrases]:
            yield Finding(
                "missing-phrases",
                ("intents", name, "phrases"),
                f"the bot speaks {', '.join(lacking)}, and nobody can ask for {name!r} in it",
                f"add {lacking[0]} = [...]",
            )


def _phrases(bot: Bot) -> Iterator[Finding]:
    """The same words for two intents, or for one and for a person."""
    owners = {
        (language, fold(phrase)): "a person"
        for language, phrases in bot.escape.words.items()
        for phrase in phrases
    }
    for name, intent in bot.intents.items():
        for language, phrases in intent.phrases.items():
            for phrase in phrases:
                owner = owners.setdefault((language, fold(phrase)), name)
                if owner != name or list(map(fold, phrases)).count(fold(phrase)) > 1:
                    yield Finding(
                        "same-phrase",
                        ("intents", name, "phrases", language),
                        f"{phrase!r} already stands for {owner!r}",
                        "remove it from one of them",
                    )
