"""Units of measure in English and Chinese, and how an amount with its unit is spelled in a canonical text."""

from __future__ import annotations

import re
from typing import NamedTuple


class Unit(NamedTuple):
    """Canonical unit, and how many of it make one of the unit written."""

    name: str
    factor: float = 1.0


_MINUTE, _DAY, _MONTH = Unit("min"), Unit("day"), Unit("month")
_HOUR, _WEEK, _YEAR = Unit("min", 60), Unit("day", 7), Unit("month", 12)
_AGE, _PERCENT = Unit("yo"), Unit("%")

ENGLISH: dict[str, Unit] = {
    **dict.fromkeys(("sec", "secs", "seconds"), Unit("sec")),
    **dict.fromkeys(("min", "mins", "minute", "minutes"), _MINUTE),
    **dict.fromkeys(("h", "hr", "hrs", "hour", "hours"), _HOUR),
    **dict.fromkeys(("day", "days"), _DAY),
    **dict.fromkeys(("week", "weeks", "wk", "wks"), _WEEK),
    **dict.fromkeys(("fortnight", "fortnights"), Unit("day", 14)),
    **dict.fromkeys(("month", "months"), _MONTH),
    **dict.fromkeys(("year", "years", "yr", "yrs"), _YEAR),
    **dict.fromkeys(("decade", "decades"), Unit("month", 120)),
    **dict.fromkeys(("yo", "y/o", "years old", "year old", "year-old", "years-old", "yrs old", "years of age"), _AGE),
    **dict.fromkeys(("km", "kms", "kilometer", "kilometers", "kilometre", "kilometres"), Unit("km")),
    **dict.fromkeys(("m", "meter", "meters", "metre", "metres"), Unit("m")),
    **dict.fromkeys(("cm", "centimeter", "centimeters", "centimetre", "centimetres"), Unit("cm")),
    **dict.fromkeys(("mm", "millimeters", "millimetres"), Unit("mm")),
    **dict.fromkeys(("mi", "mile", "miles"), Unit("mile")),
    **dict.fromkeys(("yard", "yards", "yd"), Unit("yard")),
    **dict.fromkeys(("ft", "foot", "feet"), Unit("ft")),
    **dict.fromkeys(("inch", "inches"), Unit("inch")),
    **dict.fromkeys(("kg", "kgs", "kilo", "kilos", "kilogram", "kilograms"), Unit("kg")),
    **dict.fromkeys(("g", "gram", "grams"), Unit("g")),
    **dict.fromkeys(("mg", "milligram", "milligrams"), Unit("mg")),
    **dict.fromkeys(("lb", "lbs", "pound", "pounds"), Unit("lb")),
    **dict.fromkeys(("oz", "ounce", "ounces"), Unit("oz")),
    **dict.fromkeys(("ton", "tons", "tonne", "tonnes"), Unit("kg", 1000)),
    **dict.fromkeys(("sqm", "m2", "square metres", "square meters"), Unit("sqm")),
    **dict.fromkeys(("acre", "acres"), Unit("acre")),
    **dict.fromkeys(("hectare", "hectares", "ha"), Unit("hectare")),
    **dict.fromkeys(("mb", "megabytes"), Unit("mb")),
    **dict.fromkeys(("gb", "gigabytes", "gigs"), Unit("gb")),
    **dict.fromkeys(("tb", "terabytes"), Unit("tb")),
    **dict.fromkeys(("km/h", "kmh", "kph"), Unit("kmh")),
    **dict.fromkeys(("mph", "miles per hour"), Unit("mph")),
    **dict.fromkeys(("pint", "pints"), Unit("pint")),
    **dict.fromkeys(("gallon", "gallons"), Unit("gallon")),
    **dict.fromkeys(("ml", "milliliter", "milliliters", "millilitres"), Unit("ml")),
    **dict.fromkeys(("l", "liter", "liters", "litre", "litres"), Unit("ml", 1000)),
    **dict.fromkeys(("kcal", "calories", "calorie"), Unit("kcal")),
    **dict.fromkeys(("%", "percent", "per cent", "pct"), _PERCENT),
    **dict.fromkeys(("$", "usd", "dollar", "dollars", "bucks", "us dollars"), Unit("usd")),
    **dict.fromkeys(("¥", "cny", "rmb", "yuan"), Unit("cny")),
    **dict.fromkeys(("€", "eur", "euro", "euros"), Unit("eur")),
    **dict.fromkeys(("£", "gbp", "quid", "pounds sterling"), Unit("gbp")),
    **dict.fromkeys(("jpy", "yen"), Unit("jpy")),
    **dict.fromkeys(("hkd",), Unit("hkd")),
    **dict.fromkeys(("cad", "canadian dollars"), Unit("cad")),
    **dict.fromkeys(("aud", "australian dollars"), Unit("aud")),
    **dict.fromkeys(("sgd", "singapore dollars"), Unit("sgd")),
    **dict.fromkeys(("nzd", "new zealand dollars"), Unit("nzd")),
    **dict.fromkeys(("inr", "₹", "rupee", "rupees"), Unit("inr")),
    **dict.fromkeys(("krw",), Unit("krw")),
    **dict.fromkeys(("rub", "rouble", "roubles", "ruble", "rubles"), Unit("rub")),
    **dict.fromkeys(("thb", "baht"), Unit("thb")),
    **dict.fromkeys(("chf", "franc", "francs"), Unit("chf")),
    **dict.fromkeys(("sek", "kronor", "krona"), Unit("sek")),
    **dict.fromkeys(("nok", "kroner"), Unit("nok")),
    **dict.fromkeys(("pln", "zloty", "zlotys"), Unit("pln")),
    **dict.fromkeys(("brl", "reais"), Unit("brl")),
    **dict.fromkeys(("mxn", "pesos"), Unit("mxn")),
    **dict.fromkeys(("zar", "rand"), Unit("zar")),
    **dict.fromkeys(("ngn", "naira"), Unit("ngn")),
    **dict.fromkeys(("kes", "shillings"), Unit("kes")),
    **dict.fromkeys(("myr", "ringgit"), Unit("myr")),
    **dict.fromkeys(("vnd", "dong"), Unit("vnd")),
    **dict.fromkeys(("lira",), Unit("try")),
    **dict.fromkeys(("°c", "celsius", "degrees celsius", "degrees c", "degree celsius"), Unit("°c")),
    **dict.fromkeys(("°f", "fahrenheit", "degrees fahrenheit", "degrees f"), Unit("°f")),
    **dict.fromkeys(("°", "degree", "degrees"), Unit("°")),
}

