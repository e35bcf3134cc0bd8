"""The figures by name: each drawn from one run or several, as SVG for a page, as PNG, SVG or PDF for a paper."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from evals.report.figures.canvas import Shown, picture, settings, svg
from evals.report.figures.forest import forest, labels
from evals.report.figures.frontier import frontier
from evals.report.figures.heatmap import heatmap
from evals.report.figures.latency import latency
from evals.report.figures.outcomes import outcomes
from evals.report.figures.precision_recall import precision_recall
from evals.report.figures.trend import trend

if TYPE_CHECKING:
    from matplotlib.figure import Figure

FIGURES: dict[str, Callable[[Sequence[Shown]], Figure | None]] = {
    "forest": forest,
    "precision-recall": precision_recall,
    "outcomes": outcomes,
    "labels": labels,
    "heatmap": heatmap,
    "latency": latency,
    "frontier": frontier,
    "trend": trend,
}
TITLES = {
    "forest": "Scores with 95 % intervals by kind and language",
    "precision-recall": "Precision against recall by kind, over lines of equal F1",
    "outcomes": "What became of every memory",
    "labels": "The weakest labels with 95 % intervals",
    "latency": "Share of dialogues answered within a time, and percentiles with 95 % intervals",
}
IN_REPORT = tuple(TITLES)


def figures(shown: Shown) -> dict[str, str]:
    """The figures of a report there is data for, as SVG texts by name."""
    with settings():
        drawn = {name: FIGURES[name]([shown]) for name in IN_REPORT}
        return {name: svg(figure, name) for name, figure in drawn.items() if figure is not None}


def figure_file(shown: Sequence[Shown], name: str, format: str) -> bytes | None:
    """One figure over runs as the bytes of a file (png, svg or pdf), None where there is no data for it."""
    with settings():
        figure = FIGURES[name](shown)
        if figure is None:
            return None
        return svg(figure, name).encode() if format == "svg" else picture(figure, "pdf" if format == "pdf" else "png")
