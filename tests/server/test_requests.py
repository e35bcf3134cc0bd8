"""Reading a request and writing an answer, without a socket: nothing but the two ends ever comes out."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evals.config import load
from evals.config_shapes import RunConfig, ServeConfig
from evals.memos.codes import CODES
from evals.memos.lists import read_lists
from evals.memos.openapi import document
from evals.memos.requests import Refused, error_body, read_request, success_body
from evals.types import EXTRACTION_TYPES, Extraction, Fact, Preference

SCALAR = st.none() | st.booleans() | st.integers() | st.floats() | st.text()
VALUE = st.recursive(
    SCALAR, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3), max_leaves=8
)
ANY_TEXT = st.text(st.characters(exclude_categories=[]))  # half surrogate pairs too, which models do write


def outcome(body: bytes) -> Any:
    try:
        return read_request(body, max_tokens=8000)
    except Refused as refused:
        answer = refused
    assert CODES[answer.code].http_status in (400, 413)
    return answer


@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_refused(body: bytes) -> None:
    """No body raises anything but Refused with a code of the table."""
    outcome(body)


@given(
    st.lists(
        st.dictionaries(st.sampled_from(["role", "content", "chat_time"]), VALUE | st.sampled_from(["user"])) | VALUE
    ),
    VALUE | st.lists(st.sampled_from(EXTRACTION_TYPES)),
)
def test_any_json_is_read_or_refused(messages: list[Any], kinds: Any) -> None:
    """What is read has at least one message with text and one kind; what is refused is so with a code."""
    read = outcome(json.dumps({"messages": messages, "extraction_types": kinds}).encode())
    if not isinstance(read, Refused):
        assert len(read.messages) == len(messages) > 0
        assert all(message.content.strip() for message in read.messages)
        assert read.extraction_types


@given(st.text(min_size=12, alphabet="ΑΒΓΔΕΖ"))
def test_a_refusal_quotes_nothing(text: str) -> None:
    """Whatever is wrong, the message names fields and never says what stood there."""
    user = {"role": "user", "content": text}
    for wrong in (
        {"messages": text},
        {"messages": [text]},
        {"messages": [{**user, "role": text}]},
        {"messages": [{**user, "content": [text]}]},
        {"messages": [user], "extraction_types": [text]},
        {"messages": [user], "extraction_types": text},
        {"messages": [{**user, "content": text * 4000}]},
        text,
    ):
        refused = outcome(json.dumps(wrong, ensure_ascii=False).encode())
        assert isinstance(refused, Refused)
        assert text[:3] not in refused.message
    cut_off = outcome(json.dumps({"messages": [user]}, ensure_ascii=False).encode()[:-2])
    assert text[:3] not in cut_off.message


@given(ANY_TEXT, ANY_TEXT, st.sets(st.sampled_from(EXTRACTION_TYPES), min_size=1))
def test_any_extraction_is_written_as_utf8(text: str, key: str, kinds: set[Any]) -> None:
    """Every text can be sent; what is text comes back as it was, half a surrogate pair as U+FFFD."""
    extraction = Extraction(
        facts=(Fact(memory_value=text, memory_key=key),), preferences=(Preference(preference=text),)
    )
    data = json.loads(success_body(extraction, tuple(sorted(kinds))))["data"]
    sound = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    found = read_lists(data)
    assert {fact.memory_value for fact in found.facts} == ({sound} if "memory" in kinds else set())
    assert {item.preference for item in found.preferences} == ({sound} if "preference" in kinds else set())


def test_an_error_has_three_keys() -> None:
    """The envelope of an error."""
    assert json.loads(error_body(40000, "no")) == {"code": 40000, "message": "no", "data": None}


def test_the_document_names_every_status_of_a_code_we_send() -> None:
    """Each reference of the document leads somewhere, and operation names are unique."""
    made = document("/api/openmem/v1/extract/memory", keys=True, mapped=True)
    text = json.dumps(made)
    names = set(made["components"]["schemas"])
    assert {part.split('"')[0] for part in text.split("#/components/schemas/")[1:]} == names
    operations = [operation["operationId"] for path in made["paths"].values() for operation in path.values()]
    assert len(operations) == len(set(operations)) == 4


def test_serving_makes_calls_as_a_run_does() -> None:
    """The http section of conf/serve.yaml is that of conf/run.yaml."""
    assert load("serve", ServeConfig, []).http == load("run", RunConfig, []).http


@pytest.mark.parametrize("package", ["uvicorn", "starlette"])
def test_a_package_that_is_not_installed_is_one_line(package: str) -> None:
    """Without the extra the line says what to install."""
    script = f"import sys; sys.modules['{package}'] = None; from evals.cli import main; sys.exit(main(['serve']))"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=60)
    assert done.returncode == 2
    assert done.stderr == f"evals: evals serve needs {package}: pip install 'memory-evals[serve]'\n"
