"""Canonical spelling: one token for one value, in English and Chinese."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evals.text.canonical import canonical
from evals.text.fold import fold
from evals.text.language import language_of

SAME = [
    ("age", "28yo", ["28 years old", "28-year-old", "aged 28", "twenty-eight years old", "28岁", "二十八岁", "28周岁"]),
    ("date", "d03-12", ["March 12", "12 March", "March 12th", "the 12th of March", "Mar 12", "3月12日", "三月十二号"]),
    ("day of a year", "y2025 d03-12", ["2025-03-12", "March 12, 2025", "12 March 2025", "2025/3/12", "2025年3月12日"]),
    ("morning", "t09:40", ["9:40 am", "9:40 a.m.", "09:40", "上午9点40分", "早上九点四十", "上午9:40"]),
    ("afternoon", "t15:30", ["3:30 pm", "half past three pm", "15:30", "下午三点半", "下午3点30分", "下午3:30"]),
    ("quarter", "t18:45", ["quarter to 7 pm", "6:45 pm", "6:45 in the evening", "晚上六点三刻"]),
    ("noon", "t12:00", ["noon", "12 pm", "中午12点", "中午十二点"]),
    ("midnight", "t00:00", ["midnight", "12 am", "晚上12点", "凌晨12点"]),
    ("weekday", "wd1", ["Monday", "Mondays", "周一", "星期一", "礼拜一"]),
    ("two weeks", "14day", ["two weeks", "2 weeks", "两周", "两个星期", "14天"]),
    ("half an hour", "30min", ["half an hour", "30 minutes", "30 mins", "半小时", "半个小时", "30分钟", "三十分钟"]),
    ("hour and a half", "90min", ["1.5 hours", "an hour and a half", "1h 30m", "90 min", "一个半小时", "1小时30分钟"]),
    ("length", "5km", ["5 km", "five kilometres", "5 kilometers", "5千米", "五公里", "5公里"]),
    ("weight", "60kg", ["60 kg", "60 kilos", "sixty kilograms", "60公斤", "120斤", "60千克"]),
    (
        "yuan",
        "3000cny",
        ["¥3,000", "3000 yuan", "RMB 3000", "3 thousand yuan", "三千元", "3千块", "￥3000", "3000块钱"],
    ),
    ("dollars", "50usd", ["$50", "50 dollars", "fifty bucks", "50 USD", "五十美元", "50美金"]),
    ("percent", "30%", ["30%", "30 percent", "thirty per cent", "百分之三十", "三成"]),
    ("year", "in y2019", ["in 2019"]),
    ("autumn", "in autumn", ["in autumn"]),
    ("count", "3 cats", ["three cats", "3 cats"]),
    ("only numbers", "1200 people", ["1,200 people", "1.2k people", "twelve hundred people"]),
    ("a dozen", "12 eggs", ["a dozen eggs", "twelve eggs"]),
    ("range", "2次-3次", ["两三次", "2-3次", "2到3次"]),
    ("in the thirties", "30+yo", ["三十多岁", "30多岁", "in her thirties"]),
    ("height", "175cm", ["175 cm", "1米75", "一米七五", "175厘米", "5 ft 9"]),
    ("ten thousands", "35000cny", ["三万五千元", "3.5万元", "35,000 yuan"]),
    ("rate", "每周3次", ["每周三次", "一周三次", "每星期3次"]),
    ("span of dates", "d02-02 to d02-09", ["2 to 9 February", "February 2 to 9"]),
    ("span of hours", "t14:00到t16:00", ["下午两点到四点", "14点到16点"]),
]


@pytest.mark.parametrize(
    ("spelling", "token"), [(spelling, token) for _, token, spellings in SAME for spelling in spellings]
)
def test_one_value_has_one_spelling(spelling: str, token: str) -> None:
    """Every way to write a value ends in the same token."""
    assert canonical(spelling, language_of(spelling)) == token


UNTOUCHED = [
    *(
        "一起吃饭",
        "万一下雨",
        "一些想法",
        "等一下",
        "一直在学",
        "有一点累",
        "十分喜欢",
        "千万别忘",
        "一边走",
        "统一格式",
        "一家人",
    ),
    *("no one knows", "one of them", "the old one has expired", "a language lesson"),
    *("under-14s", "the sun sat down", "may i march on", "a fall from grace", "i saw her", "gpt-4o", "24/7 support"),
]


@pytest.mark.parametrize("text", UNTOUCHED)
def test_words_that_only_look_like_values_stay(text: str) -> None:
    """Idioms and ordinary words with a numeral or a month's name in them hold no value."""
    assert canonical(text, language_of(text)) == text


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("每周一次，共两周，周一开会", "每周1次,共14day,wd1开会"),
        ("每周三下午三点半", "每wd3 t15:30"),
        ("周五六点", "wd5 t6:00"),
        ("周六日", "wd6 wd7"),
        ("一天两杯咖啡", "每天2杯咖啡"),
        ("2000 steps in 2000", "2000 steps in y2000"),
        ("May I go in May?", "may i go in mo05?"),
        ("9am-5pm, 9-5pm, between 5 and 6 pm", "t09:00-t17:00, t9:00-t17:00, between t17:00 and t18:00"),
        ("three times a week for an hour", "3 times a week for 60min"),
        ("三块二一斤，三块蛋糕", "3.2cny一斤,3块蛋糕"),
        ("第三次，第一名", "第3次,第1名"),
        ("用 Python 写", "用python写"),
        ("“Smart” — ‘quotes’", "\"smart\" - 'quotes'"),
        ("她愛喝臺灣烏龍茶", "她爱喝台湾乌龙茶"),
        ("ｆｕｌｌ　ｗｉｄｔｈ１２", "full width12"),
        ("zero\u200bwidth \u202eand\u202c bidi", "zerowidth and bidi"),
    ],
)
def test_whole_texts(text: str, expected: str) -> None:
    """Values in their surroundings, with the traps of Chinese weekdays and English months."""
    assert canonical(text, language_of(text)) == expected


VOCABULARY = sorted({spelling for _, _, spellings in SAME for spelling in spellings} | set(UNTOUCHED))


@given(st.lists(st.sampled_from(VOCABULARY), max_size=4))
def test_canonical_spelling_is_a_fixed_point(parts: list[str]) -> None:
    """Spelling a canonical text again changes nothing."""
    once = canonical(", ".join(parts), "zh" if any(map(str.isalpha, parts)) else "en")
    assert canonical(once, "zh" if any(map(str.isalpha, parts)) else "en") == once


@given(st.text())
def test_folding_is_a_fixed_point(text: str) -> None:
    """Width, case and spacing settle at once, whatever the script."""
    assert fold(fold(text)) == fold(text)


@given(st.text(st.characters(codec=None, exclude_categories=())), st.sampled_from(("en", "zh", "ja", "ru")))
def test_any_text_has_a_canonical_spelling(text: str, language: str) -> None:
    """Emoji, lone surrogates and control characters are no reason to fail."""
    assert isinstance(canonical(text, language), str)
