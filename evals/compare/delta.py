"""The difference between two runs in one metric and slice: its interval, its p-value, and what it shows in one word."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from scipy.special import ndtri, stdtr

from evals.scoring.board import SMALL_CLUSTERS
from evals.scoring.multiplicity import benjamini_hochberg
from evals.scoring.paired import Paired, Reading

Mark = Literal["worse", "better", "differs", "within noise", "same", "newly failing", "not comparable"]

ALPHA = 0.05
NEGLIGIBLE = 1e-7  # an error that rounding alone makes, where every pair is equal
POWER = 0.8
# The drop that a one-sided test at 5 % finds 8 times in 10, in standard errors: 1.645 + 0.842.
DETECTABLE_ERRORS = float(ndtri(1 - ALPHA) + ndtri(POWER))


@dataclass(frozen=True, slots=True, kw_only=True)
class Delta:
    """candidate − base. [low, high] is the two-sided 95 % interval, `error` the clustered standard error.

    `p` is two-sided: of the label-swap test where `p_by` says "swaps", else of the t statistic; `adjusted_p` after
    Benjamini–Hochberg over the slices of its metric (equal to `p` for the slice `all`). `detectable` is the smallest
    true difference that a comparison of this size would find 8 times in 10. `open_low` and `open_high` are the
    difference were everything unjudged on both sides wrong, and right.
    """

    metric: str
    slice: str
    base: float | None
    candidate: float | None
    difference: float | None
    low: float | None
    high: float | None
    error: float | None
    p: float | None
    adjusted_p: float | None
    p_by: Literal["t", "swaps"]
    mark: Mark
    detectable: float | None
    dialogues: int
    clusters: int
    open_low: Reading
    open_high: Reading
    higher_is_better: bool | None
    note: str | None = None


def deltas(paired: Iterable[Paired], *, swapped: tuple[str, str, float | None] | None = None) -> tuple[Delta, ...]:
    """The differences of a comparison, marked.

    `swapped` is the (metric, slice, p) that a label-swap test has checked: its p takes the place of the t test's.
    """
    found = [_delta(each, swapped) for each in paired]
    return tuple(_marked(delta) for delta in _adjusted(found))


def t_p_value(difference: float | None, error: float | None, clusters: int) -> float | None:
    """Two-sided p of difference/error with clusters − 1 degrees of freedom.

    Without any variance, 1 for no difference and 0 for one that every one of enough clusters shows.
    """
    if difference is None or error is None or clusters < 2:
        return None
    if error == 0:
        return 1.0 if difference == 0 else 0.0 if clusters >= SMALL_CLUSTERS else None
    return float(2 * stdtr(clusters - 1, -abs(difference / error)))


def dialogues_needed(delta: Delta, margin: float) -> int | None:
    """How many dialogues would settle whether a difference like this one lies within `margin`; None where none would.

    The one-sided bound has to clear the margin (or 0, for a drop beyond it) by the difference as it was seen.
    """
    if delta.difference is None or not delta.error or delta.higher_is_better is None:
        return None
    oriented = delta.difference if delta.higher_is_better else -delta.difference
    room = -oriented if oriented < -margin else margin + oriented
    if room <= 0:
        return None
    return math.ceil(delta.dialogues * (float(ndtri(1 - ALPHA)) * delta.error / room) ** 2)


def _delta(paired: Paired, swapped: tuple[str, str, float | None] | None) -> Delta:
    checked = swapped is not None and swapped[:2] == (paired.metric, paired.slice) and swapped[2] is not None
    p = swapped[2] if swapped and checked else t_p_value(paired.difference, paired.error, paired.clusters)
    return Delta(
        metric=paired.metric,
        slice=paired.slice,
        base=paired.base,
        candidate=paired.candidate,
        difference=paired.difference,
        low=paired.low,
        high=paired.high,
        error=paired.error,
        p=p,
        adjusted_p=p,
        p_by="swaps" if checked else "t",
        mark="not comparable",
        detectable=None if paired.error is None else DETECTABLE_ERRORS * paired.error,
        dialogues=paired.dialogues,
        clusters=paired.clusters,
        open_low=paired.open_low,
        open_high=paired.open_high,
        higher_is_better=paired.higher_is_better,
        note=paired.note,
    )


def _adjusted(found: Sequence[Delta]) -> Sequence[Delta]:
    """The slices of a metric are many questions; `all` is one."""
    adjusted: dict[tuple[str, str], float] = {}
    for metric in dict.fromkeys(delta.metric for delta in found):
        tests = {(d.metric, d.slice): d.p for d in found if d.metric == metric and d.slice != "all"}
        known = {key: p for key, p in tests.items() if p is not None}
        adjusted |= dict(zip(known, benjamini_hochberg(list(known.values())), strict=True))
    return [replace(delta, adjusted_p=adjusted.get((delta.metric, delta.slice), delta.p)) for delta in found]


def _marked(delta: Delta) -> Delta:
    return replace(delta, mark=_mark(delta))


def _mark(delta: Delta) -> Mark:
    if delta.base is not None and delta.candidate is None:
        return "newly failing"
    if delta.difference is None or delta.error is None:
        return "not comparable"
    if delta.difference == 0 and delta.error < NEGLIGIBLE:
        return "same"
    if delta.adjusted_p is None or delta.adjusted_p > ALPHA:
        return "within noise"
    if delta.higher_is_better is None:
        return "differs"
    return "better" if (delta.difference > 0) == delta.higher_is_better else "worse"
