"""One canonical spelling of a text for comparing: width, case, numerals, units, dates and times.

The stored text never changes. Values become tokens that read the same in English and Chinese: `t09:40`, `d03-12`,
`y2025`, `wd1`, `28yo`, `90min`, `50usd`, `30%`; see `evals.text.values` for their types.
"""

from __future__ import annotations

import re

from evals.text.amounts import chinese_amounts, english_amounts, english_articles
from evals.text.clock import CLOCK_WORDS, chinese_times, english_times
from evals.text.dates import DATE_WORDS, chinese_dates, english_dates, english_years, numeric_dates
from evals.text.fold import HAN, SEAM, fold
from evals.text.numerals_en import NUMBER_WORDS, plain_digits, spelled_out

_PUNCTUATION = str.maketrans(dict.fromkeys(map(ord, ',.;:!?()[]{}"-/'), " "))
_DIGIT = re.compile("[0-9]")
_FULL_STOPS = " .。!;"  # at the end of a text they say nothing; a question mark does
_ARTICLE_SPANS = ("an hour", "a week", "a day", "a month", "a year", "a minute", "a decade", "1 ")
_ZH_PREFILTER = re.compile("[0-9零〇一二三四五六七八九十百千两半俩周春夏秋冬月]")
_HALF_DAY = re.compile("[0-9] ?[ap][.]?m")
_SEAM_OF_TOKENS = re.compile(f"(?<=[a-z0-9%°]){SEAM}+(?=[a-z0-9])")


def canonical(text: str, language: str) -> str:
    """The canonical spelling of a text (`zh` and `ja` read Han numerals); a second pass changes next to nothing."""
    text = fold(text)
    text = text.rstrip(_FULL_STOPS) or text
    if not text.isascii() and HAN.search(text):
        if _ZH_PREFILTER.search(text):
            text = _chinese_values(text)
        if language in ("zh", "ja") and not _DIGIT.search(text):
            return text
    return _english_values(text)


def _chinese_values(text: str) -> str:
    if _DIGIT.search(text):
        text = numeric_dates(text)
    text = chinese_amounts(chinese_times(chinese_dates(text)))
    return _SEAM_OF_TOKENS.sub(" ", text).replace(SEAM, "") if SEAM in text else text


def _english_values(text: str) -> str:
    words = text.translate(_PUNCTUATION).replace("'s ", " ").split()
    if not NUMBER_WORDS.isdisjoint(words):
        text = spelled_out(text)
    has_digit = _DIGIT.search(text) is not None
    if has_digit:
        text = numeric_dates(plain_digits(text))
        if ":" in text or not CLOCK_WORDS.isdisjoint(words) or _HALF_DAY.search(text):
            text = english_times(text)
    elif "noon" in words or "midnight" in words:
        text = english_times(text)
    if not DATE_WORDS.isdisjoint(words):
        text = english_dates(text)
    if has_digit:
        text = english_amounts(english_years(text))
    if any(span in text for span in _ARTICLE_SPANS):
        text = english_articles(text)
    return text
