"""Records as Parquet: one schema whatever the records hold, written in row groups, read back by `dataset=hub`.

What has a fixed shape is an Arrow list or struct. What has none is a string of JSON: `slots`, whose names are free,
and `updates`, one field of which is a string or a list.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import is_dataclass
from itertools import islice
from pathlib import Path
from typing import Any

from evals.corpus.record import Record
from evals.corpus.shapes import fields_of, is_object, is_text, item_of
from evals.errors import ConfigError
from evals.io import dumps, plain, read_jsonl, replacing

ROW_GROUP = 500


def arrow_schema() -> Any:
    """The Arrow schema of `memgold/1`, a `pyarrow.Schema`."""
    return _pyarrow().schema([(name, _arrow(hint)) for name, hint in fields_of(Record).items()])


def hub_features() -> Any:
    """The same for `datasets`, where JSON is a type of its own: what the card of the golden set declares."""
    from datasets import Features

    return Features({name: _feature(hint) for name, hint in fields_of(Record).items()})


def write_parquet(path: Path, records: Iterable[Record]) -> int:
    """Writes one record a row, atomically, a row group in memory at a time; returns how many."""
    _pyarrow()
    import pyarrow.parquet as pq

    schema, written, rows = arrow_schema(), 0, map(_row, records)
    with replacing(path) as handle, pq.ParquetWriter(handle, schema, compression="zstd") as writer:
        for group in _groups(rows):
            writer.write_table(_pyarrow().Table.from_pylist(group, schema=schema))
            written += len(group)
    return written


def parquet_of(jsonl: Path) -> tuple[Path, int]:
    """Writes the records of a JSONL file beside it as Parquet; the new file and how many."""
    path = jsonl.with_name(jsonl.name.removesuffix(".gz").removesuffix(".jsonl") + ".parquet")
    return path, write_parquet(path, (record for _, record in read_jsonl(jsonl, Record)))


def need_pyarrow() -> None:
    """Raises ConfigError, in one line, where the extra is not installed."""
    _pyarrow()


def _pyarrow() -> Any:
    try:
        import pyarrow
    except ImportError:
        raise ConfigError("Parquet needs pyarrow, which is not installed: pip install 'memory-evals[hub]'") from None
    return pyarrow


def _arrow(hint: Any) -> Any:
    """The Arrow type of a field."""
    pa = _pyarrow()
    if _is_packed(hint):
        return pa.string()
    if (inner := item_of(hint)) is not None:
        return pa.list_(_arrow(inner))
    if is_dataclass(hint):
        return pa.struct([(name, _arrow(part)) for name, part in fields_of(hint).items()])
    return {bool: pa.bool_(), int: pa.int64(), float: pa.float64()}.get(hint, pa.string())


def _feature(hint: Any) -> Any:
    """`_arrow` in the words of `datasets`."""
    from datasets import Json, List, Value

    if _is_packed(hint):
        return Json()
    if (inner := item_of(hint)) is not None:
        return List(_feature(inner))
    if is_dataclass(hint):
        return {name: _feature(part) for name, part in fields_of(hint).items()}
    return Value({bool: "bool", int: "int64", float: "float64"}.get(hint, "string"))


def _is_packed(hint: Any) -> bool:
    """Whether a field is a string of JSON: names that are free, or a part that may be of two shapes."""
    if (inner := item_of(hint)) is not None:
        return is_object(inner) and _is_packed(inner)
    if is_dataclass(hint):
        return any(_is_packed(part) and not is_object(part) for part in fields_of(hint).values())
    return not is_text(hint) and hint not in (bool, int, float)


def _row(record: Record) -> dict[str, Any]:
    given = plain(record) | {"schema": record.schema}
    hints = fields_of(Record)
    return {name: _packed(value, hints[name]) for name, value in given.items()}


def _packed(value: Any, hint: Any) -> Any:
    if _is_packed(hint):
        return dumps(value)
    if isinstance(value, list):
        return [_packed(item, item_of(hint)) for item in value]
    if isinstance(value, dict):
        return {name: _packed(item, fields_of(hint)[name]) for name, item in value.items()}
    return value


def _groups(rows: Iterator[dict[str, Any]]) -> Iterator[list[dict[str, Any]]]:
    while group := list(islice(rows, ROW_GROUP)):
        yield group
