"""AlpsBench sessions of our own making, in upstream's shape: every rule of the derivation on a line that needs it."""

from __future__ import annotations

import gzip
import json

import pytest

from evals.corpus.importers import alpsbench
from evals.corpus.source import Source, dialogues
from evals.errors import DataError
from evals.prediction_index import PredictionIndex


def memory(name, type, label, value, *, index=0, text="I live in Paris", confidence=0.95, **rest):
    """A memory in upstream's shape."""
    return {
        "memory_id": name,
        "type": type,
        "label": label,
        "value": value,
        "reasoning": "r",
        "evidence": {"session_id": "s", "utterance_index": index, "text": text},
        "confidence": confidence,
        "time_scope": "unknown",
        "emotion": None,
        "preference_attitude": None,
        "updated_at": "2026-01-01T00:00:00Z",
        **rest,
    }


def session(name, memories=(), outputs=None, turns=("I live in Paris", "Nice.")):
    """A session in upstream's shape."""
    return {
        "session_id": name,
        "available_tasks": {"task1": True},
        "dialogue": [{"role": ("user", "assistant")[i % 2], "text": text} for i, text in enumerate(turns)],
        "dialogue_source": "task1.dialogue",
        "task1": {
            "session_dir": name,
            "ground_truth_memories": list(memories),
            "llm_outputs": outputs or {},
            "metadata": {},
        },
    }


@pytest.fixture
def imported(tmp_path):
    """Imports sessions from a packed JSONL file; returns the report and the dialogues by file name."""

    def run(*sessions):
        source = tmp_path / "upstream"
        source.mkdir()
        lines = "".join(json.dumps(each) + "\n" for each in sessions)
        (source / "task1_extraction.jsonl.gz").write_bytes(gzip.compress(lines.encode()))
        report = alpsbench.import_set(source, tmp_path / "out")
        found = {
            path.name: list(dialogues(Source.at(path)))
            for path in report.files
            if not path.name.endswith(".predictions.jsonl")
        }
        return report, found

    return run


def test_labels_become_kinds(imported):
    """Direct preferences are explicit, indirect implicit, the rest facts; curiosity is optional and of open type."""
    _, found = imported(
        session(
            "s1",
            [
                memory("m1", "direct", "Personal_Background/Location", "Lives in Paris"),
                memory("m2", "direct", "Preferences/Food", "Likes tea", preference_attitude="like"),
                memory("m3", "indirect", "Constraints_and_Boundaries/Disliked_Topics", "Avoids politics"),
                memory("m4", "indirect", "Thoughts/Curiosity", "Asks about trains"),
                memory("m5", "direct", "Thoughts/Curiosity", "Asks about ships"),
                memory("m6", "direct", "UNMAPPED", "Wants lists", label_suggestion="interaction/style/lists"),
                memory("m7", "direct", "UNMAPPED", "Owns a shop", label_suggestion="business/kind"),
                memory("m8", "indirect", "UNMAPPED", "Dislikes rain", preference_attitude="dislike"),
                memory("m9", "implied", "UNMAPPED", "Sells maps", label_suggestion="technical/preference"),
            ],
        )
    )
    gold = found["alpsbench.jsonl"][0].gold
    assert [(item.kind, item.text) for item in gold.items] == [
        ("fact", "Lives in Paris"),
        ("fact", "Owns a shop"),
        ("fact", "Sells maps"),
        ("explicit_preference", "Likes tea"),
        ("explicit_preference", "Wants lists"),
        ("implicit_preference", "Avoids politics"),
        ("implicit_preference", "Asks about trains"),
        ("implicit_preference", "Asks about ships"),
        ("implicit_preference", "Dislikes rain"),
    ]
    assert [item.text for item in gold.items if item.optional] == ["Asks about trains", "Asks about ships"]
    preferences = gold.items[3:]
    assert [item.text for item in preferences if not item.type_certain] == ["Asks about trains", "Asks about ships"]
    assert [item.polarity for item in preferences] == ["like", None, None, None, None, "dislike"]
    assert gold.annotated.facts == gold.annotated.implicit_preferences == gold.annotated.forbidden == "partial"


