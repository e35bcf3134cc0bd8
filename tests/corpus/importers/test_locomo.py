"""LoCoMo talks of our own making, in upstream's shape: either friend as the user, captions, packed evidence."""

from __future__ import annotations

import gzip
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from evals.corpus.importers import locomo
from evals.corpus.importers.windows import token_estimate
from evals.corpus.source import Source, dialogues
from evals.errors import DataError

UPSTREAM = Path(os.environ.get("EVALS_UPSTREAM", Path(__file__).resolve().parents[4] / "shared" / "data")) / "locomo"


def turns(session, *texts):
    """Alternating turns, Oda first."""
    return [
        {"speaker": ("Oda", "Per")[n % 2], "dia_id": f"D{session}:{n + 1}", "text": text}
        for n, text in enumerate(texts)
    ]


def sample(name="conv-1", *, qa=(), **changes):
    """A talk of two sessions in upstream's shape; `changes` replaces parts of the conversation."""
    first = turns(1, "I keep bees.", "I sail.", "Look at them!", "Nice, Oda.")
    first[2] |= {"blip_caption": "three hives", "img_url": ["x"]}
    return {
        "sample_id": name,
        "conversation": {
            "speaker_a": "Oda",
            "speaker_b": "Per",
            "session_2_date_time": "12:09 am on 3 June, 2023",
            "session_2": turns(2, "I moved.", "So did I."),
            "session_1_date_time": "1:56 pm on 8 May, 2023",
            "session_1": first,
            "session_3_date_time": "a day without a session",
            **changes,
        },
        "observation": {
            "session_1_observation": {
                "Oda": [["Oda keeps bees in three hives.", "D1:1, D1:3"], ["Oda likes that Per sails.", "D1:3"]],
                "Per": [
                    ["Per sails. Per has a boat.", ["D1:2", "D1:02"]],
                    ["Per likes the bees of Oda.", "D1:4"],
                    ["A boat is dear.", "D1:2"],
                ],
            },
            "session_2_observation": {"Oda": [["Oda moved.", "D2:1"]], "Per": []},
        },
        "session_summary": {},
        "event_summary": {},
        "qa": list(qa),
    }


@pytest.fixture
def imported(tmp_path):
    """Imports some talks from a packed file; returns the report, the dialogues by id and the raw lines by id."""

    def run(*samples):
        source = tmp_path / "data"
        source.mkdir()
        (source / "locomo10.json.gz").write_bytes(gzip.compress(json.dumps(samples).encode()))
        report = locomo.import_set(source, tmp_path / "out")
        path = tmp_path / "out" / "locomo.jsonl"
        raw = {line["id"]: line for line in map(json.loads, path.read_text().splitlines())}
        return report, {dialogue.id: dialogue for dialogue in dialogues(Source.at(path))}, raw

    return run


def test_each_session_once_for_either_speaker(imported):
    """In the order of the sessions; one is the user, the other the assistant; captions are said, names are not."""
    _, found, raw = imported(sample())
    assert list(found) == ["locomo/conv-1/1/Oda", "locomo/conv-1/1/Per", "locomo/conv-1/2/Oda", "locomo/conv-1/2/Per"]
    oda, per = found["locomo/conv-1/1/Oda"], found["locomo/conv-1/1/Per"]
    assert oda.cluster == per.cluster == "locomo/conv-1"
    assert [message.role for message in oda.messages] == ["user", "assistant", "user", "assistant"]
    assert [message.role for message in per.messages] == ["assistant", "user", "assistant", "user"]
    assert oda.messages[2].content == "Look at them! [shares image: three hives]"
    assert (oda.messages[2].speaker, oda.messages[2].source_ref) == ("Oda", "D1:3")
    assert raw["locomo/conv-1/1/Per"]["context"] == {"now": "2023-05-08T13:56:00", "user_name": "Per"}
    assert raw["locomo/conv-1/2/Oda"]["context"]["now"] == "2023-06-03T00:09:00"


def test_observations_on_the_user_are_facts(imported):
    """Partial, with the turns named, however they are written, and with a wording that needs no name."""
    _, found, _ = imported(sample())
    gold = found["locomo/conv-1/1/Oda"].gold
    assert [(item.gid, item.memory_value, item.variants, item.evidence) for item in gold.items] == [
        ("f1", "Oda keeps bees in three hives.", ("The user keeps bees in three hives.",), (0, 2)),
        ("f2", "Oda likes that Per sails.", ("The user likes that Per sails.",), (2,)),
    ]
    assert (gold.annotated.facts, gold.annotated.explicit_preferences, gold.annotated.forbidden) == (
        "partial",
        "none",
        "partial",
    )


def test_observations_on_the_other_are_forbidden_of_the_user(imported):
    """Said of the user; left out where they name both or neither."""
    report, found, _ = imported(sample())
    forbidden = found["locomo/conv-1/1/Oda"].gold.forbidden
    assert [(item.fid, item.value, item.kind, item.evidence, item.strict) for item in forbidden] == [
        ("x1", "The user sails. The user has a boat.", "third_party", (1,), False)
    ]
    assert [item.value for item in found["locomo/conv-1/1/Per"].gold.forbidden] == [
        "The user keeps bees in three hives."
    ]
    assert (report.counts["facts"], report.counts["forbidden"], report.counts["forbidden_left_out"]) == (6, 3, 3)


