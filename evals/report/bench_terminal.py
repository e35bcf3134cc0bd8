"""The plain block of text that `evals bench` prints: verdict first, then the figures it is about."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain
from pathlib import Path
from textwrap import wrap

from evals.report.bench_content import bench_content
from evals.report.plain import aligned
from evals.report.tables import Table
from evals.report.terminal import WIDTH
from evals.report.untrusted import visible
from evals.results import Run


def bench_summary(run: Run, *, report: Path) -> str:
    """The result of a bench in plain text; ends with a newline."""
    content = bench_content(run)
    lines = [run.name, content.state, *chain(*(_wrapped(reason, "- ", "  ") for reason in content.reasons)), ""]
    width = max(len(name) for name, _ in content.facts) + 2
    lines += chain(*(_wrapped(text, name.ljust(width), " " * width) for name, text in content.facts))
    for table in content.figures:
        lines += ["", *_drawn(table)]
    lines += ["", *chain(*(_wrapped(warning, "! ", "  ") for warning in content.warnings))] if content.warnings else []
    lines += ["", f"signature  {run.signature}", f"report     {report}"]
    return "\n".join(visible(line).rstrip() for line in lines) + "\n"


def _wrapped(text: str, first: str, further: str) -> list[str]:
    return wrap(visible(text), WIDTH, initial_indent=first, subsequent_indent=further, break_on_hyphens=False)


def _drawn(table: Table) -> Iterator[str]:
    """A table of texts, its first column to the left and the rest to the right."""
    rows = [[column.title for column in table.columns], *([str(cell) for cell in row] for row in table.rows)]
    return aligned(rows, [False, *(True for _ in table.columns[1:])])
