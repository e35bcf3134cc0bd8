"""The whole line on the golden set: what the controls must score, what the baseline is worth, and that it repeats."""

from __future__ import annotations

import csv
import io
import json
import os
import re
import subprocess
import sys
from collections.abc import Callable, Sequence
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path
from typing import Any

import pytest

import evals
from evals.cli import main
from evals.errors import CannotAnswer, DataError
from evals.runs import LoadedRun
from evals.types import KINDS

CONTROLS = ("control_empty", "control_echo", "control_shuffled", "control_duplicated", "control_oracle")
TRIO = ("precision", "recall", "f1")
ATTACK = "<script>alert('owned')</script> | `x` \u202eevil [x](javascript:alert(1))"


def run(*words: object) -> tuple[int, str]:
    """`evals run` in this process: exit code and everything it said."""
    said = io.StringIO()
    with redirect_stdout(said), redirect_stderr(said):
        code = main(["run", *map(str, words)])
    return code, said.getvalue()


@pytest.fixture(scope="module")
def golden(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], LoadedRun]:
    """The run of an extractor over the golden set, made once."""
    reports = tmp_path_factory.mktemp("reports")

    def load(extractor: str) -> LoadedRun:
        code, said = run(f"extractor={extractor}", "report.formats=[]", "--out", reports, "--name", extractor)
        assert code == 0, said
        return evals.load_run(reports / extractor)

    return load


def written(path: Path, records: Sequence[dict[str, Any]]) -> Path:
    """Records as a JSONL file."""
    path.write_text("".join(json.dumps(record, ensure_ascii=False) + "\n" for record in records), "utf-8")
    return path


# --- controls: the floor and the ceiling ---------------------------------------------------------


@pytest.mark.slow
def test_the_oracle_is_perfect_wherever_there_is_gold(golden: Callable[[str], LoadedRun]) -> None:
    """Precision, recall and F1 are 1 in every slice with n > 0, and not defined in every other."""
    scores = [score for score in golden("control_oracle").scores if score.metric in TRIO]
    assert {score.slice for score in scores} >= {
        "all",
        *(f"kind={kind}" for kind in KINDS),
        "language=en",
        "split=test",
    }
    assert all(score.value == (1.0 if score.n else None) for score in scores)
    assert sum(score.n > 0 for score in scores) > len(scores) / 2


@pytest.mark.slow
def test_saying_nothing_finds_nothing(golden: Callable[[str], LoadedRun]) -> None:
    """Recall 0 wherever there is gold; precision is not defined anywhere."""
    loaded = golden("control_empty")
    recalls = [score for score in loaded.scores if score.metric == "recall"]
    assert all(score.value == (0.0 if score.n else None) for score in recalls)
    assert {score.value for score in loaded.scores if score.metric == "precision"} == {None}


@pytest.mark.slow
def test_gold_ten_times_over(golden: Callable[[str], LoadedRun]) -> None:
    """Recall stays 1, one in ten is right, the other nine are duplicates and nothing else."""
    loaded = golden("control_duplicated")
    assert loaded.score("recall").value == 1
    assert loaded.score("precision").value == pytest.approx(0.1)
    assert {item.state for outcome in loaded.outcomes() for item in outcome.predicted} == {"correct", "duplicate"}
    assert loaded.score("duplicate_rate").value == pytest.approx(0.9)


@pytest.mark.slow
def test_gold_of_another_dialogue_matches_by_chance_alone(golden: Callable[[str], LoadedRun]) -> None:
    """Strict F1 at most 0.02: what the matcher credits to somebody else's memories."""
    f1 = golden("control_shuffled").score("f1")
    assert f1.value is not None
    assert f1.value <= 0.02
    assert f1.n > 500


def test_the_floor_experiment_scores_all_controls(tmp_path: Path) -> None:
    """experiment=floor puts the five of them beside the system, each with overall scores."""
    code, said = run("experiment=floor", "dataset=smoke", "report.formats=[]", "--out", tmp_path, "--name", "a")
    assert code == 0, said
    controls = evals.load_run(tmp_path / "a").run.controls or {}
    assert tuple(controls) == CONTROLS
    recalls = {
        name: next(score.value for score in scores if (score.metric, score.slice) == ("recall", "all"))
        for name, scores in controls.items()
    }
    assert recalls["control_empty"] == 0
    assert recalls["control_oracle"] == recalls["control_duplicated"] == 1
    assert recalls["control_shuffled"] is not None
    assert recalls["control_shuffled"] < 0.1


# --- the baseline --------------------------------------------------------------------------------


