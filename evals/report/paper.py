"""What goes into a paper: tables in LaTeX and CSV, a paragraph on the method, references of the sets used."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from dataclasses import replace

from evals.report.citations import bibtex
from evals.report.latex import is_significant, latex
from evals.report.methods import methods
from evals.report.tables import (
    KIND_SLICES,
    Cell,
    Column,
    Scores,
    Table,
    above_floor,
    control_table,
    dimension_table,
    headline_metrics,
    kind_table,
    note_of,
    skill_table,
)
from evals.report.untrusted import csv_cell
from evals.report.wording import metric_title, slice_title
from evals.results import Run, Score

FOLDER = "paper"
ABOVE_FLOOR = (
    "better than echo, which repeats what the user said: the paired 95 % interval of the difference excludes 0"
)

_CSV_HEAD = ("table", "row", "column", "value", "low", "high", "bound_low", "bound_high", "n", "significant", "note")


def paper(runs: Sequence[Run]) -> dict[str, str]:
    """The files of the folder `paper/` by name; runs stand in the order given."""
    tables = paper_tables(runs)
    return {
        f"{FOLDER}/tables.tex": latex(tables),
        f"{FOLDER}/tables.csv": tables_csv(tables),
        f"{FOLDER}/methods.md": methods(runs),
        f"{FOLDER}/references.bib": bibtex(runs),
    }


def paper_tables(runs: Sequence[Run]) -> tuple[Table, ...]:
    """The results of all runs, by kind for each metric of the headline; of a single run its slices and controls too."""
    tables = [results_table(runs), *(_by_kind(runs, metric) for metric in _headline(runs))]
    if len(runs) == 1:
        (run,) = runs
        scores = Scores(run.scores)
        languages = dimension_table(scores, "language", title="Results by language", first="Language")
        tables = [results_table(runs), replace(kind_table(scores), title="Results by kind of memory"), languages]
        tables += [control_table(run)] if run.controls else []
        tables += [skill_table(run)] if run.skill else []
    return tuple(table for table in tables if table.rows)


def results_table(runs: Sequence[Run]) -> Table:
    """A row a run; a value beyond what knowing nothing reaches says so in a note."""
    metrics = _headline(runs)
    columns = (
        Column(title="System"),
        *(Column(title=metric_title(metric), kind="score") for metric in metrics),
        Column(title="n gold", kind="count"),
        Column(title="Dialogues", kind="count"),
    )
    rows: list[tuple[Cell, ...]] = []
    for run in runs:
        recall = Scores(run.scores).get("recall")
        sizes = (recall.n, recall.dialogues) if recall else (None, None)
        rows.append((run.name, *(_marked(run, metric) for metric in metrics), *sizes))
    return Table(title="Results", columns=columns, rows=tuple(rows))


def tables_csv(tables: Sequence[Table]) -> str:
    """One line a value of any table: numbers in full, its interval, and whether a difference excludes 0."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(_CSV_HEAD)
    for table in tables:
        writer.writerows(_csv_rows(table))
    return text.getvalue()


def _by_kind(runs: Sequence[Run], metric: str) -> Table:
    columns = (Column(title="System"), *(Column(title=slice_title(name), kind="score") for name in KIND_SLICES))
    rows = tuple((run.name, *(Scores(run.scores).get(metric, name) for name in KIND_SLICES)) for run in runs)
    return Table(title=f"{metric_title(metric)} by kind of memory", columns=columns, rows=rows)


def _headline(runs: Sequence[Run]) -> tuple[str, ...]:
    """The headline of the run with the least: recall and its company as soon as one run has no precision."""
    headlines = [headline_metrics(Scores(run.scores)) for run in runs]
    return min(headlines, key=lambda headline: headline.count("precision"))


def _marked(run: Run, metric: str) -> Score | None:
    score = Scores(run.scores).get(metric)
    skill = next((each for each in run.skill if (each.metric, each.slice) == (metric, "all")), None)
    if score is None or score.value is None or skill is None or above_floor(skill) != "above the floor":
        return score
    return replace(score, note=f"{score.note}; {ABOVE_FLOOR}" if score.note else ABOVE_FLOOR)


def _csv_rows(table: Table) -> Iterator[tuple[Cell, ...]]:
    for row in table.rows:
        for column, cell in zip(table.columns[1:], row[1:], strict=True):
            head = tuple(csv_cell(str(part)) for part in (table.title, row[0], column.title))
            if isinstance(cell, Score):
                yield (*head, *_csv_score(cell, column))
            else:
                yield (*head, csv_cell(cell) if isinstance(cell, str) else cell, *(None,) * 7)


def _csv_score(score: Score, column: Column) -> tuple[Cell, ...]:
    is_difference = column.kind == "difference"
    mark = ("yes" if is_significant(score) else "no") if is_difference else None
    note = note_of(score)
    ends = (score.value, score.low, score.high, score.bound_low, score.bound_high)
    return (*ends, score.n, mark, csv_cell(note) if note else None)
