"""Edits of one place in a text: what a probe is made with. Each gives every text that one such edit can make."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping

Edit = Callable[[str], Iterator[str]]


def swap(pairs: Mapping[str, str], around: str = r"(?<![\w-]){}(?![\w-])") -> Edit:
    """Replaces one occurrence of a word by what it is paired with; `around` says where the word counts."""
    words = "|".join(map(re.escape, sorted(pairs, key=len, reverse=True)))
    return rewrite(around.format(f"(?:{words})"), lambda match: pairs[match[0]])


def rewrite(pattern: str, replacement: str | Callable[[re.Match[str]], str | None]) -> Edit:
    """Replaces one match of a pattern; a function may return None where nothing fits."""
    found = re.compile(pattern)

    def edit(text: str) -> Iterator[str]:
        for match in found.finditer(text):
            new = match.expand(replacement) if isinstance(replacement, str) else replacement(match)
            if new is not None and new != match[0]:
                yield text[: match.start()] + new + text[match.end() :]

    return edit


def both_ways(pairs: Mapping[str, str]) -> dict[str, str]:
    """The pairs and their converses."""
    return {**{right: left for left, right in pairs.items()}, **pairs}


def paired(left: str, right: str) -> dict[str, str]:
    """The words of one line, each with the word in the same place of the other."""
    return dict(zip(left.split(), right.split(), strict=True))


def ring(words: str) -> dict[str, str]:
    """Each word of a line paired with the next but one, the last ones with the first."""
    listed = words.split()
    return {word: listed[(place + 2) % len(listed)] for place, word in enumerate(listed)}


def other_number(match: re.Match[str]) -> str:
    """Another number with as many digits or one more: a little more than half as much again."""
    value = int(match[0])
    return str(value + max(1, value * 4 // 7) if not 1900 <= value <= 2100 else value + 3)
