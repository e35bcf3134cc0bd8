"""What a rule is: a named pattern over one clause, with what the memory it finds is called and tagged."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

Form = Literal["statement", "instruction", "mention"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One table entry.

    `on` holds the words (English) or strings (Chinese) of which a clause must have one before the pattern is tried;
    `not_after` names words that turn what follows into an aside ("what I love …"); `topic` decides what is merged;
    `form` how the clause is worded as a memory; a `weak` rule needs somebody who speaks of themselves close by;
    `examples` must fire (a test says so).
    """

    name: str
    topic: str
    on: tuple[str, ...]
    pattern: re.Pattern[str]
    examples: tuple[str, ...]
    unless: re.Pattern[str] | None = None
    key: str = ""
    memory_type: str = "UserMemory"
    tags: tuple[str, ...] = ()
    form: Form = "statement"
    not_after: re.Pattern[str] | None = None
    weak: bool = False

    @property
    def is_preference(self) -> bool:
        return self.topic in ("attitude", "instruction")

    def fires(self, clause: str) -> bool:
        match = self.pattern.search(clause)
        if match is None or (self.unless is not None and self.unless.search(clause)):
            return False
        return self.not_after is None or self.not_after.search(clause, 0, match.start()) is None


@dataclass(frozen=True, slots=True, kw_only=True)
class Clause:
    """A piece of a sentence of the user, in order; `joint` is the word or mark that ties it to the piece before."""

    text: str
    message: int
    sentence: int
    language: str
    joint: str = ""
    question: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A rule that fired and the clauses it speaks for, the first being the one it fired on."""

    rule: Rule
    clauses: tuple[Clause, ...]
    rules: tuple[str, ...] = ()

    @property
    def first(self) -> Clause:
        return self.clauses[0]

    @property
    def last(self) -> Clause:
        return self.clauses[-1]


class Table:
    """Rules in order of precedence, indexed by their trigger words so that few patterns are tried on a clause."""

    def __init__(self, rules: Sequence[Rule]) -> None:
        self.rules = tuple(rules)
        words = sorted({word for rule in rules for word in rule.on}, key=lambda word: (-len(word), word))
        self._word_rules = {word: [n for n, rule in enumerate(self.rules) if word in rule.on] for word in words}
        self._always = [n for n, rule in enumerate(self.rules) if not rule.on]

    def first(self, clause: str, words: frozenset[str], *, weak: bool = True) -> Rule | None:
        """The first rule that fires on a clause holding these trigger words; without `weak`, of those that are not."""
        numbers = set(self._always)
        for word in words & self._word_rules.keys():
            numbers.update(self._word_rules[word])
        tried = (self.rules[n] for n in sorted(numbers) if weak or not self.rules[n].weak)
        return next((rule for rule in tried if rule.fires(clause)), None)

    @property
    def triggers(self) -> tuple[str, ...]:
        return tuple(self._word_rules)
