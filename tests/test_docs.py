"""The documentation says what there is: every command, every key, every file it links to."""

import re
import subprocess
import sys
import tomllib
from dataclasses import fields
from pathlib import Path

import pytest

from pbx.config.document import Document
from pbx.config.load import load_configuration
from pbx.config.section import Section
from pbx.ivr.flow import parse_flow
from pbx.ivr.nodes import KINDS
from pbx.ivr.verify import verify

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"
PAGES = [ROOT / "README.md", ROOT / "CHANGELOG.md", *sorted(DOCS.rglob("*.md"))]


def code_words(page: str) -> set[str]:
    """What a page names between backticks, e.g. `ring_for` or `[[routes]]`."""
    return {word.strip("[]") for word in re.findall(r"`([^`\n]+)`", (DOCS / page).read_text())}


def test_the_command_line_page_is_what_the_commands_say_of_themselves():
    write = "import runpy; print(runpy.run_path('docs/make_cli.py')['page'](), end='')"
    made = subprocess.run(
        [sys.executable, "-c", write],
        cwd=ROOT,
        env={"PYTHONPATH": "."},
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    assert made.stdout == (DOCS / "cli.md").read_text(), "write it again with `make docs`"


def vocabulary() -> set[str]:
    """Every key that may be written somewhere in dialplan.toml."""
    assert issubclass(Document, Section)
    return {key for section in Section.__subclasses__() for key in section.model_fields}


def test_every_key_of_the_dialplan_is_explained():
    assert vocabulary() - code_words("dialplan.md") == set()


def test_every_kind_of_node_and_each_of_its_keys_is_explained():
    text = (DOCS / "flows.md").read_text()
    for kind, node in KINDS.items():
        _, found, rest = text.partition(f"\n### `{kind}`\n")
        assert found, kind
        section = rest.partition("\n### ")[0].partition("\n## ")[0]
        for field in fields(node):
            key = field.name.removesuffix("_")
            assert f"`{key}`" in section or key == "do", (kind, key)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_link_leads_to_a_file(page: Path):
    for target in re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", page.read_text()):
        if not target.startswith(("http://", "https://")):
            assert (page.parent / target).exists(), target


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_picture_and_path_named_in_code_exists(page: Path):
    for path in re.findall(r"`((?:pbx|media|docs|tests|ivr_flows|bench)/[\w./-]+)`", page.read_text()):
        assert (ROOT / path).exists(), path


def test_the_examples_of_the_dialplan_page_load(tmp_path: Path):
    """All the page's TOML together is one dialplan that is in order."""
    _put_content(tmp_path, "closed")
    blocks = re.findall(r"```toml\n(.*?)```", (DOCS / "dialplan.md").read_text(), re.DOTALL)
    (tmp_path / "dialplan.toml").write_text("\n".join(blocks))
    assert load_configuration(tmp_path / "dialplan.toml").rules


def test_the_examples_of_the_flows_page_are_flows():
    """Those that name their file are whole; the others together are the nodes of one that begins anywhere."""
    blocks = re.findall(r"```toml\n(.*?)```", (DOCS / "flows.md").read_text(), re.DOTALL)
    whole = {found[1]: block for block in blocks if (found := re.match(r"# ivr_flows/(\w+)\.toml", block))}
    nodes = "\n".join(block for block in blocks if block not in whole.values())
    first = tomllib.loads(whole["desk"])
    first["nodes"] |= tomllib.loads(nodes)["nodes"]
    flows = {"desk": parse_flow("desk", first)}
    flows |= {name: parse_flow(name, tomllib.loads(block)) for name, block in whole.items() if name != "desk"}
    for flow in flows.values():
        assert {mention.name for _, mention in flow.mentions() if mention.what == "flow"} <= flows.keys()
        assert [finding for finding in verify(flow) if finding.code != "unreachable-node"] == []
    shown = {node.do for flow in flows.values() for node in flow.nodes.values()}
    assert shown >= KINDS.keys() - {"set", "hours"}


def _put_content(folder: Path, *flows: str) -> Path:
    """The shipped prompts, music and these flows."""
    content = folder / "ivr_flows"
    content.mkdir()
    for name in ("prompts", "music", *(f"{flow}.toml" for flow in flows)):
        (content / name).symlink_to(ROOT / "ivr_flows" / name)
    return content


def test_numbers_and_accounts_of_the_readme_are_those_of_the_dialplan():
    configuration = load_configuration(ROOT / "dialplan.toml")
    readme = (ROOT / "README.md").read_text()
    for rule in configuration.rules:
        assert f"`{rule.match.text}`" in readme, rule.match.text
    assert configuration.accounts["1001"].password == "example-1001"
    assert "example-1001" in readme
