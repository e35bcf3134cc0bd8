"""The small commands: `runs`, `report`, `list`, `import`, `init` and `draft`."""

from __future__ import annotations

import json
import shlex
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

import evals
from evals.runs import RunFolder
from tests.commands.two_runs import dialogues


@pytest.fixture
def reports(cli: Callable[..., Any], twenty: Path, tmp_path: Path) -> Path:
    """A folder with a run `a` of the echo control and a run `b` that gives fewer answers."""
    folder = tmp_path / "runs"
    words = ("run", "dataset=file", f"dataset.path={twenty}", "report.formats=[]", "--out", folder)
    assert cli(*words, "extractor=control_echo", "--name", "a").code == 0
    assert cli(*words, "extractor=control_empty", "--name", "b").code == 0
    return folder


def names(folder: Path) -> list[str]:
    """What stands in a folder."""
    return sorted(entry.name for entry in folder.iterdir())


def test_runs_list(cli: Callable[..., Any], reports: Path) -> None:
    """One line a run; an unreadable one is listed with its fault; --json gives the same to a machine."""
    (reports / "c").mkdir()
    (reports / "c" / "run.json").write_text("{")
    lines = cli("runs", "list", "--out", reports).out.splitlines()
    assert [line.split()[:2] for line in lines] == [["a", "complete"], ["b", "complete"], ["c", "unreadable"]]
    rows = json.loads(cli("runs", "list", "--json", "--out", reports).out)
    signatures = [evals.load_run(reports / name).run.signature for name in "ab"]
    assert [row["signature"] for row in rows] == [*signatures, None]
    assert [row["recall"] for row in rows] == [1.0, 0.0, None]
    assert "run.json" in rows[2]["fault"]


def test_a_bench_is_listed_with_its_figures(cli: Callable[..., Any], reports: Path, tmp_path: Path) -> None:
    """Latency, rate and verdict stand where a run has its F1; what it did not measure is left out."""
    for name, p99 in (("bench", 40.25), ("short", None)):
        stored = json.loads((reports / "a" / "run.json").read_text("utf-8"))
        stored |= {"name": name, "scores": [], "latency": {"p50_ms": 12.5, "p99_ms": p99, "n": 1000}}
        stored["load"] = {"throughput_rps": 1234.5, "verdict": {"state": "VALID"}}
        (tmp_path / name).mkdir()
        (tmp_path / name / "run.json").write_text(json.dumps(stored), "utf-8")
    lines = cli("runs", "list", "--out", tmp_path).out.splitlines()
    signature = evals.load_run(reports / "a").run.signature
    assert lines == [
        f"bench  complete     p50 12.5 ms, p99 40.2 ms, 1,234.5/s, VALID  {signature}",
        f"short  complete     p50 12.5 ms, 1,234.5/s, VALID               {signature}",
    ]


def test_no_runs_is_an_empty_list(cli: Callable[..., Any], tmp_path: Path) -> None:
    """A folder that is not there holds no runs."""
    assert (cli("runs", "list", "--out", tmp_path / "none").code, cli("runs", "list", "--out", tmp_path).out) == (0, "")
    assert json.loads(cli("runs", "list", "--json", "--out", tmp_path).out) == []


def test_runs_show(cli: Callable[..., Any], reports: Path) -> None:
    """The summary that the run printed; --json is run.json without what equals its default."""
    assert cli("runs", "show", "a", "--out", reports).out.startswith("a\n")
    assert json.loads(cli("runs", "show", "a", "--json", "--out", reports).out)["name"] == "a"
    assert cli("runs", "show", reports / "a").code == 0
    assert cli("runs", "show", reports / "a" / "run.json").code == 0


def test_runs_rm_and_gc(cli: Callable[..., Any], reports: Path) -> None:
    """rm deletes the runs named, or none when one is unknown; gc what --force set aside."""
    (reports / "a").rename(reports / "a.1")
    assert cli("runs", "rm", "a.1", "nope", "--out", reports).code == 2
    assert names(reports) == ["a.1", "b"]
    assert cli("runs", "gc", "--out", reports).out == f"removed {reports / 'a.1'}\n"
    assert names(reports) == ["b"]
    assert cli("runs", "rm", "b", "--out", reports).code == 0
    assert names(reports) == []


