"""`dataset=hub`: records streamed by Hugging Face `datasets`, from a repository of the hub or from files on disk.

The only module that loads `datasets`, and only when a row is asked for. JSON lines are streamed as text and parsed by
our own strict reader: the library guesses types (a string that looks like a date becomes one) and counts no lines.
"""

from __future__ import annotations

import codecs
import glob
import locale
import logging
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, TypeVar

from evals.corpus.columns import Columns, record_of
from evals.corpus.record import Record
from evals.corpus.source import Source
from evals.errors import ConfigError, DataError, EvalsError, Fault
from evals.io import FaultList
from evals.remote.inputs import local_files
from evals.strict_json import Found, parse

OLDEST = 4  # the first version of datasets that cannot run code of a repository
LOCAL = "hub"  # dataset.name where no repository is named
Numbered = tuple[int, Record, list[Found]]
T = TypeVar("T")

_FORMATS = {".jsonl": "text", ".ndjson": "text", ".json": "text", ".parquet": "parquet", ".arrow": "arrow"}
_ANY_BYTE = "latin-1"  # of a local file: whether it is UTF-8 our parser tells, by line
_REMOTE = "utf-8"  # of a remote one, where the library passes no encoding on
_COMMIT = re.compile(r"[0-9a-f]{7,40}")
_REQUIRED = ("id", "messages")
_NOT_LINES = "begins a JSON document over several lines; write one compact object a line (JSONL)"


@dataclass(frozen=True, slots=True, kw_only=True)
class HubSource(Source):
    """Records of the repository `name`, or of local files where `paths` has any, through `columns`."""

    revision: str | None = None
    subset: str | None = None
    hub_split: str | None = None
    columns: Columns | None = None

    def records(self, *, faults: FaultList) -> Iterator[tuple[Path, int, Record]]:
        """Streams (file or repository, row counted from 1, record); a row that is none adds to `faults`.

        Raises ConfigError for what the configuration names and is not there, DataError for what cannot be read.
        """
        known: set[str] = set()
        for table in _tables(self):
            for number, record, found in table.read(self.columns, known):
                for field, message in found:
                    faults.add(Fault(path=table.place, line=number, field=field, message=message))
                if not found:
                    yield table.place, number, record
        if self.columns and known:
            self.columns.check(known)


def pin_of(name: str, revision: str | None) -> str:
    """What a signature says of where a repository stands: the commit, or `unpinned`; a folder's content is its pin."""
    if Path(name).is_dir():
        return ""
    return f"({revision})" if revision and _COMMIT.fullmatch(revision) else "(unpinned)"


def data_files(patterns: Sequence[str]) -> tuple[Path, ...]:
    """The files that paths, globs and URLs name, each once. Raises ConfigError for one that names none."""
    files = dict.fromkeys(file for pattern in patterns for file in local_files(pattern, named_by="dataset.data_files"))
    for file in files:
        _format_of(file)
    return tuple(files)


# --- tables --------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Table:
    """One stream of rows. `names` are its columns where it has a schema.

    With an `encoding` every row is a line of JSON, of which this gives the bytes back.
    """

    place: Path
    stream: Any
    names: tuple[str, ...] | None = None
    encoding: str | None = None

    def read(self, columns: Columns | None, known: set[str]) -> Iterator[Numbered]:
        """Streams (row, record, its faults); adds the columns that there are to `known`."""
        if columns and self.names is not None:
            columns.check(self.names)
            known.update(self.names)
        rows = enumerate(self._rows(columns), start=1)
        return self._lines(rows, columns, known) if self.encoding else self._typed(rows, columns, known)

    def _rows(self, columns: Columns | None) -> Iterator[Any]:
        """The rows, of which only the columns that are mapped are decoded."""
        wanted = list(dict.fromkeys(columns.needed(self.names).values())) if columns and self.names else None
        rows = iter(self.stream.select_columns(wanted) if wanted else self.stream)
        end = object()
        while (row := _told(lambda: next(rows, end), self._unreadable)) is not end:
            yield row

    def _lines(self, rows: Iterator[tuple[int, Any]], columns: Columns | None, known: set[str]) -> Iterator[Numbered]:
        for number, row in rows:
            line = row["text"].encode(self.encoding).strip()
            if line in (b"[", b"{"):
                yield number, *_faulty(_NOT_LINES)
                return
            if line and columns is None:
                yield number, *parse(line, Record)
            elif line:
                fields, found = parse(line, dict)
                yield number, *(_faulty(found[0][1]) if found else _mapped(fields, columns, known))

    def _typed(self, rows: Iterator[tuple[int, Any]], columns: Columns | None, known: set[str]) -> Iterator[Numbered]:
        for number, row in rows:
            yield number, *(_mapped(row, columns, known) if self.names is None else record_of(row, columns))

    def _unreadable(self, cause: str) -> DataError:
        return DataError.at(self.place, f"cannot be read: {cause}")


def _mapped(row: dict[str, Any], columns: Columns | None, known: set[str]) -> tuple[Record, list[Found]]:
    """`record_of` where no schema says which columns there are: those required must be in the first row."""
    if columns and not known:
        columns.check(row, only=_REQUIRED)
    known.update(row)
    return record_of(row, columns)


