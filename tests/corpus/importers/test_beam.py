"""BEAM chats of our own making, in upstream's shape: every sort of bullet, and indexes that name none."""

from __future__ import annotations

import gzip
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from evals.corpus.importers import beam
from evals.corpus.source import Source, dialogues
from evals.errors import DataError

UPSTREAM = Path(os.environ.get("EVALS_UPSTREAM", Path(__file__).resolve().parents[4] / "shared" / "data")) / "beam"
PLAN = """BATCH 1 PLAN
• **Time Anchor:** May 2, 2023
• **Personal Introduction:** I'm Oda, a beekeeper.
• **Craft & Tools Labels:Hive Building:** Built two hives of pine.
• **Preference Statement:** I prefer wood to plastic.
• **User Instruction:** Always give weights in grams when I ask about honey.
• **Information Update:** The third hive is finished now.
• **Logical Contradiction:** I have never built a hive.
---
BATCH 2 PLAN
Two weeks later.
* **Preference Statement:Timing:** I prefer working at dawn.
"""


def exchange(id, index, said="Well?", reply="Well."):
    """A main question from a bullet, and its answer."""
    asked = {"role": "user", "id": id, "index": index, "question_type": "main_question", "content": said}
    return [asked, {"role": "assistant", "id": id + 1, "content": reply}]


def batch(number, *groups, anchor="May-02-2023"):
    """A batch as upstream writes it: the day stands at its first question."""
    groups[0][0]["time_anchor"] = anchor
    return {"batch_number": number, "time_anchor": None, "turns": list(groups)}


@pytest.fixture
def chat(tmp_path):
    """Writes one chat in upstream's folders; returns the folder of the repository."""

    def write(*batches, plan=PLAN, name="3", short=False, questions=None):
        folder = tmp_path / "upstream" / "chats" / "100K" / name
        folder.mkdir(parents=True, exist_ok=True)
        packed = gzip.compress(json.dumps(batches).encode())
        (folder / ("chat_trunecated.json.gz" if short else "chat.json.gz")).write_bytes(packed)
        (folder / ("plan_new_trunecated.txt" if short else "plan_new.txt")).write_text(plan)
        (folder / "topic.json").write_text(json.dumps({"id": 3, "category": "Bees & Honey", "title": "t"}))
        (folder / "probing_questions").mkdir(exist_ok=True)
        (folder / "probing_questions" / "probing_questions.json").write_text(json.dumps(questions or {}))
        return tmp_path / "upstream"

    return write


@pytest.fixture
def imported(tmp_path):
    """Imports a folder; returns the report, the dialogues by id, and the lines of the file by id."""

    def run(source):
        report = beam.import_set(source, tmp_path / "out")
        (path,) = report.files
        lines = [json.loads(line) for line in path.read_text().splitlines()]
        found = {dialogue.id: dialogue for dialogue in dialogues(Source.at(path))}
        return report, found, {line["id"]: line for line in lines}

    return run


def test_the_bullet_behind_a_question_is_its_gold(chat, imported):
    """Facts, preferences and instructions by the label; days and contradictions are no gold, details optional."""
    groups = [exchange(10 * number, f"1,{number}") for number in range(1, 8)]
    report, found, lines = imported(chat(batch(1, *groups), batch(2, exchange(90, "2,1"))))
    assert {
        dialogue.id.rpartition("/")[2]: [(item.kind, item.text, item.optional) for item in dialogue.gold.items]
        for dialogue in found.values()
    } == {
        "10": [],
        "20": [("fact", "I'm Oda, a beekeeper.", False)],
        "30": [("fact", "Built two hives of pine.", True)],
        "40": [("explicit_preference", "I prefer wood to plastic.", False)],
        "50": [("explicit_preference", "Always give weights in grams when I ask about honey.", False)],
        "60": [("fact", "The third hive is finished now.", False)],
        "70": [],
        "90": [("explicit_preference", "I prefer working at dawn.", False)],
    }
    assert [dialogue.labels for dialogue in found.values()][:3] == [
        ("bees_and_honey", "time_anchor", "no_gold"),
        ("bees_and_honey", "introduction"),
        ("bees_and_honey", "project"),
    ]
    assert found["beam/100K/3/50"].gold.items[0].polarity == "require"
    assert found["beam/100K/3/30"].gold.items[0].memory_key == "Hive Building"
    assert {dialogue.cluster for dialogue in found.values()} == {"beam/100K/3"}
    gold = found["beam/100K/3/20"].gold
    assert (gold.annotated.facts, gold.annotated.explicit_preferences) == ("partial", "partial")
    assert (gold.annotated.implicit_preferences, gold.annotated.forbidden) == ("none", "none")
    assert lines["beam/100K/3/20"]["context"] == {"now": "2023-05-02"}
    assert lines["beam/100K/3/20"]["provenance"]["licence"] == "CC-BY-SA-4.0"
    assert report.counts["facts"] == report.counts["explicit_preferences"] == 3


