"""Drawing report.html of large runs: time, peak memory, sizes, and how soon a browser can use the page.

python -m tests.perf.reports      these figures alone; `make perf` prints them among the others
"""

from __future__ import annotations

import json
import os
import shutil
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from evals.runs import RunFolder
from tests.report.devtools import Browser

SIZES = (1000, 10_000, 20_000)
READY = "document.documentElement.dataset.browser === 'ready'"

Process = Callable[[Sequence[str]], tuple[float, float]]


def drawing(folder: Path, run: Path, process: Process) -> None:
    """`evals report` over copies of a run of 1,000 dialogues, and the pages opened in Chromium where there is one."""
    print("evals report RUN --format html, whole process; then the page opened from disk in Chromium")
    heads = f"{'dialogues':>9} {'CPU s':>6} {'seconds':>8} {'peak MB':>8} {'page MB':>8} {'files':>6} {'all MB':>7}"
    print(f"{heads} {'usable after s':>15}")
    measured = {}
    for count in SIZES:
        path = folder / f"drawn-{count}"
        multiply(RunFolder(run), path, count)
        before = _cpu_s()
        seconds, peak_mb = process(["report", str(path), "--format", "html", "--out", str(folder)])
        cpu_s = _cpu_s() - before
        measured[count] = (cpu_s, peak_mb)
        files = sorted(path.glob("report-data-*.js"))
        page_mb = (path / "report.html").stat().st_size / 1e6
        all_mb = page_mb + sum(each.stat().st_size for each in files) / 1e6
        usable = _usable_after_s(path / "report.html")
        shown = f"{usable:15.2f}" if usable is not None else f"{'no Chromium':>15}"
        print(
            f"{count:9} {cpu_s:6.2f} {seconds:8.2f} {peak_mb:8.0f} {page_mb:8.2f} {len(files):6} {all_mb:7.1f} {shown}"
        )
    small, large = measured[SIZES[1]], measured[SIZES[2]]
    print(f"20,000 / 10,000: CPU {large[0] / small[0]:.2f}, peak {large[1] / small[1]:.2f}\n")


def _cpu_s() -> float:
    """Processor time of all processes that have ended, which a busy machine does not stretch."""
    times = os.times()
    return times.children_user + times.children_system


def multiply(stored: RunFolder, path: Path, count: int) -> None:
    """A run's folder with its dialogues over and over under new ids until there are as many as asked for."""
    path.mkdir()
    shutil.copyfile(stored.run_path, path / "run.json")
    outcomes = stored.outcomes_path.read_text("utf-8").splitlines()
    with (path / "outcomes.jsonl").open("w", encoding="utf-8") as out:
        for number in range(count):
            line = json.loads(outcomes[number % len(outcomes)]) | {"id": f"copy/{number}", "cluster": f"copy/{number}"}
            out.write(json.dumps(line, ensure_ascii=False) + "\n")
    dialogues = list(stored.dialogues())
    with RunFolder(path).saving_dialogues() as keep:
        for number in range(count):
            dialogue = dialogues[number % len(dialogues)]
            keep(replace(dialogue, id=f"copy/{number}", cluster=f"copy/{number}"))


def _usable_after_s(page: Path) -> float | None:
    """Seconds from asking for the page until its list is drawn and can be filtered."""
    program = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    if program is None:
        return None
    with (
        tempfile.TemporaryDirectory() as place,
        Browser(program, Path(place) / "profile", downloads=Path(place) / "downloads") as browser,
    ):
        started = time.perf_counter()
        browser.open(page.as_uri())
        browser.wait_until(READY)
        return time.perf_counter() - started


def main() -> None:
    from tests.perf.__main__ import process, write_dataset  # here, for that module draws as well

    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        data, answers = folder / "d.jsonl", folder / "p.jsonl"
        write_dataset(data, answers, SIZES[0])
        words = ["run", "dataset=file", f"dataset.path={data}", "extractor=recorded", f"extractor.path={answers}"]
        process([*words, "report.formats=[]", "controls=[]", "--out", str(folder), "--name", "run"])
        drawing(folder, folder / "run", process)


if __name__ == "__main__":
    main()
