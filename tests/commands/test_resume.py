"""An unfinished run whose files and code are as they were asks before it surveys; all else is looked at closely."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import evals
from evals.commands import resume


@pytest.fixture
def surveyed(monkeypatch: pytest.MonkeyPatch, program: Callable[..., Any]) -> list[int]:
    """How many dialogues had been asked each time the dataset was surveyed by a run that asked first."""
    seen: list[int] = []
    plan_run, asking = resume.plan_run, program()

    def noting(*given: Any, **more: Any) -> Any:
        seen.append(len(asking.asked))
        return plan_run(*given, **more)

    monkeypatch.setattr(resume, "plan_run", noting)
    return seen


@pytest.fixture
def unfinished(cli: Callable[..., Any], program: Callable[..., Any], twenty: Path, tmp_path: Path) -> list[Any]:
    """The command of a run of which eight dialogues are answered."""
    words = ["run", *program().overrides(twenty), "--out", tmp_path / "runs", "--name", "a"]
    assert cli(*words, "budget.max_calls=8").code == 4
    return words


def test_an_unchanged_run_asks_before_it_surveys(
    cli: Callable[..., Any],
    program: Callable[..., Any],
    unfinished: list[Any],
    surveyed: list[int],
    outcomes: Callable[[Path], Any],
    tmp_path: Path,
) -> None:
    """The survey comes once everything is asked, nothing is asked twice, and the result is the undisturbed one."""
    done = cli(*unfinished)
    assert done.code == 0, done.err
    assert surveyed == [20]
    assert len(program().asked) == len(set(program().asked)) == 20
    assert cli(*unfinished[:-1], "calm").code == 0
    assert outcomes(tmp_path / "runs" / "a") == outcomes(tmp_path / "runs" / "calm")
    runs = [evals.load_run(tmp_path / "runs" / name).run for name in ("a", "calm")]
    assert runs[0].scores == runs[1].scores


def test_it_stops_short_with_the_same_words(
    cli: Callable[..., Any], unfinished: list[Any], surveyed: list[int]
) -> None:
    """What was answered before counts, though it was not read again."""
    done = cli(*unfinished, "budget.max_calls=3")
    assert (done.code, surveyed) == (4, [])
    assert "11 of 20 answers are stored and the same command continues from there" in done.err


@pytest.mark.parametrize("shard", ["1/3", "3/3"])
def test_a_shard_is_gone_on_with_alike(
    shard: str,
    cli: Callable[..., Any],
    program: Callable[..., Any],
    twenty: Path,
    surveyed: list[int],
    outcomes: Callable[[Path], Any],
    tmp_path: Path,
) -> None:
    """The clusters are dealt out as they were."""
    words = ["run", *program().overrides(twenty), f"dataset.shard={shard}", "--out", tmp_path / "runs", "--name"]
    assert cli(*words, "a", "budget.max_calls=2").code == 4
    assert cli(*words, "a").code == 0
    assert len(surveyed) == 1
    assert cli(*words, "calm").code == 0
    assert outcomes(tmp_path / "runs" / "a") == outcomes(tmp_path / "runs" / "calm")


@pytest.mark.parametrize(
    "change", ["dataset.limit=20", "dataset.split=all", "runner.reuse=a", "code", "blank line", "no name"]
)
def test_what_may_matter_is_looked_at_first(
    change: str,
    cli: Callable[..., Any],
    unfinished: list[Any],
    surveyed: list[int],
    twenty: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A sample, other code, other bytes: the dataset is surveyed before anything is asked, or the run is another."""
    words = list(unfinished)
    if "=" in change:
        words.append(change)
    elif change == "code":
        monkeypatch.setattr(resume, "code_hash", lambda: "another")
    elif change == "blank line":
        twenty.write_bytes(twenty.read_bytes() + b"\n")
    else:
        words = words[:-2]
    cli(*words)
    assert surveyed == ([20] if change == "dataset.split=all" else [])


def test_a_changed_message_is_never_asked_under_the_old_name(
    cli: Callable[..., Any], program: Callable[..., Any], unfinished: list[Any], twenty: Path, files: Callable[..., Any]
) -> None:
    """Exit 2 naming the field, no call, nothing touched."""
    lines = twenty.read_text("utf-8").splitlines()
    record = json.loads(lines[0]) | {"messages": [{"role": "user", "content": "I have 11 dogs."}]}
    twenty.write_text("\n".join([json.dumps(record), *lines[1:]]) + "\n", "utf-8")
    run = Path(unfinished[-3]) / "a"
    before = files(run)
    done = cli(*unfinished)
    assert done.code == 2
    assert "another run stands there; it differs in in: file@" in done.err
    assert files(run) == before
    assert len(program().asked) == 8
