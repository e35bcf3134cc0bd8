"""A stored run for other people's tools, and as one archive that can be checked anywhere.

evals export RUN --to parquet          scores.parquet, items.parquet: every memory a row (extra: hub)
evals export RUN --to csv              the same as CSV
evals export RUN --to inspect          a log that the Inspect viewer opens, a sample a dialogue
evals export RUN --to mlflow           a run in MLflow: parameters, metrics with intervals, report files (extra: mlflow)
evals export RUN --bundle              RUN.zip, from which evals verify recomputes every number offline

Files go to RUN/export/ or where --dest says; MLflow to --tracking, or MLFLOW_TRACKING_URI, or sqlite:///mlflow.db.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from evals.remote.url import folder_here

if TYPE_CHECKING:
    from evals.corpus.source import Source
    from evals.results import Run
    from evals.runs import RunFolder

TARGETS = ("parquet", "csv", "inspect", "mlflow")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("run", metavar="RUN", help="a folder, or a name under --out")
    kind = parser.add_mutually_exclusive_group(required=True)
    kind.add_argument("--to", choices=TARGETS, help="the form wanted")
    kind.add_argument("--bundle", action="store_true", help="one archive with the files behind every number")
    parser.add_argument("--dest", type=Path, help="the folder to write into (default: RUN/export)")
    parser.add_argument("--tracking", help="MLflow's tracking address")
    parser.add_argument("--experiment", default="memory-evals", help="MLflow's experiment (default: memory-evals)")
    parser.add_argument("--out", type=folder_here, default=Path("reports"), help="where runs are (default: reports)")


def main(arguments: argparse.Namespace) -> int:
    from evals.commands.where import complete_run, run_path
    from evals.runs import RunFolder

    folder = RunFolder(run_path(arguments.run, arguments.out))
    run = complete_run(folder)
    if arguments.to == "mlflow":
        from evals.commands.tracking import logged

        print(logged(folder.path, run, address=arguments.tracking, experiment=arguments.experiment))
        return 0
    dest = arguments.dest or folder.path / "export"
    dest.mkdir(parents=True, exist_ok=True)
    for path in _bundle(folder, run, dest) if arguments.bundle else _export(folder, run, arguments.to, dest):
        print(path)
    return 0


def _export(folder: RunFolder, run: Run, target: str, dest: Path) -> tuple[Path, ...]:
    if target == "inspect":
        from evals.commands.present import KeptMessages
        from evals.report.inspect_log import log_name, write_inspect_log

        path = dest / log_name(run)
        finished = datetime.fromtimestamp(folder.run_path.stat().st_mtime, UTC)  # nothing is written after it
        write_inspect_log(path, run, folder.outcomes(), KeptMessages(folder), finished=finished)
        return (path,)
    from evals.report.items import write_csv, write_parquet

    return (write_csv if target == "csv" else write_parquet)(dest, run, folder.outcomes())


def _bundle(folder: RunFolder, run: Run, dest: Path) -> tuple[Path, ...]:
    """The archive. The dataset goes in whole: a matcher is frozen on all of its gold, whatever was selected."""
    from evals import bundle
    from evals.commands.plan import source_of
    from evals.commands.rescoring import dataset_of

    source, path = source_of(dataset_of(run)), dest / f"{folder.path.name}.zip"
    with tempfile.TemporaryDirectory() as place:
        dataset = Path(place) / bundle.DATASET
        closed = _write_records(source, dataset)
        files = {bundle.RUN: folder.run_path, bundle.DATASET: dataset, bundle.PREDICTIONS: folder.predictions_path}
        files |= {bundle.OUTCOMES: folder.outcomes_path}
        files |= {bundle.VERDICTS: folder.verdicts_path} if folder.verdicts_path.exists() else {}
        files |= {bundle.OVERLAY: source.overlay} if source.overlay else {}
        bundle.pack(path, files, name=run.name, signature=run.signature, redistributable=not closed)
    if closed:
        print(f"{closed} records in it may not be passed on: their licence forbids it", file=sys.stderr)
    return (path,)


def _write_records(source: Source, path: Path) -> int:
    """Writes every record of a dataset; how many of them a licence forbids to pass on."""
    from evals.io import FaultList, writing_jsonl

    faults, closed = FaultList(), 0
    with writing_jsonl(path) as write:
        for _, _, record in source.records(faults=faults):
            closed += record.provenance is not None and record.provenance.redistributable is False
            write(record)
    faults.raise_any()
    return closed
