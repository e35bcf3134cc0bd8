"""Finds the run a person means: a folder, the name of one under reports/, or the URL of one in a store."""

from __future__ import annotations

import difflib
from pathlib import Path

from evals.errors import CannotAnswer, UsageError
from evals.remote.cache import work_folder
from evals.remote.stored_run import pulled
from evals.remote.url import StoreUrl, place
from evals.results import Run
from evals.runs import RUN_FILE, RunFolder


def run_path(given: str, reports: Path | StoreUrl) -> Path:
    """The run's folder; of one in a store, that of its copy here.

    Raises UsageError with the nearest name when there is none, StoreError where the store cannot be read.
    """
    if stored := stored_url(given, reports):
        return pulled(stored)
    assert isinstance(reports, Path)
    for path in (Path(given), reports / given):
        if path.name == RUN_FILE:
            path = path.parent
        if (path / RUN_FILE).is_file():
            return path
    names = sorted(path.parent.name for path in reports.glob(f"*/{RUN_FILE}"))
    close = difflib.get_close_matches(given, names, n=1)
    hint = f"; did you mean {close[0]}?" if close else f"; evals runs list --out {reports} shows what there is"
    raise UsageError(f"no run {given!r}{hint}")


def stored_url(given: str, reports: Path | StoreUrl) -> StoreUrl | None:
    """The URL of a run that is in a store; None for one of this machine."""
    named = place(given)
    if isinstance(named, StoreUrl):
        return named
    return reports / given if isinstance(reports, StoreUrl) else None


def as_stored(where: Path | StoreUrl) -> Path:
    """The folder to look at of a run that may not be there; of one in a store, that of its copy."""
    if isinstance(where, Path):
        return where
    try:
        return pulled(where)
    except UsageError:
        return work_folder(where.text)


def complete_run(folder: RunFolder) -> Run:
    """The run in a folder. Raises CannotAnswer for one that has not ended: what is missing is not yet known."""
    run = folder.read_run()
    if run.status != "complete":
        raise CannotAnswer(f"{folder.path}: this run is {run.status}; finish it first: {run.command}")
    return run
