"""Tables in LaTeX are what a compiler sets as it stands, whatever text is in them."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evals.report.latex import latex, latex_table
from evals.report.tables import Column, Table
from evals.report.untrusted import latex as escaped
from evals.results import Score
from tests.report.devtools import missing

HOSTILE = (
    r"\input{/etc/passwd} \write18{id} $x$ & b # 50 % _ ^ ~ {} [2em] * -- --- ?` !` << >> \\[1em] \end{table} "
    "``q'' \"d\" | \u202eevil \ud83d \u200b 猫，\U0001f642 naïve – … − × 用户\nnext\tline \x00"
)
PREAMBLE = r"\documentclass{article}\usepackage[T1]{fontenc}\usepackage{booktabs}\begin{document}"


def _table(text: str) -> Table:
    columns = (
        Column(title="Metric"),
        Column(title="Value", kind="score"),
        Column(title="Difference", kind="difference"),
        Column(title="n & m", kind="count"),
        Column(title="Key", kind="code"),
    )
    low = Score(metric="f1", slice="all", value=0.5, low=0.4, high=0.6, note=text)
    better = Score(metric="f1", slice="all", value=0.1, low=0.05, high=0.15)
    same = Score(metric="f1", slice="all", value=-0.01, low=-0.05, high=0.03)
    undefined = Score(metric="f1", slice="all", value=None)
    rows = (("a", low, better, 1234, text), ("b", undefined, same, 2.5, None))
    return Table(title=f"A table {text}", columns=columns, rows=rows, about=text)


def test_whole_table() -> None:
    """Rules, alignment, intervals, a letter a note, a star where the interval excludes 0."""
    assert latex_table(_table("x_1")) == (
        r"""\begin{table}[t]
\centering
\caption{A table x\_1. x\_1}
\label{tab:a-table-x-1}
\begin{tabular}{lllrl}
\toprule
Metric & Value & Difference & n \& m & Key \\
\midrule
a & 0.500$^{a}$ {\footnotesize {[}0.400, 0.600{]}} & +0.100$^{*}$ {\footnotesize {[}+0.050, +0.150{]}} & 1,234 & \texttt{x\_1} \\
b & –$^{b}$ & $-$0.010 {\footnotesize {[}$-$0.050, +0.030{]}} & 2.5 & – \\
\bottomrule
\end{tabular}
\par\smallskip\footnotesize $^{a}$ x\_1; $^{b}$ n = 0; $^{*}$ the 95 \% interval of the difference excludes 0
\end{table}
"""  # noqa: E501 - a row of a table is a line
    )


@given(st.text(st.characters(exclude_categories=())))
def test_escaped_text_holds_no_order(text: str) -> None:
    """On one line; braces are balanced, and without our own orders no special character is left bare."""
    written = escaped(text)
    assert "\n" not in written
    bare = written
    for ours in (
        r"\textbackslash{}",
        r"\textasciitilde{}",
        r"\textasciicircum{}",
        r"\textasciigrave{}",
        r"\textless{}",
    ):
        bare = bare.replace(ours, "")
    for ours in (r"\textgreater{}", r"\textbar{}", r"{\char34}", "$-$", r"$\langle$", r"$\rangle$", r"\evalsother"):
        bare = bare.replace(ours, "")
    for name in ("uparrow", "downarrow", "approx", "neq", "leq", "geq", "rightarrow", "times", "Delta"):
        bare = bare.replace(rf"$\{name}$", "")
    for character in "{}$&#%_":
        bare = bare.replace(f"\\{character}", "")
    assert not set(bare) & set('\\$&#%_^~`<>|"')
    assert bare.count("{") == bare.count("}")


@pytest.mark.slow
def test_a_compiler_sets_it(tmp_path: Path) -> None:
    """pdfLaTeX stops at no error in a table of hostile text, reads no file and runs no program."""
    program = shutil.which("pdflatex")
    if program is None:
        missing("pdflatex is not on PATH: the tables were not compiled", "latex")
    text = f"{PREAMBLE}\n{latex([_table(HOSTILE), _table('second')])}\\end{{document}}\n"
    (tmp_path / "paper.tex").write_text(text, "utf-8")
    words = [program, "-interaction=nonstopmode", "-halt-on-error", "-no-shell-escape", "paper.tex"]
    done = subprocess.run(words, cwd=tmp_path, capture_output=True, text=True, errors="replace", timeout=120)
    assert done.returncode == 0, done.stdout[-2000:]
    assert (tmp_path / "paper.pdf").stat().st_size > 1000
    assert "passwd" not in (tmp_path / "paper.log").read_text("utf-8", errors="replace").split("Overfull")[0]
