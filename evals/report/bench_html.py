"""Draws the report of a bench as one HTML file that needs no network, no other file and no script."""

from __future__ import annotations

from collections.abc import Sequence

from markupsafe import Markup

from evals.report.bench_content import BenchContent
from evals.report.figures.canvas import inline
from evals.report.html import render
from evals.report.rows import Data

_NO_DIALOGUES = Data(json="{}")


def bench_html(content: BenchContent, figures: Sequence[tuple[str, str, str]]) -> str:
    """The page; `figures` are (name, title, SVG text of ours). Everything else in it is escaped."""
    drawn = [(name, title, Markup(inline(svg))) for name, title, svg in figures]  # noqa: S704 - drawn by us
    return render("bench.html", _NO_DIALOGUES, content=content, figures=drawn)
