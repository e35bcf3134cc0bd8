"""Texts that share their words and say them of other things: neighbours, preferences, clauses, people."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from evals.matching.crossed import changed_neighbours, changed_places, changed_preference, changed_sides
from evals.text.features import Features, features
from evals.text.ngrams import background

Guard = Callable[[Features, Features], tuple[str, str] | None]

STOPPED: list[tuple[Guard, str, str]] = [
    (changed_neighbours, "The user has a red kettle and a blue pan.", "The user has a blue kettle and a red pan."),
    (changed_preference, "The user prefers the sea to the hills.", "The user prefers the hills to the sea."),
    (changed_preference, "比起海边，用户更喜欢山里。", "比起山里，用户更喜欢海边。"),
    (changed_sides, "The user eats eggs but not fish.", "The user eats fish but not eggs."),
    (changed_sides, "The user trusts maps, yet never a compass.", "The user never trusts maps, yet a compass."),
    (changed_sides, "用户能吃虾，不能吃蟹。", "用户能吃蟹，不能吃虾。"),
    (changed_sides, "用户怕冷水，但不怕高处。", "用户怕高处，但不怕冷水。"),
    (
        changed_places,
        "The user taught the neighbour to weave baskets.",
        "The neighbour taught the user to weave baskets.",
    ),
    (
        changed_places,
        "The user's cousin is three years older than the user.",
        "The user is three years older than the cousin.",
    ),
    (changed_places, "The user was driven home by the landlord.", "The user drove the landlord home."),
    (changed_places, "用户去年把乡下的旧房子卖给了舅舅。", "舅舅去年把乡下的旧房子卖给了用户。"),
    (changed_places, "用户的舅舅爱钓鱼，用户爱下棋。", "用户爱钓鱼，舅舅爱下棋。"),
]
LET_PASS: list[tuple[Guard, str, str]] = [
    (changed_neighbours, "The user has a red kettle and a blue pan.", "The user has a blue pan and a red kettle."),
    (changed_preference, "The user prefers the sea to the hills.", "The user likes the sea better than the hills."),
    (changed_sides, "The user eats eggs but not fish.", "The user does not eat fish but eats eggs."),
    (changed_sides, "The user does not eat fish.", "The user eats no fish."),
    (changed_sides, "用户能吃虾，不能吃蟹。", "用户不能吃蟹，能吃虾。"),
    (
        changed_places,
        "The user taught the neighbour to weave baskets.",
        "The neighbour was taught by the user to weave baskets.",
    ),
    (changed_places, "The user sails with their cousin.", "The cousin and the user sail together."),
    (changed_places, "The user's aunt bakes bread.", "Bread is what the user's aunt bakes."),
    (changed_places, "用户和室友一起养了一只鸟。", "室友和用户养了一只鸟。"),
    (changed_places, "用户的舅舅爱钓鱼。", "爱钓鱼的是用户的舅舅。"),
    (changed_places, "我给室友做饭。", "用户给室友做饭。"),
]


def _read(text: str) -> Features:
    return features(text, background())


@pytest.mark.parametrize(("guard", "gold", "pred"), STOPPED)
def test_what_changed_places_is_a_question(guard: Guard, gold: str, pred: str) -> None:
    """From either side, on the two that changed places."""
    found = guard(_read(gold), _read(pred))
    assert found is not None
    assert found[0] != found[1]
    assert guard(_read(pred), _read(gold)) is not None


@pytest.mark.parametrize(("guard", "gold", "pred"), LET_PASS)
def test_the_same_told_in_another_order_passes(guard: Guard, gold: str, pred: str) -> None:
    assert guard(_read(gold), _read(pred)) is None
    assert guard(_read(pred), _read(gold)) is None
