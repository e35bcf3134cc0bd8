"""A system that finds nothing at once, as a coroutine: what is left of a bench is the bench."""

from __future__ import annotations

from collections.abc import Sequence

from evals.types import Extraction, Message


class Nothing:
    async def extract(self, messages: Sequence[Message], extraction_types: Sequence[str]) -> Extraction:
        return Extraction()
