"""A draft is a dataset file at once: predictions as gold that a person has yet to correct."""

from __future__ import annotations

from evals.corpus.draft import draft
from evals.corpus.source import Source, dialogues
from evals.io import write_jsonl
from evals.types import (
    Annotated,
    Dialogue,
    Extraction,
    Fact,
    Gold,
    GoldFact,
    GoldPreference,
    Message,
    Preference,
)

DRAFTED = {"annotator": "llm", "source_label": "draft"}


def test_a_draft_reads_back_as_a_dataset(tmp_path):
    """Names, types and marks are set; items without text are left out; a type we do not know is left open."""
    dialogue = Dialogue(
        id="a", messages=(Message(role="user", content="hi"),), cluster="c", language="en", split="test", labels=("x",)
    )
    extraction = Extraction(
        facts=(Fact(memory_value="Has a cat", memory_key="cat", tags=("pet",)), Fact(memory_value=" "), Fact()),
        preferences=(
            Preference(preference="Likes tea", reasoning="said so", preference_type="implicit_preference"),
            Preference(preference="Likes jam", preference_type="wish"),
            Preference(preference=""),
        ),
    )
    write_jsonl(tmp_path / "draft.jsonl", draft([(dialogue, extraction)]))
    assert list(dialogues(Source.at(tmp_path / "draft.jsonl"))) == [
        Dialogue(
            id="a",
            messages=dialogue.messages,
            cluster="c",
            language="en",
            split="test",
            labels=("x",),
            gold=Gold(
                items=(
                    GoldFact(gid="f1", memory_value="Has a cat", memory_key="cat", tags=("pet",), **DRAFTED),
                    GoldPreference(
                        gid="e1",
                        preference="Likes jam",
                        preference_type="explicit_preference",
                        type_certain=False,
                        **DRAFTED,
                    ),
                    GoldPreference(
                        gid="i1",
                        preference="Likes tea",
                        preference_type="implicit_preference",
                        reasoning="said so",
                        **DRAFTED,
                    ),
                ),
                annotated=Annotated(
                    facts="partial", explicit_preferences="partial", implicit_preferences="partial", forbidden="none"
                ),
            ),
        )
    ]
