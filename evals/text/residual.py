"""Which side of a pair says more: one-sided residuals and coverage of content words."""

from __future__ import annotations

from collections.abc import Collection
from typing import Literal

from evals.text.lexicon import listed
from evals.text.stems import stem

Residual = Literal["pred_less", "pred_more"]


# Words that make no other statement when they are all that one side has more: "has a shop" and "runs a shop",
# "is anxious" and "feels anxious", "two months" and "approximately two months". Read off real systems' outputs.
LIGHT = frozenset(
    map(
        stem,
        listed(
            "like use go work plan get make take live run stay keep start include need kind feel play name call own"
            " great good nice cool really approximately roughly around together again"
        ),
    )
) | listed("喜欢 每 去 做 用 住 开 来 带 感到 感觉 大约 大概")


def one_sided(gold_words: Collection[str], pred_words: Collection[str]) -> Residual | None:
    """`pred_less` when the prediction's words are a proper, non-empty subset of gold's, `pred_more` the other way.

    Light verbs alone ("use", "go", 用) make no residual.
    """
    gold, pred = frozenset(gold_words), frozenset(pred_words)
    if pred and pred < gold:
        return "pred_less" if not gold - pred <= LIGHT else None
    if gold and gold < pred:
        return "pred_more" if not pred - gold <= LIGHT else None
    return None


def coverage(words: Collection[str], text_words: Collection[str]) -> float:
    """Share of distinct `words` that stand in `text_words`; 0.0 when there are none."""
    distinct = frozenset(words)
    return len(distinct.intersection(text_words)) / len(distinct) if distinct else 0.0


def missing(words: Collection[str], text_words: Collection[str]) -> tuple[str, ...]:
    """The distinct `words` that do not stand in `text_words`, sorted."""
    return tuple(sorted(frozenset(words).difference(text_words)))
