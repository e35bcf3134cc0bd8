"""A metric over the runs of a dataset as a table, with a line wherever another ruler was laid on."""

from __future__ import annotations

from collections.abc import Sequence

from evals.report.figures.trend import joints
from evals.report.tables import Cell, Column, Scores, Table
from evals.report.wording import metric_title
from evals.results import Run


def over_time_table(runs: Sequence[Run], metric: str, slice: str = "all") -> Table:
    """One row a run, oldest first; values are comparable between two joints and not across one."""
    changed = dict(joints(runs))
    rows: tuple[tuple[Cell, ...], ...] = tuple(
        (
            run.created[:10],
            run.name,
            Scores(run.scores).get(metric, slice),
            run.identity.get("extractor", ""),
            f"── changed: {', '.join(changed[at])}" if at in changed else "",
        )
        for at, run in enumerate(runs)
    )
    columns = (
        *(Column(title=title) for title in ("Made", "Run")),
        Column(title=metric_title(metric), kind="score"),
        *(Column(title=title) for title in ("System", "Joint")),
    )
    return Table(title=f"{metric_title(metric)} over time", columns=columns, rows=rows)
