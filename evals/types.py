"""The nouns that pass between the rooms: a dialogue and its gold, what an extractor gives back, what became of it.

Frozen, slotted, keyword-only dataclasses of the standard library: importing this module costs nothing.
Nothing is validated here; `evals.io` checks every value that enters from a file, strictly.
Field names are those of the MemOS Extract Memory API wherever it has one; `None` always means "not defined".
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar, Literal

Role = Literal["system", "user", "assistant"]
Kind = Literal["fact", "explicit_preference", "implicit_preference"]
PreferenceType = Literal["explicit_preference", "implicit_preference"]
ExtractionType = Literal["memory", "preference"]
Split = Literal["dev", "test", "holdout"]
Coverage = Literal["complete", "partial", "none"]
Polarity = Literal["like", "dislike", "require", "avoid"]
Annotator = Literal["human", "llm", "llm_verified", "template", "crowd"]
ForbiddenKind = Literal[
    "assistant_claim",
    "third_party",
    "role_play",
    "hypothetical",
    "task_local",
    "world_knowledge",
    "unsupported",
    "superseded",
    "do_not_store",
    "injected",
]
ParseStatus = Literal["ok", "repaired", "truncated", "failed"]
PredictionState = Literal[
    "correct",
    "partial",
    "value_error",
    "duplicate",
    "extra_grounded",
    "hallucinated",
    "forbidden",
    "invalid",
    "unjudged",
]
GoldState = Literal["found", "partial", "wrong_value", "missed", "unjudged"]
ReasoningState = Literal["supported", "unsupported", "unjudged"]

KINDS: tuple[Kind, ...] = ("fact", "explicit_preference", "implicit_preference")
EXTRACTION_TYPES: tuple[ExtractionType, ...] = ("memory", "preference")

_STRICT = {"extra": "forbid", "strict": True}  # read by pydantic at the boundary; means nothing here
_TOLERANT = {"extra": "ignore", "strict": True}


# --- a dialogue and its gold ---------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """One turn of talk. Only `role` and `content` are ever sent to an extractor."""

    __pydantic_config__: ClassVar[Any] = _STRICT
    role: Role
    content: str
    speaker: str | None = None
    time: str | None = None
    source_ref: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class GoldFact:
    """A fact that should come out, with what is needed to judge an answer against it.

    `slots` holds the values that must be right, `variants` other wordings of the same fact; an `optional` item
    is credited when matched and not counted when missed.
    """

    __pydantic_config__: ClassVar[Any] = _STRICT
    kind: ClassVar[Kind] = "fact"
    gid: str
    memory_value: str
    memory_key: str | None = None
    memory_type: str | None = None
    tags: tuple[str, ...] | None = None
    evidence: tuple[int, ...] = ()
    evidence_text: str | None = None
    subject: str = "user"
    optional: bool = False
    weight: float = 1.0
    slots: dict[str, str] | None = None
    variants: tuple[str, ...] = ()
    value_language: str | None = None
    annotator: Annotator = "human"
    confidence: float | None = None
    source_label: str | None = None

    @property
    def text(self) -> str:
        return self.memory_value


@dataclass(frozen=True, slots=True, kw_only=True)
class GoldPreference:
    """A preference that should come out; `type_certain=False` accepts either preference type."""

    __pydantic_config__: ClassVar[Any] = _STRICT
    gid: str
    preference: str
    preference_type: PreferenceType
    reasoning: str | None = None
    polarity: Polarity | None = None
    type_certain: bool = True
    evidence: tuple[int, ...] = ()
    evidence_text: str | None = None
    subject: str = "user"
    optional: bool = False
    weight: float = 1.0
    slots: dict[str, str] | None = None
    variants: tuple[str, ...] = ()
    value_language: str | None = None
    annotator: Annotator = "human"
    confidence: float | None = None
    source_label: str | None = None

    @property
    def kind(self) -> Kind:
        return self.preference_type

    @property
    def text(self) -> str:
        return self.preference


GoldItem = GoldFact | GoldPreference


@dataclass(frozen=True, slots=True, kw_only=True)
class Forbidden:
    """A memory that must not come out. `match="attribute"` forbids the slot values in any wording.

    One that is not `strict` may be right after all: that it came out is reported as a rate and is no error.
    """

    __pydantic_config__: ClassVar[Any] = _STRICT
    fid: str
    value: str
    kind: ForbiddenKind
    scope: Literal["memory", "preference", "any"] = "any"
    match: Literal["semantic", "attribute"] = "semantic"
    slots: dict[str, str] | None = None
    conflicts_with: str | None = None
    evidence: tuple[int, ...] = ()
    strict: bool = True
    annotator: Annotator = "human"


@dataclass(frozen=True, slots=True, kw_only=True)
class Annotated:
    """How exhaustively each list of gold was annotated; decides which metrics are legal (scoring.md, Legality)."""

    __pydantic_config__: ClassVar[Any] = _STRICT
    facts: Coverage = "none"
    explicit_preferences: Coverage = "none"
    implicit_preferences: Coverage = "none"
    forbidden: Coverage = "none"

    def of(self, kind: Kind) -> Coverage:
        if kind == "fact":
            return self.facts
        return self.explicit_preferences if kind == "explicit_preference" else self.implicit_preferences


@dataclass(frozen=True, slots=True, kw_only=True)
class Gold:
    """Everything annotators said about one dialogue."""

    items: tuple[GoldItem, ...] = ()
    forbidden: tuple[Forbidden, ...] = ()
    annotated: Annotated = Annotated()


@dataclass(frozen=True, slots=True, kw_only=True)
class Dialogue:
    """One annotated dialogue. `cluster` is the unit of resampling; records of one cluster stand together."""

    id: str
    messages: tuple[Message, ...]
    cluster: str
    language: str
    split: Split = "dev"
    dataset: str | None = None
    pair_id: str | None = None
    labels: tuple[str, ...] = ()
    gold: Gold = Gold()


# --- what an extractor gives back ----------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """A fact memory as the API's `memory_detail_list` has it; nothing but the value is guaranteed."""

    __pydantic_config__: ClassVar[Any] = _TOLERANT
    memory_value: str | None = None
    memory_key: str | None = None
    memory_type: str | None = None
    tags: tuple[str, ...] | None = None

    @property
    def text(self) -> str:
        return self.memory_value or ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Preference:
    """A preference as the API's `preference_detail_list` has it; `preference_type` may be a word we do not know."""

    __pydantic_config__: ClassVar[Any] = _TOLERANT
    preference: str | None = None
    reasoning: str | None = None
    preference_type: str | None = None

    @property
    def text(self) -> str:
        return self.preference or ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """One try at the system under test: times in milliseconds, None where that part does not exist."""

    __pydantic_config__: ClassVar[Any] = _TOLERANT
    service_ms: float | None = None
    queue_ms: float | None = None
    wait_ms: float | None = None
    request_bytes: int | None = None
    reply_bytes: int | None = None
    http_status: int | None = None
    code: int | None = None
    error: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Branch:
    """One inference call behind an extraction; single-call systems have one.

    `error` names what failed where nothing of this branch came back. `model` and `fingerprint` are what the server said
    it is, `structured` how it was held to a shape (json_schema, json_object, none), `notes` what was done to read it.
    """

    __pydantic_config__: ClassVar[Any] = _TOLERANT
    name: str = "extract"
    attempts: tuple[Attempt, ...] = ()
    parse_status: ParseStatus = "ok"
    error: str | None = None
    model: str | None = None
    fingerprint: str | None = None
    structured: str | None = None
    notes: tuple[str, ...] = ()
    finish_reason: str | None = None
    usage: dict[str, int] | None = None
    raw: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Trace:
    """How an extraction came about; `cached` answers are never averaged into a latency."""

    __pydantic_config__: ClassVar[Any] = _TOLERANT
    branches: tuple[Branch, ...] = ()
    cached: bool = False
    contract_violations: tuple[str, ...] = ()

    @property
    def parse_status(self) -> ParseStatus:
        """The worst status of any branch."""
        order: tuple[ParseStatus, ...] = ("ok", "repaired", "truncated", "failed")
        return max((branch.parse_status for branch in self.branches), key=order.index, default="ok")


