"""Amounts with their units (money, ages, durations, lengths …) as one token each: `50usd`, `28yo`, `90min`, `3只`."""

from __future__ import annotations

import re
from collections.abc import Callable

from evals.text.fold import SEAM
from evals.text.lexicon import listed, ordered
from evals.text.numerals_zh import NUMERAL, Number, chinese_number
from evals.text.quantities import CHINESE, ENGLISH, amount, longest_first, plain

_NUM = r"[0-9]{1,12}(?:\.[0-9]{1,4})?"
_START = r"(?<![0-9a-z.°%_])"

# --- English ------------------------------------------------------------------

_CURRENCY = {"$": "usd", "us$": "usd", "€": "eur", "£": "gbp", "¥": "cny", "rmb": "cny", "usd": "usd", "eur": "eur"}
_EN_MONEY = re.compile(
    rf"(?<![0-9a-z])(us\$|[$€£¥]|(?:rmb|usd|eur) ?)({_NUM})(?: ?(k|m|million|thousand)\b)?(?: ?(?:usd|dollars"
    rf"|euros|yuan|rmb)\b)?(?![0-9])"
)
_EN_RANGE = rf"(?P<low>{_NUM})(?:\s?(?:-|~|to|or)\s?(?P<high>{_NUM}))?"
_EN_AMOUNT = re.compile(
    rf"{_START}{_EN_RANGE}(?P<more>\+)?(?: ?-? ?)(?P<unit>{longest_first(ENGLISH)})(?![a-z0-9°%/+])", re.ASCII
)
_EN_HOURS_MINUTES = re.compile(
    r"(?<![0-9a-z.])([0-9]{1,3}) ?(?:h|hrs?|hours?)(?: and|,)? ?([0-5]?[0-9]) ?(?:m|mins?|minutes?)\b", re.ASCII
)
_EN_HEIGHT = re.compile(
    r"(?<![0-9a-z.])([3-7])(?: ?(?:'|ft|feet|foot) ?)([0-9]|1[01])\b ?(?:\"|''|in\b|inch(?:es)?\b)?", re.ASCII
)
_EN_AGE = re.compile(
    r"\b(?:aged |age |(?:at )?(?:the )?age of |(?P<turns>turns |turned |turning ))(?P<years>[1-9][0-9]?"
    r"|1[01][0-9])(?![0-9.:%]|[ -]?(?:yo|year|month|km|kg"
    r"|min)| times)",
    re.ASCII,
)
_EN_ARTICLE = re.compile(
    r"\b(for|within|about|nearly|almost|over|takes|spends|roughly|around) (?:an|a|1) (hour|minute|day|week|month"
    r"|year|decade)\b"
)

# --- Chinese ------------------------------------------------------------------

