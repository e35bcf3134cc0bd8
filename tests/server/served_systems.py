"""Systems that the tests serve: one that tells back what it was given, one that fails as it is told, slow ones."""

from __future__ import annotations

import asyncio
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from evals import errors
from evals.types import Extraction, Fact, Message


class Teller:
    """Answers with what it was given: one fact a message, with role, time and content."""

    wants_time = True

    def extract(self, messages: Sequence[Message], extraction_types: Sequence[str]) -> Extraction:
        return Extraction(
            facts=tuple(
                Fact(memory_value=message.content, memory_key=message.role, memory_type=message.time)
                for message in messages
            )
        )


class Failing:
    """Raises the error the dialogue names, with the dialogue in its message."""

    def extract(self, messages: Sequence[Message], extraction_types: Sequence[str]) -> Extraction:
        name, _, code = messages[0].content.partition(" ")
        if name == "exit":
            sys.exit(3)
        if name == "stop":
            raise StopIteration
        if name == "nothing":
            return None  # type: ignore[return-value]
        kind = getattr(errors, name, None) or ValueError
        if issubclass(kind, errors.ExtractorError):
            error = kind(f"secret words: {messages}", code=int(code) if code else None)
            error.retry_after_s = 7.0
            raise error
        raise kind(f"secret words: {messages}")


class AsyncFailing(Failing):
    """The same as a coroutine."""

    async def extract(self, messages: Sequence[Message], extraction_types: Sequence[str]) -> Extraction:  # type: ignore[override]
        if messages[0].content == "cancel":
            raise asyncio.CancelledError
        return super().extract(messages, extraction_types)


class Gate:
    """Writes the file `come` when it is called, answers once the file `go` is there, writes `closed` at the end."""

    def __init__(self, folder: str) -> None:
        self.folder = Path(folder)

    def extract(self, messages: Sequence[Message], extraction_types: Sequence[str]) -> Extraction:
        (self.folder / "come").touch()
        while not (self.folder / "go").exists():
            time.sleep(0.01)
        return Extraction(facts=(Fact(memory_value=messages[0].content),))

    async def close(self) -> None:
        (self.folder / "closed").touch()


class Brief:
    """Tells the last message back after a moment, as a coroutine."""

    async def extract(self, messages: Sequence[Message], extraction_types: Sequence[str]) -> Extraction:
        await asyncio.sleep(0.01)
        return Extraction(facts=(Fact(memory_value=messages[-1].content),))
