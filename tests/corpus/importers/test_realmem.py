"""RealMem people of our own making, in upstream's shape: profile, project state, noise, and turns reworded since."""

from __future__ import annotations

import gzip
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from evals.corpus.importers import realmem
from evals.corpus.source import Source, dialogues
from evals.errors import DataError

UPSTREAM = Path(os.environ.get("EVALS_UPSTREAM", Path(__file__).resolve().parents[4] / "shared" / "data")) / "realmem"
TALK = ("I keep bees, and I travel by train.", "Shall we plan it?", "Yes, in May.", "Booked.")


def memory(content, *, kind="Static", turn=1, words=TALK[0], role="User"):
    """A memory in upstream's shape."""
    return {
        "index": "P-SM-1",
        "type": kind,
        "content": content,
        "source_turn": turn,
        "source_content_snapshot": words,
        "source_role_snapshot": role,
        "session_uuid": "s",
    }


def session(*memories, name="Travel_Planning_2:S1_01", talk=TALK, **changes):
    """A session in upstream's shape."""
    return {
        "session_identifier": name,
        "session_uuid": "s",
        "current_time": "2025-12-16 (Tuesday)",
        "dialogue_turns": [
            {"speaker": ("User", "Assistant")[n % 2], "content": text, "is_query": False, "query_id": None}
            for n, text in enumerate(talk)
        ],
        "extracted_memory": list(memories),
        **changes,
    }


@pytest.fixture
def imported(tmp_path):
    """Imports the sessions of one person; returns the report, the dialogues by session and the raw lines."""

    def run(*sessions, person="Oda_Berg", files=("Oda_Berg_dialogues_256k.json.gz",)):
        folder = tmp_path / "upstream" / "dataset"
        folder.mkdir(parents=True)
        content = {"_metadata": {"person_name": person}, "dialogues": list(sessions)}
        for name in files:
            (folder / name).write_bytes(gzip.compress(json.dumps(content).encode()))
        report = realmem.import_set(tmp_path / "upstream", tmp_path / "out")
        path = tmp_path / "out" / "realmem.jsonl"
        raw = [json.loads(line) for line in path.read_text().splitlines()]
        found = {dialogue.id.removeprefix("realmem/Oda_Berg/"): dialogue for dialogue in dialogues(Source.at(path))}
        return report, found, raw

    return run


def test_only_the_profile_the_user_states_has_to_be_found(imported):
    """Project state, what the assistant wrote, and what a keyword calls a preference are optional."""
    report, found, raw = imported(
        session(
            memory("User keeps bees."),
            memory("User prefers trains."),
            memory("[Plan] The trip is in May.", kind="Dynamic", turn=3, words=TALK[2]),
            memory("User has no car.", turn=2, words=TALK[1], role="Assistant"),
            memory("Trip: May 3.", kind="Schedule", turn=-1, words="", role="Assistant"),
        )
    )
    (dialogue,) = found.values()
    assert [(item.gid, item.kind, item.optional, item.evidence) for item in dialogue.gold.items] == [
        ("m1", "fact", False, (0,)),
        ("m3", "fact", True, (2,)),
        ("m4", "fact", True, (1,)),
        ("m5", "fact", True, ()),
        ("m2", "explicit_preference", True, (0,)),
    ]
    assert not dialogue.gold.items[4].type_certain
    assert (dialogue.gold.annotated.facts, dialogue.gold.annotated.explicit_preferences) == ("partial", "none")
    assert (dialogue.cluster, dialogue.labels) == ("realmem/Oda_Berg", ("travel_planning",))
    assert raw[0]["context"] == {"now": "2025-12-16", "user_name": "Oda Berg"}
    assert raw[0]["provenance"]["path"] == "dataset/Oda_Berg_dialogues_256k.json"
    assert (report.counts["optional"], report.counts["without_evidence"]) == (4, 1)


def test_sessions_with_nothing_noted_are_labelled(imported):
    """Noise sessions above all; their gold is empty, yet not known to be complete. Language is told by the words."""
    report, found, _ = imported(
        session(name="Enhanced:S7", talk=("오늘 날씨가 어때요?", "좋아요.")), session(name="Fitness_1:S2_01")
    )
    assert {name: dialogue.labels for name, dialogue in found.items()} == {
        "Enhanced:S7": ("noise", "no_gold"),
        "Fitness_1:S2_01": ("fitness", "no_gold"),
    }
    assert [dialogue.language for dialogue in found.values()] == ["ko", "en"]
    assert found["Enhanced:S7"].gold.annotated.facts == "partial"
    assert report.counts["noise"] == 1


def test_evidence_is_sought_by_words_then_by_number(imported):
    """Only among turns of the speaker named; 0 is no turn."""
    twice = ("Yes.", "Good.", "Yes.", "Good.", "I keep bees, and goats.", "Fine.")
    _, found, _ = imported(
        session(
            memory("a", turn=3, words="Yes."),
            memory("b", turn=9, words="Yes."),
            memory("c", turn=1, words="I keep bees"),
            memory("d", turn=5, words="Reworded since."),
            memory("e", turn=2, words="Reworded since."),
            memory("f", turn=0, words="Yes.", role="Assistant"),
            memory("g", turn=2, words="Good.", role="Assistant"),
            talk=twice,
        )
    )
    (dialogue,) = found.values()
    assert [item.evidence for item in dialogue.gold.items] == [(2,), (0,), (4,), (4,), (), (), (1,)]


