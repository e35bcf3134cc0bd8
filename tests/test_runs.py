"""The folder of a run: what goes in comes out, who may write it, and what is refused."""

from __future__ import annotations

import contextlib
import json
import subprocess
import sys
import threading
import time
from dataclasses import replace
from pathlib import Path

import pytest

import evals
from evals.errors import CannotAnswer, DataError, UsageError
from evals.prediction_index import PredictionIndex
from evals.results import DialogueOutcome, ExtractionFailure, Prediction, Run, Score
from evals.runs import RunFolder, list_runs, load_run, open_or_create, remove
from evals.types import (
    Decision,
    Dialogue,
    Extraction,
    Fact,
    Gold,
    GoldFact,
    GoldOutcome,
    GoldPreference,
    Message,
    PredictedOutcome,
)

IDENTITY = {"in": "golden@9f3c", "gold": "11aa", "extractor": "echo#1b7e"}
SCORE = Score(metric="f1", slice="kind=fact", value=0.8, low=0.7, high=0.9, n=12.0, dialogues=4, clusters=2)


def run(**changes: object) -> Run:
    """A small Run."""
    plain = Run(
        format=1,
        name="r",
        status="running",
        signature="s",
        created="2026-01-01T00:00:00Z",
        command="evals run",
        config={"seed": 0},
        environment={},
        dataset={},
        counts={"dialogues": 4},
        identity=IDENTITY,
        matching={},
        latency={"p50_ms": None},
        scores=(SCORE, Score(metric="recall", slice="all", value=None)),
        confusion={"memory_type": {"UserMemory": {"UserMemory": 3}}},
    )
    return replace(plain, **changes)  # type: ignore[arg-type]


def dialogue(number: int) -> Dialogue:
    """A small dialogue with gold of both kinds."""
    gold = Gold(
        items=(
            GoldFact(gid="f", memory_value="住在杭州", tags=("home",), slots={"city": "杭州"}),
            GoldPreference(gid="p", preference="tea", preference_type="implicit_preference"),
        )
    )
    messages = (Message(role="user", content=f"turn {number}", speaker="A"),)
    return Dialogue(id=f"d{number}", messages=messages, cluster="c", language="zh", gold=gold)


def outcome(number: int) -> DialogueOutcome:
    """A small outcome."""
    floor = Decision(by="floor")
    return DialogueOutcome(
        id=f"d{number}",
        cluster="c",
        language="en",
        split="dev",
        gold=(GoldOutcome(gid="g", kind="fact", text="t", state="missed", decided_by=floor),),
        predicted=(
            PredictedOutcome(
                index=0, kind=None, text="", state="invalid", decided_by=Decision(by="shape"), links=("g",)
            ),
        ),
    )


def made(path: Path, status: str = "running") -> RunFolder:
    """A run's folder with its run.json."""
    path.mkdir()
    folder = RunFolder(path)
    folder.write_run(run(status=status))
    return folder


def names(folder: Path) -> list[str]:
    """What stands in a folder."""
    return sorted(entry.name for entry in folder.iterdir())


def test_a_run_read_back_is_the_same(tmp_path: Path) -> None:
    """run.json loses nothing."""
    folder = made(tmp_path / "r")
    assert folder.read_run() == run()


def test_run_json_spells_every_field_of_a_score_out(tmp_path: Path) -> None:
    """Other programs read run.json without knowing our defaults: undefined is null, not absent."""
    folder = made(tmp_path / "r")
    scores = json.loads(folder.run_path.read_text())["scores"]
    assert scores[1] == {
        "metric": "recall",
        "slice": "all",
        "value": None,
        "low": None,
        "high": None,
        "bound_low": None,
        "bound_high": None,
        "n": 0,
        "dialogues": 0,
        "clusters": 0,
        "higher_is_better": True,
        "note": None,
    }


def test_marking_changes_the_status_alone(tmp_path: Path) -> None:
    """interrupted, incomplete and complete are written over running."""
    folder = made(tmp_path / "r")
    assert folder.mark("complete") == folder.read_run() == run(status="complete")


