"""Lays a dialogue out for reading: its messages, gold and predictions side by side, and the reason in words."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from evals.report.pairing import Aligned, aligned
from evals.report.tally import harm
from evals.report.untrusted import language_tag, shortened
from evals.report.wording import state_title, why_gold, why_predicted
from evals.types import DialogueOutcome, GoldOutcome, Message, PredictedOutcome

# Together these keep ten dialogues below 3 MB whatever is in them: a character takes at most 5 bytes in HTML.
TEXT_SHOWN = 400  # characters of a memory
CONTENT_SHOWN = 1000  # characters of a message
DETAIL_SHOWN = 160  # characters of anything else
MESSAGES_SHOWN = 30
PAIRS_SHOWN = 25
AROUND = 1  # messages shown before and after one that gold or grounding refers to


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """A message as shown; `left_out` counts the messages skipped before it. Without a role it is only such a gap."""

    index: int
    role: str
    content: str
    cited: bool = False
    left_out: int = 0


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
class Pair:
    """A gold memory beside the prediction it was aligned with; either side may be missing.

    `dispute` says, as JSON, what a reader may correct where it is gold that is wrong; None where nothing is.
    """

    state: str
    reason: str
    gold: Side | None
    predicted: Side | None
    dispute: str | None = None

    @property
    def title(self) -> str:
        return state_title(self.state)


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A dialogue laid out; `turns` is None where the run kept no messages.

    `identity` is the dialogue's id and in_hash as JSON, for corrections of its gold.
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


def case(outcome: DialogueOutcome, messages: Callable[[str], Sequence[Message] | None]) -> Case:
    """The dialogue behind an outcome, the worst pairs first, cut to a size that can be read."""
    said = messages(outcome.id)
    pairs = aligned(outcome)
    where = [outcome.language, outcome.split, *outcome.labels]
    return Case(
        id=shortened(outcome.id, DETAIL_SHOWN),
        language=language_tag(outcome.language),
        where=shortened(", ".join(where + ([f"repeat {outcome.repeat}"] if outcome.repeat else [])), DETAIL_SHOWN),
        harm=_harm_in_words(outcome),
        error=None if outcome.error is None else shortened(outcome.error, TEXT_SHOWN),
        turns=None if said is None else turns(said, _cited(outcome)),
        pairs=tuple(_pair(pair, outcome) for pair in pairs[:PAIRS_SHOWN]),
        pairs_left_out=max(0, len(pairs) - PAIRS_SHOWN),
        identity=_identity(outcome),
    )


def _harm_in_words(outcome: DialogueOutcome) -> str:
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
        gold=_gold_side(gold, outcome) if gold else None,
        predicted=_predicted_side(predicted, outcome) if predicted else None,
        dispute=_dispute(pair),
    )


def _dispute(pair: Aligned) -> str | None:
    """What the page needs to write a correction, as ASCII JSON; texts stand in the page already."""
    if not pair.actions or len(pair.target or "") > DETAIL_SHOWN:
        return None
    kind = pair.gold.kind if pair.gold else pair.predicted.kind if pair.predicted else None
    optional = pair.gold is not None and pair.gold.optional
    return json.dumps({"gid": pair.target, "kind": kind, "optional": optional, "actions": pair.actions})


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


def turns(messages: Sequence[Message], cited: frozenset[int]) -> tuple[Turn, ...]:
    """Messages as shown: all of them, or of a long dialogue those around what is cited."""
    shown = list(_shown(len(messages), cited))
    laid_out = []
    for before, index in zip([-1, *shown], shown, strict=False):
        message = messages[index]
        content = shortened(message.content, CONTENT_SHOWN)
        left_out = index - before - 1
        laid_out.append(Turn(index=index, role=message.role, content=content, cited=index in cited, left_out=left_out))
    after = len(messages) - 1 - (shown[-1] if shown else -1)
    end = (Turn(index=len(messages), role="", content="", left_out=after),) if after else ()
    return (*laid_out, *end)


def _shown(count: int, cited: frozenset[int]) -> Iterable[int]:
    if count <= MESSAGES_SHOWN:
        return range(count)
    near = {index + step for index in cited for step in range(-AROUND, AROUND + 1)}
    kept = sorted(index for index in near if 0 <= index < count) or range(count)
    return kept[:MESSAGES_SHOWN]
