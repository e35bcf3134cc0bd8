"""Finds the run a person means: a folder, or the name of one under reports/."""

from __future__ import annotations

import difflib
from pathlib import Path

from evals.errors import CannotAnswer, UsageError
from evals.runs import RUN_FILE, RunFolder
from evals.types import Run


def run_path(given: str, reports: Path) -> Path:
    """The run's folder. Raises UsageError with the nearest name when there is none."""
    for path in (Path(given), reports / given):
        if path.name == RUN_FILE:
            path = path.parent
        if (path / RUN_FILE).is_file():
            return path
    names = sorted(path.parent.name for path in reports.glob(f"*/{RUN_FILE}"))
    close = difflib.get_close_matches(given, names, n=1)
    hint = f"; did you mean {close[0]}?" if close else f"; evals runs list --out {reports} shows what there is"
    raise UsageError(f"no run {given!r}{hint}")


def complete_run(folder: RunFolder) -> Run:
    """The run in a folder. Raises CannotAnswer for one that has not ended: what is missing is not yet known."""
    run = folder.read_run()
    if run.status != "complete":
        raise CannotAnswer(f"{folder.path}: this run is {run.status}; finish it first: {run.command}")
    return run