def test_outcomes_and_dialogues_stream_out_and_in(tmp_path: Path) -> None:
    """Both are written from an iterator and read back equal, in order."""
    folder = made(tmp_path / "r")
    with folder.writing_outcomes() as write:
        for number in range(3):
            write(outcome(number))
    with folder.saving_dialogues() as keep:
        for number in range(3):
            keep(dialogue(number))
    assert list(folder.outcomes()) == [outcome(number) for number in range(3)]
    assert list(folder.dialogues()) == [dialogue(number) for number in range(3)]


def test_a_failed_writing_leaves_the_old_outcomes(tmp_path: Path) -> None:
    """Outcomes are replaced in one step or not at all, and no temporary file stays."""
    folder = made(tmp_path / "r")
    with folder.writing_outcomes() as write:
        write(outcome(0))

    def fail_half_way() -> None:
        with folder.writing_outcomes() as write:
            write(outcome(7))
            raise DataError.at(tmp_path, "stop here")

    with pytest.raises(DataError, match="stop here"):
        fail_half_way()
    assert list(folder.outcomes()) == [outcome(0)]
    assert names(folder.path) == ["outcomes.jsonl", "run.json"]


def test_appending_goes_on_behind_a_torn_line(tmp_path: Path) -> None:
    """What a killed run left half written is cut off, and nothing whole is touched."""
    folder = made(tmp_path / "r")
    good = Prediction(id="a", extraction=Extraction(facts=(Fact(memory_value="好"),)), latency_ms=1.5)
    failed = Prediction(id="b", repeat=2, error=ExtractionFailure(type="TimeoutError", message="late"))
    with folder.appending() as store:
        store(good)
    with folder.predictions_path.open("ab") as handle:
        handle.write('{"id":"c","memory_detail_list":[{"memory_value":"好'.encode()[:-1])
    with folder.appending() as store:
        store(failed)
    index = folder.predictions()
    assert [index.get(*key) for key in index] == [good, failed]
    assert (index.torn, [key for key in index if key in index.settled()]) == (0, [("a", 0)])


def test_each_stored_prediction_is_on_disk_at_once(tmp_path: Path) -> None:
    """Another reader sees a line as soon as it was stored."""
    folder = made(tmp_path / "r")
    with folder.appending() as store:
        for number in range(3):
            store(Prediction(id=f"d{number}", extraction=Extraction()))
            assert len(PredictionIndex(folder.predictions_path)) == number + 1


# --- may we go on here? --------------------------------------------------------------------------


def test_a_new_an_unfinished_and_a_complete_run(tmp_path: Path) -> None:
    """The same command goes on with an unfinished run and leaves a complete one alone."""
    path = tmp_path / "reports" / "r"
    with open_or_create(path, IDENTITY) as opened:
        assert (opened.state, opened.set_aside) == ("new", None)
        opened.folder.write_run(run(status="interrupted"))
    for status in ("running", "interrupted", "incomplete"):
        RunFolder(path).write_run(run(status=status))
        with open_or_create(path, IDENTITY) as opened:
            assert opened.state == "unfinished"
    RunFolder(path).mark("complete")
    before = RunFolder(path).run_path.stat()
    with open_or_create(path, IDENTITY) as opened:
        assert opened.state == "complete"
        assert names(path) == ["run.json"]
    assert RunFolder(path).run_path.stat().st_mtime_ns == before.st_mtime_ns


def test_a_run_killed_before_its_first_line_is_new(tmp_path: Path) -> None:
    """A folder with nothing but the lock and half a run.json of a dead process is as good as none."""
    (tmp_path / "r").mkdir()
    (tmp_path / "r" / ".lock").write_text("12345")
    (tmp_path / "r" / ".run.json.1f2e.tmp").write_text('{"form')
    with open_or_create(tmp_path / "r", IDENTITY) as opened:
        assert opened.state == "new"


def test_half_written_files_of_a_killed_process_are_swept_out(tmp_path: Path) -> None:
    """Whoever goes on with the run removes them, and nothing else; one that is only looked at keeps them."""
    folder = made(tmp_path / "r")
    (folder.path / ".0a1b2c3d4e5f6071.tmp").write_bytes(bytes(100))
    (folder.path / "notes.tmp").write_text("mine")
    assert load_run(folder.path).run.status == "running"
    assert (folder.path / ".0a1b2c3d4e5f6071.tmp").exists()
    with open_or_create(folder.path, IDENTITY):
        assert names(folder.path) == [".lock", "notes.tmp", "run.json"]


