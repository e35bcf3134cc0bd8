"""Typed values in a canonical text (numbers, money, ages, dates …) and the conflict between two texts' values."""

from __future__ import annotations

import re
from dataclasses import dataclass

from evals.text.lexicon import ordered

CURRENCIES = ordered(
    """
    usd cny eur gbp jpy hkd cad aud sgd nzd twd inr krw rub thb chf sek nok dkk pln brl mxn zar ngn kes php myr vnd try
    """
)
_UNIT_TYPES = {
    **dict.fromkeys(("sec", "min", "day", "month"), "duration"),
    **dict.fromkeys(("km", "m", "cm", "mm", "mile", "yard", "ft", "inch"), "length"),
    **dict.fromkeys(("kg", "g", "mg", "lb", "oz"), "weight"),
    **dict.fromkeys(("sqm", "mu", "acre", "hectare"), "area"),
    **dict.fromkeys(("mb", "gb", "tb"), "storage"),
    **dict.fromkeys(("kmh", "mph"), "speed"),
    **dict.fromkeys(("°c", "°f", "°"), "temperature"),
    **dict.fromkeys(CURRENCIES, "money"),
    **{"yo": "age", "%": "percent", "ml": "volume", "pint": "volume", "gallon": "volume", "kcal": "energy"},
}
_IN_BASE_UNITS = {
    **{"sec": 1 / 60, "min": 1, "day": 1440, "month": 43_830},  # minutes; a month is a twelfth of 365.25 days
    **{"km": 1000, "m": 1, "cm": 0.01, "mm": 0.001, "mile": 1609.344, "yard": 0.9144, "ft": 0.3048, "inch": 0.0254},
    **{"kg": 1, "g": 0.001, "mg": 1e-6, "lb": 0.4536, "oz": 0.02835},
    **{
        "sqm": 1,
        "mu": 666.67,
        "acre": 4046.9,
        "hectare": 10_000,
        "mb": 1,
        "gb": 1000,
        "tb": 1e6,
        "kmh": 1,
        "mph": 1.609,
    },
}
_LOCAL = {"usd": ("cad", "aud", "hkd", "sgd", "nzd", "twd"), "cny": ("twd", "hkd", "jpy")}  # "dollars", 元 there
_TOLERANCE = 0.03  # between units: 5 miles are 8 km
_CALENDAR_TOLERANCE = 0.09  # between days and months: 4 weeks are a month

_NUMBER = r"[0-9]+(?:\.[0-9]+)*"
_UNITS = "|".join(sorted(map(re.escape, _UNIT_TYPES), key=len, reverse=True))
_DAYPARTS = {  # on a clock of seven parts, where neighbours may be the same hour
    "凌晨": 0,
    **dict.fromkeys(("morning", "清晨", "早上", "早晨", "上午"), 1),
    "中午": 3,
    **dict.fromkeys(("afternoon", "下午"), 4),
    **dict.fromkeys(("evening", "傍晚"), 5),
    **dict.fromkeys(("night", "晚上", "夜里", "夜晚", "深夜", "半夜"), 6),
}
_DAYPART = "|".join(_DAYPARTS)
_PREFILTER = re.compile(rf"[0-9]|每|(?:per|each|every|a) [hdwmy]|ly\b|spring|summer|autumn|winter|{_DAYPART}")
_VALUE = re.compile(
    r"(?:(?<![a-z0-9_.])|(?=[\u3400-\u9fff]))"
    r"(?:t(?P<time>[0-9]{1,2}:[0-9]{2})|(?:y(?P<of>[0-9]{4}) )?d(?P<date>[0-9]{2}-[0-9]{2})"
    r"|y(?P<year>[0-9]{4})|mo(?P<month>[0-9]{2})"
    rf"|wd(?P<weekday>[1-7])|(?P<season>spring|summer|autumn|winter)|(?P<daypart>{_DAYPART})s?"
    r"|(?P<rate>每(?:天|周|月|年|小时)|(?:per|each|every|(?<=[0-9a-z] )a) (?:hour|day|week|month|year)"
    r"(?! (?:off|trip|out|ago|later|before|after|or|in|long|old))|(?:dai|week|month|year)ly)"
    rf"|(?P<rank>第)?(?P<number>{_NUMBER})(?:(?P<more>\+)?(?P<unit>{_UNITS})|(?P<nth>st|nd|rd"
    rf"|th))?(?P<open>\+)?)(?:(?<=[\u3400-\u9fff])|(?![a-z0-9]))"
)
_PERIODS = {
    "hour": ("hour", "小时"),
    "day": ("day", "daily", "天"),
    "week": ("week", "weekly", "周"),
    "month": ("month", "monthly", "月"),
    "year": ("year", "yearly", "年"),
}
_WORDS = frozenset(
    ("weekday", "season", "month", "daypart", "rate")
)  # no numbers, though the first is written with one
_ORDINAL_OF = re.compile(r" ?(year|month|week|day|年|个?月|周|天)")
_PERIOD_OF = {"年": "year", "月": "month", "个月": "month", "周": "week", "天": "day"}
_PERIOD_OF |= {period: period for period in ("year", "month", "week", "day")}
_VAGUE = frozenset(("season", "daypart", "rate"))
_MEASURED = frozenset(_UNIT_TYPES.values())
_FIXED = ("time", "date", "year", "month", "weekday", "season", "daypart", "rate")
_NOUNS = re.compile(
    r"(?:[ -](?!(?:to|or|and|a|an|the|in|of|on|at|for|per|with|is|are|was|from|by|but|who|that)\b)([a-z]+)){1,3}"
)
_OF_NOUN = re.compile(r"(?:[ -][a-z]+){1,2} of ([a-z]+)")
_ZH_NOUNS = re.compile(r"[\u3400-\u9fff]{1,4}")
_THINGS = frozenset("个只条张本件台辆间套双位名口人家头匹棵")
_GENERIC_MEASURES = frozenset("个位名种些人家")