def test_marks_are_taken_out_and_bullets_used_once(chat, imported):
    """The annotation key is not sent; an index with a bracket is read, one that names nothing or a bullet again not."""
    report, found, _ = imported(
        chat(
            batch(
                1,
                exchange(1, "1,2)", said="I'm Oda. ->-> 1,2)", reply="Hello ->-> 1,2"),
                exchange(3, "1,2", said="Hello again ->->  1,2 "),
                exchange(5, "1,N/A", said="And? ->-> 1,N/A"),
                exchange(7, "1,30"),
            )
        )
    )
    assert [message.content for message in found["beam/100K/3/1"].messages] == ["I'm Oda.", "Hello"]
    assert [len(dialogue.gold.items) for dialogue in found.values()] == [1, 0, 0, 0]
    assert found["beam/100K/3/5"].messages[0].content == "And?"
    assert report.notes == (
        "left out: 1 main questions whose bullet an earlier one has",
        "left out: 2 main questions whose index names no bullet of the plan",
    )


def test_updates_and_contradictions_say_of_what(chat, imported):
    """Where a question links two turns, the earlier statement is carried; which one came first is not relied on."""
    questions = {
        "abstention": [{"question": "q"}],
        "knowledge_update": [{"source_chat_ids": {"original_info": [1], "updated_info": [3]}}],
        "contradiction_resolution": [{"source_chat_ids": {"first_statement": [5], "second_statement": [1, 99]}}],
    }
    groups = (exchange(1, "1,3"), exchange(3, "1,6"), exchange(5, "1,7"))
    _, _, lines = imported(chat(batch(1, *groups), questions=questions))
    assert lines["beam/100K/3/3"]["updates"] == [
        {
            "kind": "replace",
            "old": ["Built two hives of pine."],
            "new": "The third hive is finished now.",
            "evidence": [0],
        }
    ]
    assert lines["beam/100K/3/5"]["updates"][0]["kind"] == "contradict"
    assert lines["beam/100K/3/5"]["updates"][0]["old"] == ["Built two hives of pine."]
    assert "updates" not in lines["beam/100K/3/1"]


def test_a_long_record_is_cut(chat, imported):
    """Gold stays where its message is whole; a message that had to be shortened proves nothing."""
    long = "word " * 6_000
    report, found, _ = imported(
        chat(batch(1, exchange(1, "1,2", reply=long), exchange(3, "1,4", said=long), exchange(5, "1,6")))
    )
    assert {name: len(dialogue.gold.items) for name, dialogue in found.items()} == {
        "beam/100K/3/1/w1": 1,
        "beam/100K/3/3/w1": 0,
        "beam/100K/3/5": 1,
    }
    assert found["beam/100K/3/3/w1"].labels == ("bees_and_honey", "preference", "long", "no_gold")
    assert report.counts["long"] == 2
    assert report.notes == ("left out: 1 items whose message had to be shortened",)