def test_the_baseline_is_scored_in_every_kind_and_language(golden: Callable[[str], LoadedRun]) -> None:
    """A bare run is complete, has every slice, and its headline numbers stand inside their intervals."""
    loaded = golden("baseline")
    assert loaded.run.status == "complete"
    assert loaded.run.counts == {"dialogues": 406, "predictions": 406, "failed": 0}
    slices = {score.slice for score in loaded.scores if score.metric == "recall"}
    assert slices >= {f"kind={kind}" for kind in KINDS} | {"language=en", "language=zh", "language=mixed"}
    for name in ("all", "kind=fact"):
        f1 = loaded.score("f1", name)
        assert None not in (f1.low, f1.value, f1.high)
        assert 0 < f1.low < f1.value < f1.high < 1


def test_the_baseline_is_pinned(golden: Callable[[str], LoadedRun]) -> None:
    """The signature holds a fingerprint of the rules: other rules are another system."""
    extractor = golden("baseline").run.identity["extractor"]
    assert extractor.startswith("baseline#")
    assert "unpinned" not in extractor


@pytest.mark.parametrize("name", ["all", "kind=fact,language=en", "kind=fact,language=zh"])
def test_the_baseline_is_worth_more_than_echo(name: str, golden: Callable[[str], LoadedRun]) -> None:
    """The paired difference in F1 to giving every user turn back lies above 0, interval and all."""
    (difference,) = [s for s in golden("baseline").run.skill if (s.metric, s.slice) == ("f1", name)]
    assert difference.low is not None
    assert difference.low > 0, f"{name}: {difference.value:.3f} [{difference.low:.3f}, {difference.high:.3f}]"


# --- the least a user may bring ------------------------------------------------------------------


def test_records_without_gold_run(tmp_path: Path) -> None:
    """`id` and `messages` alone: what needs gold is null and says so, grounding and counts are there."""
    said = ("My name is Ana and I live in Paris.", "我住在杭州，养了两只猫。", "I am allergic to nuts.")
    records = [{"id": str(i), "messages": [{"role": "user", "content": text}]} for i, text in enumerate(said)]
    path = written(tmp_path / "d.jsonl", records)
    code, text = run("dataset=file", f"dataset.path={path}", "extractor=control_echo", "--out", tmp_path, "--name", "a")
    assert code == 0, text
    loaded = evals.load_run(tmp_path / "a")
    for metric in TRIO:
        score = loaded.score(metric)
        assert score.value is None
        assert score.note
    assert loaded.score("unsupported_rate").value == 0
    assert loaded.score("memories_per_dialogue").value == 2
    assert loaded.run.dataset["languages"] == {"en": 2, "zh": 1}
    states = {item.state for outcome in loaded.outcomes() for item in outcome.predicted}
    assert states == {"extra_grounded"}
    assert (tmp_path / "a" / "report.html").is_file()


# --- the same again ------------------------------------------------------------------------------


def lines_of(loaded: LoadedRun) -> list[dict[str, Any]]:
    """outcomes.jsonl without latencies, which no two extractions share."""
    lines = (json.loads(line) for line in (loaded.path / "outcomes.jsonl").read_text("utf-8").splitlines())
    return [{name: value for name, value in line.items() if name != "latency_ms"} for line in lines]


@pytest.mark.slow
@pytest.mark.parametrize("seed", ["1", "2"])
def test_two_processes_agree(seed: str, golden: Callable[[str], LoadedRun], tmp_path: Path) -> None:
    """A fresh run in a process with other hashes of strings: equal scores and outcomes but for latencies."""
    words = ["run", "report.formats=[]", "--out", str(tmp_path), "--name", "baseline"]
    subprocess.run(
        [sys.executable, "-m", "evals", *words],
        check=True,
        env={**os.environ, "PYTHONHASHSEED": seed},
        capture_output=True,
    )
    ours, theirs = golden("baseline"), evals.load_run(tmp_path / "baseline")
    assert theirs.run.signature == ours.run.signature
    assert theirs.scores == ours.scores
    assert (theirs.run.skill, theirs.run.controls) == (ours.run.skill, ours.run.controls)
    assert lines_of(theirs) == lines_of(ours)


@pytest.mark.slow
def test_a_run_without_latencies_repeats_to_the_byte(golden: Callable[[str], LoadedRun], tmp_path: Path) -> None:
    """outcomes.jsonl and predictions.jsonl of the oracle, made twice."""
    assert run("extractor=control_oracle", "report.formats=[]", "--out", tmp_path, "--name", "again")[0] == 0
    for name in ("outcomes.jsonl", "predictions.jsonl"):
        assert (tmp_path / "again" / name).read_bytes() == (golden("control_oracle").path / name).read_bytes()


