"""The JSON Schema of `memgold/1`, for editors and other tools; `python -m evals.corpus.schema` writes it anew."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from pydantic import TypeAdapter

from evals.corpus.record import Record
from evals.io import write_json
from evals.resources import datasets_dir


def record_schema() -> dict[str, Any]:
    """Draft 2020-12. What needs more than one field to tell (names used twice, evidence) only `evals check` finds."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": "urn:memory-evals:memgold-1",
        **TypeAdapter(Record).json_schema(),
        "title": "memgold/1",
        "description": "One annotated dialogue, one line of a dataset file. Only id and messages are required; "
        "unknown is null, none is [].",
    }


def schema_path() -> Path:
    """Where the schema is checked in."""
    return datasets_dir() / "memgold-1.schema.json"


if __name__ == "__main__":
    write_json(schema_path(), record_schema())
