"""The lines of AlpsBench task 1 as upstream writes them, as far as the importer reads them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar, Literal

_TOLERANT = {"extra": "ignore", "strict": True}


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """One message."""

    __pydantic_config__: ClassVar[Any] = _TOLERANT
    role: Literal["user", "assistant"]
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """The message (or messages) a memory was drawn from, by index, and the quote (or quotes)."""

    __pydantic_config__: ClassVar[Any] = _TOLERANT
    utterance_index: int | tuple[int, ...] | None = None
    text: str | tuple[str, ...] | None = None

    @property
    def quote(self) -> str | None:
        """The first quote."""
        first = self.text[:1] if isinstance(self.text, tuple) else (self.text,)
        return next((quote for quote in first if quote), None)

    @property
    def indexes(self) -> tuple[int, ...]:
        """All indexes; some are out of range."""
        if self.utterance_index is None:
            return ()
        return (self.utterance_index,) if isinstance(self.utterance_index, int) else self.utterance_index


@dataclass(frozen=True, slots=True, kw_only=True)
class Memory:
    """A verified memory; a value with `[ERROR: reason]` in it was rejected by the verifiers."""

    __pydantic_config__: ClassVar[Any] = _TOLERANT
    memory_id: str
    type: str
    label: str
    value: str
    label_suggestion: str | None = None
    evidence: Evidence | None = None
    confidence: float | None = None
    preference_attitude: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """A memory as one of the seven systems gave it."""

    __pydantic_config__: ClassVar[Any] = _TOLERANT
    type: str | None = None
    label: str | None = None
    value: str | None = None
    label_suggestion: str | None = None
    preference_attitude: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Output:
    """What one system answered, as it came and as upstream parsed it."""

    __pydantic_config__: ClassVar[Any] = _TOLERANT
    raw_output: str | None = None
    memory_items: tuple[Item, ...] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """The extraction task of a session: gold and outputs."""

    __pydantic_config__: ClassVar[Any] = _TOLERANT
    ground_truth_memories: tuple[Memory, ...]
    llm_outputs: dict[str, Output]


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """One session: a dialogue of a real user."""

    __pydantic_config__: ClassVar[Any] = _TOLERANT
    session_id: str
    dialogue: tuple[Turn, ...]
    task1: Task | None = None
