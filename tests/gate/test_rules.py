"""How each kind of rule reads its numbers, at every edge, and what all of them decide together."""

from __future__ import annotations

from typing import Any

import pytest

from evals.compare.delta import Delta
from evals.compare.latency import LatencyDelta
from evals.gate.judgement import allowed
from evals.gate.plan import RulePlan
from evals.gate.policy import LatencyRule, Rule
from evals.gate.rules import absolute_finding, latency_finding, no_baseline_findings, paired_findings
from evals.gate.verdict import Finding, decide
from evals.results import Score
from evals.scoring.paired import Reading
from evals.scoring.quantiles import Bracketed

RULE = Rule(metric="f1", margin=0.03)


def delta(difference: float | None, error: float | None = 0.01, **fields: Any) -> Delta:
    """A difference over 200 dialogues; what is open changes nothing unless said otherwise."""
    reading = Reading(difference=difference, error=error)
    known: dict[str, Any] = {
        "metric": "f1",
        "slice": "all",
        "base": 0.5,
        "candidate": None if difference is None else 0.5 + difference,
        "difference": difference,
        "low": None,
        "high": None,
        "error": error,
        "p": None,
        "adjusted_p": None,
        "p_by": "t",
        "mark": "within noise",
        "detectable": None,
        "dialogues": 200,
        "clusters": 200,
        "open_low": reading,
        "open_high": reading,
        "higher_is_better": True,
        **fields,
    }
    return Delta(**known)


def finding(found: Delta | None, rule: Rule = RULE) -> Finding:
    deltas = {} if found is None else {(rule.metric, rule.slice): found}
    return paired_findings({"rule": rule}, deltas, alpha=0.05, primary="rule")["rule"]


@pytest.mark.parametrize(
    ("difference", "error", "state"),
    [
        (0.0, 0.01, "PASS"),  # −0.0165 > −0.03
        (-0.02, 0.01, "INCONCLUSIVE"),  # within the margin, and not known to stay there
        (-0.02, 0.005, "PASS"),
        (-0.04, 0.01, "FAIL"),
        (-0.04, 0.03, "INCONCLUSIVE"),  # beyond the margin and not significant
        (-0.029, 0.005, "INCONCLUSIVE"),  # significant and not beyond the margin
        (0.05, 0.04, "PASS"),
        (0.0, 0.0, "PASS"),
        (-0.04, 0.0, "FAIL"),
        (None, None, "INCONCLUSIVE"),
    ],
)
def test_non_inferiority(difference: float | None, error: float | None, state: str) -> None:
    """FAIL needs hi < 0 and Δ < −m, PASS needs lo > −m, the rest is open."""
    assert finding(delta(difference, error)).state == state


def test_lower_may_be_better() -> None:
    """A rate of errors that rises beyond its margin fails, one that falls passes."""
    rule = Rule(metric="unsupported_rate", margin=0.03)
    assert finding(delta(0.05, higher_is_better=False, metric="unsupported_rate"), rule).state == "FAIL"
    assert finding(delta(-0.05, higher_is_better=False, metric="unsupported_rate"), rule).state == "PASS"


def test_what_is_open_must_not_hide_a_drop() -> None:
    """Right answers that became unjudged leave the value alone; were they wrong, the margin would be gone."""
    hidden = delta(0.0, open_low=Reading(difference=-0.06, error=0.01))
    assert finding(hidden).state == "INCONCLUSIVE"
    assert "a judge could settle it" in finding(hidden).reason


def test_too_few_dialogues_decide_nothing() -> None:
    """Below 50 dialogues or 20 clusters there is no verdict, however large the drop."""
    for few in ({"dialogues": 49}, {"clusters": 19}):
        assert finding(delta(-0.5, **few)).state == "INCONCLUSIVE"
        assert "too few" in finding(delta(-0.5, **few)).reason


def test_a_score_that_vanished_fails() -> None:
    """A metric that had a value and has none any more is a failure, not a gap."""
    assert finding(delta(None, None, mark="newly failing")).state == "FAIL"


def test_one_of_many_has_to_survive_holm() -> None:
    """A drop that is significant alone (p .04) is not among eight guards; the primary rule answers for itself."""
    rules = {f"r{i}": Rule(metric="f1", slice=f"label={i}", margin=0.001) for i in range(8)}
    found = {("f1", f"label={i}"): delta(-0.0176 if i == 0 else 0.01, slice=f"label={i}") for i in range(8)}
    guards = paired_findings(rules, found, alpha=0.05, primary="another")
    assert guards["r0"].state == "INCONCLUSIVE"
    assert "Holm" in guards["r0"].reason
    assert paired_findings(rules, found, alpha=0.05, primary="r0")["r0"].state == "FAIL"


def test_an_open_question_says_what_would_settle_it() -> None:
    """The number of dialogues stands in the reason and in the finding."""
    found = finding(delta(-0.01, 0.02))
    assert found.needed
    assert f"{found.needed:,} dialogues" in found.reason


