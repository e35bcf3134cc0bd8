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
ENGINES = {"local": [], "ray": ["engine=ray", f"engine.workers={WORKERS}"]}


def engines(folder: Path, size: int) -> None:
    """Seconds by each engine: of ten dialogues, of asking and grading the baseline, and of scoring it again."""
    paths = {count: write(folder, count)[0] for count in (FEW, size)}
    run = ["run", "dataset=file", "controls=[]", "report.formats=[]", "--out", str(folder)]
    score = ["score", "local", "controls=[]", "report.formats=[]", "--force", "--out", str(folder), "--name"]
    begun, asked, scored = {}, {}, {}
    for name, words in ENGINES.items():
        begun[name] = _seconds([*run, *words, f"dataset.path={paths[FEW]}", "--name", f"few-{name}"])
        asked[name] = _seconds([*run, *words, f"dataset.path={paths[size]}", "--name", name])
    for name, words in ENGINES.items():
        scored[name] = _seconds([*score, f"scored-{name}", *words])
    print(f"{size:,} dialogues, {WORKERS} workers; whole commands, seconds")
    print(f"{'':24} {'local':>8} {'ray':>8} {'ray / local':>12}")
    for what, times in ((f"{FEW} dialogues", begun), ("baseline asked, graded", asked), ("scored again", scored)):
        print(f"{what:24} {times['local']:8.1f} {times['ray']:8.1f} {times['ray'] / times['local']:12.2f}")
    same = {(folder / f"scored-{name}" / "outcomes.jsonl").read_bytes() for name in ENGINES}
    print("outcomes.jsonl:", "equal" if len(same) == 1 else "DIFFERENT")
    print("scores:", "equal" if _scores(folder / "local") == _scores(folder / "ray") else "DIFFERENT")


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
