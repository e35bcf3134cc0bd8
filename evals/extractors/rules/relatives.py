"""He and she in English: the relative of the user who was named just before, where there is exactly one."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from evals.extractors.rules.rule import Clause

_HE = r"husband|boyfriend|sons?|father|dad|daddy|brother|grandfather|grandpa|grandson|nephew|uncle|stepson|stepfather"
_SHE = r"wife|girlfriend|daughter|mother|mom|mum|sister|grandmother|grandma|granddaughter|niece|aunt|stepdaughter|stepmother"
_NAMED = re.compile(
    rf"\b[Mm]y ((?:\w+ )?(?:(?P<he>{_HE})|(?P<she>{_SHE})))\b(?!'s (?!got|been|turned|over)\w)", re.I
)
_PRONOUN = re.compile(r"^(?P<pronoun>he|she)\b(?=\s+\w)", re.I)


def with_relative(clauses: Sequence[Clause], previous: Clause | None) -> tuple[Clause, ...]:
    """Clauses that begin with he or she, with "my dad" in its place if he was spoken of in the clause before."""
    result: list[Clause] = []
    for clause in clauses:
        before = result[-1] if result else previous
        result.append(_resolved(clause, before))
    return tuple(result)


def _resolved(clause: Clause, before: Clause | None) -> Clause:
    pronoun = _PRONOUN.match(clause.text)
    if pronoun is None or before is None or clause.message - before.message > 0:
        return clause
    named = list(_NAMED.finditer(before.text))
    if len(named) != 1 or not named[0][pronoun["pronoun"].lower()]:
        return clause
    return replace(clause, text=f"my {named[0][1]}{clause.text[pronoun.end() :]}")
