"""Which language a text is in."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evals.text.language import dialogue_language, language_of, languages_in


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("The user lives in Berlin.", "en"),
        ("用户住在北京。", "zh"),
        ("喜欢 TypeScript 和 JavaScript", "zh"),
        ("用 VS Code 写 Python", "zh"),
        ("The user loves 北京烤鸭 and goes there every week", "en"),
        ("Пользователь живёт в Москве", "ru"),
        ("ユーザーは東京に住んでいます", "ja"),
        ("사용자는 서울에 살고 있습니다", "ko"),
        ("12345 !?", "en"),
        ("", "en"),
        ("café crème brûlée", "en"),
    ],
)
def test_main_language(text: str, expected: str) -> None:
    """The script decides, and Latin names inside Chinese do not."""
    assert language_of(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("用 Visual Studio Code 写代码", {"zh"}),
        ("用户说 I want to learn Chinese，然后就走了", {"zh", "en"}),
        ("The user likes 火锅 a lot and eats it every week", {"en", "zh"}),
        ("plain English", {"en"}),
        ("", {"en"}),
    ],
)
def test_languages_present(text: str, expected: set[str]) -> None:
    """Only what is said in a language counts, not what is named in it."""
    assert languages_in(text) == expected


@pytest.mark.parametrize(
    ("contents", "expected"),
    [
        (["Hello there, how are you?", "I live in Paris."], "en"),
        (["你好，最近怎么样？", "我在用 Docker 和 Kubernetes"], "zh"),
        (["I would like to plan a trip to Chengdu with my sister", "好的，你们想什么时候去成都玩呢？"], "mixed"),
        (["I would like to plan a long trip through China with my sister next year in spring", "好的"], "en"),
        ([], "en"),
    ],
)
def test_dialogue(contents: list[str], expected: str) -> None:
    """A dialogue is mixed when each language carries a fifth of it."""
    assert dialogue_language(contents) == expected


@given(st.text(st.characters(codec=None, exclude_categories=())))
def test_any_text_has_a_language(text: str) -> None:
    """Every text has one main language, and it is among those present."""
    assert language_of(text) in languages_in(text)