_MEASURES = ordered(
    """
    个 只 条 本 杯 次 位 名 张 辆 台 部 间 套 件 双 瓶 包 碗 盘 份 颗 粒 层 楼 号 遍 趟 顿 节 门 种 家 所 座 片 场 篇
    集 届 口 斤 首 罐 支 枝 根 匹 头 株 盆 幅 封 把 步 人 折 页 章 课 字 点 代 胎 居 年级 分钟 户 期
    组 轮 句 串 袋 盒 箱 桶 勺 级 周年 周目 路 分 室 厅 倍 桌
    """
)
_ZH_UNIT = "|".join(sorted({re.escape(unit) for unit in (*CHINESE, *_MEASURES)}, key=lambda unit: (-len(unit), unit)))
_ZH_AMOUNT = re.compile(
    rf"(?P<rank>第)?(?P<number>{NUMERAL})(?P<more>多|几|余|来)?(?P<unit>{_ZH_UNIT})(?P<tail>半(?!夜|年|个月|天"
    rf"|小时)(?P<of>小时|个小时|钟头)?|多(?!少|次|个))?"
)
_ZH_BARE = re.compile(rf"(?P<number>{NUMERAL})(?P<more>多)?(?=左右|以上|以内|以下|上下|[,.;。!?)到至-]|$)")
_TENS = re.compile("[二三四五六七八九]十[一二三四五六七八九]?")  # 十 alone may be part of a word
_ZH_PERCENT = re.compile(
    rf"百分之(?P<number>{NUMERAL})|(?P<tenths>[一二三四五六七八九]{{1,2}})成(?![为了功长就立员人熟本都果语])"
)
_ZH_HEIGHT = re.compile(
    r"([12一二两])米([0-9]{1,2}|[一二三四五六七八九]{1,2})(?![0-9一二三四五六七八九十]|米|分|秒|个|点)"
)
_ZH_MONEY = re.compile(rf"(?<![0-9a-z])(rmb|[¥$€£]) ?({_NUM})([千万亿k])?元?(?![0-9])")
_ZH_COINS = re.compile(rf"(?P<number>{NUMERAL})块(?P<tenths>[1-9一二三四五六七八九])(?![0-9十百千万个块])")
_ZH_RATE = re.compile(  # 一天两杯 and 每天两杯, 每个月 and 每月, 4500元一个月 and 每月4500元 say the same
    r"(?:(?<=[0-9元块])一个?(?=(?:天|周|月|年|星期|礼拜)(?![里前后以]))|一个?(?=(?:天|周|月|年|星期|礼拜)(?:[0-9一两三四五六七八九十]|只|就|要|能|最多|大概))|每个?)"
    r"(?P<of>天|月|年|(?:周|星期|礼拜)(?![一二三四五六日天](?![次趟回遍个天节场顿])))(?![初底内级])"
)
_NUMERAL_START = tuple("0123456789零一二两三四五六七八九十半")
_ZH_HOURS = re.compile(rf"(?P<number>{NUMERAL})个半(?P<unit>小时|钟头|月)")
_ZH_HOURS_MINUTES = re.compile(rf"({NUMERAL})个?小时零?({NUMERAL})分钟?")
_IDIOM = listed(
    """
    一点 一边 一度 一道 一路 一块 一次性 十分 一代 一号 一级 一步 一头 一口 一字 万分 百分 一人 一组 一期 一章 一段
    一句 两头 一首 半点 半路 半年级 三分 万个 千个 千万个 一片 一门 千人 万人 万家 百家 一居 一把 一课 一根 一串
    """
)
_FAMILY = re.compile(r"家(?:[人子店]|[0-9三四五六]口)")


def english_amounts(text: str) -> str:
    """Amounts of a folded English text whose numerals are digits already."""
    if "$" in text or not text.isascii() or "rmb" in text or "usd" in text or "eur" in text:
        text = _EN_MONEY.sub(_english_money, text)
    text = _EN_HOURS_MINUTES.sub(lambda match: f"{int(match[1]) * 60 + int(match[2])}min", text)
    text = _EN_HEIGHT.sub(lambda match: f"{round((int(match[1]) * 12 + int(match[2])) * 2.54)}cm", text)
    text = _EN_AMOUNT.sub(_english_amount, text)
    return _EN_AGE.sub(lambda match: f"{match['turns'] or ''}{match['years']}yo", text)


def english_articles(text: str) -> str:
    """ "for an hour" as 60 minutes; "3 times a week" keeps its article."""
    return _EN_ARTICLE.sub(lambda match: f"{match[1]} {amount('1', ENGLISH[match[2]])}", text)


def chinese_amounts(text: str) -> str:
    """Amounts of a folded Chinese text; a Han numeral counts only before a unit, a measure word or a clause's end."""
    if "百分之" in text or "成" in text:
        text = _ZH_PERCENT.sub(_chinese_percent, text)
    if "每" in text or "一" in text:
        text = _ZH_RATE.sub(lambda match: f"每{'周' if match['of'] in ('星期', '礼拜') else match['of']}", text)
    text = _ZH_MONEY.sub(_chinese_money, text)
    if "块" in text:
        text = _ZH_COINS.sub(_chinese_coins, text)
    if "米" in text:
        text = _ZH_HEIGHT.sub(_chinese_height, text)
    if "时" in text or "半" in text:
        text = _ZH_HOURS_MINUTES.sub(_chinese_hours, text)
        text = _ZH_HOURS.sub(_chinese_and_a_half, text)
    text = _ZH_AMOUNT.sub(_chinese_amount, text)
    return _ZH_BARE.sub(_chinese_bare, text)


def _english_money(match: re.Match[str]) -> str:
    scale = {"k": 1e3, "thousand": 1e3, "m": 1e6, "million": 1e6}.get(match[3] or "", 1)
    number = match[2] if scale == 1 else plain(float(match[2]) * scale)
    return f"{number}{_CURRENCY[match[1].strip()]}"


def _english_amount(match: re.Match[str]) -> str:
    unit, more = ENGLISH[match["unit"]], match["more"] or ""
    high = amount(match["high"], unit, more=more) if match["high"] else ""
    low = amount(match["low"], unit, more="" if high else more)
    return f"{low}-{high}" if high else low


