"""The configurations that have been in force, kept as they were: DATA/versions/VERSION/."""

import re
import shutil
from collections.abc import Mapping
from pathlib import Path

from pbx.config.load import load_configuration
from pbx.config.models import Configuration
from pbx.config.reading import Need

KEPT = 50  # versions
_VERSION = re.compile(r"[0-9a-f]{12}")
_NAME = ".dialplan"  # says what the dialplan's own file is called


class NotKept(ValueError):  # noqa: N818 - named as the fact it states
    """There is no such version here; the message says which there are."""


class Versions:
    """Texts only, for their owner only: passwords may be among them. The latest put in force stay longest."""

    def __init__(self, data: Path) -> None:
        self._folder = data / "versions"

    def keep(self, configuration: Configuration) -> None:
        """Keep what a configuration was read from, whole or not at all. Raises OSError."""
        place = self._folder / configuration.version
        if place.exists():
            place.touch()
        else:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            _write(configuration.sources, self._folder / f".{configuration.version}", place)
        for old in self.kept()[KEPT:]:
            shutil.rmtree(self._folder / old)

    def kept(self) -> list[str]:
        """The latest put in force first."""
        if not self._folder.is_dir():
            return []
        places = [place for place in self._folder.iterdir() if _VERSION.fullmatch(place.name)]
        return [place.name for place in sorted(places, key=_age, reverse=True)]

    def texts(self, version: str) -> dict[str, str]:
        """Configuration.sources as it was; the dialplan is the first. Raises NotKept."""
        place = self._place(version)
        dialplan = _text(place / _NAME)
        files = sorted(path for path in place.rglob("*") if path.is_file())
        texts = {file.relative_to(place).as_posix(): _text(file) for file in files}
        del texts[_NAME]
        return {dialplan: texts.pop(dialplan), **texts}

    def load(self, version: str, folder: Path, need: Need = "texts") -> Configuration:
        """Audio, and files of passwords, are those in `folder` now.

        Raises NotKept, ConfigErrors; ValueError for a copy that is not as it was kept.
        """
        place = self._place(version)
        configuration = load_configuration(place / _text(place / _NAME), folder, need)
        if configuration.version != version:
            raise ValueError(
                f"the kept copy of {version} reads as {configuration.version}: it was changed, or kept by "
                "another release; take what you need from it by hand, and reload the files on disk"
            )
        return configuration

    def _place(self, version: str) -> Path:
        kept = self.kept()
        if version not in kept:
            raise NotKept(
                f"no version {version[:40]!r} is kept; those that are: {', '.join(kept[:10]) or 'none'}"
            )
        return self._folder / version


def _text(file: Path) -> str:
    return file.read_bytes().decode()


def _age(place: Path) -> int:
    return place.stat().st_mtime_ns


def _write(texts: Mapping[str, str], beginning: Path, place: Path) -> None:
    shutil.rmtree(beginning, ignore_errors=True)
    beginning.mkdir(mode=0o700)
    for name, text in {_NAME: next(iter(texts)), **texts}.items():
        file = beginning / name
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        file.touch(mode=0o600)
        file.write_bytes(text.encode())
    beginning.rename(place)
