"""What a comparison says, as tables and sentences that every format draws."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from evals.compare.changes import HARM, Change, What
from evals.compare.comparison import Comparison, Leaderboard
from evals.compare.delta import Delta, Mark
from evals.compare.latency import LatencyDelta
from evals.report.tables import Cell, Column, Table
from evals.report.wording import DASH, metric_title, number, slice_title
from evals.results import Run, Score
from evals.scoring.components import Components

DEFAULT_METRICS = (
    *("precision", "recall", "f1", "typed_f1", "many_to_many_f1"),
    *("unsupported_rate", "hallucination_rate", "value_error_rate", "duplicate_rate", "forbidden_count"),
    *("memories_per_dialogue", "parse_ok_rate", "error_rate", "unjudged_rate", "halumem_f1"),
)
NO_LOAD_TEST = "Latency of the calls the runs made; not a load test"
SLICE_METRICS = ("precision", "recall", "f1", "unsupported_rate")
MARKS: Mapping[Mark, str] = {
    "worse": "▼ worse",
    "better": "▲ better",
    "differs": "≠ differs",
    "within noise": "≈ within noise",
    "same": "= same",
    "newly failing": "✗ newly failing",
    "not comparable": "– not comparable",
}
CHANGED: Mapping[tuple[What, bool | None], str] = {
    ("gained", True): "gained",
    ("lost", False): "lost",
    ("type", False): "type now wrong",
    ("type", True): "type now right",
    ("kept", None): "kept",
    ("reworded", None): "reworded",
    ("unsettled", None): "not settled on one side",
    ("extra", False): "new, not in gold",
    ("extra", True): "gone, not in gold",
}
_FAULT = {
    "forbidden": "forbidden",
    "contradicted": "contradicts the user",
    "value_error": "wrong value",
    "polarity": "wrong polarity",
    "unsupported": "made up",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Sides:
    """The two runs and how they are called."""

    base: Run
    candidate: Run
    base_label: str
    candidate_label: str


def change_title(what: What, better: bool | None) -> str:
    """A sort of change for people: "wrong value" where it came, "wrong value gone" where it went."""
    if (what, better) in CHANGED:
        return CHANGED[what, better]
    name = _FAULT.get(what, what)
    return name if better is False else f"{name} gone" if better else f"{name} on both sides"


def delta_table(
    found: Iterable[Delta],
    sides: Sides,
    *,
    title: str,
    digits: int | None = None,
    about: str = "",
    narrow: bool = False,
) -> Table:
    """One row a metric and slice: both values, the difference with its interval, p, mark and what could be seen.

    `narrow` leaves out the last two columns, for a page of paper.
    """
    columns = (
        *(Column(title=name) for name in ("Metric", "Slice")),
        *(Column(title=name, kind="count") for name in (sides.base_label, sides.candidate_label, "Difference")),
        *(Column(title=name, kind="count") for name in ("95 % interval", "p")),
        Column(title="Mark"),
        *(Column(title=name, kind="count") for name in ("Detectable", "Dialogues")),
    )
    kept = len(columns) - 2 if narrow else len(columns)
    rows = tuple(_delta_row(each, digits)[:kept] for each in found)
    return Table(title=title, columns=columns[:kept], rows=rows, about=about)


def latency_table(found: Sequence[LatencyDelta], sides: Sides, *, title: str = NO_LOAD_TEST) -> Table:
    """One row a percentile: both sides in milliseconds and their ratio."""
    columns = (
        Column(title="Percentile"),
        *(Column(title=name, kind="count") for name in (f"{sides.base_label}, ms", f"{sides.candidate_label}, ms")),
        *(Column(title=name, kind="count") for name in ("Ratio", "95 % interval", "Calls")),
    )
    rows = tuple(
        (
            each.percentile.removesuffix("_ms"),
            number(each.base_ms, each.percentile),
            number(each.candidate_ms, each.percentile),
            number(each.ratio.value),
            _span(each.ratio.low, each.ratio.high, None, ""),
            each.n,
        )
        for each in found
    )
    return Table(title=title, columns=columns, rows=rows)


def mapping_rows(title: str, facts: Sequence[Mapping[str, str | float | None]], sides: Sides) -> Table:
    """One row a fact that either side knows, and what both say of it."""
    names = [name for name in dict.fromkeys(name for each in facts for name in each) if any(f.get(name) for f in facts)]
    columns = (
        Column(title=""),
        *(Column(title=name, kind="count") for name in (sides.base_label, sides.candidate_label)),
    )
    rows = tuple((name.replace("_", " "), *(each.get(name) for each in facts)) for name in names)
    return Table(title=title, columns=columns, rows=rows)


def leaderboard_table(board: Leaderboard, metrics: Sequence[str]) -> Table:
    """One row a run, best first, with letters for the runs it is shown to be better than."""
    letters = {standing.name: _letter(place) for place, standing in enumerate(board.standings)}
    rows: list[tuple[Cell, ...]] = []
    for standing in board.standings:
        held = {score.metric: score for score in standing.scores}
        beaten = " ".join(sorted(letters[name] for name in standing.better_than))
        rows.append((letters[standing.name], standing.name, *(held.get(metric) for metric in metrics), beaten or DASH))
    columns = (
        *(Column(title=name) for name in ("", "Run")),
        *(Column(title=metric_title(metric), kind="score") for metric in metrics),
        Column(title="Better than"),
    )
    partial = board.primary == "recall"
    honest = " and the unsupported rate is not significantly worse" if partial else ""
    about = (
        f"{board.dialogues} shared dialogues, slice {slice_title(board.slice)}. Better: {metric_title(board.primary)} "
        f"differs, paired, p ≤ 0.05 after Holm over all pairs{honest}."
    )
    return Table(title="Runs side by side", columns=columns, rows=tuple(rows), about=about)


def changes_table(counted: Counter[tuple[What, bool | None]]) -> Table:
    """How many memories went which way, most harmful first."""
    order = {what: place for place, what in enumerate(HARM)}
    ways = sorted(counted, key=lambda way: (way[1] is not False, way[0] == "kept", order.get(way[0], len(order))))
    rows = tuple((change_title(*way), _direction(way[1]), counted[way]) for way in ways)
    columns = (Column(title="What became of a memory"), Column(title=""), Column(title="Memories", kind="count"))
    return Table(title="Memory diff", columns=columns, rows=rows)


def variance_line(parts: Components | None, label: str, metric: str) -> str | None:
    """Where the variance of a run comes from, in words."""
    if parts is None:
        return None
    return (
        f"variance of {metric_title(metric)} of {label}: {parts.sampling:.0%} which dialogues, "
        f"{parts.extractor:.0%} the extractor from repeat to repeat ({parts.repeats:.3g} repeats)"
    )


def headline(comparison: Comparison) -> str:
    """The primary metric in one sentence."""
    delta = comparison.get(comparison.primary)
    if delta is None or delta.difference is None:
        return f"{metric_title(comparison.primary)} is not defined on both sides."
    span = _span(delta.low, delta.high, None, delta.metric)
    small = f"; {delta.note}" if delta.note else ""
    return (
        f"{metric_title(delta.metric)} {number(delta.base)} → {number(delta.candidate)}: "
        f"{number(delta.difference, signed=True)} {span}, p {p_value(delta.p)} ({_by(delta)}), {delta.mark}{small}."
    )


def p_value(p: float | None) -> str:
    """A p-value with two digits that count; below 0.0001 only that."""
    if p is None:
        return DASH
    return "< 0.0001" if p < 0.0001 else f"{p:.2g}" if p < 0.1 else f"{p:.2f}"


def change_lines(change: Change) -> list[str]:
    """One change for a terminal: what happened, the texts of either side, and where the evidence stands."""
    stable = {None: "", True: ", in every repeat", False: ", flaky"}[change.stable]
    where = " ".join(part for part in (change.dialogue, change.gid or "", change.kind or "") if part)
    lines = [f"{change_title(change.what, change.better)}{stable}  {where}"]
    lines += [f"  {name:<9}  {text}" for name, text in (("gold", change.gold), ("forbidden", change.forbidden)) if text]
    lines += [f"  {name:<9}  {text or DASH}" for name, text in (("base", change.base), ("candidate", change.candidate))]
    return lines


def _delta_row(delta: Delta, digits: int | None) -> tuple[Cell, ...]:
    return (
        metric_title(delta.metric),
        slice_title(delta.slice),
        number(delta.base, delta.metric, digits=digits),
        number(delta.candidate, delta.metric, digits=digits),
        number(delta.difference, delta.metric, signed=True, digits=digits),
        _span(delta.low, delta.high, digits, delta.metric),
        p_value(delta.adjusted_p),
        MARKS[delta.mark],
        number(delta.detectable, delta.metric, digits=digits) if delta.detectable else DASH,
        delta.dialogues,
    )


def _span(low: float | None, high: float | None, digits: int | None, metric: str) -> str:
    if low is None or high is None:
        return DASH
    signed = metric != ""
    ends = (number(end, metric, signed=signed, digits=digits) for end in (low, high))
    return "[" + ", ".join(ends) + "]"


def _by(delta: Delta) -> str:
    return "label swaps by cluster" if delta.p_by == "swaps" else "t by cluster"


def _direction(better: bool | None) -> str:
    return {None: "", True: "▲", False: "▼"}[better]


def _letter(place: int) -> str:
    return chr(ord("a") + place) if place < 26 else f"a{place}"


def leaderboard_metrics(board: Leaderboard) -> tuple[str, ...]:
    """What is shown beside each other: where gold is partial, recall beside what would betray a system that invents."""
    held: Iterable[Score] = board.standings[0].scores
    defined = {score.metric for score in held if score.value is not None}
    full = ("precision", "recall", "f1")
    return full if "f1" in defined else ("recall", "unsupported_rate", "memories_per_dialogue")
