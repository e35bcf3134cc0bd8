"""The files of PersonaBench as upstream writes them, as far as the importer reads them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field

_TOLERANT = {"extra": "ignore", "strict": True}

QuestionType = Literal["Basic information", "Preference", "Social", "Subjective"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """One message; `role` is a person's name, or user and assistant."""

    __pydantic_config__: ClassVar[Any] = _TOLERANT
    role: str
    content: str


Turns = Annotated[tuple[Turn, ...], Field(min_length=1)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Talk:
    """A session with another person."""

    __pydantic_config__: ClassVar[Any] = _TOLERANT
    segment_id: str
    time: str
    target_name: str
    turns: Annotated[Turns, Field(alias="conversation")]


@dataclass(frozen=True, slots=True, kw_only=True)
class Chat:
    """A session with an assistant."""

    __pydantic_config__: ClassVar[Any] = _TOLERANT
    segment_id: str
    time: str
    turns: Annotated[Turns, Field(alias="user_ai_interaction")]
    target_name: None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Partner:
    """The sessions with one other person."""

    __pydantic_config__: ClassVar[Any] = _TOLERANT
    sessions: Annotated[tuple[Talk, ...], Field(alias="Conversations")]


@dataclass(frozen=True, slots=True, kw_only=True)
class Talker:
    """A person's sessions with others."""

    __pydantic_config__: ClassVar[Any] = _TOLERANT
    name: Annotated[str, Field(alias="Name")]
    partners: Annotated[tuple[Partner, ...], Field(alias="Data")]

    @property
    def sessions(self) -> tuple[Talk, ...]:
        return tuple(session for partner in self.partners for session in partner.sessions)


@dataclass(frozen=True, slots=True, kw_only=True)
class Chatter:
    """A person's sessions with an assistant."""

    __pydantic_config__: ClassVar[Any] = _TOLERANT
    name: Annotated[str, Field(alias="Name")]
    sessions: Annotated[tuple[Chat, ...], Field(alias="Data")]


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """A question about a person, and its kind."""

    __pydantic_config__: ClassVar[Any] = _TOLERANT
    q_id: str
    question: str
    answer: Any
    type: QuestionType
    outdated_value: Any = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Questions:
    """The questions about one person."""

    __pydantic_config__: ClassVar[Any] = _TOLERANT
    qa: tuple[Question, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Questioned:
    """A person and the questions."""

    __pydantic_config__: ClassVar[Any] = _TOLERANT
    name: Annotated[str, Field(alias="Name")]
    info: Annotated[Questions, Field(alias="Eval_Info")]


@dataclass(frozen=True, slots=True, kw_only=True)
class Support:
    """Which sessions support which value of a question, at one noise level."""

    __pydantic_config__: ClassVar[Any] = _TOLERANT
    q_id: str
    segments: Annotated[dict[str, tuple[str, ...]], Field(alias="segment_id")]
