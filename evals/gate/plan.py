"""What a rule can tell at this size: how often it passes an unchanged candidate, and how often it fails a worse one.

The error of an unchanged run against its baseline is measured where the baseline was repeated (one repeat against
another), and else taken as 0.456 of the error of its score: runs of one extractor that redraws 12 % of its items
correlate at 0.9, a paired standard deviation of .078 beside .171.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

import numpy as np
from scipy.special import ndtr, ndtri, stdtrit

from evals.gate.policy import Policy, Rule
from evals.results import Score
from evals.scoring.board import SMALL_CLUSTERS, SMALL_DIALOGUES
from evals.scoring.counted import Counted
from evals.scoring.paired import PairedBoard
from evals.scoring.slices import slice_filter
from evals.scoring.statistics import CONFIDENCE

DROP = 0.05
ENOUGH = 0.9  # a rule that passes an unchanged candidate less often may only warn (scoring.md, Gate)
ASSUMED_RATIO = 0.456
SPREAD = float(ndtri(ENOUGH))  # standard deviations that all but one run in ten keep within
Errors = Mapping[tuple[str, str], tuple[float, int]]


@dataclass(frozen=True, slots=True, kw_only=True)
class RulePlan:
    """A rule at the size of a baseline: a chance of 0 where that has too few dialogues for the rule ever to pass.

    `error` is the standard error of an unchanged run's difference, `measured` whether from repeats or assumed.
    """

    rule: str
    error: float | None
    measured: bool
    pass_unchanged: float
    fail_at_drop: float | None

    @property
    def may_decide(self) -> bool:
        return self.pass_unchanged >= ENOUGH


def plan(
    policy: Policy, scores: Iterable[Score], *, measured: Errors | None = None, repeats: int = 1
) -> dict[str, RulePlan]:
    """Every rule with a margin or an absolute bound, planned from the baseline's scores.

    `measured` are errors between single repeats of the baseline; `repeats` is how many a candidate has.
    """
    by_key = {(score.metric, score.slice): score for score in scores}
    return {
        name: _planned(name, rule, by_key.get((rule.metric, rule.slice)), policy.alpha, measured or {}, repeats)
        for name, rule in policy.rules.items()
    }


def repeat_errors(blocks: Iterable[Counted], policy: Policy) -> dict[tuple[str, str], tuple[float, int]]:
    """(error, clusters) of one repeat against the next, for every paired rule; empty where nothing was repeated.

    The worst of the three ways to read what is open, because a rule has to hold in all of them.
    """
    rules = [rule for rule in policy.rules.values() if rule.is_paired]
    board = PairedBoard(
        tuple(dict.fromkeys(rule.metric for rule in rules)), wanted=slice_filter([rule.slice for rule in rules])
    )
    seen = False
    for first, second in _repeats_apart(blocks):
        board.add_block(second, first)
        seen = True
    if not seen:
        return {}
    return {
        (paired.metric, paired.slice): (max(errors), paired.clusters)
        for paired in board.paired()
        if (
            errors := [r.error for r in (paired.open_low, paired.open_high) if r.error is not None]
            + _known(paired.error)
        )
    }


def _known(error: float | None) -> list[float]:
    return [] if error is None else [error]


def _repeats_apart(blocks: Iterable[Counted]) -> Iterator[tuple[Counted, Counted]]:
    """The first and the second repeat of each dialogue that has two, as blocks of their own."""
    for block in blocks:
        several = np.flatnonzero(block.repeats > 1)
        if not len(several):
            continue
        headers = tuple(block.headers[at] for at in several)
        for_each = np.arange(len(several))
        first, second = (
            Counted(headers=headers, starts=for_each, counts=block.counts[rows], latency_ms=block.latency_ms[rows])
            for rows in (block.starts[several], block.starts[several] + 1)
        )
        yield first, second


def _planned(name: str, rule: Rule, score: Score | None, alpha: float, measured: Errors, repeats: int) -> RulePlan:
    empty = RulePlan(rule=name, error=None, measured=False, pass_unchanged=0.0, fail_at_drop=None)
    if score is None or score.value is None or score.low is None or score.high is None or _may_fall_short(score):
        return empty
    clusters = score.clusters
    two_sided = float(stdtrit(clusters - 1, 1 - (1 - CONFIDENCE) / 2))
    known = measured.get((rule.metric, rule.slice))
    error = ASSUMED_RATIO * (score.high - score.low) / 2 / two_sided if known is None else known[0] / math.sqrt(repeats)
    found = replace(empty, error=error, measured=known is not None)
    if not rule.is_paired:
        return replace(found, pass_unchanged=_absolute_passes(rule, score, error))
    reach = float(stdtrit(clusters - 1, 1 - alpha)) * error
    margin = rule.margin or 0.0
    return replace(
        found,
        pass_unchanged=_share_below(margin - reach, error),
        fail_at_drop=_share_below(DROP - max(margin, reach), error),
    )


def _may_fall_short(score: Score) -> bool:
    """Whether another run may well have too few dialogues with a denominator to gate on: counts vary by their root."""
    return any(
        seen - SPREAD * math.sqrt(seen) < fewest
        for seen, fewest in ((score.dialogues, SMALL_DIALOGUES), (score.clusters, SMALL_CLUSTERS))
    )


def _absolute_passes(rule: Rule, score: Score, error: float) -> float:
    """How often the unfavourable end of an unchanged run keeps to an absolute bound."""
    assert score.value is not None
    if rule.max is not None:
        end = max(score.high or math.inf, score.bound_high or -math.inf)
        return _share_below(rule.max - end, error)
    end = min(score.low or -math.inf, score.value if score.bound_low is None else score.bound_low)
    return _share_below(end - (rule.min or 0.0), error)


def _share_below(room: float, error: float) -> float:
    """P(noise ≤ room) for normal noise of that standard error."""
    if error == 0:
        return 1.0 if room >= 0 else 0.0
    return float(ndtr(room / error))
