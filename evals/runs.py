"""The folder of a run: what stands in it, whether a command may go on in it, and how to read it back.

A run's files are input like any other: they are parsed strictly and nothing in them is ever built or executed.
"""

from __future__ import annotations

import contextlib
import dataclasses
import shutil
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Literal

from evals.errors import CannotAnswer, DataError, UsageError
from evals.io import FORMAT, read_json, read_jsonl, write_json, writing_jsonl
from evals.journal import SYNC_S, Journal
from evals.lock import LOCK_FILE, FolderLock
from evals.prediction_index import PredictionIndex, every_prediction
from evals.predictions import FILE_NAME, mend, to_line
from evals.remote.stored_run import pulled
from evals.remote.url import place
from evals.results import DialogueOutcome, Prediction, Run, RunStatus, Score
from evals.spending import JudgeCall
from evals.types import Dialogue

RUN_FILE = "run.json"


@dataclass(frozen=True, slots=True)
class RunFolder:
    """The files of one run, by name. Reading raises DataError naming file, line and field."""

    path: Path

    @property
    def run_path(self) -> Path:
        return self.path / RUN_FILE

    @property
    def predictions_path(self) -> Path:
        return self.path / FILE_NAME

    @property
    def outcomes_path(self) -> Path:
        return self.path / "outcomes.jsonl"

    @property
    def verdicts_path(self) -> Path:
        return self.path / "verdicts.jsonl"

    @property
    def judge_calls_path(self) -> Path:
        return self.path / "judge_calls.jsonl"

    @property
    def dialogues_path(self) -> Path:
        return self.path / "dialogues.jsonl.gz"

    def read_run(self) -> Run:
        """The Run of run.json. Raises DataError on another format, naming the one this version reads."""
        if not self.path.is_dir():
            raise DataError.at(self.path, "there is no such run")
        given = read_json(self.run_path, dict[str, Any]).get("format")
        if given != FORMAT:
            hint = "written by another version of evals" if isinstance(given, int) else "not the run.json of a run"
            message = f"format {given!r}, {hint}; this version reads format {FORMAT}"
            raise DataError.at(self.run_path, message, field="format")
        return read_json(self.run_path, Run)

    def write_run(self, run: Run) -> None:
        """Replaces run.json in one step. Every field is written, defaults too: other programs read this file."""
        write_json(self.run_path, dataclasses.asdict(run))

    def mark(self, status: RunStatus) -> Run:
        """Changes the status alone and returns the Run as it is now."""
        run = dataclasses.replace(self.read_run(), status=status)
        self.write_run(run)
        return run

    def predictions(self) -> PredictionIndex:
        """Where each stored prediction stands. Raises DataError when nothing was stored yet."""
        return PredictionIndex(self.predictions_path, ours=True)

    @contextlib.contextmanager
    def appending(self, *, sync_s: float = SYNC_S) -> Iterator[Callable[[Prediction], None]]:
        """A function that stores one prediction at the end of predictions.jsonl, as `evals.journal` says.

        A line that a killed run left half written is cut off first.
        """
        with _appending(self.predictions_path, sync_s=sync_s) as append:
            yield lambda prediction: append(to_line(prediction))

    def every_prediction(self) -> Iterator[Prediction]:
        """What was ever stored, failures that were asked again included; nothing where nothing was."""
        return every_prediction(self.predictions_path) if self.predictions_path.exists() else iter(())

    def appending_judge_calls(self) -> contextlib.AbstractContextManager[Callable[[JudgeCall], None]]:
        """A function that keeps what one call of the judge is charged; the lines of earlier commands stay."""
        return _appending(self.judge_calls_path)

    def judge_calls(self) -> Iterator[JudgeCall]:
        """The calls of the judge that every command on this run has made; nothing where there were none."""
        if not self.judge_calls_path.exists():
            return iter(())
        mend(self.judge_calls_path)
        return (call for _, call in read_jsonl(self.judge_calls_path, JudgeCall))

    def outcomes(self) -> Iterator[DialogueOutcome]:
        """The outcomes in dataset order, one at a time."""
        return (outcome for _, outcome in read_jsonl(self.outcomes_path, DialogueOutcome))

    def writing_outcomes(self) -> contextlib.AbstractContextManager[Callable[[DialogueOutcome], object]]:
        """A function that writes one outcome; outcomes.jsonl is replaced when the block ends well."""
        return writing_jsonl(self.outcomes_path)

    def dialogues(self) -> Iterator[Dialogue]:
        """The dialogues of a run that kept them. Raises DataError for one that did not."""
        if not self.dialogues_path.exists():
            raise DataError.at(self.dialogues_path, "this run kept no messages; run it with runner.save_messages=true")
        return (dialogue for _, dialogue in read_jsonl(self.dialogues_path, Dialogue))

    def saving_dialogues(self) -> contextlib.AbstractContextManager[Callable[[Dialogue], object]]:
        """A function that keeps one dialogue with the run, packed; the file is there when the block ends well."""
        return writing_jsonl(self.dialogues_path)


