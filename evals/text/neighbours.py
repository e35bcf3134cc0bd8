"""Which word stands beside which: the neighbour of every word that a text holds once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from itertools import pairwise


def neighbours(words: Sequence[str], *, before: bool) -> dict[str, str]:
    """The word before (or after) each word that stands in a text once."""
    found = {(right if before else left): (left if before else right) for left, right in pairwise(words)}
    if len(set(words)) < len(words):
        for word, times in Counter(words).items():
            if times > 1:
                found.pop(word, None)
    return found
