"""One JSON value is read strictly, and each of its faults is told in one line of our own words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import pytest

from evals.strict_json import parse
from evals.types import GoldFact, Message


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """A shape with everything a record has: nesting, lists, choices, defaults."""

    __pydantic_config__: ClassVar[Any] = {"extra": "forbid", "strict": True}
    id: str
    messages: tuple[Message, ...] = ()
    facts: tuple[GoldFact, ...] | None = None
    by_name: dict[str, GoldFact] | None = None
    score: float | None = None


@pytest.mark.parametrize(
    ("line", "fault"),
    [
        (b'{"messages":[]}', "id: missing; it is required"),
        (b'{"id":7}', "id: wrong type (value 7); a string is wanted"),
        (b'{"id":"a","score":"1"}', "score: wrong type (value '1'); a number is wanted"),
        (b'{"id":"a","facts":{}}', "facts: wrong type (value {}); a list is wanted"),
        (b"[]", "wrong type (value []); an object is wanted"),
        (
            b'{"id":"a","messages":[{"role":"robot","content":"x"}]}',
            "messages[0].role: not a choice (value 'robot'); one of 'system', 'user', 'assistant'",
        ),
        (
            b'{"id":"a","facts":[{"gid":"f","memory_value":"x","wieght":2}]}',
            "facts[0].wieght: unknown field (value 2); did you mean 'weight'?",
        ),
        (
            b'{"id":"a","by_name":{"k":{"gid":"f","memory_value":"x","evidnce":[]}}}',
            "by_name.k.evidnce: unknown field (value []); did you mean 'evidence'?",
        ),
        (
            b'{"id":"a","zzz":1}',
            "zzz: unknown field (value 1); known fields: id, messages, facts, by_name, score",
        ),
        (b'{"id":"a","id":"b"}', "the key 'id' stands twice in one object; keep one"),
        (b'{"id":"a","score":NaN}', "NaN is not JSON; write null for what is not defined"),
        (b'{"id":"a","score":-Infinity}', "-Infinity is not JSON; write null for what is not defined"),
        (b'{"id":"a","score":1e999}', "the number '1e999' is too large"),
        (b'{"id":"a","score":' + b"9" * 5000 + b"}", "a number of more than 4,300 digits"),
        (b'\xef\xbb\xbf{"id":"a"}', "begins with a byte order mark; save the file as UTF-8 without BOM"),
        (b'{"id":"\xff"}', "not UTF-8: byte 0xff at position 8; save the file as UTF-8"),
        (
            b'{"id":"\\ud83d"}',
            "holds half of a surrogate pair (\\ud800 to \\udfff); write the character itself",
        ),
        (b"[" * 100_000, "nested too deeply to be read"),
        (b'{"id":' + b"[" * 500 + b"]" * 500 + b"}", "nested too deeply to be read"),
        (b'{"id": "a",,}', "not JSON: Expecting property name enclosed in double quotes at column 12 "),
    ],
    ids=lambda value: value[:40].decode("latin-1") if isinstance(value, bytes) else "",
)
def test_one_fault_one_line(line, fault):
    """Every kind of fault is one line with field, value and what would be right."""
    _, ((field, message),) = parse(line, Note)
    said = f"{field}: {message}" if field else message
    assert said.startswith(fault)
    assert len(said) < 240
