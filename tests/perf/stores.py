"""What keeping a run in a store costs: the same run landing in a folder and in a local S3, in turn.

python -m tests.perf.stores [DIALOGUES [ROUNDS]]      default: 2000 3
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from tests.perf.synthetic import write
from tests.remote.local_s3 import LocalS3

EXTRACTORS = ("recorded", "baseline")


def stores(folder: Path, dialogues: int, rounds: int) -> None:
    """A line an extractor: median wall seconds of both, and their ratio."""
    local = LocalS3()
    local.start()
    local.client().create_bucket(Bucket="runs")
    data, answers = write(folder, dialogues)
    print(f"evals run over {dialogues} dialogues, report.formats=[], --out in a folder and in S3; median of {rounds}")
    print(f"{'extractor':>10} {'folder, s':>10} {'S3, s':>10} {'ratio':>10} {'requests':>10} {'MB sent':>10}")
    for extractor in EXTRACTORS:
        words = ["dataset=file", f"dataset.path={data}", f"extractor={extractor}", "report.formats=[]"]
        words += [f"extractor.path={answers}"] if extractor == "recorded" else []
        seconds: dict[str, list[float]] = {str(folder): [], "s3://runs": []}
        for number in range(rounds):
            local.requests.clear()
            for out, measured in seconds.items():
                measured.append(_seconds([*words, "--out", out, "--name", f"{extractor}-{number}"], local, folder))
        here_s, there_s = (statistics.median(measured) for measured in seconds.values())
        sent = sum(found["Size"] for found in _stored(local, f"{extractor}-0/"))
        figures = (here_s, there_s, there_s / here_s, len(local.requests), sent / 1e6)
        print(f"{extractor:>10}", *(f"{figure:10.2f}" for figure in figures), flush=True)
    local.stop()


def _seconds(words: list[str], local: LocalS3, folder: Path) -> float:
    """Wall seconds of a run in a process of its own."""
    environment = {**os.environ, **local.environment, "MEMORY_EVALS_CACHE": str(folder / "cache")}
    started_s = time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-m", "evals", "run", *words], capture_output=True, text=True, env=environment, check=False
    )
    if done.returncode:
        sys.exit(done.stderr)
    return time.perf_counter() - started_s


def _stored(local: LocalS3, prefix: str) -> list[dict[str, int]]:
    found: list[dict[str, int]] = local.client().list_objects_v2(Bucket="runs", Prefix=prefix)["Contents"]
    return found


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        given = [int(word) for word in sys.argv[1:]]
        stores(Path(folder), *(given + [2000, 3][len(given) :]))
