"""The pure stages before the inference call: clean, detect, select, build, split; and tokens, schema and codes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evals.errors import ConfigError, InputTooLong
from evals.memos.branches import BRANCHES, Task, checked_branches, select
from evals.memos.codes import CODES, error_of
from evals.memos.language import detect_language
from evals.memos.prompts import load_prompts
from evals.memos.replies import parse_reply
from evals.memos.schema import reply_schema
from evals.memos.tokens import token_counter, tokens_by_rule
from evals.memos.turns import clean, transcript
from evals.memos.windows import merge, windows
from evals.types import Extraction, Fact, Message, Preference

TEXTS = st.lists(st.tuples(st.sampled_from(["system", "user", "assistant"]), st.text(max_size=40)), max_size=12)


def talk(*said: str, role: Any = "user", time: str | None = None) -> tuple[Message, ...]:
    return tuple(Message(role=role, content=content, time=time) for content in said)


@given(TEXTS)
def test_cleaning_twice_changes_nothing(said: list[tuple[Any, str]]) -> None:
    """Cleaning is idempotent, and leaves no empty message, no control character and, where dropped, no system one."""
    messages = tuple(Message(role=role, content=content) for role, content in said)
    once = clean(messages, system_messages="drop")
    assert clean(once, system_messages="drop") == once
    assert all(message.content and message.role != "system" for message in once)
    assert not any(char in message.content for message in once for char in "\r\x00\x1b\ufeff")


def test_cleaning_leaves_the_text_alone() -> None:
    """Tabs, newlines, emoji and inner blanks stay; system messages stay where they are wanted."""
    (kept,) = clean(talk("\ufeff  a\tb\r\n\r\nc  d 👩‍💻\x07 \n"), system_messages="drop")
    assert kept.content == "a\tb\n\nc  d 👩‍💻"
    assert len(clean(talk("Be nice.", role="system"), system_messages="keep")) == 1


def test_a_transcript_shows_times_only_where_asked() -> None:
    """One line a message, the time in brackets where it is known and wanted."""
    messages = (*talk("Hi.", time="2026-03-04"), *talk("Hello.", role="assistant"))
    assert transcript(messages, chat_time=False) == "user: Hi.\nassistant: Hello."
    assert transcript(messages, chat_time=True) == "user: [2026-03-04]: Hi.\nassistant: Hello."


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("I live in Leeds.", "en"),
        ("我住在杭州，是后端开发。", "zh"),
        ("我用 React 写前端页面，每天都写", "zh"),
        ("please help 帮我", "en"),
        ("https://example.test/a/b/c/d/e/f 你好", "zh"),
        ("user: [11:32 AM on 04 March, 2026]: 好的", "zh"),
        ("user_id: abcdefgh-12345 好的", "zh"),
        ("123e4567-e89b-12d3-a456-426614174000 谢谢", "zh"),
        ("", "en"),
        ("12345 !!! ???", "en"),
        ("안녕하세요", "en"),
        ("Привет, как дела", "en"),
        ("東京都知事選挙", "zh"),
    ],
)
def test_languages(text: str, language: str) -> None:
    """More than 30 % ideographs among the letters mean Chinese; links, ids and labels do not count."""
    assert detect_language(talk(text)) == language


def test_tasks_follow_what_is_asked() -> None:
    """Facts need one call, preferences two; a single exchange shows nothing implicit."""
    three = BRANCHES[:3]
    two = talk("a", "b")
    assert [task.name for task in select(("memory", "preference"), "zh", two, branches=three)] == list(three)
    assert select(("memory",), "en", two, branches=three) == (Task("memory_reader", "en"),)
    assert [task.name for task in select(("preference",), "en", talk("a"), branches=three)] == ["explicit_preference"]
    assert select(("memory",), "en", two, branches=("all",)) == (Task("all", "en"),)


@pytest.mark.parametrize("names", [[], ["facts"], ["all", "memory_reader"]])
def test_unknown_branches_are_refused(names: list[str]) -> None:
    """A branch there is not, none at all, and `all` beside others."""
    with pytest.raises(ConfigError, match=r"extractor\.branches"):
        checked_branches(names)


@pytest.mark.parametrize("branch", BRANCHES)
@pytest.mark.parametrize("language", ["en", "zh"])
def test_every_shipped_prompt_is_whole(branch: Any, language: Any) -> None:
    """The dialogue stands in it, nothing is left open, and each example in it is a reply our own parser reads."""
    prompts = load_prompts(None)
    text = prompts.build(Task(branch, language), talk("MARK ${now} $conversation"))
    assert "user: MARK ${now} $conversation" in text
    assert "${conversation}" not in text
    examples = [line for line in text.splitlines() if line.startswith("{") and "..." not in line and "…" not in line]
    assert len(examples) >= 2
    reads = [parse_reply(line, branch=branch, finish_reason="stop") for line in examples]
    assert {read.status for read in reads} == {"ok"}
    assert any(read.facts or read.preferences for read in reads)
    assert any(not read.facts and not read.preferences for read in reads)
    assert tokens_by_rule(text) < 900


def test_own_prompts(tmp_path: Path) -> None:
    """A folder may hold the templates it needs alone; the digest is theirs, and mistakes name the file."""
    (tmp_path / "all.en.txt").write_text("A ${conversation}")
    prompts = load_prompts(str(tmp_path))
    assert prompts.build(Task("all", "en"), talk("x")) == "A user: x"
    assert prompts.digest != load_prompts(None).digest
    with pytest.raises(ConfigError, match=r"no file all\.zh\.txt"):
        prompts.build(Task("all", "zh"), talk("x"))
    (tmp_path / "all.zh.txt").write_text("nothing to fill in")
    with pytest.raises(ConfigError, match=r"all\.zh\.txt has no \$\{conversation\}"):
        load_prompts(str(tmp_path))
    (tmp_path / "all.zh.txt").write_text("${conversation} ${today}")
    with pytest.raises(ConfigError, match=r"\$\{today\} is unknown"):
        load_prompts(str(tmp_path))


@given(st.lists(st.text(min_size=1, max_size=60), min_size=1, max_size=30, unique=True), st.integers(20, 60))
def test_windows_hold_every_message_and_fit(said: list[str], limit: int) -> None:
    """Together the windows are the dialogue in order, each within the limit, with an overlap or none."""
    messages = talk(*said)
    parts = windows(messages, limit, len) if max(map(len, said)) <= limit else ()
    if not parts:
        with pytest.raises(InputTooLong):
            windows(messages, limit, len)
        return
    assert all(sum(len(message.content) for message in part) <= limit for part in parts)
    position = 0
    for part in parts:
        starts = [at for at in range(max(0, position - 2), position + 1) if messages[at : at + len(part)] == part]
        assert starts
        position = max(position, starts[-1] + len(part))
    assert position == len(messages)


def test_merging_says_each_memory_once() -> None:
    """The first of equal items is kept; items without a text all stay, for they count as invalid."""
    one = Extraction(facts=(Fact(memory_value="Lives in Leeds."), Fact()))
    two = Extraction(
        facts=(Fact(memory_value="lives  in leeds."), Fact()),
        preferences=(Preference(preference="Tea", preference_type="explicit_preference"),),
    )
    merged = merge([one, two])
    assert [fact.memory_value for fact in merged.facts] == ["Lives in Leeds.", None, None]
    assert len(merged.preferences) == 1


@pytest.mark.parametrize(
    ("text", "tokens"), [("", 0), ("abcd", 1), ("abcde", 2), ("你好", 2), ("你好ab", 3), ("こんにちは", 5)]
)
def test_the_rule_counts(text: str, tokens: int) -> None:
    """One a CJK character, a quarter any other, rounded up."""
    assert tokens_by_rule(text) == tokens


def test_a_tokenizer_file_counts(tmp_path: Path) -> None:
    """A local tokenizer.json is used, and named by its hash."""
    from tokenizers import Tokenizer, models, pre_tokenizers

    tokenizer = Tokenizer(models.WordLevel({"a": 0, "?": 1}, unk_token="?"))
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    tokenizer.save(str(tmp_path / "tokenizer.json"))
    name, count = token_counter(str(tmp_path))
    assert name.startswith("tokenizer.json sha256:")
    assert count("a b c") == 3


def test_schemas_require_everything() -> None:
    """Every property is required and no other allowed; renamed keys stand under the model's names."""
    schema = reply_schema("all", ("memory", "preference"), {"facts": "memory_detail_list", "text": "memory_value"})
    assert schema["required"] == ["facts", "preference_detail_list"]
    fact = schema["properties"]["facts"]["items"]
    assert fact["required"] == ["memory_key", "text", "memory_type", "tags"]
    assert fact["additionalProperties"] is False
    assert list(reply_schema("implicit_preference", ("preference",), {})["properties"]) == ["preference_detail_list"]
    assert list(reply_schema("all", ("memory",), {})["properties"]) == ["memory_detail_list"]


@given(st.integers(100, 599), st.one_of(st.none(), st.sampled_from([*CODES, 0, 200, 41234, 60001])), st.text())
def test_status_and_code_never_contradict_what_is_final(status: int, code: int | None, message: str) -> None:
    """Whatever comes together, an error with a final status or code is not tried again."""
    error = error_of(status, code, message)
    if status in (400, 401, 403, 404, 413, 422) or (code in CODES and not CODES[code].retryable):
        assert not error.retryable
    assert str(status) in str(error)