@dataclass(frozen=True, slots=True, kw_only=True)
class Extraction:
    """What an extractor found in one dialogue. An empty tuple means "nothing found"."""

    facts: tuple[Fact, ...] = ()
    preferences: tuple[Preference, ...] = ()
    trace: Trace = Trace()


# --- what became of it ---------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """Who settled an item and on what: `by` is floor, exact, a guard's name, residual, grounding, forbidden …

    `gold_token` and `pred_token` are the two tokens it was settled on, where there are any.
    """

    __pydantic_config__: ClassVar[Any] = _TOLERANT
    by: str
    gold_token: str | None = None
    pred_token: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class GoldOutcome:
    """What became of one gold item. `partner` is the index of the prediction it was aligned with."""

    __pydantic_config__: ClassVar[Any] = _TOLERANT
    gid: str
    kind: Kind
    text: str
    state: GoldState
    decided_by: Decision
    partner: int | None = None
    similarity: float | None = None
    links: tuple[int, ...] = ()
    covered: bool = False
    cross_lingual: bool = False
    list_leak: bool = False
    optional: bool = False
    weight: float = 1.0
    memory_key: str | None = None
    memory_type: str | None = None
    tags: tuple[str, ...] | None = None
    reasoning: str | None = None
    polarity: str | None = None
    type_certain: bool = True
    evidence: tuple[int, ...] = ()
    evidence_text: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PredictedOutcome:
    """What became of one predicted item. `index` counts facts first, then preferences, in the order given.

    `partner` is the gid (or fid) it was settled against. `question` says what stays open while `unjudged`: whether it
    matches its partner, or only whether the dialogue supports it (it is known not to match). `grounded_in` is the
    index of the message that supports it. `kind` is None for a preference of unknown type. `reasoning_state` is what a
    judge made of the reasoning, None where none was asked. `unwanted` is the fid of a forbidden item it says that is
    not strict, `forbidden_text` and `forbidden_kind` are what the forbidden item says and why, strict or not.
    `candidates` are the gids that something in another language could mean, the nearest by embeddings first.
    """

    __pydantic_config__: ClassVar[Any] = _TOLERANT
    index: int
    kind: Kind | None
    text: str
    state: PredictionState
    decided_by: Decision
    partner: str | None = None
    similarity: float | None = None
    question: Literal["match", "grounding"] | None = None
    links: tuple[str, ...] = ()
    covered: bool = False
    cross_lingual: bool = False
    list_leak: bool = False
    grounded_in: int | None = None
    polarity_agrees: bool | None = None
    reasoning_state: ReasoningState | None = None
    unwanted: str | None = None
    forbidden_text: str | None = None
    forbidden_kind: ForbiddenKind | None = None
    candidates: tuple[str, ...] = ()
    language: str | None = None
    memory_key: str | None = None
    memory_type: str | None = None
    tags: tuple[str, ...] | None = None
    reasoning: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What became of every gold and every predicted item of one dialogue: what a matcher returns."""

    gold: tuple[GoldOutcome, ...] = ()
    predicted: tuple[PredictedOutcome, ...] = ()
