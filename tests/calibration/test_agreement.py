"""Kappa and corrected rates against independent values and simulation."""

from __future__ import annotations

import random

import pytest

from evals.calibration.agreement import agreement, cohen_kappa, rate, slices
from evals.calibration.correct import post_stratified, rogan_gladen
from evals.calibration.pairs import Answer, Answered, Label, Pair
from evals.types import Decision


def answered(label: Label, answer: Answer, *, kind: str = "fact", lang: str = "en") -> Answered:
    return Answered(
        pair=Pair(a="a", b="b", label=label, kind=kind, lang=lang), answer=answer, decision=Decision(by="x")
    )


@pytest.mark.parametrize(
    ("table", "kappa", "error"),
    [
        # Wikipedia, "Cohen's kappa", the example of grant proposals: 20 yes-yes, 5, 10, 15 of 50
        ([[20, 5], [10, 15]], 0.4, 0.1265),
        # Fleiss, Statistical Methods for Rates and Proportions, table 18.3: 100 subjects, three categories
        ([[75, 1, 4], [5, 4, 1], [0, 0, 10]], 0.676, 0.087),
    ],
)
def test_kappa_of_the_textbooks(table: list[list[int]], kappa: float, error: float) -> None:
    """Values printed in the sources named."""
    found, spread = cohen_kappa(table)
    assert found == pytest.approx(kappa, abs=0.001)
    assert spread == pytest.approx(error, abs=0.005)


def test_kappa_is_undefined_where_chance_is_certain() -> None:
    """Everybody always says the same: agreement tells nothing."""
    assert cohen_kappa([[10, 0], [0, 0]]) == (None, None)
    assert cohen_kappa([[0, 0], [0, 0]]) == (None, None)


def test_figures_of_a_slice() -> None:
    """Open answers are no answers; partial is no match."""
    answers = [
        *[answered("match", "match")] * 6,
        *[answered("match", "no")] * 2,
        *[answered("match", "open")] * 2,
        *[answered("partial", "match")],
        *[answered("partial", "partial")] * 3,
        *[answered("no", "match")] * 1,
        *[answered("no", "no")] * 5,
    ]
    found = agreement(answers)
    assert found.n == 20
    assert (found.decided.value, found.decided.n) == (0.9, 20)
    assert (found.sensitivity.value, found.sensitivity.n) == (0.75, 8)
    assert (found.specificity.value, found.specificity.n) == (0.8, 10)
    assert found.accuracy.value == pytest.approx(14 / 18)
    assert found.constant == pytest.approx(8 / 18)
    assert found.confusion["match"] == {"match": 6, "partial": 0, "no": 2, "open": 2}


def test_nothing_decided_is_null() -> None:
    """Not 0 and not 1."""
    found = agreement([answered("match", "open")])
    assert (found.sensitivity.value, found.kappa, found.constant) == (None, None, None)
    assert rate(0, 0).value is None


def test_slices_by_language_and_kind() -> None:
    """All, each language, each kind, and both."""
    answers = [
        answered("match", "match", kind=kind, lang=lang) for kind in ("fact", "preference") for lang in ("en", "zh")
    ]
    assert {name: len(group) for name, group in slices(answers).items()} == {
        "all": 4,
        **{f"kind={kind}": 2 for kind in ("fact", "preference")},
        **{f"kind={kind},lang={lang}": 1 for kind in ("fact", "preference") for lang in ("en", "zh")},
        **{f"lang={lang}": 2 for lang in ("en", "zh")},
    }


def test_rogan_gladen_by_hand() -> None:
    """p = .64, sensitivity .95, specificity .85: (.64 - .15) / .8."""
    found = rogan_gladen(0.64, 2000, sensitivity=0.95, of_matches=120, specificity=0.85, of_others=80)
    assert found is not None
    assert found[0] == pytest.approx(0.6125)
    assert rogan_gladen(0.5, 100, sensitivity=0.5, of_matches=50, specificity=0.5, of_others=50) is None
    assert rogan_gladen(0.5, 0, sensitivity=0.9, of_matches=50, specificity=0.9, of_others=50) is None


def draws(random_: random.Random, n: int, share: float) -> int:
    return sum(random_.random() < share for _ in range(n))


def test_corrected_intervals_hold_the_truth() -> None:
    """The simulation of matching-stats.md 4.5: true rate .6, sensitivity .95, specificity .85, 200 labelled of 2,000.

    The naive interval misses by .03; the corrected ones hold it about 95 times in 100.
    """
    random_ = random.Random(7)
    held = {"rogan_gladen": 0, "post_stratified": 0}
    rounds = 400
    for _ in range(rounds):
        true = draws(random_, 2000, 0.6)
        said = draws(random_, true, 0.95) + draws(random_, 2000 - true, 0.15)
        matches = draws(random_, 200, 0.6)
        hits, passes = draws(random_, matches, 0.95), draws(random_, 200 - matches, 0.85)
        corrected = rogan_gladen(
            said / 2000,
            2000,
            sensitivity=hits / matches,
            of_matches=matches,
            specificity=passes / (200 - matches),
            of_others=200 - matches,
        )
        answers = {"match": said, "no": 2000 - said}
        labelled = {
            "match": [True] * hits + [False] * (200 - matches - passes),
            "no": [True] * (matches - hits) + [False] * passes,
        }
        stratified = post_stratified(answers, labelled)
        for name, found in (("rogan_gladen", corrected), ("post_stratified", stratified)):
            assert found is not None
            held[name] += found[1] <= 0.6 <= found[2]
    assert 0.92 <= held["rogan_gladen"] / rounds <= 0.99
    assert 0.92 <= held["post_stratified"] / rounds <= 0.99


def test_post_stratified_needs_labels_of_every_answer() -> None:
    """An answer nobody checked says nothing."""
    assert post_stratified({"match": 10, "no": 5}, {"match": [True]}) is None
    assert post_stratified({}, {}) is None
    assert post_stratified({"match": 10, "no": 0}, {"match": [True, True]})[0] == 1.0  # type: ignore[index]
