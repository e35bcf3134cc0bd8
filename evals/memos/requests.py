"""What a server needs of the wire: a request read and checked, field by field, and a reply written.

The documented fields are checked strictly and everything else is tolerated, as official clients send more than is
documented (`model`, `chat_time`, ids, nulls). Where the vendor is silent the choice is ours: docs/serve.md lists them.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, get_args

from evals.memos.codes import FIELD_EMPTY, INPUT_TOO_LONG, INVALID_PARAMETER, LIST_EMPTY, TYPE_UNSUPPORTED
from evals.memos.lists import write_lists
from evals.memos.tokens import tokens_of
from evals.types import EXTRACTION_TYPES, Extraction, ExtractionType, Message, Role

ROLES: tuple[Role, ...] = get_args(Role)

_HALF_A_PAIR = re.compile(r"\\u[dD][89a-fA-F]")


@dataclass(frozen=True, slots=True)
class ExtractRequest:
    """What is asked: the messages, `time` being the `chat_time` of those that have one, and the kinds wanted."""

    messages: tuple[Message, ...]
    extraction_types: tuple[ExtractionType, ...]


class Refused(Exception):  # noqa: N818 - an answer rather than a failure of ours
    """The request is answered with a business code; the message names fields and never quotes what stands in them."""

    def __init__(self, code: int, message: str) -> None:
        self.code, self.message = code, message
        super().__init__(message)


def read_request(body: bytes, *, max_tokens: int) -> ExtractRequest:
    """The request a body holds. Raises Refused with the code of the first thing that is wrong."""
    sent = _object(body)
    messages = _messages(sent.get("messages"))
    asked = _asked(sent.get("extraction_types"))
    if (tokens := tokens_of(messages)) > max_tokens:
        raise Refused(INPUT_TOO_LONG, f"messages: {tokens} tokens together, where up to {max_tokens} are taken")
    return ExtractRequest(messages, asked)


def success_body(extraction: Extraction, asked: tuple[ExtractionType, ...]) -> bytes:
    """The JSON of a success: the lists of the kinds asked for and no others, `[]` where nothing was found."""
    return _json({"code": 0, "message": "ok", "data": {"success": True, **write_lists(extraction, asked)}})


def error_body(code: int, message: str) -> bytes:
    """The JSON of an error."""
    return _json({"code": code, "message": message, "data": None})


# --- the fields ----------------------------------------------------------------------------------


def _messages(value: object) -> tuple[Message, ...]:
    if value is None:
        raise Refused(FIELD_EMPTY, "messages: missing; a list of messages is wanted")
    if not isinstance(value, list):
        raise Refused(INVALID_PARAMETER, "messages: a list of messages is wanted")
    if not value:
        raise Refused(LIST_EMPTY, "messages: at least one message is wanted")
    return tuple(_message(f"messages[{index}]", item) for index, item in enumerate(value))


def _message(field: str, item: object) -> Message:
    if not isinstance(item, Mapping):
        raise Refused(INVALID_PARAMETER, f"{field}: an object with role and content is wanted")
    role, content, time = (item.get(name) for name in ("role", "content", "chat_time"))
    if role is None or role == "":
        raise Refused(FIELD_EMPTY, f"{field}.role: missing; one of {', '.join(ROLES)} is wanted")
    if role not in ROLES:
        raise Refused(TYPE_UNSUPPORTED, f"{field}.role: one of {', '.join(ROLES)} is wanted")
    if content is None:
        raise Refused(FIELD_EMPTY, f"{field}.content: missing; a text is wanted")
    if not isinstance(content, str):
        raise Refused(TYPE_UNSUPPORTED, f"{field}.content: a text is wanted; parts, images and files are not taken")
    if not content.strip():
        raise Refused(FIELD_EMPTY, f"{field}.content: empty; a text is wanted")
    return Message(role=role, content=content, time=time if isinstance(time, str) else None)


def _asked(value: object) -> tuple[ExtractionType, ...]:
    """The kinds asked for, each once and in our order; missing and null mean all."""
    wanted = f"{' and '.join(EXTRACTION_TYPES)} are what there is"
    if value is None:
        return EXTRACTION_TYPES
    if not isinstance(value, list):
        raise Refused(INVALID_PARAMETER, f"extraction_types: a list is wanted; {wanted}")
    if not value:
        raise Refused(LIST_EMPTY, "extraction_types: empty; leave it out to ask for all")
    for index, kind in enumerate(value):
        if kind not in EXTRACTION_TYPES:
            raise Refused(TYPE_UNSUPPORTED, f"extraction_types[{index}]: {wanted}")
    return tuple(kind for kind in EXTRACTION_TYPES if kind in value)


# --- JSON ----------------------------------------------------------------------------------------


def _object(body: bytes) -> dict[str, Any]:
    """The JSON object a body is, by RFC 8259 to the letter. Raises Refused on anything else."""
    if not body.strip():
        raise Refused(INVALID_PARAMETER, "the body is empty; a JSON object is wanted")
    try:
        text = body.decode()
        value = _DECODER.decode(text)
        if _HALF_A_PAIR.search(text):  # whole pairs were joined by the decoder; what is left is no text
            json.dumps(value, ensure_ascii=False).encode()
    except UnicodeDecodeError as error:
        raise Refused(INVALID_PARAMETER, f"the body is not UTF-8 at byte {error.start + 1}") from None
    except UnicodeEncodeError:
        raise Refused(INVALID_PARAMETER, "the body holds half a surrogate pair, which is no character") from None
    except json.JSONDecodeError as error:
        where = f"line {error.lineno} column {error.colno}"
        raise Refused(INVALID_PARAMETER, f"the body is not JSON: {error.msg} at {where}") from None
    except RecursionError:
        raise Refused(INVALID_PARAMETER, "the body is nested too deeply") from None
    except ValueError:  # an integer of more digits than Python converts
        raise Refused(INVALID_PARAMETER, "the body holds a number that is too large") from None
    if not isinstance(value, dict):
        raise Refused(INVALID_PARAMETER, "the body is no JSON object")
    return value


def _no_repeats(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise Refused(INVALID_PARAMETER, "the body holds an object with the same key twice")
    return found


def _no_constant(_name: str) -> Any:
    raise Refused(INVALID_PARAMETER, "the body holds NaN or Infinity, which is not JSON")


def _finite(text: str) -> float:
    if math.isinf(number := float(text)):
        raise ValueError
    return number


_DECODER = json.JSONDecoder(object_pairs_hook=_no_repeats, parse_constant=_no_constant, parse_float=_finite)


def _json(value: Mapping[str, Any]) -> bytes:
    """UTF-8, with half a surrogate pair as U+FFFD: models do cut characters in two."""
    text = json.dumps(value, ensure_ascii=False)
    try:
        return text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace").encode()
