"""One dialogue and its prediction to one line of outcomes.jsonl; a failed extraction is everything missed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from evals.protocols import Matcher
from evals.results import DialogueOutcome, Prediction
from evals.types import Decision, Dialogue, Extraction, ExtractionType, Gold, GoldOutcome, Kind, Outcome


def grade(
    dialogue: Dialogue,
    prediction: Prediction,
    matcher: Matcher,
    *,
    extraction_types: Sequence[ExtractionType],
    in_hash: str | None = None,
) -> DialogueOutcome:
    """What became of one dialogue. Kinds that were not asked for are left out on both sides; a list that came all the
    same is a counted contract violation."""
    gold = _asked_gold(dialogue.gold, extraction_types)
    violations = list(prediction.trace.contract_violations)
    if prediction.extraction is None:
        reason = prediction.error.type if prediction.error else "no prediction"
        outcome = Outcome(gold=tuple(_missed(item) for item in _as_outcomes(gold, matcher)))
    else:
        extraction, unasked = _asked_extraction(prediction.extraction, extraction_types)
        violations += [note for note in unasked if note not in violations]
        outcome, reason = matcher.match(gold, extraction, dialogue.messages), None
    return DialogueOutcome(
        id=dialogue.id,
        repeat=prediction.repeat,
        cluster=dialogue.cluster,
        language=dialogue.language,
        split=dialogue.split,
        labels=dialogue.labels,
        annotated=dialogue.gold.annotated,
        asked=tuple(extraction_types),
        in_hash=in_hash,
        pair_id=dialogue.pair_id,
        error=reason,
        parse_status=prediction.trace.parse_status,
        contract_violations=tuple(violations),
        latency_ms=prediction.service_ms,
        gold=outcome.gold,
        predicted=outcome.predicted,
        forbidden_listed=sum(item.strict for item in dialogue.gold.forbidden),
        unwanted_listed=sum(not item.strict for item in dialogue.gold.forbidden),
    )


def _asked_kind(kind: Kind, extraction_types: Sequence[ExtractionType]) -> bool:
    return ("memory" if kind == "fact" else "preference") in extraction_types


def _asked_gold(gold: Gold, extraction_types: Sequence[ExtractionType]) -> Gold:
    if len(set(extraction_types)) == 2:
        return gold
    return replace(gold, items=tuple(item for item in gold.items if _asked_kind(item.kind, extraction_types)))


def _asked_extraction(
    extraction: Extraction, extraction_types: Sequence[ExtractionType]
) -> tuple[Extraction, list[str]]:
    unasked = []
    if "memory" not in extraction_types and extraction.facts:
        unasked.append("memory_detail_list came unasked")
        extraction = replace(extraction, facts=())
    if "preference" not in extraction_types and extraction.preferences:
        unasked.append("preference_detail_list came unasked")
        extraction = replace(extraction, preferences=())
    return extraction, unasked


def _as_outcomes(gold: Gold, matcher: Matcher) -> tuple[GoldOutcome, ...]:
    return matcher.match(gold, Extraction(), ()).gold


def _missed(item: GoldOutcome) -> GoldOutcome:
    return replace(item, state="missed", decided_by=Decision(by="extraction_failed"))
