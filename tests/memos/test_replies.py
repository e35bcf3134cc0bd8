"""Reading what small models answer: odd replies one by one, cut-off ones at every character, and text of any kind."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evals.memos.replies import ParsedReply, parse_reply
from evals.types import Fact

ITEM = {"memory_key": "Home", "memory_value": "The user lives in Leeds.", "memory_type": "UserMemory", "tags": ["home"]}
VALID = json.dumps({"memory_detail_list": [ITEM]})
FACT = Fact(memory_key="Home", memory_value="The user lives in Leeds.", memory_type="UserMemory", tags=("home",))


def read(text: str, finish_reason: str | None = "stop", **how: Any) -> ParsedReply:
    return parse_reply(text, **{"branch": "memory_reader", "finish_reason": finish_reason, **how})


ODD = {
    "valid": (VALID, "ok"),
    "fenced": (f"```json\n{VALID}\n```", "ok"),
    "fenced, two blocks, last counts": (f'```json\n{{"draft": 1}}\n```\n```json\n{VALID}\n```', "ok"),
    "open fence": (f"```json\n{VALID}", "ok"),
    "byte order mark": (f"\ufeff{VALID}", "ok"),
    "prose around": (f"Here you are:\n{VALID}\nHope this helps!", "repaired"),
    "thinking first": (f"<think>Should I? Yes.</think>\n{VALID}", "ok"),
    "thinking with JSON": (f'<think>{{"memory_detail_list": []}}</think>{VALID}', "ok"),
    "trailing comma": (VALID.replace("}]}", "},],}"), "repaired"),
    "missing comma": (VALID.replace('Home", ', 'Home" '), "repaired"),
    "single quotes": (VALID.replace('"', "'"), "repaired"),
    "missing last brace": (VALID[:-1], "truncated"),
    "comment": (VALID.replace("[{", "[ // one\n{", 1), "repaired"),
    "unquoted keys": (VALID.replace('"memory_key"', "memory_key"), "repaired"),
    "full-width punctuation": (VALID.replace(": ", "：").replace(", ", "，"), "repaired"),
    "curly quotes": (VALID.replace('"', "\u201d"), "repaired"),
    "the answer twice": (f"{VALID}\n{VALID}", "ok"),
    "wrapped once": (json.dumps({"result": {"memory_detail_list": [ITEM]}}), "ok"),
    "in an array of one": (f"[{VALID}]", "ok"),
    "key with a space": (VALID.replace("memory_detail_list", "memory list"), "ok"),
    "key with an underscore": (VALID.replace("memory_detail_list", "memory_list"), "ok"),
    "bare array": (json.dumps([ITEM]), "ok"),
    "short item keys": (VALID.replace('"memory_key"', '"key"').replace('"memory_value"', '"value"'), "ok"),
    "Chinese memory type": (VALID.replace("UserMemory", "用户记忆"), "ok"),
    "not done, yet complete": (VALID, "truncated"),
}


@pytest.mark.parametrize("name", ODD)
def test_an_odd_reply_gives_its_memory(name: str) -> None:
    """What a person reads in it comes out, unchanged, and the status says whether it had to be mended."""
    text, status = ODD[name]
    found = read(text, "length" if name == "not done, yet complete" else "stop")
    assert found.facts == (FACT,)
    assert found.status == status


@pytest.mark.parametrize(
    "text",
    [
        "",
        "   ",
        "{}",
        "null",
        "42",
        '"text"',
        "No memories.",
        "<think>still thinking",
        '{"memory_detail_list": null}',
        '{"memory_detail_list": "none"}',
        '{"summary": "nice talk"}',
        "“”",
        "[" * 3000,
        "{" * 500,
        '{"memory_detail_list": [{"memory_k',
    ],
)
def test_what_holds_no_list_has_failed(text: str) -> None:
    """An empty object, prose or a cut before the first item is never "nothing found"."""
    assert read(text).status == "failed"
    assert not read(text).facts


@pytest.mark.parametrize("text", ['{"memory_detail_list": []}', "[]", '```json\n{"memory list": []}\n```'])
def test_only_an_explicit_empty_list_is_nothing_found(text: str) -> None:
    """An empty list is an answer."""
    assert read(text) == ParsedReply(status="ok", notes=read(text).notes)


def test_two_objects_are_both_read() -> None:
    """Of two answers in a row neither is dropped silently."""
    other = VALID.replace("Leeds", "York")
    found = read(VALID + other)
    assert [fact.memory_value for fact in found.facts] == ["The user lives in Leeds.", "The user lives in York."]
    assert found.status == "repaired"


LONG = {
    "en": {
        "memory_detail_list": [
            ITEM,
            {**ITEM, "memory_value": 'She said "no", 28 times: [a] {b}\n'},
            {**ITEM, "tags": []},
        ]
    },
    "zh": {
        "memory_detail_list": [
            {**ITEM, "memory_value": "用户住在“杭州”，喜欢：羽毛球、爬山"},
            {**ITEM, "memory_key": "工作\\"},
        ]
    },
}


@pytest.mark.parametrize("finish_reason", ["length", "stop", None])
@pytest.mark.parametrize("escaped", [True, False])
@pytest.mark.parametrize("language", LONG)
def test_a_cut_never_invents(language: str, escaped: bool, finish_reason: str | None) -> None:
    """Cut at any character, a reply gives only items that stand in the whole one, and says that it was cut."""
    for prefix, suffix in (("", ""), ("```json\n", "\n```"), ("Sure: ", "")):
        text = prefix + json.dumps(LONG[language], ensure_ascii=escaped) + suffix
        whole = read(json.dumps(LONG[language]))
        end = len(prefix) + len(json.dumps(LONG[language], ensure_ascii=escaped))
        for cut in range(len(text)):
            found = read(text[:cut], finish_reason)
            assert set(found.facts) <= set(whole.facts), text[:cut]
            if cut < end:
                assert found.status in ("truncated", "failed"), text[:cut]


@given(st.text())
def test_any_text_is_read_or_failed(text: str) -> None:
    """Nothing a model may say raises."""
    for branch in ("memory_reader", "explicit_preference", "all"):
        assert parse_reply(text, branch=branch, finish_reason=None).status in ("ok", "repaired", "truncated", "failed")


TEXT = st.one_of(
    st.text(), st.sampled_from(["Use ```py``` blocks and ```sh``` too", "says <think>hm</think>", "“：，”", "[{"])
)


@given(st.lists(st.builds(dict, memory_value=TEXT, memory_key=TEXT, tags=st.lists(TEXT))))
def test_valid_json_is_never_changed(items: list[dict[str, Any]]) -> None:
    """A valid reply comes out as it went in."""
    found = read(json.dumps({"memory_detail_list": items}, ensure_ascii=False))
    assert found.status == "ok"
    assert [(fact.memory_value, fact.memory_key, list(fact.tags or ())) for fact in found.facts] == [
        (item["memory_value"], item["memory_key"], item["tags"]) for item in items
    ]


def test_preferences_take_the_type_of_their_branch() -> None:
    """Whatever the model calls the statement, the branch says whether it is explicit or implicit."""
    text = '[{"implicit_preference": "Tea", "reasoning": "r", "topic": "drinks"}, {"preference": "Jam"}]'
    found = read(text, branch="implicit_preference")
    assert [(item.preference, item.preference_type) for item in found.preferences] == [
        ("Tea", "implicit_preference"),
        ("Jam", "implicit_preference"),
    ]


def test_one_prompt_for_all_reads_the_type_of_each_item() -> None:
    """In the branch `all` both lists count and the item says its type."""
    text = json.dumps(
        {"memory_list": [ITEM], "preference_list": [{"preference": "Tea", "preference_type": "explicit_preference"}]}
    )
    found = read(text, branch="all")
    assert found.facts == (FACT,)
    assert found.preferences[0].preference_type == "explicit_preference"


def test_a_reply_map_renames_the_models_keys() -> None:
    """A model trained on other names is read as it was trained."""
    names = {"erinnerungen": "memory_detail_list", "satz": "memory_value", "titel": "memory_key"}
    found = read('{"erinnerungen": [{"satz": "The user lives in Leeds.", "titel": "Home"}]}', reply_map=names)
    assert found.facts == (Fact(memory_value="The user lives in Leeds.", memory_key="Home"),)


def test_a_broken_item_stays_as_an_invalid_one() -> None:
    """An item that is no memory is counted, not dropped."""
    found = read('{"memory_detail_list": ["text", {"memory_value": 7}, {"memory_value": "x", "tags": "no list"}]}')
    assert [fact.memory_value for fact in found.facts] == [None, None, None]
    assert found.status == "ok"
