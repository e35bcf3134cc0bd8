"""Times of day, English and Chinese, as one token: `t21:40`, or `t9:40` where nothing says morning or evening."""

from __future__ import annotations

import re

from evals.text.fold import SEAM
from evals.text.lexicon import listed

_HALF_DAY = r"(?: ?(?P<{0}>[ap])\.?m\b\.?| (?:in the |at )?(?P<{0}part>morning|afternoon|evening|night)\b)"
_MARK = _HALF_DAY.format("mark")

CLOCK_WORDS = listed(
    """
    am pm noon midnight o'clock clock past quarter half morning afternoon evening night
    """
)

_EN_PAST = re.compile(
    r"\b(?:(?P<part>half|(?:a )?quarter|[0-9]{1,2}(?: minutes)?) (?P<side>past|to|after|before) )(?P<hour>1[0-2]|[1-9])"
    rf"(?: o'clock)?(?:{_MARK}|\b(?![:.%]?[0-9]|[ -][a-z]))",
    re.ASCII,
)
_EN_DIGITAL = re.compile(
    rf"(?<![0-9a-z:.])(?P<hour>[01]?[0-9]|2[0-4])[:.](?P<minute>[0-5][0-9])(?::[0-5][0-9])?(?:{_MARK}"
    rf"| ?h(?:rs)?\b)?(?![0-9:])",
    re.ASCII,
)
_EN_HOUR = re.compile(
    rf"(?<![0-9a-z:.])(?P<hour>1[0-2]|0?[1-9])(?:(?P<to> ?- ?| to | and )(?P<until>1[0-2]|[1-9]))?"
    rf"(?:(?: ?o'clock)(?:{_MARK})?"
    rf"|{_HALF_DAY.format('only')})",
    re.ASCII,
)
_EN_NAMED = re.compile(r"\b(?:(?:12 )?(?P<noon>noon|midday)|(?:12 )?midnight)\b", re.ASCII)

_NUM = r"(?:[0-9]{1,2}|二十[一二三四]?|十[一二三四五六七八九]?|[一二两三四五六七八九零])"
_MINUTE = r"(?:[0-5]?[0-9]|[二三四五]?十[一二三四五六七八九]?|零?[一二三四五六七八九])"
_PERIOD = r"凌晨|清晨|早上|早晨|上午|中午|下午|午后|傍晚|晚上|夜里|夜晚|深夜|半夜|今早|明早|今晚|明晚|昨晚|早|晚"
_ZH_CLOCK = re.compile(
    rf"(?P<period>{_PERIOD})?的?(?P<hour>{_NUM})点(?:(?P<part>半|[一三]刻)|(?P<minute>{_MINUTE})分?(?!钟|个|次)"
    rf"|(?P<whole>钟|整))?"
)
_ZH_DIGITAL = re.compile(
    rf"(?:(?P<period>{_PERIOD}) ?)?(?<![0-9a-z:.])(?P<hour>[01]?[0-9]|2[0-4]):(?P<minute>[0-5][0-9])(?![0-9:])"
)
_ZH_BEFORE = tuple("天早晚到至在从前后周日六五四三二每约-~")
_ZH_AFTER = tuple("前后起睡上下开到至之左多吃出回去来健喝跑,。;-~.")
_AFTERNOON = listed(
    """
    下午 午后 傍晚 晚上 夜晚 夜里 深夜 半夜 今晚 明晚 昨晚 晚
    """
)
_NIGHT = listed(
    """
    晚上 夜晚 夜里 深夜 半夜 今晚 明晚 昨晚
    """
)

_AFTERNOON_SPAN = re.compile(
    r"(?P<from>t(?P<start>1[2-9]|2[0-3]):[0-9]{2}[到至~-])t(?P<hour>[0-9]"
    r"|1[0-2]):(?P<minute>[0-9]{2})"
)

_DIGIT = {character: value for value, character in enumerate("零一二三四五六七八九")} | {"两": 2}


def english_times(text: str) -> str:
    """Times of a folded English text (number words already digits) as tokens."""
    text = _EN_PAST.sub(_english_past, text)
    text = _EN_DIGITAL.sub(_english_digital, text)
    text = _EN_HOUR.sub(_english_hour, text)
    return _EN_NAMED.sub(lambda match: "t12:00" if match["noon"] else "t00:00", text)


