"""Outcomes as stacked bars: what became of every memory, by kind or system by system."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from evals.report.figures.canvas import MUTED, PAPER, Shown, label, legend, rows
from evals.report.tally import GOLD_STATES, PREDICTION_STATES
from evals.report.wording import STATE_SIGNS, slice_title, state_title

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

# The same colours as in the page; the one without a colour is hatched.
STATE_COLOURS = {
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
_ON_DARK = {"forbidden", "invalid", "duplicate"}

_Bar = tuple[str, Mapping[str, int], Sequence[str]]  # its name, how many in each state, the order of states


def outcomes(shown: Sequence[Shown]) -> Figure | None:
    """One run by kind and side, several runs by name and side; None where there is no memory."""
    bars = [bar for bar in (_by_kind(shown[0]) if len(shown) == 1 else _by_system(shown)) if sum(bar[1].values())]
    if not bars:
        return None
    present = {state for _, counts, _ in bars for state, n in counts.items() if n}
    names = [label(name, limit=34) for name, _, _ in bars]
    figure, axes = rows(names, row_height=0.34, legend_rows=-(-len(present) // 3))
    labelled: set[str] = set()
    for row, (_, counts, order) in enumerate(bars):
        _stacked(axes, row, counts, order, labelled)
    axes.set_xlabel("share of the memories", color=MUTED, fontsize=9)
    legend(figure, axes, columns=3)
    return figure


def _by_kind(shown: Shown) -> list[_Bar]:
    nothing: Counter[str] = Counter()
    return [
        (f"{slice_title(f'kind={kind}')}, {side}", shown.tally.states[side].get(kind, nothing), order)
        for kind in shown.tally.kinds()
        for side, order in (("predicted", PREDICTION_STATES), ("gold", GOLD_STATES))
    ]


def _by_system(shown: Sequence[Shown]) -> list[_Bar]:
    return [
        (f"{label(each.run.name, limit=22)}, {side}", sum(each.tally.states[side].values(), Counter()), order)
        for each in shown
        for side, order in (("predicted", PREDICTION_STATES), ("gold", GOLD_STATES))
    ]


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
            facecolor=STATE_COLOURS[state],
            linewidth=0 if is_open else 1,
            edgecolor=_HATCH if is_open else PAPER,
            hatch="////" if is_open else None,
            label=_once(f"{STATE_SIGNS[state]} {state_title(state)}", labelled),
        )
        if share >= 0.05:
            colour = "#ffffff" if state in _ON_DARK else "#111418"
            middle = left + share / 2
            axes.text(middle, row, str(counts[state]), ha="center", va="center", fontsize=8.5, color=colour)
        left += share


def _once(name: str, labelled: set[str]) -> str:
    if name in labelled:
        return "_none"
    labelled.add(name)
    return name
