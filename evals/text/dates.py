"""Dates, months, years, weekdays and seasons, English and Chinese, as tokens: `y2025`, `d03-12`, `mo03`, `wd1`."""

from __future__ import annotations

import re

from evals.text.fold import SEAM
from evals.text.lexicon import ordered

_FULL = ordered(
    """
    january february march april may june july august september october november december
    """
)
_MONTHS = {name: number for number, name in enumerate(_FULL, start=1)}
_MONTHS |= {name[:3]: number for name, number in _MONTHS.items()} | {"sept": 9}
_DAYS = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
_WEEKDAYS = {name: number for number, name in enumerate(_DAYS, start=1)}
_WEEKDAYS |= {f"{name}s": number for name, number in _WEEKDAYS.items()}
_WEEKDAYS |= {"mon": 1, "tue": 2, "tues": 2, "thu": 4, "thur": 4, "thurs": 4, "fri": 5}
_SHORT_DAYS = {"wed": 3, "sat": 6, "sun": 7}  # words of their own, so only after on, every, next …

DATE_WORDS = frozenset({*_MONTHS, *_WEEKDAYS, *_SHORT_DAYS, "fall", "autumn"})

_YEAR = r"(?:19|20)[0-9]{2}"
_MONTH = "|".join(sorted(_MONTHS, key=len, reverse=True))
_ORDINAL_DAY = r"(?P<{0}>3[01]|[12][0-9]|0?[1-9])(?:st|nd|rd|th)?"
_EN_DATE = re.compile(
    rf"\b(?:(?P<m1>{_MONTH})\.? (?:the )?{_ORDINAL_DAY.format('d1')}"
    rf"|(?:the )?{_ORDINAL_DAY.format('d2')}(?: of)? (?P<m2>{_MONTH})\b\.?)"
    rf"(?![0-9:]|th| ?[ap]m\b)(?:,? (?:of )?(?P<year>{_YEAR})\b)?",
    re.ASCII,
)
_EN_SPAN = re.compile(  # 2 to 9 February, February 2-9: the month goes with both days
    rf"\b(?:(?P<m1>{_MONTH})\.? (?P<a1>[0-9]{{1,2}})(?P<to1> ?- ?| to )(?P<b1>[0-9]{{1,2}})(?![0-9:]| ?[ap]m)"
    rf"|(?P<a2>[0-9]{{1,2}})(?:st|nd|rd|th)?(?P<to2> ?- ?| to )(?P<b2>[0-9]{{1,2}})(?:st|nd|rd"
    rf"|th)? (?:of )?(?P<m2>{_MONTH})\b)",
    re.ASCII,
)
_EN_MONTH_YEAR = re.compile(rf"\b(?P<month>{_MONTH})\.?,?(?: of)? (?P<year>{_YEAR})\b", re.ASCII)
_BEFORE_MONTH = ordered("in of by this last next late each since until early every after start from till before mid")
_EN_MONTH = re.compile(
    r"\b(?:january|february|april|june|july|august|september|october|november|december|sept|oct|nov|feb"
    rf"|(?:{'|'.join(f'(?<={word} )' for word in _BEFORE_MONTH)})(?:may|march|jan|mar|apr|jun|jul|aug|sep|dec))\b",
    re.ASCII,
)
_EN_YEAR = re.compile(
    rf"(?<=\b)(?P<before>(?:in|since|from|until|till|by|during|year|of|before|after|early|late"
    rf"|mid) )(?P<year>{_YEAR})\b"
    r"(?! (?!and\b|but\b|to\b|until\b|when\b|as\b|at\b|with\b|for\b|because\b|he\b|she\b|they\b|the\b|while\b"
    r"|from\b|after\b)[a-z])(?![.,:-][0-9])",
    re.ASCII,
)
_EN_WEEKDAY = re.compile(
    rf"\b(?:({'|'.join(sorted(_WEEKDAYS, key=len, reverse=True))})|(?:(?<=on )|(?<=every )|(?<=each )"
    rf"|(?<=(?:next|last|this) ))(wed|sat|sun))\b\.?(?='s\b|)",
    re.ASCII,
)
_EN_FALL = re.compile(
    r"\b(?:(?<=in the )|(?<=(?:this|last|next) )|(?<=every )|(?<=each )|(?<=late )|(?<=early ))fall\b|\bautumn\b"
)

