"""Draws the figures of a report with matplotlib: deterministic SVG, ASCII labels, no global state."""

from __future__ import annotations

import io
import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

from evals.report.tables import KIND_SLICES, Scores, best_floor, headline_metrics, worst_labels
from evals.report.tally import GOLD_STATES, PREDICTION_STATES, Tally
from evals.report.untrusted import ascii_label
from evals.report.wording import has_open_items, metric_title, slice_title, state_title
from evals.types import Run, Score

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

INK, MUTED, LINE, PAPER = "#1c2024", "#626a73", "#d9dce1", "#fffffe"
TITLES = {
    "scores": "Scores with 95 % intervals by kind and language",
    "states": "What became of every memory",
    "labels": "The weakest labels with 95 % intervals",
}

FLOOR_LABEL = "best know-nothing control"

# Okabe and Ito's palette, which stays apart for colour-blind eyes; the paler half carries hatching as well.
_METRIC_COLOURS = ("#0072b2", "#009e73", "#d55e00")
_MARKERS = ("o", "s", "D")
_STATE_COLOURS = {
    "correct": "#009e73",
    "found": "#009e73",
    "partial": "#56b4e9",
    "duplicate": "#0072b2",
    "extra_grounded": "#b8c4ce",
    "value_error": "#e69f00",
    "wrong_value": "#e69f00",
    "hallucinated": "#d55e00",
    "missed": "#cc79a7",
    "forbidden": "#5b2a86",
    "invalid": "#4d5358",
    "unjudged": "#eceef1",
}
_HATCH = "#9aa3ac"
_LANGUAGES_SHOWN = 6
_WIDTH = 5.4  # inches: wide enough to read on a desk, narrow enough for a telephone
_CSS_COLOURS = {INK: "var(--ink)", MUTED: "var(--muted)", LINE: "var(--line)", PAPER: "none"}


def figures(run: Run, tally: Tally) -> dict[str, str]:
    """Every figure there is data for, as SVG text by name."""
    with _settings():
        drawn = {name: draw(run, tally) for name, draw in _DRAWINGS.items()}
        return {name: _svg(figure, name) for name, figure in drawn.items() if figure is not None}


def png(run: Run, tally: Tally, name: str) -> bytes | None:
    """One figure as a PNG of 200 dots per inch, None where there is no data for it."""
    with _settings():
        figure = _DRAWINGS[name](run, tally)
        if figure is None:
            return None
        buffer = io.BytesIO()
        figure.savefig(buffer, format="png", dpi=200, metadata={"Software": None})
        return buffer.getvalue()


def inline(svg: str) -> str:
    """An SVG of ours to stand inside an HTML page: no prologue, colours that follow the page's theme."""
    body = svg[svg.index("<svg") :]
    for colour, replacement in _CSS_COLOURS.items():
        body = body.replace(colour, replacement)
    return body.replace("<svg ", '<svg aria-hidden="true" ', 1)


@contextmanager
def _settings() -> Iterator[None]:
    """Our own settings, whatever a user's matplotlibrc says."""
    import matplotlib as mpl

    with mpl.rc_context():
        mpl.rcdefaults()
        mpl.rcParams.update(
            {
                "svg.fonttype": "none",  # text stays text: small, selectable, drawn in the reader's font
                "svg.hashsalt": "memory-evals",
                "font.family": ["DejaVu Sans"],
                "font.size": 10,
                "text.parse_math": False,
                "hatch.linewidth": 0.6,
            }
        )
        yield


def _svg(figure: Figure, name: str) -> str:
    buffer = io.StringIO()
    figure.savefig(buffer, format="svg", metadata={"Date": None, "Creator": None, "Format": None, "Type": None})
    text = re.sub(r' id="[A-Za-z0-9.]+_\d+"', "", buffer.getvalue())  # never referred to, not unique in a page
    text = re.sub(r'(id="|#)([mph][0-9a-f]{10})\b', rf"\1{name}-\2", text)  # these are: markers, clips, hatches
    return re.sub(r"[ \t]+$", "", text, flags=re.M)


