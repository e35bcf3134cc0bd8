"""How far the side fields of a matched pair agree: type, tags and key, none of which makes a memory right."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable

from rapidfuzz import fuzz

from evals.results import DialogueOutcome
from evals.scoring.legality import asked_kinds
from evals.types import GoldOutcome, PredictedOutcome

TAG_RATIO = 90  # rapidfuzz ratio from which two tags count as the same (scoring.md, `tag_f1`)


def matched_pairs(outcome: DialogueOutcome) -> list[tuple[GoldOutcome, PredictedOutcome]]:
    """Every correct or partial prediction beside the gold item it was settled against; asked kinds only."""
    gold = {item.gid: item for item in outcome.gold if item.kind in asked_kinds(outcome.asked)}
    matched = (item for item in outcome.predicted if item.state in ("correct", "partial"))
    return [(gold[item.partner], item) for item in matched if item.partner in gold]


def type_agrees(gold: GoldOutcome, predicted: PredictedOutcome) -> bool | None:
    """Whether the predicted type is the gold one; None where gold leaves the type open (a fact without memory_type).

    `type_certain=False` accepts either preference type, but not an unknown one.
    """
    if gold.kind == "fact":
        return None if gold.memory_type is None else gold.memory_type == predicted.memory_type
    return predicted.kind == gold.kind or (not gold.type_certain and predicted.kind is not None)


def tag_overlap(gold: Iterable[str], predicted: Iterable[str]) -> tuple[int, int, int]:
    """(tags in common, gold tags, predicted tags), each tag once, matched one-to-one: equal first, then alike."""
    wanted, given = {_canonical(tag) for tag in gold} - {""}, {_canonical(tag) for tag in predicted} - {""}
    equal = wanted & given
    alike = _pair_alike(sorted(wanted - equal), sorted(given - equal))
    return len(equal) + alike, len(wanted), len(given)


def key_similarity(gold: str, predicted: str) -> float:
    """rapidfuzz ratio of two canonical keys, from 0 to 1; an absent key is unlike any."""
    left, right = _canonical(gold), _canonical(predicted)
    return fuzz.ratio(left, right) / 100 if left and right else 0.0


def _pair_alike(gold: list[str], predicted: list[str]) -> int:
    ratios = ((fuzz.ratio(g, p, score_cutoff=TAG_RATIO), g, p) for g in gold for p in predicted)
    taken: set[tuple[str, str]] = set()
    for _, g, p in sorted((r for r in ratios if r[0] > 0), key=lambda ratio: (-ratio[0], ratio[1], ratio[2])):
        if ("gold", g) not in taken and ("predicted", p) not in taken:
            taken |= {("gold", g), ("predicted", p)}
    return len(taken) // 2


def _canonical(text: str) -> str:
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())
