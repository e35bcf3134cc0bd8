"""The inference call: one prompt to an OpenAI-compatible server, and what its reply says.

Facts about the dialects (which server knows which field): docs/local.md.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal, cast, get_args

from evals.errors import (
    BadRequest,
    ConfigError,
    InputTooLong,
    MalformedReply,
    NotFound,
    ServerFailed,
    of_http_status,
)
from evals.http import Reply, Sender, Sent

# "json_object+schema" is the dialect of llama-cpp-python: the schema stands in response_format itself.
Structured = Literal["json_schema", "json_object+schema", "json_object", "none"]
MODES: tuple[Structured, ...] = get_args(Structured)  # strictest first, as `auto` tries them
ROUTES = {"chat": "/chat/completions", "completions": "/completions"}

# A word no model says by chance: only a server that enforces the schema answers with it.
_PROBE_KEY, _PROBE_WORD = "zq7", "k42vx"
_PROBE_SCHEMA = {
    "type": "object",
    "properties": {_PROBE_KEY: {"type": "string", "enum": [_PROBE_WORD]}},
    "required": [_PROBE_KEY],
    "additionalProperties": False,
}
_OVERFLOW = ("context length", "context_length", "context window", "maximum context", "too many tokens", "n_ctx")


@dataclass(frozen=True, slots=True, kw_only=True)
class Sampling:
    """How a model is asked: the fields of a request that are not the prompt."""

    endpoint: Literal["chat", "completions"] = "chat"
    temperature: float | None = 0.0
    seed: int | None = 0
    max_tokens: int = 2048
    system_prompt: str | None = None
    chat_template_kwargs: Mapping[str, Any] | None = None
    extra_body: Mapping[str, Any] | None = None

    def body(self, model: str, prompt: str, schema: Mapping[str, Any] | None, structured: str) -> dict[str, Any]:
        """The JSON of one request; `extra_body` is laid over everything."""
        fields: dict[str, Any] = {"model": model}
        if self.endpoint == "chat":
            system = [{"role": "system", "content": self.system_prompt}] if self.system_prompt else []
            fields["messages"] = [*system, {"role": "user", "content": prompt}]
        else:
            fields["prompt"] = f"{self.system_prompt}\n\n{prompt}" if self.system_prompt else prompt
        settings = {"temperature": self.temperature, "seed": self.seed, "max_tokens": self.max_tokens}
        fields |= {name: value for name, value in settings.items() if value is not None}
        if self.chat_template_kwargs:
            fields["chat_template_kwargs"] = dict(self.chat_template_kwargs)
        if structured == "json_schema" and schema is not None:
            named = {"name": "reply", "strict": True, "schema": schema}
            fields["response_format"] = {"type": "json_schema", "json_schema": named}
        elif structured == "json_object+schema" and schema is not None:
            fields["response_format"] = {"type": "json_object", "schema": schema}
        elif structured == "json_object":
            fields["response_format"] = {"type": "json_object"}
        return {**fields, **(self.extra_body or {})}


@dataclass(frozen=True, slots=True, kw_only=True)
class Completion:
    """What a model answered and what the server said of it; `notes` says where the text was, if not in content."""

    text: str
    finish_reason: str | None = None
    usage: dict[str, int] | None = None
    model: str | None = None
    fingerprint: str | None = None
    notes: tuple[str, ...] = field(default=())


@dataclass(frozen=True, slots=True, kw_only=True)
class Served:
    """What a server was found to be: its model, its fingerprint, and the structured output it enforces."""

    model: str
    fingerprint: str | None
    structured: Structured


async def complete(sender: Sender, sampling: Sampling, body: Mapping[str, Any]) -> Sent[Completion]:
    """One inference call, tried again where that may help. Raises the ExtractorError it came to."""
    data = json.dumps(body, ensure_ascii=False).encode(errors="replace")
    return await sender.post(ROUTES[sampling.endpoint], data, read_completion)


def read_completion(reply: Reply) -> Completion:
    """The completion in a reply: `content`, or where that is empty the reasoning some servers put the answer in."""
    value = checked_reply(reply)
    choices = value.get("choices")
    if not isinstance(choices, list) or not choices or not isinstance(choices[0], Mapping):
        raise MalformedReply(f"HTTP {reply.status}: no choices in the reply")
    choice = choices[0]
    message = choice.get("message")
    said: Mapping[str, Any] = message if isinstance(message, Mapping) else {"content": choice.get("text")}
    text: object = said.get("content")
    notes: tuple[str, ...] = ()
    if not (isinstance(text, str) and text.strip()):
        reasoning = said.get("reasoning_content") or said.get("reasoning")
        if isinstance(reasoning, str) and reasoning.strip():
            text, notes = reasoning, ("read from reasoning_content",)
        elif isinstance(refusal := said.get("refusal"), str) and refusal:
            text, notes = refusal, ("the model refused",)
    return Completion(
        text=text if isinstance(text, str) else "",
        finish_reason=_text(choice.get("finish_reason")),
        usage=_usage(value.get("usage")),
        model=_text(value.get("model")),
        fingerprint=_text(value.get("system_fingerprint")),
        notes=notes,
    )


async def served_models(sender: Sender) -> tuple[str, ...]:
    """The ids of GET /models. Raises the ExtractorError it came to."""

    def read(reply: Reply) -> tuple[str, ...]:
        listed = checked_reply(reply).get("data")
        if not isinstance(listed, list):
            raise MalformedReply(f"HTTP {reply.status}: /models lists nothing")
        return tuple(entry["id"] for entry in listed if isinstance(entry, Mapping) and isinstance(entry.get("id"), str))

    return (await sender.get("/models", read)).value


async def look_at(sender: Sender, sampling: Sampling, model: str | None, structured: str) -> Served:
    """Which model the server serves and how it can be held to a shape: one look, one or two tiny requests.

    Raises ConfigError when the model is not given and not clear, the ExtractorError when the server does not answer.
    """
    if model is None:
        listed = await served_models(sender)
        if len(listed) != 1:
            raise ConfigError(f"model: the server at {sender.base_url} serves {', '.join(listed) or 'nothing'}")
        model = listed[0]
    modes = MODES if structured == "auto" else (cast(Structured, structured),)
    fingerprint = None
    for mode in modes:
        completion = await _probe(sender, sampling, model, mode, must=len(modes) == 1 or mode == "none")
        if completion is None:
            continue
        fingerprint = completion.fingerprint
        if len(modes) == 1 or _enforced(mode, completion.text):
            return Served(model=model, fingerprint=fingerprint, structured=mode)
    return Served(model=model, fingerprint=fingerprint, structured="none")


async def _probe(sender: Sender, sampling: Sampling, model: str, mode: Structured, *, must: bool) -> Completion | None:
    """What a tiny request in this mode gives. Where it need not work, an error means that the mode is not known there:
    servers say so with 400, 422, 500 and 501 alike.
    """
    body = {**sampling.body(model, "Say hello. Answer in JSON.", _PROBE_SCHEMA, mode), "max_tokens": 32}
    if must:
        return (await complete(sender, sampling, body)).value
    once = Sender(sender.base_url, replace(sender.settings, max_attempts=1), sender.headers, sender.secrets)
    async with once:
        try:
            return (await complete(once, sampling, body)).value
        except (BadRequest, MalformedReply, ServerFailed):
            return None


def _enforced(mode: Structured, text: str) -> bool:
    if mode == "none":
        return True
    try:
        value = json.loads(text)
    except ValueError:
        return False
    return isinstance(value, dict) if mode == "json_object" else value == {_PROBE_KEY: _PROBE_WORD}


def checked_reply(reply: Reply) -> Mapping[str, Any]:
    """The JSON object of a success. Raises the error its status stands for."""
    try:
        value = json.loads(reply.body)
    except (ValueError, RecursionError):
        value = None
    if 200 <= reply.status < 300:
        if not isinstance(value, Mapping):
            shown = " ".join(reply.body[:200].decode(errors="replace").split())[:100]
            raise MalformedReply(f"HTTP {reply.status}: a JSON object was wanted, but it says {shown!r}")
        return value
    said = _said(value) or " ".join(reply.body[:400].decode(errors="replace").split())[:200]
    kind = of_http_status(reply.status)
    if kind is BadRequest and any(word in said.lower() for word in _OVERFLOW):
        kind = InputTooLong
    if kind is NotFound:
        said += "; is the model what the server serves, and does base_url end in /v1?"
    raise kind(f"HTTP {reply.status}: {said}", retry_after_s=reply.retry_after_s)


def _said(value: object) -> str:
    """The message of an error body, wherever the dialects put it."""
    if not isinstance(value, Mapping):
        return ""
    error = value.get("error")
    found = error.get("message") if isinstance(error, Mapping) else error
    found = found or value.get("message") or value.get("detail")
    return " ".join(str(found).split())[:200] if found else ""


def _text(value: object) -> str | None:
    return value if isinstance(value, str) and value else None


def _usage(value: object) -> dict[str, int] | None:
    if not isinstance(value, Mapping):
        return None
    return {str(name): count for name, count in value.items() if type(count) is int} or None
