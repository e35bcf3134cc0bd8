"""Guards that know no sentence, only words of a sort: activities, things of one kind, attitudes, directions, hopes."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evals.matching.crossed import changed_direction, for_and_against
from evals.text.activities import activity_mismatch
from evals.text.features import Features, features
from evals.text.kinds import kind_mismatch
from evals.text.modality import hope_mismatch
from evals.text.ngrams import background

Doubt = Callable[[Features, Features], tuple[str, str] | None]


def activity(gold: Features, pred: Features) -> tuple[str, str] | None:
    return activity_mismatch(gold.activities, pred.activities)


def kind(gold: Features, pred: Features) -> tuple[str, str] | None:
    return kind_mismatch(gold.kinds, pred.kinds)


def hope(gold: Features, pred: Features) -> tuple[str, str] | None:
    return hope_mismatch(gold.modality, pred.modality)


def _doubt(doubt: Doubt, gold: str, pred: str) -> tuple[str, str] | None:
    return doubt(features(gold, background()), features(pred, background()))


DOUBTED = [
    (activity, "The user watches Polish films on Sundays.", "On Sundays the user reads about Polish films."),
    (activity, "The user sings folk songs.", "The user collects folk songs."),
    (activity, "用户睡前听评书。", "用户睡前看小说。"),
    (activity, "用户爱喝杏仁做的东西。", "用户爱吃杏仁做的东西。"),
    (
        kind,
        "The user has played the violin since school.",
        "Ever since school the cello has been the user's instrument.",
    ),
    (kind, "The user's knee was operated on in spring.", "In spring the user had surgery on an ankle."),
    (kind, "用户从小学二胡，现在还登台。", "用户现在还登台演奏，从小学的是琵琶。"),
    (kind, "用户对核桃过敏，随身带药。", "用户随身带着药，因为吃腰果会过敏。"),
    (for_and_against, "The user loves long train rides.", "Long train rides are tedious to the user."),
    (for_and_against, "The user puts up with the office plants.", "The user is fond of the office plants."),
    (for_and_against, "用户喜欢一个人逛超市。", "用户嫌一个人逛超市没意思。"),
    (for_and_against, "用户觉得开车头疼。", "用户喜欢开车。"),
    (changed_direction, "The user moved from Oslo to Bergen.", "The user left Bergen and settled in Oslo."),
    (changed_direction, "The user sent the piano to Graz.", "The piano came from Graz to the user."),
    (changed_direction, "用户从大连搬到了长春。", "用户离开长春去了大连。"),
    (changed_direction, "用户从表哥手里买了船。", "用户把船卖给了表哥。"),
    (hope, "The user works at the harbour office.", "The user has applied to the harbour office."),
    (hope, "The user became head of the choir.", "The user was passed over as head of the choir."),
    (hope, "用户在气象局上班。", "用户在应聘气象局。"),
    (hope, "用户的侄子是宇航员。", "用户的侄子梦想当宇航员。"),
]
LET_PASS = [
    (activity, "The user reads and writes poetry.", "The user writes poems."),
    (activity, "The user watches Polish films.", "Polish films are what the user likes."),
    (activity, "用户喜欢看书。", "用户喜欢阅读。"),
    (activity, "用户去看女儿，女儿在读博。", "用户去探望读博的女儿。"),
    (kind, "The user has a dog and a cat.", "The user keeps a dog."),
    (kind, "The user plays the violin.", "The violin is the user's instrument."),
    (kind, "用户养了狗和猫。", "用户养狗。"),
    (kind, "用户学小提琴。", "小提琴是用户在学的乐器。"),
    (for_and_against, "The user hates dull films.", "The user dislikes boring films."),
    (for_and_against, "The user likes quiet evenings.", "The user enjoys evenings that are quiet."),
    (for_and_against, "用户不喜欢没劲的聚会。", "用户讨厌没劲的聚会。"),
    (changed_direction, "The user moved from Oslo to Bergen.", "The user left Oslo for Bergen."),
    (changed_direction, "The user is allergic to nuts.", "The user's lips swell up from nuts."),
    (changed_direction, "用户从大连搬到了长春。", "用户搬到长春，离开了大连。"),
    (hope, "The user is looking for a flat.", "The user wants to rent a flat."),
    (hope, "The user applied for a grant.", "The user is applying for a grant."),
    (hope, "用户想报书法班。", "用户打算上书法班。"),
    (hope, "用户没考上公务员。", "用户落选公务员。"),
]


@pytest.mark.parametrize(("doubt", "gold", "pred"), DOUBTED)
def test_what_excludes_the_other_is_doubted(doubt: Doubt, gold: str, pred: str) -> None:
    """From either side, with a token of each."""
    found, turned = _doubt(doubt, gold, pred), _doubt(doubt, pred, gold)
    assert found is not None
    assert all(found)
    assert turned is not None


@pytest.mark.parametrize(("doubt", "gold", "pred"), LET_PASS)
def test_the_same_in_other_words_is_not(doubt: Doubt, gold: str, pred: str) -> None:
    assert _doubt(doubt, gold, pred) is None
    assert _doubt(doubt, pred, gold) is None


@given(st.text(), st.text())
def test_any_texts(left: str, right: str) -> None:
    """Never an error, and a text never contradicts itself."""
    for doubt in (activity, kind, for_and_against, changed_direction, hope):
        _doubt(doubt, left, right)
        assert _doubt(doubt, left, left) is None
