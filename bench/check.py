"""CPU time of `centrala check` for 1,000 flows, and what becomes of 1,000 damaged files.

Run as `python -m bench.check [FLOWS] [FILES]` from the root of the repository.
"""

import shutil
import sys
import tempfile
import time
from pathlib import Path

from pbx.config.load import inspect
from tests.config.damage import damaged_files, is_told_of

ROOT = Path(__file__).parents[1]
REPETITIONS = 3
AT_MOST = 2.0  # seconds for 1,000 flows


def clinic(folder: Path) -> Path:
    shutil.copy(ROOT / "dialplan.toml", folder)
    shutil.copytree(ROOT / "ivr_flows", folder / "ivr_flows", symlinks=True)
    return folder / "dialplan.toml"


def multiply(dialplan: Path, flows: int) -> None:
    """As many copies of the main menu, each with a number of its own."""
    text = (dialplan.parent / "ivr_flows/main.toml").read_text()
    routes: list[str] = []
    for number in range(flows):
        (dialplan.parent / f"ivr_flows/menu-{number}.toml").write_text(f"# {number}\n{text}")
        step = f'{{ do = "flow", flow = "menu-{number}" }}'
        routes.append(f'\n[[routes]]\nnumber = "9{number:05}"\npublic = true\nthen = {step}\n')
    with dialplan.open("a") as file:
        file.writelines(routes)


def seconds(dialplan: Path) -> float:
    began = time.process_time()
    inspection = inspect(dialplan, need="audio")
    took = time.process_time() - began
    assert inspection.configuration is not None, inspection.findings[:3]
    return took


def main(flows: int, files: int) -> int:
    with tempfile.TemporaryDirectory(prefix="centrala-bench.") as name:
        dialplan = clinic(Path(name))
        alone = min(seconds(dialplan) for _ in range(REPETITIONS))
        multiply(dialplan, flows)
        took = sorted(seconds(dialplan) for _ in range(REPETITIONS))
    print("| | CPU seconds |\n|---|---|")
    print(f"| the shipped configuration | {alone:.3f} |")
    print(f"| with {flows} more flows | {took[0]:.2f} ({took[0]:.2f}-{took[-1]:.2f}) |")
    print(f"| of 1,000 flows | {(took[0] - alone) * 1000 / flows:.2f} (at most {AT_MOST}) |")
    with tempfile.TemporaryDirectory(prefix="centrala-bench.") as name:
        began = time.process_time()
        refused = sum(is_told_of(damage) for damage in damaged_files(Path(name), range(files)))
        took_all = time.process_time() - began
    print(f"| {files} damaged files, {refused} of them refused with places | {took_all:.1f} |")
    return int((took[0] - alone) * 1000 / flows > AT_MOST)


if __name__ == "__main__":
    sys.exit(main(*map(int, (*sys.argv[1:], *("1000", "1000")[len(sys.argv) - 1 :]))))
