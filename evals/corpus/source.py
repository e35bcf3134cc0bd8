"""A dataset on disk: one or more JSONL files of `memgold/1`, read as a stream of dialogues, with an overlay applied."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from evals.corpus.overlay import Overlay
from evals.corpus.record import Record, dialogue_of
from evals.corpus.selection import Selection, Sharding, shard_of
from evals.corpus.validity import Problem, problems
from evals.errors import SHOWN, DataError, Fault
from evals.io import FaultList, read_jsonl, read_lines
from evals.keys import KeySet, key_of
from evals.strict_json import parse
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


def dialogues(source: Source, *, again: bool = False) -> Iterator[Dialogue]:
    """Streams the dialogues of a dataset; raises one DataError with every fault at the end.

    `again`: they were streamed before, and the order of ids and clusters, which takes memory, was checked then.
    """
    faults = FaultList()
    for located in locate(source, faults=faults, again=again):
        yield located.dialogue
    faults.raise_any()


def locate(source: Source, *, faults: FaultList, again: bool = False) -> Iterator[Located]:
    """Streams the dialogues with their place; a faulty record adds to `faults` and is left out."""
    overlay = Overlay(source.overlay, faults=faults) if source.overlay else None
    order = _Order(source)
    for path, line, record in source.records(faults=faults):
        found = [*problems(record), *(() if again else order.problems(record, path, line))]
        for field, message in found:
            faults.add(Fault(path=path, line=line, field=field, message=message))
        if not found:
            dialogue = dialogue_of(record)
            dialogue = overlay.apply(dialogue) if overlay else dialogue
            yield Located(path=path, line=line, record=record, dialogue=dialogue)
    if overlay and not faults.total:  # a dialogue left out for its own faults would look missing here
        overlay.report_unused()


def streams(selection: Selection) -> bool:
    """Whether `unsettled` can tell of a line alone whether it is chosen."""
    return selection.limit is None and selection.where is None and selection.ids is None


def unsettled(source: Source, selection: Selection, settled: Callable[[str], bool]) -> Iterator[Dialogue]:
    """Streams the chosen dialogues of files that were validated before, as an extractor needs them.

    Of those with settled ids, no more than id, cluster and split are looked at, and they come without messages. Gold is
    as it stands in the files, without an overlay.
    """
    number, of = shard_of(selection.shard or "1/1")
    sharding = Sharding(of)
    for path in source.paths:
        for line, text in read_lines(path, faults=FaultList()):
            head = json.loads(text.decode())
            split = head.get("split", "dev")
            if split != selection.split if selection.split != "all" else split == "holdout":
                continue
            name, cluster = head["id"], head.get("cluster") or head["id"]
            if sharding.number(cluster) != number:
                continue
            if settled(name):
                yield Dialogue(id=name, messages=(), cluster=cluster, language="")
                continue
            record, found = parse(text, Record)
            if found:
                raise DataError.at(path, found[0][1], line=line, field=found[0][0])
            yield dialogue_of(record)


class _Order:
    """Ids stand once, and the records of one cluster stand together, over all files of a dataset.

    Keys alone are kept; where the other record stands is looked up in the files, for as many faults as are shown.
    """

    def __init__(self, source: Source) -> None:
        self._source = source
        self._ids, self._ended = KeySet(), KeySet()
        self._cluster: str | None = None
        self._looked_up = 0

    def problems(self, record: Record, path: Path, line: int) -> Iterator[Problem]:
        if not self._ids.add(key_of(record.id)):
            first = self._place(path, line, lambda other: other.id == record.id, last=False)
            yield "id", f"used twice (value {record.id!r}); it stands in {first} already"
            return  # where the second one stands matters no more
        cluster = record.cluster or record.id
        if cluster == self._cluster:
            return
        if key_of(cluster) in self._ended:
            ended = self._place(path, line, lambda other: (other.cluster or other.id) == cluster, last=True)
            yield "cluster", f"broken up (value {cluster!r}); its records end in {ended}, move this one there"
        if self._cluster is not None:
            self._ended.add(key_of(self._cluster))
        self._cluster = cluster

    def _place(self, path: Path, line: int, fits: Callable[[Record], bool], *, last: bool) -> str:
        """Where the first or last record before this one stands that fits."""
        if self._looked_up == SHOWN:
            return "a line before it"
        self._looked_up += 1
        found: tuple[Path, int] | None = None
        for at, number, record in self._source.records(faults=FaultList()):
            if (at, number) == (path, line) or (found is not None and not last):
                break
            if fits(record):
                found = at, number
        return "a line before it" if found is None else _shown(found, path)


def _shown(place: tuple[Path, int], here: Path) -> str:
    path, line = place
    return f"line {line}" if path == here else f"{path}:{line}"


def _files_in(folder: Path) -> Sequence[Path]:
    files = sorted(file for file in folder.iterdir() if file.name.endswith((".jsonl", ".jsonl.gz")))
    if not files:
        raise DataError.at(folder, "a folder without *.jsonl files; a dataset is one or more of them")
    return files
