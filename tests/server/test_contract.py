"""What a request is answered with: the documented envelope, lists and codes, and our choices where nothing is said."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from evals.memos.codes import CODES

PREFIX = "/api/openmem/v1"
LISTS = ("memory_detail_list", "preference_detail_list")
USER = {"role": "user", "content": "I live in Lisbon. Keep your answers short, please."}


def body(**fields: Any) -> dict[str, Any]:
    return {"messages": [USER], **fields}


def one(**fields: Any) -> dict[str, Any]:
    return {"messages": [{**USER, **fields}]}


@pytest.mark.parametrize(
    ("asked", "lists"),
    [
        ({}, LISTS),
        ({"extraction_types": None}, LISTS),
        ({"extraction_types": ["memory"]}, LISTS[:1]),
        ({"extraction_types": ["preference"]}, LISTS[1:]),
        ({"extraction_types": ["preference", "memory", "memory"]}, LISTS),
    ],
)
def test_only_what_was_asked_for_has_a_list(serve: Callable[..., Any], asked: Any, lists: tuple[str, ...]) -> None:
    """The success envelope holds the lists of the kinds asked for; the other key is absent."""
    answer = serve().call(body(**asked))
    assert answer.status == 200
    assert answer.headers["content-type"] == "application/json"
    assert {**answer.json, "data": None} == {"code": 0, "message": "ok", "data": None}
    assert answer.json["data"]["success"] is True
    assert tuple(name for name in answer.json["data"] if name != "success") == lists
    assert all(answer.json["data"][name] for name in lists)


def test_nothing_found_is_an_empty_list(serve: Callable[..., Any]) -> None:
    """A kind that was asked for and not found is `[]`."""
    data = serve().call({"messages": [{"role": "assistant", "content": "Hello."}]}).json["data"]
    assert data == {"success": True, "memory_detail_list": [], "preference_detail_list": []}


def test_both_routes_are_one(serve: Callable[..., Any]) -> None:
    """The route answers alike with the vendor's prefix and without it, and a slash at the end is another path."""
    assert serve().call(body(), path=f"{PREFIX}/extract/memory").json == serve().call(body()).json
    assert serve().call(body(), path="/extract/memory/").status == 404


def test_what_official_clients_send_besides_is_tolerated(serve: Callable[..., Any], system: Any) -> None:
    """Nulls and fields that are not documented do no harm; chat_time reaches a system that wants times."""
    served = serve(*system("Teller"))
    extras = {"model": None, "user_id": None, "conversation_id": 7, "source": {"a": []}, "extraction_types": None}
    sent = [{**USER, "chat_time": "2026-01-02 03:04", "name": None}, {**USER, "chat_time": 5}]
    facts = served.call({"messages": sent, **extras}).json["data"]["memory_detail_list"]
    assert facts[0] == {"memory_value": USER["content"], "memory_key": "user", "memory_type": "2026-01-02 03:04"}
    assert facts[1] == {"memory_value": USER["content"], "memory_key": "user"}


@pytest.mark.parametrize("text", ["你好，我住在里斯本", "\u2028\x00\x7f", "a\ufeffb", "👩‍👩‍👧", '"\\\n\t'])
def test_text_comes_back_as_it_went(serve: Callable[..., Any], system: Any, text: str) -> None:
    """Every character of a content reaches the system and comes back, escaped or not."""
    served = serve(*system("Teller"))
    for ascii_only in (True, False):
        sent = json.dumps(one(content=text), ensure_ascii=ascii_only).encode()
        assert served.call(sent).json["data"]["memory_detail_list"][0]["memory_value"] == text


