"""Forest plot: precision, recall and F1 with their intervals, by kind and language, or system by system."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from evals.report.figures.canvas import COLOURS, MARKERS, MUTED, Shown, dots, label, legend, rows
from evals.report.tables import KIND_SLICES, Scores, best_floor, headline_metrics, worst_labels
from evals.report.wording import metric_title, slice_title
from evals.results import Run, Score

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

FLOOR_LABEL = "best know-nothing control"
_LANGUAGES_SHOWN = 6

_Row = tuple[str, Run, str]  # its name, and the run and slice it shows


def forest(shown: Sequence[Shown]) -> Figure | None:
    """One run by slice, several runs by name; None where no value is defined."""
    runs = [each.run for each in shown]
    metrics = [metric for metric in _headline(runs) if not metric.endswith("_per_dialogue")]
    candidates = _slices(runs[0], metrics) if len(runs) == 1 else [(run.name, run, "all") for run in runs]
    lines = [row for row in candidates if any(_value(_score(row, metric)) is not None for metric in metrics)]
    if not lines:
        return None
    figure, axes = rows([label(name) for name, _, _ in lines], row_height=0.2 * len(metrics) + 0.12)
    floor_label = FLOOR_LABEL
    for place, metric in enumerate(metrics):
        offset = (place - (len(metrics) - 1) / 2) * 0.24
        marks = [(at + offset, _score(row, metric)) for at, row in enumerate(lines)]
        dots(axes, marks, colour=COLOURS[place], marker=MARKERS[place], label=metric_title(metric))
        best = [(at + offset, best_floor(run, metric, part)) for at, (_, run, part) in enumerate(lines)]
        floors = [(y, floor[1]) for y, floor in best if floor]
        _floors(axes, floors, label=floor_label)
        floor_label = "" if floors else floor_label  # one entry in the legend stands for all of them
    legend(figure, axes, columns=len(metrics) + 1, last=FLOOR_LABEL)
    return figure


def labels(shown: Sequence[Shown]) -> Figure | None:
    """The weakest labels of the first run with their intervals."""
    scores = Scores(shown[0].run.scores)
    worst = worst_labels(scores)
    if not worst:
        return None
    names = [label(f"{slice_title(score.slice)} ({score.dialogues})") for score in worst]
    figure, axes = rows(names, row_height=0.27, legend_rows=1)
    title = metric_title(worst[0].metric)
    dots(axes, list(enumerate(worst)), colour=COLOURS[0], marker="o", label=f"{title} (dialogues in brackets)")
    overall = scores.get(worst[0].metric)
    if overall is not None and overall.value is not None:
        axes.axvline(overall.value, color=MUTED, linewidth=1, linestyle=(0, (4, 3)), zorder=1, label=f"{title} overall")
    legend(figure, axes, columns=2)
    return figure


def _headline(runs: Sequence[Run]) -> Sequence[str]:
    """The headline of the run with the least: recall and its company as soon as one run has no precision."""
    headlines = [headline_metrics(Scores(run.scores)) for run in runs]
    return min(headlines, key=lambda headline: headline.count("precision"))


def _slices(run: Run, metrics: Sequence[str]) -> list[_Row]:
    languages = Scores(run.scores).slices("language", metrics)
    names = [*KIND_SLICES, *(languages[:_LANGUAGES_SHOWN] if len(languages) > 1 else ())]
    return [(slice_title(name), run, name) for name in names]


def _score(row: _Row, metric: str) -> Score | None:
    return Scores(row[1].scores).get(metric, row[2])


def _floors(axes: Axes, floors: Sequence[tuple[float, Score]], *, label: str) -> None:
    values = [score.value for _, score in floors if score.value is not None]
    heights = [y for y, _ in floors]
    if values:
        name = label or "_none"
        axes.plot(
            values,
            heights,
            linestyle="none",
            marker="x",
            markersize=5,
            color=MUTED,
            label=name,
            clip_on=False,
            zorder=3,
        )


def _value(score: Score | None) -> float | None:
    return None if score is None else score.value
