"""A slot is a value that was said: as it stands, in canonical form, or told from the day of the dialogue."""

from __future__ import annotations

import pytest

from evals.corpus.slots import unsaid_slots
from evals.types import GoldFact, Message


def unsaid(said: str, value: str, *, now: str | None = None, evidence: tuple[int, ...] = (0,)) -> bool:
    """Whether a slot is reported as not said."""
    item = GoldFact(gid="f1", memory_value=value, slots={"slot": value}, evidence=evidence)
    messages = (Message(role="user", content=said), Message(role="user", content="Lyon, in May."))
    found = list(unsaid_slots(item, messages, now=now))
    assert found in ([], [("slot", value)])
    return bool(found)


@pytest.mark.parametrize(
    ("said", "value"),
    [
        ("I live in Ｐａｒｉｓ.", "Paris"),
        ("i run a quarter of an hour, 5 k", "5 k"),
        ("we meet at half past nine", "9:30"),
        ("I've worked there for 41 years", "41"),
        ("我今年二十八岁", "28岁"),
        ("我住在臺北", "台北"),
        ("每天下午三点去接孩子", "15:00"),
        ("the red, heavy bike", "heavy red bike"),
    ],
)
def test_what_was_said_in_some_form(said: str, value: str) -> None:
    """Width, case, numerals, units, traditional characters and the order of words do not matter."""
    assert not unsaid(said, value)


@pytest.mark.parametrize(
    ("said", "value"),
    [
        ("I live in Paris.", "Rome"),
        ("I'm a backend dev", "backend developer"),
        ("maybe later", "May"),
        ("15 people", "5"),
        ("我住在杭州", "上海"),
        ("", "Paris"),
    ],
)
def test_what_was_not_said(said: str, value: str) -> None:
    """Another value, a longer one, and a word inside another word are none."""
    assert unsaid(said, value)


def test_only_evidence_counts() -> None:
    """What another message says is no evidence, unless none is named."""
    assert unsaid("I live here.", "Lyon")
    assert not unsaid("I live here.", "Lyon", evidence=())


def test_a_day_told_from_now() -> None:
    """ "Next Friday" gives a date where it is known what day it is; nothing but dates comes from it."""
    assert unsaid("I leave next Friday", "13 March 2026")
    assert not unsaid("I leave next Friday", "13 March 2026", now="2026-03-05T09:30:00")
    assert unsaid("I leave next Friday", "Rome", now="2026-03-05T09:30:00")