@dataclass(frozen=True, slots=True)
class Value:
    """One value: its type, its normal form within the type, and the words that hold it.

    Types: `number` (no unit), `count:<what is counted>`, `ordinal`, `money`, `percent`, `age`, `duration`, `length`,
    `weight`, `volume`, `energy`, `temperature`, `time`, `date` (month and day, after the year where one
    is given), `month`, `year` (one without a day), `weekday`, `season`, `daypart`, `rate` (how often).
    """

    type: str
    value: str
    token: str


_CODE = re.compile(
    rf"(?<![a-z0-9.-])(?!(?:t[0-9:]+|d[0-9]|y[0-9]{{4}}|mo[0-9]{{2}}|wd[0-9]|{_NUMBER}\+?(?:{_UNITS}|st|nd|rd|th))(?![a-z]))"
    r"(?:[a-z]{1,4}-?[0-9]+|[0-9]+[a-z]{1,2})(?![a-z0-9%°:])"
)
_DIGIT = re.compile(r"\d")
_NUMBER_AS_WRITTEN = re.compile(r"\d(?:[\d.,:/-]*\d)?")


def values(canonical_text: str) -> tuple[Value, ...]:
    """The typed values of a canonical text, in order."""
    if _PREFILTER.search(canonical_text) is None:
        return ()
    return tuple(_read(match) for match in _VALUE.finditer(canonical_text))


def value_conflict(gold: tuple[Value, ...], pred: tuple[Value, ...]) -> tuple[str, str] | None:
    """The first two values, gold's and the prediction's, that contradict each other; `None` without a contradiction.

    A contradiction needs a value on each side that the other side lacks, both of one type. One side merely saying
    more is none, and a bare number agrees with any typed value of its size ("28" with "28 years old").
    """
    if not gold or not pred or gold == pred:
        return None
    gold_alone = _surplus(gold, pred)
    pred_alone = _surplus(pred, gold) if gold_alone else []
    for left, left_is_new in gold_alone:
        for right, right_is_new in pred_alone:
            if (left_is_new or right_is_new) and _contradict(left, right):
                return left.token, right.token
    return None


def value_doubt(gold: tuple[Value, ...], pred: tuple[Value, ...]) -> tuple[str, str] | None:
    """The first two values that each side has alone though they are of no common type: "20 people" and "40 guests".

    Nobody can tell by the letters whether they speak of one thing, so they are no contradiction and no agreement.
    """
    if not gold or not pred or gold == pred:
        return None
    gold_alone = [value for value, is_new in _surplus(gold, pred) if is_new and value.type not in _VAGUE]
    pred_alone = [value for value, is_new in _surplus(pred, gold) if is_new and value.type not in _VAGUE]
    return (gold_alone[0].token, pred_alone[0].token) if gold_alone and pred_alone else None


