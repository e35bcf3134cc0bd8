"""From a candidate and its baseline to a verdict: made alike, compared, watched, planned, judged."""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from evals.commands.alike import Opened, open_alike
from evals.commands.where import complete_run
from evals.compare.changes import Change, changes, harmful
from evals.compare.comparison import Comparison, Counts, compare
from evals.compare.pairing import paired_outcomes
from evals.errors import CannotAnswer
from evals.gate.judgement import judged
from evals.gate.never import Event, NeverWatch
from evals.gate.obstacles import OUTAGES, obstacles
from evals.gate.plan import RulePlan, plan, repeat_errors
from evals.gate.policy import Policy
from evals.gate.rules import latency_finding
from evals.gate.verdict import Verdict, decide
from evals.results import DialogueOutcome, Run
from evals.runs import RunFolder

WORST = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Gated:
    """A verdict and what it rests on."""

    verdict: Verdict
    candidate: str
    baseline: str
    notes: tuple[str, ...] = ()
    comparison: Comparison | None = None
    worst: tuple[Change, ...] = ()
    plans: Mapping[str, RulePlan] | None = None
    events: Mapping[str, tuple[Event, ...]] | None = None


def gate_run(
    candidate: Path,
    baseline: Path | None,
    policy: Policy,
    *,
    reports: Path,
    seed: int,
    allow_unlike: bool = False,
    stale: Callable[[], str | None] | None = None,
) -> Gated:
    """Judges a stored run. What cannot be answered is a verdict as well, with its reason, so that CI files exist.

    `stale` says why the baseline is not what it was, and is asked first.
    """
    names = (candidate.name, baseline.name if baseline else "no baseline")
    try:
        moved = stale() if stale else None
        if moved is not None:
            raise CannotAnswer(moved)
        opened = _opened(candidate, baseline, reports, allow_unlike=allow_unlike)
        judging = _judged_bench if opened[-1].run.load else _judged
        return judging(opened, policy, names, seed)
    except CannotAnswer as reason:
        verdict = decide(policy.name, (), inconclusive=policy.inconclusive, obstacles=[str(reason)])
        return Gated(verdict=verdict, candidate=names[0], baseline=names[1])


def plans_of(run: Run, counts: Counts, policy: Policy, *, repeats: int = 1) -> dict[str, RulePlan]:
    """What each rule can tell beside this baseline."""
    measured = repeat_errors(counts.blocks(), policy) if int(run.config.get("repeats") or 1) > 1 else None
    return plan(policy, run.scores, measured=measured, repeats=repeats)


def _opened(candidate: Path, baseline: Path | None, reports: Path, *, allow_unlike: bool) -> tuple[Opened, ...]:
    if baseline is None:
        folder = RunFolder(candidate)
        return (Opened(folder=folder, run=complete_run(folder), label=candidate.name),)
    paths, labels = [baseline, candidate], [baseline.name, candidate.name]
    return open_alike(paths, labels, reports=reports, allow_unlike=allow_unlike)


def _judged(opened: tuple[Opened, ...], policy: Policy, names: tuple[str, str], seed: int) -> Gated:
    candidate, base = opened[-1], opened[0] if len(opened) > 1 else None
    comparison = _compared(base, candidate, policy, seed) if base else None
    watch, outages = NeverWatch(policy.never), _Outages()
    worst: list[Change] = []
    for theirs, ours in _both(base, candidate, comparison):
        watch.add(ours, theirs)
        outages.add(ours)
        if theirs:
            found = (change for change in changes(theirs, ours) if harmful(change))
            worst = heapq.nsmallest(WORST, (*worst, *found), key=lambda change: change.harm)
    repeats = int(candidate.run.config.get("repeats") or 1)
    known = base or candidate
    plans = plans_of(known.run, known.counts, policy, repeats=repeats)
    in_the_way = [
        *_no_baseline(policy, base, candidate),
        *obstacles(policy, candidate.run, base.run if base else None, outages=outages.lost, predictions=outages.asked),
    ]
    verdict = judged(
        policy, candidate.run.scores, comparison=comparison, watch=watch, plans=plans, obstacles=in_the_way
    )
    return Gated(
        verdict=verdict,
        candidate=names[0],
        baseline=names[1],
        notes=(*candidate.notes, *_left_out(comparison)),
        comparison=comparison,
        worst=tuple(worst),
        plans=plans,
        events={name: watch.events(name) for name in policy.never},
    )


def _judged_bench(opened: tuple[Opened, ...], policy: Policy, names: tuple[str, str], seed: int) -> Gated:
    """A bench against a bench: the latency rules alone, and all of them decide, for this was a load test."""
    from evals.commands.bench_pairs import bench_deltas

    candidate, base = opened[-1], opened[0] if len(opened) > 1 else None
    found = {each.percentile: each for each in bench_deltas(base, candidate, seed=seed)} if base else {}
    findings = [
        latency_finding(name, replace(rule, warn=False), found.get(rule.percentile))
        for name, rule in policy.latency.items()
    ]
    in_the_way = obstacles(policy, candidate.run, base.run if base else None, outages=0, predictions=0)
    verdict = decide(policy.name, findings, inconclusive=policy.inconclusive, obstacles=in_the_way)
    return Gated(verdict=verdict, candidate=names[0], baseline=names[1], notes=candidate.notes)


def _no_baseline(policy: Policy, base: Opened | None, candidate: Opened) -> Iterator[str]:
    """A gate whose baseline was forgotten must not stay green."""
    if base is None and any(rule.is_paired for rule in policy.rules.values()):
        yield (
            f"there is no baseline of dataset {candidate.run.dataset.get('name')!r} to compare with; "
            "`evals bless RUN` makes one, --baseline names one"
        )


def _compared(base: Opened, candidate: Opened, policy: Policy, seed: int) -> Comparison:
    rules = policy.rules.values()
    comparison = compare(
        base.counts,
        candidate.counts,
        metrics=tuple(dict.fromkeys(rule.metric for rule in rules)),
        slices=tuple(dict.fromkeys(rule.slice for rule in rules)),
        seed=seed,
    )
    if not comparison.shared.ids:
        raise CannotAnswer(f"{base.label} and {candidate.label} share no dialogue with the same messages")
    return comparison


def _both(
    base: Opened | None, candidate: Opened, comparison: Comparison | None
) -> Iterator[tuple[tuple[DialogueOutcome, ...], tuple[DialogueOutcome, ...]]]:
    """(base, candidate) outcomes of each dialogue; nothing for the base where there is none."""
    if base is not None and comparison is not None:
        yield from paired_outcomes(base.folder.outcomes(), candidate.folder.outcomes(), comparison.shared.ids)
        return
    for outcome in candidate.folder.outcomes():
        yield (), (outcome,)


def _left_out(comparison: Comparison | None) -> Iterator[str]:
    if comparison is None:
        return
    shared = comparison.shared
    if shared.only_base or shared.only_candidate or shared.other_messages:
        yield (
            f"{len(shared.ids):,} dialogues paired; left out: {shared.only_base} only in the baseline, "
            f"{shared.only_candidate} only in the candidate, {shared.other_messages} with other messages"
        )


@dataclass(slots=True)
class _Outages:
    """Extractions asked for, and those lost to the connection, the service or the account."""

    asked: int = 0
    lost: int = 0

    def add(self, repeats: tuple[DialogueOutcome, ...]) -> None:
        self.asked += len(repeats)
        self.lost += sum(outcome.error in OUTAGES for outcome in repeats)
