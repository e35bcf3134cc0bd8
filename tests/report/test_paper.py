"""What goes into a paper says what runs recorded: tables, marks, the method, the references."""

from __future__ import annotations

import csv
import io
import os
import re
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from evals.cli import main
from evals.report.citations import CITATIONS, bibtex
from evals.report.paper import ABOVE_FLOOR, paper, paper_tables, results_table
from evals.results import Score
from tests.report.devtools import missing
from tests.report.test_latex import HOSTILE, PREAMBLE

SNAPSHOT = Path(__file__).parent / "snapshots" / "methods.md"


def test_the_method_is_the_signature_in_words(made_up: Any) -> None:
    """The whole paragraph, kept; EVALS_UPDATE_SNAPSHOTS=1 keeps the new one."""
    run = replace(made_up.run, matching={"align_scorer": "ngram_idf", "floors": {"en": 0.1667, "zh": 0.08}})
    text = paper([run])["paper/methods.md"]
    if os.environ.get("EVALS_UPDATE_SNAPSHOTS") == "1":
        SNAPSHOT.write_text(text, "utf-8")
    assert text == SNAPSHOT.read_text("utf-8")


def test_what_runs_share_is_said_once(made_up: Any) -> None:
    """Two runs on the same data have one sentence on it, and a signature each."""
    other = replace(
        made_up.run, name="other", signature="in:x|judge:llm", identity={**made_up.run.identity, "judge": "llm#1"}
    )
    text = paper([made_up.run, other])["paper/methods.md"]
    assert text.count("Data: the set golden") == 1
    assert text.count("Judge: ") == 2
    assert "- other: <code>in:x\\|judge:llm</code>" in text


def test_beyond_the_floor_is_marked(made_up: Any) -> None:
    """Precision and F1 of the made-up run lie above echo by their paired interval, recall does not."""
    (row,) = results_table([made_up.run]).rows
    marked = [isinstance(cell, Score) and ABOVE_FLOOR in (cell.note or "") for cell in row[1:4]]
    assert marked == [True, False, True]
    tex = paper([made_up.run])["paper/tables.tex"]
    assert "repeats what the user said" in tex
    assert r"+0.410$^{*}$ {\footnotesize {[}+0.220, +0.600{]}}" in tex
    assert r"+0.100 {\footnotesize {[}$-$0.070, +0.270{]}}" in tex


def test_csv_holds_every_number_of_the_tables(made_up: Any) -> None:
    """Values to the last digit, an empty cell for what is not defined, marks in words."""
    rows = list(csv.DictReader(io.StringIO(paper([made_up.run])["paper/tables.csv"])))
    cells = [cell for table in paper_tables([made_up.run]) for row in table.rows for cell in row[1:]]
    assert len(rows) == len(cells)
    for row, cell in zip(rows, cells, strict=True):
        if isinstance(cell, Score):
            assert (float(row["value"]) if row["value"] else None) == cell.value
            assert (float(row["low"]) if row["low"] else None) == cell.low
    assert [row["significant"] for row in rows if row["significant"]] == ["yes", "no", "yes"]


def test_sets_are_cited_by_the_name_of_their_configuration(made_up: Any) -> None:
    """A variant of a set cites the set; a set of one's own cites nothing but the software."""
    runs = [replace(made_up.run, dataset={"name": name}) for name in ("prefeval_explicit", "locomo", "locomo", "mine")]
    text = bibtex(runs)
    assert re.findall(r"^@\w+{(.*),$", text, flags=re.M) == ["memory-evals", "prefeval", "locomo"]
    assert text.count("{") == text.count("}")


def test_an_entry_says_where_a_paper_stands(made_up: Any) -> None:
    """One in proceedings and one on arXiv, whole, the names of their files' repositories as LaTeX takes them."""
    text = bibtex([replace(made_up.run, dataset={"name": name}) for name in ("kvpi", "alpsbench")])
    kvpi, alpsbench = (f"@{entry}" for entry in text.split("@")[2:])
    assert kvpi.strip() == (
        "@inproceedings{kvpi,\n"
        "  author = {Song, Haoyu and Wang, Yan and Zhang, Wei-Nan and Zhao, Zhengyu and Liu, Ting and "
        "Liu, Xiaojiang},\n"
        "  title = {{Profile Consistency Identification for Open-domain Dialogue Agents}},\n"
        "  booktitle = {Proceedings of the 2020 Conference on Empirical Methods in Natural Language Processing},\n"
        "  year = {2020},\n"
        "  doi = {10.18653/v1/2020.emnlp-main.539},\n"
        "  note = {Files as in the GitHub repository songhaoyu/KvPI}\n"
        "}"
    )
    assert alpsbench.startswith("@misc{alpsbench,\n  author = {Xiao, Jianfei and ")
    assert "  howpublished = {arXiv:2603.26680},\n  eprint = {2603.26680},\n" in alpsbench
    assert r"AlpsBench\_task1\_3\_annotation\_data\_repo" in alpsbench


def test_every_public_set_can_be_cited() -> None:
    """Each set there is an importer for has its reference."""
    from evals.corpus.importers import SETS

    assert set(CITATIONS) == set(SETS)
    assert {name: CITATIONS[name].repository for name in SETS} == {name: SETS[name].repository for name in SETS}


def test_several_runs_from_the_command_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """One run's paper folder is its own, several runs share one beside them."""
    words = ["dataset.limit=8", "report.formats=[]", "--out", str(tmp_path)]
    for name in ("a", "b"):
        assert main(["run", *words, "--name", name]) == 0
    capsys.readouterr()
    assert main(["report", "a", "--format", "latex", "--out", str(tmp_path)]) == 0
    assert main(["report", "a", "b", "--format", "csv,latex", "--out", str(tmp_path)]) == 0
    written = [Path(line).relative_to(tmp_path).as_posix() for line in capsys.readouterr().out.splitlines()]
    files = ["paper/tables.tex", "paper/tables.csv", "paper/methods.md", "paper/references.bib"]
    assert written == [*(f"a/{name}" for name in files), "a/scores.csv", "b/scores.csv", *files]
    assert (tmp_path / "paper" / "tables.tex").read_text("utf-8").count(r"\begin{table}") == 4


@pytest.mark.slow
def test_a_whole_paper_is_set(made_up: Any, tmp_path: Path) -> None:
    """pdfLaTeX and BibTeX take every table and every reference, hostile names included."""
    program, references = shutil.which("pdflatex"), shutil.which("bibtex")
    if program is None or references is None:
        missing("pdflatex or bibtex is not on PATH: the paper was not set", "latex")
    runs = [replace(made_up.run, name=f"{HOSTILE} {name}", dataset={"name": name}) for name in CITATIONS]
    files = paper(runs) | {f"one/{name}": text for name, text in paper([made_up.run]).items()}
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text, "utf-8")
    body = r"\input{paper/tables}\input{one/paper/tables}\nocite{*}"
    body += r"\bibliographystyle{plain}\bibliography{paper/references}"
    (tmp_path / "paper.tex").write_text(f"{PREAMBLE}{body}\\end{{document}}", "utf-8")
    for words in ([program, "-interaction=nonstopmode", "-halt-on-error", "paper"], [references, "paper"]):
        done = subprocess.run(words, cwd=tmp_path, capture_output=True, text=True, errors="replace", timeout=120)
        assert done.returncode == 0, done.stdout[-2000:]
    assert len(re.findall(r"\\bibitem", (tmp_path / "paper.bbl").read_text("utf-8"))) == len(CITATIONS) + 1
