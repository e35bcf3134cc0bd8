"""How each kind of rule reads a comparison: non-inferiority by margin, absolute bounds, never-events, latency ratios.

With Δ oriented so that positive is better and one-sided bounds lo and hi: FAIL if hi < 0 and Δ < −margin, PASS if
lo > −margin, else INCONCLUSIVE. "Significant" alone fails harmless drops of large sets, "Δ < −margin" alone is noise in
small ones, and lo > −margin alone holds up every second unchanged candidate of fifty dialogues.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from scipy.special import stdtr, stdtrit

from evals.compare.delta import Delta, dialogues_needed
from evals.compare.latency import LatencyDelta
from evals.gate.policy import LatencyRule, Rule
from evals.gate.verdict import Finding, State
from evals.results import Score
from evals.scoring.board import SMALL_CLUSTERS, SMALL_DIALOGUES
from evals.scoring.ends import ends
from evals.scoring.multiplicity import holm
from evals.scoring.paired import Reading

NO_BASELINE = "there is no baseline to compare with"


def paired_findings(
    rules: Mapping[str, Rule], found: Mapping[tuple[str, str], Delta], *, alpha: float, primary: str
) -> dict[str, Finding]:
    """The findings of all rules with a margin. A FAIL of one that is not the primary has to survive Holm over them."""
    alone = {name: _paired(name, rule, found.get((rule.metric, rule.slice)), alpha) for name, rule in rules.items()}
    guards = [name for name in rules if name != primary and (found.get((rules[name].metric, rules[name].slice)))]
    p_values = [_p_worse(found[rules[name].metric, rules[name].slice]) for name in guards]
    adjusted = dict(zip(guards, holm(p_values), strict=True))
    for name, p in adjusted.items():
        if alone[name].state == "FAIL" and p > alpha:
            reason = f"{alone[name].reason}; not beyond doubt among {len(guards)} rules (Holm p {p:.2g})"
            alone[name] = replace(alone[name], state="INCONCLUSIVE", reason=reason)
    return alone


def absolute_finding(name: str, rule: Rule, score: Score | None) -> Finding:
    """A `min` or `max`: PASS if the unfavourable end of the interval keeps to it, open items counted against."""
    bound = rule.max if rule.min is None else rule.min
    assert bound is not None
    finding = _open(name, rule, limit=bound)
    if score is None or score.value is None:
        why = (score.note if score else None) or "nothing was measured of it"
        return replace(finding, reason=f"{rule.metric} is not defined: {why}")
    low, high = ends(score)
    worst, best = (low, high) if rule.min is not None else (-high, -low)
    wanted = bound if rule.min is not None else -bound
    word = "at least" if rule.min is not None else "at most"
    reason = f"{score.value:.3f} [{low:.3f}, {high:.3f}] with what is unjudged; {word} {bound:g} is wanted"
    state: State = "PASS" if worst >= wanted else "FAIL" if best < wanted else "INCONCLUSIVE"
    return replace(finding, state=state, reason=reason, value=score.value, low=low, high=high)


def latency_finding(name: str, rule: LatencyRule, found: LatencyDelta | None) -> Finding:
    """PASS if the ratio's interval keeps below the limit, FAIL if it is above 1 and the ratio above the limit."""
    few = f"too few calls on both sides for a ratio of {rule.percentile}"
    finding = Finding(
        rule=name,
        state="INCONCLUSIVE",
        decides=not rule.warn,
        reason=few,
        metric=rule.percentile,
        limit=rule.max_ratio,
    )
    ratio = found.ratio if found else None
    if ratio is None or ratio.value is None or ratio.low is None or ratio.high is None:
        return finding
    slower = ratio.low > 1 and ratio.value > rule.max_ratio
    state: State = "PASS" if ratio.high <= rule.max_ratio else "FAIL" if slower else "INCONCLUSIVE"
    span = f"{ratio.value:.3f} × [{ratio.low:.3f}, {ratio.high:.3f}] of the baseline's {rule.percentile}"
    reason = f"{span}; at most {rule.max_ratio:g} × is wanted"
    return replace(finding, state=state, reason=reason, value=ratio.value, low=ratio.low, high=ratio.high)


