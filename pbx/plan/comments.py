"""What the source says of a class's fields: the comment beside each, or the lines of comment above it."""

import ast
import inspect
import io
import textwrap
import tokenize
from functools import cache
from typing import Any


@cache
def field_comments(kind: type[Any]) -> dict[str, str]:
    """Field -> comment, of a class and those it inherits from; fields without one are left out."""
    found: dict[str, str] = {}
    for base in reversed(kind.__mro__):
        if base.__module__.startswith(("pbx.", "media.")):
            found |= _own_comments(inspect.getsource(base))
    return found


def _own_comments(source: str) -> dict[str, str]:
    source = textwrap.dedent(source)
    lines = source.splitlines()
    comments = {
        token.start[0]: token.string.removeprefix("#").strip()
        for token in tokenize.generate_tokens(io.StringIO(source).readline)
        if token.type == tokenize.COMMENT and not token.string.startswith(("# fmt", "# noqa", "# pyright"))
    }
    found: dict[str, str] = {}
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            beside = comments.get(node.end_lineno or node.lineno, "")
            above: list[str] = []
            line = node.lineno - 1
            while line in comments and lines[line - 1].lstrip().startswith("#"):
                above.insert(0, comments[line])
                line -= 1
            if text := " ".join([*above, beside]).strip():
                found[node.target.id] = text
    return found
