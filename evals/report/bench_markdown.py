"""Draws the report of a bench as GitHub flavoured Markdown."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from evals.report.bench_content import BenchContent
from evals.report.tables import Table
from evals.report.untrusted import markdown as escaped
from evals.report.untrusted import markdown_code

FIGURES_FOLDER = "figures"
_ALERTS = {"VALID": "NOTE", "DEGRADED": "WARNING", "INVALID": "CAUTION"}


def bench_markdown(content: BenchContent, figures: Sequence[tuple[str, str]]) -> str:
    """The report as one Markdown text; `figures` are (name, title), linked from the folder beside it."""
    run = content.run
    verdict = "\n".join([f"> **{content.state}**", *(f"> - {escaped(reason)}" for reason in content.reasons)])
    blocks = [
        f"# {escaped(run.name)}",
        markdown_code(run.signature),
        f"> [!{_ALERTS.get(content.state, 'CAUTION')}]\n{verdict}",
        "\n".join(f"- **{escaped(name)}**: {escaped(text)}" for name, text in content.facts),
        *map(_table, content.figures),
        "\n".join(f"- {escaped(warning)}" for warning in content.warnings),
        *(f"![{title}]({FIGURES_FOLDER}/{name}.svg)" for name, title in figures),
        *map(_table, content.details),
        _folded(content.origin),
    ]
    return "\n\n".join(block for block in blocks if block) + "\n"


def _folded(tables: Sequence[Table]) -> str:
    return "\n\n".join(["<details><summary>Origin</summary>", *map(_table, tables), "</details>"])


def _table(table: Table) -> str:
    return "\n".join(_lines(table))


def _lines(table: Table) -> Iterator[str]:
    yield f"**{escaped(table.title)}**"
    yield ""
    yield _line([escaped(column.title) for column in table.columns])
    yield f"|{'|'.join('--:' if column.kind == 'count' else ':--' for column in table.columns)}|"
    for row in table.rows:
        cells = zip(row, table.columns, strict=True)
        yield _line([(markdown_code if column.kind == "code" else escaped)(str(cell)) for cell, column in cells])


def _line(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"
