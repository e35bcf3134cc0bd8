"""Draws a table as plain text for a terminal."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from unicodedata import east_asian_width

from evals.report.tables import Cell, Column, Table
from evals.report.untrusted import visible
from evals.report.wording import DASH, count, interval, number
from evals.results import Score

_RIGHT = {"count", "brief"}


def plain_table(table: Table) -> str:
    """The title, the columns aligned, and what the table is about; ends with a newline."""
    heads = [column.title for column in table.columns]
    rows = [[_cell(cell, column) for cell, column in zip(row, table.columns, strict=True)] for row in table.rows]
    lines = [visible(table.title), "", *aligned([heads, *rows], [column.kind in _RIGHT for column in table.columns])]
    return "\n".join([*lines, *(["", table.about] if table.about else [])]) + "\n"


def aligned(rows: Sequence[Sequence[str]], right: Iterable[bool] = ()) -> Iterator[str]:
    """The rows with their columns in line, to the left unless `right` says so; a Chinese character takes two places."""
    sides = list(right) or [False] * len(rows[0])
    widths = [max(map(_width, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        cells = (
            " " * (width - _width(cell)) + cell if to_the_right else cell + " " * (width - _width(cell))
            for cell, width, to_the_right in zip(row, widths, sides, strict=True)
        )
        yield "  ".join(cells).rstrip()


def _cell(cell: Cell, column: Column) -> str:
    if cell is None:
        return DASH
    if isinstance(cell, Score):
        signed = column.kind == "difference"
        span = "" if column.kind == "brief" else interval(cell, signed=signed)
        return f"{number(cell.value, cell.metric, signed=signed)} {span}".rstrip()
    return visible(" ".join(cell.split("\n"))) if isinstance(cell, str) else count(cell)


def _width(text: str) -> int:
    return sum(2 if east_asian_width(character) in "WF" else 1 for character in text)
