"""Chinese numerals: 二十八, 一百二, 3万5, 两三 (a range) as plain digits."""

from __future__ import annotations

import re
from itertools import pairwise
from typing import NamedTuple

from evals.text.quantities import plain

_DIGITS = {character: value for value, character in enumerate("零一二三四五六七八九")} | {"〇": 0, "两": 2, "俩": 2}
_SCALES = {"十": 10, "百": 100, "千": 1000}
_GROUPS = {"万": 10_000, "亿": 100_000_000}

NUMERAL = (
    r"(?:(?<![0-9a-z.:/])[0-9]{1,12}(?:\.[0-9]{1,4})?(?:[-~到至][0-9]{1,12}(?:\.[0-9]{1,4})?)?(?:[千百]?[万亿]|[百千](?![米克]))?"
    r"|[零〇一二两三四五六七八九十百千][零〇一二两三四五六七八九十百千万亿]{0,12}(?:点[零一二三四五六七八九]{1,3})?|半)"
)

_ARABIC = re.compile(r"([0-9.]+)(?:[-~到至]([0-9.]+))?([百千]?[万亿]?)")


class Number(NamedTuple):
    """A number as written, or the two ends of a range."""

    low: str
    high: str | None


def chinese_number(written: str) -> Number:
    """The value of what `NUMERAL` matched, in plain digits."""
    if written == "半":
        return Number("0.5", None)
    if written[0].isascii():
        return _arabic(written)
    whole, _, decimals = written.partition("点")
    if decimals:
        return Number(f"{plain(_value(whole))}.{''.join(str(_DIGITS[c]) for c in decimals)}", None)
    return _range(written) or Number(plain(_value(written)), None)


def _arabic(written: str) -> Number:
    match = _ARABIC.fullmatch(written)
    assert match is not None, written
    low, high, scale = match[1], match[2], match[3]
    if not scale:
        return Number(low, high)
    factor = 1
    for character in scale:
        factor *= _SCALES.get(character) or _GROUPS[character]
    return Number(plain(float(low) * factor), plain(float(high) * factor) if high else None)


def _range(written: str) -> Number | None:
    """两三 is 2 to 3, 三四十 is 30 to 40, 十五六 is 15 to 16."""
    for position, (first, second) in enumerate(pairwise(written)):
        low, high = _DIGITS.get(first, 0), _DIGITS.get(second, 0)
        if 0 < low < high <= low + 2:
            before, after = written[:position], written[position + 2 :]
            if any(character in _DIGITS for character in after) or before[-1:] in _DIGITS:
                return None
            return Number(plain(_value(before + first + after)), plain(_value(before + second + after)))
    return None


def _value(written: str) -> float:
    if len(written) > 1 and all(character in _DIGITS for character in written):
        return float("".join(str(_DIGITS[character]) for character in written))
    total, group, digit, last = 0, 0, 0, 1
    for character in written:
        if character in _DIGITS:
            digit = _DIGITS[character]
            last = 1 if digit == 0 else last
        elif character in _SCALES:
            last = _SCALES[character]
            group, digit = group + (digit or 1) * last, 0
        else:
            last = _GROUPS[character]
            total, group, digit = (total + group + digit or 1) * last, 0, 0
    if digit and last > 10 and written[-1] in _DIGITS and written[-2:-1] not in ("零", "〇"):
        digit *= last // 10  # 三万五 is 35000, 一百二 is 120
    return float(total + group + digit)
