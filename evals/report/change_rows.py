"""The memory diff of two runs as rows of the dialogue browser: gold, base and candidate side by side."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from string import ascii_letters
from typing import Any, get_args

from evals.compare.changes import Change, What
from evals.report.cases import CONTENT_SHOWN, DETAIL_SHOWN, PAIRS_SHOWN, TEXT_SHOWN, Side, turns
from evals.report.comparison import Sides, change_title
from evals.report.packing import LETTERS as FATES
from evals.report.packing import packed_line, packed_side
from evals.report.rows import KINDS_SHOWN, Row, RowWriter
from evals.report.tally import UNKNOWN_KIND
from evals.report.untrusted import language_tag, shortened, visible
from evals.report.wording import STATE_SIGNS, slice_title, state_title
from evals.results import DialogueOutcome
from evals.types import Message

_DIRECTIONS: dict[bool | None, tuple[str, str]] = {False: ("worse", "▼"), True: ("better", "▲"), None: ("same", "=")}
# A letter for every sort of change in either direction, the harmful ones first.
STATES = [(what, better) for better in _DIRECTIONS for what in get_args(What)]
LETTERS = dict(zip(STATES, ascii_letters, strict=False))
_WEIGHED: tuple[tuple[What, ...], ...] = (
    ("forbidden",),
    ("contradicted", "value_error", "polarity"),
    ("unsupported",),
    ("lost", "type", "extra"),
)


def change_writer(page: Path, sides: Sides) -> RowWriter:
    """A writer of rows that a comparison's page reads."""
    return RowWriter(page, _head(sides))


def put_changes(
    rows: RowWriter, outcome: DialogueOutcome, changes: Sequence[Change], said: Sequence[Message] | None
) -> None:
    """One dialogue: what became of each of its memories in both runs."""
    row = Row(
        id=shortened(outcome.id, TEXT_SHOWN),
        language=visible(outcome.language),
        split=visible(outcome.split),
        items="".join(f"{_kind(change)}{LETTERS[change.what, change.better]}" for change in changes),
        harm=_harm(changes),
        at=rows.next_place,
        labels=tuple(shortened(label, DETAIL_SHOWN) for label in outcome.labels[:PAIRS_SHOWN]),
    )
    rows.put(row, _laid_out(outcome, changes, said))


def _laid_out(outcome: DialogueOutcome, changes: Sequence[Change], said: Sequence[Message] | None) -> str:
    language = language_tag(outcome.language)
    cited = frozenset(index for change in changes for index in change.evidence)
    quotes: dict[int, list[str]] = {}
    for change in changes:
        for index in change.evidence if change.evidence_text else ():
            quotes.setdefault(index, []).append(visible((change.evidence_text or "")[:CONTENT_SHOWN]))
    shown = None if said is None else turns(said, cited, quotes)
    where = shortened(", ".join((outcome.language, outcome.split, *outcome.labels)), DETAIL_SHOWN)
    head = [shortened(outcome.id, DETAIL_SHOWN), language, where, _in_words(changes), None, None]
    pairs = [_pair(change, language) for change in changes[:PAIRS_SHOWN]]
    return packed_line(head, shown, pairs, left_out=max(0, len(changes) - PAIRS_SHOWN))


def _pair(change: Change, language: str | None) -> list[Any]:
    listed = change.gold or change.forbidden
    gold = _side(
        change.gid or "", listed, change.kind, language, about="must not be stored" if change.forbidden else ""
    )
    stable = {True: "every repeat shows it", False: "not every repeat shows it", None: ""}[change.stable]
    sides = [packed_side(gold, language)]
    for text, state in ((change.base, change.base_state), (change.candidate, change.candidate_state)):
        sides.append(packed_side(_side("", text, change.kind, language), language, state=FATES.get(state or "", "")))
    return [LETTERS[change.what, change.better], stable, change.evidence[:PAIRS_SHOWN], 0, *sides]


def _side(name: str, text: str | None, kind: str | None, language: str | None, *, about: str = "") -> Side | None:
    if text is None:
        return None
    shown = shortened(text, TEXT_SHOWN)
    title = state_title(kind or "preference of unknown type")
    return Side(name=shortened(name, DETAIL_SHOWN), kind=title, text=shown, details=about, language=language)


def _kind(change: Change) -> int:
    return KINDS_SHOWN.index(change.kind or UNKNOWN_KIND)


def _harm(changes: Sequence[Change]) -> tuple[int, int, int, int]:
    worse = Counter(change.what for change in changes if change.better is False)
    first, second, third, fourth = (sum(worse[what] for what in group) for group in _WEIGHED)
    return first, second, third, fourth


def _in_words(changes: Sequence[Change]) -> str:
    counted = Counter((change.what, change.better) for change in changes if change.what != "kept")
    ordered = sorted(counted.items(), key=lambda entry: STATES.index(entry[0]))
    return ", ".join(f"{count} {change_title(*state)}" for state, count in ordered)


def _head(sides: Sides) -> dict[str, Any]:
    states = [
        {
            "letter": LETTERS[what, better],
            "name": f"{what}-{_DIRECTIONS[better][0]}",
            "title": change_title(what, better),
            "sign": _DIRECTIONS[better][1],
        }
        for what, better in STATES
    ]
    fates = [
        {"letter": letter, "name": state, "title": state_title(state), "sign": STATE_SIGNS[state]}
        for state, letter in FATES.items()
    ]
    columns = [
        {"key": "gold", "title": "Gold"},
        {"key": "base", "title": visible(sides.base_label)},
        {"key": "candidate", "title": visible(sides.candidate_label)},
    ]
    kinds = [{"name": kind, "title": slice_title(f"kind={kind}")} for kind in KINDS_SHOWN]
    return {"states": states, "fates": fates, "kinds": kinds, "columns": columns, "actions": {}}
