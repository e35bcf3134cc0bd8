"""`evals run`: one folder a run, nothing done twice, nothing overwritten, and the selection that was asked for."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import evals

ECHO = ("extractor=control_echo", "report.formats=[]")


@pytest.fixture
def echo(cli: Callable[..., Any], twenty: Path, tmp_path: Path) -> Callable[..., Any]:
    """`evals run` of the echo control over the twenty dialogues, into tmp_path/runs."""

    def run(*words: object) -> Any:
        return cli("run", "dataset=file", f"dataset.path={twenty}", *ECHO, "--out", tmp_path / "runs", *words)

    return run


def runs(tmp_path: Path) -> list[str]:
    """The names of all runs."""
    return sorted(path.parent.name for path in (tmp_path / "runs").glob("*/run.json"))


def test_result_on_stdout_nothing_on_stderr(echo: Callable[..., Any], tmp_path: Path) -> None:
    """The summary is the result; a run without a hitch says nothing else."""
    done = echo("--name", "a")
    assert (done.code, done.err) == (0, "")
    assert done.out.startswith("a\n")
    assert f"report     {tmp_path / 'runs' / 'a'}" in done.out
    assert evals.load_run(tmp_path / "runs" / "a").run.status == "complete"


def test_run_json_says_how_it_was_made(echo: Callable[..., Any], twenty: Path, tmp_path: Path) -> None:
    """Command, configuration, versions, data and counts stand in run.json."""
    echo("--name", "a", "seed=3")
    run = evals.load_run(tmp_path / "runs" / "a").run
    assert run.command == f"evals run dataset=file dataset.path={twenty} {' '.join(ECHO)} seed=3 --name a".replace(
        "report.formats=[]", "'report.formats=[]'"
    )
    assert run.config["seed"] == 3
    assert run.environment["evals"] == evals.__version__
    assert run.dataset["languages"] == {"en": 10, "zh": 10}
    assert run.counts == {"dialogues": 20, "predictions": 20, "failed": 0}
    assert run.signature == "|".join(f"{name}:{value}" for name, value in run.identity.items())


def test_without_a_name_a_run_is_named_after_what_it_is(echo: Callable[..., Any], tmp_path: Path) -> None:
    """<dataset>-<extractor>-<eight hex digits>, the same for the same command."""
    echo()
    echo()
    (name,) = runs(tmp_path)
    head, _, digest = name.rpartition("-")
    assert head == "file-control_echo"
    assert int(digest, 16) >= 0
    assert len(digest) == 8


def test_the_same_command_on_a_complete_run_changes_nothing(
    cli: Callable[..., Any], twenty: Path, files: Callable[[Path], Any], tmp_path: Path
) -> None:
    """Not a byte and no time of change, report files included; exit 0, and it says so."""
    words = (
        "run",
        "dataset=file",
        f"dataset.path={twenty}",
        "extractor=control_echo",
        "--out",
        tmp_path,
        "--name",
        "a",
    )
    assert cli(*words).code == 0
    before = files(tmp_path)
    done = cli(*words)
    assert done.code == 0
    assert "complete already, nothing changed" in done.out
    assert files(tmp_path) == before
    assert {"a/report.html", "a/report.md", "a/outcomes.jsonl"} <= set(before)


@pytest.mark.parametrize(
    ("change", "fields"),
    [
        ("extraction_types=[memory]", ["extractor"]),
        ("extractor=control_empty", ["extractor"]),
        ("matcher=exact", ["match"]),
        ("dataset.limit=4", ["in", "gold"]),
        ("repeats=2", ["extractor"]),
    ],
)
def test_another_run_in_that_folder_is_refused(
    change: str, fields: list[str], echo: Callable[..., Any], files: Callable[[Path], Any], tmp_path: Path
) -> None:
    """Exit 2 naming the fields that differ and no others; nothing is touched."""
    echo("--name", "a")
    before = files(tmp_path)
    done = echo(change, "--name", "a")
    assert (done.code, done.out) == (2, "")
    assert "another run stands there" in done.err
    said = {name for name in ("in", "gold", "extractor", "match", "judge", "stat", "evals") if f" {name}: " in done.err}
    assert said == set(fields)
    assert files(tmp_path) == before


def test_what_does_not_change_a_result_does_not_make_another_run(echo: Callable[..., Any]) -> None:
    """How fast, how patiently and which report files: not part of what a run is."""
    echo("--name", "a")
    done = echo("--name", "a", "runner.concurrency=2", "runner.max_error_rate=1", "report.formats=[md]")
    assert done.code == 0
    assert "complete already" in done.out


def test_force_keeps_the_old_run_aside(echo: Callable[..., Any], files: Callable[[Path], Any], tmp_path: Path) -> None:
    """The old folder is renamed whole, the new run starts anew, and stderr says where the old one is."""
    echo("--name", "a")
    before = files(tmp_path / "runs" / "a")
    done = echo("matcher=exact", "--name", "a", "--force")
    assert done.code == 0
    assert str(tmp_path / "runs" / "a.1") in done.err
    assert files(tmp_path / "runs" / "a.1") == before
    assert evals.load_run(tmp_path / "runs" / "a").run.identity["match"].startswith("exact#")


@pytest.mark.parametrize("name", ["", ".", ".."])
def test_a_name_that_is_no_folder_is_refused(name: str, echo: Callable[..., Any], tmp_path: Path) -> None:
    """A run never lands in the folder of runs itself, or above it."""
    done = echo("--name", name)
    assert done.code == 2
    assert done.err == f"evals: --name {name!r}: the name of a folder is wanted\n"
    assert not (tmp_path / "runs").exists()


def test_dry_run_and_cfg_write_nothing(echo: Callable[..., Any], tmp_path: Path) -> None:
    """--dry-run prints the plan, --cfg job the composed configuration as JSON; neither makes a folder."""
    plan = echo("--dry-run", "--name", "a", "repeats=2")
    assert plan.code == 0
    assert "a: 20 of 20 dialogues (en 10, zh 10), 40 extractions by control_echo" in plan.out
    config = json.loads(echo("--cfg", "job", "repeats=2").out)
    assert (config["repeats"], config["extractor"]["name"]) == (2, "control_echo")
    assert not (tmp_path / "runs").exists()


@pytest.mark.parametrize(
    ("override", "count"),
    [
        ("dataset.limit=6", 6),
        ("dataset.where=language=zh", 10),
        ("dataset.where=language=zh,label=odd", 5),
        ("dataset.where=label=odd|even", 20),
        ("dataset.ids=[d03,d11]", 2),
        ("dataset.ids=d03", 1),
        ("dataset.split=test", 10),
        ("dataset.split=all", 20),
    ],
)
def test_selections(override: str, count: int, echo: Callable[..., Any], tmp_path: Path) -> None:
    """Only what was selected is extracted and scored."""
    assert echo(override, "--name", "a").code == 0
    loaded = evals.load_run(tmp_path / "runs" / "a")
    ids = [outcome.id for outcome in loaded.outcomes()]
    assert len(ids) == loaded.run.dataset["dialogues"] == count
    assert ids == sorted(ids)
    assert loaded.run.dataset["of"] == 20


def test_a_sample_is_balanced_and_follows_the_seed(echo: Callable[..., Any], tmp_path: Path) -> None:
    """dataset.limit takes as many of each language; the seed alone says which."""
    for name, seed in (("a", 0), ("b", 0), ("c", 1)):
        echo("dataset.limit=6", f"seed={seed}", "--name", name)
    a, b, c = (evals.load_run(tmp_path / "runs" / name) for name in "abc")
    assert a.run.dataset["languages"] == {"en": 3, "zh": 3}
    drawn = [[outcome.id for outcome in loaded.outcomes()] for loaded in (a, b, c)]
    assert drawn[0] == drawn[1]
    assert drawn[0] != drawn[2]


def test_a_sweep_makes_a_run_of_every_combination_and_a_table(echo: Callable[..., Any], tmp_path: Path) -> None:
    """-m expands commas; the table has one line a run under its head."""
    done = echo("-m", "matcher=fuzzy,exact", "--name", "s")
    assert done.code == 0
    assert runs(tmp_path) == ["s-1", "s-2"]
    table = done.out.splitlines()[-3:]
    assert [line.split()[0] for line in table] == ["run", "s-1", "s-2"]  # best first
    kinds = [evals.load_run(tmp_path / "runs" / name).run.identity["match"].split("#")[0] for name in ("s-1", "s-2")]
    assert kinds == ["fuzzy", "exact"]


def test_a_sweep_with_one_mistake_runs_nothing(echo: Callable[..., Any], tmp_path: Path) -> None:
    """Every combination is checked before the first begins."""
    done = echo("-m", "matcher=fuzzy,nope")
    assert (done.code, done.out) == (2, "")
    assert "matcher=nope: no such choice; there are cascade, custom, exact, fuzzy" in done.err
    assert not (tmp_path / "runs").exists()


def test_repeats_are_asked_and_stored_each(echo: Callable[..., Any], tmp_path: Path) -> None:
    """repeats=3 stores three answers a dialogue and scores them as one dialogue."""
    assert echo("repeats=3", "--name", "a").code == 0
    loaded = evals.load_run(tmp_path / "runs" / "a")
    assert sorted(loaded.predictions()) == [(f"d{number:02}", repeat) for number in range(20) for repeat in range(3)]
    assert loaded.score("recall").dialogues == 20


def test_messages_are_kept_only_when_wanted(echo: Callable[..., Any], tmp_path: Path) -> None:
    """runner.save_messages=false leaves no dialogue beside the run; kept ones hold no gold."""
    echo("--name", "with")
    echo("--name", "without", "runner.save_messages=false")
    assert not (tmp_path / "runs" / "without" / "dialogues.jsonl.gz").exists()
    kept = list(evals.load_run(tmp_path / "runs" / "with").dialogues())
    assert len(kept) == 20
    assert all(dialogue.messages and not dialogue.gold.items for dialogue in kept)


def test_a_folder_that_cannot_be_written_is_one_line(echo: Callable[..., Any], tmp_path: Path) -> None:
    """A file where the folder of runs is wanted: exit 2."""
    (tmp_path / "runs").write_text("not a folder")
    done = echo("--name", "a")
    assert (done.code, done.out, done.err.count("\n")) == (2, "", 1)
    assert "cannot be written" in done.err


def test_a_moved_folder_of_runs_is_still_read(
    echo: Callable[..., Any], cli: Callable[..., Any], tmp_path: Path
) -> None:
    """Nothing in a run's folder depends on where it lies."""
    echo("--name", "a")
    (tmp_path / "runs").rename(tmp_path / "elsewhere")
    shown = cli("runs", "show", "a", "--out", tmp_path / "elsewhere")
    assert shown.code == 0
    assert shown.out.startswith("a\n")
    assert cli("report", "a", "--out", tmp_path / "elsewhere").code == 0
