"""Typed values and the conflict between two texts' values."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evals.text.canonical import canonical
from evals.text.language import language_of
from evals.text.values import Value, code_doubt, value_conflict, value_doubt, values


def read(text: str) -> tuple[Value, ...]:
    """The values of a text as a user writes it."""
    return values(canonical(text, language_of(text)))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("likes tea", []),
        ("28 years old", [("age", "28 yo")]),
        ("two older brothers", [("count:older brothers", "2")]),
        ("3 cups of coffee at 9:40 am", [("count:cups coffee", "3"), ("time", "09:40")]),
        ("on Monday, March 3 2025", [("weekday", "1"), ("date", "2025-03-03")]),
        ("$50 or 30 percent", [("money", "50 usd"), ("percent", "30 %")]),
        ("the 3rd floor in spring", [("ordinal", "3"), ("season", "spring")]),
        ("Python 3.11.2 and GPT-4", [("number", "3.11.2"), ("number", "4")]),
        ("1米75, 70公斤, 25度", [("length", "175 cm"), ("weight", "70 kg"), ("temperature", "25 °")]),
        ("每天喝3杯咖啡", [("rate", "day"), ("count:杯咖啡", "3")]),
        ("每天早上跑5公里", [("rate", "day"), ("daypart", "早上"), ("length", "5 km")]),
        ("11号下午等HDB来", [("count:号下午等", "11"), ("daypart", "下午")]),
        ("60平TPO卷材", [("area", "60 sqm")]),
        ("七十大寿", [("age", "70 yo")]),
        ("每月8日", [("rate", "month"), ("count:号", "8")]),
        ("2019年五月", [("year", "2019"), ("month", "05")]),
        ("一起去，万一下雨", []),
        ("B12, H2O, COVID-19, iPhone 15", [("number", "19"), ("number", "15")]),
    ],
)
def test_types(text: str, expected: list[tuple[str, str]]) -> None:
    """A value is read with its type; names with digits inside them are none."""
    assert [(value.type, value.value) for value in read(text)] == expected


CONFLICTS = [
    ("28 years old", "29"),
    ("28 years old", "aged 29"),
    ("two cats", "three cats"),
    ("two brothers", "three older brothers"),
    ("three children", "two young children"),
    ("9 am", "9 pm"),
    ("9:40 am", "9:30 am"),
    ("5 miles", "5 km"),
    ("3 weeks", "for two weeks"),
    ("in 2019", "in 2020"),
    ("$50", "$60"),
    ("$50", "50 euros"),
    ("on Monday", "on Tuesday"),
    ("March 12", "March 13"),
    ("in May", "in June"),
    ("spring", "autumn"),
    ("30%", "40%"),
    ("the third floor", "the 4th floor"),
    ("iPhone 14", "iPhone 15"),
    ("两只猫", "三只猫"),
    ("三个孩子", "两个小孩"),
    ("周一开会", "周二开会"),
    ("28岁", "29岁"),
    ("三十多岁", "45岁"),
    ("早上8点", "晚上8点"),
    ("下午三点半", "下午三点"),
    ("3月12日", "3月13日"),
    ("两周", "三周"),
    ("跑5公里", "跑10公里"),
    ("月薪三万", "月薪两万"),
    ("每周三次", "每周两次"),
    ("春天", "秋天"),
    ("from Monday to Friday", "from Monday to Monday"),
    ("on 7 May 2025 and 9 May 2025", "on 7 May 2026 and 9 May 2025"),
    ("三个朋友，两个朋友过敏", "三个朋友，三个朋友过敏"),
    ("in May", "on 10 July"),
    ("from January", "from March"),
    ("runs every morning", "runs in the evening"),
    ("周一上午", "周一晚上"),
    ("5 times a week", "5 times a month"),
    ("一天19元", "一个月19元"),
    ("60 pounds", "60 dollars"),
    ("200 euros", "200 rupees"),
    ("81 kilos", "81 ounces"),
    ("三十二亩", "三十二平米"),
    ("六岁", "六个月大"),
    ("三个人", "六个人"),
    ("第三年", "第三个月"),
    ("the third year", "the third month"),
    ("每人八十，先付", "每人三十，先付"),
    ("Thursday's session", "Saturday's game"),
    ("team里五个人", "所在team八个人"),
    ("两个人两天干完", "两个人两个月干完"),
    ("Thursday, then again Thursday", "Saturday, then again Thursday"),
]
AGREEMENTS = [
    ("28 years old", "28"),
    ("28 years old", "28岁"),
    ("five miles", "8 km"),
    ("4 weeks", "for a month"),
    ("12 months", "1 year"),
    ("next Wednesday", "Wednesday"),
    ("March 12", "March 12, 2025"),
    ("the 12th", "March 12"),
    ("9:00", "9 pm"),
    ("at 9", "9 am"),
    ("2000 steps", "in 2000"),
    ("two cats", "two cats and three dogs"),
    ("two cats", "3 dogs"),
    ("3 times a week", "on Monday"),
    ("runs 5 km", "runs 5 km in 30 minutes"),
    ("5千米", "5公里"),
    ("120斤", "60公斤"),
    ("两周", "周一"),
    ("每周三次", "每周三"),
    ("一周三次", "每周三次，每次30分钟"),
    ("一起去", "两个人去"),
    ("万一下雨", "三天"),
    ("三十多岁", "35岁"),
    ("两点开会", "14:00开会"),
    ("星期天", "周日"),
    ("三个月", "3个月"),
    ("三月", "三个月"),
    ("12号楼", "3月12日"),
    ("一天两杯咖啡", "每天两杯咖啡"),
    ("下午两点到四点", "14点到16点"),
    ("on 7 May 2025", "on 7 May"),
    ("three cats; the three cats sleep", "three cats"),
    ("60 pounds", "£60"),
    ("5 years old", "has been alive for 5 years"),
    ("$20", "20 Canadian dollars"),
    ("in the evening", "at night"),
    ("下午", "中午"),
    ("in May", "on 10 May"),
    ("每月28号", "每月28日"),
    ("每天", "每天早上"),
    ("2 acres", "0.81 hectares"),
    ("the third year", "the third"),
    ("第三年", "third year"),
]


@pytest.mark.parametrize(("gold", "pred"), CONFLICTS)
def test_contradicting_values_conflict(gold: str, pred: str) -> None:
    """Both sides hold a value of one type that the other lacks."""
    assert value_conflict(read(gold), read(pred)) is not None


@pytest.mark.parametrize(("gold", "pred"), AGREEMENTS)
def test_compatible_values_do_not_conflict(gold: str, pred: str) -> None:
    """Another unit, a bare number, a missing half day or another type are no contradiction."""
    assert value_conflict(read(gold), read(pred)) is None


@pytest.mark.parametrize(
    ("gold", "pred"),
    [
        ("about twenty people", "around forty guests"),
        ("on 26 August 2025", "last Tuesday"),
        ("after 50 minutes", "3 times"),
    ],
)
def test_values_of_no_common_type_are_a_doubt(gold: str, pred: str) -> None:
    """Each side has a value that the other lacks: no contradiction, but no agreement either."""
    assert value_conflict(read(gold), read(pred)) is None
    assert value_doubt(read(gold), read(pred)) is not None
    assert value_doubt(read(pred), read(gold)) is not None


@pytest.mark.parametrize(("gold", "pred"), [*AGREEMENTS[:6], ("in spring", "every evening"), ("two cats", "no cats")])
def test_one_side_saying_more_is_no_doubt(gold: str, pred: str) -> None:
    """Nor are seasons and parts of the day, which many things have."""
    assert value_doubt(read(gold), read(pred)) is None


@pytest.mark.parametrize(
    ("gold", "pred", "doubt"),
    [
        ("in room 14c", "in room 22c", ("14c", "22c")),
        ("an a380", "an a320", ("a380", "a320")),
        ("in room 14c", "in room 14c, block b2", None),
        ("at t09:40 for 90min", "on d03-12 for 5km", None),
        ("用户住在14c", "用户住在22c", ("14c", "22c")),
    ],
)
def test_codes(gold: str, pred: str, doubt: tuple[str, str] | None) -> None:
    """Letters with digits that are no value: rooms, models, vitamins."""
    assert code_doubt(gold, pred) == doubt


def test_conflict_names_both_tokens() -> None:
    """The two values are reported gold first."""
    assert value_conflict(read("flies on 12 March"), read("flies on March 14")) == ("d03-12", "d03-14")


PHRASES = sorted({text for pair in CONFLICTS + AGREEMENTS for text in pair})


@given(st.sampled_from(PHRASES), st.sampled_from(PHRASES))
def test_conflict_is_symmetric(left: str, right: str) -> None:
    """Swapping gold and prediction never changes whether there is a conflict."""
    one, other = read(left), read(right)
    assert (value_conflict(one, other) is None) == (value_conflict(other, one) is None)


@given(st.lists(st.sampled_from(PHRASES), max_size=4))
def test_no_text_conflicts_with_itself(parts: list[str]) -> None:
    """Equal values never contradict, however many there are."""
    text = "; ".join(parts)
    assert value_conflict(read(text), read(text)) is None


@given(st.integers(2, 99), st.integers(1, 98))
def test_one_changed_number_conflicts(number: int, shift: int) -> None:
    """A changed digit is seen in both languages."""
    other = number + shift
    assert value_conflict(read(f"runs {number} km a day"), read(f"runs {other} km a day")) is not None
    assert value_conflict(read(f"每天跑{number}公里"), read(f"每天跑{other}公里")) is not None
    assert value_conflict(read(f"has {number} cats"), read(f"has {other} cats")) is not None
    assert value_conflict(read(f"养了{number}只猫"), read(f"养了{other}只猫")) is not None


@given(st.text(st.characters(codec=None, exclude_categories=())))
def test_any_text_has_values(text: str) -> None:
    """No text, however odd, is a reason to fail, and none contradicts itself."""
    found = values(canonical(text, "zh"))
    assert value_conflict(found, found) is None
