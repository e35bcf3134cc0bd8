"""English numerals: number words, thousands commas and k/million suffixes become plain digits."""

from __future__ import annotations

import re

from evals.text.lexicon import ordered
from evals.text.quantities import plain

_ONES = {
    word: value
    for value, word in enumerate(
        ordered(
            """
    zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen
    eighteen nineteen
    """
        )
    )
}
_TENS = {
    word: value
    for value, word in zip(
        range(20, 100, 10),
        ordered(
            """
    twenty thirty forty fifty sixty seventy eighty ninety
    """
        ),
        strict=True,
    )
}
_SCALES = {"hundred": 100, "dozen": 12, "thousand": 1000, "million": 1_000_000, "billion": 1_000_000_000}
_ORDINALS = {
    word: value
    for value, word in enumerate(
        ordered(
            """
    first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth thirteenth fourteenth fifteenth
    sixteenth seventeenth eighteenth nineteenth twentieth
    """
        ),
        start=1,
    )
}
_THIRTIES = {word.replace("ty", "ties"): value for word, value in _TENS.items()}

NUMBER_WORDS = frozenset({*_ONES, *_TENS, *_SCALES, *_ORDINALS, *_THIRTIES, "half", "twice", "once", "thrice"})

_SMALL = (
    rf"(?:(?:{'|'.join(_TENS)})(?:[- ](?:one|two|three|four|five|six|seven|eight|nine)\b)?|{'|'.join(reversed(_ONES))})"
)
_DIGITS = r"[0-9]{1,12}(?:\.[0-9]{1,4})?"
_SCALE = "|".join(_SCALES)
_NUMBER = re.compile(
    rf"\b(?:(?:{_SMALL}|an?|{_DIGITS}) (?:{_SCALE})\b(?: (?:and )?(?:{_SMALL}|{_SCALE})\b)*|{_SMALL})\b", re.ASCII
)
_WORD = re.compile(r"[a-z]+|[0-9.]+")
_ORDINAL = re.compile(
    rf"\b(?:(twenty|thirty)[- ])?({'|'.join(reversed(_ORDINALS))})\b(?! (?:of all|thing|ago))", re.ASCII
)
_NOT_ORDINAL_BEFORE = ("a ", "one ", "per ", "two ", "every ", "split ", "at ", "each ")
_DECADE = re.compile(
    rf"\b(?:in|into) (?:his|her|their|my|the|your) (?:(early|mid|late)[- ])?({'|'.join(_THIRTIES)}|[2-9]0s)\b"
)

_PRONOUN_BEFORE = re.compile(
    r"\b(?:no|any|every|some|this|that|the|which|each|another|only|other|last|next|new|loved|good|better|best|as)[ -]$"
)
_PRONOUN_AFTER = re.compile(
    r" (?:of|another|who|that|which|day|thing|is|was|to|for|with|in|by|at|and|or|from|on"
    r"|has|had|does|can|will|would|should|if|when|he|she|they|it|i|you|we)\b|[^ -]|$"
)
_HALF_AFTER = re.compile(r"\b([0-9]{1,6}|an?)( (?:hours?|years?|months?|days?|weeks?|miles?))? and a half( [a-z]+)?\b")
_HALF_OF = re.compile(r"\bhalf[ -](?:an? )?(?=hour|year|day|month|mile|kilo|dozen|litre|liter|pound|marathon)")
_TIMES = re.compile(r"\b(twice|thrice|once(?= (?:an?|per|every|each|daily|weekly|monthly)\b))", re.ASCII)

_COMMA = re.compile(r"(?<=[0-9])(?<![:-][0-9]{2}),(?=[0-9]{3}(?![0-9]))")
_THOUSANDS = re.compile(rf"(?<![0-9a-z.])({_DIGITS})(?:k\b| ?(?:grand)\b)", re.ASCII)
_SCALED = re.compile(rf"(?<![0-9a-z.])({_DIGITS}) ?(million|billion|thousand|bn|mn|mil)\b", re.ASCII)


def spelled_out(text: str) -> str:
    """Number words of a folded text as digits: "twenty-eight" → 28, "half an hour" → 0.5 hour, "third" → 3rd."""
    text = _DECADE.sub(_decade, text)
    text = _NUMBER.sub(_cardinal, text)
    text = _ORDINAL.sub(_ordinal, text)
    text = _TIMES.sub(lambda match: {"once": "1 times", "twice": "2 times", "thrice": "3 times"}[match[1]], text)
    if "half" in text:
        text = _HALF_AFTER.sub(_and_a_half, text)
        text = _HALF_OF.sub("0.5 ", text).replace("0.5 dozen", "6").replace("0.5 marathon", "half marathon")
    return text


def plain_digits(text: str) -> str:
    """Digits of a folded text without commas and suffixes: 1,200 → 1200, 3.5k → 3500, 2 million → 2000000."""
    if "," in text:
        text = _COMMA.sub("", text)
    text = _THOUSANDS.sub(lambda match: plain(float(match[1]) * 1000), text)
    return _SCALED.sub(_scaled, text)


def ordinal(value: int) -> str:
    """1st, 2nd, 3rd, 4th …"""
    suffix = "th" if value % 100 in (11, 12, 13) else {1: "st", 2: "nd", 3: "rd"}.get(value % 10, "th")
    return f"{value}{suffix}"


def _cardinal(match: re.Match[str]) -> str:
    words = _WORD.findall(match[0])
    if words == ["one"] and _is_pronoun(match):
        return match[0]
    total, group = 0.0, 0.0
    for word in words:
        if word in _SCALES:
            scale = _SCALES[word]
            group = (group or 1) * scale
            if scale >= 1000:
                total, group = total + group, 0.0
        elif word not in ("and", "a", "an"):
            group += _ONES.get(word) or _TENS.get(word) or (float(word) if word[0].isdigit() else 0)
    return plain(total + group)


def _is_pronoun(match: re.Match[str]) -> bool:
    before = match.string[max(0, match.start() - 10) : match.start()]
    return bool(_PRONOUN_BEFORE.search(before) or _PRONOUN_AFTER.match(match.string, match.end()))


def _ordinal(match: re.Match[str]) -> str:
    tens, word = match[1], match[2]
    before = match.string[max(0, match.start() - 6) : match.start()]
    after = match.string[match.end() : match.end() + 4]
    if word == "second" and (not after.startswith(" ") or before.endswith(("per ", "every ", "split ", "each "))):
        return match[0]
    if (word != "second" and before.endswith(_NOT_ORDINAL_BEFORE)) and (after.startswith(" of") or word == "first"):
        return match[0]
    return ordinal(_TENS.get(tens or "", 0) + _ORDINALS[word])


def _decade(match: re.Match[str]) -> str:
    tens = _THIRTIES.get(match[2]) or int(match[2][:2])
    return f"{tens}+yo"


def _and_a_half(match: re.Match[str]) -> str:
    whole = 1 if match[1] in ("a", "an") else int(match[1])
    return f"{whole}.5{match[2] or ''}{match[3] or ''}"


def _scaled(match: re.Match[str]) -> str:
    scale = {"bn": 1e9, "mn": 1e6, "mil": 1e6}.get(match[2]) or _SCALES[match[2]]
    return plain(float(match[1]) * scale)
