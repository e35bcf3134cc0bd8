"""Draws the report of a bench as one HTML file that needs no network, no other file and no script."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from markupsafe import Markup

from evals.report.bench_content import BenchContent
from evals.report.figures.canvas import inline
from evals.report.untrusted import visible

if TYPE_CHECKING:
    from jinja2 import Template


def bench_html(content: BenchContent, figures: Sequence[tuple[str, str, str]]) -> str:
    """The page; `figures` are (name, title, SVG text of ours). Everything else in it is escaped."""
    drawn = [(name, title, Markup(inline(svg))) for name, title, svg in figures]  # noqa: S704 - drawn by us
    return _template().render(content=content, figures=drawn)


@lru_cache(maxsize=1)
def _template() -> Template:
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    environment = Environment(
        autoescape=True,
        undefined=StrictUndefined,
        loader=FileSystemLoader(Path(__file__).parent),
        finalize=_finalize,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template("bench.html")


def _finalize(value: Any) -> Any:
    """Every text that enters the page shows its hidden characters."""
    return visible(value) if isinstance(value, str) and not isinstance(value, Markup) else value