def test_report_draws_one_figure_as_a_picture(cli: Callable[..., Any], reports: Path) -> None:
    """--figure writes that PNG and says where."""
    done = cli("report", "a", "--figure", "forest", "--out", reports)
    assert done.out == f"{reports / 'a' / 'figures' / 'forest.png'}\n"
    assert Path(done.out.strip()).read_bytes().startswith(b"\x89PNG")


def test_gc_keeps_a_run_that_was_named_with_a_number(cli: Callable[..., Any], reports: Path) -> None:
    """A model's version in a name is no sign that --force set the run aside."""
    run = evals.load_run(reports / "a").run
    (reports / "a").rename(reports / "gpt-4.1")
    RunFolder(reports / "gpt-4.1").write_run(replace(run, name="gpt-4.1"))
    assert cli("runs", "gc", "--out", reports).out == ""
    assert names(reports) == ["b", "gpt-4.1"]


def test_rm_deletes_nothing_that_is_no_run(cli: Callable[..., Any], reports: Path, tmp_path: Path) -> None:
    """Only a folder that holds a run.json is ever deleted, and no link is followed."""
    precious = tmp_path / "precious"
    precious.mkdir()
    (precious / "file").write_text("x")
    (reports / "link").symlink_to(reports / "a")
    for given in (precious, reports, reports / "link", "."):
        assert cli("runs", "rm", given, "--out", reports).code == 2
    assert names(precious) == ["file"]
    assert names(reports) == ["a", "b", "link"]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ((), "the following arguments are required: action"),
        (("sweep",), "invalid choice: 'sweep'"),
        (("show",), "needs a RUN"),
        (("rm",), "needs a RUN"),
        (("show", "nope"), "no run 'nope'"),
    ],
)
def test_runs_mistakes(words: tuple[str, ...], said: str, cli: Callable[..., Any], tmp_path: Path) -> None:
    """One line each; RUN is not said to be required where it is not."""
    done = cli("runs", *words, "--out", tmp_path)
    assert (done.code, done.out, done.err.count("\n")) == (2, "", 1)
    assert said in done.err
    assert "required: action, RUN" not in done.err


def test_report_draws_again(cli: Callable[..., Any], reports: Path) -> None:
    """From the run's files alone; each file written is a line of stdout, figures included."""
    before = names(reports / "a")
    done = cli("report", "a", "b", "--format", "html,md,csv,json", "--out", reports)
    assert (done.code, done.err) == (0, "")
    written = [Path(line) for line in done.out.splitlines()]
    assert all(path.is_file() for path in written)
    files = {path.name for path in written if path.parent == reports / "a"}
    assert files == {"report.html", "report.md", "scores.csv", "scores.json"}
    assert set(names(reports / "a")) - set(before) == files | {"figures"}


def test_report_of_a_format_there_is_none_of(cli: Callable[..., Any], reports: Path) -> None:
    """Exit 2 naming what there is; nothing is written."""
    before = names(reports / "a")
    done = cli("report", "a", "--format", "html,pdf", "--out", reports)
    assert (done.code, done.out, done.err) == (
        2,
        "",
        "evals: no report format 'pdf'; there are html, md, csv, json, latex\n",
    )
    assert names(reports / "a") == before


def test_list(cli: Callable[..., Any]) -> None:
    """Groups with their choices; a group's choices each with what it is."""
    groups = cli("list").out.splitlines()
    assert [line.split()[0] for line in groups] == [
        *("dataset", "engine", "experiment", "extractor", "gate", "http", "judge", "load", "matcher", "prices"),
        "tracking",
    ]
    extractors = dict(line.split(None, 1) for line in cli("list", "extractor").out.splitlines())
    assert extractors["control_empty"] == "says nothing: recall 0, precision undefined"
    assert json.loads(cli("list", "extractor", "--json").out) == extractors
    refused = cli("list", "nope")
    assert (refused.code, refused.out) == (2, "")
    assert "no config group 'nope'; there are dataset, engine, experiment" in refused.err