def test_questions_on_one_session_are_probes(imported):
    """With the record of whom they name, or both; those over several sessions are counted."""
    questions = [
        {"question": "When did Oda start?", "answer": 2020, "evidence": ["D1:1"], "category": 2},
        {"question": "Where does Oda sail?", "adversarial_answer": "At sea", "evidence": ["D1:2"], "category": 5},
        {"question": "Who sails?", "answer": "Per", "evidence": ["D1:2"], "category": 4},
        {"question": "Who moved?", "answer": "Both", "evidence": ["D1:4 D2:1"], "category": 1},
        {"question": "Who would sink?", "answer": "Nobody", "evidence": [], "category": 3},
    ]
    report, _, raw = imported(sample(qa=questions))
    oda, per = raw["locomo/conv-1/1/Oda"]["probes"], raw["locomo/conv-1/1/Per"]["probes"]
    assert oda == [
        {"pid": "q1", "question": "When did Oda start?", "answer": "2020", "kind": "temporal", "evidence": [0]},
        {
            "pid": "q2",
            "question": "Where does Oda sail?",
            "kind": "adversarial",
            "answerable": False,
            "false_answer": "At sea",
            "evidence": [1],
        },
        {"pid": "q3", "question": "Who sails?", "answer": "Per", "kind": "single_hop", "evidence": [1]},
    ]
    assert [probe["pid"] for probe in per] == ["q3"]
    assert (report.counts["probes"], report.counts["questions_over_sessions"]) == (4, 2)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"speaker_b": " "}, r"conversation\.speaker_b: missing"),
        ({"session_2": "none"}, r"conversation\.session_2: wrong type \(value 'none'\); a list of turns is wanted"),
        ({"session_2": []}, r"conversation\.session_2\.turns: too short"),
        ({"session_2": [{"speaker": "Oda", "dia_id": "D2:1"}]}, r"session_2\.turns\[0\]\.text: missing"),
        ({"session_2_date_time": "June"}, r"session_2_date_time: not a time; it is written as '1:56 pm on .*'June'"),
        ({"session_4": turns(4, "Hm.")}, r"conversation\.session_4_date_time: missing"),
        (
            {"session_2": [{"speaker": "Ann", "dia_id": "D2:1", "text": "x"}]},
            r"session_2\[0\]\.speaker: neither speaker \(value 'Ann'\); 'Oda' or 'Per' is wanted",
        ),
        ({"session_2": [{"speaker": "Oda", "dia_id": "two", "text": "x"}]}, r"\.dia_id: not a turn \(value 'two'\)"),
    ],
)
def test_a_talk_of_another_shape_is_a_fault(imported, tmp_path, changes, said):
    """Named by file and field, and nothing is written."""
    with pytest.raises(DataError, match=r"locomo10\.json\.gz: \[1\]\..*" + said):
        imported(sample(), sample("conv-2", **changes))
    assert not list((tmp_path / "out").glob("*"))


def test_observations_of_nobody_are_faults(imported):
    """A session that is not there, a speaker who is not, a talk that comes twice."""
    wrong = sample("conv-2")
    wrong["observation"] |= {"session_7_observation": {}, "session_2_observation": {"Ann": []}}
    with pytest.raises(DataError) as caught:
        imported(sample(), sample(), wrong)
    assert [fault.field for fault in caught.value.faults] == [
        "[1].sample_id",
        "[2].observation.session_2_observation",
        "[2].observation.session_7_observation",
    ]


@pytest.mark.skipif(not UPSTREAM.is_dir(), reason=f"{UPSTREAM} is not there; EVALS_UPSTREAM names its parent")
def test_the_real_files(tmp_path):
    """7 of the 10 talks: 183 sessions of 3,884 turns, each twice, with 1,740 observations.

    Of these 293 are not forbidden of the other: 289 name both, 3 neither, and one has a longer form of the name.
    1,294 questions: 230 are on several sessions or on none, 1,064 on one, of which 85 go to both of its records.
    """
    report = locomo.import_set(UPSTREAM, tmp_path)
    assert report.sha256 == locomo.PUBLIC.sha256
    assert report.counts == {
        "dialogues": 2 * 183,
        "messages": 2 * 3_884,
        "facts": 1_740,
        "explicit_preferences": 0,
        "implicit_preferences": 0,
        "optional": 0,
        "forbidden": 1_740 - 293,
        "forbidden_left_out": 293,
        "probes": 1_149,
        "questions_over_sessions": 230,
    }
    found = list(dialogues(Source.at(tmp_path / "locomo.jsonl")))
    assert len({dialogue.cluster for dialogue in found}) == 7
    assert all(item.evidence for dialogue in found for item in dialogue.gold.items)
    longest = max(sum(token_estimate(message.content) for message in dialogue.messages) for dialogue in found)
    assert longest < 8_000  # so no session has to be cut


@pytest.mark.skipif(not UPSTREAM.is_dir(), reason=f"{UPSTREAM} is not there; EVALS_UPSTREAM names its parent")
def test_an_import_stays_small(tmp_path):
    """The file of all talks is 2.8 MB."""
    code = (
        "import sys; from pathlib import Path; from evals.corpus.importers import locomo;"
        "locomo.import_set(Path(sys.argv[1]), Path(sys.argv[2]));"
        "print(next(l.split()[1] for l in open('/proc/self/status') if l.startswith('VmHWM')))"
    )
    out = subprocess.check_output([sys.executable, "-c", code, str(UPSTREAM), str(tmp_path)], text=True)
    assert int(out) / 1024 < 300