WRONG: list[tuple[object, int, str]] = [
    (b"", 40000, "the body is empty"),
    (b"{", 40000, "not JSON"),
    (b"[]", 40000, "no JSON object"),
    (b"null", 40000, "no JSON object"),
    (b'"a"', 40000, "no JSON object"),
    (b"\xff\xfe{}", 40000, "not UTF-8"),
    (b"\xef\xbb\xbf{}", 40000, "not JSON"),
    (b'{"messages": NaN}', 40000, "NaN"),
    (b'{"a": 1, "a": 2}', 40000, "same key twice"),
    (b"[" * 100_000, 40000, "nested too deeply"),
    (b'{"a":' * 50_000, 40000, "nested too deeply"),
    (b'{"a": ' + b"9" * 10_000 + b"}", 40000, "too large"),
    (b'{"a": 1e999}', 40000, "too large"),
    (b'{"messages": [{"role": "user", "content": "\\ud83d"}]}', 40000, "half a surrogate pair"),
    ({}, 40002, "messages: missing"),
    ({"messages": None}, 40002, "messages: missing"),
    ({"messages": []}, 40003, "messages: at least one"),
    ({"messages": {}}, 40000, "messages: a list"),
    ({"messages": "hello"}, 40000, "messages: a list"),
    ({"messages": [USER, "hello"]}, 40000, "messages[1]: an object"),
    ({"messages": [USER, {"content": "x"}]}, 40002, "messages[1].role: missing"),
    (one(role=None), 40002, "messages[0].role: missing"),
    (one(role="tool"), 40006, "messages[0].role: one of system, user, assistant"),
    (one(role=["user"]), 40006, "messages[0].role"),
    (one(role={}), 40006, "messages[0].role"),
    ({"messages": [{"role": "user"}]}, 40002, "messages[0].content: missing"),
    (one(content=None), 40002, "messages[0].content: missing"),
    (one(content=" \n\u3000"), 40002, "messages[0].content: empty"),
    (one(content=5), 40006, "messages[0].content: a text"),
    (one(content=[{"type": "text", "text": "hi"}]), 40006, "parts, images and files"),
    (one(content={"type": "image_url", "image_url": {"url": "x"}}), 40006, "parts, images and files"),
    (body(extraction_types=[]), 40003, "extraction_types: empty"),
    (body(extraction_types="memory"), 40000, "extraction_types: a list"),
    (body(extraction_types=["memory", "skill"]), 40006, "extraction_types[1]"),
    (body(extraction_types=[None]), 40006, "extraction_types[0]"),
    (body(extraction_types=[{}]), 40006, "extraction_types[0]"),
    (one(content="word " * 6401), 40305, "8002 tokens together, where up to 8000 are taken"),
    (one(content="字" * 8001), 40305, "8001 tokens"),
]


@pytest.mark.parametrize(("sent", "code", "said"), WRONG, ids=[f"{code}-{said[:24]}" for _, code, said in WRONG])
@pytest.mark.parametrize("http_status", ["mapped", "always_200"])
def test_a_wrong_request_is_answered_with_its_code(
    serve: Callable[..., Any], http_status: str, sent: object, code: int, said: str
) -> None:
    """Each mistake has its business code, names the field, and has the HTTP status that the setting says."""
    answer = serve(f"server.http_status={http_status}").call(sent)
    assert (answer.json["code"], answer.json["data"]) == (code, None)
    assert said in answer.json["message"]
    assert list(answer.json) == ["code", "message", "data"]
    assert answer.status == (200 if http_status == "always_200" else CODES[code].http_status)


def test_as_many_tokens_as_are_taken_are_taken(serve: Callable[..., Any], system: Any) -> None:
    """The limit itself is within the limit, over all messages together."""
    half = {"role": "user", "content": "字" * 4000}
    served = serve(*system("Teller"))
    assert served.call({"messages": [half, half]}).status == 200
    assert served.call({"messages": [half, half, {"role": "user", "content": "x"}]}).status == 413


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", "/extract/memory", 405, 40000),
        ("PUT", f"{PREFIX}/extract/memory", 405, 40000),
        ("POST", "/healthz", 405, 40000),
        ("GET", "/", 404, 40001),
        ("POST", f"{PREFIX}/add/message", 404, 40001),
    ],
)
def test_a_wrong_route_is_answered_in_the_envelope(
    serve: Callable[..., Any], method: str, path: str, status: int, code: int
) -> None:
    """An unknown path is 404 and an unknown method 405, with the same three keys."""
    answer = serve().call(method=method, path=path)
    assert (answer.status, answer.json["code"], answer.json["data"]) == (status, code, None)
    assert ("allow" in answer.headers) == (status == 405)


def test_healthz_and_openapi(serve: Callable[..., Any]) -> None:
    """Both are there without a key."""
    served = serve("server.keys_env=SERVED", SERVED="mpg-one")
    assert served.call(method="GET", path="/healthz").json == {"status": "ok", "extractor": "baseline", "in_flight": 0}
    document = served.call(method="GET", path="/openapi.json").json
    assert document["openapi"] == "3.1.0"
    assert {"/extract/memory", f"{PREFIX}/extract/memory", "/healthz"} <= set(document["paths"])
