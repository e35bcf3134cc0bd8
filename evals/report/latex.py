r"""Draws tables for a paper: LaTeX with booktabs, values with their intervals, marks for what a reader must know.

The preamble needs `\usepackage{booktabs}` and `\usepackage[T1]{fontenc}`; XeLaTeX or LuaLaTeX with a font that has them
sets Chinese labels as they are.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from string import ascii_lowercase

from evals.report.tables import Cell, Column, Table, note_of
from evals.report.untrusted import latex as escaped
from evals.report.wording import DASH, count, interval, number
from evals.results import Score

SIGNIFICANT = "the 95 % interval of the difference excludes 0"

_OTHER = (
    r"\providecommand{\evalsother}[2]{\ifdefined\XeTeXversion#1\else\ifdefined\directlua#1\else\texttt{#2}\fi\fi}"
    " % text pdfLaTeX has no letters for, or its code points"
)
_ALIGNMENT = {"text": "l", "code": "l", "score": "l", "brief": "r", "difference": "l", "count": "r"}


def latex(tables: Iterable[Table]) -> str:
    """The tables one after another, each a float of its own that can be copied alone; ends with a newline."""
    return "\n".join(latex_table(table) for table in tables)


def latex_table(table: Table) -> str:
    """One table as a float with caption, label, notes by letter, and a star at every difference that is not 0."""
    rows = [" & ".join(_cells(table, row)) for row in table.rows]
    lines = [
        r"\begin{table}[t]",
        r"\centering",
        rf"\caption{{{escaped(table.title)}{'. ' + escaped(table.about) if table.about else ''}}}",
        rf"\label{{tab:{_slug(table.title)}}}",
        rf"\begin{{tabular}}{{{''.join(_ALIGNMENT[column.kind] for column in table.columns)}}}",
        r"\toprule",
        rf"{' & '.join(escaped(column.title) for column in table.columns)} \\",
        r"\midrule",
        *(rf"{row} \\" for row in rows),
        r"\bottomrule",
        r"\end{tabular}",
        *_notes(table),
        r"\end{table}",
    ]
    used = any(r"\evalsother" in line for line in lines)
    return "\n".join([*([_OTHER] if used else []), *lines]) + "\n"


def is_significant(score: Score) -> bool:
    """Whether the interval of a difference lies on one side of 0; without variance nothing is shown."""
    if score.low is None or score.high is None or score.low == score.high:
        return False
    return score.low > 0 or score.high < 0


def _cells(table: Table, row: tuple[Cell, ...]) -> Iterable[str]:
    return (_cell(table, cell, column) for cell, column in zip(row, table.columns, strict=True))


def _cell(table: Table, cell: Cell, column: Column) -> str:
    if cell is None:
        return DASH
    if isinstance(cell, Score):
        return _score(table, cell, column)
    if isinstance(cell, str):
        return rf"\texttt{{{escaped(cell)}}}" if column.kind == "code" else escaped(cell)
    return escaped(count(cell))


def _score(table: Table, score: Score, column: Column) -> str:
    signed = column.kind == "difference"
    note = note_of(score)
    mark = f"$^{{{_letter(table.notes.index(note))}}}$" if note else ""
    star = "$^{*}$" if signed and is_significant(score) else ""
    span = "" if column.kind == "brief" else escaped(interval(score, signed=signed))
    small = rf" {{\footnotesize {span}}}" if span else ""
    return f"{escaped(number(score.value, score.metric, signed=signed))}{star}{mark}{small}"


def _notes(table: Table) -> Iterable[str]:
    notes = [f"$^{{{_letter(place)}}}$ {escaped(note)}" for place, note in enumerate(table.notes)]
    if any(_is_starred(cell, column) for row in table.rows for cell, column in zip(row, table.columns, strict=True)):
        notes.append(f"$^{{*}}$ {escaped(SIGNIFICANT)}")
    return [rf"\par\smallskip\footnotesize {'; '.join(notes)}"] if notes else []


def _is_starred(cell: Cell, column: Column) -> bool:
    return column.kind == "difference" and isinstance(cell, Score) and is_significant(cell)


def _letter(place: int) -> str:
    """a, b … z, aa, ab …"""
    first, second = divmod(place, len(ascii_lowercase))
    return (ascii_lowercase[first - 1] if first else "") + ascii_lowercase[second]


def _slug(title: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", title.lower()).strip("-") or "table"
