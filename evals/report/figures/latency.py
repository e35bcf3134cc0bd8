"""Latency: the share of dialogues answered within a time, and a ladder of percentiles with their intervals."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from evals.report.figures.canvas import (
    COLOURS,
    MARKERS,
    MUTED,
    PAPER,
    SYSTEMS_SHOWN,
    WIDTH,
    Shown,
    dress,
    label,
    legend,
    points,
    time_axis,
)
from evals.scoring.latency import PERCENTILES

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_HEIGHT = 2.4  # inches of either chart
FASTEST_MS = 1e-3  # a logarithmic axis has no zero
_STEPS = 200  # points of a curve: what the eye can tell apart


def latency(shown: Sequence[Shown]) -> Figure | None:
    """Two charts over one axis of time; None where no run measured anything."""
    from matplotlib.figure import Figure

    measured = [each for each in shown if len(each.tally.latencies_ms)][:SYSTEMS_SHOWN]
    if not measured:
        return None
    top, gap, bottom, left = 0.16 + 0.24 * -(-len(measured) // 2), 0.35, 0.5, 0.62
    whole = top + 2 * _HEIGHT + gap + bottom
    figure = Figure(figsize=(WIDTH, whole), facecolor=PAPER)
    width = 1 - (left + 0.2) / WIDTH
    ladder = figure.add_axes((left / WIDTH, bottom / whole, width, _HEIGHT / whole))
    curve = figure.add_axes((left / WIDTH, (bottom + _HEIGHT + gap) / whole, width, _HEIGHT / whole), sharex=ladder)
    for place, each in enumerate(measured):
        _curve(curve, each, colour=COLOURS[place], marker=MARKERS[place])
        _ladder(ladder, each, colour=COLOURS[place], marker=MARKERS[place], offset=_offset(place, len(measured)))
    _axes(curve, ladder, [end(each.tally.latencies_ms) for each in measured for end in (_shortest, max)])
    legend(figure, curve, columns=2)
    return figure


def _shortest(latencies_ms: Sequence[float]) -> float:
    return max(min(latencies_ms), FASTEST_MS)


def _axes(curve: Axes, ladder: Axes, times_ms: Sequence[float]) -> None:
    for axes in (curve, ladder):
        dress(axes)
        time_axis(axes, times_ms)
    curve.set(ylim=(0, 1.02))
    curve.set_ylabel("answered within", color=MUTED, fontsize=9)
    ladder.set_ylim(len(PERCENTILES) - 0.5, -0.5)
    ladder.set_yticks(range(len(PERCENTILES)), [f"p{share * 100:g}" for share, _ in PERCENTILES.values()])
    ladder.set_xlabel("milliseconds per dialogue", color=MUTED, fontsize=9)


def _curve(axes: Axes, shown: Shown, *, colour: str, marker: str) -> None:
    ordered = sorted(shown.tally.latencies_ms)
    n = len(ordered)
    ranks = sorted({min(n - 1, round(step * (n - 1) / _STEPS)) for step in range(_STEPS + 1)})
    times, shares = [max(ordered[rank], FASTEST_MS) for rank in ranks], [(rank + 1) / n for rank in ranks]
    name = f"{label(shown.run.name)} (n {n:,})"
    every = max(1, len(ranks) // 6)
    axes.plot(
        times,
        shares,
        drawstyle="steps-post",
        color=colour,
        linewidth=1.6,
        marker=marker,
        markevery=every,
        markersize=5,
        label=name,
    )


def _ladder(axes: Axes, shown: Shown, *, colour: str, marker: str, offset: float) -> None:
    """Only percentiles with ten samples beyond them, each with its order-statistic interval."""
    import numpy as np

    from evals.scoring.quantiles import quantile

    samples = np.maximum(np.asarray(shown.tally.latencies_ms, dtype=float), FASTEST_MS)
    for row, (share, fewest) in enumerate(PERCENTILES.values()):
        if len(samples) < fewest:
            continue
        found = quantile(samples, share)
        if found.low is not None and found.high is not None:
            axes.hlines(row + offset, found.low, found.high, color=colour, linewidth=1.6, zorder=3)
        points(axes, [found.value or 0.0], [row + offset], colour=colour, marker=marker, label="_none")


def _offset(place: int, count: int) -> float:
    return (place - (count - 1) / 2) * min(0.2, 0.8 / count)
