"""Breaks pbx/acd in one place at a time and asks the tests whether they notice: `python -m bench.mutants 60`.

Works in a copy of the repository under a temporary folder. Arguments: how many mutants, drawn evenly from
all there are, and the number that the draw starts from.
"""

import ast
import copy
import random
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

PACKAGE = Path("pbx/acd")
TESTS = [
    "test_desk.py",
    "test_distribution.py",
    "test_complaints.py",
    "test_forecast.py",
    "test_line.py",
    "test_day.py",
]
SECONDS = 60

SWAPS: dict[type[ast.AST], type[ast.AST]] = {
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.Add,
    ast.And: ast.Or,
    ast.Or: ast.And,
}


def sites(tree: ast.Module) -> Iterator[tuple[int, str, int]]:
    """(which node of the walk, what is done to it, its line)."""
    decorated = {
        id(inner)
        for node in ast.walk(tree)
        if isinstance(node, ast.ClassDef)
        for decorator in node.decorator_list
        for inner in ast.walk(decorator)
    }  # that a value is frozen is for the type checker to see
    for at, node in enumerate(ast.walk(tree)):
        if id(node) in decorated:
            continue
        line = getattr(node, "lineno", 0)
        match node:
            case ast.Compare(ops=[op]) | ast.BinOp(op=op) | ast.BoolOp(op=op) if type(op) in SWAPS:
                yield at, "swap", line
            case ast.If() | ast.While() | ast.IfExp():
                yield at, "negate", line
            case ast.Constant(value=bool()):
                yield at, "flip", line
            case ast.Constant(value=int() | float()):
                yield at, "add one", line
            case ast.Expr(value=ast.Call()):
                yield at, "drop", line
            case _:
                pass


def mutated(tree: ast.Module, at: int, change: str) -> str:
    """The module's text with one change."""
    tree = copy.deepcopy(tree)
    node: ast.AST = list(ast.walk(tree))[at]
    match change, node:
        case "swap", ast.Compare():
            node.ops = [SWAPS[type(node.ops[0])]()]  # type: ignore[list-item] - the table keeps kinds together
        case "swap", ast.BinOp() | ast.BoolOp():
            node.op = SWAPS[type(node.op)]()  # type: ignore[assignment] - the table keeps kinds together
        case "negate", ast.If() | ast.While() | ast.IfExp():
            node.test = ast.UnaryOp(ast.Not(), node.test)
        case "flip", ast.Constant():
            node.value = not node.value
        case "add one", ast.Constant(value=int() | float() as value):
            node.value = value + 1
        case "drop", ast.Expr():
            node.value = ast.Constant(None)
        case _:
            raise AssertionError(change)
    return ast.unparse(ast.fix_missing_locations(tree))


def survives(folder: Path) -> bool:
    """Whether all tests pass. A mutant that never ends is noticed too."""
    tests = [f"tests/acd/{name}" for name in TESTS]
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-q",
        "-x",
        "-p",
        "no:cacheprovider",
        "-p",
        "no:randomly",
        *tests,
    ]
    try:
        return (
            subprocess.run(command, cwd=folder, capture_output=True, timeout=SECONDS, check=False).returncode
            == 0
        )
    except subprocess.TimeoutExpired:
        return False


def main() -> None:
    count, seed = (int(text) for text in (*sys.argv[1:3], "60", "1")[:2])
    trees = {path: ast.parse(path.read_text()) for path in sorted(PACKAGE.glob("*.py"))}
    everything = [(path, *site) for path, tree in trees.items() for site in sites(tree)]
    chosen = random.Random(seed).sample(everything, min(count, len(everything)))
    survivors = 0
    with tempfile.TemporaryDirectory() as folder:
        for part in ("pbx", "media", "tests/acd"):
            shutil.copytree(part, Path(folder, part), ignore=shutil.ignore_patterns("*.wav", "__pycache__"))
        for part in ("pyproject.toml", "tests/__init__.py"):
            shutil.copy(part, Path(folder, part))
        for path, at, change, line in chosen:
            Path(folder, path).write_text(mutated(trees[path], at, change))
            if survives(Path(folder)):
                survivors += 1
                print(f"survived: {path}:{line}: {change}", flush=True)
            Path(folder, path).write_text(path.read_text())
    print(
        f"{len(chosen)} of {len(everything)} mutants, {len(chosen) - survivors} killed, {survivors} survived"
    )


if __name__ == "__main__":
    main()
