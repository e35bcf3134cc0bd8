"""Every item of an outcome says who decided it, and on which two tokens."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from evals.types import Decision, Outcome

Match = Callable[..., Outcome]


def told(decision: Decision) -> tuple[str, str | None, str | None]:
    return decision.by, decision.gold_token, decision.pred_token


@pytest.mark.parametrize(
    ("gold", "predicted", "gold_told", "predicted_told"),
    [
        ("The user is 28.", "The user is 28.", ("equal", None, None), ...),
        ("The user is 28.", "The user is 29.", ("digits", "28", "29"), ...),
        ("用户上午9点40分上班。", "用户上午10点40分上班。", ("value", "t09:40", "t10:40"), ...),
        ("The user moved to Lisbon.", "The user moved to Porto.", ("entity", "lisbon", "porto"), ...),
        ("用户喝茶。", "用户不喝茶。", ("polarity", "喝茶", "不 喝茶"), ...),
        ("The user's sister sings.", "The user's brother sings.", ("role", "sister", "brother"), ...),
        ("用户打算买钢琴。", "用户买了钢琴。", ("modality", "打算", "了"), ...),
        ("The user keeps cats and dogs.", "The user keeps cats.", ("residual", "dog", None), ...),
        ("The user has a granddaughter.", "The user has a cat.", ("overlap", None, None), ...),
        ("The user keeps two cats.", "用户养了两只猫。", ("cross_lingual", None, None), ...),
        ("The user keeps two cats.", "The dog sings.", ("floor", None, None), ("grounding", None, None)),
        ("The user keeps two cats.", "", ("floor", None, None), ("empty", None, None)),
    ],
)
def test_decisions(
    match: Match,
    gold: str,
    predicted: str,
    gold_told: tuple[str, str | None, str | None],
    predicted_told: object,
) -> None:
    """Both sides of a pair name the same guard and the same tokens (…: as gold's)."""
    outcome = match([gold], [predicted])
    assert told(outcome.gold[0].decided_by) == gold_told
    assert told(outcome.predicted[0].decided_by) == (gold_told if predicted_told is ... else predicted_told)


def test_a_missed_item_says_whether_anything_came_near(match: Match) -> None:
    """`assignment`: a prediction near enough went to another gold item; `floor`: there was none."""
    gold = ["The user keeps two cats.", "The user keeps two cats and a parrot.", "The user sings in a choir."]
    outcome = match(gold, ["The user keeps two cats."])
    assert [told(item.decided_by)[0] for item in outcome.gold] == ["equal", "assignment", "floor"]


def test_duplicates_name_the_gold_item_they_repeat(match: Match) -> None:
    """A duplicate keeps partner, similarity and the reason it was taken for one."""
    outcome = match(["The user keeps two cats."], ["The user keeps two cats."] * 2)
    copy = outcome.predicted[1]
    assert (copy.state, copy.partner, copy.similarity) == ("duplicate", "f0", 1.0)
    assert copy.decided_by.by == "duplicate:equal"


def test_similarities_are_those_of_the_pair(match: Match) -> None:
    """Four digits, the same on both sides; none where nothing was paired."""
    outcome = match(["The user keeps two cats."], ["The user keeps 3 cats", "The dog sings."])
    assert outcome.gold[0].similarity == outcome.predicted[0].similarity
    assert outcome.gold[0].similarity == round(outcome.gold[0].similarity or 0.0, 4)
    assert outcome.predicted[1].similarity is None
