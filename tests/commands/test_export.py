"""Runs in other people's tools, read back with those tools, and bundles that are recomputed to the last digit."""

from __future__ import annotations

import csv
import json
import shutil
import socket
import zipfile
from collections.abc import Callable
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

import evals
from evals.cli import main
from evals.runs import RunFolder
from tests.extractors.scripted import Scripted
from tests.judging.scripted_judge import sound

pytestmark = pytest.mark.slow  # seconds each: programs, servers and clocks

WORDS = ["dataset.limit=12", "report.formats=[html]"]


@pytest.fixture(scope="module")
def reports(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run over a sample, with controls and gold corrected by an overlay."""
    folder = tmp_path_factory.mktemp("reports")
    overlay = folder / "overlay.jsonl"
    overlay.write_text('{"id": "golden/en/001", "gid": "f1", "action": "drop"}\n', "utf-8")
    more = [f"dataset.overlay={overlay}", "controls=[control_echo,control_shuffled]"]
    assert main(["run", *WORDS, *more, "--name", "a", "--out", str(folder)]) == 0
    return folder


@pytest.fixture
def offline(monkeypatch: pytest.MonkeyPatch) -> None:
    """No connection can be made."""

    def refuse(*_: object) -> None:
        raise AssertionError("a connection was tried")

    monkeypatch.setattr(socket.socket, "connect", refuse)


def bundled(cli: Callable[..., Any], reports: Path, dest: Path, name: str = "a") -> Path:
    done = cli("export", name, "--bundle", "--dest", dest, "--out", reports)
    assert done.code == 0, done.err
    return Path(done.out.strip())


def repacked(path: Path, inside: str, change: Callable[[str], str]) -> Path:
    """The bundle with one file changed and its manifest put right, as a cheat would."""
    other = path.with_name("cheat.zip")
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(other, "w") as new:
        files = {name: old.read(name) for name in old.namelist()}
        changed = change(files[inside].decode()).encode()
        assert changed != files[inside]
        manifest = json.loads(files["manifest.json"])
        manifest["files"][inside] = {"bytes": len(changed), "sha256": sha256(changed).hexdigest()}
        files |= {inside: changed, "manifest.json": json.dumps(manifest).encode()}
        for name, data in files.items():
            new.writestr(name, data)
    return other


def test_every_number_comes_out_again(cli: Any, reports: Path, tmp_path: Path, offline: None, monkeypatch: Any) -> None:
    """In another folder, without the run, its dataset or a network; the overlay goes along."""
    path = bundled(cli, reports, tmp_path / "elsewhere")
    monkeypatch.chdir(tmp_path / "elsewhere")
    done = cli("verify", path.name)
    run = evals.load_run(reports / "a").run
    assert done.code == 0, done.err
    assert done.out == (
        f"a.zip: 5 files, every byte as the manifest says\n"
        f"a: {len(run.scores):,} scores and 12 outcomes recomputed, the same to the last digit\n"
        f"signature  {run.signature}\n"
    )


def test_a_number_that_was_changed_is_found(cli: Any, reports: Path, tmp_path: Path) -> None:
    """One digit of one score, one answer, one gold text: each is told, though the manifest was put right."""
    path = bundled(cli, reports, tmp_path)

    def better(text: str) -> str:
        run = json.loads(text)
        score = next(each for each in run["scores"] if (each["metric"], each["slice"]) == ("recall", "all"))
        score["value"] += 1e-15
        return json.dumps(run)

    done = cli("verify", repacked(path, "run.json", better))
    assert done.code == 2
    assert "recall in all: value is 0." in done.err
    assert " recomputed" in done.err
    done = cli("verify", repacked(path, "predictions.jsonl", lambda text: text.replace("The user", "The cat", 1)))
    assert done.code == 2
    assert "outcomes differ, the first: golden/" in done.err
    done = cli("verify", repacked(path, "dataset.jsonl", lambda text: text.replace('"content":"', '"content":"x')))
    assert done.code == 2


def test_a_flipped_byte_is_found(cli: Any, reports: Path, tmp_path: Path) -> None:
    """Before anything is computed."""
    path = bundled(cli, reports, tmp_path)
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)
    done = cli("verify", path)
    assert (done.code, done.out) == (2, "")


def test_code_of_a_run_file_is_never_built(cli: Any, reports: Path, tmp_path: Path) -> None:
    """A matcher that is not one of ours is not imported, whatever the run file names."""
    path = bundled(cli, reports, tmp_path)
    cheat = repacked(path, "run.json", lambda text: text.replace("evals.matching.fuzzy.FuzzyMatcher", "os.system"))
    done = cli("verify", cheat)
    assert done.code == 3
    assert "its matcher 'fuzzy' is not one of ours and is never built from a run file" in done.err


def test_a_judged_run_is_verified_without_its_judge(cli: Any, tmp_path: Path) -> None:
    """Stored verdicts answer; with one of them gone the numbers are not the same, and nobody is asked."""
    with Scripted(sound()) as server:
        judge = ["matcher=cascade", "judge=llm", "judge.model=scripted", f"judge.base_url={server.base_url}"]
        judge += [f"judge.cache_path={tmp_path}/verdicts.sqlite", "http.max_attempts=1"]
        assert cli("run", *WORDS, *judge, "--name", "judged", "--out", tmp_path).code == 0
        path = bundled(cli, tmp_path, tmp_path, "judged")
        asked = len(server.asked)
        done = cli("verify", path)
        assert done.code == 0, done.err
        cheat = repacked(path, "verdicts.jsonl", lambda text: text.partition("\n")[2])
        assert cli("verify", cheat).code == 2
        assert len(server.asked) == asked


def test_records_that_may_not_be_passed_on_are_told(cli: Any, tmp_path: Path) -> None:
    """The archive is made, and says what its licence forbids."""
    record = {"id": "a", "messages": [{"role": "user", "content": "I live in Lyon."}], "gold_facts": []}
    record["provenance"] = {"redistributable": False}
    (tmp_path / "d.jsonl").write_text(json.dumps(record) + "\n", "utf-8")
    words = ["dataset=file", f"dataset.path={tmp_path / 'd.jsonl'}", "report.formats=[]"]
    assert cli("run", *words, "--name", "a", "--out", tmp_path).code == 0
    done = cli("export", "a", "--bundle", "--out", tmp_path)
    assert done.err == "1 records in it may not be passed on: their licence forbids it\n"


def test_items_and_scores_as_tables(cli: Any, reports: Path, tmp_path: Path) -> None:
    """CSV and Parquet hold the same rows: every memory, every score, undefined as nothing."""
    import pyarrow.parquet as pq

    for target in ("csv", "parquet"):
        assert cli("export", "a", "--to", target, "--dest", tmp_path, "--out", reports).code == 0
    folder = RunFolder(reports / "a")
    items = [item for outcome in folder.outcomes() for item in (*outcome.gold, *outcome.predicted)]
    with (tmp_path / "items.csv").open(encoding="utf-8", newline="") as handle:
        rows = list(csv.DictReader(handle))
    table = pq.read_table(tmp_path / "items.parquet").to_pylist()
    assert [row["text"] for row in table] == [item.text for item in items]
    assert [row["state"] for row in rows] == [item.state for item in items]
    scores = pq.read_table(tmp_path / "scores.parquet").to_pylist()
    assert [row["value"] for row in scores] == [score.value for score in folder.read_run().scores]


def test_hostile_items_are_text(cli: Any, reports: Path, tmp_path: Path) -> None:
    """Formulas, control characters and half a surrogate in memories come through every export as text."""
    import pyarrow.parquet as pq

    hostile = "=cmd|' /C calc'!A0 \u202e\x00 \ud83d </script>"
    shutil.copytree(reports / "a", tmp_path / "h")
    folder = RunFolder(tmp_path / "h")
    changed = [
        replace(outcome, predicted=tuple(replace(item, text=hostile) for item in outcome.predicted))
        for outcome in folder.outcomes()
    ]
    with folder.writing_outcomes() as write:
        for outcome in changed:
            write(outcome)
    for target in ("csv", "parquet", "inspect"):
        assert cli("export", "h", "--to", target, "--dest", tmp_path, "--out", tmp_path).code == 0
    with (tmp_path / "items.csv").open(encoding="utf-8", newline="") as handle:
        texts = {row["text"] for row in csv.DictReader(handle) if row["side"] == "predicted"}
    assert {text[0] for text in texts} == {"'"}
    assert "\ufffd" in str(pq.read_table(tmp_path / "items.parquet").to_pylist())
    (log,) = tmp_path.glob("*_memory-extraction_*.json")
    assert json.loads(log.read_text("utf-8"))["status"] == "success"
