"""A comparison as text for a terminal, a pull request, a paper or a program."""

from __future__ import annotations

import json
import math
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, is_dataclass
from typing import Any

from evals.compare.changes import Change, What
from evals.compare.comparison import Comparison
from evals.compare.delta import Delta
from evals.report.comparison import (
    Sides,
    change_lines,
    changes_table,
    delta_table,
    headline,
    latency_table,
    variance_line,
)
from evals.report.cost import compared_costs, cost_facts
from evals.report.html import render
from evals.report.latex import latex
from evals.report.markdown import markdown_table
from evals.report.plain import plain_table
from evals.report.rows import Data
from evals.report.tables import Table
from evals.report.untrusted import markdown as escaped
from evals.report.untrusted import shortened, visible
from evals.scoring.components import Components
from evals.types import Message

TEXT_SHOWN = 300
MESSAGE_SHOWN = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """Everything a comparison of two runs shows. `messages` looks up a dialogue; it gives None where none were kept."""

    sides: Sides
    notes: tuple[str, ...]
    comparison: Comparison
    overall: Sequence[Delta]
    sliced: Sequence[Delta]
    digits: int | None
    variance: Sequence[tuple[str, Components | None]]
    counted: Counter[tuple[What, bool | None]]
    worst: tuple[Change, ...]
    messages: Callable[[str], tuple[Message, ...] | None]


def compared_text(compared: Compared, format: str) -> str:
    """The comparison in one of the formats terminal, md, latex and json; ends with a newline."""
    if format == "json":
        return _json(compared)
    if format == "latex":
        return latex(_tables(compared, narrow=True))
    return _markdown(compared) if format == "md" else _terminal(compared)


def compared_page(compared: Compared, data: Data) -> str:
    """The comparison as a page; `data` are the rows of its browser."""
    sides = compared.sides
    worst = [[shortened(line, TEXT_SHOWN) for line in change_lines(change)] for change in compared.worst]
    signatures = ((sides.base_label, sides.base.signature), (sides.candidate_label, sides.candidate.signature))
    title = f"{sides.base_label} → {sides.candidate_label}"
    lines, tables = list(_lines(compared)), _tables(compared)
    about = {"title": title, "lines": lines, "tables": tables, "signatures": signatures}
    return render("compare.html", data, **about, worst=worst, browses=True)


def tables_page(tables: Sequence[Table], *, notes: Sequence[str]) -> str:
    """Tables alone as a page."""
    about = {"title": tables[0].title, "lines": notes, "tables": tables, "signatures": (), "worst": ()}
    return render("compare.html", Data(json="null"), **about, browses=False)


def table_text(tables: Sequence[Table], format: str, *, notes: Sequence[str]) -> str:
    """Tables alone, with what has to be known of them."""
    if format == "html":
        return tables_page(tables, notes=notes)
    if format == "latex":
        return latex(tables)
    if format == "md":
        return "\n\n".join([*(f"> {escaped(note)}" for note in notes), *map(markdown_table, tables)]) + "\n"
    return "\n".join([*(f"! {visible(note)}\n" for note in notes), *map(plain_table, tables)])


def json_text(value: Any) -> str:
    """Dataclasses as JSON, undefined as null."""
    return json.dumps(plain_values(value), ensure_ascii=False, indent=2, allow_nan=False) + "\n"


def _tables(compared: Compared, *, narrow: bool = False) -> list[Table]:
    sides, found = compared.sides, compared.comparison
    tables = [
        delta_table(compared.overall, sides, title="Whole set", about=_ABOUT, digits=compared.digits, narrow=narrow),
        delta_table(compared.sliced, sides, title=_BY_SLICE, digits=compared.digits, narrow=narrow),
        latency_table(found.latency, sides),
        compared_costs((sides.base, sides.candidate), (sides.base_label, sides.candidate_label)),
        changes_table(compared.counted),
    ]
    return [table for table in tables if table.rows]


_BY_SLICE = "By slice; p after Benjamini–Hochberg"
_ABOUT = (
    "Difference = candidate − base, paired by dialogue, clustered. Detectable: the smallest true difference that a "
    "comparison of this size finds 8 times in 10."
)