def no_baseline_findings(rules: Mapping[str, Rule]) -> dict[str, Finding]:
    """The rules with a margin where nothing is there to compare with."""
    return {name: replace(_open(name, rule, limit=rule.margin), reason=NO_BASELINE) for name, rule in rules.items()}


def _open(name: str, rule: Rule, *, limit: float | None) -> Finding:
    """A finding that says nothing yet."""
    return Finding(
        rule=name,
        state="INCONCLUSIVE",
        decides=not rule.warn,
        reason="",
        metric=rule.metric,
        slice=rule.slice,
        limit=limit,
    )


def _some(count: int, what: str) -> str:
    return f"{count:,} {what}{'' if count == 1 else 's'}"


def _paired(name: str, rule: Rule, delta: Delta | None, alpha: float) -> Finding:
    margin = rule.margin or 0.0
    finding = _open(name, rule, limit=margin)
    if delta is not None and delta.mark == "newly failing":
        return replace(finding, state="FAIL", reason=f"{rule.metric} had a value and has none any more")
    if delta is None or delta.difference is None:
        return replace(finding, reason=f"{rule.metric} is not defined on both sides")
    sign = 1.0 if delta.higher_is_better else -1.0
    as_it_is = Reading(difference=delta.difference, error=delta.error)
    bounds = [_bounds(reading, delta.clusters, sign, alpha) for reading in (as_it_is, delta.open_low, delta.open_high)]
    if bounds[0] is None or delta.dialogues < SMALL_DIALOGUES or delta.clusters < SMALL_CLUSTERS:
        few = f"{_some(delta.dialogues, 'dialogue')} in {_some(delta.clusters, 'cluster')}: too few to gate on"
        return replace(
            finding, value=delta.difference, reason=f"{few} (at least {SMALL_DIALOGUES} in {SMALL_CLUSTERS} are wanted)"
        )
    low, high = bounds[0]
    finding = replace(finding, value=delta.difference, low=low, high=high)
    ends = sorted((low * sign, high * sign))
    bounded = f"one-sided {1 - alpha:.0%} bounds [{_signed(ends[0])}, {_signed(ends[1])}]"
    shown = f"{_signed(delta.difference)}, {bounded}, margin {margin:g}"
    if high < 0 and delta.difference * sign < -margin:
        return replace(finding, state="FAIL", reason=f"worse by more than the margin: {shown}")
    if all(each is not None and each[0] > -margin for each in bounds):
        return replace(finding, state="PASS", reason=f"not worse by more than the margin: {shown}")
    if low > -margin:
        open_ended = "within the margin, but not were everything unjudged wrong or right"
        return replace(finding, reason=f"{open_ended}: {shown}; a judge could settle it")
    needed = dialogues_needed(delta, margin)
    more = f"; some {needed:,} dialogues like these would settle it" if needed else ""
    return replace(finding, reason=f"cannot be told: {shown}{more}", needed=needed)


def _bounds(reading: Reading, clusters: int, sign: float, alpha: float) -> tuple[float, float] | None:
    """The one-sided bounds of an oriented difference."""
    if reading.difference is None or reading.error is None or clusters < 2:
        return None
    reach = float(stdtrit(clusters - 1, 1 - alpha)) * reading.error
    return reading.difference * sign - reach, reading.difference * sign + reach


def _p_worse(delta: Delta) -> float:
    """One-sided p of "the candidate is worse"."""
    if delta.difference is None or delta.error is None or delta.clusters < 2:
        return 1.0
    oriented = delta.difference if delta.higher_is_better else -delta.difference
    if delta.error == 0:
        return 0.0 if oriented < 0 else 1.0
    return float(stdtr(delta.clusters - 1, oriented / delta.error))


def _signed(value: float) -> str:
    """Three digits and a sign; what rounds to 0 is +0.000."""
    return f"{round(value, 3) + 0.0:+.3f}"
