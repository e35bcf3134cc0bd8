"""The protocols a plug-in has to satisfy, one method each, and what passes through one of them alone.

Any object of that shape will do, and needs no import of ours.
"""

from __future__ import annotations

from collections.abc import Awaitable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol, runtime_checkable

from evals.results import Prediction
from evals.types import Dialogue, Extraction, ExtractionType, Gold, Message, Outcome

QuestionKind = Literal["match", "grounding", "reasoning"]


@runtime_checkable
class Extractor(Protocol):
    """A system under test. Sees messages, never gold. May be a coroutine function; a plain one runs in a thread."""

    def extract(
        self, messages: Sequence[Message], extraction_types: Sequence[ExtractionType]
    ) -> Extraction | Awaitable[Extraction]: ...


@dataclass(frozen=True, slots=True)
class WireRequest:
    """One HTTP exchange as it goes out, without the key. `branch` names the inference call, where there are several."""

    url: str
    body: bytes
    branch: str = "extract"


@runtime_checkable
class Wire(Protocol):
    """An extractor whose answer is one HTTP exchange, so that the load sender can drive it.

    `wire_headers` go with every request and may hold a key. `read` raises the ExtractorError that a reply stands for.
    """

    @property
    def wire_headers(self) -> Mapping[str, str]: ...
    def request(self, messages: Sequence[Message], extraction_types: Sequence[ExtractionType]) -> WireRequest: ...
    def read(self, status: int, body: bytes, *, asked: Sequence[ExtractionType]) -> Extraction: ...


@runtime_checkable
class ControlExtractor(Protocol):
    """A control: the only kind of extractor the runner hands gold to, with another dialogue of the same language."""

    def extract_from_gold(
        self, dialogue: Dialogue, other: Dialogue | None, extraction_types: Sequence[ExtractionType]
    ) -> Extraction: ...


@runtime_checkable
class Replay(Protocol):
    """A source of stored answers: the runner asks by dialogue id instead of sending messages."""

    def replay(self, id: str, repeat: int) -> Prediction | None: ...


@runtime_checkable
class Matcher(Protocol):
    """Decides what became of every item of one dialogue. The order of either list never changes the result."""

    def match(self, gold: Gold, predicted: Extraction, messages: Sequence[Message]) -> Outcome: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What rules left open: whether a prediction says what a gold item says, whether the user's turns support it, or
    whether they bear out the `reasoning` given for a preference.
    """

    kind: QuestionKind
    pred: str
    gold: str | None = None
    reasoning: str | None = None
    language: str = "en"
    turns: tuple[Message, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """The answer to one question: a label with its evidence, or why there is none; never a default."""

    label: str | None = None
    evidence: str | None = None
    failure: str | None = None


@runtime_checkable
class Judge(Protocol):
    """Answers what rules left open, every question with one judgement in the order asked."""

    async def judge(self, questions: Sequence[Question]) -> Sequence[Judgement]: ...
