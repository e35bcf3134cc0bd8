"""A metric over time: the baselines that were blessed and the runs that are stored, oldest first, with their joints."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from evals.commands.blessing import Blessing, history
from evals.errors import CannotAnswer
from evals.io import FORMAT
from evals.results import Run
from evals.runs import list_runs


def runs_over_time(dataset: str, *, reports: Path, baselines: Path) -> tuple[Run, ...]:
    """The complete runs of a dataset, as far as they are known: of a blessed run its signature and headline scores.

    Raises CannotAnswer where there are fewer than two.
    """
    stored = [each.run for each in list_runs(reports) if each.run is not None and each.run.status == "complete"]
    found = {(run.name, run.created): run for run in (*_blessed(baselines), *stored)}
    runs = sorted((run for run in found.values() if run.dataset.get("name") == dataset), key=lambda run: run.created)
    if len(runs) < 2:
        known = sorted({str(run.dataset.get("name")) for run in found.values()})
        raise CannotAnswer(f"dataset {dataset!r} has {len(runs)} complete runs, two make a history; there are {known}")
    return tuple(runs)


def _blessed(baselines: Path) -> Iterator[Run]:
    folders: Iterable[Path] = sorted(baselines.iterdir()) if baselines.is_dir() else ()
    for folder in folders:
        for blessing in history(folder):
            yield _run_of(blessing)


def _run_of(blessing: Blessing) -> Run:
    """What is known of a run that was the baseline once: the parts of its signature and its headline."""
    identity = {name: value for name, _, value in (part.partition(":") for part in blessing.signature.split("|"))}
    return Run(
        format=FORMAT,
        name=blessing.run,
        status="complete",
        signature=blessing.signature,
        created=blessing.created,
        command="",
        config={},
        environment={},
        dataset={"name": identity.get("in", "").rpartition("@")[0]},
        counts={},
        identity=identity,
        matching={},
        latency={},
        scores=blessing.scores,
    )
