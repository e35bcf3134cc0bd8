"""A dataset on disk: one or more JSONL files of `memgold/1`, read as a stream of dialogues, with an overlay applied."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from evals.corpus.overlay import Overlay
from evals.corpus.record import Record, dialogue_of
from evals.corpus.validity import Problem, problems
from evals.errors import DataError, Fault
from evals.io import FaultList, read_jsonl
from evals.types import Dialogue


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """Where the dialogues of a dataset are. Files are read in this order; `overlay` corrects their gold."""

    paths: tuple[Path, ...]
    name: str
    overlay: Path | None = None

    @classmethod
    def at(cls, *paths: Path, name: str | None = None, overlay: Path | None = None) -> Source:
        """Files as they are, folders as the `*.jsonl` and `*.jsonl.gz` in them, by name.

        Raises DataError for a folder without any. The default name is that of the first path.
        """
        files = [file for path in paths for file in (_files_in(path) if path.is_dir() else [path])]
        return cls(paths=tuple(files), name=name or paths[0].name.split(".")[0], overlay=overlay)

    def records(self, *, faults: FaultList) -> Iterator[tuple[Path, int, Record]]:
        """Streams (file, line, record); a line that is none adds to `faults` and is left out."""
        for path in self.paths:
            for line, record in read_jsonl(path, Record, faults=faults):
                yield path, line, record


@dataclass(frozen=True, slots=True, kw_only=True)
class Located:
    """A record, the dialogue it gives once defaults and overlay are in, and where it stands."""

    path: Path
    line: int
    record: Record
    dialogue: Dialogue


def dialogues(source: Source) -> Iterator[Dialogue]:
    """Streams the dialogues of a dataset; raises one DataError with every fault at the end."""
    faults = FaultList()
    for located in locate(source, faults=faults):
        yield located.dialogue
    faults.raise_any()


def locate(source: Source, *, faults: FaultList) -> Iterator[Located]:
    """Streams the dialogues with their place; a faulty record adds to `faults` and is left out."""
    overlay = Overlay(source.overlay, faults=faults) if source.overlay else None
    order = _Order()
    for path, line, record in source.records(faults=faults):
        found = [*problems(record), *order.problems(record, path, line)]
        for field, message in found:
            faults.add(Fault(path=path, line=line, field=field, message=message))
        if not found:
            dialogue = dialogue_of(record)
            dialogue = overlay.apply(dialogue) if overlay else dialogue
            yield Located(path=path, line=line, record=record, dialogue=dialogue)
    if overlay and not faults.total:  # a dialogue left out for its own faults would look missing here
        overlay.report_unused()


class _Order:
    """Ids stand once, and the records of one cluster stand together, over all files of a dataset."""

    def __init__(self) -> None:
        self._place_of: dict[str, tuple[Path, int]] = {}
        self._cluster = ""
        self._ended: dict[str, tuple[Path, int]] = {}
        self._last: tuple[Path, int] | None = None

    def problems(self, record: Record, path: Path, line: int) -> Iterator[Problem]:
        if record.id in self._place_of:
            yield (
                "id",
                f"used twice (value {record.id!r}); it stands in {_place(self._place_of[record.id], path)} already",
            )
            return  # where the second one stands matters no more
        self._place_of[record.id] = (path, line)
        cluster = record.cluster or record.id
        if cluster != self._cluster:
            if cluster in self._ended:
                ended = _place(self._ended[cluster], path)
                yield "cluster", f"broken up (value {cluster!r}); its records end in {ended}, move this one there"
            if self._last is not None:
                self._ended[self._cluster] = self._last
        self._cluster, self._last = cluster, (path, line)


def _place(place: tuple[Path, int], here: Path) -> str:
    path, line = place
    return f"line {line}" if path == here else f"{path}:{line}"


def _files_in(folder: Path) -> Sequence[Path]:
    files = sorted(file for file in folder.iterdir() if file.name.endswith((".jsonl", ".jsonl.gz")))
    if not files:
        raise DataError.at(folder, "a folder without *.jsonl files; a dataset is one or more of them")
    return files
