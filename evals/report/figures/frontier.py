"""Quality against latency, with the frontier of systems that no other is both better and quicker than."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from evals.report.figures.canvas import (
    COLOURS,
    INK,
    MARKERS,
    MUTED,
    SYSTEMS_SHOWN,
    Shown,
    label,
    legend,
    plain,
    points,
    time_axis,
)
from evals.report.tables import HEADLINE, Scores, headline_metrics
from evals.report.wording import metric_title
from evals.results import Score

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_Point = tuple[str, float, Score]  # its name, its median latency in milliseconds, its quality


def frontier(shown: Sequence[Shown]) -> Figure | None:
    """F1 (recall where a run has no F1) over the median latency; None where no run has both."""
    complete = all(headline_metrics(Scores(each.run.scores)) == HEADLINE for each in shown)
    metric = "f1" if complete else "recall"
    found = [point for each in shown if (point := _point(each, metric)) is not None][:SYSTEMS_SHOWN]
    if not found:
        return None
    figure, axes = plain(height=3.0, legend_rows=-(-len(found) // 2))
    axes.set(ylim=(0, 1))
    time_axis(axes, [median for _, median, _ in found])
    _best(axes, found)
    for place, point in enumerate(found):
        _draw(axes, point, colour=COLOURS[place], marker=MARKERS[place])
    axes.set_xlabel("median latency, milliseconds per dialogue", color=MUTED, fontsize=9)
    axes.set_ylabel(metric_title(metric), color=MUTED, fontsize=9)
    legend(figure, axes, columns=2)
    return figure


def _point(shown: Shown, metric: str) -> _Point | None:
    score, median = Scores(shown.run.scores).get(metric), shown.run.latency.get("p50_ms")
    if score is None or score.value is None or not median:
        return None
    return label(shown.run.name), median, score


def _best(axes: Axes, found: Sequence[_Point]) -> None:
    """The steps over the points that nothing is at once quicker and better than."""
    reached: list[tuple[float, float]] = []
    for _, median, score in sorted(found, key=lambda point: (point[1], -(point[2].value or 0.0))):
        if not reached or (score.value or 0.0) > reached[-1][1]:
            reached.append((median, score.value or 0.0))
    if len(reached) > 1:
        xs, ys = zip(*reached, strict=True)
        axes.plot(xs, ys, drawstyle="steps-post", color=INK, linewidth=1, linestyle=(0, (4, 3)), label="frontier")


def _draw(axes: Axes, point: _Point, *, colour: str, marker: str) -> None:
    name, median, score = point
    if score.low is not None and score.high is not None:
        axes.vlines(median, score.low, score.high, color=colour, linewidth=1.6, zorder=3)
    points(axes, [median], [score.value or 0.0], colour=colour, marker=marker, label=name, size=8)
