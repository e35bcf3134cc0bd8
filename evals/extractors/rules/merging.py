"""Granularity: what is said in one breath about one thing becomes one memory, what is said twice becomes none more."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from evals.extractors.rules.chinese_words import KIN as CHINESE_KIN
from evals.extractors.rules.english_words import KIN as ENGLISH_KIN
from evals.extractors.rules.labels import SEPARATE, topic_of
from evals.extractors.rules.rule import Found

_KIN = re.compile(rf"\b{ENGLISH_KIN}\b|{CHINESE_KIN}", re.I)
_INTRODUCES = frozenset(["profile.name", "profile.name_first", "profile.name_here", "profile.age"])
_PROFILE = _INTRODUCES | {"profile.job", "profile.city", "profile.study"}
_IN_ONE_BREATH = _PROFILE | {"told.life", "told.habit", "told.state"}
_APART = SEPARATE | {"attitude", "instruction"}
_MOST_CLAUSES = 4


def merged(found: Sequence[Found]) -> tuple[Found, ...]:
    """Neighbours that belong together joined, in order."""
    result: list[Found] = []
    for item in found:
        if result and _together(result[-1], item):
            last = result[-1]
            result[-1] = replace(last, clauses=(*last.clauses, *item.clauses), rules=(*last.rules, *item.rules))
        else:
            result.append(item)
    return tuple(result)


def _together(last: Found, item: Found) -> bool:
    if last.first.message != item.first.message or last.first.language != item.first.language:
        return False
    if len(last.clauses) + len(item.clauses) > _MOST_CLAUSES or "mention" in (last.rule.form, item.rule.form):
        return False
    near = item.first.sentence - last.last.sentence
    if near <= 1 and _introduction(last, item):
        return True
    if last.rule.topic == item.rule.topic == "told":
        return _told_together(last, item, near=near)
    if near > 0 or last.rule.is_preference != item.rule.is_preference:
        return False
    return _one_topic(last, item)


def _told_together(last: Found, item: Found, *, near: int) -> bool:
    """What is told in one sentence is one memory, unless it is about two things that are updated apart."""
    one, other = topic_of(_text(last)), topic_of(_text(item))
    if one in SEPARATE and other in SEPARATE and not (one == other == "family" and item.first.language == "zh"):
        return False
    return near == 0


def _introduction(last: Found, item: Found) -> bool:
    """Name or age, and what else of the person is said in the same breath."""
    rules = {*last.rules, *item.rules}
    introduced = bool(_INTRODUCES & set(last.rules))
    if item.first.sentence != last.last.sentence:
        return introduced and rules <= _PROFILE
    return rules <= (_IN_ONE_BREATH if introduced else _PROFILE)


def _one_topic(last: Found, item: Found) -> bool:
    one, other = last.rule.topic, item.rule.topic
    if one == "attitude" == other:
        return item.first.joint in ("so", "and") and item.rule.name in ("attitude.prefer", "attitude.avoid")
    if one == "instruction" == other:
        return item.first.joint in (",", "，", "")
    if one == "family" == other:
        return bool(_kin(last) & _kin(item))
    if one in _APART or other in _APART:
        return False
    return one == other


def _kin(item: Found) -> set[str]:
    return {match.group().lower() for match in _KIN.finditer(_text(item))}


def _text(item: Found) -> str:
    return " ".join(clause.text for clause in item.clauses)
