"""Heat map of categories: every label of the data against metrics, or against systems."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from evals.report.figures.canvas import INK, PAPER, WIDTH, Shown, columns, label
from evals.report.tables import Scores, headline_metrics
from evals.report.wording import metric_title, slice_title
from evals.results import Score

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

LABELS_SHOWN = 30  # the commonest
_SYSTEMS = 8
_ROW = 0.27  # inches

_Column = tuple[str, Scores, str]  # its name, and the scores and metric it shows


def heatmap(shown: Sequence[Shown]) -> Figure | None:
    """One run by metric, several runs by name; darker is lower, what is not defined is hatched."""
    columns_of = _metrics(shown[0]) if len(shown) == 1 else _systems(shown[:_SYSTEMS])
    names = _commonest(shown[0])
    grid = [[scores.get(metric, name) for _, scores, metric in columns_of] for name in names]
    lines = [(name, row) for name, row in zip(names, grid, strict=True) if any(_is_defined(score) for score in row)]
    if not lines:
        return None
    figure, axes = _canvas([label(slice_title(name)) for name, _ in lines], [title for title, _, _ in columns_of])
    for y, (_, row) in enumerate(lines):
        for x, score in enumerate(row):
            _cell(axes, x, y, score)
    return figure


def _metrics(shown: Shown) -> list[_Column]:
    scores = Scores(shown.run.scores)
    rates = [metric for metric in headline_metrics(scores) if not metric.endswith("_per_dialogue")]
    return [(metric_title(metric), scores, metric) for metric in rates]


def _systems(shown: Sequence[Shown]) -> list[_Column]:
    every = [Scores(each.run.scores) for each in shown]
    metric = "f1" if all("f1" in headline_metrics(scores) for scores in every) else "recall"
    names = (label(each.run.name, limit=16) for each in shown)
    return [(name, scores, metric) for name, scores in zip(names, every, strict=True)]


def _commonest(shown: Shown) -> list[str]:
    scores = Scores(shown.run.scores)
    sizes = {name: _dialogues(scores, name) for name in scores.slices("label", ("recall", "precision", "f1"))}
    kept = sorted(sizes, key=lambda name: (-sizes[name], name))[:LABELS_SHOWN]
    return sorted(kept, key=lambda name: (_height(scores, name), name))


def _dialogues(scores: Scores, name: str) -> int:
    return max(found.dialogues for metric in ("recall", "precision", "f1") if (found := scores.get(metric, name)))


def _height(scores: Scores, name: str) -> float:
    score = scores.get("f1", name) or scores.get("recall", name)
    return 2.0 if score is None or score.value is None else score.value


def _is_defined(score: Score | None) -> bool:
    return score is not None and score.value is not None


def _canvas(rows: Sequence[str], titles: Sequence[str]) -> tuple[Figure, Axes]:
    from matplotlib.figure import Figure

    left = 0.24 + 0.082 * max(map(columns, rows))
    top = 0.3 if max(map(columns, titles)) * len(titles) < 42 else 1.2
    height = top + _ROW * len(rows) + 0.15
    figure = Figure(figsize=(WIDTH, height), facecolor=PAPER)
    bounds = (left / WIDTH, 0.15 / height, 1 - (left + 0.2) / WIDTH, _ROW * len(rows) / height)
    axes = figure.add_axes(bounds)
    axes.set(xlim=(-0.5, len(titles) - 0.5), ylim=(len(rows) - 0.5, -0.5))
    axes.set_yticks(range(len(rows)), rows, color=INK)
    axes.set_xticks(range(len(titles)), titles, color=INK)
    axes.tick_params(length=0, pad=5, top=False, labeltop=True, labelbottom=False)
    if top > 1:
        axes.tick_params(axis="x", labelrotation=60)
    for side in ("top", "right", "bottom", "left"):
        axes.spines[side].set_visible(False)
    return figure, axes


def _cell(axes: Axes, x: int, y: int, score: Score | None) -> None:
    """Colours of cividis, which keep their order for colour-blind eyes and in grey; the number stands in each."""
    from matplotlib import colormaps
    from matplotlib.patches import Rectangle

    corner = (x - 0.5, y - 0.5)
    if score is None or score.value is None:
        axes.add_patch(Rectangle(corner, 1, 1, facecolor="none", edgecolor="#9aa3ac", hatch="////", linewidth=0))
        return
    value = min(max(score.value, 0.0), 1.0)
    axes.add_patch(Rectangle(corner, 1, 1, facecolor=colormaps["cividis"](value), edgecolor=PAPER, linewidth=1))
    colour = "#ffffff" if value < 0.55 else "#111418"
    axes.text(x, y, f"{score.value:.2f}", ha="center", va="center", fontsize=8, color=colour)
