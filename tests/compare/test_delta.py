"""What a difference shows: p-values against scipy, every mark, and the size that would settle a question."""

from __future__ import annotations

import math
import random

import numpy as np
import pytest
from scipy import stats

from evals.compare.comparison import compare
from evals.compare.delta import DETECTABLE_ERRORS, deltas, dialogues_needed, t_p_value
from evals.scoring.paired import Paired, Reading
from tests.compare.runs import answered, counts_of, run_of

NONE = Reading(difference=None, error=None)


def paired(**fields: object) -> Paired:
    """A difference of two points with an error of one, unless said otherwise."""
    known = {
        "metric": "f1",
        "slice": "all",
        "base": 0.5,
        "candidate": 0.52,
        "difference": 0.02,
        "error": 0.01,
        "low": 0.0,
        "high": 0.04,
        "open_low": NONE,
        "open_high": NONE,
        "bound_low": None,
        "bound_high": None,
        "dialogues": 100,
        "clusters": 100,
        "higher_is_better": True,
        **fields,
    }
    return Paired(**known)  # type: ignore[arg-type]


def marked(**fields: object) -> str:
    return deltas([paired(**fields)])[0].mark


@pytest.mark.parametrize(
    ("fields", "mark"),
    [
        ({"difference": 0.03}, "better"),
        ({"difference": -0.03}, "worse"),
        ({"difference": 0.03, "higher_is_better": False}, "worse"),
        ({"difference": 0.01}, "within noise"),
        ({"difference": 0.03, "higher_is_better": None}, "differs"),
        ({"difference": 0.0, "error": 0.0}, "same"),
        ({"candidate": None, "difference": None, "error": None}, "newly failing"),
        ({"base": None, "difference": None, "error": None}, "not comparable"),
        ({"difference": 1.0, "error": 0.0}, "better"),
        ({"difference": 1.0, "error": 0.0, "clusters": 5}, "within noise"),
        ({"difference": 0.03, "error": None, "clusters": 1}, "not comparable"),
    ],
)
def test_marks(fields: dict[str, object], mark: str) -> None:
    """Every way a comparison can end has its word."""
    assert marked(**fields) == mark


def test_p_is_that_of_a_paired_t_test() -> None:
    """Oracle: scipy.stats.ttest_rel on memories a dialogue, where the delta method is the plain mean."""
    base, candidate = run_of(80, 1), run_of(80, 2, recall=0.7)
    found = compare(counts_of(base), counts_of(candidate)).get("memories_per_dialogue")
    sizes = [[len(outcome.predicted) for outcome in run] for run in (candidate, base)]
    assert found is not None
    assert found.p == pytest.approx(stats.ttest_rel(sizes[0], sizes[1]).pvalue)
    assert t_p_value(0.0, 0.0, 40) == 1.0
    assert t_p_value(0.1, 0.1, 1) is None


def test_slices_are_adjusted_and_the_whole_set_is_not() -> None:
    """Oracle: scipy's false_discovery_control over the slices of one metric."""
    rows = [paired(slice=f"label={i}", difference=i / 100) for i in range(6)]
    found = deltas([paired(), *rows])
    assert found[0].adjusted_p == found[0].p
    assert [d.adjusted_p for d in found[1:]] == pytest.approx(
        list(stats.false_discovery_control([d.p for d in found[1:]]))
    )


def test_what_can_be_detected_is_found_eight_times_in_ten() -> None:
    """A true drop of exactly that size is significant, one-sided at 5 %, in 80 % of 4,000 draws."""
    rng = np.random.default_rng(3)
    error = 0.01
    seen = rng.normal(-DETECTABLE_ERRORS * error, error, 4000)
    assert float((seen + 1.6449 * error < 0).mean()) == pytest.approx(0.8, abs=0.02)


def test_the_dialogues_that_would_settle_it_do() -> None:
    """With so many dialogues like these the bound clears the margin, with a tenth fewer it does not."""
    (found,) = deltas([paired(difference=-0.01, error=0.02)])
    needed = dialogues_needed(found, 0.03)
    assert needed is not None
    for share, clears in ((1.0, True), (0.9, False)):
        error = 0.02 * math.sqrt(100 / (needed * share))
        assert (-0.01 - 1.6449 * error > -0.03) is clears
    assert dialogues_needed(deltas([paired(difference=-0.03, error=0.02)])[0], 0.03) is None


def test_the_primary_metric_is_checked_by_label_swaps() -> None:
    """Its p is the permutation's, the others' that of t, and both see the same."""
    found = compare(counts_of(run_of(120, 5)), counts_of(run_of(120, 6, recall=0.75)), swaps=2000)
    primary, other = found.get("f1"), found.get("precision")
    assert primary is not None
    assert other is not None
    assert (primary.p_by, other.p_by) == ("swaps", "t")
    assert primary.p == pytest.approx(1 / 2001)
    assert primary.mark == "better"


def test_a_run_against_itself_is_the_same_everywhere() -> None:
    """No metric in no slice is better, worse or noise."""
    run = run_of(80, 7)
    found = compare(counts_of(run), counts_of(run), slices=["kind", "language", "split", "label"])
    assert {delta.mark for delta in found.deltas} <= {"same", "not comparable"}


def test_partial_gold_is_compared_by_recall() -> None:
    """Where F1 is not defined the primary metric is recall."""
    from evals.types import Annotated

    partial = Annotated(facts="partial")
    sides = []
    for seed in (8, 9):
        rng = random.Random(seed)
        sides.append([answered(number, rng, annotated=partial) for number in range(60)])
    found = compare(counts_of(sides[0]), counts_of(sides[1]), swaps=200)
    assert found.primary == "recall"
    assert found.get("f1").difference is None  # type: ignore[union-attr]