def _chinese_percent(match: re.Match[str]) -> str:
    if match["tenths"]:
        return _joined(chinese_number(match["tenths"]), lambda tenths: f"{10 * int(tenths)}%")
    return f"{chinese_number(match['number']).low}%"


def _chinese_money(match: re.Match[str]) -> str:
    scale = {"千": 1e3, "k": 1e3, "万": 1e4, "亿": 1e8}.get(match[3] or "", 1)
    number = match[2] if scale == 1 else plain(float(match[2]) * scale)
    return f"{number}{_CURRENCY[match[1]]}"


def _chinese_coins(match: re.Match[str]) -> str:
    tenths = match["tenths"] if match["tenths"].isascii() else str("零一二三四五六七八九".index(match["tenths"]))
    return f"{chinese_number(match['number']).low}.{tenths}cny"


def _chinese_height(match: re.Match[str]) -> str:
    digits = "".join(c if c.isascii() else str("零一二三四五六七八九".index(c)) for c in match[2])
    metres = 1 if match[1] in "1一" else 2
    return f"{metres * 100 + int(digits.ljust(2, '0'))}cm"


def _chinese_hours(match: re.Match[str]) -> str:
    hours, minutes = chinese_number(match[1]).low, chinese_number(match[2]).low
    return f"{plain(float(hours) * 60 + float(minutes))}min"


def _chinese_and_a_half(match: re.Match[str]) -> str:
    number = plain(float(chinese_number(match["number"]).low) + 0.5)
    return amount(number, CHINESE["个月" if match["unit"] == "月" else "小时"])


def _chinese_amount(match: re.Match[str]) -> str:
    written, unit = match["number"], match["unit"]
    text, end = match.string, match.end("unit")
    if match["rank"]:
        return f"第{chinese_number(written).low}{text[match.end('number') : match.end()]}"
    if not _counts(match, text, end):
        return match[0]
    number = chinese_number(written)
    more = "+" if match["more"] else ""
    tail = match["tail"] or ""
    if tail.startswith("半") and unit in CHINESE:
        number, tail = Number(plain(float(number.low) + 0.5), None), ""
    elif tail == "多":
        more, tail = "+", ""
    if unit in CHINESE and not (unit == "块" and _is_piece(text[end : end + 1])):
        token = _joined(number, lambda n: amount(n, CHINESE[unit], more=more)) + tail
        after = text[match.end() : match.end() + 1]
        return (
            f"{token}{SEAM}"
            if after in _NUMERAL_START or (after.isalpha() and after.isascii() and not unit.isascii())
            else token
        )
    before = text[match.start() - 1 : match.start()]
    seam = SEAM if before.isascii() and before.isalpha() else ""  # team五个人
    return seam + _joined(number, lambda n: f"{n}{more}{unit}") + tail


def _counts(match: re.Match[str], text: str, end: int) -> bool:
    """Whether numeral and measure are an amount here and not an idiom or part of a longer word."""
    written, unit = match["number"], match["unit"]
    after = text[end : end + 1]
    if written[0].isascii():
        return unit != "点"
    if written + unit in _IDIOM and not (unit == "块" and after == "钱"):
        return False
    if unit in ("点", "分", "路", "号", "字", "代", "居", "期") or (unit == "家" and _FAMILY.match(text, end - 1)):
        return False
    before = text[match.start() - 1 : match.start()]
    if written[0] == "一" and before and before in "万统元块钱y":  # 万一, 统一, 三元一斤 (the yuan now a token)
        return False
    return not (unit in ("刀", "欧", "度") and written in "一两")


def _is_piece(after: str) -> bool:
    """三块蛋糕 counts pieces; 三块钱, 三块左右 and 三块 at the end are money."""
    return "\u4e00" <= after <= "\u9fff" and after not in "钱左以的多一到每上吃买人"


def _chinese_bare(match: re.Match[str]) -> str:
    written = match["number"]
    if _TENS.fullmatch(written) or (written[-1] in "百千万亿" and len(written) > 1 and written[0] not in "百千万亿十"):
        return f"{chinese_number(written).low}{'+' if match['more'] else ''}"
    return match[0]


def _joined(number: Number, spell: Callable[[str], str]) -> str:
    return f"{spell(number.low)}-{spell(number.high)}" if number.high else spell(number.low)
