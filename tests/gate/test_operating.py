"""What the gate does over many runs: false alarms, power, and the figures published for its rule."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from evals.compare.delta import deltas
from evals.gate.degrade import drop, flip_polarity, invent, redraw, swap_type, wrong_digit
from evals.gate.plan import plan
from evals.gate.policy import Policy, Rule, policy_of
from evals.gate.rules import paired_findings
from evals.gate.selftest import HALUMEM_F1, Operating, _measured, _Scenario, found_rates, self_test, share_for_drop
from evals.results import DialogueOutcome
from evals.scoring.board import ScoreBoard
from evals.scoring.counted import Counted, counted
from evals.scoring.statistics import Moments, standard_error, t_interval
from tests.compare.runs import answered
from tests.gate.test_policy import shipped
from tests.gate.test_rules import delta

PAIRED_SD = 0.078  # of the influence of one dialogue, 12 % of items drawn anew between runs
SKILL = (3.4, 2.27)  # Beta: mean .6, and an intraclass correlation of .15 between the items of one user


def clustered(n: int, seed: int, *, per_cluster: int = 5, lift: float = 0.0) -> list[DialogueOutcome]:
    """`n` dialogues of users whose skill differs."""
    rng = random.Random(seed)
    skills = [rng.betavariate(*SKILL) for _ in range(n // per_cluster + 1)]
    return [
        answered(at, rng, recall=min(1.0, max(0.0, skills[at // per_cluster] + lift)), cluster_size=per_cluster)
        for at in range(n)
    ]


def policy(name: str) -> Policy:
    return policy_of(shipped(name))


@pytest.mark.parametrize(
    ("n", "true_points", "fails", "inconclusive"),
    [
        (50, 0.0, 1.8, 39),
        (50, -2.4, 59, 39),
        (50, -5.2, 95, 5),
        (200, 0.0, 0, 1.2),
        (200, -1.3, 11, 54),
        (200, -2.5, 73, 27),
        (1000, -1.2, 0.5, 12),
        (1000, -2.5, 96, 4),
    ],
)
def test_the_rule_behaves_as_published(n: int, true_points: float, fails: float, inconclusive: float) -> None:
    """The simulated operating characteristic at a margin of two points; within twelve, for its Δ are rounded to 0.1."""
    rng = np.random.default_rng([n, int(true_points * 10) + 100])
    rule = {"rule": Rule(metric="f1", margin=0.02)}
    seen: Counter[str] = Counter()
    for _ in range(1000):
        influence = rng.normal(true_points / 100, PAIRED_SD, n)
        found = delta(float(influence.mean()), float(influence.std(ddof=1) / np.sqrt(n)), dialogues=n, clusters=n)
        seen[paired_findings(rule, {("f1", "all"): found}, alpha=0.05, primary="rule")["rule"].state] += 1
    assert seen["FAIL"] / 10 == pytest.approx(fails, abs=12)
    assert seen["INCONCLUSIVE"] / 10 == pytest.approx(inconclusive, abs=12)


class TestPlantedChanges:
    """What each planted change does to the counts, and that it does nothing else."""

    run = clustered(200, 1)

    def moved(self, change: Any, seed: int = 0) -> dict[str, float]:
        rng = random.Random(seed)
        board = [ScoreBoard(), ScoreBoard()]
        for outcome in self.run:
            board[0].add(outcome)
            board[1].add(change(outcome, rng))
        before, after = ({s.metric: s.value for s in each.scores() if s.slice == "all"} for each in board)
        return {name: (after[name] or 0.0) - (before[name] or 0.0) for name in before}

    def test_dropping_costs_recall_alone(self) -> None:
        """A third of the memories gone is a third of recall, and no precision."""
        found = self.moved(drop(0.33))
        assert found["recall"] == pytest.approx(-0.2, abs=0.04)
        assert found["precision"] == pytest.approx(0, abs=0.03)

    def test_inventing_costs_precision_and_not_halumems_f1(self) -> None:
        """The yardstick that looks at memories of gold alone does not move."""
        found = self.moved(invent(0.3))
        assert found["precision"] < -0.1
        assert found["hallucination_rate"] > 0.1
        assert found["recall"] == 0
        rng = random.Random(0)
        blocks = [Counted.joined(list(counted(run))) for run in (self.run, [invent(0.3)(o, rng) for o in self.run])]
        yardstick = [HALUMEM_F1.value(block.averaged()[:, 0].sum(axis=0)) for block in blocks]
        assert yardstick[0] == yardstick[1]

    def test_a_wrong_digit_is_a_wrong_value_on_both_sides(self) -> None:
        """One in five right memories wrong: value errors rise as recall falls."""
        found = self.moved(wrong_digit(0.2))
        assert found["recall"] == pytest.approx(-0.12, abs=0.03)
        assert found["value_error_rate"] > 0.05

    def test_redrawing_changes_items_and_no_average(self) -> None:
        """Over ten redraws the scores stay within a point of where they were, though items move."""
        change = redraw(0.12, found_rates(self.run))
        moved = [self.moved(change, seed) for seed in range(10)]
        assert abs(float(np.mean([each["f1"] for each in moved]))) < 0.01
        assert float(np.std([each["f1"] for each in moved])) > 0.001

    def test_flips_and_swaps_touch_preferences_alone(self) -> None:
        """A run of facts has neither polarity nor preference types."""
        for change in (flip_polarity(1.0), swap_type(1.0)):
            assert all(change(outcome, random.Random(0)) == outcome for outcome in self.run)

    def test_the_share_to_drop_for_five_points(self) -> None:
        """Dropping that share at random costs five points of F1."""
        share = share_for_drop(self.run)
        assert share is not None
        assert self.moved(drop(share))["f1"] == pytest.approx(-0.05, abs=0.015)


def measured(n: int, name: str, change: Any, *, replicates: int) -> Operating:
    """The whole policy over `replicates` runs of `n` dialogues, drawn by user from 3,000 changed ten times."""
    pool = clustered(3000, 1)
    board = ScoreBoard()
    for outcome in pool[:n]:
        board.add(outcome)
    plans = plan(policy(name), board.scores())
    scenario = _Scenario(f"{n} {name}", change)
    return _measured(scenario, pool, policy(name), plans, replicates=replicates, seed=0, dialogues=n)


@pytest.mark.slow
@pytest.mark.parametrize(("name", "most"), [("pull_request", 0.05), ("release", 0.01)])
@pytest.mark.parametrize("n", [100, 300])
def test_an_unchanged_extractor_seldom_fails(n: int, name: str, most: float) -> None:
    """A/A over 1,000 simulated re-runs with users of differing skill."""
    found = measured(n, name, redraw(0.12, {"fact": 0.6}), replicates=1000)
    print(found)
    assert found.failed <= most


@pytest.mark.slow
def test_five_points_are_found() -> None:
    """A planted drop of five points of F1 at 300 dialogues fails at least 95 times in 100."""
    share = share_for_drop(clustered(3000, 1))
    assert share is not None
    found = measured(300, "pull_request", drop(share), replicates=1000)
    print(found, f"{share:.3f} dropped")
    assert found.f1 == pytest.approx(-0.05, abs=0.005)
    assert found.failed >= 0.95


@pytest.mark.slow
def test_the_shipped_policy_passes_an_unchanged_run_of_the_golden_test_half(tmp_path: Any) -> None:
    """As a whole, at least 95 times in 100, with a tenth of memories invented never."""
    from pathlib import Path

    from evals.cli import main
    from evals.commands.alike import Opened
    from evals.commands.gating import plans_of
    from evals.runs import RunFolder

    words = ["run", "dataset.split=test", "controls=[]", "report.formats=[]", "--name", "base", "--out", str(tmp_path)]
    assert main(words) == 0
    folder = RunFolder(Path(tmp_path) / "base")
    opened = Opened(folder=folder, run=folder.read_run(), label="base")
    for name in ("pull_request", "release"):
        plans = plans_of(opened.run, opened.counts, policy(name))
        measured = {
            each.about: each for each in self_test(folder.outcomes, policy(name), plans, replicates=200, seed=0)
        }
        unchanged, invented = measured["unchanged, 12% redrawn"], measured["10% invented on top"]
        assert unchanged.passed >= 0.95
        assert unchanged.failed <= 0.01
        assert invented.failed >= 0.95
        assert invented.halumem_f1 == pytest.approx(0, abs=1e-12)
        assert invented.precision is not None
        assert invented.precision < -0.02


@pytest.mark.slow
def test_intervals_cover_and_a_naive_bootstrap_does_not() -> None:
    """Fifty users of ten dialogues, 5,000 replicates: cluster-t holds the truth 93 to 97 %, a naive one under 75 %."""
    rng = np.random.default_rng(8)
    covered = naive = 0
    for replicate, counts in enumerate(replicates(rng, 5000)):
        moments = Moments(counts=2, metrics=1)
        moments.add(np.hstack((counts.sum(axis=1), np.full((50, 1), 10))))
        sums = moments.sums()
        value = float(sums.counts[0] / sums.counts[1])
        gradient = np.array([1.0, -value]) / sums.counts[1]
        low, high = t_interval(value, standard_error(gradient, sums, 50) or 0.0, 50)
        covered += low <= 0.6 <= high
        if replicate < 1000:
            flat = counts.reshape(500, 2)
            drawn = flat[rng.integers(500, size=(200, 500))].sum(axis=1)
            ends = np.quantile(drawn[:, 0] / drawn[:, 1], [0.025, 0.975])
            naive += ends[0] <= 0.6 <= ends[1]
    print(f"cluster-t {covered / 5000:.3f}, naive bootstrap {naive / 1000:.3f}")
    assert 0.93 <= covered / 5000 <= 0.97
    assert naive / 1000 < 0.75


def replicates(rng: np.random.Generator, n: int) -> Iterator[np.ndarray]:
    """(users, dialogues, (found, gold)) of 50 users with 10 dialogues of 8 items."""
    for _ in range(n):
        skill = rng.beta(*SKILL, size=50)
        found = rng.binomial(8, np.repeat(skill, 10)).reshape(50, 10)
        yield np.stack((found, np.full((50, 10), 8)), axis=2).astype(float)


@pytest.mark.slow
def test_a_whole_self_test_is_repeatable() -> None:
    """The same seed gives the same operating characteristic, another seed another one."""
    run = clustered(120, 3)
    board = ScoreBoard()
    for outcome in run:
        board.add(outcome)
    plans = plan(policy("pull_request"), board.scores())
    first, again, other = (
        self_test(lambda: iter(run), policy("pull_request"), plans, replicates=20, seed=seed) for seed in (0, 0, 1)
    )
    assert first == again
    assert first != other


def test_deltas_of_a_resample_have_clusters_of_their_own() -> None:
    """A user drawn twice is two clusters, or the interval would pretend to know less than it does."""
    from evals.gate.selftest import _drawn, _resampled
    from evals.scoring.paired import PairedBoard

    block = Counted.joined(list(counted(clustered(100, 4))))
    rows = _resampled(block, np.random.default_rng(0), None)
    board = PairedBoard(("f1",))
    board.add_block(_drawn(block, rows), _drawn(block, rows))
    (found, *_) = deltas(board.paired(slices=["all"]))
    assert found.clusters == len(rows)
