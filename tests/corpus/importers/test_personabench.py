"""PersonaBench communities of our own making, in upstream's shape: who says what of whom, and sessions of nothing."""

from __future__ import annotations

import gzip
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from evals.corpus.importers import personabench
from evals.corpus.importers.personabench_attributes import statements
from evals.corpus.source import Source, dialogues
from evals.errors import DataError

UPSTREAM = Path(os.environ.get("EVALS_UPSTREAM", Path(__file__).resolve().parents[4] / "shared" / "data"))
UPSTREAM /= "personabench"
NAME, FRIEND = "Oda Brandt", "Dr. Ivo Lund"


def talk(segment, *turns, target=FRIEND):
    """A session with another person; without turns, both say a word."""
    spoken = turns or ((NAME, "Hi."), (target, "Hi."))
    return {
        "session": "s",
        "segment_id": segment,
        "time": "2023/May/02/03:38 PM",
        "target_name": target,
        "conversation": [{"role": role, "content": content} for role, content in spoken],
    }


def chat(segment):
    """A session with an assistant."""
    turns = [{"role": "user", "content": "Hi."}, {"role": "assistant", "content": "Hello."}]
    return {"session": "s", "segment_id": segment, "time": "yesterday", "user_ai_interaction": turns}


def question(number, asked, answer, type="Basic information", segments=None, outdated=None):
    """A question, and the sessions that support each value of its answer."""
    return {
        "q_id": number,
        "question": asked,
        "answer": answer,
        "type": type,
        "difficulty": "easy",
        "outdated_value": outdated,
        "segment_id": segments or {},
    }


@pytest.fixture
def community(tmp_path):
    """Writes one community; returns the folder above it."""

    def write(talks=(), chats=(), questions=(), noise="noise_0.7", name="community_0"):
        folder = tmp_path / "upstream" / name
        files = {
            f"private_data/{noise}/conversation_data_all.json.gz": [
                {"Name": NAME, "Data": [{"Target_name": FRIEND, "Conversations": list(talks)}]}
            ],
            f"private_data/{noise}/user_ai_interaction_data_all.json": [{"Name": NAME, "Data": list(chats)}],
            "eval_info/eval_info_all.json": [{"Name": NAME, "Eval_Info": {"qa": list(questions)}}],
            f"eval_info/qa_gt_context_all_{noise}.json": list(questions),
        }
        for path, content in files.items():
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            text = json.dumps(content).encode()
            (folder / path).write_bytes(gzip.compress(text) if path.endswith(".gz") else text)
        return tmp_path / "upstream"

    return write


@pytest.fixture
def imported(tmp_path):
    """Imports a folder; returns the report, the dialogues by segment, and the lines of the file by segment."""

    def run(source):
        report = personabench.import_set(source, tmp_path / "out")
        (path,) = report.files
        found = {dialogue.id.removeprefix("personabench/"): dialogue for dialogue in dialogues(Source.at(path))}
        lines = [json.loads(line) for line in path.read_text().splitlines()]
        return report, found, {line["provenance"]["upstream_id"]: line for line in lines}

    return run


def test_a_value_linked_to_a_session_is_its_gold(community, imported):
    """Attributes are facts, likings preferences of either type, and a session without any is noise."""
    _, found, lines = imported(
        community(
            talks=[talk("t1", (NAME, "Back in oslo, where I was born.")), talk("t2")],
            chats=[chat("c1")],
            questions=[
                question("q1", "What city was I born in?", "Oslo", segments={"Oslo": ["t1"]}),
                question("q2", "Which drinks are dear to me?", ["tea", "mead"], "Preference", {"mead": ["c1"]}),
            ],
        )
    )
    assert {name: [(item.kind, item.text) for item in each.gold.items] for name, each in found.items()} == {
        "noise_0.7/t1": [("fact", "The user's city of birth: Oslo")],
        "noise_0.7/t2": [],
        "noise_0.7/c1": [("explicit_preference", "The user's favorite drink: mead")],
    }
    fact, liking = found["noise_0.7/t1"].gold.items[0], found["noise_0.7/c1"].gold.items[0]
    assert (fact.memory_key, fact.slots) == ("city of birth", {"city of birth": "Oslo"})
    assert (fact.subject, fact.optional, fact.variants) == ("user", False, ("The user was born in Oslo.",))
    assert (liking.type_certain, liking.polarity, liking.variants) == (False, "like", ("The user likes mead.",))
    assert liking.slots is None  # nobody said mead
    assert [dialogue.labels for dialogue in found.values()] == [
        ("noise_0.7", "conversation", "basic_information"),
        ("noise_0.7", "conversation", "noise", "no_gold"),
        ("noise_0.7", "user_ai", "preference"),
    ]
    assert found["noise_0.7/t1"].gold.annotated.facts == "partial"
    assert found["noise_0.7/t1"].gold.annotated.implicit_preferences == "none"
    assert lines["t1"]["context"] == {"now": "2023-05-02T15:38", "user_name": NAME}
    assert lines["c1"]["context"] == {"user_name": NAME}
    assert lines["t1"]["provenance"]["licence"] == "CC-BY-NC-SA-4.0"
    assert lines["t1"]["provenance"]["path"] == "community_0/private_data/noise_0.7/conversation_data_all.json"