def test_rejected_memories_are_forbidden_by_their_reason(imported):
    """The bracket gives the kind and is taken out of the text."""
    _, found = imported(
        session(
            "s1",
            [
                memory("m1", "direct", "Preferences/Food", "Likes eels [ERROR: Role-play/third-party possible]"),
                memory("m2", "direct", "Preferences/Food", "Likes ice [ERROR: Task-local]"),
                memory("m3", "direct", "Preferences/Food", "Likes fog [ERROR: Not about the user; a friend]"),
                memory("m4", "direct", "Preferences/Food", "Likes mud [ERROR: Forced label not supported]"),
                memory("m5", "direct", "Preferences/Food", "[ERROR:Likes sand"),
            ],
        )
    )
    (dialogue,) = found["alpsbench.jsonl"]
    assert [(item.value, item.kind) for item in dialogue.gold.forbidden] == [
        ("Likes eels", "role_play"),
        ("Likes ice", "task_local"),
        ("Likes fog", "third_party"),
        ("Likes mud", "unsupported"),
        ("Likes sand", "unsupported"),
    ]
    assert dialogue.gold.items == ()
    assert dialogue.labels == ("no_gold",)


def test_doubtful_memories_are_optional_and_evidence_may_be_odd(imported):
    """Confidence of 0.5 or less is optional; lists of indexes and quotes are read, indexes outside left out."""
    _, found = imported(
        session(
            "s1",
            [
                memory("m1", "direct", "Possessions/Pet", "Has a cat", confidence=0.5),
                memory("m2", "direct", "Possessions/Pet", "Has a dog", index=[0, 9], text=["I live", "in Paris"]),
                memory("m3", "direct", "Possessions/Pet", "Has a fox") | {"evidence": None},
            ],
        )
    )
    items = found["alpsbench.jsonl"][0].gold.items
    assert [item.optional for item in items] == [True, False, False]
    assert [item.evidence for item in items] == [(0,), (0,), ()]
    assert [item.evidence_text for item in items] == ["I live in Paris", "I live", None]


@pytest.mark.parametrize(
    ("said", "language"),
    [("I read 史记 often", "en"), ("我住在巴黎,用 iPhone", "zh"), ("Я живу в Париже", "ru"), ("12345", "en")],
)
def test_language_is_told_by_script(imported, said, language):
    """The script of the user's words, whatever the assistant answers in."""
    _, found = imported(session("s1", turns=(said, "An answer in English that is much longer than the question.")))
    assert found["alpsbench.jsonl"][0].language == language


def test_near_duplicates_are_one_cluster_and_stand_together(imported):
    """Sessions that open with the same words, spaces and case aside, are resampled as one."""
    _, found = imported(
        session("s1", turns=("Tell me a joke", "No.")),
        session("s2", turns=("Something else", "No.")),
        session("s3", turns=("tell  me a JOKE", "Yes.")),
    )
    by_id = {dialogue.id: dialogue.cluster for dialogue in found["alpsbench.jsonl"]}
    assert by_id["alpsbench/s1"] == by_id["alpsbench/s3"] != by_id["alpsbench/s2"]


def test_long_sessions_are_cut_into_windows(imported):
    """Whole sessions stay whole in one file; in the other, gold is where its evidence is."""
    long = "word " * 4_000
    turns = (long, "ok", long, "ok", "I have a cat", "ok")
    _, found = imported(
        session(
            "s1",
            [
                memory("m1", "direct", "Possessions/Pet", "Has a cat", index=4, text="I have a cat"),
                memory("m2", "direct", "Possessions/Pet", "Talks twice", index=[0, 2], text=""),
            ],
            turns=turns,
        ),
        session("s2", [memory("m1", "direct", "Possessions/Pet", "No evidence") | {"evidence": None}]),
    )
    assert {dialogue.id: len(dialogue.messages) for dialogue in found["alpsbench.jsonl"]} == {
        "alpsbench/s1": 6,
        "alpsbench/s2": 2,
    }
    windowed = {dialogue.id: dialogue for dialogue in found["alpsbench-windowed.jsonl"]}
    assert sorted(windowed) == ["alpsbench/s1/w1", "alpsbench/s1/w2", "alpsbench/s2/w1"]
    assert windowed["alpsbench/s1/w1"].gold.items == ()
    assert [(item.text, item.evidence) for item in windowed["alpsbench/s1/w2"].gold.items] == [("Has a cat", (2,))]
    assert len(windowed["alpsbench/s2/w1"].gold.items) == 1
    assert windowed["alpsbench/s1/w1"].cluster == windowed["alpsbench/s1/w2"].cluster


