"""Untrusted text can deceive no reader and no renderer."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evals.report.untrusted import (
    csv_cell,
    html_line,
    language_tag,
    markdown,
    markdown_code,
    shortened,
    visible,
)

ANY_TEXT = st.text(st.characters(exclude_categories=()))  # lone surrogates too


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain 文字 🙂", "plain 文字 🙂"),
        ("a\u202eb", "a⟨U+202E⟩b"),
        ("a\x00\x1b[31m", "a⟨U+0000⟩⟨U+001B⟩[31m"),
        ("half \ud83d", "half ⟨U+D83D⟩"),
        ("zero\u200bwidth", "zero⟨U+200B⟩width"),
        ("two\nlines\tand a tab", "two\nlines\tand a tab"),
        ("ideographic\u3000space", "ideographic\u3000space"),
        ("family 👨\u200d👩", "family 👨\u200d👩"),
    ],
)
def test_hidden_characters_become_visible(text: str, shown: str) -> None:
    """Control, bidi and unpaired characters are spelled out, ordinary text is untouched."""
    assert visible(text) == shown


@given(ANY_TEXT)
def test_visible_text_can_be_written(text: str) -> None:
    """Whatever comes in, what goes out is UTF-8 and making it visible twice changes nothing."""
    shown = visible(text)
    assert shown.encode().decode() == shown
    assert visible(shown) == shown


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a|b", "a\\|b"),
        ("`code`", "\\`code\\`"),
        ("<script>alert(1)</script>", "&lt;script&gt;alert(1)&lt;/script&gt;"),
        ("[x](javascript:alert(1))", "\\[x\\](javascript\\:alert(1))"),
        ("see https://example.org", "see https\\://example.org"),
        ("www.example.org", "www\\.example.org"),
        ("ping @octocat", "ping @\u200boctocat"),
        ("fixes #12", "fixes \\#\u200b12"),
        ("one\ntwo", "one<br>two"),
        ("snake_case stays, _this_ not", "snake_case stays, \\_this\\_ not"),
        ("12. of March", "12\\. of March"),
        ("12.5 %", "12.5 %"),
        ("- item", "\\- item"),
        ("&amp;", "&amp;amp;"),
    ],
)
def test_markdown_shows_text_literally(text: str, shown: str) -> None:
    """Nothing in the text is taken for markup, a link, a mention or the end of a table cell."""
    assert markdown(text) == shown


@given(ANY_TEXT)
def test_markdown_never_leaves_a_cell(text: str) -> None:
    """In any text every pipe is escaped, no tag but our <br> opens, and all of it stands on one line."""
    for written in (markdown(text), markdown_code(text).removeprefix("<code>").removesuffix("</code>")):
        assert re.search(r"(?<!\\)(?:\\\\)*\|", written) is None
        assert "<" not in written.replace("<br>", "")
        assert "\n" not in written


def test_code_can_be_copied() -> None:
    """A signature in code holds no invisible character, though it has @ and # in it."""
    assert markdown_code("in:golden@9f3c|cloud#1b7e") == "<code>in:golden@9f3c\\|cloud\\#1b7e</code>"


def test_raw_html_line_has_no_markup() -> None:
    """Inside raw HTML a backslash would be shown, so entities do the work."""
    assert html_line("a*b <b>\nc") == "a*b &lt;b&gt; c"


@pytest.mark.parametrize("text", ["=cmd|' /C calc'!A0", "+1", "-1", "@SUM(A1)", "\tx", "\rx", "  =1+1", "＝1"])
def test_no_cell_is_a_formula(text: str) -> None:
    """A cell that a spreadsheet would run starts with an apostrophe."""
    assert csv_cell(text) == f"'{visible(text)}"


def test_ordinary_cells_are_untouched() -> None:
    """Names of metrics and slices pass as they are."""
    assert csv_cell("kind=fact,language=zh") == "kind=fact,language=zh"


def test_a_cut_text_says_how_long_it_was() -> None:
    """Only what was cut carries the remark; characters spelled out count as what they become."""
    assert shortened("abcdef", 4) == "abcd … (6 characters in all)"
    assert shortened("abcd", 4) == "abcd"
    assert shortened("\u202e" * 3, 10) == "⟨U+202E⟩⟨U … (3 characters in all)"


@pytest.mark.parametrize(
    ("language", "tag"), [("zh", "zh"), ("pt-BR", "pt-BR"), ("mixed", None), ('"><x', None), (None, None)]
)
def test_only_languages_become_lang(language: str | None, tag: str | None) -> None:
    """A lang attribute is written for real language tags alone."""
    assert language_tag(language) == tag
