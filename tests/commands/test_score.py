"""`evals score`: stored answers against another matcher or other gold; the system is never asked again."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import evals


@pytest.fixture
def scored(cli: Callable[..., Any], program: Callable[..., Any], twenty: Path, tmp_path: Path) -> Any:
    """A complete run `a` of a program that is gone by now: asking it again would fail."""
    asking = program()
    assert cli("run", *asking.overrides(twenty), "--out", tmp_path / "runs", "--name", "a").code == 0
    asking.path.unlink()
    return asking


@pytest.fixture
def score(cli: Callable[..., Any], tmp_path: Path) -> Callable[..., Any]:
    """`evals score` among the runs of this test."""
    return lambda *words: cli("score", *words, "report.formats=[]", "--out", tmp_path / "runs")


def identity(run: Path) -> dict[str, str]:
    """The parts of a run's signature."""
    return dict(evals.load_run(run).run.identity)


def differing(a: Path, b: Path) -> set[str]:
    """In which parts two signatures differ."""
    first, second = identity(a), identity(b)
    return {name for name in first if first[name] != second[name]}


def test_another_matcher_makes_a_run_of_its_own(
    scored: Any, score: Callable[..., Any], files: Callable[[Path], Any], tmp_path: Path
) -> None:
    """The scored run stays as it is, the extractor is not asked, only the matcher's part of the signature differs."""
    runs = tmp_path / "runs"
    before = files(runs / "a")
    done = score("a", "matcher=exact", "--name", "b")
    assert done.code == 0
    assert files(runs / "a") == before
    assert len(scored.asked) == 20
    assert differing(runs / "a", runs / "b") == {"match"}
    again = evals.load_run(runs / "b")
    assert again.run.status == "complete"
    assert (runs / "b" / "predictions.jsonl").read_bytes() == (runs / "a" / "predictions.jsonl").read_bytes()
    assert again.score("recall").value == 1
    assert "differs from a in: match" in done.err
    assert "recall: 1.000 → 1.000" in done.err


def test_what_is_scored_like_this_already_is_left_alone(
    scored: Any, score: Callable[..., Any], files: Callable[[Path], Any], tmp_path: Path
) -> None:
    """The matcher the run has: nothing changes. The same new score twice: the second time nothing changes."""
    before = files(tmp_path / "runs")
    done = score("a", "matcher=fuzzy")
    assert (done.code, files(tmp_path / "runs")) == (0, before)
    assert "scored like this already, nothing changed" in done.out
    assert score("a", "matcher=exact").code == 0
    before = files(tmp_path / "runs")
    done = score("a", "matcher=exact")
    assert (done.code, files(tmp_path / "runs")) == (0, before)
    assert "complete already, nothing changed" in done.out


def test_an_overlay_changes_the_gold_alone(scored: Any, score: Callable[..., Any], tmp_path: Path) -> None:
    """A dropped gold item lowers recall's n by one; in: and extractor: stay, and stderr shows before and after."""
    overlay = tmp_path / "overlay.jsonl"
    overlay.write_text(json.dumps({"id": "d00", "gid": "f1", "action": "drop", "reason": "not said"}) + "\n")
    done = score("a", f"dataset.overlay={overlay}", "--name", "b")
    assert done.code == 0
    runs = tmp_path / "runs"
    assert "gold" in differing(runs / "a", runs / "b") <= {"gold", "match"}  # the matcher is frozen on the gold
    assert [evals.load_run(runs / name).score("recall").n for name in "ab"] == [20, 19]
    assert "differs from a in: gold" in done.err
    assert evals.load_run(runs / "b").run.config["dataset"]["overlay"] == str(overlay)


def test_the_human_ceiling_stands_beside_the_scores(
    cli: Callable[..., Any], score: Callable[..., Any], twenty: Path, tmp_path: Path
) -> None:
    """Where the dataset names one; otherwise nothing is said."""
    for name, extra in (("a", ["+dataset.ceiling={recall: 0.9, f1: 0.85}"]), ("b", [])):
        words = ("run", "dataset=file", f"dataset.path={twenty}", "extractor=control_echo", "report.formats=[]", *extra)
        assert cli(*words, "--out", tmp_path / "runs", "--name", name).code == 0
    assert "a second annotator reaches: recall 0.900, f1 0.850\n" in score("a", "matcher=exact").err
    assert "ceiling" not in score("b", "matcher=exact").err


