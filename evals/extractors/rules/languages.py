"""The two languages the rules speak: for each its tables, its clauses and its wording."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from evals.extractors.rules import (
    chinese_clauses,
    chinese_facts,
    chinese_preferences,
    chinese_statements,
    english_clauses,
    english_facts,
    english_preferences,
    english_statements,
)
from evals.extractors.rules.rule import Clause, Table
from evals.extractors.rules.sentences import Sentence


@dataclass(frozen=True, slots=True, kw_only=True)
class Language:
    """Everything that differs from one language to the other while reading."""

    code: str
    instructions: Table
    attitudes: Table
    facts: Table
    mentions: Table
    cut: Callable[..., tuple[Clause, ...]]
    states_something: Callable[[Clause], bool]
    is_hypothetical: Callable[[Clause], bool]
    words: Callable[[str, Table], frozenset[str]]
    goes_on: re.Pattern[str]

    def clauses(self, sentence: Sentence, *, message: int, number: int) -> tuple[Clause, ...]:
        return self.cut(sentence, message=message, number=number)


def _english_words(text: str, _table: Table) -> frozenset[str]:
    return english_clauses.words_of(text)


def _chinese_words(text: str, table: Table) -> frozenset[str]:
    return frozenset(word for word in table.triggers if word in text)


ENGLISH = Language(
    code="en",
    instructions=Table(english_preferences.INSTRUCTIONS),
    attitudes=Table(english_preferences.ATTITUDES),
    facts=Table((*english_facts.PERSON, *english_statements.TOLD, *english_facts.FAMILY)),
    mentions=Table(english_facts.MENTIONS),
    cut=english_clauses.clauses_of,
    states_something=english_clauses.states_something,
    is_hypothetical=english_clauses.is_hypothetical,
    words=_english_words,
    goes_on=re.compile(r"^(?:which|who|where|because|since|so|even though|although|though|due to|as|\(|–|—|-|but)$"),
)
CHINESE = Language(
    code="zh",
    instructions=Table(chinese_preferences.INSTRUCTIONS),
    attitudes=Table(chinese_preferences.ATTITUDES),
    facts=Table((*chinese_facts.FAMILY, *chinese_facts.PERSON, *chinese_statements.TOLD)),
    mentions=Table(chinese_facts.MENTIONS),
    cut=chinese_clauses.clauses_of,
    states_something=chinese_clauses.states_something,
    is_hypothetical=chinese_clauses.is_hypothetical,
    words=_chinese_words,
    goes_on=re.compile(r"，"),
)
BY_CODE = {"en": ENGLISH, "zh": CHINESE}
