"""The texts a configuration is made of, as they are kept with its version."""

from collections.abc import Iterable
from pathlib import Path

from pbx.config.prompts import FLOWS
from pbx.config.toml_file import TomlFile

_BESIDE = ("*.toml", "bots/*.toml", "prompts/*.toml")


def sources(dialplan: Path, read: Iterable[TomlFile]) -> dict[str, str]:
    """Path from the dialplan's folder -> text of every file that says what callers meet, tests included.

    The dialplan is the first. What was `read` is taken as it was then: the files may have changed since.
    """
    folder = dialplan.parent
    texts = {Path(file.name).relative_to(folder).as_posix(): file.text for file in read}
    for pattern in _BESIDE:
        for path in sorted((folder / FLOWS).glob(pattern)):
            name = path.relative_to(folder).as_posix()
            if name not in texts and path.is_file():
                texts[name] = path.read_bytes().decode(errors="replace")
    return {dialplan.name: texts.pop(dialplan.name), **texts}
