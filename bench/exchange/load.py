"""One run of bench/load against a running exchange."""

import json
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any, TypeAlias

from bench.exchange.process import HOST, Running
from bench.exchange.works import Work

LOAD = Path(__file__).parents[1] / "load"
NOISY = 30  # percent of one core that processes of others may use before a figure is marked
_END_WITHIN = 15.0

Record: TypeAlias = dict[str, Any]  # as bench/load/bench.py writes it


class LoadFailed(Exception):  # noqa: N818 - a sentence for whoever runs this
    """The load did not come to its end; the message is what it printed."""


def build_tool() -> None:
    """The RTP generator; needs gcc. Raises subprocess.CalledProcessError."""
    tool, source = LOAD / "rtptool", LOAD / "rtptool.c"
    if not tool.exists() or tool.stat().st_mtime < source.stat().st_mtime:
        subprocess.run(["sh", str(LOAD / "build.sh")], check=True)


def run_load(work: Work, level: int, running: Running, seconds: float, ramp: int = 80) -> Record:
    """Its record; `served` in it says whether everything asked for was done. Raises LoadFailed."""
    out = running.log.with_name(f"{work.kind}.jsonl")
    out.unlink(missing_ok=True)
    command = [sys.executable, str(LOAD / "bench.py"), work.kind, "--target", f"{HOST}:{running.port}"]
    command += ["--pid", str(running.pid), "--label", "centrala", "--out", str(out), "--reps", "1"]
    command += ["--secs", str(seconds), "--ramp", str(ramp), "--rates" if work.is_rate else "--n", str(level)]
    limit = 3 * (seconds + 2 * level / ramp + 60)
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as process:
        try:
            output, _ = process.communicate(timeout=limit)
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGINT)  # it ends what it has started
            output, _ = process.communicate(timeout=_END_WITHIN)
    records = [json.loads(line) for line in out.read_text().splitlines()] if out.exists() else []
    found = [record for record in records if work.measure in record]
    if not found:
        raise LoadFailed(output[-2000:])
    record = found[-1]
    record["served"] = record["pass"] if work.is_rate else record["est"] == level and record["fail"] == 0
    return record
