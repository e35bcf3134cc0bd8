"""The swap test against scipy's permutation test, against all swaps, and under a true null."""

from __future__ import annotations

from itertools import product
from types import SimpleNamespace

import numpy as np
import pytest
from scipy import stats

from evals.results import DialogueOutcome
from evals.scoring.counted import Counted, counted
from evals.scoring.permutation import SwapTest


def answered(make: SimpleNamespace, number: int, hits: int, of: int, *, cluster: int | None = None) -> DialogueOutcome:
    """A dialogue with `of` gold facts, the first `hits` of them found."""
    gold = tuple(make.gold(f"g{i}", "found" if i < hits else "missed") for i in range(of))
    right = tuple(make.predicted("correct", item.gid) for item in gold[:hits])
    return make.dialogue(gold, right, id=f"d{number}", cluster=f"c{number if cluster is None else cluster}")


def blocks(outcomes: list[DialogueOutcome]) -> list[Counted]:
    return list(counted(outcomes))


def p_of(base: list[DialogueOutcome], candidate: list[DialogueOutcome], **options: object) -> float | None:
    test = SwapTest("recall", "all")
    for theirs, ours in zip(blocks(base), blocks(candidate), strict=True):
        test.add(ours, theirs)
    return test.p_value(seed=0, **options)  # type: ignore[arg-type]


def test_equals_the_share_of_all_swaps(make: SimpleNamespace) -> None:
    """Ten clusters have 1,024 swaps: the sampled p is near the exact share, by hand over every one of them."""
    rng = np.random.default_rng(5)
    hits = rng.integers(0, 7, (10, 2))
    sides = [[answered(make, i, int(row[side]), 6) for i, row in enumerate(hits)] for side in (0, 1)]
    gaps = (hits[:, 1] - hits[:, 0]) / 60
    swapped = np.array([abs(np.dot(signs, gaps)) for signs in product((1, -1), repeat=10)])
    exact = float((swapped >= abs(gaps.sum()) - 1e-12).mean())
    assert p_of(sides[0], sides[1], swaps=40_000) == pytest.approx(exact, abs=0.01)


def test_agrees_with_scipy(make: SimpleNamespace) -> None:
    """Oracle: scipy.stats.permutation_test over paired samples with the same ratio as its statistic."""
    rng = np.random.default_rng(6)
    gold = rng.integers(1, 8, 80)
    hits = np.stack((rng.binomial(gold, 0.6), rng.binomial(gold, 0.55)))
    sides = [[answered(make, i, int(row[i]), int(gold[i])) for i in range(80)] for row in hits]

    def gap(one: np.ndarray, other: np.ndarray, axis: int) -> np.ndarray:
        return (one.sum(axis=axis) - other.sum(axis=axis)) / gold.sum()

    given = stats.permutation_test(
        (hits[1], hits[0]), gap, permutation_type="samples", n_resamples=20_000, vectorized=True, rng=rng
    )
    # scipy doubles the smaller tail of a discrete distribution; ours counts both tails as they are
    assert p_of(sides[0], sides[1], swaps=20_000) == pytest.approx(given.pvalue, abs=0.03)


def test_clusters_are_swapped_whole(make: SimpleNamespace) -> None:
    """Ten dialogues of one cluster are one draw: what looks certain by dialogue is one coin toss by cluster."""
    base = [answered(make, i, 0, 4, cluster=i // 10) for i in range(40)]
    candidate = [answered(make, i, 4, 4, cluster=i // 10) for i in range(40)]
    assert p_of(base, candidate, swaps=4000) == pytest.approx(2 / 16, abs=0.02)


def test_a_cluster_may_go_on_in_the_next_block(make: SimpleNamespace) -> None:
    """Blocks end where they end; clusters do not."""
    base = [answered(make, i, i % 3, 4, cluster=i // 100) for i in range(600)]
    candidate = [answered(make, i, (i + 1) % 3, 4, cluster=i // 100) for i in range(600)]
    test = SwapTest("f1", "kind=fact")
    for theirs, ours in zip(blocks(base), blocks(candidate), strict=True):
        test.add(ours, theirs)
    assert len(blocks(base)) > 2
    whole = SwapTest("f1", "kind=fact")
    whole.add(Counted.joined(blocks(candidate)), Counted.joined(blocks(base)))
    assert test.p_value(seed=1, swaps=500) == whole.p_value(seed=1, swaps=500)


def test_equal_runs_are_never_told_apart(make: SimpleNamespace) -> None:
    """p is 1 for a run against itself, never 0 for any, and None where nothing can be said."""
    same = [answered(make, i, i % 3, 3) for i in range(30)]
    assert p_of(same, same) == 1.0
    worse = [answered(make, i, 0, 3) for i in range(30)]
    assert p_of([answered(make, i, 3, 3) for i in range(30)], worse, swaps=99) == 1 / 100
    assert p_of(same[:1], worse[:1]) is None
    assert SwapTest("f1", "language=fr").p_value(seed=0) is None


def test_false_alarms_keep_to_five_per_cent(make: SimpleNamespace) -> None:
    """Of 200 pairs of runs that are alike, about 5 % have p below 0.05."""
    rng = np.random.default_rng(7)
    alarms = 0
    for _ in range(200):
        rows = rng.binomial(5, 0.6, (40, 2))
        sides = [[answered(make, i, int(row[side]), 5) for i, row in enumerate(rows)] for side in (0, 1)]
        p = p_of(sides[0], sides[1], swaps=400)
        alarms += p is not None and p <= 0.05
    assert 2 <= alarms <= 20
