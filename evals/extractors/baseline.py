"""The embedded extractor: rules for English and Chinese, offline and deterministic, an honest floor."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path

from evals.extractors.rules.merging import merged
from evals.extractors.rules.reading import read
from evals.extractors.rules.wording import facts, preferences
from evals.text.language import dialogue_language
from evals.types import Extraction, ExtractionType, Message


class BaselineExtractor:
    """Reads the user's turns with small named rules; knows no world and guesses nothing."""

    def extract(self, messages: Sequence[Message], extraction_types: Sequence[ExtractionType]) -> Extraction:
        """What the rules find; a kind that was not asked for stays empty."""
        found = merged(read(messages))
        language = _main_language(messages)
        return Extraction(
            facts=facts(found, language=language) if "memory" in extraction_types else (),
            preferences=preferences(found) if "preference" in extraction_types else (),
        )

    @cached_property
    def version(self) -> str:
        """First 16 hex digits of the sha256 over the rule sources: a changed rule shows in a run's signature."""
        here = Path(__file__)
        digest = hashlib.sha256()
        for path in (here, *sorted((here.parent / "rules").glob("*.py"))):
            digest.update(path.name.encode() + b"\0" + path.read_bytes() + b"\0")
        return digest.hexdigest()[:16]


def _main_language(messages: Sequence[Message]) -> str:
    """Chinese if the user mostly speaks it; tags are in this language."""
    said = [message.content for message in messages if message.role == "user"]
    language = dialogue_language(said)
    if language == "mixed":
        chinese = sum("\u4e00" <= char <= "\u9fff" for text in said for char in text)
        latin = sum(char.isascii() and char.isalpha() for text in said for char in text)
        return "zh" if chinese * 4 > latin else "en"
    return "zh" if language == "zh" else "en"
