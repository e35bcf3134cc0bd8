"""The gate's own false alarms and power on the data at hand: unchanged and worsened runs, resampled by cluster.

A few copies of the run are redrawn or worsened item by item; dialogues are then drawn with replacement, cluster by
cluster, from each pair of run and copy, and the whole policy is applied to every draw.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import groupby

import numpy as np
from numpy.typing import NDArray

from evals.compare.delta import deltas
from evals.gate.degrade import Change, drop, flip_polarity, invent, redraw, swap_type, wrong_digit
from evals.gate.judgement import allowed
from evals.gate.plan import DROP, RulePlan
from evals.gate.policy import Policy
from evals.gate.rules import absolute_finding, paired_findings
from evals.gate.verdict import State, decide
from evals.results import DialogueOutcome
from evals.scoring.board import ScoreBoard
from evals.scoring.counted import Counted, counted
from evals.scoring.formula import Harmonic, Ratio
from evals.scoring.paired import PairedBoard
from evals.scoring.slices import slice_filter

CHURN = 0.12  # share of memories an unchanged extractor answers anew (matches the planning's assumption)
COPIES = 10
LEVEL = 0.10
HALUMEM_F1 = Harmonic(  # github.com/MemTensor/HaluMem, eval/: recall, and precision of what speaks of gold
    Ratio({"complete_correct": 1.0}, {"complete_correct": 1.0, "complete_partial": 1.0, "compared_wrong": 1.0}),
    Ratio({"complete_found": 1.0}, {"complete_gold": 1.0}),
)
Outcomes = Callable[[], Iterable[DialogueOutcome]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Operating:
    """How often the whole policy passed, could not tell and failed runs of one kind.

    `f1` and `precision` are the mean differences to the unchanged run. `halumem_f1` is that of HaluMem's F1 formula on
    our outcomes, which takes precision over memories that speak of gold alone and so cannot see what is invented.
    """

    about: str
    f1: float | None
    precision: float | None
    halumem_f1: float | None
    passed: float
    inconclusive: float
    failed: float
    replicates: int


@dataclass(frozen=True, slots=True)
class _Scenario:
    about: str
    change: Change


def self_test(
    outcomes: Outcomes,
    policy: Policy,
    plans: Mapping[str, RulePlan],
    *,
    replicates: int,
    seed: int,
    dialogues: int | None = None,
) -> tuple[Operating, ...]:
    """The operating characteristic of a policy beside a run, which is held in memory.

    `dialogues` is the size of every draw, None for that of the run.
    """
    held = list(outcomes())
    base = _only_first_repeats(held)
    return tuple(
        _measured(scenario, base, policy, plans, replicates=replicates, seed=seed, dialogues=dialogues)
        for scenario in _scenarios(base)
    )


def _scenarios(base: Sequence[DialogueOutcome]) -> Iterator[_Scenario]:
    found = found_rates(base)
    share = f"{LEVEL:.0%}"
    yield _Scenario(f"unchanged, {CHURN:.0%} redrawn", redraw(CHURN, found))
    if (dropped := share_for_drop(base)) is not None:
        yield _Scenario(f"{DROP * 100:.0f} points of F1 lost, {dropped:.0%} dropped", drop(dropped))
    yield _Scenario(f"{share} of memories dropped", drop(LEVEL))
    yield _Scenario(f"{share} invented on top", invent(LEVEL))
    yield _Scenario(f"a wrong digit in {share}", wrong_digit(LEVEL))
    yield _Scenario(f"polarity of {share} flipped", flip_polarity(LEVEL))
    yield _Scenario(f"type of {share} swapped", swap_type(LEVEL))


def found_rates(outcomes: Iterable[DialogueOutcome]) -> dict[str, float]:
    """How often gold of each kind is found, of what is found or missed: what redrawing keeps on average."""
    seen: Counter[str] = Counter()
    found: Counter[str] = Counter()
    for outcome in outcomes:
        for item in outcome.gold:
            seen[item.kind] += item.state in ("found", "missed")
            found[item.kind] += item.state == "found"
    return {kind: found[kind] / count for kind, count in seen.items() if count}


def share_for_drop(outcomes: Sequence[DialogueOutcome], points: float = DROP) -> float | None:
    """The share of predicted memories to leave out at random so that F1 loses `points`; None where it has not as much.

    With right, predicted and gold items t, p and g, F1 = 2t(1 − s)/(p(1 − s) + g), solved for s; open items left out.
    """
    items = [item for outcome in outcomes for item in outcome.predicted if item.state != "unjudged"]
    gold = sum(item.state != "unjudged" for outcome in outcomes for item in outcome.gold)
    right = sum(item.state == "correct" for item in items)
    wanted = 2 * right / max(len(items) + gold, 1) - points
    if wanted <= 0:
        return None
    return 1 - wanted * gold / (2 * right - wanted * len(items))


def _measured(
    scenario: _Scenario,
    base: Sequence[DialogueOutcome],
    policy: Policy,
    plans: Mapping[str, RulePlan],
    *,
    replicates: int,
    seed: int,
    dialogues: int | None,
) -> Operating:
    states: Counter[State] = Counter()
    moved = PairedBoard(("f1", "precision"), wanted=slice_filter([]))
    yardstick: list[float] = []
    before = Counted.joined(list(counted(base)))
    for copy in range(COPIES):
        rng = random.Random(f"{seed}/{scenario.about}/{copy}")
        after = Counted.joined(list(counted(scenario.change(outcome, rng) for outcome in base)))
        moved.add_block(after, before)
        yardstick.append((_halumem_f1(after) or 0.0) - (_halumem_f1(before) or 0.0))
        draws = np.random.default_rng([seed, copy])
        for _ in range(replicates // COPIES):
            rows = _resampled(before, draws, dialogues)
            states[_decided(_drawn(before, rows), _drawn(after, rows), policy, plans)] += 1
    total = sum(states.values())
    f1, precision = (each.difference for each in moved.paired(slices=["all"]))
    return Operating(
        about=scenario.about,
        f1=f1,
        precision=precision,
        halumem_f1=sum(yardstick) / len(yardstick),
        passed=states["PASS"] / total,
        inconclusive=states["INCONCLUSIVE"] / total,
        failed=states["FAIL"] / total,
        replicates=total,
    )


def _decided(base: Counted, candidate: Counted, policy: Policy, plans: Mapping[str, RulePlan]) -> State:
    """What the rules on metrics decide; never-events and latency are left out."""
    paired = {name: rule for name, rule in policy.rules.items() if rule.is_paired}
    wanted = slice_filter([rule.slice for rule in policy.rules.values()])
    board = PairedBoard(tuple(dict.fromkeys(rule.metric for rule in paired.values())), wanted=wanted)
    board.add_block(candidate, base)
    found = {(delta.metric, delta.slice): delta for delta in deltas(board.paired())}
    findings = paired_findings(paired, found, alpha=policy.alpha, primary=policy.primary)
    absolute = {name: rule for name, rule in policy.rules.items() if not rule.is_paired}
    own = ScoreBoard(wanted=wanted)
    own.add_block(candidate)
    measured = own.scores({rule.metric for rule in absolute.values()})
    scores = {(score.metric, score.slice): score for score in measured}
    findings |= {n: absolute_finding(n, rule, scores.get((rule.metric, rule.slice))) for n, rule in absolute.items()}
    may = [f if name == policy.primary else allowed(f, plans.get(name)) for name, f in findings.items()]
    return decide(policy.name, may, inconclusive="fail").state


def _halumem_f1(block: Counted) -> float | None:
    return HALUMEM_F1.value(block.averaged()[:, 0].sum(axis=0))


def _resampled(block: Counted, rng: np.random.Generator, dialogues: int | None) -> list[NDArray[np.intp]]:
    """Clusters drawn with replacement until there are enough dialogues: the positions of each."""
    names = [header.cluster for header in block.headers]
    positions = [
        np.array([at for at, _ in group], dtype=np.intp) for _, group in groupby(enumerate(names), key=lambda e: e[1])
    ]
    wanted, drawn = dialogues or len(names), []
    have = 0
    while have < wanted:
        drawn.append(positions[int(rng.integers(len(positions)))])
        have += len(drawn[-1])
    return drawn


def _drawn(block: Counted, clusters: Sequence[NDArray[np.intp]]) -> Counted:
    """The dialogues of the drawn clusters, each draw a cluster of its own."""
    rows = np.concatenate(clusters)
    draws = np.repeat(np.arange(len(clusters)), [len(cluster) for cluster in clusters])
    headers = tuple(
        replace(block.headers[row], id=f"{draw}/{row}", cluster=str(draw))
        for row, draw in zip(rows, draws, strict=True)
    )
    return Counted(
        headers=headers,
        starts=np.arange(len(rows)),
        counts=block.counts[block.starts[rows]],
        latency_ms=block.latency_ms[block.starts[rows]],
    )


def _only_first_repeats(outcomes: Iterable[DialogueOutcome]) -> list[DialogueOutcome]:
    return [next(repeats) for _, repeats in groupby(outcomes, key=lambda outcome: outcome.id)]