def test_import_without_a_source_says_how_to_get_it(cli: Callable[..., Any], tmp_path: Path) -> None:
    """Where a public set is and at which commit; nothing is fetched or written."""
    for name in ("alpsbench", "prefeval", "kvpi"):
        done = cli("import", name)
        assert (done.code, done.err) == (0, "")
        assert "commit" in done.out.lower()
    for words, said in (
        (("nope",), "no importer for 'nope'; there are alpsbench, prefeval, kvpi"),
        (("kvpi", str(tmp_path)), "say where to write to"),
        (("kvpi", str(tmp_path / "absent"), str(tmp_path)), "no such folder; evals import kvpi says how to get it"),
    ):
        done = cli("import", *words)
        assert (done.code, done.out, done.err.count("\n")) == (2, "", 1)
        assert said in done.err
    assert names(tmp_path) == []


def test_init_check_run_bless_gate(cli: Callable[..., Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The starter folder, by the commands its README and init print: checked, run, blessed, judged by its own gate.

    Three dialogues are too few to pass; with sixty in their place an unchanged candidate passes.
    """
    monkeypatch.chdir(tmp_path)
    made = cli("init", "ours")
    assert made.code == 0
    *files, following = made.out.splitlines()
    assert all((tmp_path / name).is_file() for name in files)
    assert following == "next: evals check dataset=file dataset.path=ours/dataset.jsonl"
    assert cli(*following.split()[2:]).code == 0
    monkeypatch.chdir(tmp_path / "ours")
    readme = Path("README.md").read_text("utf-8")
    commands = [shlex.split(line)[1:] for line in readme.splitlines() if line.startswith("    evals ")]
    assert [words[0] for words in commands] == ["check", "run", "bless", "gate"]
    for words in commands:
        done = cli(*words)
        assert done.code == 0
    assert done.out.endswith("verdict: INCONCLUSIVE (exit 0)\n")
    assert ": too few to gate on (at least 50 in 20 are wanted)" in done.out
    dialogues(Path("dataset.jsonl"))
    for words in (commands[0], [*commands[1], "--force"], *commands[2:]):
        done = cli(*words)
        assert done.code == 0
    assert done.out.endswith("verdict: PASS (exit 0)\n")
    again = cli("init", ".")
    assert (again.code, again.out) == (2, "")
    assert "already; nothing was written" in again.err


def test_a_draft_is_gold_to_correct(cli: Callable[..., Any], reports: Path, tmp_path: Path) -> None:
    """Predictions as records that pass `check`, marked as a model's; corrections are never overwritten."""
    draft = tmp_path / "draft.jsonl"
    done = cli("draft", "a", draft, "--out", reports)
    assert done.code == 0
    assert done.out.startswith(f"{draft}: 20 dialogues to correct; then: evals check ")
    records = [json.loads(line) for line in draft.read_text("utf-8").splitlines()]
    assert [record["id"] for record in records] == [f"d{number:02}" for number in range(20)]
    drafted = {"gid": "f1", "memory_value": "I have 10 cats.", "annotator": "llm", "source_label": "draft"}
    assert records[0]["gold_facts"] == [drafted]
    assert cli("check", "dataset=file", f"dataset.path={draft}").code == 0
    before = draft.read_bytes()
    again = cli("draft", "b", draft, "--out", reports)
    assert (again.code, again.out, draft.read_bytes()) == (2, "", before)
    assert "a draft never overwrites corrections" in again.err


def test_a_run_without_messages_cannot_be_drafted_from(cli: Callable[..., Any], twenty: Path, tmp_path: Path) -> None:
    """Exit 2 naming the key that keeps them; no file is left."""
    words = ("run", "dataset=file", f"dataset.path={twenty}", "extractor=control_echo", "runner.save_messages=false")
    cli(*words, "report.formats=[]", "--out", tmp_path / "runs", "--name", "a")
    done = cli("draft", "a", tmp_path / "draft.jsonl", "--out", tmp_path / "runs")
    assert (done.code, done.out) == (2, "")
    assert "runner.save_messages=true" in done.err
    assert not (tmp_path / "draft.jsonl").exists()
