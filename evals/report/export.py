"""Every score of a run for other programs: a data frame, CSV for a spreadsheet, JSON for a script."""

from __future__ import annotations

import json
from dataclasses import asdict, fields
from typing import TYPE_CHECKING

from evals.report.untrusted import csv_cell
from evals.results import Run, Score

if TYPE_CHECKING:
    import pandas as pd

COLUMNS = tuple(field.name for field in fields(Score))
_TEXT = ("metric", "slice", "note")


def scores_frame(run: Run) -> pd.DataFrame:
    """One row a score, one column a field; NaN where a value is not defined."""
    import pandas as pd

    with pd.option_context("mode.string_storage", "python"):  # pyarrow's strings, where it is there, hold no surrogate
        frame = pd.DataFrame.from_records([asdict(score) for score in run.scores], columns=list(COLUMNS))
    numbers = [name for name in COLUMNS if name not in (*_TEXT, "higher_is_better")]
    return frame.astype(dict.fromkeys(numbers, "float64") | {"dialogues": "int64", "clusters": "int64"})


def scores_csv(run: Run) -> str:
    """One line a score: numbers in full, an empty cell for what is not defined, no cell that runs as a formula."""
    frame = scores_frame(run)
    for name in _TEXT:
        frame[name] = frame[name].map(csv_cell, na_action="ignore")
    return frame.to_csv(index=False, lineterminator="\n")


def scores_json(run: Run) -> str:
    """The scores with every field, undefined ones as null, one score a line."""
    head = {"format": run.format, "name": run.name, "status": run.status, "signature": run.signature}
    lines = (f"{_json(name)}: {_json(value)}" for name, value in head.items())
    scores = ",\n".join(f"  {_json(asdict(score))}" for score in run.scores)
    return "{" + ", ".join(lines) + ', "scores": [\n' + scores + "\n]}\n"


def _json(value: object) -> str:
    """JSON in UTF-8; escaped where a character could not be seen or written (a lone surrogate)."""
    text = json.dumps(value, ensure_ascii=False, allow_nan=False)
    return text if text.isprintable() else json.dumps(value, allow_nan=False)