def test_another_identity_is_refused_with_both_values(tmp_path: Path) -> None:
    """The message names every field that differs, the value there and the value wanted; nothing is touched."""
    folder = made(tmp_path / "r", "complete")
    wanted = {"in": "golden@9f3c", "gold": "22bb", "judge": "none"}
    with pytest.raises(UsageError) as caught:
        open_or_create(folder.path, wanted)
    assert caught.value.exit_code == 2
    assert "gold: 11aa → 22bb; extractor: echo#1b7e → (none); judge: (none) → none" in str(caught.value)
    assert folder.read_run() == run(status="complete")
    assert names(folder.path) == ["run.json"]


def test_force_keeps_every_older_run_aside(tmp_path: Path) -> None:
    """`--force` renames to .1, .2 … and deletes nothing, whatever state the old run is in."""
    path = tmp_path / "r"
    for number, status in enumerate(("complete", "running", "complete"), start=1):
        with open_or_create(path, {"gold": str(number)}, force=True) as opened:
            assert opened.state == "new"
            assert opened.set_aside == (tmp_path / f"r.{number - 1}" if number > 1 else None)
            opened.folder.write_run(run(status=status, name=str(number)))
    assert [listed.run and listed.run.name for listed in list_runs(tmp_path)] == ["3", "1", "2"]
    assert names(tmp_path / "r.1") == ["run.json"]


def test_what_is_no_run_is_never_written_into(tmp_path: Path) -> None:
    """A folder of something else, or a file, is refused; force moves the folder aside."""
    notes = tmp_path / "notes"
    notes.mkdir()
    (notes / "thesis.txt").write_text("years of work")
    with pytest.raises(UsageError, match=r"no run \(it holds thesis.txt, no run.json\)"):
        open_or_create(notes, IDENTITY)
    with open_or_create(notes, IDENTITY, force=True) as opened:
        assert opened.state == "new"
    assert (tmp_path / "notes.1" / "thesis.txt").read_text() == "years of work"
    for force in (False, True):
        with pytest.raises(UsageError, match="a file stands where"):
            open_or_create(tmp_path / "notes.1" / "thesis.txt", IDENTITY, force=force)


def test_two_processes_never_write_one_run(tmp_path: Path) -> None:
    """While another process holds a run it can be neither continued, nor moved aside, nor removed; after, it can."""
    path = tmp_path / "r"
    program = (
        "import sys, pathlib\n"
        "from evals.runs import open_or_create\n"
        f"with open_or_create(pathlib.Path({str(path)!r}), {IDENTITY!r}) as opened:\n"
        "    print('held', flush=True)\n"
        "    sys.stdin.read()\n"
    )
    with subprocess.Popen([sys.executable, "-c", program], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == b"held\n"
        RunFolder(path).write_run(run())
        said = rf"another process \(pid {other.pid}\) is writing this run"
        with pytest.raises(UsageError, match=said):
            open_or_create(path, IDENTITY)
        with pytest.raises(UsageError, match=said):
            open_or_create(path, IDENTITY, force=True)
        with pytest.raises(UsageError, match=said):
            remove(path)
        other.kill()
    with open_or_create(path, IDENTITY) as opened:
        assert opened.state == "unfinished"
    assert names(path) == ["run.json"]


def test_a_lock_given_back_and_taken_at_the_same_moment_has_one_holder(tmp_path: Path) -> None:
    """Threads that open and close one run as fast as they can are never two inside: no stale lock file is held."""
    inside, most, entered = 0, 0, 0
    counting = threading.Lock()

    def contend() -> None:
        nonlocal inside, most, entered
        for _ in range(400):
            with contextlib.suppress(UsageError), open_or_create(tmp_path / "r", IDENTITY):
                with counting:
                    inside += 1
                    most, entered = max(most, inside), entered + 1
                time.sleep(0)
                with counting:
                    inside -= 1

    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        threads = [threading.Thread(target=contend) for _ in range(6)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    finally:
        sys.setswitchinterval(before)
    assert most == 1
    assert entered > 0


def test_the_lock_is_given_back_when_the_block_fails(tmp_path: Path) -> None:
    """An error inside leaves no lock behind."""
    with pytest.raises(DataError), open_or_create(tmp_path / "r", IDENTITY):
        raise DataError.at(tmp_path, "failed")
    with open_or_create(tmp_path / "r", IDENTITY) as opened:
        assert opened.state == "new"


# --- reading what others wrote -------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('{"format": 2, "scores": "of another shape"}', "format: format 2, written by another version of evals; this"),
        ('{"scores": []}', "format: format None, not the run.json of a run; this version reads format 1"),
        ('{"format": 1}', "name: missing"),
        ('{"format": 1, ', "not JSON"),
        ("[]", "wrong type"),
    ],
)
def test_a_run_json_that_is_not_ours_is_one_line(tmp_path: Path, text: str, said: str) -> None:
    """Another format names the one that is read; anything else names the field."""
    (tmp_path / "run.json").write_text(text)
    with pytest.raises(DataError) as caught:
        load_run(tmp_path)
    assert said in str(caught.value)
    assert str(tmp_path / "run.json") in str(caught.value)


