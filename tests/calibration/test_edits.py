"""Edits make what they promise: twins that say something else, rewordings that do not, each from one place."""

from __future__ import annotations

import pytest

from evals.calibration import rewordings_en, rewordings_zh, twins_en, twins_zh
from evals.calibration.edits import both_ways, ring

TWINS = {"en": twins_en.TWINS, "zh": twins_zh.TWINS}
REWORDINGS = {"en": rewordings_en.REWORDINGS, "zh": rewordings_zh.REWORDINGS}


def made(table: object, lang: str, kind: str, text: str) -> list[str]:
    return [new for edit in table[lang][kind] for new in edit(text)]  # type: ignore[index]


@pytest.mark.parametrize(
    ("lang", "kind", "text", "one"),
    [
        ("en", "number", "The user owns 28 hives.", "The user owns 44 hives."),
        ("en", "number", "The user has two cats.", "The user has four cats."),
        ("en", "date", "The user moves on March 3.", "The user moves on May 3."),
        ("en", "date", "The user moves on March 3.", "The user moves on March 13."),
        ("en", "time", "The bus goes at 7:15.", "The bus goes at 10:15."),
        ("en", "unit", "The user runs 5 km.", "The user runs 5 m."),
        ("en", "money", "The seat costs $60.", "The seat costs $94."),
        ("en", "negation", "The user watches opera.", "The user does not watch opera."),
        ("en", "negation", "The user has a lease.", "The user does not have a lease."),
        ("en", "attitude", "The user likes opera.", "The user dislikes opera."),
        ("en", "speaker", "The user keeps bees.", "The user's colleague keeps bees."),
        ("en", "speaker", "The user's mother sings.", "The user's daughter sings."),
        ("en", "plan_done", "The user will buy a van.", "The user already bought a van."),
        ("zh", "number", "用户养了三只羊。", "用户养了六只羊。"),
        ("zh", "date", "用户3月5日搬家。", "用户7月5日搬家。"),
        ("zh", "date", "用户周三搬家。", "用户周五搬家。"),
        ("zh", "unit", "用户跑了5公里。", "用户跑了5米。"),
        ("zh", "place", "用户住在成都。", "用户住在西安。"),
        ("zh", "negation", "用户有一条狗。", "用户没有一条狗。"),
        ("zh", "attitude", "用户喜欢香菜。", "用户讨厌香菜。"),
        ("zh", "speaker", "用户养蜂。", "用户的同事养蜂。"),
        ("zh", "plan_done", "用户打算买车。", "用户已经买车了。"),
    ],
)
def test_twins(lang: str, kind: str, text: str, one: str) -> None:
    """One of the texts an edit makes, written out."""
    assert one in made(TWINS, lang, kind, text)


@pytest.mark.parametrize(
    ("lang", "kind", "text", "one"),
    [
        ("en", "number_words", "The user has 28 hives.", "The user has twenty-eight hives."),
        ("en", "number_words", "The user has forty-two hives.", "The user has 42 hives."),
        ("en", "number_format", "It cost 12,400.", "It cost 12400."),
        ("en", "unit_format", "The user runs 5 km.", "The user runs 5 kilometres."),
        ("en", "money_format", "It cost $60.", "It cost 60 dollars."),
        ("en", "date_format", "On March 3 the user moves.", "On 3 March the user moves."),
        ("en", "time_format", "The shop opens at 9 pm.", "The shop opens at 21:00."),
        ("en", "order", "The user grows leeks and chard.", "The user grows chard and leeks."),
        ("en", "person", "The user is tired.", "I am tired."),
        ("zh", "number_words", "用户养了12只羊。", "用户养了十二只羊。"),
        ("zh", "number_words", "用户养了三只羊。", "用户养了3只羊。"),
        ("zh", "date_format", "用户3月5日搬家。", "用户3月5号搬家。"),
        ("zh", "date_format", "用户周三搬家。", "用户星期三搬家。"),
        ("zh", "time_format", "用户下午3点开会。", "用户15:00开会。"),
        ("zh", "person", "用户养蜂。", "我养蜂。"),
    ],
)
def test_rewordings(lang: str, kind: str, text: str, one: str) -> None:
    """One of the texts an edit makes, written out."""
    assert one in made(REWORDINGS, lang, kind, text)


def test_no_number_is_taken_out_of_a_date_a_time_or_an_amount() -> None:
    """These are probed by kinds of their own."""
    for text in ("It is on March 3.", "It is at 7:15.", "It costs $60.", "It is on the 3rd.", "It is at 7 pm."):
        assert made(TWINS, "en", "number", text) == []


def test_rings_never_map_a_word_to_itself() -> None:
    """The word that stands for another is another."""
    for table in (ring("a b c d"), both_ways({"a": "b", "c": "d"})):
        assert all(left != right for left, right in table.items())