def digit_conflict(gold_text: str, pred_text: str) -> tuple[str, str] | None:
    """The first two numbers that differ in texts which differ in digits alone, as written.

    It needs no reading of the values, so it also sees the 34th of February and the year 3026.
    """
    if gold_text == pred_text or len(gold_text) != len(pred_text):
        return None
    if _DIGIT.sub("0", gold_text) != _DIGIT.sub("0", pred_text):
        return None
    pairs = zip(_NUMBER_AS_WRITTEN.findall(gold_text), _NUMBER_AS_WRITTEN.findall(pred_text), strict=True)
    return next((left, right) for left, right in pairs if left != right)


def code_doubt(gold_text: str, pred_text: str) -> tuple[str, str] | None:
    """The first two codes (block 14c, a380) that each text has alone."""
    left, right = set(_CODE.findall(gold_text)), set(_CODE.findall(pred_text))
    if not left or not right or left & right or left == right:
        return None
    return min(left), min(right)


def _surplus(values: tuple[Value, ...], others: tuple[Value, ...]) -> list[tuple[Value, bool]]:
    """The values that stand here more often than on the other side, and whether the other side lacks them."""
    found = []
    for value in dict.fromkeys(values):  # a long message may hold one value a thousand times
        there = sum(_same(value, other) for other in others)
        if not there:
            found.append((value, True))
        elif len(values) > there and sum(_same(value, other) for other in values) > there:
            found.append((value, False))
    return found


def _read(match: re.Match[str]) -> Value:
    kind = match.lastgroup
    if kind == "date" and match["of"]:
        return Value("date", f"{match['of']}-{match['date']}", match[0])
    if kind == "rate":
        period = next(period for period, words in _PERIODS.items() if match["rate"].endswith(words))
        return Value("rate", period, match[0])
    if kind in _FIXED:
        return Value(kind, match[kind], match[0])
    number = match["number"]
    unit = match["unit"]
    if unit is not None:
        return Value(_UNIT_TYPES[unit], f"{number}{match['more'] or ''} {unit}", match[0])
    if match["rank"] or match["nth"]:
        found = _ORDINAL_OF.match(match.string, match.end())
        of = "" if found is None else f" {_PERIOD_OF[found[1]]}"
        return Value("ordinal", f"{number}{of}", match[0] + of)
    noun = _counted(match.string, match.end())
    number = f"{number}{match['open'] or ''}"
    return Value(f"count:{noun}", number, f"{number} {noun}") if noun else Value("number", number, number)


def _counted(text: str, end: int) -> str:
    """What stands after a bare number: up to three English words, or a Chinese measure word and its noun."""
    after = text[end : end + 1]
    if after in (" ", "-"):
        if of := _OF_NOUN.match(text, end):
            return f"{text[end + 1 : of.start(1) - 4]} {of[1]}"
        match = _NOUNS.match(text, end)
        return match[0][1:] if match else ""
    match = _ZH_NOUNS.match(text, end)
    return match[0] if match else ""


def _same(left: Value, right: Value) -> bool:
    if left.value == right.value and left.type == right.type:
        return True
    if {left.type, right.type} == {"month", "date"}:
        return left.value[-5:-3] == right.value or right.value[-5:-3] == left.value
    if left.type == right.type == "ordinal":  # the third year, the third
        return left.value.split()[0] == right.value.split()[0] and not (" " in left.value and " " in right.value)
    if {left.type, right.type} & _WORDS:
        return left.type == right.type == "daypart" and _near_on_the_clock(left.value, right.value)
    if _counts_things(left, right) or _counts_things(right, left):
        return False
    if _is_bare(left) or _is_bare(right):
        return _number_of(left) == _number_of(right) or _covers(left, right) or _covers(right, left)
    if left.type != right.type:
        if "ordinal" in (left.type, right.type):
            return _day_of(left) == _day_of(right)
        if {left.value.split(" ")[-1], right.value.split(" ")[-1]} == {"lb", "gbp"}:  # "pounds" is either
            return _number_of(left) == _number_of(right)
        return {left.type, right.type} == {"age", "duration"} and _in_years(left) == _in_years(right)
    if left.type == "time":
        return _same_time(left.value, right.value)
    if left.type == "date":
        return left.value.endswith(right.value) or right.value.endswith(left.value)
    return _same_amount(left, right)


def _contradict(left: Value, right: Value) -> bool:
    """Whether two values that stand alone on their sides cannot both be right."""
    if left.type == right.type and not left.type.startswith("count:"):
        return True
    if {left.type, right.type} == {"month", "date"}:
        return True
    if "year" in (left.type, right.type):  # 2016 against 3016, which does not look like a year
        return all(value.type == "year" or (_is_bare(value) and len(value.value) == 4) for value in (left, right))
    if left.type == "number" or right.type == "number":
        return _is_amount(left) and _is_amount(right)
    if left.type in _MEASURED and right.type in _MEASURED:  # 60 pounds against 60 dollars
        return _number_of(left) == _number_of(right)
    if left.type.startswith("count:") and right.type.startswith("count:"):
        return _share_noun(left.type[6:], right.type[6:])
    return False


