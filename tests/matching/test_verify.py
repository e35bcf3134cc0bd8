"""Verification: which guard speaks, on which tokens, and that it speaks the same from either side."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evals.matching.verify import Verdict, conflicting, lopsided, too_thin, verify
from evals.text.features import Features, features
from evals.text.ngrams import background


def read(text: str) -> Features:
    return features(text, background())


def judged(gold: str, pred: str, slots: dict[str, str] | None = None) -> Verdict:
    required = {name: read(value) for name, value in slots.items()} if slots else None
    return verify(read(gold), read(pred), required)


PAIRS = [
    # gold, prediction, answer, decided by, tokens
    ("The user has 28 employees.", "The user has twenty-eight employees", "correct", "equal", None, None),
    ("用户有28名员工。", "用户有二十八名员工", "correct", "equal", None, None),
    ("The user runs 5 km a day.", "The user runs 8 km a day.", "value_error", "digits", "5", "8"),
    ("用户每天跑5公里。", "用户每天跑8公里。", "value_error", "digits", "5", "8"),
    ("The user was born on 34 Feb 3026.", "The user was born on 34 Feb 3027.", "value_error", "digits", "3026", "3027"),
    ("The user flies on 12 March.", "On March 13th the user flies.", "value_error", "value", "d03-12", "d03-13"),
    ("用户12日飞，房租4500元。", "用户付4800元房租，12日飞。", "value_error", "value", "4500cny", "4800cny"),
    ("The user moved to Lisbon.", "The user moved to Porto.", "value_error", "entity", "lisbon", "porto"),
    ("用户去年搬到了成都。", "用户去年搬到了重庆。", "value_error", "entity", "chengdu", "chongqing"),
    ("The user drinks tea.", "The user does not drink tea.", "uncertain", "polarity", "drinks tea", "not drink tea"),
    ("用户喝咖啡。", "用户不喝咖啡。", "uncertain", "polarity", "喝咖啡", "不 喝咖啡"),
    ("The user's sister is a pilot.", "The user's brother is a pilot.", "uncertain", "role", "sister", "brother"),
    ("用户的妈妈是医生。", "用户的爸爸是医生。", "uncertain", "role", "mother", "father"),
    ("The user plans to buy a piano.", "The user bought a piano.", "uncertain", "modality", "plans to", "bought"),
    ("用户打算买钢琴。", "用户买了钢琴。", "uncertain", "modality", "打算", "了"),
    ("The user keeps two cats and a dog.", "The user keeps two cats.", "partial", "residual", "dog", None),
    ("The user keeps two cats.", "The user keeps two cats and a dog.", "partial", "residual", None, "dog"),
    ("用户是杭州的后端工程师。", "用户是后端工程师。", "partial", "residual", "杭州", None),
    ("用户是后端工程师。", "用户是杭州的后端工程师。", "partial", "residual", None, "杭州"),
    ("The user swims on Saturdays.", "On Saturdays the user goes swimming.", "correct", "similarity", None, None),
    ("用户每周六打羽毛球。", "用户周六都会去打羽毛球。", "correct", "similarity", None, None),
]  # fmt: skip


@pytest.mark.parametrize(("gold", "pred", "answer", "by", "gold_token", "pred_token"), PAIRS)
def test_verdicts(gold: str, pred: str, answer: str, by: str, gold_token: str | None, pred_token: str | None) -> None:
    """The first guard that fires decides and names its two tokens."""
    verdict = judged(gold, pred)
    assert (verdict.answer, verdict.decision.by) == (answer, by)
    assert (verdict.decision.gold_token, verdict.decision.pred_token) == (gold_token, pred_token)


@pytest.mark.parametrize(
    ("gold", "pred", "answer"),
    [
        ("The user visited Lisbon last May.", "The user visited Porto last May.", "value_error"),
        ("The user studied marine biology in Lisbon.", "The user sells antique clocks in Porto.", "uncertain"),
        ("用户在成都开了一家书店。", "用户在重庆开了一家书店。", "value_error"),
        ("用户在成都开书店。", "用户跟同学去重庆看球赛。", "uncertain"),
    ],
)
def test_two_names_are_one_error_only_where_all_else_agrees(gold: str, pred: str, answer: str) -> None:
    """Two different names in texts with little else in common may belong to two different things."""
    assert judged(gold, pred).answer == answer
    assert judged(gold, pred).decision.by == "entity"


@pytest.mark.parametrize(
    ("gold", "pred", "direction"),
    [
        ({"a", "b", "c"}, {"a"}, "pred_less"),
        ({"a"}, {"a", "b", "c"}, "pred_more"),
        ({"a", "b", "c", "d", "e", "f"}, {"a", "b", "x"}, "pred_less"),  # a reworded word makes no equal of a part
        ({"a", "b", "x"}, {"a", "b", "c", "d", "e", "f"}, "pred_more"),
        ({"a", "b", "c"}, {"a", "b", "d"}, None),
        ({"a", "b", "c", "d", "e", "f"}, {"a", "x", "y"}, None),
        (set(), {"a"}, None),
        (set(), set(), None),
    ],
)
def test_one_side_may_hold_the_other(gold: set[str], pred: set[str], direction: str | None) -> None:
    """Much more on one side is a part, even when a word of the shorter side is put differently."""
    assert lopsided(frozenset(gold), frozenset(pred)) == direction


@pytest.mark.parametrize(
    ("gold", "pred", "slots", "by", "token"),
    [
        ("The user ran a half marathon.", "The user ran a race last May.", {"race": "half marathon"}, "slot", "half"),
        ("用户在准备成都的半程马拉松。", "用户在准备成都的比赛。", {"race": "半程马拉松"}, "slot", "半程"),
        ("The shift starts at 9:40 am.", "The shift begins at 09:40.", {"time": "9:40 am"}, "similarity", None),
        ("The user is 28 and a nurse.", "The nurse is twenty-eight years old.", {"age": "28"}, "similarity", None),
        ("用户要搬家，房租每月4500元。", "用户要搬家了，房租4500一个月。", {"rent": "4500"}, "similarity", None),
        ("用户六十八岁，眼睛花。", "用户68岁，有老花眼。", {"age": "68"}, "similarity", None),
        ("The user's friend Li likes tea.", "The friend of the user likes black tea.", {"name": "Li"}, "slot", "li"),
        ("The user moved here in 2016.", "In 2016 the user moved here", {"y": "2016"}, "similarity", None),
    ],
)  # fmt: skip
def test_slots(gold: str, pred: str, slots: dict[str, str], by: str, token: str | None) -> None:
    """A required value must stand in the prediction, in whatever form, but as a word of its own."""
    verdict = judged(gold, pred, slots)
    assert (verdict.decision.by, verdict.decision.gold_token) == (by, token)
    assert verdict.answer == ("partial" if by == "slot" else "correct")
    assert verdict.direction == ("pred_less" if by == "slot" else None)


@pytest.mark.parametrize(
    ("gold", "pred", "similarity", "thin"),
    [
        ("The user bakes bread.", "The user bakes cakes for the whole office party every week", 0.5, True),
        ("The user fixes old radios at home.", "The user collects stamps at home and coins abroad", 0.13, True),
        ("The user fixes old radios at home.", "At home the user repairs old radios", 0.50, False),
        ("The user has a granddaughter.", "The user has a cat.", 0.28, True),  # not one word in common
        ("The user has a granddaughter.", "the user has a granddaughter.", 0.12, False),
        ("用户养了两只猫。", "用户的车需要换轮胎。", 0.5, True),
        ("用户养了两只猫。", "用户家里有两只猫。", 0.13, False),
        ("The user's dad is flying to the wedding with the user.", "The wedding is the 29th.", 0.5, True),
        ("The wedding is the 29th.", "The user's dad is flying to the wedding with the user.", 0.5, True),
        ("The wedding is the 29th.", "The 29th is when they get married.", 0.5, False),  # the one word is the value
        ("The user lives in Leeds.", "The user's home is in Leeds.", 0.5, False),  # no value on either side
        ("用户每天喝三罐可乐。", "用户的血管里流的都是可乐。", 0.5, True),
    ],
)
def test_too_thin_to_tell(gold: str, pred: str, similarity: float, thin: bool) -> None:
    """Few words in common say nothing near the floor, none in common nowhere."""
    assert too_thin(read(gold), read(pred), similarity=similarity, floor=0.116) is thin


@pytest.mark.parametrize(
    ("one", "other", "conflict"),
    [
        ("runs 5 km", "runs 8 km", True),
        ("moved to Lisbon", "moved to Porto", True),
        ("likes tea", "dislikes tea", False),
        ("用户在成都", "用户在重庆", True),
        ("用户喝茶", "用户不喝茶", False),
    ],
)
def test_conflicts_are_of_values_and_names(one: str, other: str, conflict: bool) -> None:
    """An attitude is a question, not a conflict of values."""
    assert conflicting(read(one), read(other)) is conflict


TEXTS = [text for pair in PAIRS for text in pair[:2]]
ENGLISH, CHINESE = [text for text in TEXTS if text.isascii()], [text for text in TEXTS if not text.isascii()]
TURNED = {"pred_less": "pred_more", "pred_more": "pred_less", None: None}


@settings(deadline=None)
@given(pair=st.sampled_from([ENGLISH, CHINESE]).flatmap(lambda texts: st.tuples(*[st.sampled_from(texts)] * 2)))
def test_verification_knows_no_sides(pair: tuple[str, str]) -> None:
    """Without slots the answer is the same when gold and prediction change places; only the direction turns round."""
    there, back = judged(*pair), judged(*reversed(pair))
    assert (there.answer, there.decision.by) == (back.answer, back.decision.by)
    assert there.direction == TURNED[back.direction]
