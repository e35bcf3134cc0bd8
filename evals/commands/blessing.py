"""The stored baseline of a dataset: a copy of a run with who made it the baseline, when and why."""

from __future__ import annotations

import contextlib
import getpass
import re
import shutil
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, ClassVar

from evals.commands.where import complete_run
from evals.counts_file import FILE_NAME as COUNTS
from evals.errors import CannotAnswer, UsageError
from evals.io import append_line, read_jsonl, write_json
from evals.results import Run, Score
from evals.runs import RUN_FILE, RunFolder

BLESSED_FILE = "blessed.json"
HISTORY_FILE = "history.jsonl"
KEPT = (RUN_FILE, "predictions.jsonl", "outcomes.jsonl", "verdicts.jsonl", COUNTS)
HISTORY_METRICS = ("f1", "precision", "recall", "unsupported_rate")


@dataclass(frozen=True, slots=True, kw_only=True)
class Blessing:
    """One line of history.jsonl: a run that was made the baseline, and its headline scores."""

    __pydantic_config__: ClassVar[Any] = {"extra": "ignore", "strict": True}
    run: str
    signature: str
    created: str
    by: str
    at: str
    reason: str
    repeats: int
    scores: tuple[Score, ...]


def blessed(candidate: Path, baselines: Path) -> Path | None:
    """The baseline stored for the candidate's dataset; None where there is none."""
    name = _folder_name(RunFolder(candidate).read_run())
    path = baselines / name
    return path if (path / RUN_FILE).is_file() else None


def bless(
    path: Path, baselines: Path, *, by: str | None, reason: str, repeats: int, messages: bool
) -> tuple[Path, Blessing]:
    """Stores a run as the baseline of its dataset, in place of the one before; its history is kept.

    Raises CannotAnswer for a run that is not complete, has fewer repeats than asked, or lost extractions.
    """
    folder = RunFolder(path)
    run = complete_run(folder)
    had = int(run.config.get("repeats") or 1)
    if had < repeats:
        raise CannotAnswer(f"{path}: {had} repeats, {repeats} are asked for; evals run … repeats={repeats}")
    if failed := run.counts.get("failed"):
        raise CannotAnswer(
            f"{path}: {failed} extractions failed; a baseline has all its answers ({run.command} asks for them again)"
        )
    blessing = _blessing(run, by=by or _user(), reason=reason, repeats=had)
    target = baselines / _folder_name(run)
    if path.resolve() == target.resolve():
        raise UsageError(f"{path}: is the baseline already")
    _copy(folder, target, messages=messages)
    write_json(target / BLESSED_FILE, asdict(blessing))
    with (target / HISTORY_FILE).open("ab", buffering=0) as handle:
        append_line(handle, blessing)
    return target, blessing


def history(baseline: Path) -> tuple[Blessing, ...]:
    """Every run that was the baseline of a dataset, oldest first."""
    path = baseline / HISTORY_FILE
    return tuple(line for _, line in read_jsonl(path, Blessing)) if path.exists() else ()


def _blessing(run: Run, *, by: str, reason: str, repeats: int) -> Blessing:
    return Blessing(
        run=run.name,
        signature=run.signature,
        created=run.created,
        by=by,
        at=datetime.now(UTC).isoformat(timespec="seconds"),
        reason=reason,
        repeats=repeats,
        scores=tuple(each for each in run.scores if each.slice == "all" and each.metric in HISTORY_METRICS),
    )


def _copy(folder: RunFolder, target: Path, *, messages: bool) -> None:
    """The files of a run beside the target, then in its place file by file; run.json last, as it makes it a run."""
    names = [*KEPT[1:], *(["dialogues.jsonl.gz"] if messages else []), RUN_FILE]
    target.mkdir(parents=True, exist_ok=True)
    for name in (*names, "dialogues.jsonl.gz"):
        source, wanted = folder.path / name, name in names
        if wanted and source.exists():
            part = target / f".{name}.part"
            shutil.copyfile(source, part)
            part.replace(target / name)
        else:
            (target / name).unlink(missing_ok=True)


def _folder_name(run: Run) -> str:
    """The dataset's name as a folder name."""
    return re.sub(r"[^\w.-]+", "--", str(run.dataset.get("name"))).strip("-.") or "dataset"


def _user() -> str:
    with contextlib.suppress(OSError, KeyError):
        return getpass.getuser()
    return "unknown"
