"""English edits after which a text still says the same, by kind."""

from __future__ import annotations

import re
from collections.abc import Mapping

from evals.calibration.edits import Edit, rewrite, swap
from evals.text.lexicon import ordered

_ONES = ordered(
    """
    zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen
    eighteen nineteen
    """
)
_TENS = ordered("twenty thirty forty fifty sixty seventy eighty ninety")
_MONTHS = ordered("January February March April May June July August September October November December")
_NUMBER = rf"(?:(?:{'|'.join(_TENS)})(?:-(?:{'|'.join(_ONES[1:10])}))?|{'|'.join(_ONES[2:])})"
_MONTH = f"(?:{'|'.join(_MONTHS)})"
_SHORT = {month: month[:3] for month in _MONTHS if month != "May"}
_UNITS = {"km": "kilometres", "kg": "kilograms", "cm": "centimetres", "mg": "milligrams", "kilometres": "km"}
_UNITS |= {"kilos": "kg", "kilograms": "kg", "minutes": "min", "%": " percent", "percent": "%"}
_SAME_SPAN = {"30 minutes": "half an hour", "two hours": "120 minutes", "90 minutes": "an hour and a half"}
_SAME_SPAN |= {"two weeks": "14 days", "two years": "24 months", "six months": "half a year", "three weeks": "21 days"}
_PERSON = {"The user's": "My", "The user is": "I am", "The user has": "I have", "The user was": "I was"}
_PERSON |= {
    "The user will": "I will",
    "The user likes": "I like",
    "The user wants": "I want",
    "The user works": "I work",
}


def _in_words(match: re.Match[str]) -> str | None:
    number = int(match[0])
    if not 2 <= number <= 99:
        return None
    if number < 20:
        return _ONES[number]
    tens, ones = divmod(number, 10)
    return _TENS[tens - 2] + (f"-{_ONES[ones]}" if ones else "")


def _in_digits(match: re.Match[str]) -> str:
    tens, _, ones = match[0].partition("-")
    if tens in _ONES:
        return str(_ONES.index(tens))
    return str((_TENS.index(tens) + 2) * 10 + (_ONES.index(ones) if ones else 0))


def _on_the_clock(match: re.Match[str]) -> str:
    hour = int(match[1]) % 12 + (12 if match[3] == "p" else 0)
    return f"{hour:02}:{match[2] or '00'}"


REWORDINGS: Mapping[str, tuple[Edit, ...]] = {
    "number_words": (
        rewrite(r"(?<![\w.,:/$€£+-])\d{1,2}(?![\w%-]|[.,:/]\d| ?[ap]\.?m\b)", _in_words),
        rewrite(rf"(?<![\w-])(?<!and ){_NUMBER}(?![\w-]| (?:thousand|hundred))", _in_digits),
    ),
    "number_format": (
        rewrite(r"(?<![\w.,-])(\d{1,3}),(\d{3})(?!\d|[.,]\d)", r"\1\2"),
        rewrite(r"(?<![\w.,-])(?!(?:19|20)\d\d)(\d{1,3})(\d{3})(?![\w-]|[.,]\d)", r"\1,\2"),
    ),
    "unit_format": (swap(_UNITS, around=r"(?<=\d ){}(?![\w-])"), swap(_SAME_SPAN)),
    "money_format": (
        rewrite(r"\$(\d[\d,]*)(?![\d.,]*\w)", r"\1 dollars"),
        rewrite(r"€(\d[\d,]*)(?![\d.,]*\w)", r"\1 euros"),
        rewrite(r"(?<![\w.,])(\d[\d,]*) dollars", r"$\1"),
    ),
    "date_format": (
        rewrite(rf"({_MONTH}) (\d{{1,2}})(?!\d|,|st|nd|rd|th)", r"\2 \1"),
        rewrite(rf"(?<!\d)(?<!to )(?<!and )(\d{{1,2}}) ({_MONTH})", r"\2 \1"),
        swap(_SHORT, around=r"(?<=in ){}(?= |\.$)"),
    ),
    "time_format": (
        rewrite(r"(?<![\d:.])(\d{1,2})(?::(\d\d))? ?([ap])(?:\.m\.|m\b)", _on_the_clock),
        rewrite(r"(?<![\d:.])(\d{1,2}) ?([ap])m\b", r"\1 \2.m."),
    ),
    "order": (
        rewrite(r"\b(?!thousand|hundred)([a-z]{3,}) and ([a-z]{3,})(?=[,.;]|$)", r"\2 and \1"),
        rewrite(r"\b([a-z]{3,}), ([a-z]{3,})(,? and) ([a-z]{3,})(?=[,.;]|$)", r"\4, \1\3 \2"),
    ),
    "person": (swap(_PERSON, around=r"^{}(?= )"),),
    "surface": (rewrite(r"\.$", ""), rewrite(r"\.$", "!"), rewrite(r"^The user\b", "the  user")),
}
