"""Texts that differ in one place: each guard with the pairs it must stop and the pairs it must let pass."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from evals.matching import one_place
from evals.matching.one_place import place_of
from evals.matching.verify import verify
from evals.text.features import Features, features
from evals.text.ngrams import background

Guard = Callable[..., tuple[str, str] | None]


def of(text: str) -> Features:
    return features(text, background())


def said(guard: Guard, gold: str, pred: str) -> tuple[str, str] | None:
    if guard is one_place.turned_round:
        return guard(of(gold), of(pred))
    place = place_of(of(gold), of(pred))
    return guard(place, of(gold), of(pred)) if place else None


STOPPED = [
    (one_place.other_number, "The user owes the club two last payments.", "The user owes the club four last payments."),
    (one_place.other_number, "用户做真题只能拿二十多分。", "用户做真题只能拿五十多分。"),
    (one_place.other_number, "用户要求每条回评不超过三十字。", "用户要求每条回评不超过六十字。"),
    (one_place.negated, "The user wants sources at the bottom.", "The user does not want sources at the bottom."),
    (one_place.negated, "The user has a fixed lease.", "The user does not have a fixed lease."),
    (one_place.negated, "The user eats the crusts of pies.", "The user refuses the crusts of pies."),
    (one_place.negated, "用户要求回复里有英文。", "用户不要求回复里有英文。"),
    (one_place.negated, "用户养了一只猫。", "用户没有养一只猫。"),
    (one_place.planned_or_done, "The user will call the dentist.", "The user already called the dentist."),
    (one_place.planned_or_done, "用户打算把阳台重新刷一遍。", "用户已经把阳台重新刷一遍。"),
    (one_place.turned_round, "The user moved the talk from wd4 to wd5.", "The user moved the talk from wd5 to wd4."),
    (one_place.turned_round, "The user prefers tea over coffee.", "The user prefers coffee over tea."),
    (one_place.turned_round, "The mother calls the aunt daily.", "The aunt calls the mother daily."),
    (one_place.turned_round, "用户从苏州搬到无锡。", "用户从无锡搬到苏州。"),
    (one_place.other_subject, "The user keeps hounds and ferrets.", "The user's cousin keeps hounds and ferrets."),
    (one_place.other_subject, "用户在幼儿园当助教。", "用户的同事在幼儿园当助教。"),
    (one_place.replaced, "The user plays the guitar in a band.", "The user plays the trombone in a band."),
    (one_place.replaced, "Cody has his back out, says the user.", "Nuala has his back out, says the user."),
    (one_place.replaced, "用户母亲的寿宴在大理摆酒。", "用户母亲的寿宴在塔城摆酒。"),
    (one_place.replaced, "用户受不了苏打水的药味。", "用户离不开苏打水的药味。"),
]  # fmt: skip
LET_PASS = [
    (one_place.other_number, "The user paid for 28 chairs.", "The user paid for twenty-eight chairs."),
    (one_place.other_number, "用户每月28号发工资。", "用户每月28日发工资。"),
    (one_place.negated, "The user is allergic to nuts.", "The user is allergic to nuts and not to milk."),
    (one_place.negated, "用户对花生过敏。", "用户对花生过敏，对猫毛也过敏。"),
    (one_place.planned_or_done, "The user will call the pharmacy.", "The user is going to call the pharmacy."),
    (one_place.turned_round, "The user grows apples and pears.", "The user grows pears and apples."),
    (one_place.turned_round, "On wd1 the user flies to Rome.", "The user flies to Rome on wd1."),
    (one_place.turned_round, "用户喜欢和母亲、姑姑聊天。", "用户喜欢和姑姑、母亲聊天。"),
    (one_place.other_subject, "The user's cousin keeps hounds.", "The user's cousin keeps hounds."),
    (one_place.replaced, "The user's van was repainted in green.", "The user's van is repainted in green."),
    (one_place.replaced, "The user painted the shed green.", "The user paints the shed green."),
    (one_place.replaced, "用户非常喜欢坐靠窗的位子。", "用户很喜欢坐靠窗的位子。"),
]


@pytest.mark.parametrize(("guard", "gold", "pred"), STOPPED)
def test_a_contradiction_in_one_place_is_seen(guard: Guard, gold: str, pred: str) -> None:
    """From either side, and so that the pair is not taken for right."""
    assert said(guard, gold, pred)
    assert said(guard, pred, gold)
    for one, other in ((gold, pred), (pred, gold)):
        assert verify(of(one), of(other)).answer in ("value_error", "uncertain")


@pytest.mark.parametrize(("guard", "gold", "pred"), LET_PASS)
def test_the_same_in_other_words_passes(guard: Guard, gold: str, pred: str) -> None:
    """What differs says nothing else."""
    assert said(guard, gold, pred) is None
    assert said(guard, pred, gold) is None


def test_texts_that_differ_in_more_are_left_to_the_other_guards() -> None:
    """Little in common around the place: it is not one place."""
    assert place_of(of("The user sings."), of("The user repairs old clocks in a shed.")) is None
    assert place_of(of("用户唱歌。"), of("The user sings.")) is None
