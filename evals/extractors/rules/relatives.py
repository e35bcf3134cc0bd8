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
_REACH = 4  # messages back, the assistant's counted
_NOBODY = re.compile(r"^(?:it|that|this|there|they|he|she|we|you|what|which)\b", re.I)


def with_relative(
    clauses: Sequence[Clause], previous: Clause | None, relative: Clause | None = None
) -> tuple[Clause, ...]:
    """Clauses with what a leading pronoun stands for written in its place, if the clause before named it.

    `relative` is the last clause that named a relative: he and she reach that far.
    """
    result: list[Clause] = []
    for clause in clauses:
        before = result[-1] if result else previous
        written = _resolved(clause, before) if before is not None and clause.message == before.message else clause
        if written is clause and relative is not None and clause.message - relative.message <= _REACH:
            written = _person(clause, relative)
        result.append(written)
    return tuple(result)


def names_relative(clause: Clause) -> bool:
    """Whether a clause names exactly one relative."""
    return len(_relatives(clause)) == 1


def _relatives(clause: Clause) -> set[str]:
    pattern = _CHINESE_RELATIVE if clause.language == "zh" else _RELATIVE
    return {match.group() for match in pattern.finditer(clause.text)}


def _resolved(clause: Clause, before: Clause) -> Clause:
    if (person := _person(clause, before)) is not clause:
        return person
    if mine := _MINE.match(clause.text):
        if pet := _PET.search(before.text):
            return replace(clause, text=f"my {pet['pet'].lower()}{clause.text[mine.end() :]}")
    elif it := _IT.match(clause.text):
        subject = _SUBJECT.match(before.text)
        if subject and not _NOBODY.match(before.text):
            return replace(clause, text=f"{it['head']} {subject['thing'].lower()}")
    return clause


def _person(clause: Clause, before: Clause) -> Clause:
    """He or she in a clause, written as the one relative that the clause before names."""
    pronoun = (_CHINESE_PRONOUN if clause.language == "zh" else _PRONOUN).match(clause.text)
    if pronoun is None or clause.language != before.language or not names_relative(before):
        return clause
    if clause.language == "zh":
        return replace(clause, text=f"{pronoun['head']}我{_relatives(before).pop()}{clause.text[pronoun.end() :]}")
    named = next(_RELATIVE.finditer(before.text))
    if not named[pronoun["pronoun"].lower()]:
        return clause
    return replace(clause, text=f"my {named[1]}{clause.text[pronoun.end() :]}")
