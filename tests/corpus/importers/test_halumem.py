"""HaluMem users of our own making, in upstream's shape: points, planted falsehoods, and Mem0's judged answers."""

from __future__ import annotations

import gzip
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from evals.corpus.importers import halumem
from evals.corpus.source import Source, dialogues
from evals.errors import DataError
from evals.extractors.recorded import RecordedExtractor
from evals.prediction_index import PredictionIndex

UPSTREAM = Path(os.environ.get("EVALS_UPSTREAM", Path(__file__).resolve().parents[4] / "shared" / "data")) / "halumem"
DAYS = ("Jan 01, 2030, 10:00:00", "Jan 02, 2030, 10:00:00", "Jan 03, 2030, 10:00:00", "Jan 04, 2030, 10:00:00")


def point(index, content, *, source="secondary", kind="Persona Memory", made_from=None, **rest):
    """A memory point in upstream's shape."""
    planted = {"reference_memory_content": made_from, "reference_memory_index": 9} if made_from else {}
    return {
        "index": index,
        "memory_content": content,
        "memory_type": kind,
        "memory_source": source,
        "is_update": "False",
        "original_memories": [],
        "timestamp": DAYS[0],
        "importance": 0.75,
        **planted,
        **rest,
    }


def session(start, *points, turns=("I keep bees now.", "Lovely. And you gave up the goats."), **rest):
    """A session in upstream's shape."""
    dialogue = [
        {"role": ("user", "assistant")[n % 2], "content": text, "timestamp": start, "dialogue_turn": n // 2}
        for n, text in enumerate(turns)
    ]
    return {"start_time": start, "end_time": start, "dialogue": dialogue, "memory_points": list(points), **rest}


def user(*sessions, uuid="u-1"):
    """A line in upstream's shape."""
    return {"uuid": uuid, "persona_info": "[Recorded] Name: Oda Berg; Gender: Female", "sessions": list(sessions)}


@pytest.fixture
def imported(tmp_path):
    """Imports some users and results; returns the report, the dialogues by id and the raw lines by id."""

    def run(*users, **results):
        source = tmp_path / "upstream"
        (source / "pilot_slices").mkdir(parents=True, exist_ok=True)
        lines = "".join(json.dumps(each) + "\n" for each in users)
        (source / "pilot_slices" / "slice.jsonl.gz").write_bytes(gzip.compress(lines.encode()))
        for name, result in results.items():
            (source / "system_outputs").mkdir(exist_ok=True)
            (source / "system_outputs" / f"halumem_pilot_{name}.json").write_text(json.dumps(result))
        report = halumem.import_set(source, tmp_path / "out")
        path = tmp_path / "out" / "halumem.jsonl"
        raw = {line["id"]: line for line in map(json.loads, path.read_text().splitlines())}
        return report, {dialogue.id: dialogue for dialogue in dialogues(Source.at(path))}, raw

    return run


def test_points_become_facts(imported):
    """Named by upstream's index, weighed by importance, with a wording that needs no name; partial, so recall alone."""
    report, found, raw = imported(
        user(
            session(
                DAYS[0],
                point(1, "Oda Berg keeps bees", importance=1.0),
                point(3, "Oda's brother is a smith", kind="Relationship Memory"),
                point(
                    4,
                    "A swarm was caught",
                    kind="Event Memory",
                    is_update="True",
                    original_memories=["No swarm", "Some swarm"],
                ),
                questions=[
                    {"question": "What does Oda keep?", "answer": "Bees", "question_type": "Basic Fact Recall"},
                    {"question": "Her hat size?", "answer": "Unknown", "question_type": "Memory Boundary"},
                ],
            )
        )
    )
    (dialogue,) = found.values()
    assert dialogue.id == "halumem/u-1/2030-01-01T10:00:00"
    assert dialogue.cluster == "halumem/u-1"
    assert [
        (item.gid, item.memory_value, item.variants, item.memory_type, item.weight) for item in dialogue.gold.items
    ] == [
        ("f1", "Oda Berg keeps bees", ("The user keeps bees",), "UserMemory", 1.0),
        ("f3", "Oda's brother is a smith", ("The user's brother is a smith",), "UserMemory", 0.75),
        ("f4", "A swarm was caught", (), "LongTermMemory", 0.75),
    ]
    assert dialogue.gold.annotated.facts == dialogue.gold.annotated.forbidden == "partial"
    assert dialogue.gold.annotated.explicit_preferences == "none"
    assert dialogue.labels == ("update",)
    record = raw[dialogue.id]
    assert record["updates"] == [{"kind": "replace", "old": ["No swarm", "Some swarm"], "new": "f4"}]
    assert [probe.get("answerable", True) for probe in record["probes"]] == [True, False]
    assert record["context"] == {"now": "2030-01-01T10:00:00", "user_name": "Oda Berg"}
    assert record["provenance"]["licence"] == "CC-BY-NC-ND-4.0"
    assert record["provenance"]["redistributable"] is False
    assert (report.counts["facts"], report.counts["updates"], report.counts["probes"]) == (3, 1, 2)


def test_planted_falsehoods_are_forbidden(imported):
    """With the gold item they were made from, found by its words; one that is gold word for word is left out."""
    report, found, _ = imported(
        user(
            session(
                DAYS[0],
                point(1, "Oda Berg keeps bees in Ulm"),
                point(2, "The garden lies by a river"),
                point(3, "Oda Berg keeps goats in Ulm", source="interference", made_from="Oda keeps bees in Ulm"),
                point(4, "The garden lies by a river", source="interference", made_from="A garden"),
                point(5, "Zzz", source="interference", made_from="QQQ"),
            )
        )
    )
    (dialogue,) = found.values()
    assert [(item.fid, item.value, item.kind, item.conflicts_with) for item in dialogue.gold.forbidden] == [
        ("x3", "The user keeps goats in Ulm", "assistant_claim", "f1"),
        ("x5", "Zzz", "assistant_claim", None),
    ]
    assert [item.gid for item in dialogue.gold.items] == ["f1", "f2"]
    assert report.counts["forbidden_same_as_gold"] == 1


def test_long_sessions_stay_whole_and_say_so(imported):
    """Nobody noted where a point falls, so a window would lose all gold."""
    _, found, _ = imported(user(session(DAYS[0], point(1, "Oda reads"), turns=("word " * 5_000, "Well."))))
    (dialogue,) = found.values()
    assert dialogue.labels == ("long",)
    assert len(dialogue.gold.items) == 1


# --- Mem0's answers ------------------------------------------------------------------------------


def judged(number, name, **rest):
    """A line of results in upstream's shape."""
    return {"uuid": "u-1", "ssession_id": number, **({"memory_content": name} if name else {}), **rest}


def results(**rest):
    """A file of results: A of session 0, B and D of 1 with C between them, E of no certain session."""
    newest_first = ("E", "D", "C", "B", "A")
    return {
        "memory_integrity_records": [
            judged(0, "Oda Berg keeps bees", index=1, memory_source="secondary", memory_integrity_score=0),
            judged(1, "Oda sails", index=1, memory_source="interference", memory_integrity_score="judge_failed"),
        ],
        "memory_accuracy_records": [
            judged(1, "A", memory_accuracy_score=2, is_included_in_golden_memories="true"),
            *(judged(2, name, memory_accuracy_score="judge_failed") for name in newest_first),
        ],
        "memory_update_records": [
            judged(
                2,
                "Oda moved",
                index=2,
                memory_update_type="Omission",
                memories_from_system=["2030-01-01T10:00:00+00:00: A", "2030-01-02T10:00:00+00:00: B"],
            ),
            judged(3, "Oda rows", index=1, memory_update_type="Correct"),
        ],
        "question_answering_records": [
            judged(2, None, context='Memories:\n [\n "2030-01-02T10:00:00+00:00: D"\n]\n'),
            judged(2, None, context="Memories: none"),
        ],
        **rest,
    }


KEEPER = user(
    session(DAYS[0], point(1, "Oda Berg keeps bees")),
    session(DAYS[1], point(1, "Oda sails", source="interference", made_from="Oda rows")),
    session(DAYS[2], point(2, "Oda moved")),
    session(DAYS[3], point(1, "Oda rows")),
)


def test_each_memory_goes_to_its_session(imported, tmp_path):
    """By its date, or by its neighbours where both are of one session; a session not written yet is a failure."""
    report, found, _ = imported(KEEPER, a=results())
    index = PredictionIndex(tmp_path / "out" / "halumem-mem0.predictions.jsonl")
    answers = {key[0]: index.get(*key) for key in index}
    assert {
        name[-19:-9]: [fact.memory_value for fact in answer.extraction.facts]
        if answer.extraction
        else answer.error.type
        for name, answer in answers.items()
    } == {
        "2030-01-01": ["A"],
        "2030-01-02": ["D", "C", "B"],
        "2030-01-03": "not_written",
        "2030-01-04": "not_written",
    }
    assert [name[-19:-9] for name, each in found.items() if "mem0" in each.labels] == ["2030-01-01", "2030-01-02"]
    assert report.notes == (
        "mem0: 5 memories, of which 1 of no certain session are left out; 0 sessions without any, 2 not written yet "
        "when the run ended; verdicts on 1 of 2 points; verdicts on 1 of 6 memories read; "
        "0 results on a user already read",
    )


def test_the_store_comes_with_its_verdicts(imported, tmp_path):
    """All that stood in it after a session; a verdict the judge failed to give is null; the file can be replayed."""
    imported(KEEPER, a=results())
    path = tmp_path / "out" / "halumem-mem0-store.predictions.jsonl"
    lines = [json.loads(line) for line in path.read_text().splitlines()]
    assert [[item["memory_value"] for item in line["memory_detail_list"]] for line in lines] == [
        [],
        ["A"],
        ["E", "D", "C", "B", "A"],
        [],
    ]
    assert lines[0]["verdicts"] == {"points": {"f1": 0}, "updates": {}, "memories": []}
    assert lines[1]["verdicts"]["points"] == {"x1": None}
    assert lines[1]["verdicts"]["memories"] == [{"accuracy": 2, "in_gold": True}]
    assert lines[2]["verdicts"]["updates"] == {"f2": "Omission"}
    assert lines[2]["verdicts"]["memories"][0] == {"accuracy": None, "in_gold": False}
    replayed = RecordedExtractor(path=path).replay("halumem/u-1/2030-01-02T10:00:00", 0)
    assert [fact.memory_value for fact in replayed.extraction.facts] == ["A"]


def test_a_second_file_on_the_same_user_is_left_out(imported):
    """And results on users that are not there are."""
    other = results(memory_accuracy_records=[{**judged(9, "Z"), "uuid": "u-2"}])
    report, _, _ = imported(KEEPER, a=results(), b=other)
    assert "5 memories" in report.notes[0]
    assert "1 results on a user already read" in report.notes[0]


@pytest.mark.parametrize(
    ("rest", "said"),
    [
        (
            {"memory_accuracy_records": [judged(4, "A")]},
            r"memory_accuracy_records\[0\]\.ssession_id: no such session \(value 4\); the user's are 0 to 3",
        ),
        (
            {"memory_update_records": [judged(2, "Oda flew", index=2)]},
            r"memory_update_records\[0\]\.index: no point of session 2 says this \(value 2\)",
        ),
        ({"memory_integrity_records": None}, "memory_integrity_records: wrong type"),
    ],
)
def test_results_that_do_not_fit_are_faults(imported, tmp_path, rest, said):
    """Answers are never joined to a session they are not of, and nothing is left half written."""
    with pytest.raises(DataError, match=rf"halumem_pilot_a\.json: {said}"):
        imported(KEEPER, a=results(**rest))
    assert not list((tmp_path / "out").glob("*"))


def test_results_of_other_users_alone_are_a_fault(imported):
    """Then the slices are missing."""
    with pytest.raises(DataError, match="results on no user of the slices"):
        imported(user(session(DAYS[0]), uuid="u-9"), a=results())


# --- faults, and the real files ------------------------------------------------------------------


@pytest.mark.parametrize(
    ("bad", "said"),
    [
        (user(session("2030-01-01")), r"start_time: not a time; it is written as 'Sep 04, 2025, 10:44:31' \(value"),
        (user(session(DAYS[0], turns=())), r"sessions\[0\]\.dialogue: too short"),
        (user(session(DAYS[0], turns=(" ",))), r"dialogue\[0\]\.content: empty; some text is wanted"),
        (user(session(DAYS[0], point(1, "a", is_update=True))), r"memory_points\[0\]\.is_update: not a choice"),
        (user(session(DAYS[0], point(1, "a", importance=0))), r"memory_points\[0\]\.importance: .*greater than 0"),
        (user(session(DAYS[0], point(1, "a", kind="Dream"))), r"memory_points\[0\]\.memory_type: not a choice"),
        (user(session(DAYS[0], point(1, "a"), point(1, "b"))), r"memory_points: the index 1 stands twice"),
        (user(session(DAYS[0]), session(DAYS[0])), r"sessions\[0\]\.start_time: used twice"),
        (user(session(DAYS[1])) | {"uuid": "u-0"}, r"uuid: a second line of the user 'u-0'"),
    ],
)
def test_a_line_of_another_shape_is_a_fault(imported, tmp_path, bad, said):
    """File, line and field are named, and nothing is written."""
    with pytest.raises(DataError, match=r"slice\.jsonl\.gz:2: .*" + said):
        imported(user(session(DAYS[0]), uuid="u-0"), bad)
    assert not (tmp_path / "out").exists()


def test_a_folder_that_is_not_the_set_says_so(tmp_path):
    """The wrong folder is one line."""
    with pytest.raises(DataError, match="neither a file nor a folder with pilot_slices/"):
        halumem.import_set(tmp_path, tmp_path / "out")


@pytest.mark.skipif(not UPSTREAM.is_dir(), reason=f"{UPSTREAM} is not there; EVALS_UPSTREAM names its parent")
def test_the_real_files(tmp_path):
    """Two users. Of 186 planted falsehoods two are gold word for word and left out.

    Of Mem0's 282 memories 225 have a date, 45 stand between two of one session, 12 are of no certain session. The
    first user's judge broke down: it judged 1 of 2,252 memories read and 87 of 234 points.
    """
    report = halumem.import_set(UPSTREAM, tmp_path)
    assert report.sha256 == halumem.PUBLIC.sha256
    assert report.counts == {
        "dialogues": 91,
        "messages": 4_054,
        "facts": 797,
        "explicit_preferences": 0,
        "implicit_preferences": 0,
        "optional": 0,
        "forbidden": 186 - 2,
        "forbidden_same_as_gold": 2,
        "updates": 210,
        "probes": 228,
    }
    assert report.notes == (
        "mem0: 282 memories, of which 12 of no certain session are left out; 2 sessions without any, 23 not written "
        "yet when the run ended; verdicts on 311 of 458 points; verdicts on 602 of 2854 memories read; "
        "1 results on a user already read",
    )
    found = list(dialogues(Source.at(tmp_path / "halumem.jsonl")))
    assert len({dialogue.cluster for dialogue in found}) == 2
    assert sum("long" in dialogue.labels for dialogue in found) == 5
    assert sum("mem0" in dialogue.labels for dialogue in found) == 26
    ids = {dialogue.id for dialogue in found}
    for name in ("halumem-mem0", "halumem-mem0-store"):
        assert {key[0] for key in PredictionIndex(tmp_path / f"{name}.predictions.jsonl")} <= ids


@pytest.mark.skipif(not UPSTREAM.is_dir(), reason=f"{UPSTREAM} is not there; EVALS_UPSTREAM names its parent")
def test_an_import_stays_small(tmp_path):
    """One user at a time, and one file of results."""
    code = (
        "import sys; from pathlib import Path; from evals.corpus.importers import halumem;"
        "halumem.import_set(Path(sys.argv[1]), Path(sys.argv[2]));"
        "print(next(l.split()[1] for l in open('/proc/self/status') if l.startswith('VmHWM')))"
    )
    out = subprocess.check_output([sys.executable, "-c", code, str(UPSTREAM), str(tmp_path)], text=True)
    assert int(out) / 1024 < 300