def test_empty_turns_are_left_out_and_evidence_moves(imported):
    """A message says something."""
    _, found, raw = imported(session(memory("a", turn=3, words="Bees."), talk=("Hello.", " ", "Bees.", "Yes.")))
    (dialogue,) = found.values()
    assert [message.content for message in dialogue.messages] == ["Hello.", "Bees.", "Yes."]
    assert [message["source_ref"] for message in raw[0]["messages"]] == ["1", "3", "4"]
    assert dialogue.gold.items[0].evidence == (1,)


def test_what_stands_twice_but_for_line_breaks_is_kept_once(imported):
    """The names of the others stay."""
    report, found, _ = imported(session(memory("Bees\nand goats."), memory("Bees and  goats."), memory("Hens.")))
    (dialogue,) = found.values()
    assert [item.gid for item in dialogue.gold.items] == ["m1", "m3"]
    assert report.counts["repeated"] == 1


def test_long_sessions_are_cut_into_windows(imported):
    """Gold is where its evidence is; without any it is in no window."""
    talk = ("word " * 4_000, "Well.", "I keep bees.", "word " * 2_000)
    report, found, _ = imported(
        session(
            memory("User keeps bees.", turn=3, words=talk[2]),
            memory("Trip: May 3.", kind="Schedule", turn=-1, words=None, role=None),
            talk=talk,
        )
    )
    assert {name: (len(each.messages), [item.gid for item in each.gold.items]) for name, each in found.items()} == {
        "Travel_Planning_2:S1_01/w1": (2, []),
        "Travel_Planning_2:S1_01/w2": (2, ["m1"]),
    }
    assert found["Travel_Planning_2:S1_01/w2"].gold.items[0].evidence == (0,)
    assert all("long" in dialogue.labels for dialogue in found.values())
    assert (report.counts["sessions"], report.counts["dialogues"], report.counts["outside_windows"]) == (1, 2, 1)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"current_time": "Tuesday"}, r"\.current_time: not a day; it is written as '2025-12-16 \(Tuesday\)'"),
        ({"dialogue_turns": []}, r"\.dialogue_turns: too short"),
        ({"dialogue_turns": [{"speaker": "User", "content": " "}]}, r"\.dialogue_turns: all empty"),
        ({"dialogue_turns": [{"speaker": "Bot", "content": "x"}]}, r"\.dialogue_turns\[0\]\.speaker: not a choice"),
        ({"extracted_memory": None}, r"\.extracted_memory: wrong type \(value null\); a list is wanted"),
        (
            {"extracted_memory": [memory("a", kind="Odd")]},
            r"\.extracted_memory\[0\]\.type: not a choice \(value 'Odd'\)",
        ),
        ({"extracted_memory": [memory(" ")]}, r"\.extracted_memory\[0\]\.content: empty; some text is wanted"),
        ({"session_identifier": "Fitness_1:S1"}, r"\.session_identifier: used twice \(value 'Fitness_1:S1'\)"),
    ],
)
def test_a_session_of_another_shape_is_a_fault(imported, tmp_path, changes, said):
    """Named by file and field, and nothing is written."""
    with pytest.raises(DataError, match=r"Oda_Berg_dialogues_256k\.json\.gz: dialogues\[1\]" + said):
        imported(session(name="Fitness_1:S1"), session(**changes))
    assert not list((tmp_path / "out").glob("*"))


def test_a_person_has_one_file(imported):
    """Or ids would stand twice."""
    names = ("A_dialogues_256k.json.gz", "B_dialogues_256k.json.gz")
    with pytest.raises(DataError, match=r"B_dialogues.*_metadata\.person_name: used twice \(value 'Oda_Berg'\)"):
        imported(session(), files=names)


@pytest.mark.skipif(not UPSTREAM.is_dir(), reason=f"{UPSTREAM} is not there; EVALS_UPSTREAM names its parent")
def test_the_real_files(tmp_path):
    """7 of the 10 people: 1,487 sessions of 10,200 turns, six of them empty, with 3,570 memories.

    By type and keyword that is 3,430 facts, 432 of them profile, and 140 preferences. Seven facts stand twice but for
    line breaks, and five that have no evidence fall in a session that is cut: ten sessions are, into 24 windows.
    """
    report = realmem.import_set(UPSTREAM, tmp_path)
    assert report.sha256 == realmem.PUBLIC.sha256
    assert report.counts == {
        "sessions": 1_487,
        "noise": 750,
        "dialogues": 1_487 - 10 + 24,
        "messages": 10_200 - 6,
        "facts": 3_430 - 7 - 5,
        "explicit_preferences": 140,
        "implicit_preferences": 0,
        "optional": 3_430 - 7 - 5 + 140 - 432,
        "forbidden": 0,
        "repeated": 7,
        "without_evidence": 477,
        "outside_windows": 5,
    }
    found = list(dialogues(Source.at(tmp_path / "realmem.jsonl")))
    assert len({dialogue.cluster for dialogue in found}) == 7
    assert sum("no_gold" in dialogue.labels for dialogue in found) == 755


@pytest.mark.skipif(not UPSTREAM.is_dir(), reason=f"{UPSTREAM} is not there; EVALS_UPSTREAM names its parent")
def test_an_import_holds_one_person_at_a_time(tmp_path):
    """Each file is some 2 MB."""
    code = (
        "import sys; from pathlib import Path; from evals.corpus.importers import realmem;"
        "realmem.import_set(Path(sys.argv[1]), Path(sys.argv[2]));"
        "print(next(l.split()[1] for l in open('/proc/self/status') if l.startswith('VmHWM')))"
    )
    out = subprocess.check_output([sys.executable, "-c", code, str(UPSTREAM), str(tmp_path)], text=True)
    assert int(out) / 1024 < 300