def test_a_run_file_is_never_instantiated(tmp_path: Path) -> None:
    """A `_target_` in a stored configuration stays the text it is."""
    folder = made(tmp_path / "r")
    folder.write_run(run(config={"extractor": {"_target_": "os.system", "command": "exit 1"}}))
    assert load_run(folder.path).run.config == {"extractor": {"_target_": "os.system", "command": "exit 1"}}


def test_load_run_is_the_door_for_notebooks(tmp_path: Path) -> None:
    """Scores by metric and slice, items on request, by folder or by its run.json."""
    folder = made(tmp_path / "r")
    with folder.writing_outcomes() as write:
        write(outcome(0))
    with folder.appending() as store:
        store(Prediction(id="a", extraction=Extraction()))
    loaded = evals.load_run(str(folder.path))
    assert loaded.score("f1", "kind=fact") == SCORE
    assert loaded.score("recall").value is None
    assert loaded.scores == loaded.run.scores == run().scores
    assert list(loaded.outcomes()) == [outcome(0)]
    assert list(loaded.predictions()) == [("a", 0)]
    assert load_run(folder.run_path).run == loaded.run
    with pytest.raises(DataError, match=r"runner\.save_messages=true"):
        loaded.dialogues()
    with folder.saving_dialogues() as keep:
        keep(dialogue(0))
    assert list(loaded.dialogues()) == [dialogue(0)]


def test_a_score_that_is_not_there_names_those_that_are(tmp_path: Path) -> None:
    """A wrong slice lists the slices of that metric, a wrong metric the metrics."""
    loaded = load_run(made(tmp_path / "r").path)
    with pytest.raises(CannotAnswer, match="slices of f1: kind=fact"):
        loaded.score("f1")
    with pytest.raises(CannotAnswer, match="metrics: f1, recall"):
        loaded.score("f2")


def test_a_missing_run_is_named(tmp_path: Path) -> None:
    """Neither a folder that is not there nor one without run.json has a traceback."""
    with pytest.raises(DataError, match="there is no such run"):
        load_run(tmp_path / "none")
    with pytest.raises(DataError, match="there is no such file"):
        load_run(tmp_path)


def test_listing_survives_a_broken_run(tmp_path: Path) -> None:
    """A run that cannot be read is listed with its fault; files and other folders are not listed."""
    assert list_runs(tmp_path / "reports") == ()
    made(tmp_path / "b")
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "run.json").write_text("{")
    (tmp_path / "other").mkdir()
    (tmp_path / "README.md").write_text("x")
    first, second = list_runs(tmp_path)
    assert (first.path.name, first.run) == ("a", None)
    assert "not JSON" in str(first.fault)
    assert (second.path.name, second.run, second.fault) == ("b", run(), None)


def test_only_a_run_is_removed(tmp_path: Path) -> None:
    """A run goes with all its files; a folder without run.json and a link to a run stay."""
    folder = made(tmp_path / "r")
    with folder.writing_outcomes() as write:
        write(outcome(0))
    (tmp_path / "link").symlink_to(folder.path)
    for kept in (tmp_path, tmp_path / "link", tmp_path / "none"):
        with pytest.raises(UsageError, match="nothing was removed"):
            remove(kept)
    remove(folder.path)
    assert not folder.path.exists()
