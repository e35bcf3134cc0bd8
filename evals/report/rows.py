"""What the dialogue browser of a page shows: an index to choose from and each dialogue laid out, in bounded memory.

Rows stand in the page itself while they fit; more of them go to files `PAGE-data-N.js` beside it, which the page's
own script loads by script tags, because browsers refuse to read other files from disk.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path
from typing import Any, Literal

from evals.io import dumps, json_line, write_text
from evals.report.cases import TEXT_SHOWN
from evals.report.packing import LETTERS
from evals.report.pairing import ACTIONS, Aligned, aligned
from evals.report.tally import UNKNOWN_KIND, harm
from evals.report.untrusted import shortened, visible
from evals.report.wording import STATE_SIGNS, slice_title, state_title
from evals.results import DialogueOutcome
from evals.types import KINDS

PAGE_BYTES = 4_900_000  # of a page with the rows in it
FILE_BYTES = 1_000_000
KINDS_SHOWN = (*KINDS, UNKNOWN_KIND)
_LABELS_SHOWN = 40  # of one dialogue
# What could end a script element or a line of it; in JSON these stand inside strings alone.
_ESCAPES = {"<": "\\u003c", ">": "\\u003e", "&": "\\u0026", "\u2028": "\\u2028", "\u2029": "\\u2029"}

Part = Literal["index", "dialogues"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A dialogue in the index. `items` has two characters a pair, kind and state; `at` says where it is laid out."""

    id: str
    language: str
    split: str
    items: str
    harm: tuple[int, int, int, int]
    at: tuple[int, int]
    repeat: int = 0
    labels: tuple[str, ...] = ()
    failed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Data:
    """What the page embeds: `json` is safe inside a script element; `files` the names written beside the page."""

    json: str
    files: tuple[str, ...] = ()


class RowWriter:
    """Takes dialogues one at a time; holds at most what a page may hold, then writes files of about a megabyte."""

    def __init__(
        self, page: Path, head: Mapping[str, Any], *, page_bytes: int = PAGE_BYTES, file_bytes: int = FILE_BYTES
    ) -> None:
        """`page` is the file the rows are for; `head` says how a page reads them."""
        self._folder, self._files = page.parent, f"{page.stem}-data"
        self._head, self._page_bytes, self._file_bytes = head, page_bytes, file_bytes
        self._open: dict[Part, _Buffer] = {"index": _Buffer(number=1), "dialogues": _Buffer(number=2)}
        self._next = 3
        self._kept: list[_Buffer] | None = []  # None once they went to files
        self._bytes = 0
        self._numbers: dict[Part, list[int]] = {"index": [], "dialogues": []}
        self._dialogues = 0

    @property
    def next_place(self) -> tuple[int, int]:
        """Where the dialogue that is put next will be laid out, for its row."""
        dialogues = self._open["dialogues"]
        return dialogues.number, len(dialogues.lines)

    def put(self, row: Row, laid_out: str) -> None:
        """A row of the index and its dialogue as packed."""
        self._put("index", json_line(row).decode())
        self._put("dialogues", laid_out)
        self._dialogues += 1

    def finish(self, *, page: int) -> Data:
        """What a page of `page` bytes embeds; files of an earlier report that this one does not have are removed."""
        for part in list(self._open):
            self._close(part)
        if self._bytes + page > self._page_bytes:
            self._spill()
        inline = {} if self._kept is None else {str(buffer.number): buffer.text for buffer in self._kept}
        written = (
            ()
            if self._kept is not None
            else tuple(self._name(number) for number in sorted(chain(*self._numbers.values())))
        )
        for stale in self._folder.glob(self._name("[0-9]*")):
            if stale.name not in written:
                stale.unlink()
        parts = ",".join(f'"{number}":[{text}]' for number, text in inline.items())
        head = dumps({**self._head, "files": self._files, "count": self._dialogues, **self._numbers})
        return Data(json=f'{{"head":{_escaped(head)},"parts":{{{parts}}}}}', files=written)

    def _name(self, number: int | str) -> str:
        return f"{self._files}-{number}.js"

    def _put(self, part: Part, line: str) -> None:
        safe = _escaped(line)
        buffer = self._open[part]
        buffer.lines.append(safe)
        buffer.size += len(safe.encode())
        if buffer.size > self._file_bytes:
            self._close(part)

    def _close(self, part: Part) -> None:
        buffer = self._open[part]
        self._open[part] = _Buffer(number=self._next)
        self._next += 1
        if not buffer.lines:
            return
        self._numbers[part].append(buffer.number)
        self._bytes += buffer.size
        if self._kept is None:
            self._write(buffer)
            return
        self._kept.append(buffer)
        if self._bytes > self._page_bytes:
            self._spill()

    def _spill(self) -> None:
        for buffer in self._kept or ():
            self._write(buffer)
        self._kept = None

    def _write(self, buffer: _Buffer) -> None:
        text = f"evalsReportData({buffer.number}, [\n{buffer.text}\n]);\n"
        write_text(self._folder / self._name(buffer.number), text)


@dataclass(slots=True)
class _Buffer:
    number: int
    lines: list[str] = field(default_factory=list)
    size: int = 0

    @property
    def text(self) -> str:
        return ",\n".join(self.lines)


def _escaped(json: str) -> str:
    for character, escape in _ESCAPES.items():
        json = json.replace(character, escape)
    return json


def row_of(outcome: DialogueOutcome, *, at: tuple[int, int]) -> Row:
    """The row of a dialogue in the index of a report."""
    done = harm(outcome)
    return Row(
        id=shortened(outcome.id, TEXT_SHOWN),
        language=visible(outcome.language),
        split=visible(outcome.split),
        items="".join(f"{KINDS_SHOWN.index(_kind(pair))}{LETTERS[pair.state]}" for pair in aligned(outcome)),
        harm=(done.forbidden, done.hallucinated, done.value_error, done.missed),
        at=at,
        repeat=outcome.repeat,
        labels=tuple(shortened(label, TEXT_SHOWN) for label in outcome.labels[:_LABELS_SHOWN]),
        failed=outcome.error is not None,
    )


def _kind(pair: Aligned) -> str:
    item = pair.gold or pair.predicted
    return (item.kind if item else None) or UNKNOWN_KIND


def report_head() -> dict[str, Any]:
    """How the rows of a report are to be read."""
    states = [
        {"letter": letter, "name": state, "title": state_title(state), "sign": STATE_SIGNS[state]}
        for state, letter in LETTERS.items()
    ]
    kinds = [{"name": kind, "title": slice_title(f"kind={kind}")} for kind in KINDS_SHOWN]
    columns = [{"key": "gold", "title": "Gold"}, {"key": "predicted", "title": "Predicted"}]
    return {"states": states, "kinds": kinds, "columns": columns, "actions": ACTIONS, "fates": []}
