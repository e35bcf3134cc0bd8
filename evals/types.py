"""The nouns that pass between the rooms, and the one-method protocols a plug-in has to satisfy.

Frozen, slotted, keyword-only dataclasses of the standard library: importing this module costs nothing.
Nothing is validated here; `evals.io` checks every value that enters from a file, strictly.
Field names are those of the MemOS Extract Memory API wherever it has one; `None` always means "not defined".
"""

from __future__ import annotations

from collections.abc import Awaitable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Literal, Protocol, runtime_checkable

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
RunStatus = Literal["running", "interrupted", "incomplete", "complete"]
ReasoningState = Literal["supported", "unsupported", "unjudged"]
QuestionKind = Literal["match", "grounding", "reasoning"]

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


@dataclass(frozen=True, slots=True, kw_only=True)
class ExtractionFailure:
    """Why nothing came back: a value beside the results, counted as everything missed and in `error_rate`."""

    __pydantic_config__: ClassVar[Any] = _TOLERANT
    type: str
    message: str
    trace: Trace = Trace()


@dataclass(frozen=True, slots=True, kw_only=True)
class Prediction:
    """The answer for one dialogue and repeat: an extraction or its error, never both.

    `latency_ms` is the whole call; what the call waited for before it began stands in `waited_ms`: `qps`, `pace`.
    """

    id: str
    repeat: int = 0
    extraction: Extraction | None = None
    error: ExtractionFailure | None = None
    latency_ms: float | None = None
    waited_ms: dict[str, float] | None = None

    @property
    def trace(self) -> Trace:
        source = self.extraction or self.error
        return source.trace if source else Trace()

    @property
    def service_ms(self) -> float | None:
        """How long the call took, without the time it waited for our own budgets and between tries."""
        if self.latency_ms is None or self.trace.cached:
            return None
        waits_ms = [
            sum((attempt.queue_ms or 0.0) + (attempt.wait_ms or 0.0) for attempt in branch.attempts)
            for branch in self.trace.branches
        ]
        return max(0.0, self.latency_ms - max(waits_ms, default=0.0))


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


@dataclass(frozen=True, slots=True, kw_only=True)
class DialogueOutcome:
    """One line of outcomes.jsonl: an outcome and all that scores, comparisons and reports need to know besides.

    `forbidden_listed` counts the forbidden items that are strict, `unwanted_listed` the others.
    """

    __pydantic_config__: ClassVar[Any] = _TOLERANT
    id: str
    cluster: str
    language: str
    split: Split
    repeat: int = 0
    labels: tuple[str, ...] = ()
    annotated: Annotated = Annotated()
    asked: tuple[ExtractionType, ...] = EXTRACTION_TYPES
    in_hash: str | None = None
    pair_id: str | None = None
    error: str | None = None
    parse_status: ParseStatus = "ok"
    contract_violations: tuple[str, ...] = ()
    latency_ms: float | None = None
    gold: tuple[GoldOutcome, ...] = ()
    predicted: tuple[PredictedOutcome, ...] = ()
    forbidden_listed: int = 0
    unwanted_listed: int = 0


# --- numbers and their origin --------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    """A number with its interval and its n.

    [low, high] is the 95 % sampling interval; [bound_low, bound_high] what the value would be were every unjudged
    item wrong or right. `n` is the denominator the value was taken over; `note` says what limits its use.
    """

    __pydantic_config__: ClassVar[Any] = _TOLERANT
    metric: str
    slice: str
    value: float | None
    low: float | None = None
    high: float | None = None
    bound_low: float | None = None
    bound_high: float | None = None
    n: float = 0
    dialogues: int = 0
    clusters: int = 0
    higher_is_better: bool | None = True
    note: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """run.json: how a run was made and what it scored.

    `system` is what the extractor said of itself (`facts`) and what its calls came to (`calls`); `judging` says who
    decided how much, and what the judge cost and got wrong; `load` is what a bench measured besides `latency`.
    """

    __pydantic_config__: ClassVar[Any] = _TOLERANT
    format: int
    name: str
    status: RunStatus
    signature: str
    created: str
    command: str
    config: dict[str, Any]
    environment: dict[str, Any]
    dataset: dict[str, Any]
    counts: dict[str, int]
    identity: dict[str, str]
    matching: dict[str, Any]
    latency: dict[str, float | None]
    scores: tuple[Score, ...] = ()
    confusion: dict[str, dict[str, dict[str, int]]] | None = None
    controls: dict[str, tuple[Score, ...]] | None = None
    skill: tuple[Score, ...] = ()
    system: dict[str, Any] | None = None
    judging: dict[str, Any] | None = None
    load: dict[str, Any] | None = None


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


# --- plug-ins ------------------------------------------------------------------------------------


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


@runtime_checkable
class Judge(Protocol):
    """Answers what rules left open, every question with one judgement in the order asked."""

    async def judge(self, questions: Sequence[Question]) -> Sequence[Judgement]: ...