def test_the_shortened_chat_goes_before_the_long_one(chat, imported):
    """Upstream has some chats twice, each with its plan; chats stand in the order of their numbers."""
    chat(batch(1, exchange(1, "1,2")), name="12")
    chat(batch(1, exchange(1, "1,2")))
    source = chat(batch(1, exchange(7, "1,1")), plan="BATCH 1 PLAN\n• **Goal:** A fourth hive.\n", short=True)
    _, found, lines = imported(source)
    assert list(found) == ["beam/100K/3/7", "beam/100K/12/1"]
    assert found["beam/100K/3/7"].gold.items[0].text == "A fourth hive."
    assert lines["beam/100K/3/7"]["provenance"]["path"] == "chats/100K/3/chat_trunecated.json"


@pytest.mark.parametrize(
    ("plan", "said"),
    [
        ("BATCH 1 PLAN\n• no label here\n", r"plan_new\.txt:2: bullet '• no label here'; '• \*\*label:\*\* text' is"),
        ("• **Goal:** A hive.\n", r"plan_new\.txt:1: bullet '• \*\*Goal:\*\* A hive.'; 'BATCH n PLAN' is wanted"),
    ],
)
def test_a_plan_of_another_shape_is_a_fault(chat, imported, tmp_path, plan, said):
    """File, line, value, and what would be right; nothing is written."""
    with pytest.raises(DataError, match=said):
        imported(chat(batch(1, exchange(1, "1,1")), plan=plan))
    assert list((tmp_path / "out").iterdir()) == []


def test_a_chat_of_another_shape_is_a_fault(chat, imported, tmp_path):
    """Roles, empty groups, ids used twice, no chats at all, or a chat without its plan."""
    wrong = batch(1, exchange(1, "1,2"))
    wrong["turns"][0][0]["role"] = "system"
    with pytest.raises(DataError, match=r"chat\.json\.gz: \[0\]\.turns\[0\]\[0\]\.role: not a choice"):
        imported(chat(wrong))
    with pytest.raises(DataError, match=r"\[0\]\.turns\[1\]: too short"):
        imported(chat(batch(1, exchange(1, "1,2"), [])))
    with pytest.raises(DataError, match=r"two messages of one id \(value 1\)"):
        imported(chat(batch(1, exchange(1, "1,2"), exchange(1, "1,3"))))
    with pytest.raises(DataError, match="neither a file nor a folder with"):
        imported(tmp_path / "out")


@pytest.mark.skipif(not UPSTREAM.is_dir(), reason=f"{UPSTREAM} is not there; EVALS_UPSTREAM names its parent")
def test_the_real_files(imported):
    """15 of the 20 chats. Every main question is a record; 1,373 of 1,390 indexes are two numbers that name a bullet.

    By label alone that is 1,174 facts (1,093 details) and 106 preferences and instructions, each of those once. We
    also read six indexes with a bracket too many (details, +6), leave out two details whose bullet an earlier
    question has (-2: the message speaks of something else), and take three bullets headed `Preference Statement:…`
    for preferences, not details (3 of one, 3 less of the other).
    """
    report, found, _ = imported(UPSTREAM)
    assert report.sha256 == beam.PUBLIC.sha256
    assert report.counts == {
        "dialogues": 1_390,
        "messages": 3_828,
        "facts": 1_174 + 6 - 2 - 3,
        "explicit_preferences": 106 + 3,
        "implicit_preferences": 0,
        "optional": 1_093 + 6 - 2 - 3,
        "forbidden": 0,
        "updates.replace": 52,
        "updates.contradict": 48,
        "long": 3,
    }
    assert len({dialogue.cluster for dialogue in found.values()}) == 15
    assert not any("->->" in message.content for dialogue in found.values() for message in dialogue.messages)


@pytest.mark.skipif(not UPSTREAM.is_dir(), reason=f"{UPSTREAM} is not there; EVALS_UPSTREAM names its parent")
def test_an_import_holds_one_chat_at_a_time(tmp_path):
    """Some 35 MB at most, most of it the interpreter."""
    code = (
        "import sys; from pathlib import Path; from evals.corpus.importers import beam;"
        "beam.import_set(Path(sys.argv[1]), Path(sys.argv[2]));"
        "print(next(l.split()[1] for l in open('/proc/self/status') if l.startswith('VmHWM')))"
    )
    out = subprocess.check_output([sys.executable, "-c", code, str(UPSTREAM), str(tmp_path)], text=True)
    assert int(out) / 1024 < 300
