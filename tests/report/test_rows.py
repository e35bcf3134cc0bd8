"""The rows behind a page: all dialogues, safe inside a script, in bounded memory, read back as they were written."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import evals
from evals.compare.changes import changes
from evals.report.cases import case
from evals.report.change_rows import LETTERS, STATES, change_writer, put_changes
from evals.report.comparison import Sides
from evals.report.packing import packed
from evals.report.rows import RowWriter, report_head, row_of
from evals.results import DialogueOutcome
from evals.types import Message
from tests.report.devtools import missing

PAGE = Path(evals.__file__).parent / "report" / "page"
ANY_TEXT = st.text(st.characters(exclude_categories=()), max_size=30)


def written(folder: Path, made: Any, **limits: int) -> tuple[RowWriter, Any]:
    """A writer that was given every dialogue of a run."""
    rows = RowWriter(folder / "report.html", report_head(), **limits)
    for outcome in made.outcomes:
        rows.put(row_of(outcome, at=rows.next_place), packed(case(outcome, made.messages.get)))
    return rows, made


def read(folder: Path, data: Any) -> tuple[dict[str, Any], list[Any], list[Any]]:
    """(head, index, dialogues as the index points at them) from the page's data and the files beside it."""
    value = json.loads(data.json)
    head, parts = value["head"], {int(number): rows for number, rows in value["parts"].items()}
    for name in data.files:
        called = re.fullmatch(r"evalsReportData\((\d+), (.*)\);\n", (folder / name).read_text("utf-8"), re.DOTALL)
        assert called is not None
        parts[int(called[1])] = json.loads(called[2])
    index = [row for number in head["index"] for row in parts[number]]
    return head, index, [parts[row["at"][0]][row["at"][1]] for row in index]


@pytest.mark.parametrize("page_bytes", [10_000_000, 5_000, 0])
def test_every_dialogue_is_there_wherever_it_stands(made_up: Any, tmp_path: Path, page_bytes: int) -> None:
    """In the page, spilled halfway or from the first on, the index names each dialogue and where it is."""
    rows, made = written(tmp_path, made_up, page_bytes=page_bytes, file_bytes=1_500)
    data = rows.finish(page=1000)
    head, index, dialogues = read(tmp_path, data)
    assert bool(data.files) == (page_bytes < 10_000_000)
    assert [row["id"] for row in index] == [outcome.id for outcome in made.outcomes] == [each[0] for each in dialogues]
    assert head["count"] == len(made.outcomes)
    for outcome, row in zip(made.outcomes, index, strict=True):
        letters = {state["letter"]: state["name"] for state in head["states"]}
        states = [letters[letter] for letter in row["items"][1::2]]
        assert len(states) >= max(len(outcome.gold), len(outcome.predicted))
        assert row["harm"][3] == sum(item.state == "missed" and not item.optional for item in outcome.gold)


def test_memory_is_that_of_a_page(many: Any, tmp_path: Path) -> None:
    """Once rows have gone to files, none are held."""
    rows, _ = written(tmp_path, many(400), page_bytes=50_000, file_bytes=10_000)
    assert rows._kept is None
    assert sum(buffer.size for buffer in rows._open.values()) < 25_000
    rows.finish(page=0)


def test_files_of_an_earlier_report_go(many: Any, made_up: Any, tmp_path: Path) -> None:
    """Files of this page alone: those of another page in the folder stay."""
    written(tmp_path, many(400), page_bytes=0, file_bytes=10_000)[0].finish(page=0)
    (tmp_path / "diff-data-1.js").write_text("", "utf-8")
    written(tmp_path, made_up)[0].finish(page=0)
    assert [path.name for path in tmp_path.glob("*.js")] == ["diff-data-1.js"]


@given(text=ANY_TEXT)
def test_nothing_ends_the_script_it_stands_in(text: str, tmp_path_factory: pytest.TempPathFactory) -> None:
    """Whatever the texts: no <, >, & or line separator in the data, and it is UTF-8 and JSON."""
    outcome = DialogueOutcome(id=text, cluster="c", language=text, split="dev", labels=(text,), error=text)
    rows = RowWriter(tmp_path_factory.getbasetemp() / "report.html", report_head())
    rows.put(
        row_of(outcome, at=rows.next_place), packed(case(outcome, lambda _: (Message(role="user", content=text),)))
    )
    data = rows.finish(page=0)
    assert not set(data.json) & set("<>&\u2028\u2029")
    data.json.encode()
    json.loads(data.json)


