"""`evals compare` from the command line: tables, every format, runs made alike, runs refused, one run's languages."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.commands.two_runs import answers, dialogues

HOSTILE = "=cmd() ]]> <script>alert(1)</script> | **bold** \\input{x} $a$ \u202eevil"
SNAPSHOTS = Path(__file__).parent / "snapshots"
HASHES = re.compile("(?<=[@#\u200b:])[0-9a-f]{8}\\b")
Cli = Callable[..., Any]


@pytest.fixture
def reports(tmp_path: Path, cli: Cli) -> Callable[..., Path]:
    """Makes runs over the same sixty dialogues; gives the folder of all runs."""
    data = dialogues(tmp_path / "D.jsonl")

    def make(name: str, change: Any = None, *words: str, repeats: int = 1) -> Path:
        recorded = answers(tmp_path / f"{name}.jsonl", change, repeats=repeats)
        done = cli(
            *("run", "dataset=file", f"dataset.path={data}", "extractor=recorded", f"extractor.path={recorded}"),
            *("extractor.version=v1", f"repeats={repeats}", "controls=[]", "report.formats=[]"),
            *("runner.max_error_rate=1", "--name", name, "--out", tmp_path / "reports", *words),
        )
        assert done.code == 0, done.err
        return tmp_path / "reports"

    return make


def worse(number: int, said: list[str]) -> list[str]:
    """Loses a fact, gets one wrong and makes one up, here and there; lets a secret out once."""
    if number == 20:
        return [*said, "The user's locker code is 4711."]
    if number % 3 == 0:
        return said[1:]
    if number % 7 == 0:
        return [*said[:2], "The user owns a red sailing boat named Marigold."]
    return said


def test_two_runs_in_the_terminal(reports: Callable[..., Path], cli: Cli) -> None:
    """The headline sentence, the tables, and the most harmful change first, with gold and evidence."""
    folder = reports("base")
    reports("cand", worse)
    done = cli("compare", "base", "cand", "--reports", folder, "--label", "base=before", "--changes", 40)
    assert done.code == 0, done.err
    lines = done.out.splitlines()
    assert lines[0] == "before → cand"
    assert lines[2] == "60 dialogues paired"
    assert lines[3].startswith("F1 1.000 → 0.9")
    assert "label swaps by cluster), worse." in lines[3]
    assert any(line.startswith("Recall ") and "▼ worse" in line for line in lines)
    shown = done.out[done.out.index("Most harmful first") :]
    assert "forbidden  d20 x1 fact\n  forbidden  The user's locker code is 4711.\n" in shown
    assert "lost  d00 g0 fact\n  gold       The user lives in Lyon.\n  base       The user lives in Lyon." in shown
    assert "message 0  user: I live in Lyon." in shown


def test_numbers_agree_over_the_formats(reports: Callable[..., Path], cli: Cli, tmp_path: Path) -> None:
    """JSON has every number, the others the same ones rounded; a file holds what stdout would."""
    folder = reports("base")
    reports("cand", worse)
    told = json.loads(cli("compare", "base", "cand", "--reports", folder, "--format", "json").out)
    (f1,) = (d for d in told["deltas"] if (d["metric"], d["slice"]) == ("f1", "all"))
    assert told["primary"] == "f1"
    assert told["paired"]["ids"] == 60
    for form in ("terminal", "md", "latex"):
        out = cli("compare", "base", "cand", "--reports", folder, "--format", form, "--digits", 5).out
        assert f"{f1['candidate']:.5f}" in out
    kept = tmp_path / "diff.md"
    cli("compare", "base", "cand", "--reports", folder, "--format", "md", "--out", kept)
    assert kept.read_text("utf-8") == cli("compare", "base", "cand", "--reports", folder, "--format", "md").out


def test_metrics_and_slices_are_chosen(reports: Callable[..., Path], cli: Cli) -> None:
    """Dimensions and single slices; a metric that does not exist is named with those that do."""
    folder = reports("base")
    reports("cand", worse)
    out = cli("compare", "base", "cand", "--reports", folder, "--metrics", "recall", "--slices", "label,kind=fact").out
    rows = [line.split("  ")[0] for line in out.splitlines() if "▼" in line or "≈" in line]
    assert set(rows) <= {"Recall", "forbidden", "lost", "made up", "new, not in gold", "not settled on one side"} | {
        row for row in rows if row.startswith("p9")
    }
    assert " even " in out
    assert " odd " in out
    done = cli("compare", "base", "cand", "--reports", folder, "--metrics", "f2")
    assert (done.code, done.err.splitlines()[0][:38]) == (2, "evals: --metrics: no metric 'f2'; ther")


def test_three_runs_stand_side_by_side(reports: Callable[..., Path], cli: Cli) -> None:
    """Best first, each with letters for those it is shown to be better than."""
    folder = reports("good")
    reports("bad", lambda _number, said: said[:1])
    reports("middle", worse)
    out = cli("compare", "bad", "middle", "good", "--reports", folder).out.splitlines()
    rows = [line.split() for line in out if line[:2] in ("a ", "b ", "c ")]
    assert [row[1] for row in rows] == ["good", "middle", "bad"]
    done = cli("compare", "bad", "middle", "good", "--reports", folder, "--format", "html", "--out", folder / "x.html")
    assert (done.code, "shows a base and one candidate" in done.err) == (2, True)
    assert rows[0][-2:] == ["b", "c"]
    assert rows[2][-1] == "–"


def test_a_run_against_itself_differs_nowhere(reports: Callable[..., Path], cli: Cli) -> None:
    """Every mark is "same", and everything was kept."""
    folder = reports("base", worse)
    told = json.loads(cli("compare", "base", "base", "--reports", folder, "--format", "json").out)
    assert {d["mark"] for d in told["deltas"]} <= {"same", "not comparable"}
    assert {change["what"] for change in told["changes"]} == {"kept"}


def test_another_matcher_is_healed_by_scoring_again(reports: Callable[..., Path], cli: Cli) -> None:
    """Both sides as the candidate was, said so, kept for the next time, and never the extractor asked."""
    folder = reports("base", None, "matcher=exact")
    reports("cand", worse)
    done = cli("compare", "base", "cand", "--reports", folder)
    assert done.code == 0
    assert "scored again on both sides, because these differed: match: exact#" in done.out
    assert "scoring again as" in done.err
    again = cli("compare", "base", "cand", "--reports", folder)
    assert again.out == done.out
    assert "scoring again" not in again.err


def test_dialogues_that_are_gone_cannot_be_scored_again(reports: Callable[..., Path], cli: Cli, tmp_path: Path) -> None:
    """Exit 3 with the reason, not a comparison of unlike numbers."""
    folder = reports("base", None, "matcher=exact")
    reports("cand")
    (tmp_path / "D.jsonl").unlink()
    done = cli("compare", "base", "cand", "--reports", folder)
    assert done.code == 3
    assert "base would have to be scored again, and cannot be: dataset.path=" in done.err


def test_what_was_asked_differently_is_refused(reports: Callable[..., Path], cli: Cli) -> None:
    """Exit 3 naming the field; allowed on demand, and then it stands in the output."""
    folder = reports("base")
    reports("cand", None, "extraction_types=[memory]")
    done = cli("compare", "base", "cand", "--reports", folder)
    assert done.code == 3
    assert "cannot be compared: base: extraction_types: memory, preference → memory" in done.err


def test_incomplete_runs_are_refused(reports: Callable[..., Path], cli: Cli) -> None:
    """What is missing is not yet known."""
    from evals.runs import RunFolder

    folder = reports("base")
    reports("cand")
    RunFolder(folder / "cand").mark("interrupted")
    done = cli("compare", "base", "cand", "--reports", folder)
    assert (done.code, "this run is interrupted; finish it first" in done.err) == (3, True)


def test_only_shared_dialogues_are_paired(reports: Callable[..., Path], cli: Cli) -> None:
    """A run of every second dialogue against one of all: thirty pairs, thirty left out, and no rescue by order."""
    folder = reports("base")
    reports("cand", None, "dataset.where=label=even")
    out = cli("compare", "base", "cand", "--reports", folder).out
    assert "30 dialogues paired" in out
    assert "left out: 30 only in base, 0 only in cand, 0 with other messages" in out
    nothing = reports("other", None, "dataset.where=label=odd")
    done = cli("compare", "cand", "other", "--reports", nothing)
    assert (done.code, "share no dialogue" in done.err) == (3, True)


def test_repeats_show_where_the_variance_is(reports: Callable[..., Path], cli: Cli) -> None:
    """Three repeats, one of which loses a fact: the share of the extractor is printed, and changes are flaky."""
    folder = reports("base", repeats=3)
    reports("cand", lambda number, said: said if number % 2 else said[1:], repeats=3)
    out = cli("compare", "base", "cand", "--reports", folder).out
    assert "variance of F1 of cand: 100% which dialogues, 0% the extractor from repeat to repeat (3 repeats)" in out
    assert "lost, in every repeat  d00 g0 fact" in out


@pytest.mark.slow
def test_languages_of_one_run_are_paired_by_content(cli: Cli, tmp_path: Path) -> None:
    """The bundled pairs of the golden set; a run without pairs is exit 3, another dimension exit 2."""
    cli("run", "extractor=control_echo", "controls=[]", "report.formats=[]", "--name", "g", "--out", tmp_path)
    done = cli("compare", "g", "--between", "language=en,zh", "--reports", tmp_path)
    assert done.code == 0
    assert done.out.splitlines()[0] == "en → zh over 42 pairs of the same content"
    assert cli("compare", "g", "--between", "language=en,fr", "--reports", tmp_path).code == 3
    assert cli("compare", "g", "--between", "split=dev,test", "--reports", tmp_path).code == 2
    assert cli("compare", "g", "--reports", tmp_path).code == 2


@pytest.mark.parametrize(("form", "file"), [("terminal", "txt"), ("md", "md"), ("latex", "tex")])
def test_whole_outputs(reports: Callable[..., Path], cli: Cli, form: str, file: str) -> None:
    """The comparison of two runs as it stands in tests/commands/snapshots, hashes of code and data left out."""
    folder = reports("base")
    reports("cand", worse)
    out = cli("compare", "base", "cand", "--reports", folder, "--format", form, "--changes", 6).out
    assert HASHES.sub("…", out) == (SNAPSHOTS / f"compare.{file}").read_text("utf-8")


@pytest.mark.slow
def test_latex_of_a_hostile_comparison_is_set(reports: Callable[..., Path], cli: Cli, tmp_path: Path) -> None:
    """A real pdfLaTeX sets the tables, run names of commands included, and nothing is wider than the page."""
    import shutil
    import subprocess

    from tests.report.devtools import missing

    program = shutil.which("pdflatex")
    if program is None:
        missing("pdflatex is not on PATH: the comparison was not set", "latex")
    folder = reports("base")
    reports("cand", lambda number, said: [*worse(number, said), HOSTILE])
    label = "cand=\\x{$%&#"
    cli(
        "compare",
        "base",
        "cand",
        "--reports",
        folder,
        "--format",
        "latex",
        "--label",
        label,
        "--out",
        tmp_path / "t.tex",
    )
    page = (
        "\\documentclass{article}\\usepackage[margin=1.5cm]{geometry}\\usepackage{booktabs}\\usepackage[T1]{fontenc}"
        "\\usepackage[utf8]{inputenc}\\begin{document}\\input{t.tex}\\end{document}"
    )
    (tmp_path / "page.tex").write_text(page, "utf-8")
    words = [str(program), "-interaction=nonstopmode", "-halt-on-error", "-no-shell-escape", "page.tex"]
    done = subprocess.run(words, cwd=tmp_path, capture_output=True, text=True, errors="replace", timeout=120)
    assert done.returncode == 0, done.stdout[-2000:]
    assert "Overfull" not in done.stdout


@pytest.mark.parametrize("form", ["terminal", "md", "latex", "json"])
def test_hostile_memories_stay_text(reports: Callable[..., Path], cli: Cli, form: str) -> None:
    """Markup, formulas, LaTeX commands and direction marks in a memory are shown and never run."""
    folder = reports("base")
    reports("cand", lambda number, said: [*said, HOSTILE] if number == 5 else said)
    out = cli("compare", "base", "cand", "--reports", folder, "--format", form).out
    assert "alert(1)" in out or form == "latex"
    assert "\u202e" not in out or form == "json"
    if form == "md":
        assert "<script" not in out
        assert "**bold**" not in out
    if form == "latex":
        assert "\\input{x}" not in out
