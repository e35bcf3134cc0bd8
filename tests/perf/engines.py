"""What spreading over a cluster costs and gives: engine=ray on this machine against engine=local, in one run.

python -m tests.perf.engines [DIALOGUES]      default: 20000
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from tests.perf.synthetic import write

FEW = 10  # of which nearly all is beginning
WORKERS = os.cpu_count() or 1
PLAIN = ("controls=[]", "report.formats=[]", "--out")
ENGINES: dict[str, list[str]] = {"local": [], "ray": ["engine=ray", f"engine.workers={WORKERS}"]}


def engines(folder: Path, size: int) -> None:
    """Seconds by each engine: of ten dialogues, of asking and grading the baseline, and of scoring it again."""
    print(f"{size:,} dialogues, {WORKERS} workers; whole commands, seconds")
    print(f"{'':24} {'local':>8} {'ray':>8} {'ray / local':>12}", flush=True)
    for count in (FEW, size):
        data, _ = write(folder, count)
        run = ["run", "dataset=file", f"dataset.path={data}", *PLAIN, str(folder), "--name"]
        _row(f"{count:,} asked, graded", {name: [*run, f"{name}-{count}", *words] for name, words in ENGINES.items()})
    score = ["score", f"local-{size}", "--force", *PLAIN, str(folder), "--name"]
    _row("scored again", {name: [*score, f"again-{name}", *words] for name, words in ENGINES.items()})
    same = {(folder / f"again-{name}" / "outcomes.jsonl").read_bytes() for name in ENGINES}
    print("outcomes.jsonl:", "equal" if len(same) == 1 else "DIFFERENT")
    print("scores:", "equal" if _scores(folder / f"local-{size}") == _scores(folder / f"ray-{size}") else "DIFFERENT")


def _row(what: str, commands: dict[str, list[str]]) -> None:
    times = {name: _seconds(words) for name, words in commands.items()}
    ratio = times["ray"] / times["local"]
    print(f"{what:24} {times['local']:8.1f} {times['ray']:8.1f} {ratio:12.2f}", flush=True)


def _seconds(words: list[str]) -> float:
    started_s = time.perf_counter()
    done = subprocess.run([sys.executable, "-m", "evals", *words], capture_output=True, text=True, check=False)
    seconds = time.perf_counter() - started_s
    if done.returncode:
        sys.exit(done.stderr)
    return seconds


def _scores(run: Path) -> object:
    return json.loads((run / "run.json").read_text("utf-8"))["scores"]


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as place:
        engines(Path(place), int(sys.argv[1]) if len(sys.argv) > 1 else 20_000)
