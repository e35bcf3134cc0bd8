"""The status of a run whose command ends early: run.json says so, whatever happened."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace

from evals.errors import EvalsError, StoppedShort
from evals.results import Run, RunStatus
from evals.runs import RunFolder


@contextmanager
def settle_status(folder: RunFolder, run: Run, *, hint: str = "") -> Iterator[None]:
    """Whatever ends the block early, run.json says that nobody writes here any more."""
    try:
        yield
    except StoppedShort as error:  # too many failures, the budget, a full disk
        _mark(folder, run, "incomplete")
        raise StoppedShort(f"{folder.path}: {error}{hint}") from None
    except BaseException:  # Ctrl-C, a broken file, our own bug
        _mark(folder, run, "interrupted")
        raise


def _mark(folder: RunFolder, before: Run, status: RunStatus) -> None:
    """The status where it can be written: the disk may be full, the folder moved, or put back without run.json."""
    with suppress(EvalsError):
        if folder.path.is_dir():
            known = folder.read_run() if folder.run_path.exists() else before
            folder.write_run(replace(known, status=status))
