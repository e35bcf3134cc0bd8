"""The strictest matcher: equal canonical text or nothing."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from evals.matching.exact import ExactMatcher
from evals.matching.fuzzy import describe
from evals.matching.manifest import ManifestBuilder
from evals.types import Forbidden, GoldFact, Outcome, Preference

Match = Callable[..., Outcome]
EXACT = ExactMatcher()


@pytest.mark.parametrize(
    ("gold", "predicted", "gold_state", "state"),
    [
        ("The user has 28 employees.", "The user has twenty-eight employees", "found", "correct"),
        ("用户有28名员工。", "用户有二十八名员工", "found", "correct"),
        ("The user runs 5 km.", "The user runs 5 kilometres!", "found", "correct"),
        ("The user has 28 employees.", "The user has 29 employees.", "missed", "unjudged"),
        ("The user keeps two cats.", "User keeps two cats.", "missed", "unjudged"),
        ("用户养了两只猫。", "用户家里养了两只猫。", "missed", "unjudged"),
        ("The user keeps two cats.", "用户养了两只猫。", "unjudged", "unjudged"),
        ("The user keeps two cats.", "…", "missed", "invalid"),
    ],
)
def test_equal_or_nothing(match: Match, gold: str, predicted: str, gold_state: str, state: str) -> None:
    """Spelling of numbers and a final stop are no difference; a word is."""
    outcome = match([gold], [predicted], matcher=EXACT)
    assert (outcome.gold[0].state, outcome.predicted[0].state) == (gold_state, state)


def test_variants_duplicates_and_pools(match: Match) -> None:
    """A variant counts, a second time is a duplicate, the other list is no match."""
    gold = GoldFact(gid="f0", memory_value="The user keeps two cats.", variants=("Owns 2 cats",))
    pref = Preference(preference="The user keeps two cats.", preference_type="explicit_preference")
    outcome = match([gold], ["owns two cats", "The user keeps 2 cats", pref], matcher=EXACT)
    assert [item.state for item in outcome.predicted] == ["correct", "duplicate", "unjudged"]
    assert [item.covered for item in outcome.predicted] == [True, True, False]
    assert outcome.gold[0].links == (0, 1)


@pytest.mark.parametrize(("gold", "predicted"), [([], ["The user sings."]), (["The user sings."], [])])
def test_an_empty_side_is_no_other_language(match: Match, gold: list[str], predicted: list[str]) -> None:
    """Nothing to compare with is not a question of language: a miss, and a leftover to ground."""
    outcome = match(gold, predicted, matcher=EXACT)
    assert [item.state for item in outcome.gold] == ["missed"] * len(gold)
    assert not any(item.cross_lingual for item in (*outcome.gold, *outcome.predicted))


def test_forbidden_in_another_language_than_gold(match: Match) -> None:
    """What is forbidden word for word is forbidden whatever language gold is in."""
    item = Forbidden(fid="x1", value="用户对花生过敏。", kind="unsupported")
    outcome = match(["The user keeps two cats."], ["用户对花生过敏。"], forbidden=[item], matcher=EXACT)
    assert (outcome.predicted[0].state, outcome.predicted[0].partner) == ("forbidden", "x1")


def test_a_dataset_freezes_it_too() -> None:
    """Its grounding uses the weights of the dataset, and run.json says so."""
    builder = ManifestBuilder()
    calibrated = EXACT.calibrated(builder.freeze)
    assert calibrated.manifest.idf is builder.idf
    assert describe(calibrated)["align_scorer"] == "ngram_idf"
    assert describe(object()) == {}
