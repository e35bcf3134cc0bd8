"""Draws a report as GitHub flavoured Markdown."""

from __future__ import annotations

from collections.abc import Iterator

from evals.report.cases import Case, Pair, Side
from evals.report.content import Content, Headline, Section
from evals.report.figures import TITLES
from evals.report.tables import Cell, Column, Table, note_of
from evals.report.untrusted import html_line, markdown_code
from evals.report.untrusted import markdown as escaped
from evals.report.wording import DASH, bounds, count, interval, metric_title, number
from evals.results import Score

FIGURES_FOLDER = "figures"

_RIGHT = {"score", "brief", "difference", "count"}


def markdown(content: Content) -> str:
    """The report as one Markdown text; figures are linked from the folder beside it."""
    blocks = [f"# {escaped(content.run.name)}", markdown_code(content.run.signature)]
    if content.banner:
        blocks.append(f"> [!CAUTION]\n> {escaped(content.banner)}")
    blocks.append(_headline(content.headline))
    if content.partial_gold:
        blocks.append(
            "The gold of this dataset is not exhaustive, so precision and F1 are not defined; "
            "recall alone never ranks systems."
        )
    if content.warnings:
        blocks.append("> [!WARNING]\n" + "\n".join(f"> - {escaped(warning)}" for warning in content.warnings))
    blocks.append("\n".join(f"- {escaped(line)}" for line in content.look))
    for section in content.sections:
        blocks.extend(_section(section))
    return "\n\n".join(block for block in blocks if block) + "\n"


def _headline(items: tuple[Headline, ...]) -> str:
    lines = [
        "| | value | 95 % interval | unjudged either way | n | knowing nothing | a second annotator |",
        "|:--|--:|--:|--:|--:|:--|--:|",
    ]
    for item in items:
        score = item.score
        value = f"**{number(score.value, score.metric)}**" if score.value is not None else DASH
        reason = "" if score.value is not None else escaped(note_of(score) or "")
        floor = (
            f"{number(item.floor.value, item.floor.metric)} ({escaped(item.floor_name or '')})" if item.floor else ""
        )
        span, people = interval(score) or reason, number(item.ceiling, score.metric)
        lines.append(_line((metric_title(score.metric), value, span, bounds(score), count(score.n), floor, people)))
    return "\n".join(lines)


def _section(section: Section) -> Iterator[str]:
    yield f"## {section.title}"
    if section.about:
        yield section.about
    for name in section.figures:
        yield f"![{TITLES[name]}]({FIGURES_FOLDER}/{name}.svg)"
    tables = "\n\n".join(markdown_table(table) for table in section.tables)
    if section.folded and tables:
        yield f"<details><summary>Show</summary>\n\n{tables}\n\n</details>"
    elif tables:
        yield tables
    for case in section.cases:
        yield _case(case)


def markdown_table(table: Table) -> str:
    """One table with its title and its notes."""
    heads = [escaped(column.title) for column in table.columns]
    rules = ["--:" if column.kind in _RIGHT else ":--" for column in table.columns]
    rows = [[_cell(table, cell, column) for cell, column in zip(row, table.columns, strict=True)] for row in table.rows]
    lines = [f"**{escaped(table.title)}**", "", _line(heads), f"|{'|'.join(rules)}|", *map(_line, rows)]
    if table.notes:
        notes = (f"<sup>{place}</sup> {escaped(note)}" for place, note in enumerate(table.notes, start=1))
        lines += ["", "<br>".join(notes)]
    return "\n".join(lines)


def _line(cells: Iterator[str] | list[str] | tuple[str, ...]) -> str:
    return f"| {' | '.join(cells)} |"


def _cell(table: Table, cell: Cell, column: Column) -> str:
    if cell is None:
        return DASH
    if isinstance(cell, Score):
        return _score(table, cell, column)
    if isinstance(cell, str):
        return markdown_code(cell) if column.kind == "code" else escaped(cell)
    return count(cell)


def _score(table: Table, score: Score, column: Column) -> str:
    signed = column.kind == "difference"
    value = number(score.value, score.metric, signed=signed)
    note = note_of(score)
    mark = f"<sup>{table.notes.index(note) + 1}</sup>" if note else ""
    span = "" if column.kind == "brief" else interval(score, signed=signed)
    return f"{value}{mark} {span}".rstrip()


def _case(case: Case) -> str:
    summary = f"<summary>{html_line(case.id)}: <b>{html_line(case.harm)}</b> ({html_line(case.where)})</summary>"
    parts = [f"<details>{summary}"]
    if case.error:
        parts.append(f"**The extraction failed:** {escaped(case.error)}")
    parts += [_turns(case), _pairs(case.pairs)]
    if case.pairs_left_out:
        parts.append(f"{case.pairs_left_out} more, less harmful, left out.")
    return "\n\n".join([*parts, "</details>"])


def _turns(case: Case) -> str:
    if case.turns is None:
        return "Messages: not kept with this run (`runner.save_messages`)."
    lines = []
    for turn in case.turns:
        if turn.left_out:
            lines.append(f"- *{turn.left_out} left out*")
        if turn.role:
            mark = " (cited)" if turn.cited else ""
            lines.append(f"- **{turn.index} {turn.role}**{mark}: {escaped(turn.content)}")
    return "\n".join(lines)


def _pairs(pairs: tuple[Pair, ...]) -> str:
    rows = (
        f"| **{pair.title}**<br>{escaped(pair.reason)} | {_side(pair.gold)} | {_side(pair.predicted)} |"
        for pair in pairs
    )
    return "\n".join(["| What happened | Gold | Predicted |", "|:--|:--|:--|", *rows])


def _side(side: Side | None) -> str:
    if side is None:
        return DASH
    details = " · ".join(escaped(part) for part in (side.name, side.kind, side.details) if part)
    return f"{escaped(side.text) or '(empty)'}<br><sub>{details}</sub>"
