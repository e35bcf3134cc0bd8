"""A policy applied to a candidate: every rule read, each allowed to decide or only to warn, and one verdict."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from evals.compare.comparison import Comparison
from evals.gate.never import NeverWatch
from evals.gate.plan import RulePlan
from evals.gate.policy import Policy
from evals.gate.rules import NO_BASELINE, absolute_finding, latency_finding, no_baseline_findings, paired_findings
from evals.gate.verdict import Finding, Verdict, decide
from evals.results import Score


def judged(
    policy: Policy,
    scores: Iterable[Score],
    *,
    comparison: Comparison | None,
    watch: NeverWatch,
    plans: Mapping[str, RulePlan],
    obstacles: Iterable[str] = (),
) -> Verdict:
    """The verdict on a candidate with these scores; `comparison` is with its baseline, None where there is none."""
    findings = (*rule_findings(policy, scores, comparison, plans).values(), *watch.findings().values())
    latency = {each.percentile: each for each in comparison.latency} if comparison else {}
    slower = (latency_finding(name, rule, latency.get(rule.percentile)) for name, rule in policy.latency.items())
    return decide(policy.name, (*findings, *slower), inconclusive=policy.inconclusive, obstacles=obstacles)


def rule_findings(
    policy: Policy, scores: Iterable[Score], comparison: Comparison | None, plans: Mapping[str, RulePlan]
) -> dict[str, Finding]:
    """The findings of the rules on metrics, in the order of the policy."""
    paired = {name: rule for name, rule in policy.rules.items() if rule.is_paired}
    if comparison is None:
        found = no_baseline_findings(paired)
    else:
        deltas = {(delta.metric, delta.slice): delta for delta in comparison.deltas}
        found = paired_findings(paired, deltas, alpha=policy.alpha, primary=policy.primary)
    by_key = {(score.metric, score.slice): score for score in scores}
    found |= {
        name: absolute_finding(name, rule, by_key.get((rule.metric, rule.slice)))
        for name, rule in policy.rules.items()
        if not rule.is_paired
    }
    return {
        name: found[name] if name == policy.primary else allowed(found[name], plans.get(name)) for name in policy.rules
    }


def allowed(finding: Finding, plan: RulePlan | None) -> Finding:
    """A rule that would hold up too many unchanged candidates of this size may fail one, and else only warns.

    The primary rule is never demoted: without it nothing is shown.
    """
    if plan is None or plan.may_decide or not finding.decides or finding.state == "FAIL":
        return finding
    if finding.reason == NO_BASELINE:  # which no size would heal
        return replace(finding, decides=False)
    why = (
        f"would pass an unchanged candidate {plan.pass_unchanged:.0%} of the time"
        if plan.pass_unchanged
        else "has too little of it in the baseline"
    )
    return replace(finding, decides=False, reason=f"{finding.reason} (warns only: it {why})")