@contextlib.contextmanager
def _appending(path: Path, *, sync_s: float = SYNC_S) -> Iterator[Callable[[Any], None]]:
    """A function that appends one value as a line, as `evals.journal` says; a torn last line is cut off first."""
    if path.exists():
        mend(path)
    with Journal(path, sync_s=sync_s) as journal:
        yield journal.append


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenedRun:
    """A run's folder that this process alone may write, until the `with` block ends.

    `state` says what stands there already: nothing (`new`), a run to go on with (`unfinished`), or one with nothing
    left to do (`complete`, then the folder is not locked). `set_aside` is where `force` moved an older run.
    """

    folder: RunFolder
    state: Literal["new", "unfinished", "complete"]
    set_aside: Path | None
    lock: FolderLock | None

    def __enter__(self) -> OpenedRun:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        if self.lock is not None:
            self.lock.release()


def open_or_create(path: Path, identity: Mapping[str, str], *, force: bool = False) -> OpenedRun:
    """Opens a run's folder for writing; write run.json before anything else into a new one.

    An unfinished run of the same identity is continued, a complete one left alone. Raises UsageError when another
    run, another process or something that is no run stands there. `force` renames what stands there to `<name>.1`,
    `.2` …, and starts anew.
    """
    set_aside = _set_aside(path) if force and path.exists() else None
    folder = RunFolder(path)
    if _state(folder, identity) == "complete":
        return OpenedRun(folder=folder, state="complete", set_aside=set_aside, lock=None)
    lock = FolderLock(path)
    try:
        state = _state(folder, identity)  # again: another process may have ended meanwhile
        for leftover in path.glob(".*.tmp"):  # half-written files of a process that was killed
            leftover.unlink(missing_ok=True)
    except BaseException:
        lock.release()
        raise
    return OpenedRun(folder=folder, state=state, set_aside=set_aside, lock=lock)


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadedRun:
    """A stored run, for notebooks: its numbers at once, its items on request."""

    path: Path
    run: Run

    @property
    def scores(self) -> tuple[Score, ...]:
        return self.run.scores

    def score(self, metric: str, slice: str = "all") -> Score:
        """The score of a metric in a slice. Raises CannotAnswer naming what there is."""
        found = next((score for score in self.scores if (score.metric, score.slice) == (metric, slice)), None)
        if found is not None:
            return found
        slices = sorted({score.slice for score in self.scores if score.metric == metric})
        metrics = sorted({score.metric for score in self.scores})
        known = f"slices of {metric}: {', '.join(slices)}" if slices else f"metrics: {', '.join(metrics) or 'none'}"
        raise CannotAnswer(f"{self.path}: no score {metric!r} in slice {slice!r}; {known}")

    def outcomes(self) -> Iterator[DialogueOutcome]:
        """What became of every gold and predicted item, dialogue by dialogue."""
        return RunFolder(self.path).outcomes()

    def predictions(self) -> PredictionIndex:
        """The stored answers, by dialogue id and repeat."""
        return RunFolder(self.path).predictions()

    def dialogues(self) -> Iterator[Dialogue]:
        """The messages, where the run kept them."""
        return RunFolder(self.path).dialogues()