def test_answers_of_systems_become_recorded_predictions(imported, tmp_path):
    """Items are sorted by the same labels as gold; where UNMAPPED needs it, the raw reply is asked."""
    items = [
        {"memory_id": "p1", "type": "direct", "label": "Possessions/Pet", "value": "Has a cat", "confidence": 0.9},
        {"memory_id": "p2", "type": "direct", "label": "Preferences/Food", "value": "Likes tea", "confidence": 0.9},
        {"memory_id": "p3", "type": "indirect", "label": "UNMAPPED", "value": "Wants lists", "confidence": 0.9},
        {"memory_id": "p4", "type": "direct", "label": "UNMAPPED", "value": "Owns a shop", "confidence": 0.9},
        {"memory_id": "p5", "type": "direct", "label": "Thoughts/Curiosity", "value": "Asks", "confidence": 0.9},
        {"memory_id": "p6", "type": "user", "label": "Preferences/Food", "value": "Likes jam", "confidence": 0.9},
        {"memory_id": "p7", "type": "direct", "label": None, "value": None, "confidence": 0.9},
    ]
    raw = [dict(items[2], label_suggestion="preference/format"), dict(items[3], label_suggestion="business/kind")]
    reply = "```json\n" + json.dumps({"memory_items": raw}) + "\n```"
    report, _ = imported(session("s1", outputs={"Sys_1.5 Pro": {"raw_output": reply, "memory_items": items}}))
    path = tmp_path / "out" / "alpsbench-sys-1.5-pro.predictions.jsonl"
    assert report.files[path] == 1
    assert json.loads(path.read_text()) == {
        "id": "alpsbench/s1",
        "memory_detail_list": [{"memory_value": "Has a cat"}, {"memory_value": "Owns a shop"}, {"memory_value": None}],
        "preference_detail_list": [
            {"preference": "Likes tea", "preference_type": "explicit_preference"},
            {"preference": "Wants lists", "preference_type": "implicit_preference"},
            {"preference": "Asks", "preference_type": "implicit_preference"},
            {"preference": "Likes jam", "preference_type": "user"},
        ],
    }


@pytest.mark.parametrize(
    ("output", "failed"),
    [
        ({"raw_output": '{"memory_items": []}', "memory_items": []}, None),
        ({"raw_output": None, "memory_items": []}, "no_reply"),
        ({"raw_output": "I cannot help with that.", "memory_items": []}, "unparsed"),
        ({"raw_output": "I cannot help with that."}, "unparsed"),
    ],
)
def test_a_failed_answer_is_not_an_empty_one(imported, tmp_path, output, failed):
    """An empty list is an answer; no reply, or one upstream could not parse, is a failure that keeps its text."""
    imported(session("s1", outputs={"sys": output}))
    prediction = PredictionIndex(tmp_path / "out" / "alpsbench-sys.predictions.jsonl").get("alpsbench/s1")
    assert (prediction.error.type if prediction.error else None) == failed
    assert (prediction.extraction is None) == (failed is not None)


def test_packets_are_read_too(tmp_path):
    """Upstream comes as one JSON file a session."""
    folder = tmp_path / "packets" / "a"
    folder.mkdir(parents=True)
    (folder / "s1.json").write_text(json.dumps(session("s1")))
    (folder / "s2.json").write_text(json.dumps(session("s2")))
    report = alpsbench.import_set(tmp_path / "packets", tmp_path / "out")
    assert report.files[tmp_path / "out" / "alpsbench.jsonl"] == 2


def test_a_broken_source_writes_nothing(tmp_path):
    """All faults with their place, and no file half written."""
    source = tmp_path / "s.jsonl"
    good = json.dumps(session("s1", outputs={"sys": {"raw_output": None, "memory_items": []}}))
    source.write_text(f'{good}\n{{"session_id": 5, "dialogue": []}}\n')
    with pytest.raises(DataError, match=r"s\.jsonl:2: session_id: wrong type \(value 5\)"):
        alpsbench.import_set(source, tmp_path / "out")
    assert list((tmp_path / "out").iterdir()) == []