def _scores(run: Run) -> Figure | None:
    scores = Scores(run.scores)
    metrics = [metric for metric in headline_metrics(scores) if not metric.endswith("_per_dialogue")]
    languages = scores.slices("language", metrics)
    names = [*KIND_SLICES, *(languages[:_LANGUAGES_SHOWN] if len(languages) > 1 else ())]
    rows = [name for name in names if any(_value(scores.get(metric, name)) is not None for metric in metrics)]
    if not rows:
        return None
    figure, axes = _canvas([ascii_label(slice_title(name)) for name in rows], row_height=0.2 * len(metrics) + 0.12)
    floor_label = FLOOR_LABEL
    for place, metric in enumerate(metrics):
        offset = (place - (len(metrics) - 1) / 2) * 0.24
        marks = [(row + offset, scores.get(metric, name)) for row, name in enumerate(rows)]
        _dots(axes, marks, colour=_METRIC_COLOURS[place], marker=_MARKERS[place], label=metric_title(metric))
        best = [(row + offset, best_floor(run, metric, name)) for row, name in enumerate(rows)]
        floors = [(y, floor[1]) for y, floor in best if floor]
        _floors(axes, floors, label=floor_label)
        floor_label = "" if floors else floor_label  # one entry in the legend stands for all of them
    _legend(figure, axes, columns=len(metrics) + 1)
    return figure


