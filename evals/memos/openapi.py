"""The OpenAPI 3.1 document of what `evals serve` speaks; facts of the vendor's contract, in our words.

Stricter than the vendor's where ours is: docs/serve.md lists every choice.
"""

from __future__ import annotations

from typing import Any, get_args

from evals import __version__
from evals.memos.codes import CODES
from evals.memos.wire import PATH
from evals.types import EXTRACTION_TYPES, PreferenceType, Role

_STRING = {"type": "string"}
_ERRORS = (400, 401, 403, 408, 413, 429, 500, 503)


def document(prefixed: str, *, keys: bool, mapped: bool) -> dict[str, Any]:
    """The document. `prefixed` is the route under the vendor's prefix, `keys` whether a key is asked for, `mapped`
    whether errors have an HTTP status of their own."""
    routes = dict.fromkeys((PATH, prefixed))
    paths: dict[str, Any] = {
        path: {"post": _extract(f"extract_memory{'' if path == PATH else '_prefixed'}", keys=keys, mapped=mapped)}
        for path in routes
    }
    paths["/healthz"] = {"get": _read("healthz", "Whether the process serves.", "Health")}
    paths["/openapi.json"] = {"get": _read("openapi", "This document.", "Document")}
    schemas = _request_schemas() | _reply_schemas()
    security = {"TokenAuth": {"type": "apiKey", "in": "header", "name": "Authorization", "description": "Token KEY"}}
    return {
        "openapi": "3.1.0",
        "info": {"title": "memory-evals: Extract Memory", "version": __version__},
        "paths": paths,
        "components": {"schemas": schemas, **({"securitySchemes": security} if keys else {})},
    }


def _extract(operation: str, *, keys: bool, mapped: bool) -> dict[str, Any]:
    success = "ExtractMemoryResponse"
    good = {"$ref": f"#/components/schemas/{success}"}
    bad = {"$ref": "#/components/schemas/Error"}
    either = good if mapped else {"oneOf": [good, bad]}
    responses = {"200": _response("What was extracted." if mapped else "What was extracted, or an error.", either)}
    if mapped:
        responses |= {str(status): _response(_meanings(status), bad) for status in _ERRORS}
        responses["429"]["headers"] = {"Retry-After": {"required": True, "schema": {"type": "integer", "minimum": 1}}}
    request = {"$ref": "#/components/schemas/ExtractMemoryRequest"}
    return {
        "operationId": operation,
        "summary": "Facts and preferences of a dialogue.",
        "requestBody": {"required": True, "content": {"application/json": {"schema": request}}},
        "responses": responses,
        **({"security": [{"TokenAuth": []}]} if keys else {}),
    }


def _read(operation: str, summary: str, schema: str) -> dict[str, Any]:
    good = {"$ref": f"#/components/schemas/{schema}"}
    return {"operationId": operation, "summary": summary, "responses": {"200": _response(summary, good)}}


def _response(description: str, schema: dict[str, Any]) -> dict[str, Any]:
    return {"description": description, "content": {"application/json": {"schema": schema}}}


def _meanings(status: int) -> str:
    if status == 408:
        return "The body took too long to arrive."
    return "; ".join(f"{code} {known.meaning}" for code, known in CODES.items() if known.http_status == status)


def _request_schemas() -> dict[str, Any]:
    types = {"type": "array", "minItems": 1, "items": {"enum": list(EXTRACTION_TYPES)}}
    return {
        "ExtractMemoryRequest": {
            "type": "object",
            "required": ["messages"],
            "properties": {
                "messages": {
                    "type": "array",
                    "minItems": 1,
                    "items": {"$ref": "#/components/schemas/ExtractMemoryMessage"},
                },
                "extraction_types": {
                    "anyOf": [types, {"type": "null"}],
                    "description": "Missing or null asks for all.",
                },
                "model": {"description": "Tolerated and not read: what is served is chosen by the server."},
            },
        },
        "ExtractMemoryMessage": {
            "type": "object",
            "required": ["role", "content"],
            "properties": {
                "role": {"enum": list(get_args(Role))},
                "content": {"type": "string", "pattern": r"\S", "description": "Plain text; parts are not taken."},
                "chat_time": {"description": "Read when it is a text and the extractor wants times; else tolerated."},
            },
        },
    }


def _reply_schemas() -> dict[str, Any]:
    fact = {"memory_key": _STRING, "memory_value": _STRING, "memory_type": _STRING}
    kinds = f"Usually {' or '.join(get_args(PreferenceType))}; passed on as the extractor says it."
    preference = {"preference": _STRING, "reasoning": _STRING, "preference_type": _STRING | {"description": kinds}}
    lists = {
        "memory_detail_list": {"type": "array", "items": _closed(fact | {"tags": {"type": "array", "items": _STRING}})},
        "preference_detail_list": {"type": "array", "items": _closed(preference)},
    }
    data = _closed({"success": {"const": True}, **lists}, required=["success"])
    envelope = {"code": {"const": 0}, "message": {"const": "ok"}, "data": data}
    error = {"code": {"type": "integer", "enum": list(CODES)}, "message": _STRING, "data": {"type": "null"}}
    health = {"status": {"const": "ok"}, "extractor": _STRING, "in_flight": {"type": "integer", "minimum": 0}}
    return {
        "ExtractMemoryResponse": _closed(envelope, required=list(envelope)),
        "Error": _closed(error, required=list(error)),
        "Health": _closed(health, required=list(health)),
        "Document": {"type": "object", "required": ["openapi", "info", "paths"]},
    }


def _closed(properties: dict[str, Any], *, required: list[str] | None = None) -> dict[str, Any]:
    """An object with these fields and no others."""
    schema = {"type": "object", "properties": properties, "additionalProperties": False}
    return schema | ({"required": required} if required else {})
