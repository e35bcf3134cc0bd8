"""POST {base}/extract/memory as it stands on the wire: strict in what we send, tolerant in what we take.

Contract: the OpenAPI of MemOS Cloud (`extract_memory`) and the vendor's usage page. Success is HTTP 2xx, a code of 0 or
200 and `data.success` not false, all three; anything else is a typed error (codes.py).
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from evals.errors import ExtractorError, MalformedReply
from evals.memos.codes import SUCCESS, error_of
from evals.memos.lists import LIST_OF, ShapeError, read_lists
from evals.types import Extraction, ExtractionType, Message, Trace

PATH = "/extract/memory"
KEY_VARIABLE, BASE_VARIABLE = "MEMOS_API_KEY", "MEMOS_BASE_URL"
BASE_URL = "https://memos.memtensor.cn/api/openmem/v1"


@dataclass(frozen=True, slots=True)
class ExtractReply:
    """A success: its business code (None where it has none) and what was extracted."""

    code: int | None
    extraction: Extraction


def authorization(key: str) -> str:
    """The value of the Authorization header."""
    return f"Token {key}"


def request_body(
    messages: Sequence[Message],
    extraction_types: Sequence[ExtractionType],
    *,
    model: str | None = None,
    chat_time: bool = False,
) -> bytes:
    """The JSON of one request. `model` and `chat_time` are not in the OpenAPI: they are sent only when asked for."""
    body: dict[str, Any] = {
        "messages": [_message(message, chat_time=chat_time) for message in messages],
        "extraction_types": list(extraction_types),
    }
    if model is not None:
        body["model"] = model
    return json.dumps(body, ensure_ascii=False).encode(errors="replace")


def read_reply(
    status: int, body: bytes, *, asked: Sequence[ExtractionType], retry_after_s: float | None = None
) -> ExtractReply:
    """The success a reply holds, with what breaks the contract counted in its trace.

    Raises the ExtractorError that status and code stand for, MalformedReply for a success that is not in shape.
    """
    reply = _object(body)
    if reply is None:
        raise _no_envelope(status, body, retry_after_s)
    violations: list[str] = []
    code = _code(reply, violations)
    data = reply.get("data")
    if not 200 <= status < 300 or (code is not None and code not in SUCCESS):
        raise error_of(status, code, _text_of(reply), retry_after_s=retry_after_s)
    if not isinstance(data, Mapping):
        said = "no code and no data" if code is None else f"code {code} without data"
        raise MalformedReply(f"HTTP {status}: {said}: {_shown(body)}", code=code)
    if data.get("success") is False:
        raise error_of(status, code, f"success is false {_text_of(reply)}", retry_after_s=retry_after_s)
    if code is None and data.get("success") is not True:
        raise MalformedReply(f"HTTP {status}: neither a code nor success: {_shown(body)}")
    try:
        found = read_lists(data)
    except ShapeError as error:
        raise MalformedReply(f"HTTP {status}: data.{error}", code=code) from None
    violations += [f"{name} came unasked" for kind, name in LIST_OF.items() if kind not in asked and data.get(name)]
    return ExtractReply(code, replace(found, trace=Trace(contract_violations=tuple(violations))))


def _message(message: Message, *, chat_time: bool) -> dict[str, str]:
    sent = {"role": message.role, "content": message.content}
    return {**sent, "chat_time": message.time} if chat_time and message.time is not None else sent


def _object(body: bytes) -> dict[str, Any] | None:
    """The JSON object a body is, None when it is anything else. Half a surrogate pair becomes U+FFFD."""
    try:
        value = json.loads(body)
        if b"\\u" in body and b"\\ud" in body.lower():  # models do cut characters in two
            text = json.dumps(value, ensure_ascii=False)
            value = json.loads(text.encode("utf-16", "surrogatepass").decode("utf-16", "replace"))
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None


def _code(reply: Mapping[str, Any], violations: list[str]) -> int | None:
    code = reply.get("code")
    if isinstance(code, bool) or code is None:
        violations.append("code is missing")
        return None
    if isinstance(code, int):
        return code
    if isinstance(code, str) and code.lstrip("-").isascii() and code.lstrip("-").isdigit() and len(code) < 12:
        violations.append("code is a string")
        return int(code)
    violations.append("code is no integer")
    return None


def _no_envelope(status: int, body: bytes, retry_after_s: float | None) -> ExtractorError:
    """The error of a body that is no JSON object: the status decides, and a 2xx is a malformed reply."""
    what = _shown(body) if body else "an empty body"
    if 200 <= status < 300:
        return MalformedReply(f"HTTP {status}: a JSON object was wanted, but it says {what}")
    if 300 <= status < 400:
        return MalformedReply(f"HTTP {status}: a redirect, which is not followed; is the base URL right?")
    return error_of(status, None, what, retry_after_s=retry_after_s)


def _text_of(reply: Mapping[str, Any]) -> str:
    """What a reply says in words: `message`, or `detail` as the open-source server has it."""
    for name in ("message", "detail", "error"):
        if (said := reply.get(name)) and said != "ok":
            return said if isinstance(said, str) else json.dumps(said, ensure_ascii=False)[:200]
    return ""


def _shown(body: bytes) -> str:
    text = " ".join(body[:400].decode(errors="replace").split())
    return repr(text[:100] + ("…" if len(text) > 100 else ""))
