"""Memories that must not come out: told by what they say or by a value, and not where gold says the same."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from evals.matching.exact import ExactMatcher
from evals.matching.fuzzy import FuzzyMatcher
from evals.types import Forbidden, Outcome, Preference

Match = Callable[..., Outcome]


def forbidden(value: str, **more: object) -> Forbidden:
    return Forbidden(fid="x1", value=value, kind="unsupported", **more)  # type: ignore[arg-type]


def secret(**slots: str) -> Forbidden:
    return forbidden("a secret of the user's", match="attribute", slots=slots)


@pytest.mark.parametrize(
    ("item", "predicted", "by"),
    [
        (forbidden("The user is allergic to peanuts."), "The user is allergic to peanuts.", "semantic"),
        (forbidden("The user works as a nurse in Leeds."), "In Leeds the user is a working nurse", "semantic"),
        (forbidden("The user is allergic to peanuts."), "The user is allergic to peanuts and cats.", "semantic"),
        (forbidden("用户对花生过敏。"), "用户对花生过敏", "semantic"),
        (forbidden("用户对花生过敏。"), "用户对花生和猫毛过敏。", "semantic"),
        (forbidden("The user's flight is on 12 March."), "User flies on 12 March, departure 9:40, to Oslo", "semantic"),
        (forbidden("用户的航班在3月12日。"), "用户3月12日带女儿坐航班出行，9点40分起飞。", "semantic"),
        (forbidden("The user's flight is on 12 March."), "User flies on 14 March, departure 9:40, to Oslo", None),
        (forbidden("The user is allergic to peanuts."), "The user is not allergic to peanuts.", None),
        (forbidden("The user is 28 years old."), "The user is 29 years old.", None),
        (forbidden("The user lives in Munich."), "The user lives in Berlin.", None),
        # near by boilerplate and letters alone: nothing of what is forbidden is said
        (forbidden("The user is allergic to dairy."), "The user's daily intake is about 2,600 kcal.", None),
        (forbidden("The user takes melatonin before going to sleep."), "The user cannot take ibuprofen.", None),
        (forbidden("用户打算买显微镜升降台。"), "用户打算坐高铁去大理。", None),
        (forbidden("用户的血管里流的都是可乐。"), "用户一天要喝3罐可乐。", None),
        # a part of it, with none of what makes it wrong
        (forbidden("The user is allergic to peanuts, cats and dust."), "The user has a cat.", None),
    ],
)
def test_by_what_it_says(match: Match, item: Forbidden, predicted: str, by: str | None) -> None:
    """A prediction that verifies against it, or holds all of it and more."""
    outcome = match([], [predicted], forbidden=[item]).predicted[0]
    assert (outcome.state == "forbidden") is (by is not None)
    if by is not None:
        assert (outcome.decided_by.by, outcome.partner) == (by, "x1")


@pytest.mark.parametrize("matcher", [FuzzyMatcher(), ExactMatcher()])
@pytest.mark.parametrize(
    "item",
    [
        forbidden("The user sings in a choir.", strict=False),
        forbidden("x", match="attribute", slots={"a": "choir"}, strict=False),
    ],
)
def test_what_is_not_strictly_forbidden_is_noted_and_goes_its_way(
    match: Match, matcher: FuzzyMatcher | ExactMatcher, item: Forbidden
) -> None:
    """It is grounded like any other memory, and never noted where gold says it or where a strict item forbids it."""
    said = [("user", "I sing in a choir.")]
    noted = match([], ["The user sings in a choir."], forbidden=[item], messages=said, matcher=matcher).predicted[0]
    assert (noted.state, noted.unwanted, noted.forbidden_text) == ("extra_grounded", "x1", item.value)
    gold = match(
        ["The user sings in a choir."], ["The user sings in a choir."], forbidden=[item], matcher=matcher
    ).predicted[0]
    assert (gold.state, gold.unwanted, gold.forbidden_text) == ("correct", None, None)
    strict = Forbidden(fid="x2", value="The user sings in a choir.", kind="unsupported")
    both = match([], ["The user sings in a choir."], forbidden=[item, strict], matcher=matcher).predicted[0]
    assert (both.state, both.partner, both.unwanted) == ("forbidden", "x2", None)
    assert both.forbidden_text == strict.value


@pytest.mark.parametrize(
    ("item", "predicted", "found"),
    [
        (secret(card="622202001234"), "The user's card number is 622202001234.", True),
        (secret(card="622202001234"), "The user's card number is 6222 0200-1234.", True),
        (secret(card="6222 0200 1234"), "用户的卡号是622202001234。", True),
        (secret(card="622202001234"), "用户的卡号是６２２２０２００１２３４。", True),
        (secret(phone="13800138000"), "Call +86 138-0013-8000", True),
        (secret(card="622202001234"), "The user's card number is 622202001235.", False),
        (secret(pin="1234"), "The user's pin is 12-34.", True),
        (secret(pin="1234"), "The user's order is number 51234.", False),
        (secret(name="Li"), "The user's friend is LI.", True),
        (secret(name="Li"), "The user likes hiking in Ireland.", False),
        (secret(name="王芳"), "用户的同事王芳来自西安。", True),
        (secret(first="x-ray", second="MRI"), "The user had an mri last week.", True),
        (secret(empty="-"), "The user had - an MRI.", False),
    ],
)
@pytest.mark.parametrize("matcher", [FuzzyMatcher(), ExactMatcher()], ids=["fuzzy", "exact"])
def test_by_a_value_in_any_wording(match: Match, matcher: object, item: Forbidden, predicted: str, found: bool) -> None:
    """Grouped digits, width and case hide nothing; a short value must stand alone."""
    outcome = match([], [predicted], forbidden=[item], matcher=matcher).predicted[0]
    assert (outcome.state == "forbidden") is found
    if found:
        assert outcome.decided_by.by == "attribute"
        assert outcome.decided_by.pred_token in (item.slots or {}).values()


@pytest.mark.parametrize("matcher", [FuzzyMatcher(), ExactMatcher()], ids=["fuzzy", "exact"])
@pytest.mark.parametrize(
    ("scope", "expected"), [("any", [True, True]), ("memory", [True, False]), ("preference", [False, True])]
)
def test_scope(match: Match, matcher: object, scope: str, expected: list[bool]) -> None:
    """An item may be forbidden in one list alone."""
    text = "The user is allergic to peanuts."
    outcome = match(
        [],
        [text, Preference(preference=text, preference_type="explicit_preference")],
        forbidden=[forbidden(text, scope=scope)],
        matcher=matcher,
    )
    assert [item.state == "forbidden" for item in outcome.predicted] == expected


@pytest.mark.parametrize(
    ("gold", "item", "predicted", "states"),
    [
        # what gold says is not forbidden, however often it is said
        ("The user eats no dairy.", forbidden("The user eats no dairy."), ["The user eats no dairy."], ["correct"]),
        ("用户不吃乳制品。", forbidden("用户不吃乳制品。"), ["用户不吃乳制品。"] * 2, ["correct", "duplicate"]),
        (
            "The user cannot digest dairy.",
            forbidden("The user is allergic to dairy."),
            ["The user cannot digest dairy.", "User can't digest dairy"],
            ["correct", "duplicate"],
        ),
        # a superseded value: the old one is forbidden, not a wrong value of the new one
        ("The user is in Berlin.", forbidden("The user is in Munich."), ["The user is in Munich."], ["forbidden"]),
        ("用户住在成都。", forbidden("用户住在重庆。"), ["用户住在重庆。"], ["forbidden"]),
        # nearer to what is forbidden than to gold
        (
            "The user plays the cello.",
            forbidden("The user's neighbour plays the violin."),
            ["The user's neighbour plays the violin."],
            ["forbidden"],
        ),
        # a part of gold that is forbidden by itself
        (
            "The user is a developer who plays badminton.",
            forbidden("The user is a developer."),
            ["The user is a developer."],
            ["forbidden"],
        ),
        # a secret that rides on a right memory
        (
            "The user has a bank card at ICBC.",
            secret(card="62220200"),
            ["The user has an ICBC bank card, 6222 0200."],
            ["forbidden"],
        ),
        (
            "The user's card at ICBC is 62220200.",
            secret(card="62220200"),
            ["The user's card at ICBC is 62220200."],
            ["correct"],
        ),
    ],
)  # fmt: skip
def test_beside_gold(match: Match, gold: str, item: Forbidden, predicted: list[str], states: list[str]) -> None:
    """Gold clears what is at least as near to it; nothing that is forbidden earns a gold item anything."""
    outcome = match([gold], predicted, forbidden=[item])
    assert [found.state for found in outcome.predicted] == states
    assert outcome.gold[0].state == ("found" if "correct" in states else "missed")
    assert not any(found.covered for found in outcome.predicted if found.state == "forbidden")
    assert outcome.gold[0].covered is ("correct" in states)


def test_a_forbidden_memory_takes_no_gold_item_from_a_right_one(match: Match) -> None:
    """The old address stands nearer to the new one than an honest paraphrase does; the paraphrase still counts."""
    outcome = match(
        ["The user lives in Berlin with two cats."],
        ["The user lives in Munich with two cats.", "Berlin is where the user lives; two cats are there"],
        forbidden=[forbidden("The user lives in Munich with two cats.")],
    )
    assert [item.state for item in outcome.predicted] == ["forbidden", "correct"]
    assert outcome.gold[0].partner == 1


def test_the_first_in_canonical_order_is_named(match: Match) -> None:
    """Of two that fit, the order they were listed in does not matter."""
    items = [
        Forbidden(fid="x1", value="用户对花生过敏，对猫毛也过敏。", kind="unsupported"),
        Forbidden(fid="x2", value="用户对花生过敏。", kind="third_party"),
    ]
    for listed in (items, items[::-1]):
        outcome = match([], ["用户对花生过敏，对猫毛也过敏。"], forbidden=listed)
        assert outcome.predicted[0].partner == min(items, key=lambda item: item.value).fid