def _is_bare(value: Value) -> bool:
    return value.type == "number" or value.type.startswith("count:")


def _counts_things(count: Value, other: Value) -> bool:
    """2个人 is no answer to 2 months, though a bare 2 may be."""
    return other.type in _MEASURED and count.type.startswith("count:") and count.type[6] in _THINGS


def _is_amount(value: Value) -> bool:
    return _is_bare(value) or value.type in ("money", "percent", "age", "length", "weight", "temperature", "volume")


def _number_of(value: Value) -> str:
    """The number a bare number is compared with: 28 of `28 yo`, 9 of `9:00`."""
    number = value.value.split(" ")[0]
    if value.type == "time":
        return number.removesuffix(":00").lstrip("0")
    return number.rstrip("+")


def _day_of(value: Value) -> str:
    return value.value[-2:].lstrip("0") if value.type == "date" else value.value


def _near_on_the_clock(left: str, right: str) -> bool:
    apart = abs(_DAYPARTS[left] - _DAYPARTS[right])
    return min(apart, 7 - apart) <= 1


def _in_years(value: Value) -> float | None:
    """Of an age or a duration: "5 years" may be how old somebody is."""
    number, _, unit = value.value.rstrip("+").partition(" ")
    years = _float(number.rstrip("+"))
    return years if unit == "yo" or years is None else years * _IN_BASE_UNITS[unit] / _IN_BASE_UNITS["month"] / 12


def _covers(more: Value, other: Value) -> bool:
    """ "30+" covers 30 to 39, "200+" covers 200 to 299."""
    number = more.value.split(" ")[0]
    if not number.endswith("+"):
        return False
    digits = number[:-1]
    low, value = _float(digits), _float(_number_of(other))
    step = 10.0 ** (len(digits) - len(digits.rstrip("0")))
    return low is not None and value is not None and low <= value < low + max(step, 1.0)


def _same_time(left: str, right: str) -> bool:
    """`9:40` without a leading zero may be morning or evening."""
    (hour, _, minute), (other_hour, _, other_minute) = left.partition(":"), right.partition(":")
    if minute != other_minute:
        return False
    ambiguous = len(hour) == 1 or len(other_hour) == 1 or "12" in (hour, other_hour)
    return (int(hour) - int(other_hour)) % (12 if ambiguous else 24) == 0


def _same_amount(left: Value, right: Value) -> bool:
    (number, _, unit), (other_number, _, other_unit) = left.value.partition(" "), right.value.partition(" ")
    if unit == other_unit:
        return _covers(left, right) or _covers(right, left) or _float(number) == _float(other_number) is not None
    if other_unit in _LOCAL.get(unit, ()) or unit in _LOCAL.get(other_unit, ()):
        return _float(number) == _float(other_number) is not None
    first, second = _base(number, unit), _base(other_number, other_unit)
    if left.type == "temperature":
        return "°" in (unit, other_unit) and number == other_number
    if first is None or second is None:
        return False
    tolerance = _CALENDAR_TOLERANCE if "month" in (unit, other_unit) else _TOLERANCE
    return abs(first - second) <= tolerance * max(first, second)


def _base(number: str, unit: str) -> float | None:
    value = _float(number.rstrip("+"))
    return value * _IN_BASE_UNITS[unit] if value is not None and unit in _IN_BASE_UNITS else None


def _float(number: str) -> float | None:
    try:
        return float(number)
    except ValueError:  # a version such as 3.11.2
        return None


def _share_noun(left: str, right: str) -> bool:
    """Whether two counts count the same: a shared English word (plural or not), or a Chinese measure or noun."""
    if left == right:
        return True
    if left[0].isascii() and right[0].isascii():
        return not {_singular(word) for word in left.split()}.isdisjoint(_singular(word) for word in right.split())
    if left[0] == right[0] and left[0] not in _GENERIC_MEASURES:
        return True
    nouns, other_nouns = left.lstrip("".join(_GENERIC_MEASURES)), right.lstrip("".join(_GENERIC_MEASURES))
    return not set(nouns).isdisjoint(other_nouns)


def _singular(word: str) -> str:
    if word in ("children", "people"):
        return {"children": "child", "people": "person"}[word]
    return word[:-1] if word.endswith("s") and not word.endswith("ss") else word