def test_the_named_person_is_the_user(community, imported):
    """Whoever begins, and where a name is shortened; blank messages are left out."""
    _, found, _ = imported(
        community(
            talks=[
                talk("t1", (FRIEND, "Hi Oda."), (NAME, "Hi."), (FRIEND, " ")),
                talk("t2", ("Oda", "Hi."), ("Ivo", "Hi.")),
            ]
        )
    )
    assert [[(message.role, message.speaker) for message in each.messages] for each in found.values()] == [
        [("assistant", FRIEND), ("user", NAME)],
        [("user", "Oda"), ("assistant", "Ivo")],
    ]


def test_what_another_tells_of_themselves_is_optional(community, imported):
    """It is not the user's; told by a third person or by the user, it is wanted. Names and relations are joined."""
    _, found, _ = imported(
        community(
            talks=[talk("t1"), talk("t2", target="Ann Brandt"), talk("t3")],
            questions=[
                question("q1", f"In what way is {FRIEND} related to me?", "friend", "Social", {FRIEND: ["t3"]}),
                question("q2", f"What is {FRIEND}'s job?", "baker", "Social", {"baker": ["t1", "t2"]}),
                question("q3", "Who is my aunt?", "Ann Brandt", "Social", {"Ann Brandt": ["t3"]}),
                question("q4", "What pets does my aunt have?", [{"cat": "Mo"}], "Social", {"(('cat', 'Mo'),)": ["t2"]}),
            ],
        )
    )
    told = {name: [(i.text, i.subject, i.optional) for i in each.gold.items] for name, each in found.items()}
    assert told == {
        "noise_0.7/t1": [("Dr. Ivo Lund (the user's friend), occupation: baker", "other:Dr. Ivo Lund", True)],
        "noise_0.7/t2": [
            ("Dr. Ivo Lund (the user's friend), occupation: baker", "other:Dr. Ivo Lund", False),
            ("Ann Brandt (the user's aunt), pet: cat named Mo", "other:Ann Brandt", True),
        ],
        "noise_0.7/t3": [
            ("The user's friend: Dr. Ivo Lund", "user", False),
            ("The user's aunt: Ann Brandt", "user", False),
        ],
    }


def test_what_is_left_out_is_counted(community, imported):
    """The same statement asked twice, sessions that are not there, values nobody knows, and what is of all sessions."""
    letters = "Which word fits my personality? Please choose A: Shy, B: Bold."
    report, found, _ = imported(
        community(
            talks=[talk("t1")],
            questions=[
                question("q1", letters, "B", "Subjective", {"Bold": ["t1"]}),
                question("q2", letters.replace("Shy", "Sly"), "B", "Subjective", {"Bold": ["t1", "t9"]}),
                question("q3", "My workplace, where is it?", "N/A", segments={"N/A": ["t1"]}),
                question("q4", "Which foods are dear to me?", ["jam"], "Preference", outdated=["ham"]),
            ],
        )
    )
    assert [item.text for item in found["noise_0.7/t1"].gold.items] == ["The user's personality: Bold"]
    assert report.notes == (
        "left out: 1 items of sessions that are not in the files",
        "left out: 1 items that repeat another one of their session",
        "left out: 1 items whose value is 'not known'",
        "left out: 4 questions of a person as a whole (probes)",
        "left out: 1 questions with values that are outdated over all sessions",
    )


def test_sessions_of_a_person_stand_together(community, imported):
    """Noise levels have sessions of the same names; only a level with noise has noise."""
    community(talks=[talk("t1")], noise="noise_0.0")
    _, found, _ = imported(community(talks=[talk("t1")], chats=[chat("c1")]))
    assert list(found) == ["noise_0.0/t1", "noise_0.7/t1", "noise_0.7/c1"]
    assert {dialogue.cluster for dialogue in found.values()} == {f"personabench/community_0/{NAME}"}
    assert found["noise_0.0/t1"].labels == ("noise_0.0", "conversation", "no_gold")


