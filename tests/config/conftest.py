from pathlib import Path

import pytest

from tests.config.stage import Stage, fill


@pytest.fixture(scope="session")
def recordings(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("recordings")
    fill(folder)
    return folder


@pytest.fixture
def stage(tmp_path: Path, recordings: Path) -> Stage:
    flows = tmp_path / "ivr_flows"
    flows.mkdir()
    for name in ("prompts", "music"):
        (flows / name).symlink_to(recordings / "ivr_flows" / name)
    return Stage(tmp_path)