_NUMERIC = re.compile(
    rf"(?<![0-9a-z.:/-])(?:(?P<y1>{_YEAR})(?P<s1>[-/.])(?P<m1>[0-9]{{1,2}})(?P=s1)(?P<d1>[0-9]{{1,2}})"
    rf"|(?P<a>[0-9]{{1,2}})(?P<s2>[-/.])(?P<b>[0-9]{{1,2}})(?P=s2)(?P<y2>{_YEAR})"
    rf"|(?P<y3>{_YEAR})[-/](?P<m3>0[1-9]|1[0-2]))(?![0-9/-]|\.[0-9])",
    re.ASCII,
)

_DIGIT = {character: value for value, character in enumerate("零一二三四五六七八九")} | {"〇": 0}
_TENS = {"廿": 2, "卅": 3}
_ZH_YEAR = rf"{_YEAR}|[一二][零〇一二三四五六七八九]{{3}}"
_ZH_MONTH = r"1[0-2]|0?[1-9]|十[一二]?|[一二三四五六七八九]|元(?=月)"
_ZH_DAY = r"3[01]|[12][0-9]|0?[1-9]|三十一?|[二廿]?十[一二三四五六七八九]?|廿[一二三四五六七八九]?|[一二三四五六七八九]"
_ZH_DATE = re.compile(
    rf"(?:(?P<year>{_ZH_YEAR})年(?:的)?)?(?<![0-9一二三四五六七八九十])(?P<month>{_ZH_MONTH})月"
    rf"(?:(?P<day>{_ZH_DAY})(?:[日号]|(?![0-9一二三四五六七八九十点个:%万千次])))?(?!一次|两次|[0-9]次)份?"
)
_ZH_YEAR_ONLY = re.compile(rf"(?<![0-9])(?P<year>{_ZH_YEAR})年(?!级|前|后|间)")
_ZH_DAY_ALONE = re.compile(r"(?<![0-9d-])([0-9]{1,2})日(?![本元语文])")
_ZH_WEEKDAY = re.compile(r"(?:周|星期|礼拜)(?P<days>六日|[一二三四五六日天])(?P<more>[二三四五六日](?:[四五六日])?)?")
_ZH_MEASURE = "次趟回遍个天节场顿篇本杯小课封份晚年"
_ZH_SEASON = {"春": "spring", "夏": "summer", "秋": "autumn", "冬": "winter"}
_ZH_SEASON_NAME = re.compile(r"([春夏秋冬])[天季]")


def english_dates(text: str) -> str:
    """Month days, months, years, weekdays and autumn of a folded English text as tokens."""
    text = _EN_SPAN.sub(_english_span, text)
    text = _EN_DATE.sub(_english_date, text)
    text = _EN_MONTH_YEAR.sub(lambda match: f"y{match['year']} mo{_MONTHS[match['month']]:02}", text)
    text = _EN_MONTH.sub(lambda match: f"mo{_MONTHS[match[0]]:02}", text)
    text = _EN_WEEKDAY.sub(
        lambda match: f"wd{_WEEKDAYS.get(match[0].rstrip('.')) or _SHORT_DAYS[match[0].rstrip('.')]}", text
    )
    return _EN_FALL.sub("autumn", text)


def english_years(text: str) -> str:
    """Years of a folded English text in a date context ("in 2019") as tokens; a bare 2000 stays a quantity."""
    return _EN_YEAR.sub(lambda match: f"{match['before']}y{match['year']}", text)


def numeric_dates(text: str) -> str:
    """2025-03-12, 2025/3/12 and 12.03.2025 as tokens; 03/12/2025 reads month first unless that cannot be."""
    return _NUMERIC.sub(_numeric_date, text)


