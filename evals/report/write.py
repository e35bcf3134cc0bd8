"""Writes the report files of a run into its folder, each whole or not at all."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from evals.errors import UsageError
from evals.io import write_text
from evals.report.cases import case
from evals.report.content import Content, Messages, content
from evals.report.export import scores_csv, scores_json
from evals.report.figures import figures
from evals.report.figures.canvas import Shown
from evals.report.html import html
from evals.report.markdown import FIGURES_FOLDER, markdown
from evals.report.packing import packed
from evals.report.paper import paper
from evals.report.rows import Data, RowWriter, report_head, row_of
from evals.report.tally import Tally, tally
from evals.results import DialogueOutcome, Run

FORMATS = ("html", "md", "csv", "json", "latex")


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """The files in the order written, and the tally of the outcomes where a page needed it."""

    files: tuple[Path, ...]
    tally: Tally | None = None


def write_report(
    folder: Path,
    run: Run,
    outcomes: Callable[[], Iterable[DialogueOutcome]],
    messages: Messages,
    formats: Sequence[str],
) -> Written:
    """Write the formats asked for.

    `outcomes` is read once, as a stream in dataset order; `messages` is asked for every dialogue in that order, then
    for the few shown again, and gives None where they were not kept. Raises UsageError for a format there is none of.
    """
    unknown = [name for name in formats if name not in FORMATS]
    if unknown:
        raise UsageError(f"no report format {unknown[0]!r}; there are {', '.join(FORMATS)}")
    texts: dict[str, str] = {}
    counted = None
    if {"html", "md"} & set(formats):
        counted, texts = _pages(folder, run, outcomes(), messages, formats)
    if "csv" in formats:
        texts["scores.csv"] = scores_csv(run)
    if "json" in formats:
        texts["scores.json"] = scores_json(run)
    if "latex" in formats:
        texts |= paper([run])
    return Written(files=write_texts(folder, texts), tally=counted)


def write_texts(folder: Path, texts: Mapping[str, str]) -> tuple[Path, ...]:
    """Write texts by their names under a folder, each whole or not at all."""
    for name, text in texts.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        write_text(path, text)
    return tuple(folder / name for name in texts)


def _pages(
    folder: Path, run: Run, outcomes: Iterable[DialogueOutcome], messages: Messages, formats: Sequence[str]
) -> tuple[Tally, dict[str, str]]:
    rows = RowWriter(folder / "report.html", report_head()) if "html" in formats else None
    counted = tally(_browsed(outcomes, rows, messages) if rows else outcomes)
    drawn = figures(Shown(run=run, tally=counted))
    said = content(run, counted, messages, figures=tuple(drawn))
    texts = {f"{FIGURES_FOLDER}/{name}.svg": svg for name, svg in drawn.items()}
    if rows:
        texts["report.html"] = _page(said, drawn, rows)
    if "md" in formats:
        texts["report.md"] = markdown(said)
    return counted, texts


def _page(said: Content, drawn: Mapping[str, str], rows: RowWriter) -> str:
    """The page with its dialogues inside where they fit."""
    bare = html(said, drawn, Data(json="null"))
    return html(said, drawn, rows.finish(page=len(bare.encode())))


def _browsed(outcomes: Iterable[DialogueOutcome], rows: RowWriter, messages: Messages) -> Iterator[DialogueOutcome]:
    for outcome in outcomes:
        rows.put(row_of(outcome, at=rows.next_place), packed(case(outcome, messages)))
        yield outcome
