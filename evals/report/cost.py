"""What a run came to, beside its scores: a table for pages, lines for a terminal, both sides of a comparison."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import floor, log10

from evals.report.tables import Cell, Column, Table
from evals.report.wording import DASH, count, some
from evals.results import Run
from evals.scoring.costs import Cost, extraction_cost, judging_cost, memories_found

NO_PRICE = "no price given"
NO_TOKENS = "no tokens counted"


def cost_table(run: Run) -> Table:
    """Extraction and judging side by side; no row where neither made a call."""
    parts = (extraction_cost(run), judging_cost(run))
    names = dict.fromkeys(name for part in parts for name in _facts(run, part))
    rows = tuple((name, *(_facts(run, part).get(name, DASH) for part in parts)) for name in names)
    columns = (
        Column(title=""),
        *(Column(title=title, kind="count") for title in ("Extraction", "Judging")),
    )
    return Table(title="Cost", columns=columns, rows=rows)


def compared_costs(runs: Sequence[Run], labels: Sequence[str]) -> Table:
    """What runs came to, one a column; no row where none made a call."""
    facts = [
        {
            f"{title}: {name[:1].lower()}{name[1:]}": cell
            for title, part in (("Extraction", extraction_cost(run)), ("Judging", judging_cost(run)))
            for name, cell in _facts(run, part).items()
        }
        for run in runs
    ]
    names = dict.fromkeys(name for each in facts for name in each)
    rows = tuple((name, *(each.get(name, DASH) for each in facts)) for name in names)
    columns = (Column(title=""), *(Column(title=label, kind="count") for label in labels))
    return Table(title="Cost", columns=columns, rows=rows)


def cost_facts(run: Run) -> dict[str, float | None]:
    """The same for programs; None where a run does not know."""
    extraction, judging = extraction_cost(run), judging_cost(run)
    found, dialogues = memories_found(run), run.counts.get("dialogues", 0)
    facts: dict[str, float | None] = {
        name: None if extraction is None else getattr(extraction, name)
        for name in ("calls", "attempts", "prompt_tokens", "completion_tokens")
    }
    for name, part in (("extraction", extraction), ("judging", judging)):
        facts[f"{name}_cost"] = part.money if part else None
        facts[f"{name}_cost_per_1000_dialogues"] = part.for_dialogues(1000) if part else None
        facts[f"{name}_cost_per_memory"] = _per_memory(part, dialogues, found) if part else None
    return facts


def cost_lines(run: Run) -> tuple[str, ...]:
    """Lines of plain text; none where no call was made."""
    return tuple(
        line
        for title, part in (("cost", extraction_cost(run)), ("judging", judging_cost(run)))
        if part is not None
        for line in _lines(run, title, part)
    )


def _facts(run: Run, part: Cost | None) -> dict[str, Cell]:
    """A part of a run, row by row, in reading order."""
    if part is None:
        return {}
    found, dialogues = memories_found(run), run.counts.get("dialogues", 0)
    unknown = NO_TOKENS if part.prompt_tokens is None or part.completion_tokens is None else NO_PRICE
    facts: dict[str, Cell] = {
        "Calls": part.calls,
        "Tries": part.attempts,
        "Tokens in": part.prompt_tokens,
        "Tokens out": part.completion_tokens,
        "Money": _money(part.money, unknown),
        "Money for 1,000 dialogues": _money(part.for_dialogues(1000), unknown),
        "n, dialogues asked": part.answers,
    }
    if found is not None:
        facts["Money for a right memory"] = _money(_per_memory(part, dialogues, found), unknown if found else DASH)
        facts["n, gold memories found"] = round(found, 1)
    return facts


def _lines(run: Run, title: str, part: Cost) -> Iterator[str]:
    facts, found = _facts(run, part), memories_found(run)
    tokens = [count(each) for each in (part.prompt_tokens, part.completion_tokens) if each is not None]
    said = f", {tokens[0]} + {tokens[1]} tokens" if len(tokens) == 2 else ""
    yield f"{title:<10} {some(part.calls, 'call')}{said}: {facts['Money']}"
    if part.money is not None:
        yield f"           {facts['Money for 1,000 dialogues']} for 1,000 dialogues (n = {count(part.answers)})"
    if part.money is not None and found:
        yield f"           {facts['Money for a right memory']} for a right memory (n = {count(round(found, 1))})"


def _per_memory(part: Cost, dialogues: int, found: float | None) -> float | None:
    """Money for each gold memory found, were every dialogue asked once."""
    money = part.for_dialogues(dialogues)
    return None if money is None or not found else money / found


def _money(value: float | None, unknown: str) -> str:
    """An amount with three digits that count, never as a power of ten."""
    if value is None:
        return unknown
    digits = 2 if value == 0 or value >= 10 else max(2, 2 - floor(log10(value)))
    return f"{value:,.{digits}f}"
