"""What a rule can tell: against simulation, from repeats where there are any, and who may only warn."""

from __future__ import annotations

import random
from dataclasses import replace

import numpy as np
import pytest

from evals.gate.plan import ASSUMED_RATIO, RulePlan, plan, repeat_errors
from evals.gate.policy import Policy, policy_of
from evals.results import Score
from evals.scoring.board import ScoreBoard
from evals.scoring.counted import counted
from tests.compare.runs import answered, run_of
from tests.gate.test_policy import shipped


def policy(**rules: object) -> Policy:
    return policy_of({**shipped(), "rules": rules, "primary": next(iter(rules))})


def planned(score: Score, **rule: object) -> RulePlan:
    given = {"metric": score.metric, "slice": score.slice, **rule}
    return plan(policy(rule=given), [score])["rule"]


def score(low: float, high: float, **fields: object) -> Score:
    known = {"value": 0.5, "n": 1000, "dialogues": 300, "clusters": 300, **fields}
    return Score(metric="f1", slice="all", low=low, high=high, **known)  # type: ignore[arg-type]


@pytest.mark.parametrize("half", [0.02, 0.04, 0.06, 0.09])
def test_chances_are_those_of_simulated_runs(half: float) -> None:
    """200,000 normal differences of the planned error, judged by the rule itself."""
    found = planned(score(0.5 - half, 0.5 + half), margin=0.03)
    assert found.error == pytest.approx(ASSUMED_RATIO * half / 1.9679, rel=1e-3)
    rng = np.random.default_rng(1)
    reach = 1.65 * found.error
    for true, share, passes in ((0.0, found.pass_unchanged, True), (-0.05, found.fail_at_drop, False)):
        seen = rng.normal(true, found.error, 200_000)
        says = seen - reach > -0.03 if passes else (seen + reach < 0) & (seen < -0.03)
        assert share == pytest.approx(float(says.mean()), abs=0.006)


def test_a_rule_that_would_hold_up_unchanged_runs_only_warns() -> None:
    """At 0.9 and above it decides."""
    assert planned(score(0.46, 0.54), margin=0.03).may_decide
    assert not planned(score(0.40, 0.60), margin=0.03).may_decide


def test_too_few_dialogues_never_pass() -> None:
    """Neither 40, nor 52, which another run may have fewer of."""
    for dialogues in (40, 52):
        assert planned(score(0.46, 0.54, dialogues=dialogues), margin=0.2).pass_unchanged == 0.0
    assert planned(score(0.46, 0.54, dialogues=70), margin=0.2).pass_unchanged == pytest.approx(1.0)


def test_nothing_known_nothing_planned() -> None:
    """Of a score without value or interval nothing can be told, so that its rule holds nobody up."""
    empty = Score(metric="f1", slice="all", value=None)
    assert planned(empty, margin=0.03) == RulePlan(
        rule="rule", error=None, measured=False, pass_unchanged=0.0, fail_at_drop=None
    )


def test_repeats_are_measured() -> None:
    """The error between repeats is that of the paired difference, and takes the place of the assumption."""
    rng = random.Random(5)
    outcomes = [
        replace(answered(number, rng), repeat=repeat, id=f"d{number}") for number in range(80) for repeat in range(3)
    ]
    rules = policy(f1={"metric": "f1", "margin": 0.03})
    measured = repeat_errors(counted(outcomes), rules)
    board = ScoreBoard()
    for outcome in outcomes:
        board.add(outcome)
    found = plan(rules, board.scores(), measured=measured)["f1"]
    assert found.measured
    assert found.error == measured["f1", "all"][0]
    assert plan(rules, board.scores(), measured=measured, repeats=4)["f1"].error == pytest.approx(found.error / 2)
    assert repeat_errors(counted(run_of(20, 1)), rules) == {}
