"""The figures of a bench: times and percentiles, the course of its window, its steps, and what length costs."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from evals.report.figures.canvas import (
    COLOURS,
    LINE,
    MARKERS,
    MUTED,
    PAPER,
    WIDTH,
    dress,
    legend,
    plain,
    points,
    settings,
    svg,
    time_axis,
)
from evals.results import Run
from evals.scoring.latency import PERCENTILES

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

Columns = Mapping[str, NDArray[Any]]

TITLES = {
    "ecdf": "Share of requests answered within a time",
    "ladder": "Percentiles, as far as there are ten requests beyond them",
    "timeline": "The window second by second: rates, latency and requests in flight",
    "rate": "Latency against the rate answered, step by step",
    "tokens": "Service time against input tokens",
    "frontier": "Quality against latency under load, step by step",
}
_CURVE = 300  # points of a curve: what the eye can tell apart
_CLOUD = 1500  # dots of a cloud
_BINS = 60
_ONE_SIZE = 8  # times the smallest: a larger spread is drawn on a logarithmic axis
_SHORTEST_MS = 1e-3  # a logarithmic axis has no zero
_TIMES = {"total_ms": "total", "service_ms": "service", "wait_ms": "wait"}


def bench_figures(run: Run, samples: Columns) -> dict[str, str]:
    """Every figure there is data for, as SVG text by name; `samples` are what `read_samples` reads."""
    window = {name: column[samples["window"]] for name, column in samples.items()}
    with settings():
        drawn = {name: draw(run, window) for name, draw in _DRAWINGS.items()}
        return {name: svg(figure, f"bench-{name}") for name, figure in drawn.items() if figure is not None}


def _ecdf(_run: Run, samples: Columns) -> Figure | None:
    kept = _single(samples)
    if kept is None:
        return None
    figure, axes = plain(height=2.6)
    curves = {"total_ms": kept["total_ms"], "service_ms": kept["service_ms"][~np.isnan(kept["service_ms"])]}
    for place, (name, values) in enumerate(curves.items()):
        if len(values):
            ordered = np.maximum(np.sort(values), _SHORTEST_MS)
            at = np.unique(np.linspace(0, len(ordered) - 1, _CURVE).astype(int))
            axes.plot(ordered[at], (at + 1) / len(ordered), color=COLOURS[place], label=_TIMES[name], linewidth=1.6)
    time_axis(axes, [max(_SHORTEST_MS, float(kept["total_ms"].min())), float(kept["total_ms"].max())])
    axes.set(ylim=(0, 1.02))
    _name(axes, x="milliseconds", y="answered within")
    legend(figure, axes, columns=3)
    return figure


def _ladder(_run: Run, samples: Columns) -> Figure | None:
    kept = _single(samples)
    if kept is None or len(kept["total_ms"]) < 20:
        return None
    figure, axes = plain(height=2.6)
    beyond = np.logspace(np.log10(0.5), np.log10(max(10 / len(kept["total_ms"]), 1e-4)), 80)
    for place, (name, title) in enumerate(_TIMES.items()):
        values = kept[name][~np.isnan(kept[name])]
        if len(values):
            heights = np.maximum(np.quantile(values, 1 - beyond, method="inverted_cdf"), _SHORTEST_MS)
            axes.plot(-np.log10(beyond), heights, color=COLOURS[place], label=title, linewidth=1.6)
    ticks = [share for share, _ in PERCENTILES.values() if 1 - share >= beyond[-1] * 0.999]
    axes.set_xticks([-np.log10(1 - share) for share in ticks], [f"p{share * 100:g}" for share in ticks])
    axes.grid(color=LINE, linewidth=0.8)
    _heights(axes)
    _name(axes, x="percentile", y="milliseconds")
    legend(figure, axes, columns=3)
    return figure


def _timeline(_run: Run, samples: Columns) -> Figure | None:
    """Three charts over one axis of time."""
    from matplotlib.figure import Figure

    if len(samples["total_ms"]) < 2 or len(np.unique(samples["step"])) > 1:
        return None
    top, bottom, gap, each, left = 0.4, 0.5, 0.18, 1.15, 0.62
    whole = top + bottom + 3 * each + 2 * gap
    figure = Figure(figsize=(WIDTH, whole), facecolor=PAPER)
    width = 1 - (left + 0.2) / WIDTH
    charts = [
        figure.add_axes((left / WIDTH, (bottom + place * (each + gap)) / whole, width, each / whole))
        for place in range(3)
    ]
    for axes in charts:
        dress(axes)
        axes.grid(color=LINE, linewidth=0.8)
        axes.set_xlim(0, _seconds(samples).max())
    _flying(charts[0], samples)
    _latency_in_time(charts[1], samples)
    _rates(charts[2], samples)
    for axes in charts[1:]:
        axes.tick_params(labelbottom=False)
    charts[0].set_xlabel("seconds of the window", color=MUTED, fontsize=9)
    legend(figure, charts[2], columns=3)
    return figure


def _rates(axes: Axes, samples: Columns) -> None:
    began = _seconds(samples)
    ended = began + samples["total_ms"] / 1e3
    failed = samples["failed"]
    edges = np.linspace(0, began.max() + 1e-9, _bins(began) + 1)
    width = edges[1] - edges[0]
    for place, (title, moments) in enumerate(
        {"sent": began, "answered": ended[~failed], "failed": ended[failed]}.items()
    ):
        if len(moments):
            counts = np.histogram(moments, edges)[0] * samples["stands_for"][0] / width
            axes.plot(_middles(edges), counts, color=COLOURS[place], label=title, linewidth=1.4)
    axes.set_ylim(bottom=0)
    axes.set_ylabel("a second", color=MUTED, fontsize=9)


def _latency_in_time(axes: Axes, samples: Columns) -> None:
    began = _seconds(samples)
    edges = np.linspace(0, began.max() + 1e-9, _bins(began) + 1)
    bins = np.digitize(began, edges) - 1
    for place, (share, title) in enumerate(((0.5, "p50"), (0.95, "p95"))):
        found = [
            (middle, np.quantile(samples["total_ms"][bins == number], share))
            for number, middle in enumerate(_middles(edges))
            if np.any(bins == number)
        ]
        axes.plot(*zip(*found, strict=True), color=COLOURS[place], linewidth=1.4)
        axes.annotate(title, found[-1], color=COLOURS[place], fontsize=8, ha="right", va="bottom")
    _heights(axes)
    axes.set_ylabel("ms", color=MUTED, fontsize=9)


def _flying(axes: Axes, samples: Columns) -> None:
    began = np.sort(_seconds(samples))
    ended = np.sort(_seconds(samples) + samples["total_ms"] / 1e3)
    at = np.linspace(0, began.max(), 4 * _BINS)
    flying = np.searchsorted(began, at, side="right") - np.searchsorted(ended, at, side="right")
    axes.plot(at, flying * samples["stands_for"][0], color=COLOURS[0], linewidth=1.4)
    axes.set_ylim(bottom=0)
    axes.set_ylabel("in flight", color=MUTED, fontsize=9)


def _rate(run: Run, _samples: Columns) -> Figure | None:
    load = run.load or {}
    steps = [step for step in load.get("steps") or () if step["latency"].get("p50_ms") and step["throughput_rps"]]
    if len(steps) < 2 or load.get("interleaved"):
        return None
    figure, axes = plain(height=2.8)
    for place, name in enumerate(("p50_ms", "p95_ms", "p99_ms")):
        known = sorted((s["throughput_rps"], s["latency"][name]) for s in steps if s["latency"][name] is not None)
        if known:
            xs, ys = zip(*known, strict=True)
            axes.plot(xs, ys, color=COLOURS[place], linewidth=1.0, alpha=0.5)
            points(axes, xs, ys, colour=COLOURS[place], marker=MARKERS[place], label=name.removesuffix("_ms"))
    if limit := (load.get("search") or {}).get("slo_ms"):
        axes.axhline(limit, color=MUTED, linewidth=1, linestyle=(0, (4, 3)), label="limit")
    axes.set_xlim(left=0)
    axes.grid(color=LINE, linewidth=0.8)
    _heights(axes)
    _name(axes, x="answered a second", y="milliseconds")
    legend(figure, axes, columns=4)
    return figure


def _tokens(run: Run, samples: Columns) -> Figure | None:
    kept = _single(samples)
    line = (run.load or {}).get("per_token")
    if kept is None or not line:
        return None
    figure, axes = plain(height=2.6)
    at = np.unique(np.linspace(0, len(kept["total_ms"]) - 1, _CLOUD).astype(int))
    tokens = kept["input_tokens"]
    axes.scatter(tokens[at], kept["service_ms"][at], s=6, color=COLOURS[0], alpha=0.35, linewidths=0, label="a request")
    ends = np.array([tokens.min(), tokens.max()])
    heights = line["ms_at_zero"] + line["ms_per_1000_tokens"] * ends / 1000
    axes.plot(ends, heights, color=COLOURS[2], linewidth=1.4, label="least squares")
    axes.set_ylim(0, float(np.nanquantile(kept["service_ms"], 0.995)) * 1.15)
    axes.grid(color=LINE, linewidth=0.8)
    _name(axes, x="input tokens", y="milliseconds")
    legend(figure, axes, columns=2)
    return figure


def _frontier(run: Run, _samples: Columns) -> Figure | None:
    steps = [step for step in (run.load or {}).get("steps") or () if _quality(step) and step["latency"]["p50_ms"]]
    if not steps:
        return None
    figure, axes = plain(height=2.6)
    for place, step in enumerate(steps[: len(COLOURS)]):
        score, at = _quality(step) or {}, step["latency"]["p50_ms"]
        if score["low"] is not None:
            axes.vlines(at, score["low"], score["high"], color=COLOURS[place], linewidth=1.6)
        points(axes, [at], [score["value"]], colour=COLOURS[place], marker=MARKERS[place], label=str(step["name"]))
    time_axis(axes, [step["latency"]["p50_ms"] for step in steps])
    axes.set(ylim=(0, 1))
    _name(axes, x="p50, milliseconds", y="F1, or recall where there is none")
    legend(figure, axes, columns=4)
    return figure


def _quality(step: Mapping[str, Any]) -> dict[str, Any] | None:
    """F1 of a step, or recall where its gold is not complete."""
    found = step.get("quality") or {}
    known = (score for name in ("f1", "recall") if (score := found.get(name)) and score["value"] is not None)
    return next(known, None)


def _single(samples: Columns) -> Columns | None:
    """The answered requests of a bench of one step; None where there are several, whose mixture says nothing."""
    good = ~samples["failed"] & ~samples["cached"]
    if not np.any(good) or len(np.unique(samples["step"])) > 1:
        return None
    return {name: column[good] for name, column in samples.items()}


def _seconds(samples: Columns) -> NDArray[np.float64]:
    seconds: NDArray[np.float64] = samples["intended_s"] - samples["intended_s"].min()
    return seconds


def _bins(moments: NDArray[np.float64]) -> int:
    """So many that each holds a few requests, and no more than can be told apart."""
    return int(np.clip(len(moments) // 5, 1, _BINS))


def _middles(edges: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray(edges[:-1] + np.diff(edges) / 2, dtype=np.float64)


def _name(axes: Axes, *, x: str, y: str) -> None:
    axes.set_xlabel(x, color=MUTED, fontsize=9)
    axes.set_ylabel(y, color=MUTED, fontsize=9)


def _heights(axes: Axes) -> None:
    """An axis of milliseconds: from 0 where everything is of one size, logarithmic with plain numbers otherwise."""
    from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter

    low, high = axes.dataLim.intervaly
    if low <= 0 or high < _ONE_SIZE * low:
        axes.set_ylim(0, 1.15 * high)
        return
    axes.set_yscale("log")
    axes.yaxis.set_major_locator(LogLocator(subs=(1.0, 2.0, 5.0)))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,g}"))
    axes.yaxis.set_minor_formatter(NullFormatter())


_DRAWINGS: dict[str, Callable[[Run, Columns], Figure | None]] = {
    "ecdf": _ecdf,
    "ladder": _ladder,
    "timeline": _timeline,
    "rate": _rate,
    "tokens": _tokens,
    "frontier": _frontier,
}
