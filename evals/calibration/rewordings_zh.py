"""Chinese edits after which a text still says the same, by kind."""

from __future__ import annotations

import re
from collections.abc import Mapping

from evals.calibration.edits import Edit, rewrite, swap

_DIGITS = "零一二三四五六七八九"
_ANY = r"{}"
_UNITS = {"公里": "千米", "公斤": "千克", "千克": "公斤", "平米": "平方米", "kg": "公斤", "km": "公里", "厘米": "cm"}
_SAME_SPAN = {
    "30分钟": "半小时",
    "半小时": "30分钟",
    "两小时": "120分钟",
    "两周": "14天",
    "半年": "六个月",
    "两年": "24个月",
}
_NUMBER = "(?:[一二三四五六七八九]?十[一二三四五六七八九]?|[两三四五六七八九])"
_MEASURE = "[个只条本张件台辆间套斤年岁天次位户层杯碗盒瓶支份亩头棵米平点号日]"


def _in_words(match: re.Match[str]) -> str | None:
    number = int(match[0])
    if not 2 <= number <= 99:
        return None
    tens, ones = divmod(number, 10)
    if not tens:
        return "两" if ones == 2 and not re.match("[岁月号日点]", match.string[match.end() :]) else _DIGITS[ones]
    return (_DIGITS[tens] if tens > 1 else "") + "十" + (_DIGITS[ones] if ones else "")


def _in_digits(match: re.Match[str]) -> str:
    tens, ten, ones = match[0].partition("十")
    if not ten:
        return str("零一二三四五六七八九".index(tens.replace("两", "二")))
    return str((_DIGITS.index(tens) if tens else 1) * 10 + (_DIGITS.index(ones) if ones else 0))


def _on_the_clock(match: re.Match[str]) -> str | None:
    hour = int(match[2])
    return f"{hour % 12 + (12 if match[1] in ('下午', '晚上') else 0):02}:{match[3] or '00'}" if hour <= 12 else None


REWORDINGS: Mapping[str, tuple[Edit, ...]] = {
    "number_words": (
        rewrite(rf"(?<![0-9A-Za-z.:/-])[0-9]{{1,2}}(?={_MEASURE})", _in_words),
        rewrite(f"(?<![第百千万亿零〇一二三四五六七八九十几好数两周期拜]){_NUMBER}(?={_MEASURE})", _in_digits),
    ),
    "number_format": (
        rewrite(r"(?<![0-9A-Za-z.,-])([0-9]{1,2})万(?![0-9,，])(?=[元块])", r"\g<1>0000"),
        rewrite(
            r"(?<![0-9A-Za-z.,-])(?!(?:19|20)[0-9]{2})([0-9]{1,3})([0-9]{3})(?![0-9A-Za-z.,-])(?=[元块])", r"\1,\2"
        ),
    ),
    "unit_format": (swap(_UNITS, around="(?<=[0-9]){}"), swap(_SAME_SPAN, around=_ANY)),
    "money_format": (swap({"块钱": "元", "元": "块", "人民币": "元"}, around="(?<=[0-9]){}(?![钱素])"),),
    "date_format": (
        rewrite(r"(?<=月)([0-9]{1,2})号", r"\1日"),
        rewrite(r"(?<=月)([0-9]{1,2})日", r"\1号"),
        swap({"周": "星期", "星期": "礼拜"}, around="{}(?=[一二三四五六](?![年月个天周刊级]))"),
    ),
    "time_format": (
        rewrite(r"(上午|早上|下午|晚上)([0-9]{1,2})[点:](?!半|多|左|前|钟|一|三)([0-9]{2})?分?", _on_the_clock),
    ),
    "order": (
        rewrite("(?<=[喜欢吃有和、学会])([\u4e00-\u9fff]{2})和([\u4e00-\u9fff]{2})(?=[,，。;；]|$)", r"\2和\1"),
        rewrite("(?<=[^\u4e00-\u9fff、])([\u4e00-\u9fff]{2,4})、([\u4e00-\u9fff]{2,4})(?=[,，。;；]|$)", r"\2、\1"),
    ),
    "person": (swap({"用户": "我"}, around="^{}(?!名)"),),
    "surface": (rewrite("。$", ""), rewrite("。$", "！"), rewrite("，", ",")),
}
