"""A metric over runs in the order they were made, with a joint wherever another ruler was laid on.

Runs are comparable while data, gold, matcher, judge and statistics are the same; where one of them changed the line is
cut, and the joint names what did.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING

from evals.report.figures.canvas import COLOURS, INK, LINE, MARKERS, MUTED, Shown, columns, label, legend, plain, points
from evals.report.tables import HEADLINE, Scores, headline_metrics
from evals.report.wording import metric_title
from evals.results import Run, Score

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

RULERS = ("in", "gold", "match", "judge", "stat")  # of a run's identity
_RUNS_SHOWN = 40  # the latest


def trend(shown: Sequence[Shown]) -> Figure | None:
    """Headline metrics over the runs; None for fewer than two."""
    runs = sorted((each.run for each in shown), key=lambda run: run.created)[-_RUNS_SHOWN:]
    if len(runs) < 2:
        return None
    complete = all(headline_metrics(Scores(run.scores)) == HEADLINE for run in runs)
    names = [f"{label(run.name, limit=18)}\n{label(run.created[:10])}" for run in runs]
    figure, axes = plain(height=2.6, bottom=0.55 + 0.085 * max(columns(part) for part in "\n".join(names).split("\n")))
    axes.set(xlim=(-0.4, len(runs) - 0.6), ylim=(0, 1))
    axes.grid(axis="y", color=LINE, linewidth=0.8)
    axes.set_xticks(range(len(runs)), names, rotation=60, ha="right", rotation_mode="anchor", fontsize=8)
    for place, metric in enumerate(HEADLINE if complete else ("recall",)):
        _line(axes, runs, metric, colour=COLOURS[place], marker=MARKERS[place])
    for at, changed in joints(runs):
        axes.axvline(at - 0.5, color=INK, linewidth=1, linestyle=(0, (2, 2)), zorder=2)
        axes.text(at - 0.46, 0.99, ", ".join(changed), rotation=90, va="top", fontsize=7.5, color=MUTED)
    legend(figure, axes, columns=3)
    return figure


def joints(runs: Sequence[Run]) -> Iterator[tuple[int, tuple[str, ...]]]:
    """The places of runs that were measured with another ruler than the one before, and what changed."""
    for at in range(1, len(runs)):
        before, now = runs[at - 1].identity, runs[at].identity
        if changed := tuple(name for name in RULERS if before.get(name) != now.get(name)):
            yield at, changed


def _line(axes: Axes, runs: Sequence[Run], metric: str, *, colour: str, marker: str) -> None:
    scores = [Scores(run.scores).get(metric) for run in runs]
    cuts = [0, *(at for at, _ in joints(runs)), len(runs)]
    for place, (start, end) in enumerate(pairwise(cuts)):
        stretch = [(at, score) for at in range(start, end) if _is_defined(score := scores[at])]
        for at, score in stretch:
            if score is not None and score.low is not None and score.high is not None:
                axes.vlines(at, score.low, score.high, color=colour, linewidth=1.4, zorder=3)
        values = [score.value for _, score in stretch if score is not None and score.value is not None]
        name = metric_title(metric) if place == 0 else "_none"
        places = [at for at, _ in stretch]
        axes.plot(places, values, color=colour, linewidth=1.2, zorder=3)
        points(axes, places, values, colour=colour, marker=marker, label=name)


def _is_defined(score: Score | None) -> bool:
    return score is not None and score.value is not None
