"""What callers hear: in every language, in words it can say, and true to the keys that are there."""

import re
from collections.abc import Iterator, Mapping

from pbx.config.models import Speech
from pbx.config.proof.plan import DIALPLAN, Plan, Told
from pbx.config.proof.spoken_keys import keys_in, keys_named_in
from pbx.ivr.fields import PLACEHOLDER, Text
from pbx.ivr.kinds.questions import Collect, Menu
from pbx.ivr.proof.finding import Finding, Path
from pbx.ivr.proof.graph import Graph
from pbx.ivr.speech.template import check_template

_CYRILLIC = frozenset({"ru", "uk", "be", "bg", "sr"})
_LATIN_LETTER, _CYRILLIC_LETTER = re.compile("[A-Za-zÀ-ɏ]"), re.compile("[Ѐ-ԯ]")
_WORD = re.compile(r"\w+")


def texts(plan: Plan) -> Iterator[Told]:
    for name, graph in plan.graphs.items():
        for node, prompts in graph.prompts.items():
            for path, prompt in prompts:
                if isinstance(prompt, Text):
                    for finding in in_every_language(("nodes", node, *path), prompt, plan.document.languages):
                        yield ("flow", name), finding
        for finding in _questions(plan, graph):
            yield ("flow", name), finding
    for name, queue in plan.document.queues.items():
        for key, prompt in (("welcome", queue.welcome), ("message", queue.message)):
            if isinstance(prompt, Text):
                for finding in in_every_language(("queues", name, key), prompt, plan.document.languages):
                    yield DIALPLAN, finding
    yield from _written(plan)


def in_every_language(path: Path, text: Text, languages: list[str]) -> Iterator[Finding]:
    if "" in text.said and len(languages) > 1:
        yield Finding(
            "one-language",
            path,
            f"is said in {languages[0]} to everybody, and there are callers in {', '.join(languages[1:])}",
            f"write {{ {', '.join(f'{language} = ...' for language in languages)} }}",
        )
    elif lacking := [language for language in languages if language not in text.said and "" not in text.said]:
        yield Finding(
            "missing-text",
            path,
            f"is not said in {', '.join(lacking)}: callers hear another language",
            f"add {lacking[0]} = ...",
        )
    said = {language or languages[0]: template for language, template in text.said.items()}
    for language, template in said.items():
        if objection := check_template(template, language):
            yield Finding("unspeakable", path, f"cannot be said in {language}", objection)
    yield from _mixed(path, {language: template.text for language, template in said.items()})


def _mixed(path: Path, said: Mapping[str, str]) -> Iterator[Finding]:
    """Words in another language's letters, and one text for two languages."""
    first: dict[str, str] = {}
    for language, text in said.items():
        words = PLACEHOLDER.sub(" ", re.sub(r"\{[^{}]*\}", " ", text))
        if (foreign := _foreign(words, language)) is not None:
            yield Finding(
                "mixed-languages",
                path,
                f"what is said in {language} has a letter of another alphabet: {foreign!r}",
                "write it in that language's letters",
            )
        key = " ".join(_WORD.findall(words.casefold()))
        if first.setdefault(key, language) != language and key.count(" ") >= 2:
            yield Finding(
                "same-text",
                path,
                f"is the same in {first[key]} and in {language}",
                "translate it; or, where it is meant so, give it a name, and that text a voice",
            )


def _foreign(text: str, language: str) -> str | None:
    latin, cyrillic = _LATIN_LETTER.findall(text), _CYRILLIC_LETTER.findall(text)
    if language in _CYRILLIC:  # where names of firms stand in Latin letters
        return latin[0] if len(latin) > len(cyrillic) else None
    return cyrillic[0] if cyrillic else None


def _written(plan: Plan) -> Iterator[Told]:
    """The texts of prompts by name."""
    needed = {(clip.language, clip.name) for clip in plan.clips}
    by_name: dict[str, dict[str, Speech]] = {}
    for (language, name), speech in plan.texts.items():
        if speech.voice == language:
            by_name.setdefault(name, {})[language] = speech
        if plan.whole and language in plan.document.languages and (language, name) not in needed:
            finding = Finding(
                "unused-prompt", (name,), f"nothing says {name!r}", "say it somewhere, or delete it"
            )
            yield ("texts", language), finding
    for name, speeches in by_name.items():
        said = {language: speech.text for language, speech in speeches.items()}
        for finding in _mixed((name,), said):
            last = list(said)[-1]
            yield ("texts", last), finding


def _questions(plan: Plan, graph: Graph) -> Iterator[Finding]:
    """What a question says must be pressed, and what can be: told with the languages that say otherwise."""
    for name, node in graph.flow.nodes.items():
        match node:
            case Menu():
                there, path = {*node.keys, *graph.flow.always}, ("nodes", name, "keys")
                yield from _unspoken(plan, path, node)
            case Collect():  # whose digits may be named as examples
                there = {*"0123456789", node.terminator, *graph.flow.always}
                path = ("nodes", name, "prompt")
            case _:
                continue
        promised: dict[str, list[str]] = {}
        for language in plan.document.languages:
            for key in keys_in(_said(plan, node, language) or "") - there:
                promised.setdefault(key, []).append(language)
        for key, languages in sorted(promised.items()):
            yield Finding(
                "key-not-there",
                path,
                f"callers are told in {', '.join(languages)} to press {key}, which does nothing here",
                f"give {key} a meaning, or change the text",
            )


def _unspoken(plan: Plan, path: Path, node: Menu) -> Iterator[Finding]:
    """Only where the whole question is known, and names some keys."""
    unspoken: dict[str, list[str]] = {}
    for language in plan.document.languages:
        said = _said(plan, node, language)
        if said is not None and keys_in(said):
            for key in node.keys.keys() - keys_named_in(said):
                unspoken.setdefault(key, []).append(language)
    for key, languages in sorted(unspoken.items()):
        yield Finding(
            "key-not-offered",
            (*path, key),
            f"no caller is told in {', '.join(languages)} to press {key}",
            "say so in the prompt, or remove the key",
        )


def _said(plan: Plan, node: Menu | Collect, language: str) -> str | None:
    """All that the question says, if all of it is known."""
    parts: list[str] = []
    for prompt in node.prompt:
        match prompt:
            case Text(said=said):
                template = said.get(language) or said.get("")
                parts.append(template.text if template else "")
            case str() if PLACEHOLDER.fullmatch(prompt):
                pass
            case str():
                speech = plan.texts.get((language, prompt))
                if speech is None:
                    return None
                parts.append(speech.text)
    return " ".join(parts)
