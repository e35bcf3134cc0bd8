"""Which side of a pair says more: one-sided residuals and coverage of content words."""

from __future__ import annotations

from collections.abc import Collection
from typing import Literal

Residual = Literal["pred_less", "pred_more"]


def one_sided(gold_words: Collection[str], pred_words: Collection[str]) -> Residual | None:
    """`pred_less` when the prediction's words are a proper, non-empty subset of gold's, `pred_more` the other way round."""
    gold, pred = frozenset(gold_words), frozenset(pred_words)
    if pred and pred < gold:
        return "pred_less"
    if gold and gold < pred:
        return "pred_more"
    return None


def coverage(words: Collection[str], text_words: Collection[str]) -> float:
    """Share of distinct `words` that stand in `text_words`; 0.0 when there are none."""
    distinct = frozenset(words)
    return len(distinct.intersection(text_words)) / len(distinct) if distinct else 0.0


def missing(words: Collection[str], text_words: Collection[str]) -> tuple[str, ...]:
    """The distinct `words` that do not stand in `text_words`, sorted."""
    return tuple(sorted(frozenset(words).difference(text_words)))