@pytest.mark.slow
def test_a_replayed_run_is_the_run(golden: Callable[[str], LoadedRun], tmp_path: Path) -> None:
    """extractor=recorded over an earlier run: the same outcomes to the byte, latencies too, and the same scores."""
    earlier = golden("baseline")
    words = ("extractor=recorded", f"extractor.run={earlier.path}", "report.formats=[]", "--out", tmp_path)
    assert run(*words, "--name", "replayed")[0] == 0
    replayed = evals.load_run(tmp_path / "replayed")
    assert (replayed.path / "outcomes.jsonl").read_bytes() == (earlier.path / "outcomes.jsonl").read_bytes()
    assert replayed.scores == earlier.scores
    assert replayed.run.latency == earlier.run.latency


# --- text of others ------------------------------------------------------------------------------


def test_hostile_text_is_shown_not_run(tmp_path: Path) -> None:
    """Markup, pipes and formulas in messages, memories, labels and ids: escaped in every report file."""
    talk = [{"role": "user", "content": f"I said {ATTACK}"}]
    records = [
        {
            "id": f"d{i}",
            "messages": talk,
            "labels": [f"=cmd {ATTACK}"],
            "gold_facts": [{"memory_value": f"I like {i} {ATTACK}"}],
        }
        for i in range(3)
    ]
    answers = [
        {
            "id": f"d{i}",
            "memory_detail_list": [{"memory_value": f'=HYPERLINK("x") {ATTACK}'}, {"memory_value": f"{i} {ATTACK}"}],
        }
        for i in range(3)
    ]
    data, stored = written(tmp_path / "d.jsonl", records), written(tmp_path / "a.jsonl", answers)
    code, said = run(
        "dataset=file", f"dataset.path={data}", "extractor=recorded", f"extractor.path={stored}",
        "report.formats=[html,md,csv,json]", "--out", tmp_path, "--name", "a",
    )  # fmt: skip
    assert code == 0, said
    assert "\u202e" not in said
    html, markdown, table = (
        (tmp_path / "a" / name).read_text("utf-8") for name in ("report.html", "report.md", "scores.csv")
    )
    assert "<script>alert" not in html
    assert "&lt;script&gt;alert" in html
    assert "<script" not in markdown
    assert "[x](javascript:" not in markdown
    assert "\u202e" not in html + markdown + table
    rows = list(csv.reader(io.StringIO(table)))
    assert any("=cmd" in cell for row in rows for cell in row)
    assert not [cell for row in rows for cell in row if re.match(r"[=+@\t\r]|-(?!\d)", cell)]
    shown = [line for line in markdown.splitlines() if "alert" in line and line.startswith("|")]
    assert shown
    assert all(r"\|" in line for line in shown)


# --- the door for notebooks ----------------------------------------------------------------------


@pytest.mark.slow
def test_load_run(golden: Callable[[str], LoadedRun]) -> None:
    """A stored run by folder or by its run.json: numbers at once, items, answers and messages on request."""
    path = golden("control_echo").path
    loaded = evals.load_run(str(path))
    assert loaded == evals.load_run(path / "run.json")
    assert loaded.score("recall", "kind=fact") in loaded.scores
    assert loaded.score("recall").slice == "all"
    ids = [outcome.id for outcome in loaded.outcomes()]
    assert ids == [dialogue.id for dialogue in loaded.dialogues()]
    assert len(ids) == len(loaded.predictions()) == 406
    answer = loaded.predictions().get(ids[0])
    assert answer is not None
    assert answer.extraction is not None
    with pytest.raises(CannotAnswer, match="no score 'recall' in slice 'kind=opinion'; slices of recall: all, "):
        loaded.score("recall", "kind=opinion")
    with pytest.raises(CannotAnswer, match="no score 'accuracy' in slice 'all'; metrics: "):
        loaded.score("accuracy")
    with pytest.raises(DataError, match="there is no such run"):
        evals.load_run(path / "absent")


def test_run_json_is_enough_for_scores(golden: Callable[[str], LoadedRun]) -> None:
    """A program that knows JSON alone finds format, status, signature and every field of every score."""
    stored = json.loads((golden("control_oracle").path / "run.json").read_text("utf-8"))
    assert (stored["format"], stored["status"]) == (1, "complete")
    assert stored["signature"].startswith("in:golden@")
    fields = {"metric", "slice", "value", "low", "high", "bound_low", "bound_high", "n", "dialogues", "clusters"}
    assert all(fields <= set(score) for score in stored["scores"])
    assert "NaN" not in json.dumps(stored)
