"""Every score of a run for other programs: CSV for a spreadsheet, JSON for a script."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import asdict, fields

from evals.report.untrusted import csv_cell
from evals.types import Run, Score

COLUMNS = tuple(field.name for field in fields(Score))


def scores_csv(run: Run) -> str:
    """One line a score: numbers in full, an empty cell for what is not defined, no cell that runs as a formula."""
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow(COLUMNS)
    writer.writerows([_csv_value(getattr(score, name)) for name in COLUMNS] for score in run.scores)
    return buffer.getvalue()


def scores_json(run: Run) -> str:
    """The scores with every field, undefined ones as null, one score a line."""
    head = {"format": run.format, "name": run.name, "status": run.status, "signature": run.signature}
    lines = (f"{_json(name)}: {_json(value)}" for name, value in head.items())
    scores = ",\n".join(f"  {_json(asdict(score))}" for score in run.scores)
    return "{" + ", ".join(lines) + ', "scores": [\n' + scores + "\n]}\n"


def _csv_value(value: object) -> object:
    return csv_cell(value) if isinstance(value, str) else value


def _json(value: object) -> str:
    """JSON in UTF-8; escaped where a character could not be seen or written (a lone surrogate)."""
    text = json.dumps(value, ensure_ascii=False, allow_nan=False)
    return text if text.isprintable() else json.dumps(value, allow_nan=False)