def load_run(path: str | Path) -> LoadedRun:
    """A stored run by its folder (or its run.json), or by its URL in a store, of which a copy is read.

    Raises DataError when it cannot be read, StoreError when its store cannot.
    """
    named = place(str(path))
    folder = named if isinstance(named, Path) else pulled(named)
    folder = folder.parent if folder.name == RUN_FILE else folder
    return LoadedRun(path=folder, run=RunFolder(folder).read_run())


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedRun:
    """One folder of a list of runs: its Run, or why that cannot be read."""

    path: Path
    run: Run | None
    fault: str | None = None


def list_runs(reports: Path) -> tuple[ListedRun, ...]:
    """Every run under a folder by name, runs set aside included; a broken one is listed with its fault."""
    if not reports.is_dir():
        return ()
    return tuple(listed_run(run_path.parent) for run_path in sorted(reports.glob(f"*/{RUN_FILE}")))


def listed_run(path: Path) -> ListedRun:
    """One run of a list; a broken one with its fault."""
    try:
        return ListedRun(path=path, run=RunFolder(path).read_run())
    except DataError as error:
        return ListedRun(path=path, run=None, fault=str(error).splitlines()[0])


def remove(path: Path) -> None:
    """Deletes a run's folder. Raises UsageError when it is no run or another process is writing it."""
    if path.is_symlink() or not (path / RUN_FILE).is_file():
        raise UsageError(f"{path}: not the folder of a run (it has no {RUN_FILE}); nothing was removed")
    lock = FolderLock(path)
    try:
        shutil.rmtree(path)
    finally:
        lock.release()


# --- may we go on here? --------------------------------------------------------------------------


def _state(folder: RunFolder, identity: Mapping[str, str]) -> Literal["new", "unfinished", "complete"]:
    """What stands in the folder. Raises UsageError when it is not ours to write."""
    path = folder.path
    if path.exists() and not path.is_dir():
        raise UsageError(f"{path}: a file stands where the folder of a run is wanted; choose another --name")
    if not folder.run_path.exists():
        # Hidden files are a lock or half a run.json of a process that was killed.
        others = [entry.name for entry in path.iterdir() if entry.name[0] != "."] if path.exists() else []
        if others:
            held = ", ".join(sorted(others)[:3])
            raise UsageError(f"{path}: a folder that is no run (it holds {held}, no {RUN_FILE}); choose another --name")
        return "new"
    run = folder.read_run()
    differing = _differing(run.identity, identity)
    if differing:
        raise UsageError(
            f"{path}: another run stands there; it differs in {'; '.join(differing)}. "
            "Choose another --name, or --force to start anew and keep the old one aside"
        )
    return "complete" if run.status == "complete" else "unfinished"


def _differing(stored: Mapping[str, str], wanted: Mapping[str, str]) -> list[str]:
    """`field: stored there → wanted now` of every field in which two identities differ."""
    names = [*stored, *(name for name in wanted if name not in stored)]
    return [
        f"{name}: {stored.get(name, '(none)')} → {wanted.get(name, '(none)')}"
        for name in names
        if stored.get(name) != wanted.get(name)
    ]


def _set_aside(path: Path) -> Path:
    """Renames a run's folder to the first free `<name>.N`. Raises UsageError while another process writes it."""
    if not path.is_dir():
        raise UsageError(f"{path}: a file stands where the folder of a run is wanted; choose another --name")
    lock = FolderLock(path)
    try:
        number = 1
        while (aside := path.with_name(f"{path.name}.{number}")).exists():
            number += 1
        path.rename(aside)
        (aside / LOCK_FILE).unlink(missing_ok=True)
    finally:
        lock.release()
    return aside
