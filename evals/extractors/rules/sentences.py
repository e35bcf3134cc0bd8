"""Sentences of a text in English or Chinese: abbreviations, decimals, lists, full-width marks and emoji."""

from __future__ import annotations

import re
from dataclasses import dataclass

_LONGEST = 700  # characters; a longer "sentence" is a dump
_ABBREVIATION = re.compile(
    r"\b(?:mr|mrs|ms|dr|prof|st|vs|etc|e\.g|i\.e|no|approx|dept|jan|feb|mar|apr|jun|jul|aug|sept?"
    r"|oct|nov|dec|a\.m|p\.m|u\.s"
    r"|u\.k|ph\.d|(?<!['’])(?-i:[A-Z]))\.$",
    re.I,
)
_EMOJI = re.compile("[\U0001f000-\U0001faff\u2600-\u27bf\u2b50\ufe0f\u200d\U0001f1e6-\U0001f1ff]+")
_END = re.compile(
    r"[.!?…]+[\"')\]]*(?=\s|$)|[。！？；?!…]+[”』」）)]*|[~～]+(?=\s|$|[\u4e00-\u9fff])|(?<=[\u4e00-\u9fff])"
    r" +(?=[\u4e00-\u9fff])|\n+"
)
_ITEM = re.compile(
    r"^\s*(?:[-*•·]\s+|#{1,6}\s+|\(?[a-zA-Z0-9]{1,2}[.)]\s+|[①-⑳]\s*|\(?[一二三四五六七八九十]{1,2}[、)）]\s*)"
)
_INLINE_ITEM = re.compile(r"(?<!^)(?=[①-⑳])|[；;](?=\s*[①-⑳])")


@dataclass(frozen=True, slots=True)
class Sentence:
    """One sentence without its end mark; `item` when it stood in a list."""

    text: str
    question: bool
    item: bool


def sentences(text: str) -> tuple[Sentence, ...]:
    """Every sentence of a text in order, list markers and emoji removed."""
    text = _INLINE_ITEM.sub("\n", _EMOJI.sub(" … ", text))
    found: list[Sentence] = []
    start = 0
    for end in _END.finditer(text):
        if end.start() < start or _is_abbreviation(text, start, end):
            continue
        _add(found, text[start : end.start()], end.group())
        start = end.end()
    _add(found, text[start:], "")
    return tuple(found)


def _is_abbreviation(text: str, start: int, end: re.Match[str]) -> bool:
    if end.group() != ".":
        return False
    word = text[max(start, end.start() - 8) : end.end()]
    following = text[end.end() : end.end() + 2].strip()
    return _ABBREVIATION.search(word) is not None and following != "" and word[-2:] != "I."


def _add(found: list[Sentence], raw: str, mark: str) -> None:
    marker = _ITEM.match(raw)
    body = (raw[marker.end() :] if marker else raw).strip(" \t*_…")
    if body[:1] + body[-1:] in ('""', "“”", "''"):
        body = body[1:-1]
    if 1 < len(body) <= _LONGEST:
        found.append(Sentence(body, "?" in mark or "？" in mark, marker is not None))
