import os
import stat
from dataclasses import replace
from pathlib import Path

import pytest

from pbx.config.load import load_configuration
from pbx.config.models import Configuration
from pbx.config.sources import sources
from pbx.config.toml_file import parse
from pbx.plan.history import Reign, reigns
from pbx.plan.versions import KEPT, NotKept, Versions
from pbx.records.facts import ConfigChanged
from tests.calls.premises import premises, route


def numbered(folder: Path, number: int) -> Configuration:
    return load_configuration(premises(folder, route(str(number), 'do = "echo"')))


def kept(folder: Path, *numbers: int) -> tuple[Versions, list[Configuration]]:
    """These versions, each in force for a second, one after the other."""
    versions, configurations = Versions(folder / "data"), [numbered(folder, number) for number in numbers]
    for second, configuration in enumerate(configurations):
        versions.keep(configuration)
        os.utime(folder / "data/versions" / configuration.version, (second, second))
    return versions, configurations


def same(one: Configuration, other: Configuration) -> bool:
    """In everything but where the files are. A Dialplan is its rules."""
    return one.rules == other.rules and one == replace(other, dialplan=one.dialplan, warnings=one.warnings)


def test_a_version_that_was_kept_loads_as_it_was_whatever_has_become_of_the_files(tmp_path: Path):
    versions, (old, new) = kept(tmp_path, 600, 601)
    (tmp_path / "ivr_flows/bye.toml").unlink()
    again = versions.load(old.version, tmp_path)
    assert same(again, old)
    assert not same(again, new)
    assert same(versions.load(new.version, tmp_path), new)
    assert again.dialplan.is_public("600")


def test_a_kept_dialplan_may_have_any_name(tmp_path: Path):
    file = premises(tmp_path).rename(tmp_path / "clinic.conf")
    configuration = load_configuration(file)
    versions = Versions(tmp_path / "data")
    versions.keep(configuration)
    assert versions.load(configuration.version, tmp_path).sources == configuration.sources
    assert next(iter(versions.texts(configuration.version))) == "clinic.conf"


def test_what_is_kept_is_what_was_read_with_tests_and_bots_and_without_audio(tmp_path: Path):
    file = premises(tmp_path)
    (tmp_path / "ivr_flows/bye.test.toml").write_text('[[tests]]\nname = "žļk"\n')
    configuration = load_configuration(file)
    versions = Versions(tmp_path / "data")
    versions.keep(configuration)
    texts = versions.texts(configuration.version)
    assert texts == configuration.sources
    assert texts["dialplan.toml"] == file.read_text()
    assert {name for name in texts if "prompts" not in name} == {
        "dialplan.toml",
        "ivr_flows/bye.toml",
        "ivr_flows/bye.test.toml",
    }
    assert {Path(name).suffix for name in texts} == {".toml"}


def test_what_was_read_counts_whatever_the_file_says_by_now(tmp_path: Path):
    file = premises(tmp_path)
    flow = tmp_path / "ivr_flows/bye.toml"
    read = [parse(str(file), "a = 1\n"), parse(str(flow), "b = 2\n")]
    (tmp_path / "ivr_flows/bots").mkdir()
    (tmp_path / "ivr_flows/bots/desk.toml").write_bytes(b"c = '\xff'\n")
    found = sources(file, read)
    assert list(found.items())[:2] == [("dialplan.toml", "a = 1\n"), ("ivr_flows/bye.toml", "b = 2\n")]
    assert found["ivr_flows/bots/desk.toml"] == "c = '\ufffd'\n"


def test_only_the_owner_may_read_what_is_kept(tmp_path: Path):
    versions, (configuration,) = kept(tmp_path, 600)
    assert versions.kept() == [configuration.version]
    for path in [tmp_path / "data/versions", *(tmp_path / "data/versions").rglob("*")]:
        assert stat.S_IMODE(path.stat().st_mode) == (0o700 if path.is_dir() else 0o600), path


def test_the_latest_in_force_come_first_and_the_oldest_go_when_there_are_too_many(tmp_path: Path):
    versions, configurations = kept(tmp_path, *range(200, 200 + KEPT + 2))
    assert versions.kept() == [one.version for one in configurations[:1:-1]]
    assert len(versions.kept()) == KEPT
    versions.keep(configurations[2])
    versions.keep(numbered(tmp_path, 600))
    assert configurations[2].version in versions.kept()
    assert configurations[3].version not in versions.kept()


def test_a_copy_that_was_cut_short_is_not_taken_for_a_version(tmp_path: Path):
    versions, (one,) = kept(tmp_path, 600)
    place = tmp_path / "data/versions"
    (place / one.version).rename(place / f".{one.version}")
    assert versions.kept() == []
    versions.keep(one)
    assert same(versions.load(one.version, tmp_path), one)
    assert [path.name for path in place.iterdir()] == [one.version]


@pytest.mark.parametrize("version", ["000000000000", "", "..", "../../etc", "0" * 1000])
def test_a_version_that_is_not_kept_is_refused_with_those_that_are(tmp_path: Path, version: str):
    versions, (one,) = kept(tmp_path, 600)
    with pytest.raises(NotKept, match=one.version):
        versions.load(version, tmp_path)


def test_a_kept_copy_that_somebody_changed_is_refused(tmp_path: Path):
    versions, (one,) = kept(tmp_path, 600)
    file = tmp_path / "data/versions" / one.version / "dialplan.toml"
    file.write_text(file.read_text().replace("600", "666"))
    with pytest.raises(ValueError, match="it was changed"):
        versions.load(one.version, tmp_path)


def test_files_that_a_kept_version_names_are_looked_for_beside_the_files_on_disk(tmp_path: Path):
    file = premises(tmp_path)
    file.write_text(file.read_text().replace('"example-1001"', '{ file = "secret" }'))
    (tmp_path / "secret").write_text("a long enough secret")
    (tmp_path / "secret").chmod(0o600)
    configuration = load_configuration(file)
    versions = Versions(tmp_path / "data")
    versions.keep(configuration)
    again = versions.load(configuration.version, tmp_path)
    assert again.accounts["1001"].password == "a long enough secret"
    assert "long enough" not in "".join(versions.texts(configuration.version).values())


def test_the_history_says_what_each_version_changed(tmp_path: Path):
    versions, (one, two, three) = kept(tmp_path, 600, 601, 602)
    texts = {version: versions.texts(version) for version in (one.version, two.version)}
    facts = [
        ConfigChanged(at=5, version=one.version, by="command", reverted=True),
        ConfigChanged(at=4, version=three.version, by="signal"),
        ConfigChanged(at=3, version=two.version, by="command"),
        ConfigChanged(at=2, version=one.version),
        ConfigChanged(at=1, version=one.version),
    ]
    assert reigns(facts, texts) == [
        Reign(one.version, 5, "reload --to", kept=True, changed=""),
        Reign(three.version, 4, "SIGHUP", kept=False, changed=""),
        Reign(two.version, 3, "reload", kept=True, changed="route 601 added; 1 more"),
        Reign(one.version, 2, "start", kept=True, changed="nothing"),
        Reign(one.version, 1, "start", kept=True, changed=""),
    ]
