"""Where two texts differ when they are otherwise the same: the one place between their common beginning and end."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from evals.text.fold import HAN
from evals.text.stems import stem

_EN_TOKEN = re.compile(r"[^\W_]+(?:[.:'’%°+-][^\W_]+)*[%°+]?|[^\s\w]")
_ZH_TOKEN = re.compile(r"[0-9a-z][0-9a-z:.+%°'-]*|[^\W_]|,")


@dataclass(frozen=True, slots=True)
class Place:
    """The tokens that stand between what two texts share, on either side, and the tokens shared before and after."""

    gold: tuple[str, ...]
    pred: tuple[str, ...]
    before: tuple[str, ...]
    after: tuple[str, ...]


def tokens(canonical_text: str, language: str) -> tuple[str, ...]:
    """Words of a text written with spaces, punctuation apart; characters of a Chinese one, values and Latin whole."""
    if is_chinese(canonical_text, language):
        return tuple(_ZH_TOKEN.findall(canonical_text))
    return tuple(_EN_TOKEN.findall(canonical_text))


def is_chinese(text: str, language: str) -> bool:
    return language in ("zh", "ja") or (not text.isascii() and HAN.search(text) is not None)


def difference(gold: Sequence[str], pred: Sequence[str]) -> Place:
    """The place where two token lists differ; words of one stem are the same."""
    start = 0
    shorter = min(len(gold), len(pred))
    while start < shorter and _same(gold[start], pred[start]):
        start += 1
    end = 0
    while end < shorter - start and _same(gold[-1 - end], pred[-1 - end]):
        end += 1
    return Place(
        tuple(gold[start : len(gold) - end]),
        tuple(pred[start : len(pred) - end]),
        tuple(gold[:start]),
        tuple(gold[len(gold) - end :]),
    )


def _same(left: str, right: str) -> bool:
    return left == right or (left.isalpha() and right.isalpha() and left.isascii() and stem(left) == stem(right))
