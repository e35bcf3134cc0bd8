"""Turn the predictions of a run into gold to correct: records a person goes over, marked as a draft.

evals draft RUN gold.jsonl
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from evals.remote.url import folder_here

if TYPE_CHECKING:
    from evals.runs import RunFolder
    from evals.types import Dialogue, Extraction


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("run", metavar="RUN", help="folder, or name under --out; it must have kept its messages")
    parser.add_argument("dest", metavar="DEST", type=Path, help="the JSONL file to write")
    parser.add_argument("--out", type=folder_here, default=Path("reports"), help="where runs are (default: reports)")


def main(arguments: argparse.Namespace) -> int:
    from evals.commands.where import complete_run, run_path
    from evals.corpus.draft import draft
    from evals.errors import UsageError
    from evals.io import write_jsonl
    from evals.runs import RunFolder

    folder = RunFolder(run_path(arguments.run, arguments.out))
    complete_run(folder)
    if arguments.dest.exists():
        raise UsageError(f"{arguments.dest}: exists already; a draft never overwrites corrections")
    count = write_jsonl(arguments.dest, draft(_answered(folder)))
    print(
        f"{arguments.dest}: {count} dialogues to correct; then: evals check dataset=file dataset.path={arguments.dest}"
    )
    return 0


def _answered(folder: RunFolder) -> Iterator[tuple[Dialogue, Extraction]]:
    """Each dialogue with its first answer; those whose extraction failed come without memories."""
    from evals.types import Extraction

    predictions = folder.predictions()
    for dialogue in folder.dialogues():
        prediction = predictions.get(dialogue.id)
        yield dialogue, (prediction.extraction if prediction else None) or Extraction()