def score(value: float | None, low: float | None, high: float | None, **fields: Any) -> Score:
    return Score(metric="error_rate", slice="all", value=value, low=low, high=high, n=200, **fields)


@pytest.mark.parametrize(
    ("rule", "given", "state"),
    [
        (Rule(metric="error_rate", max=0.05), score(0.01, 0.0, 0.03), "PASS"),
        (Rule(metric="error_rate", max=0.05), score(0.04, 0.01, 0.07), "INCONCLUSIVE"),
        (Rule(metric="error_rate", max=0.05), score(0.09, 0.06, 0.12), "FAIL"),
        (Rule(metric="parse_ok_rate", min=0.95), score(0.99, 0.97, 1.0), "PASS"),
        (Rule(metric="parse_ok_rate", min=0.95), score(0.96, 0.93, 0.99), "INCONCLUSIVE"),
        (Rule(metric="parse_ok_rate", min=0.95), score(0.90, 0.86, 0.94), "FAIL"),
        (Rule(metric="f1", min=0.5), score(0.6, 0.55, 0.65, bound_low=0.5, bound_high=0.7), "INCONCLUSIVE"),
        (Rule(metric="f1", min=0.4), score(0.6, 0.55, 0.65, bound_low=0.5, bound_high=0.7), "PASS"),
        (Rule(metric="f1", min=0.5), score(0.6, None, None), "INCONCLUSIVE"),
        (Rule(metric="f1", min=0.5), score(None, None, None, note="n = 0"), "INCONCLUSIVE"),
        (Rule(metric="f1", min=0.5), None, "INCONCLUSIVE"),
    ],
)
def test_absolute_bounds_are_read_at_the_unfavourable_end(rule: Rule, given: Score | None, state: str) -> None:
    """The sampling interval and everything unjudged count against the candidate."""
    assert absolute_finding("rule", rule, given).state == state


@pytest.mark.parametrize(
    ("value", "low", "high", "state"),
    [
        (1.1, 1.0, 1.2, "PASS"),
        (1.4, 1.2, 1.6, "FAIL"),
        (1.4, 0.9, 1.9, "INCONCLUSIVE"),
        (1.1, 0.9, 1.4, "INCONCLUSIVE"),
    ],
)
def test_latency_ratios(value: float, low: float, high: float, state: str) -> None:
    """Slower by more than the limit fails where the interval lies above 1."""
    ratio = Bracketed(value=value, low=low, high=high)
    found = LatencyDelta(percentile="p95_ms", base_ms=10, candidate_ms=10 * value, ratio=ratio, n=500)
    assert latency_finding("p95", LatencyRule(percentile="p95_ms", max_ratio=1.25), found).state == state
    assert latency_finding("p95", LatencyRule(percentile="p95_ms", max_ratio=1.25), None).state == "INCONCLUSIVE"


def test_without_a_baseline_the_size_is_not_blamed() -> None:
    """A rule that may only warn says that there is no baseline, and nothing of how much there is in it."""
    (finding,) = no_baseline_findings({"recall": Rule(metric="recall", margin=0.02)}).values()
    plan = RulePlan(rule="recall", error=None, measured=False, pass_unchanged=0.0, fail_at_drop=None)
    demoted = allowed(finding, plan)
    assert (demoted.decides, demoted.reason) == (False, "there is no baseline to compare with")


def test_without_a_baseline_nothing_is_compared() -> None:
    """And nothing passes for it."""
    assert no_baseline_findings({"f1": RULE})["f1"].state == "INCONCLUSIVE"


def said(state: Any, *, decides: bool = True) -> Finding:
    return Finding(rule="r", state=state, decides=decides, reason="because")


@pytest.mark.parametrize(
    ("findings", "obstacles", "policy", "state", "code"),
    [
        ([said("PASS")], [], "fail", "PASS", 0),
        ([said("PASS"), said("FAIL")], [], "warn", "FAIL", 1),
        ([said("PASS"), said("INCONCLUSIVE")], [], "warn", "INCONCLUSIVE", 0),
        ([said("PASS"), said("INCONCLUSIVE")], [], "fail", "INCONCLUSIVE", 3),
        ([said("PASS"), said("FAIL", decides=False)], [], "fail", "PASS", 0),
        ([said("FAIL")], ["could not measure"], "warn", "INCONCLUSIVE", 3),
        ([], [], "fail", "INCONCLUSIVE", 3),
    ],
)
def test_the_verdict(findings: list[Finding], obstacles: list[str], policy: Any, state: str, code: int) -> None:
    """FAIL is the only way to 1; what could not be measured never reads FAIL, and never passes."""
    verdict = decide("p", findings, inconclusive=policy, obstacles=obstacles)
    assert (verdict.state, verdict.exit_code) == (state, code)
    assert verdict.line == f"verdict: {state} (exit {code})"