def test_dialogues_that_moved(scored: Any, score: Callable[..., Any], twenty: Path, tmp_path: Path) -> None:
    """Exit 2 while they are missing, 0 with dataset.path=…; the new place is remembered."""
    elsewhere = twenty.rename(tmp_path / "elsewhere.jsonl")
    missing = score("a", "matcher=exact")
    assert (missing.code, missing.out) == (2, "")
    assert f"dataset.path={twenty}: no such file" in missing.err
    assert score("a", "matcher=exact", f"dataset.path={elsewhere}", "--name", "b").code == 0
    assert score("b", "matcher=fuzzy", "--name", "c").code == 0
    assert evals.load_run(tmp_path / "runs" / "c").scores == evals.load_run(tmp_path / "runs" / "a").scores


@pytest.mark.parametrize("change", ["message", "fewer"])
def test_other_dialogues_are_refused(
    change: str, scored: Any, score: Callable[..., Any], twenty: Path, files: Callable[[Path], Any], tmp_path: Path
) -> None:
    """Exit 3 naming both hashes: answers are never held against dialogues they were not given for."""
    lines = twenty.read_text("utf-8").splitlines(keepends=True)
    other = tmp_path / "other.jsonl"
    lines[0] = lines[0].replace("10 cats", "11 cats") if change == "message" else ""
    other.write_text("".join(lines), "utf-8")
    before = files(tmp_path / "runs")
    done = score("a", "matcher=exact", f"dataset.path={other}")
    assert (done.code, done.out) == (3, "")
    assert f"(in: {evals.load_run(tmp_path / 'runs' / 'a').run.dataset['in_hash']} → " in done.err
    assert files(tmp_path / "runs") == before


def test_the_selection_of_the_run_is_kept(
    cli: Callable[..., Any], score: Callable[..., Any], twenty: Path, tmp_path: Path
) -> None:
    """A run of six sampled dialogues is scored again on those six."""
    words = ("run", "dataset=file", f"dataset.path={twenty}", "dataset.limit=6", "seed=4", "extractor=control_echo")
    assert cli(*words, "repeats=2", "--out", tmp_path / "runs", "--name", "a").code == 0
    assert score("a", "matcher=exact", "--name", "b").code == 0
    a, b = (evals.load_run(tmp_path / "runs" / name) for name in "ab")
    assert [outcome.id for outcome in a.outcomes()] == [outcome.id for outcome in b.outcomes()]
    assert b.run.counts == {"dialogues": 6, "predictions": 12, "failed": 0}


def test_force_keeps_aside_what_stood_there(
    scored: Any, score: Callable[..., Any], files: Callable[[Path], Any], tmp_path: Path
) -> None:
    """Without --force exit 2; with it even the scored run itself may be replaced, and is kept."""
    runs = tmp_path / "runs"
    before = files(runs / "a")
    refused = score("a", "matcher=exact", "--name", "a")
    assert refused.code == 2
    assert "another run stands there; it differs in match: " in refused.err
    assert files(runs / "a") == before
    done = score("a", "matcher=exact", "--name", "a", "--force")
    assert done.code == 0
    assert str(runs / "a.1") in done.err
    assert files(runs / "a.1") == before
    assert evals.load_run(runs / "a").run.counts == evals.load_run(runs / "a.1").run.counts


def test_a_score_that_breaks_leaves_no_old_numbers(scored: Any, score: Callable[..., Any], tmp_path: Path) -> None:
    """A broken line among the answers: exit 2, and the new run has neither scores nor the status complete."""
    with (tmp_path / "runs" / "a" / "predictions.jsonl").open("a") as handle:
        handle.write("{broken\n")
    done = score("a", "matcher=exact", "--name", "b")
    assert (done.code, done.out) == (2, "")
    assert "predictions.jsonl:21: not JSON" in done.err
    stopped = evals.load_run(tmp_path / "runs" / "b").run
    assert (stopped.status, stopped.scores, stopped.skill, stopped.counts) == ("interrupted", (), (), {})


def test_several_runs_at_once(scored: Any, score: Callable[..., Any], tmp_path: Path) -> None:
    """Each gets a run of its own, named after it; --name is for one alone."""
    assert score("a", "matcher=exact", "--name", "b").code == 0
    assert score("a", "b", "matcher=exact", "matcher.name=mine").code == 0
    names = sorted(path.name for path in (tmp_path / "runs").iterdir())
    assert [name.rpartition("-")[0] for name in names if "-" in name] == ["a", "b"]
    refused = score("a", "b", "--name", "c")
    assert (refused.code, refused.out) == (2, "")
    assert "give one RUN with --name" in refused.err
