"""A million samples: memory stays bounded in both processes, and no garbage is collected for long in the window."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

SAMPLES = 1_000_000
MOST_MIB = 300
LONGEST_PAUSE_MS = 1.0
HERE = Path(__file__).parent


def watched(command: list[str], folder: Path) -> tuple[int, dict[int, float]]:
    """The exit code, and the peak of resident memory of every process of the command in MiB."""
    env = {**os.environ, "PYTHONPATH": os.pathsep.join([str(HERE), str(HERE.parent.parent)])}
    process = subprocess.Popen(command, cwd=folder, env=env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    peaks: dict[int, float] = {}
    parent = psutil.Process(process.pid)
    while process.poll() is None:
        for each in [parent, *parent.children(recursive=True)]:
            try:
                peaks[each.pid] = max(peaks.get(each.pid, 0.0), each.memory_info().rss / 2**20)
            except psutil.NoSuchProcess:
                continue
        time.sleep(0.05)
    return process.returncode, peaks


@pytest.mark.slow
def test_a_million_samples_fit(tmp_path: Path) -> None:
    """Sent, stamped, read, summed up and stored: neither the load process nor its parent takes 300 MiB."""
    words = [
        *("extractor=custom", "extractor._target_=null_system.Nothing", "load.concurrency=32", "load.selfcheck_s=0"),
        *(f"load.requests={SAMPLES}", "load.warmup_s=0.5", "--name", "b"),
    ]
    code, peaks = watched([sys.executable, "-m", "evals", "bench", *words], tmp_path)
    run = json.loads((tmp_path / "reports" / "b" / "run.json").read_text("utf-8"))
    assert code in (0, 3)  # 3: a client that does nothing but send is its own limit
    assert run["latency"]["n"] == SAMPLES
    print(f"peaks {sorted(round(peak) for peak in peaks.values())} MiB; {run['load']['client']}")
    assert max(peaks.values()) < MOST_MIB
    assert (
        run["load"]["client"]["gc_longest_ms"] < LONGEST_PAUSE_MS * 20
    )  # a busy machine; docs/latency.md has the figure
