"""What one dialogue contributes to every score: named counts, one row pooled over kinds and one for each kind.

Predicted items count in the row of the predicted kind, gold items in that of the gold kind, so that a match across
preference types credits both. Counts named `complete_…` exist only where precision is legal (`evals.scoring.legality`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from evals.results import DialogueOutcome
from evals.scoring.agreement import key_similarity, matched_pairs, tag_overlap, type_agrees
from evals.scoring.legality import ROWS, Row, Scope, scope_of
from evals.types import GoldOutcome, PredictedOutcome

Tally = dict[str, float]

# `gold` and `cover_gold` are what recall is taken over: required items, and optional ones once they are credited.
_GOLD = (
    *("gold", "found", "gold_partial", "gold_mistyped", "gold_open", "gold_open_optional"),
    *("cover_gold", "gold_covered", "gold_cover_open", "gold_cover_open_optional"),
)
_COMPLETE_GOLD = {name: f"complete_{name}" for name in _GOLD}

NAMES: tuple[str, ...] = (
    # dialogues: 0 or 1 each, except macro_f1, macro_low and macro_high, which are F1 values
    *("dialogues", "annotated", "complete", "errors", "violated"),
    *("parsed", "parse_ok", "parse_repaired", "parse_truncated", "parse_failed"),
    *("empty", "abstained", "forbidden_listed", "forbidden_hit", "unwanted_listed", "unwanted_hit"),
    *("macro_known", "macro_f1", "macro_low", "macro_high"),
    # predicted items, whatever the gold
    *("predicted", "open_match", "open_grounding", "hallucinated", "value_error", "forbidden", "duplicate"),
    *(
        "unwanted",
        "leaked",
        "language_known",
        "language_agrees",
        "compared",
        "compared_open",
        "compared_wrong",
        "merged",
    ),
    # predicted items where gold is complete
    *("complete_predicted", "complete_open", "complete_open_grounding", "complete_correct", "complete_partial"),
    *("complete_extra", "complete_mistyped", "complete_covered", "complete_cover_open"),
    # gold items where gold is partial or complete, and once more where it is complete
    *("gold_items", "gold_unjudged", "gold_split"),
    *_GOLD,
    *_COMPLETE_GOLD.values(),
    # pairs of a gold item and a prediction
    *("memory_type_pairs", "memory_type_right", "preference_type_pairs", "preference_type_right"),
    *("polarity_pairs", "polarity_right", "tags_common", "tags_gold", "tags_predicted", "keys", "key_similarity"),
    *("reasoned", "reasoning_supported", "reasoning_open"),
    # items of either side
    "cross_lingual",
)
INDEX = {name: position for position, name in enumerate(NAMES)}

_EVERYWHERE = frozenset(("hallucinated", "value_error", "forbidden", "duplicate"))
_WHERE_COMPLETE = {"correct": "complete_correct", "partial": "complete_partial", "extra_grounded": "complete_extra"}
_ALIGNED = frozenset(("correct", "partial", "value_error", "unjudged"))
_REASONING_COUNTS: Mapping[str, tuple[str, ...]] = {
    "supported": ("reasoning_supported",),
    "unsupported": (),
    "unjudged": ("reasoning_open",),
}
_PARSE_COUNTS = {status: f"parse_{status}" for status in ("ok", "repaired", "truncated", "failed")}


def count(outcome: DialogueOutcome) -> dict[Row, Tally]:
    """The counts of one outcome: the pooled row under None, and a row for each kind that was asked for.

    Every row holds all of `NAMES`, in that order. Items of a kind that was not asked for contribute nothing.
    """
    scope = scope_of(outcome.annotated, outcome.asked)
    tallies: dict[Row, Tally] = {row: dict.fromkeys(NAMES, 0) for row in ROWS if row is None or row in scope.asked}
    pairs = matched_pairs(outcome)
    mistyped = {gold.gid for gold, item in pairs if item.state == "correct" and type_agrees(gold, item) is False}
    predicted = [item for item in outcome.predicted if (item.kind or "implicit_preference") in scope.asked]
    for item in predicted:  # (a preference of unknown type was asked for when any preference was)
        always, complete = _predicted_marks(item, scope, outcome.language, mistyped)
        _mark(tallies, item.kind, scope, always, complete)
    for gold in outcome.gold:
        if gold.kind in scope.annotated:
            always, both = _gold_marks(gold, mistyped)
            _mark(tallies, gold.kind, scope, (*always, *both), [_COMPLETE_GOLD[name] for name in both])
    for gold, item in pairs:
        for name, amount in _pair_amounts(gold, item):
            for row in _rows(item.kind):
                tallies[row][name] += amount
    for row, tally in tallies.items():
        _count_dialogue(tally, outcome, annotated=_is_annotated(row, scope), complete=row in scope.complete)
    return tallies


def _rows(kind: Row) -> tuple[Row, ...]:
    return (None,) if kind is None else (None, kind)


def _mark(tallies: dict[Row, Tally], kind: Row, scope: Scope, always: Iterable[str], complete: Iterable[str]) -> None:
    for row in _rows(kind):
        tally = tallies[row]
        for name in always:
            tally[name] += 1
        if row in scope.complete:
            for name in complete:
                tally[name] += 1


def _predicted_marks(
    item: PredictedOutcome, scope: Scope, language: str, mistyped: set[str]
) -> tuple[list[str], list[str]]:
    """(counts whatever the gold, counts where it is complete)"""
    compared = item.kind in scope.compared if item.kind else "explicit_preference" in scope.compared
    always, complete = _state_marks(item, compared=compared)
    if item.state == "correct" and item.partner in mistyped:
        complete.append("complete_mistyped")
    if item.covered or item.state == "correct":  # a strict match always covers
        complete.append("complete_covered")
    if compared and len(item.links) > 1:
        always.append("merged")
    if item.unwanted is not None:
        always.append("unwanted")
    if item.list_leak:
        always.append("leaked")
    if item.cross_lingual:
        always.append("cross_lingual")
    if item.language is not None:
        always.append("language_known")
        if item.language == language or language == "mixed":
            always.append("language_agrees")
    if item.kind != "fact" and item.polarity_agrees is not None and item.state in _ALIGNED:
        always += ["polarity_pairs", "polarity_right"] if item.polarity_agrees else ["polarity_pairs"]
    if item.reasoning_state is not None:
        always += ["reasoned", *_REASONING_COUNTS[item.reasoning_state]]
    return always, complete


def _state_marks(item: PredictedOutcome, *, compared: bool) -> tuple[list[str], list[str]]:
    always, complete = ["predicted"], ["complete_predicted"]
    if compared:
        always.append("compared")
    if item.state in _EVERYWHERE:
        always.append(item.state)
        if compared and item.state == "value_error":
            always.append("compared_wrong")
    elif item.state in _WHERE_COMPLETE:
        complete.append(_WHERE_COMPLETE[item.state])
    elif item.state == "unjudged" and item.question == "grounding" and not item.cross_lingual:
        always.append("open_grounding")  # known to match nothing: open is only whether the dialogue bears it out
        complete.append("complete_open_grounding")
    elif item.state == "unjudged":
        always += ["open_match", "compared_open"] if compared else ["open_match"]
        complete += ["complete_open"] if item.covered else ["complete_open", "complete_cover_open"]
    return always, complete


def _gold_marks(item: GoldOutcome, mistyped: set[str]) -> tuple[list[str], list[str]]:
    """(counts wherever recall is legal, counts that exist once for recall and once for F1)."""
    always, both = ["gold_items"], []
    found, is_open = item.state == "found", item.state == "unjudged"
    covered = item.covered or found
    suffix = "_optional" if item.optional else ""
    if found or not item.optional:
        both.append("gold")
    if covered or not item.optional:
        both.append("cover_gold")
    if found:
        both += ["found", "gold_mistyped"] if item.gid in mistyped else ["found"]
    if covered:
        both.append("gold_covered")
    if item.state == "partial" and not item.optional:
        both.append("gold_partial")
    if is_open:
        always.append("gold_unjudged")
        both.append(f"gold_open{suffix}")
        if not covered:
            both.append(f"gold_cover_open{suffix}")
    if len(item.links) > 1:
        always.append("gold_split")
    if item.cross_lingual:
        always.append("cross_lingual")
    return always, both


def _pair_amounts(gold: GoldOutcome, item: PredictedOutcome) -> list[tuple[str, float]]:
    agrees = type_agrees(gold, item)
    if gold.kind != "fact":
        return [("preference_type_pairs", 1), ("preference_type_right", float(bool(agrees)))]
    amounts: list[tuple[str, float]] = []
    if agrees is not None:
        amounts += [("memory_type_pairs", 1), ("memory_type_right", float(agrees))]
    if gold.tags is not None:
        common, wanted, given = tag_overlap(gold.tags, item.tags or ())
        amounts += [("tags_common", common), ("tags_gold", wanted), ("tags_predicted", given)]
    if gold.memory_key:
        amounts += [("keys", 1), ("key_similarity", key_similarity(gold.memory_key, item.memory_key or ""))]
    return amounts


def _is_annotated(row: Row, scope: Scope) -> bool:
    return bool(scope.annotated) if row is None else row in scope.annotated


def _count_dialogue(tally: Tally, outcome: DialogueOutcome, *, annotated: bool, complete: bool) -> None:
    failed = outcome.error is not None
    tally["dialogues"] = 1
    tally["errors"] = failed
    tally["violated"] = bool(outcome.contract_violations)
    tally["annotated"] = annotated
    tally["complete"] = complete
    if not failed or outcome.parse_status != "ok":  # a call that never answered has no reply to parse
        tally["parsed"] = 1
        tally[_PARSE_COUNTS[outcome.parse_status]] = 1
    if outcome.forbidden_listed and not failed:  # a call that failed has not shown that it keeps them out
        tally["forbidden_listed"] = 1
        tally["forbidden_hit"] = tally["forbidden"] > 0
    if outcome.unwanted_listed and not failed:
        tally["unwanted_listed"] = 1
        tally["unwanted_hit"] = tally["unwanted"] > 0
    if complete:
        if not tally["gold_items"]:
            tally["empty"] = 1
            tally["abstained"] = not tally["predicted"] and not failed  # a failure is no abstention
        _count_macro(tally, failed=failed)


def _count_macro(tally: Tally, *, failed: bool) -> None:
    """The strict F1 of this dialogue alone, and what it would be were everything open wrong or right."""
    correct, predicted, open_predicted = (tally[f"complete_{name}"] for name in ("correct", "predicted", "open"))
    found, gold = tally["complete_found"], tally["complete_gold"]
    open_gold, open_optional = tally["complete_gold_open"], tally["complete_gold_open_optional"]
    known = (predicted - open_predicted, gold - open_gold)
    nothing_open = not (open_predicted or open_gold or open_optional)
    if not predicted and not gold and nothing_open:
        tally["macro_known"] = 1
        tally["macro_f1"] = tally["macro_low"] = tally["macro_high"] = 0 if failed else 1
        return
    if nothing_open or any(known):
        tally["macro_known"] = 1
        tally["macro_f1"] = _f1((correct, known[0]), (found, known[1]))
    tally["macro_low"] = _f1((correct, predicted), (found, gold))
    tally["macro_high"] = _f1(
        (correct + open_predicted, predicted), (found + open_gold + open_optional, gold + open_optional)
    )


def _f1(precision: Sequence[float], recall: Sequence[float]) -> float:
    """Harmonic mean of two fractions (numerator, denominator); 0 where either is 0 or has nothing to count."""
    if not precision[0] or not recall[0]:
        return 0
    p, r = precision[0] / precision[1], recall[0] / recall[1]
    return 2 * p * r / (p + r)
