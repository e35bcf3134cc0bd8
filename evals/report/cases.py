"""Lays a dialogue out for reading: its messages, gold and predictions side by side, and the reason in words."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from urllib.parse import quote

from evals.report.pairing import ACTIONS, Aligned, aligned
from evals.report.tally import harm
from evals.report.untrusted import language_tag, shortened, visible
from evals.report.wording import STATE_SIGNS, state_title, why_gold, why_predicted
from evals.results import DialogueOutcome
from evals.types import GoldOutcome, Message, PredictedOutcome

# Together these keep ten dialogues below 3 MB whatever is in them: a character takes at most 5 bytes in HTML.
TEXT_SHOWN = 400  # characters of a memory
CONTENT_SHOWN = 1000  # characters of a message
DETAIL_SHOWN = 160  # characters of anything else
MESSAGES_SHOWN = 30
PAIRS_SHOWN = 25
AROUND = 1  # messages shown before and after one that gold or grounding refers to


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """A message as shown; `left_out` counts the messages skipped before it. Without a role it is only such a gap.

    `parts` are its text in pieces: every second one is what gold gives as evidence.
    """

    index: int
    role: str
    parts: tuple[str, ...] = ()
    cited: bool = False
    left_out: int = 0

    @property
    def content(self) -> str:
        return "".join(self.parts)


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """One memory as shown: what it says, where it came from and the finer fields that were compared.

    `verbatim` tells that the text is shown as it is, neither cut nor with a hidden character spelled out.
    """

    name: str
    kind: str
    text: str
    details: str
    language: str | None
    verbatim: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Dispute:
    """What a correction of gold would name; `of` is a key of ACTIONS. Texts stand in the page already."""

    gid: str | None
    kind: str | None
    of: str
    optional: bool = False

    @property
    def json(self) -> str:
        """For the page's script, in ASCII."""
        about = {"gid": self.gid, "kind": self.kind, "optional": self.optional, "actions": ACTIONS[self.of]}
        return json.dumps(about)


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """A gold memory beside the prediction it was aligned with; either side may be missing.

    `evidence` are the messages it rests on. `dispute` says what a reader may correct where it is gold that is wrong;
    None where nothing is.
    """

    state: str
    reason: str
    gold: Side | None
    predicted: Side | None
    evidence: tuple[int, ...] = ()
    dispute: Dispute | None = None

    @property
    def title(self) -> str:
        return state_title(self.state)

    @property
    def sign(self) -> str:
        return STATE_SIGNS[self.state]


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A dialogue laid out; `turns` is None where the run kept no messages.

    `identity` is the dialogue's id and in_hash as JSON, for corrections of its gold; `fragment` its place in the page.
    """

    id: str
    language: str | None
    where: str
    harm: str
    error: str | None
    turns: tuple[Turn, ...] | None
    pairs: tuple[Pair, ...]
    pairs_left_out: int = 0
    identity: str | None = None
    fragment: str = ""


def case(outcome: DialogueOutcome, messages: Callable[[str], Sequence[Message] | None]) -> Case:
    """The dialogue behind an outcome, the worst pairs first, cut to a size that can be read."""
    said = messages(outcome.id)
    pairs = aligned(outcome)
    where = [outcome.language, outcome.split, *outcome.labels]
    return Case(
        id=shortened(outcome.id, DETAIL_SHOWN),
        language=language_tag(outcome.language),
        where=shortened(", ".join(where + ([f"repeat {outcome.repeat}"] if outcome.repeat else [])), DETAIL_SHOWN),
        harm=harm_in_words(outcome),
        error=None if outcome.error is None else shortened(outcome.error, TEXT_SHOWN),
        turns=None if said is None else turns(said, _cited(outcome), _quotes(outcome)),
        pairs=tuple(_pair(pair, outcome) for pair in pairs[:PAIRS_SHOWN]),
        pairs_left_out=max(0, len(pairs) - PAIRS_SHOWN),
        identity=_identity(outcome),
        fragment=_fragment(outcome),
    )


def _fragment(outcome: DialogueOutcome) -> str:
    """The part of the page's address that opens it, as `fragmentOf` of rows.js makes it."""
    name = quote(shortened(outcome.id, TEXT_SHOWN), safe="!~*'()")
    return f"dialogue/{name}" + (f"/{outcome.repeat}" if outcome.repeat else "")


def harm_in_words(outcome: DialogueOutcome) -> str:
    """What went wrong in a dialogue, counted; empty where nothing did."""
    done = harm(outcome)
    counts = (
        (done.forbidden, "forbidden"),
        (done.hallucinated, "hallucinated"),
        (done.value_error, "value errors" if done.value_error > 1 else "value error"),
        (done.missed, "missed"),
    )
    return ", ".join(f"{n} {name}" for n, name in counts if n)


def _pair(pair: Aligned, outcome: DialogueOutcome) -> Pair:
    gold, predicted = pair.gold, pair.predicted
    reason = why_predicted(predicted) if predicted else why_gold(gold) if gold else ""
    return Pair(
        state=pair.state,
        reason=shortened(reason, TEXT_SHOWN),
        gold=_gold_side(gold, outcome) if gold else _forbidden_side(predicted, outcome),
        predicted=_predicted_side(predicted, outcome) if predicted else None,
        evidence=_evidence(pair),
        dispute=_dispute(pair),
    )


