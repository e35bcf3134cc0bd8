"""A record with only an id and messages is a dialogue; every default and both ways of giving gold are as documented."""

from __future__ import annotations

import json

import pytest

from evals.corpus.record import Record, dialogue_of
from evals.strict_json import parse
from evals.types import Annotated, Dialogue, Gold, GoldFact, GoldPreference, Message

HELLO = [{"role": "user", "content": "I live in Paris."}]


def read(**fields) -> Dialogue:
    """The dialogue of a record that has no faults of shape."""
    record, faults = parse(json.dumps({"id": "a", "messages": HELLO, **fields}).encode(), Record)
    assert faults == []
    return dialogue_of(record)


def faults(**fields) -> list[tuple[str | None, str]]:
    """The faults of shape of a record."""
    return parse(json.dumps({"id": "a", "messages": HELLO, **fields}).encode(), Record)[1]


def test_id_and_messages_suffice():
    """Everything else has its documented default."""
    assert read() == Dialogue(
        id="a",
        messages=(Message(role="user", content="I live in Paris."),),
        cluster="a",
        language="en",
        split="dev",
        dataset=None,
        pair_id=None,
        labels=(),
        gold=Gold(items=(), forbidden=(), annotated=Annotated()),
    )


def test_language_is_that_of_the_users_words():
    """A Chinese user answered at length in English speaks Chinese."""
    messages = [
        {"role": "user", "content": "我喜欢喝绿茶,你呢?"},
        {"role": "assistant", "content": "I am a program and do not drink tea, but many people enjoy it. " * 5},
    ]
    assert read(messages=messages).language == "zh"
    assert read(messages=messages, language="mixed").language == "mixed"


def test_names_are_given_by_place_in_each_list():
    """Without gids they are f1, e1, i1 and x1; a given name does not shift the others."""
    dialogue = read(
        gold_facts=[{"memory_value": "a"}, {"memory_value": "b", "gid": "home"}, {"memory_value": "c"}],
        gold_explicit_preferences=[{"preference": "d"}],
        gold_implicit_preferences=[{"preference": "e"}],
        forbidden=[{"value": "g", "kind": "injected"}],
    )
    assert [item.gid for item in dialogue.gold.items] == ["f1", "home", "f3", "e1", "i1"]
    assert [type(item) for item in dialogue.gold.items] == [GoldFact] * 3 + [GoldPreference] * 2
    assert [item.kind for item in dialogue.gold.items[3:]] == ["explicit_preference", "implicit_preference"]
    assert dialogue.gold.forbidden[0].fid == "x1"


def test_gold_may_be_the_lists_of_a_reply():
    """The API's two lists as they are: types come from the items, both preference lists count as complete."""
    dialogue = read(
        memory_detail_list=[
            {"memory_key": "k", "memory_value": "v", "memory_type": "UserMemory", "tags": ["t"], "new": 1}
        ],
        preference_detail_list=[
            {"preference": "p", "reasoning": "r", "preference_type": "implicit_preference"},
            {"preference": "q", "reasoning": "s", "preference_type": "explicit_preference"},
        ],
    )
    assert dialogue.gold.items == (
        GoldFact(gid="f1", memory_value="v", memory_key="k", memory_type="UserMemory", tags=("t",)),
        GoldPreference(gid="i1", preference="p", reasoning="r", preference_type="implicit_preference"),
        GoldPreference(gid="e1", preference="q", reasoning="s", preference_type="explicit_preference"),
    )
    assert dialogue.gold.annotated == Annotated(
        facts="complete", explicit_preferences="complete", implicit_preferences="complete", forbidden="none"
    )


def test_annotated_follows_presence_unless_said_otherwise():
    """Present and empty is complete, absent or null is none, and what is said wins list by list."""
    dialogue = read(gold_facts=[], gold_implicit_preferences=None, forbidden=[], annotated={"forbidden": "partial"})
    assert dialogue.gold.annotated == Annotated(
        facts="complete", explicit_preferences="none", implicit_preferences="none", forbidden="partial"
    )


def test_everything_a_record_may_carry_is_accepted():
    """Context, updates, probes and provenance are validated and carried, though not scored yet."""
    dialogue = read(
        schema="memgold/1",
        dataset="d",
        split="test",
        cluster="c",
        pair_id="p",
        labels=["noise"],
        context={"now": "2025-01-01", "user_name": "A", "prior_memories": [{"ref": "p1", "memory_value": "m"}]},
        updates=[{"kind": "replace", "old": ["p1", "p2"], "new": "f1", "evidence": [0]}],
        probes=[{"pid": "q1", "question": "Where?", "answer": None, "answerable": False}],
        provenance={"repo": "a/b", "licence": "MIT", "redistributable": True},
    )
    assert (dialogue.dataset, dialogue.split, dialogue.cluster, dialogue.pair_id) == ("d", "test", "c", "p")


@pytest.mark.parametrize(
    ("fields", "fault"),
    [
        ({"schema": "memgold/2"}, ("schema", "not a choice (value 'memgold/2'); it must be 'memgold/1'")),
        ({"messages": []}, ("messages", "too short (value []); at least 1 wanted")),
        ({"tags": []}, ("tags", "unknown field (value []); known fields: schema, id, messages")),
        ({"gold_fact": []}, ("gold_fact", "unknown field (value []); did you mean 'gold_facts'?")),
        (
            {"gold_implicit_preferences": [{"preference": "p", "preference_type": "explicit_preference"}]},
            (
                "gold_implicit_preferences[0].preference_type",
                "not a choice (value 'explicit_preference'); it must be 'implicit_preference'",
            ),
        ),
        ({"split": "train"}, ("split", "not a choice (value 'train'); one of 'dev', 'test', 'holdout'")),
        ({"annotated": {"facts": "all"}}, ("annotated.facts", "not a choice (value 'all'); one of")),
    ],
    ids=lambda value: next(iter(value)) if isinstance(value, dict) else "",
)
def test_shapes_are_strict(fields, fault):
    """An unknown version, an unknown field or a contradiction is refused with its place."""
    ((field, message),) = faults(**fields)
    assert field == fault[0]
    assert message.startswith(fault[1])