def _states(tally: Tally) -> Figure | None:
    no_counts: Counter[str] = Counter()
    bars = [
        (f"{slice_title(f'kind={kind}')}, {side}", tally.states[side].get(kind, no_counts), order)
        for kind in tally.kinds()
        for side, order in (("predicted", PREDICTION_STATES), ("gold", GOLD_STATES))
    ]
    bars = [bar for bar in bars if sum(bar[1].values())]
    if not bars:
        return None
    present = {state for _, counts, _ in bars for state, n in counts.items() if n}
    legend_rows = -(-len(present) // 3)
    names = [ascii_label(name, limit=34) for name, _, _ in bars]
    figure, axes = _canvas(names, row_height=0.34, legend_rows=legend_rows)
    labelled: set[str] = set()
    for row, (_, counts, order) in enumerate(bars):
        _stacked(axes, row, counts, order, labelled)
    axes.set_xlabel("share of the memories", color=MUTED, fontsize=9)
    _legend(figure, axes, columns=3)
    return figure


def _labels(run: Run) -> Figure | None:
    worst = worst_labels(Scores(run.scores))
    if not worst:
        return None
    names = [ascii_label(f"{slice_title(score.slice)} ({score.dialogues})") for score in worst]
    figure, axes = _canvas(names, row_height=0.27, legend_rows=1)
    title = metric_title(worst[0].metric)
    _dots(axes, list(enumerate(worst)), colour=_METRIC_COLOURS[0], marker="o", label=f"{title} (dialogues in brackets)")
    overall = Scores(run.scores).get(worst[0].metric)
    if overall is not None and overall.value is not None:
        axes.axvline(overall.value, color=MUTED, linewidth=1, linestyle=(0, (4, 3)), zorder=1, label=f"{title} overall")
    _legend(figure, axes, columns=2)
    return figure


def _canvas(names: Sequence[str], *, row_height: float, legend_rows: int = 1) -> tuple[Figure, Axes]:
    """An empty chart with one named row each, from 0 to 1, margins in inches so that no layout engine is needed."""
    from matplotlib.figure import Figure

    top, bottom = 0.16 + 0.24 * legend_rows, 0.52
    left = 0.24 + 0.082 * max(map(len, names))
    height = top + bottom + row_height * len(names)
    figure = Figure(figsize=(_WIDTH, height), facecolor=PAPER)
    axes = figure.add_axes((left / _WIDTH, bottom / height, 1 - (left + 0.2) / _WIDTH, 1 - (top + bottom) / height))
    axes.set_facecolor("none")
    axes.set(xlim=(0, 1), ylim=(len(names) - 0.5, -0.5))
    axes.set_yticks(range(len(names)), names, color=INK)
    axes.set_xticks([0, 0.2, 0.4, 0.6, 0.8, 1], ["0", "0.2", "0.4", "0.6", "0.8", "1"], color=MUTED)
    axes.tick_params(length=0, pad=6)
    axes.grid(axis="x", color=LINE, linewidth=0.8)
    axes.set_axisbelow(True)
    for side in ("top", "right", "bottom", "left"):
        axes.spines[side].set_visible(False)
    return figure, axes


def _dots(axes: Axes, marks: Sequence[tuple[float, Score | None]], *, colour: str, marker: str, label: str) -> None:
    """A mark a value, its interval as a line, and what unjudged items could make of it as a pale band."""
    shown = [(y, score) for y, score in marks if score is not None and score.value is not None]
    for y, score in shown:
        if has_open_items(score):
            axes.hlines(
                y, score.bound_low or 0.0, score.bound_high or 0.0, color=colour, linewidth=7, alpha=0.18, zorder=2
            )
        if score.low is not None and score.high is not None:
            axes.hlines(y, score.low, score.high, color=colour, linewidth=1.6, zorder=3)
    values = [score.value for _, score in shown if score.value is not None]
    heights = [y for y, _ in shown]
    axes.plot(
        values,
        heights,
        linestyle="none",
        marker=marker,
        markersize=6,
        color=colour,
        markeredgecolor=PAPER,
        label=label,
        clip_on=False,
        zorder=4,
    )


def _floors(axes: Axes, floors: Sequence[tuple[float, Score]], *, label: str) -> None:
    values = [score.value for _, score in floors if score.value is not None]
    heights = [y for y, _ in floors]
    if values:
        axes.plot(
            values,
            heights,
            linestyle="none",
            marker="x",
            markersize=5,
            color=MUTED,
            label=label or "_none",
            clip_on=False,
            zorder=3,
        )


def _stacked(axes: Axes, row: int, counts: Mapping[str, int], order: Sequence[str], labelled: set[str]) -> None:
    total, left = sum(counts.values()), 0.0
    for state in order:
        share = counts.get(state, 0) / total
        if not share:
            continue
        is_open = state == "unjudged"
        axes.barh(
            row,
            share,
            left=left,
            height=0.66,
            facecolor=_STATE_COLOURS[state],
            linewidth=0 if is_open else 1,
            edgecolor=_HATCH if is_open else PAPER,
            hatch="////" if is_open else None,
            label=_once(state_title(state), labelled),
        )
        if share >= 0.05:
            dark = state in {"forbidden", "invalid", "duplicate"}
            axes.text(
                left + share / 2,
                row,
                str(counts[state]),
                ha="center",
                va="center",
                fontsize=8.5,
                color="#ffffff" if dark else "#111418",
            )
        left += share


def _once(label: str, labelled: set[str]) -> str:
    if label in labelled:
        return "_none"
    labelled.add(label)
    return label


def _legend(figure: Figure, axes: Axes, *, columns: int) -> None:
    handles, labels = axes.get_legend_handles_labels()
    order = sorted(range(len(labels)), key=lambda place: labels[place] == FLOOR_LABEL)  # after the system's own marks
    figure.legend(
        [handles[place] for place in order],
        [labels[place] for place in order],
        loc="upper left",
        bbox_to_anchor=(0.01, 1.0),
        ncols=columns,
        frameon=False,
        labelcolor=INK,
        fontsize=9,
        handlelength=1.1,
        handletextpad=0.5,
        columnspacing=1.3,
        borderaxespad=0.3,
    )


def _value(score: Score | None) -> float | None:
    return None if score is None else score.value


_DRAWINGS: dict[str, Callable[[Run, Tally], Figure | None]] = {
    "scores": lambda run, _: _scores(run),
    "states": lambda _, tally: _states(tally),
    "labels": lambda run, _: _labels(run),
}