def chinese_times(text: str) -> str:
    """Times of a folded Chinese text as tokens; 一点 "a little" and 两点 "two points" stay as they are."""
    if ":" in text:
        text = _ZH_DIGITAL.sub(
            lambda match: _chinese_token(match["period"], int(match["hour"]), int(match["minute"]), match[0]), text
        )
    if "点" in text:
        text = _ZH_CLOCK.sub(_chinese_clock, text)
    return _AFTERNOON_SPAN.sub(_until_afternoon, text)


def _english_past(match: re.Match[str]) -> str:
    part, hour = match["part"], int(match["hour"])
    minutes = 30 if part == "half" else 15 if part.endswith("quarter") else int(part.split()[0])
    if match["side"] in ("to", "before"):
        if not part.endswith("quarter") and "minutes" not in part and not match["mark"]:
            return match[0]  # "9 to 5" is a span, not five to nine
        hour, minutes = (hour - 1 or 12), 60 - minutes
    return _token(hour, minutes, match["mark"] or match["markpart"]) if minutes < 60 else match[0]


def _english_digital(match: re.Match[str]) -> str:
    half = match["mark"] or match["markpart"]
    if "." in match[0][:3] and not half:
        return match[0]  # 9.40 alone is a number
    return _token(int(match["hour"]), int(match["minute"]), half, padded=match["hour"].startswith("0"))


def _english_hour(match: re.Match[str]) -> str:
    half = match["mark"] or match["markpart"] or match["only"] or match["onlypart"]
    hour = int(match["hour"])
    if not match["until"]:
        return _token(hour, 0, half)
    until = int(match["until"])
    shared = half if hour < until < 12 else None  # 5 to 6 pm is all afternoon, 9 to 5 pm is not
    return f"{_token(hour, 0, shared)}{match['to']}{_token(until, 0, half)}"


def _token(hour: int, minute: int, half: str | None, *, padded: bool = False) -> str:
    if half is None or hour > 12:
        return f"t{hour % 24:02}:{minute:02}" if padded or hour > 12 else f"t{hour}:{minute:02}"
    afternoon = half in ("p", "afternoon", "evening") or (half == "night" and 5 <= hour < 12)
    return f"t{hour % 12 + 12 * afternoon:02}:{minute:02}"


def _chinese_clock(match: re.Match[str]) -> str:
    hour, minute = _small_number(match["hour"]), 0
    if hour > 24:
        return match[0]
    if match["part"]:
        minute = {"半": 30, "一刻": 15, "三刻": 45}[match["part"]]
    elif match["minute"]:
        minute = _small_number(match["minute"])
    elif not (match["period"] or match["whole"] or _reads_as_time(match, hour)):
        return match[0]
    return _chinese_token(match["period"], hour, minute, match[0])


def _reads_as_time(match: re.Match[str], hour: int) -> bool:
    """A bare 八点 or 8点 tells the time if its neighbours say so."""
    before = match.string[: match.start()].rstrip(SEAM)
    after = match.string[match.end() : match.end() + 1]
    if match["hour"] in "一两" and not before.endswith(("每天", "到", "至")):
        return False
    return hour > 0 and (
        before.endswith(_ZH_BEFORE) or before[-3:-1] == "wd" or (after in _ZH_AFTER and match["hour"] not in "一两二三")
    )


def _until_afternoon(match: re.Match[str]) -> str:
    """下午两点到四点: the second hour is of the same half day."""
    hour = int(match["hour"]) % 12 + 12
    return f"{match['from']}t{hour:02}:{match['minute']}" if hour >= int(match["start"]) else match[0]


def _chinese_token(period: str | None, hour: int, minute: int, written: str) -> str:
    if hour > 24:
        return written
    if period is None or hour > 12:
        return (
            f"t{hour % 24}:{minute:02}" if hour < 13 and not written.startswith("0") else f"t{hour % 24:02}:{minute:02}"
        )
    if period in _NIGHT and (hour == 12 or hour < 5):
        hour %= 12
    elif (period in _AFTERNOON and hour < 12) or (period == "中午" and hour < 10):
        hour += 12
    elif period == "凌晨":
        hour %= 12
    return f"t{hour:02}:{minute:02}"


def _small_number(written: str) -> int:
    if written[0].isascii():
        return int(written)
    tens, ten, ones = written.partition("十")
    if not ten:
        return _DIGIT[written[-1]]
    return 10 * (_DIGIT[tens] if tens else 1) + (_DIGIT[ones] if ones else 0)
