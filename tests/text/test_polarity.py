"""Polarity, roles and modality: doubts for a judge."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evals.text.canonical import canonical
from evals.text.language import language_of
from evals.text.modality import modality, modality_mismatch
from evals.text.polarity import Polarity, polarity, polarity_mismatch
from evals.text.roles import role_mismatch, roles

MISMATCHES = [
    ("likes coffee", "does not like coffee"),
    ("loves coffee", "hates coffee"),
    ("can swim", "cannot swim"),
    ("started smoking", "quit smoking"),
    ("prefers tea over coffee", "prefers coffee over tea"),
    ("wants more detail", "wants fewer details"),
    ("coffee with sugar", "coffee without sugar"),
    ("used to live in Rome", "lives in Rome"),
    ("uses Python", "uses Go instead of Python"),
    ("is allergic to peanuts", "loves peanuts"),
    ("likes hot tea", "likes cold tea"),
    ("用户喜欢咖啡", "用户不喜欢咖啡"),
    ("用户讨厌香菜", "用户喜欢香菜"),
    ("少放糖", "多放糖"),
    ("用户会游泳", "用户不会游泳"),
    ("开始抽烟", "停止抽烟"),
    ("不吃辣", "爱吃辣"),
    ("没有养宠物", "养了宠物"),
    ("喜欢茶而不是咖啡", "喜欢咖啡而不是茶"),
    ("喜欢安静的酒店", "喜欢热闹的酒店"),
]
AGREEMENTS = [
    ("dislikes coffee", "doesn't like coffee"),
    ("stopped eating meat", "is vegetarian"),
    ("stopped eating meat", "no longer eats meat"),
    ("avoids caffeine", "does not use caffeine"),
    ("doesn't dislike cats", "likes cats"),
    ("doesn't eat meat and loves fish", "loves fish"),
    ("not only likes cats", "likes cats"),
    ("uses Go instead of Python", "uses Go"),
    ("is used to cold weather", "likes cold weather"),
    ("can't eat peanuts", "is allergic to peanuts"),
    ("I like tea", "The user likes tea"),
    ("不要放香菜", "香菜不要放"),
    ("不再吃肉", "吃素"),
    ("避免咖啡", "不喝咖啡"),
    ("不是不喜欢猫", "喜欢猫"),
    ("不得不加班", "加班"),
    ("不仅喜欢猫", "喜欢猫"),
    ("对海鲜过敏", "不能吃海鲜"),
    ("我喜欢茶", "用户喜欢茶"),
    ("先说有没有封路", "先回答是否封路"),
]


def read(text: str) -> Polarity:
    """The polarity of a text as a user writes it."""
    language = language_of(text)
    return polarity(canonical(text, language), language)


@pytest.mark.parametrize(("gold", "pred"), MISMATCHES)
def test_opposites_are_doubted(gold: str, pred: str) -> None:
    """What one text denies the other affirms, whichever is gold."""
    assert polarity_mismatch(read(gold), read(pred)) is not None
    assert polarity_mismatch(read(pred), read(gold)) is not None


@pytest.mark.parametrize(("gold", "pred"), AGREEMENTS)
def test_agreements_are_not(gold: str, pred: str) -> None:
    """Double negation, another word for not, another person or another topic are no opposites."""
    assert polarity_mismatch(read(gold), read(pred)) is None
    assert polarity_mismatch(read(pred), read(gold)) is None


@pytest.mark.parametrize(
    ("text", "sign", "negated"),
    [
        ("likes tea", 1, False),
        ("does not like tea", -1, True),
        ("hates tea", -1, True),
        ("lives in Rome", 0, False),
        ("never drinks tea", 0, True),
        ("喜欢茶", 1, False),
        ("不喜欢茶", -1, True),
        ("讨厌茶", -1, True),
        ("住在罗马", 0, False),
        ("不是不喜欢茶", 1, False),
    ],
)
def test_attitude_and_parity(text: str, sign: int, negated: bool) -> None:
    """The sign is the attitude's after negation; parity counts the cues."""
    assert (read(text).sign, read(text).negated) == (sign, negated)


def test_mismatch_quotes_both_sides() -> None:
    """Gold's words come first, as written."""
    assert polarity_mismatch(read("likes coffee"), read("does not like coffee")) == ("coffee", "not coffee")


def role_of(text: str) -> frozenset[str]:
    """The roles in a text as a user writes it."""
    language = language_of(text)
    return roles(canonical(text, language), language)


@pytest.mark.parametrize(
    ("gold", "pred", "expected"),
    [
        ("her sister's cat", "her mother's cat", ("sister", "mother")),
        ("her mom's cat", "the mother's cat", None),
        ("her mother", "one of her parents", None),
        ("her sister", "her sister and mother", None),
        ("a friend's wedding", "a colleague's wedding", None),
        ("妹妹结婚", "同事结婚", ("sister", "colleague")),
        ("我妈喜欢花", "妈妈喜欢花", None),
        ("老婆的生日", "妻子的生日", None),
        ("儿子上学", "孩子上学", None),
        ("I went home", "The user went home", None),
    ],
)
def test_roles(gold: str, pred: str, expected: tuple[str, str] | None) -> None:
    """Another person is doubted; another word or a wider one for the same person is not."""
    assert role_mismatch(role_of(gold), role_of(pred)) == expected


@pytest.mark.parametrize(
    ("gold", "pred", "doubted"),
    [
        ("plans to move to Berlin", "moved to Berlin", True),
        ("will buy a car", "bought a car", True),
        ("is going to visit Rome", "has visited Rome", True),
        ("moved to Berlin", "lives in Berlin", False),
        ("plans to move", "wants to move", False),
        ("bought a car and will sell the old one", "bought a car", False),
        ("打算去日本", "去过日本", True),
        ("计划买车", "买了车", True),
        ("打算去日本", "想去日本", False),
        ("对花生过敏", "打算换过敏药", False),
        ("了解历史", "打算学历史", False),
        ("快毕业了", "打算毕业后工作", False),
    ],
)
def test_modality(gold: str, pred: str, doubted: bool) -> None:
    """A plan against a deed is doubted, when each side is clearly one of them."""
    first, second = language_of(gold), language_of(pred)
    marks = modality(canonical(gold, first), first), modality(canonical(pred, second), second)
    assert (modality_mismatch(*marks) is not None) is doubted
    assert (modality_mismatch(marks[1], marks[0]) is not None) is doubted


@given(st.text(st.characters(codec=None, exclude_categories=())), st.text(), st.sampled_from(("en", "zh", "ja")))
def test_any_texts(left: str, right: str, language: str) -> None:
    """No text fails, and every doubt is mutual."""
    one, other = (canonical(text, language) for text in (left, right))
    pair = polarity(one, language), polarity(other, language)
    assert (polarity_mismatch(*pair) is None) == (polarity_mismatch(pair[1], pair[0]) is None)
    assert role_mismatch(roles(one, language), roles(one, language)) is None
    assert modality_mismatch(modality(one, language), modality(one, language)) is None
