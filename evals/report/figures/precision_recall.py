"""Precision against recall by kind, over lines of equal F1: whether a system says too little or too much."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from evals.report.figures.canvas import (
    COLOURS,
    LINE,
    MARKERS,
    MUTED,
    SYSTEMS_SHOWN,
    Shown,
    label,
    legend,
    plain,
    points,
)
from evals.report.tables import KIND_SLICES, Scores
from evals.report.wording import slice_title
from evals.results import Score

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_LEVELS = (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9)
_HEIGHT = 4.0

_Point = tuple[str, Score, Score]  # its name, precision, recall


def precision_recall(shown: Sequence[Shown]) -> Figure | None:
    """One run with a point a kind, several runs with a point each; None where no kind has both values."""
    series = _kinds(shown[0]) if len(shown) == 1 else [_point(each, "all", each.run.name) for each in shown]
    found = [point for point in series if point is not None][:SYSTEMS_SHOWN]
    if not found:
        return None
    figure, axes = plain(height=_HEIGHT, legend_rows=-(-len(found) // 2))
    axes.set(xlim=(0, 1), ylim=(0, 1))
    _equal_f1(axes)
    for place, point in enumerate(found):
        _draw(axes, point, colour=COLOURS[place], marker=MARKERS[place])
    axes.set_xlabel("recall", color=MUTED, fontsize=9)
    axes.set_ylabel("precision", color=MUTED, fontsize=9)
    legend(figure, axes, columns=2)
    return figure


def _kinds(shown: Shown) -> list[_Point | None]:
    return [_point(shown, name, slice_title(name)) for name in KIND_SLICES]


def _point(shown: Shown, slice: str, name: str) -> _Point | None:
    scores = Scores(shown.run.scores)
    precision, recall = scores.get("precision", slice), scores.get("recall", slice)
    if precision is None or recall is None or precision.value is None or recall.value is None:
        return None
    return label(name), precision, recall


def _equal_f1(axes: Axes) -> None:
    """P = F·R / (2R − F) for every R above F/2."""
    for level in _LEVELS:
        recalls = [level / (2 - level) + (1 - level / (2 - level)) * step / 100 for step in range(101)]
        axes.plot(recalls, [level * r / (2 * r - level) for r in recalls], color=LINE, linewidth=0.9, zorder=1)
        end = level / (2 - level)
        axes.text(1.005, end, f"{level:.1f}", color=MUTED, fontsize=7.5, va="center", clip_on=False)
    axes.text(1.005, 1.03, "F1", color=MUTED, fontsize=7.5, va="center", clip_on=False)


def _draw(axes: Axes, point: _Point, *, colour: str, marker: str) -> None:
    name, precision, recall = point
    x, y = recall.value or 0.0, precision.value or 0.0
    if precision.low is not None and precision.high is not None:
        axes.vlines(x, precision.low, precision.high, color=colour, linewidth=1.5, zorder=3)
    if recall.low is not None and recall.high is not None:
        axes.hlines(y, recall.low, recall.high, color=colour, linewidth=1.5, zorder=3)
    points(axes, [x], [y], colour=colour, marker=marker, label=name, size=8)