def chinese_dates(text: str) -> str:
    """Dates, months, years, weekdays and seasons of a folded Chinese text as tokens; 每周一次 holds no Monday."""
    if "周" in text or "期" in text or "拜" in text:
        text = _ZH_WEEKDAY.sub(_chinese_weekday, text)
    if "月" in text:
        text = _ZH_DATE.sub(_chinese_date, text)
    if "日" in text:
        text = _ZH_DAY_ALONE.sub(r"\1号", text)
    if "年" in text:
        text = _ZH_YEAR_ONLY.sub(lambda match: f"{SEAM}y{_year(match['year'])}{SEAM}", text)
    return _ZH_SEASON_NAME.sub(lambda match: _ZH_SEASON[match[1]], text)


def _english_span(match: re.Match[str]) -> str:
    n = "1" if match["m1"] else "2"
    month = match[f"m{n}"]
    return f"{match[f'a{n}']} {month}{match[f'to{n}']}{match[f'b{n}']} {month}"


def _english_date(match: re.Match[str]) -> str:
    month, day = _MONTHS[match["m1"] or match["m2"]], int(match["d1"] or match["d2"])
    token = f"d{month:02}-{day:02}"
    return f"y{match['year']} {token}" if match["year"] else token


def _numeric_date(match: re.Match[str]) -> str:
    if match["y3"]:
        return f"y{match['y3']} mo{match['m3']}"
    if match["y1"]:
        year, month, day = match["y1"], int(match["m1"]), int(match["d1"])
    else:
        year, month, day = match["y2"], int(match["a"]), int(match["b"])
        if month > 12 or match["s2"] == ".":
            month, day = day, month
    return f"y{year} d{month:02}-{day:02}" if 1 <= month <= 12 and 1 <= day <= 31 else match[0]


def _chinese_date(match: re.Match[str]) -> str:
    year = f"y{_year(match['year'])} " if match["year"] else ""
    month = 1 if match["month"] == "元" else _number(match["month"])
    if match["day"]:
        return f"{SEAM}{year}d{month:02}-{_number(match['day']):02}{SEAM}"
    if match["month"][0].isascii() or year or match[0].endswith("份") or _month_reads_alone(match):
        return f"{SEAM}{year}mo{month:02}{SEAM}"
    return match[0]


def _month_reads_alone(match: re.Match[str]) -> bool:
    """三月 names a month, but 一月 in 一月一次 or 五月 inside a name may not."""
    return match.string[match.end() : match.end() + 1] not in ("一", "两", "份", "饼")


def _chinese_weekday(match: re.Match[str]) -> str:
    text, days = match.string, match["days"] + (match["more"] or "")
    before, after = text[max(0, match.start() - 1) : match.start()], text[match.end() : match.end() + 1]
    if before and before in "一两三四五六七八九十几半0123456789":
        return match[0]  # 两周一次: a duration and a count
    if match["more"] and (after in tuple("点个:次天节时小.月") or after == "十"):
        days, kept = match["days"], match["more"]  # 周五六点: Friday, six o'clock
    else:
        kept = ""
    if before in ("每", "一") and not kept and after and after in _ZH_MEASURE and days != "日":
        return match[0]  # 每周三次: three times a week
    tokens = " ".join(f"wd{'一二三四五六日'.index('日' if day == '天' else day) + 1}" for day in days)
    return f"{SEAM}{tokens}{SEAM}{kept}"


def _year(written: str) -> str:
    return written if written.isascii() else "".join(str(_DIGIT[character]) for character in written)


def _number(written: str) -> int:
    if written.isascii():
        return int(written)
    if written[0] in _TENS:
        rest = written[1:].lstrip("十")
        return 10 * _TENS[written[0]] + (_DIGIT[rest] if rest else 0)
    tens, ten, ones = written.partition("十")
    if not ten:
        return _DIGIT[written]
    return 10 * (_DIGIT[tens] if tens else 1) + (_DIGIT[ones] if ones else 0)
