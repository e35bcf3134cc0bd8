"""From messages to what the rules found in them: own turns, sentences, clauses, the first rule that fires on each."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from evals.extractors.rules.chinese_words import TIME as CHINESE_TIME
from evals.extractors.rules.corrections import Said, corrected
from evals.extractors.rules.english_words import TIME as ENGLISH_TIME
from evals.extractors.rules.foreign import own_words
from evals.extractors.rules.languages import BY_CODE, Language
from evals.extractors.rules.relatives import names_relative, with_relative
from evals.extractors.rules.role_play import own_turns
from evals.extractors.rules.rule import Clause, Found, Rule, Table
from evals.extractors.rules.sentences import sentences
from evals.text.language import language_of
from evals.types import Message

_MOST_SENTENCES = 120  # of one message; what is longer is a document
_NO_ATTACHING = re.compile(r"\b(?:you|your|please|thanks|what|how)\b|[你您吗]|谢谢|怎么|什么", re.I)
_MOST_ATTACHED = 2
_LEAST_LEADING = {"en": 20, "zh": 5}  # characters of a clause before the one that tells something
_WHEN = re.compile(rf"^(?:on |in |at )?(?:{ENGLISH_TIME}|{CHINESE_TIME})", re.I)
_FIRST_PERSON = re.compile(r"\b(?:I|my|we|our|me|us)\b|我|俺|咱|本人(?!的)", re.I)
_LONG = 400  # characters of a message that may be a document
_LEAST_SPOKEN = 0.3  # share of it that stands in sentences with an "I"
_SHORT = 80  # characters of a Chinese message in which the subject may be left out


def read(messages: Sequence[Message]) -> tuple[Found, ...]:
    """Everything the rules find in the user's own words, in the order it was said."""
    found: list[Found] = []
    previous: Clause | None = None
    relative: Clause | None = None
    everything = _said(messages)
    documents, personal = _documents(everything), _personal(everything)
    for number, said in enumerate(everything):
        sentence = said.sentence
        language = BY_CODE.get(language_of(sentence.text))
        if language is None:
            continue
        clauses = language.clauses(sentence, message=said.message, number=number)
        clauses = with_relative(clauses, previous, relative if language.code == "en" else None)
        if said.message in documents or (language.code == "zh" and number not in personal):
            clauses = tuple(clause for clause in clauses if _spoken_of_oneself(clause, language))
        found.extend(_found(clauses, language, personal=number in personal))
        previous = clauses[-1] if clauses else previous
        relative = next((clause for clause in reversed(clauses) if names_relative(clause)), relative)
    return tuple(found)


def _documents(everything: Sequence[Said]) -> frozenset[int]:
    """Messages too long and too impersonal to be talk: little in them is said by an "I"."""
    length = _lengths(everything)
    spoken = _lengths([said for said in everything if _FIRST_PERSON.search(said.sentence.text)])
    return frozenset(
        message for message, size in length.items() if size > _LONG and spoken[message] < _LEAST_SPOKEN * size
    )


def _lengths(everything: Sequence[Said]) -> Counter[int]:
    """Characters of each message's sentences."""
    length: Counter[int] = Counter()
    for said in everything:
        length[said.message] += len(said.sentence.text)
    return length


def _personal(everything: Sequence[Said]) -> frozenset[int]:
    """Sentences in which somebody may speak of themselves without saying so: in a short message, or beside an "I"."""
    length = _lengths(everything)
    named = {number for number, said in enumerate(everything) if _FIRST_PERSON.search(said.sentence.text)}
    return frozenset(
        number
        for number, said in enumerate(everything)
        if number in named
        or (language_of(said.sentence.text) == "zh" and length[said.message] <= _SHORT)
        or any(near in named and everything[near].message == said.message for near in (number - 1, number + 1))
    )


def _spoken_of_oneself(clause: Clause, language: Language) -> bool:
    """In a long text without a first person only instructions are the user's own."""
    return _fires(language.instructions, clause.text, language) is not None


def _said(messages: Sequence[Message]) -> tuple[Said, ...]:
    return corrected(
        [
            Said(index, sentence)
            for index, content in own_turns(messages)
            for sentence in sentences(own_words(content))[:_MOST_SENTENCES]
        ]
    )


def _found(clauses: Sequence[Clause], language: Language, *, personal: bool) -> list[Found]:
    """What one sentence holds: a standing instruction as a whole, or what its clauses hold one by one."""
    if not clauses:
        return []
    if whole := _instruction(clauses, language):
        return [whole]
    if language.is_hypothetical(clauses[0]):
        return []
    found: list[Found] = []
    before: list[Clause] = []  # what was stated in this sentence before anything was found
    for clause in clauses:
        rule = _rule_for(clause, language, weak=personal)
        if rule is not None:
            found.append(Found(rule=rule, clauses=(*_kept(before, rule), clause), rules=(rule.name,)))
            before = []
        elif found and _belongs(clause, found[-1], language):
            found[-1] = replace(found[-1], clauses=(*found[-1].clauses, clause))
        elif not found and _goes_along(clause, language):
            before.append(clause)
    return found


def _kept(before: Sequence[Clause], rule: Rule) -> tuple[Clause, ...]:
    """The clauses that lead up to what somebody tells: they belong to it."""
    leading = [
        clause
        for clause in before[-_MOST_ATTACHED:]
        if len(clause.text) >= _LEAST_LEADING[clause.language] or _WHEN.search(clause.text)
    ]
    return () if rule.is_preference or rule.form == "mention" else tuple(leading)


def _instruction(clauses: Sequence[Clause], language: Language) -> Found | None:
    """A sentence that begins with a standing instruction is one entry with all it says."""
    if any(clause.question for clause in clauses):
        return None
    comma = "，" if language.code == "zh" else ", "
    text = comma.join(clause.text for clause in clauses)
    rule = _fires(language.instructions, text, language)
    first = _fires(language.instructions, clauses[0].text, language)
    if rule is None or (first is None and len(clauses) > 1 and not rule.name.endswith((".when", ".lasting"))):
        return None
    if first is None and _rule_for(clauses[0], language, weak=False) is not None:
        return None
    return Found(rule=rule, clauses=tuple(clauses), rules=(rule.name,))


def _rule_for(clause: Clause, language: Language, *, weak: bool) -> Rule | None:
    """Instructions come before attitudes, attitudes before facts; a mention is what is left."""
    if clause.question or language.is_hypothetical(clause):
        return _fires(language.mentions, clause.text, language)
    rule = _fires(language.instructions, clause.text, language) or _fires(language.attitudes, clause.text, language)
    if rule is None and language.states_something(clause):
        rule = _fires(language.facts, clause.text, language, weak=weak)
    return rule or _fires(language.mentions, clause.text, language)


def _fires(table: Table, text: str, language: Language, *, weak: bool = True) -> Rule | None:
    return table.first(text, language.words(text, table), weak=weak)


def _belongs(clause: Clause, last: Found, language: Language) -> bool:
    """Whether a clause no rule fired on only goes on about what was found before it."""
    return (
        (language.goes_on.search(clause.joint) is not None or (last.rule.topic == "told" and clause.joint == ","))
        and len(last.clauses) <= _MOST_ATTACHED
        and last.rule.form != "mention"
        and _goes_along(clause, language)
    )


def _goes_along(clause: Clause, language: Language) -> bool:
    return (
        not clause.question
        and not language.is_hypothetical(clause)
        and language.states_something(clause)
        and _NO_ATTACHING.search(clause.text) is None
    )
