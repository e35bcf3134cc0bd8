"""The plain block of text that `evals run` prints: headline, slices, floor, warnings, what to look at, the report.

Its table fits 80 columns; only the signature, which is there to be copied, may be longer.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import chain
from pathlib import Path
from re import sub
from textwrap import wrap

from evals.report.call_times import call_times
from evals.report.content import banner, warnings
from evals.report.cost import cost_lines
from evals.report.plain import aligned
from evals.report.tables import KIND_SLICES, Scores, best_floor, headline_metrics
from evals.report.untrusted import visible
from evals.report.wording import bounds, count, interval, metric_title, number, slice_title, why_undefined
from evals.results import Run, Score

WIDTH = 80  # columns
YARDSTICKS = ("halumem", "locomo")  # MemOS publishes its own results on them
_COLUMNS = {"unsupported_rate": "Unsupported", "memories_per_dialogue": "Per dialogue"}
_ROWS = {"kind=explicit_preference": "explicit", "kind=implicit_preference": "implicit"}
_ROW_WIDTH = 16


def summary(run: Run, *, report: Path | None = None, look: Sequence[str] = ()) -> str:
    """The result of a run in plain text; ends with a newline.

    `report` is the file or folder to point at, `look` what to look at next, a thing a line.
    """
    scores = Scores(run.scores)
    metrics = headline_metrics(scores)
    languages = scores.slices("language", metrics)
    slices = [name for name in (*KIND_SLICES, *languages) if any(scores.get(metric, name) for metric in metrics)]
    notes = _notes(scores, metrics, slices)
    lines = [run.name, *([banner(run) or ""] if banner(run) else []), ""]
    head = ["", *(_COLUMNS.get(metric, metric_title(metric)) for metric in metrics), "gold"]
    lines += aligned([head, *_rows(run, scores, metrics, slices, notes)])
    lines += ["", *(f"[{place}] {note}" for place, note in enumerate(notes, start=1))] if notes else []
    lines += ["", *chain(*(_wrapped(f"! {warning}") for warning in warnings(run)))] if warnings(run) else []
    lines += ["", "look next", *chain(*(_wrapped(f"- {thing}") for thing in look))] if look else []
    lines += ["", *call_times(run), *cost_lines(run), f"signature  {run.signature}"]
    lines += [f"report     {report}"] if report is not None else []
    return "\n".join(visible(line).rstrip() for line in lines) + "\n"


def _wrapped(text: str) -> list[str]:
    return wrap(visible(text), WIDTH, subsequent_indent="  ", break_long_words=False, break_on_hyphens=False)


def table(runs: Sequence[Run]) -> str:
    """One line a run, the sets apart and each best first; ends with a newline.

    The headline is that of the run with the least: recall and its company as soon as one run has no precision. The sets
    MemOS measures itself on come last, under a line that says so.
    """
    headlines = [headline_metrics(Scores(run.scores)) for run in runs]
    metrics = min(headlines, key=lambda headline: headline.count("precision"))
    key = metrics[-1] if "precision" in metrics else "recall"
    sets: dict[str, list[Run]] = {}
    for run in runs:
        sets.setdefault(str(run.dataset.get("name")), []).append(run)
    rows = [["run", *(metric_title(metric) for metric in metrics), "n gold"]]
    empty = [""] * len(rows[0])
    for place, name in enumerate(sorted(sets, key=lambda name: name in YARDSTICKS)):
        rows += [empty] if place else []
        if name in YARDSTICKS and len(sets) > 1:
            rows.append([f"{name}, a set MemOS measures itself on:", *empty[1:]])
        for run in sorted(sets[name], key=lambda run: _height(run, key), reverse=True):
            scores = Scores(run.scores)
            recall = scores.get("recall")
            cells = [_cell(scores.get(metric), ()) for metric in metrics]
            rows.append([visible(run.name), *cells, count(recall.n) if recall else ""])
    return "\n".join(aligned(rows)) + "\n"


def _height(run: Run, metric: str) -> float:
    score = Scores(run.scores).get(metric)
    return -1.0 if score is None or score.value is None else score.value


def _rows(
    run: Run, scores: Scores, metrics: tuple[str, ...], slices: list[str], notes: tuple[str, ...]
) -> Iterator[list[str]]:
    for name in slices:
        recall = scores.get("recall", name)
        cells = [_cell(scores.get(metric, name), notes) for metric in metrics]
        yield [_row_title(name), *cells, count(recall.n) if recall else ""]
    if any(bounds(score) for metric in metrics if (score := scores.get(metric))):
        yield ["open either way", *(bounds(s) if (s := scores.get(metric)) else "" for metric in metrics), ""]
    floors = [best_floor(run, metric) for metric in metrics]
    if any(floors):
        yield ["knowing nothing", *(f"{number(f[1].value, f[1].metric)} {f[0]}" if f else "" for f in floors), ""]
    if ceiling := run.dataset.get("ceiling"):
        reached = (number(ceiling[metric], metric) if metric in ceiling else "" for metric in metrics)
        yield ["second annotator", *reached, ""]


def _row_title(name: str) -> str:
    title = visible(_ROWS.get(name, slice_title(name)))
    return title if len(title) <= _ROW_WIDTH else f"{title[: _ROW_WIDTH - 1]}…"


def _cell(score: Score | None, notes: tuple[str, ...]) -> str:
    if score is None:
        return ""
    note = why_undefined(score) if score.value is None else None
    mark = f" [{notes.index(note) + 1}]" if note in notes else ""
    return f"{number(score.value, score.metric)} {_brief(interval(score))}".rstrip() + mark


def _brief(span: str) -> str:
    """[0.219, 0.259] as [.219,.259], the same numbers in fewer columns."""
    return sub(r"\b1\.0+\b", "1", sub(r"\b0\.", ".", span)).replace(", ", ",")


def _notes(scores: Scores, metrics: tuple[str, ...], slices: list[str]) -> tuple[str, ...]:
    """Why values are undefined; what limits the defined ones is said once, in the warnings."""
    found = (scores.get(metric, name) for name in slices for metric in metrics)
    return tuple(dict.fromkeys(why_undefined(score) for score in found if score is not None and score.value is None))
