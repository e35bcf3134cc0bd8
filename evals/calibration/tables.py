"""The tables of `evals calibrate` as plain text."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from evals.calibration.curve import Curve, Point
from evals.calibration.tally import Cell, merged


def probe_tables(tables: Mapping[str, Sequence[Cell]], curves: Sequence[Curve]) -> str:
    """Every table of `evals calibrate --probes`; ends with a newline."""
    parts = [
        "twins that must not match: false accepts (and called partial, + …) of n",
        *_by_kind(tables, "no"),
        "",
        "rewordings that must match: false rejects (left open, + …) of n",
        *_by_kind(tables, "match"),
        "",
        *_curves(curves),
    ]
    return "\n".join(line.rstrip() for line in parts) + "\n"


def _by_kind(tables: Mapping[str, Sequence[Cell]], label: str) -> Iterator[str]:
    names = list(tables)
    first = [cell for cell in tables[names[0]] if cell.label == label]
    rows = [["", "n", *names]]
    for cell in first:
        others = (_find(tables[name], cell) for name in names)
        rows.append([f"{cell.kind} {cell.lang}", str(cell.n), *map(_wrong, others)])
    for lang in sorted({cell.lang for cell in first}):
        together = [merged(tables[name], label=first[0].label, lang=lang) for name in names]
        rows.append([f"all {lang}", str(together[0].n), *map(_wrong, together)])
    yield from aligned(rows)


def _find(cells: Sequence[Cell], like: Cell) -> Cell:
    return next(cell for cell in cells if (cell.label, cell.kind, cell.lang) == (like.label, like.kind, like.lang))


def _wrong(cell: Cell) -> str:
    """`3 1.2 %`, and what was not settled either way after a plus."""
    beside = cell.answers["partial"] if cell.label == "no" else cell.answers["open"] + cell.answers["partial"]
    return f"{cell.wrong} {100 * cell.wrong / cell.n:.1f} %" + (f" +{beside}" if beside else "")


def _curves(curves: Sequence[Curve]) -> Iterator[str]:
    yield "similarity alone, at the frozen floor and at other thresholds: rewordings lost | twins kept | strangers kept"
    thresholds = [point.threshold for point in curves[0].points][1::3] if curves else []
    rows = [["", "floor", "at the floor", *(f"{threshold:.2f}" for threshold in thresholds)]]
    for curve in curves:
        shown = [point for point in curve.points if point.threshold in thresholds]
        rows.append([f"{curve.scorer} {curve.lang}", f"{curve.floor:.3f}", *map(_shares, (curve.at_floor, *shown))])
    yield from aligned(rows)


def _shares(point: Point) -> str:
    return "|".join(_percent(share) for share in (point.lost, point.twins_kept, point.strangers_kept))


def _percent(share: float | None) -> str:
    return "–" if share is None else f"{100 * share:.0f}"


def aligned(rows: Sequence[Sequence[str]]) -> Iterator[str]:
    """Columns side by side, the first to the left and the others to the right."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        cells = (cell.rjust(width) for cell, width in zip(row[1:], widths[1:], strict=True))
        yield "  ".join((row[0].ljust(widths[0]), *cells))
