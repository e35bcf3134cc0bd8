"""Draws a report as one HTML file that needs no network, and no other file while its dialogues fit into it.

Its scripts are ours: the content policy names each by its hash and lets no other run. Where dialogues stand in files
beside the page, scripts that ours load may run too (`strict-dynamic`), and ours load those files alone. Without scripts
the page says all but the dialogue browser.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from markupsafe import Markup

from evals.report import wording
from evals.report.content import Content
from evals.report.figures import TITLES
from evals.report.figures.canvas import inline
from evals.report.rows import Data
from evals.report.tables import Cell, Table, note_of
from evals.report.untrusted import visible
from evals.results import Score

if TYPE_CHECKING:
    from jinja2 import Environment


SCRIPTS = ("dom.js", "packing.js", "rows.js", "dialogue.js", "disputes.js", "browser.js")
STYLES = ("report.css", "browser.css")

_PAGE = Path(__file__).parent / "page"


def html(content: Content, figures: Mapping[str, str], data: Data) -> str:
    """The page; `figures` are SVG texts of our own by name, `data` the rows of the dialogue browser.

    Everything else in it is escaped.
    """
    drawn = {name: Markup(inline(svg)) for name, svg in figures.items()}  # noqa: S704 - drawn by us, its text escaped
    return render("report.html", data, content=content, figures=drawn, figure_titles=TITLES)


def render(template: str, data: Data, **values: Any) -> str:
    """A page of ours; every text in `values` that is not Markup of ours is escaped."""
    trusted = {"data": Markup(data.json), "policy": Markup(_policy(data))}  # noqa: S704 - escaped; made of hashes
    return _environment().get_template(template).render(**trusted, **values)


def _policy(data: Data) -> str:
    sources = [f"'sha256-{_digest(text)}'" for text in _sources(SCRIPTS)] + (["'strict-dynamic'"] if data.files else [])
    return (
        f"default-src 'none'; script-src {' '.join(sources)}; style-src 'unsafe-inline'; "
        "img-src data:; base-uri 'none'; form-action 'none'"
    )


def _digest(text: str) -> str:
    return base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


@lru_cache
def _sources(names: tuple[str, ...]) -> tuple[Markup, ...]:
    return tuple(Markup((_PAGE / name).read_text(encoding="utf-8")) for name in names)  # noqa: S704 - files of ours


@lru_cache(maxsize=1)
def _environment() -> Environment:
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    environment = Environment(
        autoescape=True,
        undefined=StrictUndefined,
        loader=FileSystemLoader(_PAGE),
        finalize=_finalize,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals.update(
        {
            "bar": _bar,
            "bounds": wording.bounds,
            "count": wording.count,
            "interval": wording.interval,
            "metric_title": wording.metric_title,
            "number": wording.number,
            "note_mark": _note_mark,
            "shade": _shade,
            "some": wording.some,
            "scripts": _sources(SCRIPTS),
            "styles": Markup("").join(_sources(STYLES)),
        }
    )
    return environment


def _finalize(value: Any) -> Any:
    """Every text that enters the page shows its hidden characters; None is a dash, never the word."""
    if value is None:
        return wording.DASH
    return visible(value) if isinstance(value, str) and not isinstance(value, Markup) else value


def _note_mark(table: Table, score: Score) -> int | None:
    """The number of the footnote that belongs to a score."""
    note = note_of(score)
    return table.notes.index(note) + 1 if note else None


def _shade(row: tuple[Cell, ...], cell: Cell) -> int:
    """The share of a count in its row, in percent."""
    total = sum(float(other) for other in row[1:] if isinstance(other, int | float))
    return round(100 * cell / total) if isinstance(cell, int | float) and total else 0


def _bar(score: Score, *, floor: float | None = None, difference: bool = False, units: int = 100) -> Markup:
    """A value between 0 and 1 (a difference between −1 and 1) as a small drawing, 10 units high.

    Shows the interval as a line, what unjudged items could make of it as a pale band, and the floor as a tick.
    """
    is_share = not score.metric.endswith(("_count", "_per_dialogue"))
    if score.value is None or not is_share or not (-1 if difference else 0) <= score.value <= 1:
        return Markup("")

    def x(value: float) -> float:
        share = (value + 1) / 2 if difference else value
        return round(3 + (units - 6) * min(max(share, 0), 1), 1)

    parts = [f'<line class="rail" x1="3" x2="{units - 3}" y1="5" y2="5"/>']
    if difference:
        parts.append(f'<line class="zero" x1="{x(0)}" x2="{x(0)}" y1="0" y2="10"/>')
    if score.bound_low is not None and score.bound_high is not None:
        low, high = x(score.bound_low), x(score.bound_high)
        parts.append(f'<rect class="open" x="{low}" width="{round(high - low, 1)}" y="2" height="6"/>')
    if score.low is not None and score.high is not None:
        parts.append(f'<line class="interval" x1="{x(score.low)}" x2="{x(score.high)}" y1="5" y2="5"/>')
    if floor is not None:
        parts.append(f'<line class="floor" x1="{x(floor)}" x2="{x(floor)}" y1="0.5" y2="9.5"/>')
    parts.append(f'<circle class="value" cx="{x(score.value)}" cy="5" r="2.6"/>')
    return Markup(f'<svg class="bar" viewBox="0 0 {units} 10" aria-hidden="true">{"".join(parts)}</svg>')  # noqa: S704