def test_a_comparison_has_a_letter_for_every_change(made_up: Any, tmp_path: Path) -> None:
    """Changes of both directions are in the index, hostile names and texts are text."""
    hostile = "</script><script>alert(1)</script>\u202e\ud83d"
    assert len(set(LETTERS.values())) == len(STATES)
    sides = Sides(base=made_up.run, candidate=made_up.run, base_label=hostile, candidate_label="b")
    rows = change_writer(tmp_path / "diff.html", sides)
    for outcome in made_up.outcomes:
        other = replace(outcome, predicted=tuple(replace(item, text=hostile) for item in outcome.predicted[1:]))
        found = changes((outcome,), (other,))
        put_changes(rows, outcome, found, (Message(role="user", content=hostile),))
    data = rows.finish(page=0)
    assert "<script" not in data.json
    head, index, dialogues = read(tmp_path, data)
    assert head["files"] == "diff-data"
    assert [column["key"] for column in head["columns"]] == ["gold", "base", "candidate"]
    named = {state["letter"]: state["name"] for state in head["states"]}
    seen = {named[letter] for row in index for letter in row["items"][1::2]}
    assert "forbidden-better" in seen
    assert all(len(pair) == 7 for dialogue in dialogues for pair in dialogue[7])


def test_the_script_reads_what_was_packed(made_up: Any, tmp_path: Path) -> None:
    """packing.js gives back names for every value of packing.py, in Node."""
    node = shutil.which("node")
    if node is None:
        missing("node is not on PATH: the script was not run", "node")
    rows, made = written(tmp_path, made_up)
    head, _, dialogues = read(tmp_path, rows.finish(page=0))
    program = (
        f"const packing = require({json.dumps(str(PAGE / 'packing.js'))});"
        "const [head, dialogues] = JSON.parse(require('fs').readFileSync(0, 'utf8'));"
        "process.stdout.write(JSON.stringify(dialogues.map((each) => packing.unpacked(each, head))));"
    )
    stored = json.dumps([head, dialogues])
    done = subprocess.run([str(node), "-e", program], input=stored, capture_output=True, text=True, check=True)
    for outcome, shown in zip(made.outcomes, json.loads(done.stdout), strict=True):
        laid_out = case(outcome, made.messages.get)
        assert (shown["id"], shown["harm"], shown["error"]) == (laid_out.id, laid_out.harm, laid_out.error)
        assert [turn["parts"] for turn in shown["turns"]] == [list(turn.parts) for turn in laid_out.turns or ()]
        assert [turn["index"] for turn in shown["turns"]] == [turn.index for turn in laid_out.turns or ()]
        for pair, packed_pair in zip(laid_out.pairs, shown["pairs"], strict=True):
            assert packed_pair["state"]["name"] == pair.state
            assert packed_pair["dispute"] == (pair.dispute and pair.dispute.json.replace(": ", ":").replace(", ", ","))
            texts = [side and side["text"] for side in packed_pair["sides"]]
            assert texts == [side and side.text for side in (pair.gold, pair.predicted)]


CHOICES = [
    ({}, ["a", "b", "c"]),
    ({"states": ["a"]}, ["a"]),
    ({"kind": "1"}, ["b", "c"]),
    ({"kind": "1", "states": ["a"]}, []),
    ({"language": "zh"}, ["b"]),
    ({"label": "x", "order": "dataset"}, ["c", "a"]),
]


@pytest.mark.parametrize(("asked", "left"), CHOICES)
def test_filters_hold_together(asked: dict[str, Any], left: list[str]) -> None:
    """Kind and outcome must meet in one memory; order is by harm or the dataset's."""
    node = shutil.which("node")
    if node is None:
        missing("node is not on PATH: the script was not run", "node")
    rows = [
        {"id": "c", "language": "en", "split": "dev", "items": "1k", "harm": [0, 0, 0, 0], "labels": ["x"]},
        {"id": "b", "language": "zh", "split": "dev", "items": "0k1e", "harm": [0, 0, 0, 9]},
        {"id": "a", "language": "en", "split": "dev", "items": "0a", "harm": [1, 0, 0, 0], "labels": ["x"]},
    ]
    wanted = {"kind": "", "language": "", "split": "", "label": "", "order": "harm", "states": [], **asked}
    program = (
        f"const rows = require({json.dumps(str(PAGE / 'rows.js'))});"
        "const [given, wanted] = JSON.parse(require('fs').readFileSync(0, 'utf8'));"
        "wanted.states = new Set(wanted.states);"
        "process.stdout.write(JSON.stringify(rows.choose(given, wanted).chosen.map((row) => row.id)));"
    )
    asked_of = json.dumps([rows, wanted])
    done = subprocess.run([str(node), "-e", program], input=asked_of, capture_output=True, text=True, check=True)
    assert json.loads(done.stdout) == left