@pytest.mark.parametrize(
    ("asked", "value", "said"),
    [
        ("How old am I, at what age?", "39", ["The user's age: 39"]),
        ("How is my appearance?", "(('Eye color', 'Blue'),)", ["The user's eye color: Blue"]),
        ("How is my appearance?", "((broken,),)", ["The user's appearance: ((broken,),)"]),
        ("In which country was I born?", "Chad", ["The user's country of birth: Chad"]),
        ("In what country do I live?", "Chad", ["The user's country of residence: Chad"]),
        ("What was my earlier profession? E.g., cook ...", "cook", ["The user's previous occupation: cook"]),
        ("Which talents would I like to develop?", "juggling", ["The user's skill to learn: juggling"]),
        ("Which film genres do I watch?", "noir", ["The user's favorite movie genre: noir"]),
        ("Which school does my son attend?", "Eton", ["The user's son, school: Eton"]),
        ("What food does Kim Bo Park enjoy?", "rice", ["Kim Bo Park, favorite food: rice"]),
        ("What is my blood group?", "A", ["The user's answer to “What is my blood group”: A"]),
    ],
)
def test_a_question_becomes_an_attribute(asked, value, said):
    """By keyword; one that no keyword knows names itself."""
    assert [statement.text for statement in statements(asked, value, None)] == said


def test_a_community_of_another_shape_is_a_fault(community, imported, tmp_path):
    """A person who does not speak, a question nobody asked, a kind of question there is not, an empty session."""
    with pytest.raises(DataError, match=r"conversation_data_all\.json: session t1: 'Oda Brandt' does not speak"):
        imported(community(talks=[talk("t1", ("Eve", "Hi."), (FRIEND, "Hi."))]))
    source = community(talks=[talk("t1")])
    support = source / "community_0/eval_info/qa_gt_context_all_noise_0.7.json"
    support.write_text(json.dumps([question("q9", "q", "a")]))
    with pytest.raises(DataError, match=r"qa_gt_context_all_noise_0\.7\.json: no question of that name \(value 'q9'\)"):
        imported(source)
    with pytest.raises(DataError, match=r"eval_info_all\.json: \[0\]\.Eval_Info\.qa\[0\]\.type: not a choice"):
        imported(community(questions=[question("q1", "q", "a", "Odd")]))
    with pytest.raises(DataError, match=r"\[0\]\.Data\[0\]\.Conversations\[0\]\.conversation: too short"):
        imported(community(talks=[talk("t1") | {"conversation": []}]))
    with pytest.raises(DataError, match="neither a file nor a folder with"):
        imported(tmp_path / "out")
    assert list((tmp_path / "out").iterdir()) == []


@pytest.mark.skipif(not UPSTREAM.is_dir(), reason=f"{UPSTREAM} is not there; EVALS_UPSTREAM names its parent")
def test_the_real_files(imported):
    """4 of the 6 people, 1,514 sessions, 896 links of a question and value with a session: 566 facts, 330 preferences.

    Of the facts 188 repeat another one of their session (a trait is asked for in six ways, a relation from both sides)
    and are there once; two have the value N/A. That makes one more noise session than the 806 without any link.
    """
    report, found, _ = imported(UPSTREAM)
    assert report.sha256 == personabench.PUBLIC.sha256
    assert report.counts == {
        "sessions": 1_514,
        "messages": 17_350,
        "facts": 566 - 188 - 2,
        "explicit_preferences": 330,
        "implicit_preferences": 0,
        "optional": 149,
        "forbidden": 0,
        "noise sessions": 806 + 1,
    }
    assert "left out: 188 items that repeat another one of their session" in report.notes
    assert len({dialogue.cluster for dialogue in found.values()}) == 4
    assert not any("answer to" in item.text for dialogue in found.values() for item in dialogue.gold.items)


@pytest.mark.skipif(not UPSTREAM.is_dir(), reason=f"{UPSTREAM} is not there; EVALS_UPSTREAM names its parent")
def test_an_import_holds_one_community_at_a_time(tmp_path):
    """Some 50 MB at most, most of it the interpreter."""
    code = (
        "import sys; from pathlib import Path; from evals.corpus.importers import personabench;"
        "personabench.import_set(Path(sys.argv[1]), Path(sys.argv[2]));"
        "print(next(l.split()[1] for l in open('/proc/self/status') if l.startswith('VmHWM')))"
    )
    out = subprocess.check_output([sys.executable, "-c", code, str(UPSTREAM), str(tmp_path)], text=True)
    assert int(out) / 1024 < 300