def _evidence(pair: Aligned) -> tuple[int, ...]:
    grounds = pair.predicted.grounded_in if pair.predicted else None
    found = {*(pair.gold.evidence if pair.gold else ()), *(() if grounds is None else (grounds,))}
    return tuple(sorted(found))[:MESSAGES_SHOWN]


def _dispute(pair: Aligned) -> Dispute | None:
    if not pair.disputable or len(pair.target or "") > DETAIL_SHOWN:
        return None
    kind = pair.gold.kind if pair.gold else pair.predicted.kind if pair.predicted else None
    optional = pair.gold is not None and pair.gold.optional
    return Dispute(gid=pair.target, kind=kind, of=pair.disputable, optional=optional)


def _identity(outcome: DialogueOutcome) -> str | None:
    if len(outcome.id) > TEXT_SHOWN:  # the page stays small whatever the ids are
        return None
    return json.dumps({"id": outcome.id, "in_hash": outcome.in_hash})


def _gold_side(item: GoldOutcome, outcome: DialogueOutcome) -> Side:
    evidence = f"message {', '.join(map(str, item.evidence))}" if item.evidence else ""
    return Side(
        name=shortened(item.gid, DETAIL_SHOWN),
        kind=state_title(item.kind),
        text=shortened(item.text, TEXT_SHOWN),
        details=_details(item.memory_type, item.tags, item.polarity, evidence, "optional" if item.optional else ""),
        language=language_tag(outcome.language),
        verbatim=shortened(item.text, TEXT_SHOWN) == item.text,
    )


def _forbidden_side(item: PredictedOutcome | None, outcome: DialogueOutcome) -> Side | None:
    """What annotators forbade, where a prediction says it; None for every other prediction."""
    if item is None or item.forbidden_text is None:
        return None
    text = shortened(item.forbidden_text, TEXT_SHOWN)
    return Side(
        name=shortened(item.partner or "", DETAIL_SHOWN),
        kind="forbidden",
        text=text,
        details="must not be stored",
        language=language_tag(outcome.language),
        verbatim=text == item.forbidden_text,
    )


def _predicted_side(item: PredictedOutcome, outcome: DialogueOutcome) -> Side:
    similarity = "" if item.similarity is None else f"similarity {item.similarity:.2f}"
    return Side(
        name=f"p{item.index}",
        kind=state_title(item.kind or "preference of unknown type"),
        text=shortened(item.text, TEXT_SHOWN),
        details=_details(item.memory_type, item.tags, similarity),
        language=language_tag(item.language or outcome.language),
        verbatim=shortened(item.text, TEXT_SHOWN) == item.text,
    )


def _details(memory_type: str | None, tags: Sequence[str] | None, *others: str | None) -> str:
    return " · ".join(shortened(part, DETAIL_SHOWN) for part in (memory_type, ", ".join(tags or ()), *others) if part)


def _cited(outcome: DialogueOutcome) -> frozenset[int]:
    evidence = {index for item in outcome.gold for index in item.evidence}
    return frozenset(evidence | {item.grounded_in for item in outcome.predicted if item.grounded_in is not None})


def turns(
    messages: Sequence[Message], cited: frozenset[int], quotes: Mapping[int, Sequence[str]] = MappingProxyType({})
) -> tuple[Turn, ...]:
    """Messages as shown: all of them, or of a long dialogue those around what is cited; `quotes` are marked."""
    shown = list(_shown(len(messages), cited))
    laid_out = []
    for before, index in zip([-1, *shown], shown, strict=False):
        parts = _parts(shortened(messages[index].content, CONTENT_SHOWN), quotes.get(index, ()))
        gap, role = index - before - 1, messages[index].role
        laid_out.append(Turn(index=index, role=role, parts=parts, cited=index in cited, left_out=gap))
    after = len(messages) - 1 - (shown[-1] if shown else -1)
    end = (Turn(index=len(messages), role="", left_out=after),) if after else ()
    return (*laid_out, *end)


def _quotes(outcome: DialogueOutcome) -> dict[int, list[str]]:
    """The words of each message that gold rests on."""
    found: dict[int, list[str]] = {}
    for item in outcome.gold:
        for index in item.evidence if item.evidence_text else ():
            found.setdefault(index, []).append(visible((item.evidence_text or "")[:CONTENT_SHOWN]))
    return found


def _parts(text: str, quotes: Sequence[str]) -> tuple[str, ...]:
    """The text cut so that every second piece is quoted; quotes that meet are one piece, a whole message is none."""
    spans = sorted((at, at + len(quote)) for quote in quotes if quote and (at := text.find(quote)) >= 0)
    edges = [0]
    for start, end in spans:
        if len(edges) > 1 and start <= edges[-1]:
            edges[-1] = max(edges[-1], end)
        else:
            edges += [start, end]
    if edges[1:] == [0, len(text)]:
        return (text,)
    return tuple(text[start:end] for start, end in zip(edges, [*edges[1:], len(text)], strict=True))


def _shown(count: int, cited: frozenset[int]) -> Iterable[int]:
    if count <= MESSAGES_SHOWN:
        return range(count)
    near = {index + step for index in cited for step in range(-AROUND, AROUND + 1)}
    kept = sorted(index for index in near if 0 <= index < count) or range(count)
    return kept[:MESSAGES_SHOWN]
