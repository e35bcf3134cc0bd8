"""Memory and speed by the size of the set, one process against two, and how soon an unfinished run goes on.

python -m tests.perf.scale [SIZE …]      default: 1000 10000
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from tests.perf.synthetic import write

SCRIPT = """
import resource, sys, time
from evals.cli import main
if __name__ == "__main__":
    code = main(sys.argv[1:])
    print("peak", resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, time.process_time(), file=sys.stderr)
    sys.exit(code)
"""


HEAD = ("dialogues", "peak MB", "x first", "CPU ms", "score 1, s", "score 2, s", "per s, 1", "per s, 2", "goes on, s")


def scale(folder: Path, sizes: Sequence[int]) -> None:
    """A line a size: peak memory, CPU a dialogue, matching with one and two processes, the first new answer at 90 %."""
    script = folder / "run.py"
    script.write_text(SCRIPT)
    print("evals run extractor=recorded report.formats=[], then evals score --force, echo beside the system")
    print(" ".join(f"{name:>10}" for name in HEAD))
    first_mb = 0.0
    for size in sizes:
        data, answers = write(folder, size)
        out = ["--out", str(folder), "report.formats=[]"]
        words = ["run", "dataset=file", f"dataset.path={data}", "extractor=recorded", f"extractor.path={answers}"]
        _, peak_mb, cpu_s = _evals(script, [*words, *out, "--name", f"r{size}"])
        first_mb = first_mb or peak_mb
        again = ["score", f"r{size}", *out, "--force", "--name"]
        one_s, two_s = (_evals(script, [*again, f"s{size}-{n}", f"grading.processes={n}"])[0] for n in (1, 2))
        on_s = _continued(script, folder, size)
        figures = (peak_mb, peak_mb / first_mb, cpu_s / size * 1e3, one_s, two_s, size / one_s, size / two_s, on_s)
        print(f"{size:10}", *(f"{figure:10.2f}" for figure in figures), flush=True)


def _evals(script: Path, words: list[str]) -> tuple[float, float, float]:
    """Wall seconds, peak megabytes and CPU seconds of one command in a process of its own."""
    started_s = time.perf_counter()
    done = subprocess.run([sys.executable, script, *words], capture_output=True, text=True, check=False)
    wall_s = time.perf_counter() - started_s
    if done.returncode:
        sys.exit(done.stderr)
    peak_kb, cpu_s = done.stderr.rsplit("peak ", 1)[1].split()
    return wall_s, int(peak_kb) / 1024, float(cpu_s)


def _continued(script: Path, folder: Path, size: int) -> float:
    """Seconds from the command to the first new answer of a run of which nine in ten are answered."""
    words = [
        "run",
        "dataset=file",
        f"dataset.path={folder / f'{size}.jsonl'}",
        "report.formats=[]",
        "--out",
        str(folder),
    ]
    words += ["--name", f"c{size}"]
    subprocess.run([sys.executable, script, *words, "budget.max_calls=1"], capture_output=True, check=False)
    path = folder / f"c{size}" / "predictions.jsonl"
    answers = (folder / f"{size}.predictions.jsonl").read_text("utf-8").splitlines(keepends=True)
    with path.open("a", encoding="utf-8") as out:
        out.writelines(answers[1 : size * 9 // 10])
    before, started_s = path.stat().st_size, time.perf_counter()
    process = subprocess.Popen([sys.executable, script, *words], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    while path.stat().st_size == before:
        time.sleep(0.005)
    seconds = time.perf_counter() - started_s
    process.kill()
    process.wait()
    return seconds


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as place:
        scale(Path(place), [int(word) for word in sys.argv[1:]] or [1000, 10_000])