CHINESE: dict[str, Unit] = {
    **dict.fromkeys(("秒", "秒钟"), Unit("sec")),
    **dict.fromkeys(("分钟",), _MINUTE),
    **dict.fromkeys(("小时", "个小时", "个钟头", "个钟", "h"), _HOUR),
    **dict.fromkeys(("刻钟",), Unit("min", 15)),
    **dict.fromkeys(("天",), _DAY),
    **dict.fromkeys(("周", "个星期", "星期", "个礼拜", "礼拜"), _WEEK),
    **dict.fromkeys(("个月", "个多月"), _MONTH),
    **dict.fromkeys(("年",), _YEAR),
    **dict.fromkeys(("岁", "周岁", "大寿", "寿宴"), _AGE),
    **dict.fromkeys(("公里", "千米", "km"), Unit("km")),
    **dict.fromkeys(("米", "m"), Unit("m")),
    **dict.fromkeys(("厘米", "公分", "cm"), Unit("cm")),
    **dict.fromkeys(("毫米",), Unit("mm")),
    **dict.fromkeys(("英里",), Unit("mile")),
    **dict.fromkeys(("英尺",), Unit("ft")),
    **dict.fromkeys(("英寸",), Unit("inch")),
    **dict.fromkeys(("公斤", "千克", "kg"), Unit("kg")),
    **dict.fromkeys(("斤",), Unit("kg", 0.5)),
    **dict.fromkeys(("克",), Unit("g")),
    **dict.fromkeys(("毫克",), Unit("mg")),
    **dict.fromkeys(("磅",), Unit("lb")),
    **dict.fromkeys(("吨",), Unit("kg", 1000)),
    **dict.fromkeys(("平米", "平方米", "平方", "平", "sqm", "m2"), Unit("sqm")),
    **dict.fromkeys(("亩",), Unit("mu")),
    **dict.fromkeys(("公顷",), Unit("hectare")),
    **dict.fromkeys(("盎司",), Unit("oz")),
    **dict.fromkeys(("毫升", "ml"), Unit("ml")),
    **dict.fromkeys(("升",), Unit("ml", 1000)),
    **dict.fromkeys(("千卡", "大卡", "卡路里"), Unit("kcal")),
    **dict.fromkeys(("%",), _PERCENT),
    **dict.fromkeys(("元", "块钱", "块", "元人民币", "人民币", "rmb", "元钱"), Unit("cny")),
    **dict.fromkeys(("美元", "美金", "刀"), Unit("usd")),
    **dict.fromkeys(("欧元", "欧"), Unit("eur")),
    **dict.fromkeys(("英镑",), Unit("gbp")),
    **dict.fromkeys(("日元", "日币"), Unit("jpy")),
    **dict.fromkeys(("港币", "港元"), Unit("hkd")),
    **dict.fromkeys(("加元", "加币"), Unit("cad")),
    **dict.fromkeys(("澳元", "澳币"), Unit("aud")),
    **dict.fromkeys(("新元", "新币", "坡币"), Unit("sgd")),
    **dict.fromkeys(("台币", "新台币"), Unit("twd")),
    **dict.fromkeys(("卢比",), Unit("inr")),
    **dict.fromkeys(("韩元", "韩币"), Unit("krw")),
    **dict.fromkeys(("卢布",), Unit("rub")),
    **dict.fromkeys(("泰铢",), Unit("thb")),
    **dict.fromkeys(("瑞士法郎", "法郎"), Unit("chf")),
    **dict.fromkeys(("林吉特", "马币", "令吉"), Unit("myr")),
    **dict.fromkeys(("摄氏度", "°c", "℃"), Unit("°c")),
    **dict.fromkeys(("华氏度", "°f"), Unit("°f")),
    **dict.fromkeys(("度",), Unit("°")),
}


def longest_first(words: dict[str, Unit]) -> str:
    """An alternation of unit names in which no name hides a longer one."""
    return "|".join(re.escape(word) for word in sorted(words, key=lambda word: (-len(word), word)))


def amount(number: str, unit: Unit, *, more: str = "") -> str:
    """The canonical spelling of an amount: `90min` for 1.5 hours, `30+yo` for "in their thirties"."""
    value = number if unit.factor == 1.0 else plain(float(number) * unit.factor)
    return f"{value}{more}{unit.name}"


def plain(number: float) -> str:
    """A number without exponent or trailing zeros, to four decimals."""
    return f"{number:.4f}".rstrip("0").rstrip(".")
