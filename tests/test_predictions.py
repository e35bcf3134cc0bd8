"""predictions.jsonl: round trip, tolerance inside the lists, strictness around them, torn lines, last line wins."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evals.errors import DataError
from evals.io import dumps
from evals.prediction_index import PredictionIndex, read_predictions
from evals.predictions import ShapeError, as_extraction, extraction_from, mend, prediction_from, to_line
from evals.results import ExtractionFailure, Prediction
from evals.types import Attempt, Branch, Extraction, Fact, Preference, Trace

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
MAYBE = st.none() | TEXT
MS = st.none() | st.floats(min_value=0, max_value=1e9)
FACTS = st.builds(
    Fact,
    memory_value=MAYBE,
    memory_key=MAYBE,
    memory_type=MAYBE,
    tags=st.none() | st.lists(TEXT, max_size=3).map(tuple),
)
PREFERENCES = st.builds(Preference, preference=MAYBE, reasoning=MAYBE, preference_type=MAYBE)
ATTEMPTS = st.builds(Attempt, service_ms=MS, queue_ms=MS, http_status=st.none() | st.integers(100, 599), error=MAYBE)
BRANCHES = st.builds(
    Branch,
    name=TEXT,
    attempts=st.lists(ATTEMPTS, max_size=2).map(tuple),
    parse_status=st.sampled_from(["ok", "repaired", "truncated", "failed"]),
    usage=st.none() | st.dictionaries(TEXT, st.integers(0, 9), max_size=2),
    raw=MAYBE,
)
TRACES = st.builds(
    Trace,
    branches=st.lists(BRANCHES, max_size=2).map(tuple),
    cached=st.booleans(),
    contract_violations=st.lists(TEXT, max_size=2).map(tuple),
)
EXTRACTIONS = st.builds(
    Extraction,
    facts=st.lists(FACTS, max_size=3).map(tuple),
    preferences=st.lists(PREFERENCES, max_size=3).map(tuple),
    trace=TRACES,
)
FAILURES = st.builds(ExtractionFailure, type=TEXT, message=TEXT, trace=TRACES)
ANSWERS = st.one_of(
    EXTRACTIONS.map(lambda extraction: {"extraction": extraction}), FAILURES.map(lambda failure: {"error": failure})
)
PREDICTIONS = st.builds(
    lambda name, repeat, answer, latency_ms: Prediction(id=name, repeat=repeat, latency_ms=latency_ms, **answer),
    st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=10),
    st.integers(0, 5),
    ANSWERS,
    MS,
)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=6,
)


def written(path: Path, *lines: object) -> Path:
    """A file of these lines: text and bytes as they are, anything else as JSON."""
    raw = [line if isinstance(line, bytes) else json.dumps(line).encode() for line in lines]
    path.write_bytes(b"".join(line + b"\n" for line in raw))
    return path


def ok(id: str, value: str, **rest: Any) -> dict[str, Any]:
    """A line with one fact."""
    return {"id": id, "memory_detail_list": [{"memory_value": value}], **rest}


@given(PREDICTIONS)
def test_a_line_read_back_is_the_same_prediction(prediction: Prediction) -> None:
    """Writing and reading lose nothing."""
    assert prediction_from(json.loads(dumps(to_line(prediction)))) == prediction


@given(PREDICTIONS)
def test_a_line_written_again_is_the_same_line(prediction: Prediction) -> None:
    """What was read once is stable: a second writing gives the same bytes."""
    once = dumps(to_line(prediction))
    assert dumps(to_line(prediction_from(json.loads(once)))) == once


@given(st.lists(JSON, max_size=4), st.lists(JSON, max_size=4))
def test_no_item_of_a_list_ever_raises(facts: list[Any], preferences: list[Any]) -> None:
    """Whatever stands in the lists, one item comes out for one that went in."""
    extraction = extraction_from({"memory_detail_list": facts, "preference_detail_list": preferences})
    assert (len(extraction.facts), len(extraction.preferences)) == (len(facts), len(preferences))


@pytest.mark.parametrize(
    "item",
    [
        None,
        "a text",
        7,
        ["a", "list"],
        {},
        {"memory_key": "k"},
        {"memory_value": None},
        {"memory_value": 5},
        {"memory_value": "v", "tags": "not a list"},
        {"memory_value": "v", "tags": ["a", 5]},
        {"memory_value": "v", "memory_type": 3},
        {"memory_value": "v", "memory_key": ["k"]},
    ],
)
def test_a_broken_fact_loses_its_text(item: object) -> None:
    """An item that is no object, lacks its text or has a field of a wrong type ends without text, so as invalid."""
    (fact,) = extraction_from({"memory_detail_list": [item]}).facts
    assert fact.memory_value is None


@pytest.mark.parametrize(
    "item",
    [None, "x", {}, {"preference": 1}, {"preference": "p", "reasoning": 4}, {"preference": "p", "preference_type": []}],
)
def test_a_broken_preference_loses_its_text(item: object) -> None:
    """The same for preferences."""
    (preference,) = extraction_from({"preference_detail_list": [item]}).preferences
    assert preference.preference is None


def test_what_is_well_typed_in_a_broken_item_stays() -> None:
    """The key and the type of a fact without text are kept, for the report."""
    (fact,) = extraction_from(
        {"memory_detail_list": [{"memory_key": "k", "memory_type": "UserMemory", "tags": 1}]}
    ).facts
    assert fact == Fact(memory_key="k", memory_type="UserMemory")


def test_unknown_fields_and_words_of_an_item_are_let_pass() -> None:
    """A field we do not know and a preference type we do not know are no fault."""
    item = {"preference": "p", "preference_type": "guessed", "score": 0.4}
    (preference,) = extraction_from({"preference_detail_list": [item]}).preferences
    assert preference == Preference(preference="p", preference_type="guessed")


@pytest.mark.parametrize("line", [{}, {"memory_detail_list": None}, {"memory_detail_list": [], "raw": "x"}])
def test_missing_null_and_empty_lists_mean_nothing_found(line: dict[str, Any]) -> None:
    """All three are the same empty answer, and no failure."""
    prediction = prediction_from({"id": "a", **line})
    assert prediction.extraction is not None
    assert prediction.extraction.facts == prediction.extraction.preferences == ()


def test_a_string_error_and_a_raw_reply_are_kept() -> None:
    """The short forms other programs write."""
    failed = prediction_from({"id": "a", "error": "timed out", "raw": {"code": 500}})
    assert failed.error == ExtractionFailure(
        type="ExtractorError", message="timed out", trace=Trace(branches=(Branch(raw='{"code": 500}'),))
    )
    assert failed.extraction is None


@pytest.mark.parametrize(
    ("line", "field", "said"),
    [
        (b"{", None, "not JSON"),
        (b'{"id": "a", "latency_ms": NaN}', None, "NaN is not JSON"),
        (b'{"id": "a", "id": "b"}', None, 'the key "id" stands twice'),
        (b'{"id": "\xff"}', None, "not UTF-8: byte 0xff"),
        (b"[" * 100_000, None, "nested too deeply"),
        (b'{"id": "a", "latency_ms": 1e999}', None, "too large"),
        ([], None, "a JSON object is wanted"),
        ({"memory_detail_list": []}, "id", "a string (value null)"),
        ({"id": 5}, "id", "a string (value 5)"),
        ({"id": ""}, "id", 'a string (value "")'),
        ({"id": "a", "repeat": -1}, "repeat", "(value -1)"),
        ({"id": "a", "repeat": True}, "repeat", "(value true)"),
        ({"id": "a", "latency_ms": -1}, "latency_ms", "(value -1)"),
        ({"id": "a", "latency_ms": "3"}, "latency_ms", '(value "3")'),
        ({"id": "a", "memory_detail_list": "x"}, "memory_detail_list", "a list is wanted"),
        ({"id": "a", "preference_detail_list": {}}, "preference_detail_list", "a list is wanted"),
        ({"id": "a", "memories": []}, None, "neither memory_detail_list nor preference_detail_list, but memories"),
        ({"id": "a", "error": ""}, "error", "leave it out"),
        ({"id": "a", "error": {"type": "T"}}, "error", "is wanted"),
        (ok("a", "v", error="x"), "error", "beside memories"),
        (ok("a", "v", trace={"cached": "yes"}), "trace.cached", "(value"),
    ],
)
def test_a_bad_line_is_named(tmp_path: Path, line: object, field: str | None, said: str) -> None:
    """Around the lists everything is strict: file, line, field and value stand in the error."""
    path = written(tmp_path / "p.jsonl", ok("first", "v"), b"", line, ok("last", "v"))
    with pytest.raises(DataError) as caught:
        PredictionIndex(path)
    (fault,) = caught.value.faults
    assert (fault.path, fault.line, fault.field) == (path, 3, field)
    assert said in fault.message


def test_all_bad_lines_are_told_at_once(tmp_path: Path) -> None:
    """One reading finds every fault."""
    path = written(tmp_path / "p.jsonl", {"id": 1}, ok("a", "v"), {"id": 2})
    with pytest.raises(DataError) as caught:
        list(read_predictions(path))
    assert [fault.line for fault in caught.value.faults] == [1, 3]


def test_a_missing_and_a_packed_file_are_one_line_each(tmp_path: Path) -> None:
    """Files that cannot be read say so."""
    with pytest.raises(DataError, match="there is no such file"):
        PredictionIndex(tmp_path / "none.jsonl")
    with pytest.raises(DataError, match="gunzip it first"):
        PredictionIndex(tmp_path / "p.jsonl.gz")
    with pytest.raises(DataError, match="cannot be read"):
        PredictionIndex(tmp_path)


def test_the_last_line_of_a_key_wins(tmp_path: Path) -> None:
    """Whatever it holds: an answer over a failure, a failure over an answer."""
    path = written(
        tmp_path / "p.jsonl",
        ok("a", "old"),
        {"id": "b", "error": "x"},
        ok("a", "repeat 1", repeat=1),
        ok("b", "now"),
        ok("a", "new"),
        ok("c", "lost"),
        {"id": "c", "error": "y"},
    )
    index = PredictionIndex(path)
    assert list(index) == [("a", 0), ("b", 0), ("a", 1), ("c", 0)]
    assert (len(index), index.replaced, index.torn) == (4, 3, 0)
    assert {key for key in index if key in index.settled()} == {("a", 0), ("a", 1), ("b", 0)}
    values = [prediction.extraction.facts[0].text for prediction in read_predictions(path) if prediction.extraction]
    assert values == ["new", "now", "repeat 1"]
    assert index.get("a", 2) is None
    assert ("a", 2) not in index


def test_a_last_line_cut_off_anywhere_is_dropped_and_counted(tmp_path: Path) -> None:
    """A killed run may leave any part of a line, even half a character; the lines before it hold."""
    whole = dumps(ok("b", "很好")).encode()
    for length in range(1, len(whole)):
        path = tmp_path / "p.jsonl"
        path.write_bytes(b'{"id":"a"}\n' + whole[:length])
        index = PredictionIndex(path)
        assert (list(index), index.torn) == ([("a", 0)], 1)
        assert mend(path) == length
        assert path.read_bytes() == b'{"id":"a"}\n'


def test_a_whole_last_line_without_newline_counts(tmp_path: Path) -> None:
    """Other programs often leave the last newline out; mending adds it."""
    path = tmp_path / "p.jsonl"
    path.write_bytes(b'{"id":"a"}\n{"id":"b"}')
    assert (len(PredictionIndex(path)), PredictionIndex(path).torn) == (2, 0)
    assert mend(path) == 0
    assert path.read_bytes() == b'{"id":"a"}\n{"id":"b"}\n'


def test_mending_a_file_that_is_one_long_torn_line(tmp_path: Path) -> None:
    """The start of the last line is found however far back it lies."""
    path = tmp_path / "p.jsonl"
    path.write_bytes(b'{"id":"a"}\n' + b'"' + b"x" * 200_000)
    assert mend(path) == 200_001
    path.write_bytes(b"{" + b" " * 70_000)
    assert mend(path) == 70_001
    assert path.read_bytes() == b""


def test_half_a_surrogate_pair_becomes_a_replacement_character(tmp_path: Path) -> None:
    """A model that cuts an emoji in two does not make the file unreadable, and a whole pair stays an emoji."""
    path = written(
        tmp_path / "p.jsonl", b'{"id": "a", "memory_detail_list": [{"memory_value": "x\\ud83d \\ud83d\\ude00"}]}'
    )
    (prediction,) = read_predictions(path)
    assert prediction.extraction is not None
    assert prediction.extraction.facts[0].text == "x\ufffd \U0001f600"


def test_an_extraction_of_someone_elses_making_is_made_safe() -> None:
    """Objects that are no facts, wrong types and lists instead of tuples end as items that can be stored."""
    answer = Extraction(
        facts=[Fact(memory_value="v", tags=["a"]), {"memory_value": "w"}, object(), Fact(memory_value=5)],  # type: ignore[arg-type]
        preferences=(Preference(preference="p"),),
        trace=Trace(cached=True),
    )
    safe = as_extraction(answer)
    assert safe.facts == (Fact(memory_value="v", tags=("a",)), Fact(memory_value="w"), Fact(), Fact())
    assert safe.preferences == (Preference(preference="p"),)
    assert safe.trace == Trace(cached=True)


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (None, "extract() returned NoneType"),
        ([{"memory_value": "v"}], "extract() returned list"),
        ({"data": {}}, "neither memory_detail_list nor preference_detail_list, but data"),
        (Extraction(facts="abc"), "memory_detail_list: wrong type"),  # type: ignore[arg-type]
        (replace(Extraction(), trace=7), "trace: int, where a Trace is wanted"),  # type: ignore[arg-type]
        (Extraction(trace=Trace(cached="no")), "trace: is not a Trace"),  # type: ignore[arg-type]
        (Extraction(trace=Trace(branches=(Branch(attempts=(Attempt(service_ms=float("nan")),)),))), "not a Trace"),
    ],
)
def test_what_is_no_extraction_is_named(answer: object, said: str) -> None:
    """The error says what came instead."""
    with pytest.raises(ShapeError) as caught:
        as_extraction(answer)
    assert said in str(caught.value)


@given(EXTRACTIONS)
def test_a_sound_extraction_stays_as_it_is(extraction: Extraction) -> None:
    """Making safe changes nothing that was right."""
    assert as_extraction(extraction) == extraction