def _lines(compared: Compared) -> Iterator[str]:
    """What is said before the tables."""
    shared = compared.comparison.shared
    left_out = [
        (shared.only_base, f"only in {compared.sides.base_label}"),
        (shared.only_candidate, f"only in {compared.sides.candidate_label}"),
        (shared.other_messages, "with other messages"),
    ]
    said = ", ".join(f"{count} {why}" for count, why in left_out if count)
    yield f"{len(shared.ids):,} dialogues paired" + (f"; left out: {said}" if said else "")
    yield headline(compared.comparison)
    yield from compared.notes
    for label, parts in compared.variance:
        if line := variance_line(parts, label, compared.comparison.primary):
            yield line


def _terminal(compared: Compared) -> str:
    sides = compared.sides
    parts = [f"{visible(sides.base_label)} → {visible(sides.candidate_label)}\n"]
    parts += ["\n".join(visible(line) for line in _lines(compared)) + "\n", *map(plain_table, _tables(compared))]
    if compared.worst:
        parts.append("Most harmful first\n")
    for change in compared.worst:
        lines = [shortened(line, TEXT_SHOWN) for line in (*change_lines(change), *_evidence(change, compared))]
        parts.append("\n".join(line.replace("\n", " ") for line in lines) + "\n")
    parts.append(f"signature  base       {sides.base.signature}\nsignature  candidate  {sides.candidate.signature}\n")
    return "\n".join(parts)


def _markdown(compared: Compared) -> str:
    sides = compared.sides
    blocks = [f"# {escaped(sides.base_label)} → {escaped(sides.candidate_label)}"]
    blocks += [f"- {escaped(line)}" for line in _lines(compared)]
    text = "\n\n".join([blocks[0], "\n".join(blocks[1:]), *map(markdown_table, _tables(compared))])
    if compared.worst:
        text += "\n\n## Most harmful first\n"
    for change in compared.worst:
        first, *rest = (*change_lines(change), *_evidence(change, compared))
        text += f"\n- **{_short(first)}**" + "".join(f"<br>{_short(line.strip())}" for line in rest)
    signatures = ((sides.base_label, sides.base.signature), (sides.candidate_label, sides.candidate.signature))
    return text + "\n\n" + "\n".join(f"- signature of {escaped(a)}: {escaped(b)}" for a, b in signatures) + "\n"


def _short(line: str) -> str:
    return escaped(shortened(line, TEXT_SHOWN).replace("\n", " "))


def _evidence(change: Change, compared: Compared) -> Iterable[str]:
    """The messages a change rests on, where the run kept them."""
    kept = compared.messages(change.dialogue) if change.evidence else None
    if kept is None:
        return [f"  evidence   {change.evidence_text}"] if change.evidence_text else []
    cited = ((at, kept[at]) for at in change.evidence if at < len(kept))
    return [f"  message {at:<2} {turn.role}: {shortened(turn.content, MESSAGE_SHOWN)}" for at, turn in cited]


def _json(compared: Compared) -> str:
    found, sides = compared.comparison, compared.sides
    shared = asdict(found.shared) | {"ids": len(found.shared.ids)}
    return json_text(
        {
            "base": {"name": sides.base.name, "label": sides.base_label, "signature": sides.base.signature},
            "candidate": {
                "name": sides.candidate.name,
                "label": sides.candidate_label,
                "signature": sides.candidate.signature,
            },
            "notes": list(compared.notes),
            "paired": shared,
            "primary": found.primary,
            "deltas": found.deltas,
            "latency": found.latency,
            "latency_shift_ms": found.latency_shift_ms,
            "costs": [cost_facts(sides.base), cost_facts(sides.candidate)],
            "variance": dict(compared.variance),
            "changes": [
                {"what": what, "better": better, "memories": count}
                for (what, better), count in sorted(compared.counted.items(), key=str)
            ],
            "worst": compared.worst,
        }
    )


def plain_values(value: Any) -> Any:
    """Dataclasses and tuples as JSON has them; an infinite bound says nothing and becomes null."""
    if is_dataclass(value) and not isinstance(value, type):
        return {name: plain_values(each) for name, each in asdict(value).items()}
    if isinstance(value, Mapping):
        return {str(name): plain_values(each) for name, each in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain_values(each) for each in value]
    if isinstance(value, (set, frozenset)):
        return sorted(value)
    return None if isinstance(value, float) and not math.isfinite(value) else value
