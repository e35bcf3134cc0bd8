"""He, she, mine and it: whom or what the clause just before named, where there is exactly one."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from evals.extractors.rules.chinese_words import KIN, TIME
from evals.extractors.rules.english_words import PET
from evals.extractors.rules.rule import Clause

_HE = r"husband|boyfriend|sons?|father|dad|daddy|brother|grandfather|grandpa|grandson|nephew|uncle|stepson|stepfather"
_SHE = (
    r"wife|girlfriend|daughter|mother|mom|mum|sister|grandmother|grandma|granddaughter|niece|aunt|stepdaughter"
    r"|stepmother"
)
_RELATIVE = re.compile(rf"\b[Mm]y ((?:\w+ )?(?:(?P<he>{_HE})|(?P<she>{_SHE})))\b", re.I)
_PRONOUN = re.compile(r"^(?P<pronoun>he|she)\b(?=\s+\w)", re.I)
_MINE = re.compile(r"^mine\b", re.I)
_PET = re.compile(rf"\b(?:a|my|the) (?P<pet>{PET})\b", re.I)
_IT = re.compile(
    r"^(?P<head>I (?:am (?:very |also |badly )?allergic to|cannot stand|hate|love|cannot tolerate))"
    r" (?:it|them)$",
    re.I,
)
_SUBJECT = re.compile(r"^(?:the )?(?P<thing>[\w-]{3,24}(?: [\w-]{3,24})?) (?:is|are) ", re.I)
_CHINESE_PRONOUN = re.compile(rf"^(?P<head>(?:{TIME}|也|还|不过|最近)*)[他她](?![们说的])")
_CHINESE_RELATIVE = re.compile(rf"(?<!他)(?<!她)(?<!你)(?:{KIN})")
_NOBODY = re.compile(r"^(?:it|that|this|there|they|he|she|we|you|what|which)\b", re.I)


def with_relative(clauses: Sequence[Clause], previous: Clause | None) -> tuple[Clause, ...]:
    """Clauses with what a leading pronoun stands for written in its place, if the clause before named it."""
    result: list[Clause] = []
    for clause in clauses:
        before = result[-1] if result else previous
        result.append(_resolved(clause, before) if before is not None else clause)
    return tuple(result)


def _resolved(clause: Clause, before: Clause) -> Clause:
    if clause.message > before.message:
        return clause
    if clause.language == "zh":
        return _chinese(clause, before)
    if pronoun := _PRONOUN.match(clause.text):
        named = list(_RELATIVE.finditer(before.text))
        if len(named) == 1 and named[0][pronoun["pronoun"].lower()]:
            return replace(clause, text=f"my {named[0][1]}{clause.text[pronoun.end() :]}")
    elif mine := _MINE.match(clause.text):
        if pet := _PET.search(before.text):
            return replace(clause, text=f"my {pet['pet'].lower()}{clause.text[mine.end() :]}")
    elif it := _IT.match(clause.text):
        subject = _SUBJECT.match(before.text)
        if subject and not _NOBODY.match(before.text):
            return replace(clause, text=f"{it['head']} {subject['thing'].lower()}")
    return clause


def _chinese(clause: Clause, before: Clause) -> Clause:
    pronoun = _CHINESE_PRONOUN.match(clause.text)
    named = {match.group() for match in _CHINESE_RELATIVE.finditer(before.text)}
    if pronoun is None or len(named) != 1:
        return clause
    return replace(clause, text=f"{pronoun['head']}我{named.pop()}{clause.text[pronoun.end() :]}")
