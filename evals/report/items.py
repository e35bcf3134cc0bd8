"""Every gold and predicted memory as a row, and every score, for spreadsheets and data frames elsewhere."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict
from itertools import islice
from pathlib import Path
from typing import Any

from evals.errors import ConfigError
from evals.io import replacing, write_text
from evals.report.export import scores_csv
from evals.report.untrusted import csv_cell
from evals.results import DialogueOutcome, Run
from evals.types import GoldOutcome, PredictedOutcome

# A row of items: its columns and what each holds.
COLUMNS: Mapping[str, type] = {
    "dialogue": str,
    "repeat": int,
    "language": str,
    "split": str,
    "cluster": str,
    "labels": str,
    "side": str,
    "name": str,
    "kind": str,
    "text": str,
    "state": str,
    "decided_by": str,
    "gold_token": str,
    "pred_token": str,
    "partner": str,
    "similarity": float,
    "grounded_in": int,
    "optional": bool,
    "memory_type": str,
    "tags": str,
    "reasoning": str,
    "evidence_text": str,
    "latency_ms": float,
    "error": str,
}
_ROW_GROUP = 5000


def item_rows(outcomes: Iterable[DialogueOutcome]) -> Iterator[dict[str, Any]]:
    """A row for each item, gold first; None where a column does not apply."""
    for outcome in outcomes:
        about = {
            "dialogue": outcome.id,
            "repeat": outcome.repeat,
            "language": outcome.language,
            "split": outcome.split,
            "cluster": outcome.cluster,
            "labels": ", ".join(outcome.labels),
            "latency_ms": outcome.latency_ms,
            "error": outcome.error,
        }
        for gold in outcome.gold:
            yield {**dict.fromkeys(COLUMNS), **about, **_gold(gold)}
        for predicted in outcome.predicted:
            yield {**dict.fromkeys(COLUMNS), **about, **_predicted(predicted)}


def write_csv(folder: Path, run: Run, outcomes: Iterable[DialogueOutcome]) -> tuple[Path, ...]:
    """scores.csv and items.csv; no cell runs as a formula."""
    write_text(folder / "scores.csv", scores_csv(run))
    with replacing(folder / "items.csv") as handle:
        line = _Line()
        writer = csv.writer(line, lineterminator="\n")
        writer.writerow(COLUMNS)
        handle.write(line.taken())
        for row in item_rows(outcomes):
            writer.writerow([csv_cell(cell) if isinstance(cell, str) else cell for cell in row.values()])
            handle.write(line.taken())
    return folder / "scores.csv", folder / "items.csv"


def write_parquet(folder: Path, run: Run, outcomes: Iterable[DialogueOutcome]) -> tuple[Path, ...]:
    """scores.parquet and items.parquet, a row group in memory at a time. Raises ConfigError without pyarrow."""
    try:
        import pyarrow as pa
        import pyarrow.parquet as pq
    except ImportError:
        raise ConfigError("--to parquet needs pyarrow: pip install 'memory-evals[hub]'") from None
    arrow = {str: pa.string(), int: pa.int64(), float: pa.float64(), bool: pa.bool_()}
    schema = pa.schema([(name, arrow[kind]) for name, kind in COLUMNS.items()])
    scores = pa.Table.from_pylist([_written(asdict(score)) for score in run.scores], schema=_score_schema(pa))
    with replacing(folder / "scores.parquet") as handle:
        pq.write_table(scores.replace_schema_metadata({"signature": run.signature.encode(errors="replace")}), handle)
    rows = map(_written, item_rows(outcomes))
    with replacing(folder / "items.parquet") as handle, pq.ParquetWriter(handle, schema, compression="zstd") as writer:
        while group := list(islice(rows, _ROW_GROUP)):
            writer.write_table(pa.Table.from_pylist(group, schema=schema))
    return folder / "scores.parquet", folder / "items.parquet"


def _score_schema(pa: Any) -> Any:
    text = dict.fromkeys(("metric", "slice", "note"), pa.string())
    numbers = dict.fromkeys(("value", "low", "high", "bound_low", "bound_high", "n"), pa.float64())
    counts = dict.fromkeys(("dialogues", "clusters"), pa.int64())
    return pa.schema(list((text | numbers | counts | {"higher_is_better": pa.bool_()}).items()))


def _written(row: dict[str, Any]) -> dict[str, Any]:
    """Half of a surrogate pair cannot be written as UTF-8; it becomes U+FFFD."""
    return {key: _whole(cell) if isinstance(cell, str) else cell for key, cell in row.items()}


def _whole(text: str) -> str:
    return text if text.isascii() else text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _gold(item: GoldOutcome) -> dict[str, Any]:
    return {
        "side": "gold",
        "name": item.gid,
        "partner": None if item.partner is None else f"p{item.partner}",
        "optional": item.optional,
        "evidence_text": item.evidence_text,
        **_shared(item),
    }


def _predicted(item: PredictedOutcome) -> dict[str, Any]:
    return {
        "side": "predicted",
        "name": f"p{item.index}",
        "partner": item.partner,
        "grounded_in": item.grounded_in,
        **_shared(item),
    }


def _shared(item: GoldOutcome | PredictedOutcome) -> dict[str, Any]:
    return {
        "kind": item.kind,
        "text": item.text,
        "state": item.state,
        "decided_by": item.decided_by.by,
        "gold_token": item.decided_by.gold_token,
        "pred_token": item.decided_by.pred_token,
        "similarity": item.similarity,
        "memory_type": item.memory_type,
        "tags": None if item.tags is None else ", ".join(item.tags),
        "reasoning": item.reasoning,
    }


class _Line:
    """What a csv writer wrote since it was last taken, as bytes."""

    def __init__(self) -> None:
        self._parts: list[str] = []

    def write(self, text: str) -> int:
        self._parts.append(text)
        return len(text)

    def taken(self) -> bytes:
        text = "".join(self._parts)
        self._parts.clear()
        return text.encode()
