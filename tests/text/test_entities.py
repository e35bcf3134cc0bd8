"""Named entities and their conflicts."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evals.text.entities import entities, entity_conflict
from evals.text.language import language_of


def read(text: str) -> frozenset[str]:
    """The names in a text."""
    return entities(text, language_of(text))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("The user lives in Beijing and works at Google.", {"beijing", "google"}),
        ("User's sister Anna studies at the University of Toronto.", {"anna", "university of toronto"}),
        ("Prefers Python over JavaScript. Tom likes jazz.", {"python", "javascript", "tom"}),
        ("On Monday in March I met Dr. Smith", {"smith"}),
        ("Enjoys hiking.", set()),
        ("Fado is music the user loves.", set()),
        ("likes tea", set()),
        ("loves New York City", {"new york"}),
        ("uses GitHub and iPhone", {"github", "iphone"}),
        ("用户住在杭州市西湖区", {"hangzhou", "西湖区"}),
        ("他女儿叫小雨，在北京大学读书", {"beijing", "北京大学", "小雨"}),
        ("喜欢看《三体》，用 Python 和 iPhone", {"三体", "python", "iphone"}),
        ("用户在一家互联网公司工作", set()),
        ("用户半夜问路", set()),
        ("她和同事王磊去了东京", {"王磊", "tokyo"}),
    ],
)
def test_names(text: str, expected: set[str]) -> None:
    """Names are found in running text; sentence starts, weekdays and common nouns are none."""
    assert read(text) == expected


CONFLICTS = [
    ("lives in Beijing", "lives in Shanghai"),
    ("works at Google", "works at Microsoft"),
    ("has a friend called Anna", "has a friend called Bob"),
    ("speaks French", "speaks German"),
    ("写代码用 Python", "写代码用 Java"),
    ("住在北京", "住在上海"),
    ("狗叫豆豆", "狗叫毛毛"),
    ("在看《三体》", "在看《流浪地球》"),
    ("住在 Beijing", "住在上海"),
]
AGREEMENTS = [
    ("lives in Berlin", "lives in Germany"),
    ("lives in Berlin", "lives in Berlin, Germany"),
    ("trip to Kyoto with Anna", "trip to Kyoto in Japan"),
    ("loves New York City", "loves NYC"),
    ("studies at University of Toronto", "a Toronto University student"),
    ("works with Katherine Lee", "works with Catherine Lee"),
    ("likes tea", "likes Anna"),
    ("lives in Beijing", "住在北京"),
    ("speaks Chinese", "说中文"),
    ("住在杭州市", "住在杭州"),
    ("用 Python 写", "喜欢写 python 代码"),
]


@pytest.mark.parametrize(("gold", "pred"), CONFLICTS)
def test_different_names_conflict(gold: str, pred: str) -> None:
    """Both sides name something the other does not."""
    assert entity_conflict(read(gold), read(pred)) is not None
    assert entity_conflict(read(pred), read(gold)) is not None


@pytest.mark.parametrize(("gold", "pred"), AGREEMENTS)
def test_the_same_name_otherwise_written_agrees(gold: str, pred: str) -> None:
    """Containment, initials, a letter's difference, another language, a country beside its city."""
    assert entity_conflict(read(gold), read(pred)) is None
    assert entity_conflict(read(pred), read(gold)) is None


@given(st.text(st.characters(codec=None, exclude_categories=())), st.text(), st.sampled_from(("en", "zh", "ja")))
def test_any_texts(left: str, right: str, language: str) -> None:
    """No text fails, none conflicts with itself, and conflict is symmetric."""
    one, other = entities(left, language), entities(right, language)
    assert entity_conflict(one, one) is None
    assert (entity_conflict(one, other) is None) == (entity_conflict(other, one) is None)
