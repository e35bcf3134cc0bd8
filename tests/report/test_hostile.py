"""One hostile text, of every kind at once and a megabyte long, in every place others can write, through every output.

What is read by people shows it as text, cut and without a hidden character; what is read by programs can be read.
Single outputs have closer tests beside them; here the list is whole, so that a new output is not forgotten.
"""

from __future__ import annotations

import csv
import json
import re
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from evals.report.inspect_log import write_inspect_log
from evals.report.items import write_csv, write_parquet
from evals.report.look import look_next
from evals.report.tally import tally
from evals.report.terminal import summary
from evals.report.write import write_report
from tests.report.hostile import hostile

KINDS = (
    "<script>alert('owned')</script><img src=x onerror=alert(1)>",
    "**bold** | `code` [x](javascript:alert(1)) ![x](http://example.invalid/x.png) @octocat",
    r"\input{/etc/passwd} $x^$ \end{document} & % # _",
    "=cmd|' /C calc'!A0",
    "\u202eevil\u2066 \u200b\u200d\ufeff \x00\x1b[31m \ud83d",
)
HOSTILE = "=" + " ".join(KINDS)
LONG = HOSTILE + " word" * 200_000  # a line of a megabyte
HIDDEN = re.compile("[\u202a-\u202e\u2066-\u2069\u200b\ufeff\x00\x1b\ud800-\udfff]")
HTML = ("report.html",)
MARKDOWN = ("report.md", "paper/methods.md")
LATEX = ("paper/tables.tex", "paper/references.bib")
TABLES = ("scores.csv", "paper/tables.csv", "items.csv")


@pytest.fixture(scope="module")
def written(made_up: Any, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Everything that can be written of a run, of one whose every text is hostile."""
    folder = tmp_path_factory.mktemp("hostile")
    made = hostile(made_up, HOSTILE, memory=LONG)
    formats = ("html", "md", "csv", "json", "latex")
    write_report(folder, made.run, lambda: made.outcomes, made.messages.get, formats)
    write_csv(folder / "items", made.run, made.outcomes)
    (folder / "items.csv").write_bytes((folder / "items" / "items.csv").read_bytes())
    write_parquet(folder, made.run, made.outcomes)
    now = datetime(2026, 1, 1, tzinfo=UTC)
    write_inspect_log(folder / "log.json", made.run, made.outcomes, made.messages.get, finished=now)
    look = look_next(made.run, tally(made.outcomes), explain="evals explain RUN")
    (folder / "summary.txt").write_text(summary(made.run, report=folder, look=look), "utf-8")
    return folder


@pytest.mark.parametrize("name", [*HTML, *MARKDOWN, *LATEX, "summary.txt"])
def test_nothing_hidden_reaches_a_reader(written: Path, name: str) -> None:
    """No direction mark, zero width, control or half character, and no page of many megabytes."""
    text = (written / name).read_text("utf-8").replace("@\u200b", "@")  # ours: without it Markdown calls somebody
    assert HIDDEN.search(text) is None
    assert len(text.encode()) < 5_000_000


def test_markup_is_text(written: Path) -> None:
    """Neither HTML nor Markdown opens a tag, a picture or a link of others; only the JSON of the browser holds `<`."""
    page = (written / "report.html").read_text("utf-8")
    assert "<img" not in page
    assert "<script>alert" not in page
    for name in MARKDOWN:
        text = (written / name).read_text("utf-8")
        outside_html = re.sub(r"<(summary|code)>.*?</\1>", "", text)
        assert not re.search(r"<(img|script)", text)
        assert not re.search(
            r"(?<!\\)\*\*bold|(?<!\\)\]\(|(?<![\\&\w])@octocat", outside_html.replace("](figures/", "")
        )


def test_latex_commands_are_text(written: Path) -> None:
    """No command of others in the tables or the references."""
    for name in LATEX:
        text = (written / name).read_text("utf-8")
        assert r"\input{" not in text
        assert r"\end{document}" not in text


def test_a_terminal_cannot_be_steered(written: Path) -> None:
    """No control character but the newline."""
    assert set(re.findall(r"[\x00-\x1f\x7f-\x9f]", (written / "summary.txt").read_text("utf-8"))) == {"\n"}


@pytest.mark.parametrize("name", TABLES)
def test_no_cell_is_a_formula(written: Path, name: str) -> None:
    """Every cell that begins like one is quoted; a cell of a megabyte comes through."""
    csv.field_size_limit(sys.maxsize)
    with (written / name).open(encoding="utf-8", newline="") as handle:
        cells = [cell for row in csv.reader(handle) for cell in row]
    assert any("cmd|" in cell for cell in cells)
    assert [cell for cell in cells if cell[:1] in ("=", "+", "@", "\t", "\r") and not is_number(cell)] == []


def is_number(cell: str) -> bool:
    try:
        float(cell)
    except ValueError:
        return False
    return True


@pytest.mark.parametrize(
    ("name", "read"),
    [
        ("scores.json", lambda path: json.loads(path.read_text("utf-8"))["name"]),
        ("log.json", lambda path: json.loads(path.read_text("utf-8"))["samples"][0]["scores"]["gold"]["explanation"]),
        ("items.parquet", lambda path: __import__("pyarrow.parquet").parquet.read_table(path).to_pylist()[0]["text"]),
    ],
)
def test_programs_can_read_it(written: Path, name: str, read: Callable[[Path], str]) -> None:
    """JSON and Parquet are valid and hold the text."""
    assert "<script>alert('owned')</script>" in read(written / name)
