"""The JSON Schema checked in is the one the code gives."""

from __future__ import annotations

import json

from evals.corpus.schema import record_schema, schema_path
from evals.io import dumps


def test_the_schema_checked_in_is_current():
    """Write it anew with `python -m evals.corpus.schema`."""
    assert schema_path().read_text(encoding="utf-8") == dumps(record_schema(), indent=2) + "\n"


def test_the_schema_says_what_the_record_is():
    """Draft, name without a host, the two required fields, nothing unknown allowed."""
    schema = json.loads(schema_path().read_text(encoding="utf-8"))
    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert schema["$id"] == "urn:memory-evals:memgold-1"
    assert schema["required"] == ["id", "messages"]
    assert schema["additionalProperties"] is False
    assert schema["properties"]["messages"]["minItems"] == 1
    assert schema["properties"]["schema"]["const"] == "memgold/1"
