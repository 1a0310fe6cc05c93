"""The JSON Schemas that editors complete from, put where the first lines of the files look for them."""

import shutil
from importlib.resources import as_file, files
from pathlib import Path

FOLDER = Path("ivr_flows") / "schema"  # beside the dialplan


def write_schemas(folder: Path) -> list[Path]:
    """Into `folder`, that of a dialplan: the files written. Raises OSError."""
    place = folder / FOLDER
    place.mkdir(parents=True, exist_ok=True)
    with as_file(files("pbx.plan") / "schema") as shipped:
        return [Path(shutil.copyfile(file, place / file.name)) for file in sorted(shipped.glob("*.json"))]
