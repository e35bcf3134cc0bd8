"""Extractors that know nothing, or everything: the floor and the ceiling under every number (scoring, Controls).

`EmptyControl` and `EchoControl` see messages like any other. The rest are handed gold, by `runner.control_all`
alone, and are listed in GOLD_CONTROLS.
"""

# ruff: noqa: ARG002 - a control that knows nothing does not look at what it is given

from __future__ import annotations

from collections.abc import Iterable, Sequence

from evals.types import Dialogue, Extraction, ExtractionType, Fact, GoldFact, GoldItem, Message, Preference

TIMES = 10


class EmptyControl:
    """Finds nothing in anything."""

    def extract(self, messages: Sequence[Message], extraction_types: Sequence[ExtractionType]) -> Extraction:
        return Extraction()


class EchoControl:
    """Gives every user turn back as it is, as one fact and as one explicit preference."""

    def extract(self, messages: Sequence[Message], extraction_types: Sequence[ExtractionType]) -> Extraction:
        turns = [message.content for message in messages if message.role == "user" and message.content.strip()]
        facts = (Fact(memory_value=turn) for turn in turns)
        preferences = (Preference(preference=turn, preference_type="explicit_preference") for turn in turns)
        return _asked_for(extraction_types, facts, preferences)


class OracleControl:
    """Answers with the dialogue's own gold: what a perfect system would score."""

    def extract_from_gold(
        self, dialogue: Dialogue, other: Dialogue | None, extraction_types: Sequence[ExtractionType]
    ) -> Extraction:
        return _answer(dialogue.gold.items, extraction_types)


class DuplicatedControl:
    """Answers with the dialogue's own gold, every item ten times over."""

    def extract_from_gold(
        self, dialogue: Dialogue, other: Dialogue | None, extraction_types: Sequence[ExtractionType]
    ) -> Extraction:
        return _answer(dialogue.gold.items * TIMES, extraction_types)


class ShuffledControl:
    """Answers with the gold of another dialogue of the same language; with nothing where there is no other."""

    def extract_from_gold(
        self, dialogue: Dialogue, other: Dialogue | None, extraction_types: Sequence[ExtractionType]
    ) -> Extraction:
        return _answer(other.gold.items if other is not None else (), extraction_types)


GOLD_CONTROLS = (OracleControl, DuplicatedControl, ShuffledControl)


def _answer(items: Iterable[GoldItem], asked: Sequence[ExtractionType]) -> Extraction:
    """Gold in the shape of an answer."""
    facts, preferences = [], []
    for item in items:
        if isinstance(item, GoldFact):
            facts.append(
                Fact(
                    memory_value=item.memory_value,
                    memory_key=item.memory_key,
                    memory_type=item.memory_type,
                    tags=item.tags,
                )
            )
        else:
            preferences.append(
                Preference(preference=item.preference, reasoning=item.reasoning, preference_type=item.preference_type)
            )
    return _asked_for(asked, facts, preferences)


def _asked_for(asked: Sequence[ExtractionType], facts: Iterable[Fact], preferences: Iterable[Preference]) -> Extraction:
    return Extraction(
        facts=tuple(facts) if "memory" in asked else (),
        preferences=tuple(preferences) if "preference" in asked else (),
    )
