"""Content words, stems and one-sided residuals."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evals.text.canonical import canonical
from evals.text.language import language_of
from evals.text.residual import coverage, missing, one_sided
from evals.text.stems import stem
from evals.text.words import content_words


def read(text: str) -> tuple[str, ...]:
    """The content words of a text as a user writes it."""
    language = language_of(text)
    return content_words(canonical(text, language), language)


@pytest.mark.parametrize(
    "forms",
    [
        ("go", "goes", "went", "gone", "going"),
        ("buy", "buys", "bought", "buying"),
        ("child", "children", "child's", "kids"),
        ("study", "studies", "studied", "studying"),
        ("make", "makes", "made", "making"),
        ("run", "runs", "ran", "running"),
        ("like", "likes", "loves", "enjoys", "prefers", "enjoying"),
        ("dislike", "hates", "dislikes"),
        ("move", "moves", "moved", "moving"),
        ("call", "calls", "called", "calling"),
        ("box", "boxes"),
        ("quick", "quickly"),
        ("mother", "mom", "mum", "mother's"),
    ],
)
def test_forms_of_one_word_share_a_stem(forms: tuple[str, ...]) -> None:
    """Number, tense, possessive and a few everyday synonyms fall together."""
    assert len({stem(form) for form in forms}) == 1


@pytest.mark.parametrize(
    ("one", "other"), [("bus", "business"), ("news", "new"), ("live", "life"), ("thing", "think"), ("3.11", "3.1")]
)
def test_different_words_keep_apart(one: str, other: str) -> None:
    """Stemming does not go so far as to join words that only look alike."""
    assert stem(one) != stem(other)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("The user says that she has a cat.", {"cat"}),
        ("I have a cat", {"cat"}),
        ("The user wakes up at 9:40 am", {"wak", "t09:40"}),
        ("Uses C++ and Python 3.11", {"use", "c++", "python", "3.11"}),
        ("用户表示自己养了一只猫", {"养", "猫"}),
        ("我用 Python 写代码", {"用", "python", "写", "代码"}),
        ("用户养了三只猫", {"养", "3只", "猫"}),
        ("用户希望回答要点列出", {"回答", "要点", "列出"}),
        ("对花生过敏", {"花生", "生过", "过敏"}),
    ],
)
def test_boilerplate_goes_and_values_stay_whole(text: str, expected: set[str]) -> None:
    """Who says it and how is no content; value tokens and Latin names are one word each."""
    assert set(read(text)) == expected


PARTIAL = [
    ("The user has a cat called Tom.", "The user has a cat.", "pred_less"),
    ("The user plays chess.", "The user plays chess online with a friend.", "pred_more"),
    ("User moved to Berlin in 2019 for a job at Siemens", "The user moved to Berlin in 2019", "pred_less"),
    ("用户在杭州做后端开发", "用户在杭州做后端开发，养了一只猫", "pred_more"),
    ("用户对花生和海鲜过敏", "用户对海鲜过敏", "pred_less"),
]
WHOLE = [
    ("The user likes coffee.", "I love coffee"),
    ("The user lives in Berlin.", "Berlin is where the user lives."),
    ("The user runs a shop.", "The user has a shop."),
    ("The user likes coffee.", "The user drinks coffee."),
    ("用户喜欢喝咖啡", "咖啡是用户爱喝的"),
    ("用户住在北京", "用户在北京住"),
    ("用户喜欢猫", "用户偏好猫"),
]


@pytest.mark.parametrize(("gold", "pred", "expected"), PARTIAL)
def test_one_side_says_more(gold: str, pred: str, expected: str) -> None:
    """A dropped or added statement leaves a residual on one side."""
    assert one_sided(read(gold), read(pred)) == expected


@pytest.mark.parametrize(("gold", "pred"), WHOLE)
def test_another_wording_is_no_residual(gold: str, pred: str) -> None:
    """Order, person, tense and light verbs leave none."""
    assert one_sided(read(gold), read(pred)) is None


def test_coverage_counts_distinct_words() -> None:
    """Repeats do not weigh; nothing covers nothing."""
    assert coverage(("a", "a", "b"), {"a"}) == 0.5
    assert coverage((), {"a"}) == 0.0
    assert missing(("b", "a", "b"), {"a"}) == ("b",)


@given(st.lists(st.sampled_from(["tea", "cat", "猫", "run"])), st.lists(st.sampled_from(["tea", "cat", "猫", "run"])))
def test_residual_mirrors(gold: list[str], pred: list[str]) -> None:
    """Swapping the sides swaps the residual."""
    mirror = {"pred_less": "pred_more", "pred_more": "pred_less", None: None}
    assert one_sided(pred, gold) == mirror[one_sided(gold, pred)]


@given(st.text(st.characters(codec=None, exclude_categories=())), st.sampled_from(("en", "zh", "ja", "ko")))
def test_any_text_has_words(text: str, language: str) -> None:
    """No text is a reason to fail."""
    assert all(content_words(canonical(text, language), language))
