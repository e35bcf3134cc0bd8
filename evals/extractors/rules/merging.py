"""Granularity: what is said in one breath about one thing becomes one memory, what is said twice becomes none more."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from evals.extractors.rules.chinese_words import KIN as CHINESE_KIN
from evals.extractors.rules.chinese_words import TIME as CHINESE_TIME
from evals.extractors.rules.english_words import KIN as ENGLISH_KIN
from evals.extractors.rules.english_words import TIME as ENGLISH_TIME
from evals.extractors.rules.rule import Found

_TIME = re.compile(f"{ENGLISH_TIME}|{CHINESE_TIME}", re.I)
_KIN = re.compile(rf"\b{ENGLISH_KIN}\b|{CHINESE_KIN}", re.I)
_PROFILE = frozenset(
    [
        "profile.name",
        "profile.name_first",
        "profile.name_here",
        "profile.age",
        "profile.job",
        "profile.job_plain",
        "profile.work",
        "profile.trade",
        "profile.city",
        "profile.study",
        "profile.gender",
        "profile.identity",
        "habit.hobby",
    ]
)
_INTRODUCES = frozenset(["profile.name", "profile.name_first", "profile.name_here", "profile.age"])
_HAPPENING = frozenset(["plan", "event", "finance", "home", "project", "work"])
_SEPARATE = frozenset(["health", "pet", "possession", "family", "attitude", "instruction"])
_MOST_CLAUSES = 5


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
    if near > 0 or last.rule.is_preference != item.rule.is_preference:
        return False
    return _one_topic(last, item)


def _introduction(last: Found, item: Found) -> bool:
    """Name or age, and what else of the person is said in the same breath."""
    rules = {*last.rules, *item.rules}
    one_sentence = item.first.sentence == last.last.sentence
    return rules <= _PROFILE and (one_sentence or bool(_INTRODUCES & set(last.rules)))


def _one_topic(last: Found, item: Found) -> bool:
    one, other = last.rule.topic, item.rule.topic
    if one == "attitude" == other:
        return item.first.joint in ("so", "and") and item.rule.name in ("attitude.prefer", "attitude.avoid")
    if one == "instruction" == other:
        return item.first.joint in (",", "，", "")
    if one == "family" == other:
        return bool(_kin(last) & _kin(item))
    if one in _SEPARATE or other in _SEPARATE:
        return False
    timed = _TIME.search(_text(last)) is not None and _TIME.search(_text(item)) is not None
    if one in _HAPPENING and other in _HAPPENING:
        return not timed or last.first.language == "zh"
    return one == other


def _kin(item: Found) -> set[str]:
    return {match.group().lower() for match in _KIN.finditer(_text(item))}


def _text(item: Found) -> str:
    return " ".join(clause.text for clause in item.clauses)