def _faulty(message: str) -> tuple[Record, list[Found]]:
    return parse(b"null", Record)[0], [(None, message)]


def _tables(source: HubSource) -> Iterator[_Table]:
    library = _library()
    if source.paths:
        yield from (_file(library, path, str(path.absolute()), _format_of(path)) for path in source.paths)
        return
    builder = _builder(source.name, source.subset, source.revision)
    split, files = _split(builder, source)
    if files and all(_format_of(Path(file), default="") == "text" for file in files):
        yield from (_file(library, _place(source.name, file), file, "text") for file in files)
        return
    stream = _told(lambda: builder.as_streaming_dataset(split=split), _refusal(source.name))
    yield _typed_table(Path(source.name), stream)


def _file(library: Any, place: Path, address: str, kind: str) -> _Table:
    remote = "://" in address
    encoding = _REMOTE if remote else _ANY_BYTE
    if kind == "text" and remote and codecs.lookup(locale.getpreferredencoding(False)).name != _REMOTE:
        raise ConfigError("dataset=hub: JSON lines of a repository are read in the locale's encoding; set PYTHONUTF8=1")
    options = {"encoding": encoding} if kind == "text" else {}

    def load() -> Any:
        files = [glob.escape(address)]
        return library.load_dataset(kind, data_files=files, split="train", streaming=True, **options)

    stream = _told(load, lambda cause: DataError.at(place, f"cannot be read: {cause}"))
    return _Table(place, stream, encoding=encoding) if kind == "text" else _typed_table(place, stream)


def _typed_table(place: Path, stream: Any) -> _Table:
    """A table with a schema. A Parquet file is cut into its row groups, or Arrow would read ahead through all of it."""
    names = tuple(stream.column_names) if stream.column_names else None
    return _Table(place, _told(stream.reshard, lambda cause: DataError.at(place, f"cannot be read: {cause}")), names)


def _split(builder: Any, source: HubSource) -> tuple[str, list[str]]:
    """The upstream split to read and its files: the one asked for, or the only one."""
    files = getattr(builder.config, "data_files", None) or {}
    there = [str(name) for name in (files or builder.info.splits or ())]
    split = source.hub_split or (there[0] if len(there) == 1 else None)
    if split is None or (there and split not in there):
        fault = f"={split}: no such split" if split else ": several splits, name one"
        raise ConfigError(f"dataset.hub_split{fault}; {source.name} has {', '.join(there) or 'none that it tells'}")
    return split, [str(file) for file in files.get(split, ())]


def _place(name: str, address: str) -> Path:
    """`owner/name/file` of a file of the hub, the path of one on disk."""
    remote = re.fullmatch(r"hf://datasets/[^@]*@[^/]*/(.*)", address)
    return Path(name) / remote[1] if remote else Path(address)


def _format_of(path: Path, *, default: str | None = None) -> str:
    """The loader of a file by its name. Raises ConfigError for a name that tells none, unless there is a default."""
    name = path.name.removesuffix(".gz").removesuffix(".zst").removesuffix(".xz").removesuffix(".bz2")
    found = _FORMATS.get(Path(name).suffix, default)
    if found is None:
        raise ConfigError(f"dataset.data_files={path}: not a format that is read; one of {', '.join(_FORMATS)}")
    return found


# --- the library ---------------------------------------------------------------------------------


def _library() -> Any:
    """`datasets`, quiet and counting nobody's downloads. Raises ConfigError where it is missing or too old."""
    try:
        import datasets
        import huggingface_hub

        version = datasets.__version__
    except (ImportError, AttributeError):  # without the library, a folder named datasets/ is an empty package
        raise ConfigError(
            "dataset=hub needs Hugging Face datasets, which is not installed: pip install 'memory-evals[hub]'"
        ) from None
    if int(version.split(".")[0]) < OLDEST:
        raise ConfigError(
            f"dataset=hub needs datasets {OLDEST} or newer, which runs no code of a repository; "
            f"this is {version}: pip install 'memory-evals[hub]'"
        )
    datasets.logging.set_verbosity(logging.CRITICAL)
    huggingface_hub.logging.set_verbosity(logging.CRITICAL)
    datasets.disable_progress_bars()
    datasets.config.HF_UPDATE_DOWNLOAD_COUNTS = False  # it would ask the network even for local files
    return datasets


@lru_cache(maxsize=8)
def _builder(name: str, subset: str | None, revision: str | None) -> Any:
    """What the library knows of a repository. Kept, so that every pass over the data reads the same commit."""
    library = _library()
    if name == LOCAL:
        raise ConfigError("dataset=hub: give dataset.name=owner/name (a repository) or dataset.data_files=… (local)")
    return _told(lambda: library.load_dataset_builder(name, subset, revision=revision), _refusal(name))


def _refusal(name: str) -> Callable[[str], ConfigError]:
    return lambda cause: ConfigError(f"dataset.name={name}: {cause}")


def _told(call: Callable[[], T], error_of: Callable[[str], EvalsError]) -> T:
    """What a call into the library gives. Whatever it raises (dozens of types, four libraries deep) is one line."""
    try:
        return call()
    except (EvalsError, MemoryError):
        raise
    except Exception as error:
        raise error_of(" ".join(str(error).split())[:300] or type(error).__name__) from error
