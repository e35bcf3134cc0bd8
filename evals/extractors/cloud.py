"""The MemOS cloud, or anything that speaks its API: one HTTP exchange a dialogue."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from evals.errors import ConfigError, ExtractorError, InputTooLong
from evals.http import Reply, Secret, Sender, checked_base_url, secret_from, settings_from
from evals.memos import wire
from evals.memos.tokens import LIMIT, token_counter, tokens_of
from evals.protocols import WireRequest
from evals.throttle import Throttle, Turns
from evals.types import Branch, Extraction, ExtractionType, Message, Trace

RAW_BYTES_OF_AN_ERROR = 64 * 1024


class CloudExtractor:
    """`POST {base_url}/extract/memory`. `qps` and `tokens_per_minute` are the account's limits, kept on our side by
    `throttle`, which an engine replaces where several processes share the account.

    Raises ConfigError before anything is sent when the variable `api_key_env` holds no key; null means that none is
    wanted. `model` and `chat_time` are sent only when asked for, as the vendor does not document them.
    """

    def __init__(
        self,
        base_url: str = wire.BASE_URL,
        api_key_env: str | None = wire.KEY_VARIABLE,
        model: str | None = None,
        chat_time: bool = False,
        max_input_tokens: int = LIMIT,
        tokenizer: str | None = None,
        qps: float | None = 50.0,
        tokens_per_minute: int | None = 400_000,
        http: Mapping[str, Any] | None = None,
    ) -> None:
        self.base_url = checked_base_url(base_url, wanted_by="extractor.base_url")
        if not max_input_tokens > 0:
            raise ConfigError(f"extractor.max_input_tokens={max_input_tokens}: above 0 is wanted")
        self.model, self.wants_time, self.max_input_tokens = model, chat_time, max_input_tokens
        self._counter, self._count = token_counter(tokenizer)
        self.throttle: Turns = Throttle(qps=qps, tokens_per_minute=tokens_per_minute)
        self._budgets = {"qps": qps, "tokens_per_minute": tokens_per_minute}
        headers: dict[str, str] = {}
        secrets: tuple[Secret, ...] = ()
        if api_key_env is not None:
            key = secret_from(api_key_env, os.environ.get(api_key_env), wanted_by="extractor.api_key_env")
            headers, secrets = {"Authorization": wire.authorization(key.reveal())}, (key,)
        self._sender = Sender(self.base_url, settings_from(http or {}), headers, secrets)

    @property
    def facts(self) -> dict[str, str | float | None]:
        """What run.json records of the system under test."""
        return {
            "base_url": self.base_url,
            "model": self.model,
            "max_input_tokens": self.max_input_tokens,
            "token_counter": self._counter,
            **self._budgets,
        }

    @property
    def wire_headers(self) -> Mapping[str, str]:
        """What the load sender sends with every request, the key among it."""
        return self._sender.headers

    def request(self, messages: Sequence[Message], extraction_types: Sequence[ExtractionType]) -> WireRequest:
        """The exchange for one dialogue. Raises InputTooLong for more tokens than the system takes."""
        return WireRequest(self.base_url + wire.PATH, self._body(messages, extraction_types)[1])

    def read(self, status: int, body: bytes, *, asked: Sequence[ExtractionType]) -> Extraction:
        """The extraction in a reply. Raises the ExtractorError that it stands for."""
        return wire.read_reply(status, self._sender.redacted(body), asked=asked).extraction

    async def extract(self, messages: Sequence[Message], extraction_types: Sequence[ExtractionType]) -> Extraction:
        """One exchange, tried again where that may help. Raises an ExtractorError that carries its trace."""
        tokens, body = self._body(messages, extraction_types)
        last: list[bytes] = []

        def read(reply: Reply) -> wire.ExtractReply:
            last[:] = [reply.body]
            return wire.read_reply(reply.status, reply.body, asked=extraction_types, retry_after_s=reply.retry_after_s)

        try:
            sent = await self._sender.post(wire.PATH, body, read, admit=lambda: self.throttle.admit(tokens))
        except ExtractorError as error:
            raw = last[0][:RAW_BYTES_OF_AN_ERROR].decode(errors="replace") if last else None
            branch = Branch(attempts=error.attempts, raw=raw, error=type(error).__name__)  # type: ignore[arg-type]
            error.trace = Trace(branches=(branch,))
            raise
        extraction = sent.value.extraction
        branch = Branch(attempts=sent.attempts, raw=last[0].decode(errors="replace"))
        return replace(extraction, trace=replace(extraction.trace, branches=(branch,)))

    async def close(self) -> None:
        """Closes the connections."""
        await self._sender.aclose()

    def show(self, messages: Sequence[Message], extraction_types: Sequence[ExtractionType]) -> list[dict[str, Any]]:
        """The final request, for `--show-prompt`; the key is not in it."""
        request = self.request(messages, extraction_types)
        return [{"url": request.url, "body": json.loads(request.body)}]

    def _body(self, messages: Sequence[Message], extraction_types: Sequence[ExtractionType]) -> tuple[int, bytes]:
        """Input tokens and JSON of a request; too many tokens are refused before anything is sent."""
        tokens = tokens_of(messages, self._count)
        if tokens > self.max_input_tokens:
            limit = f"up to {self.max_input_tokens} are taken (counted by {self._counter})"
            raise InputTooLong(f"{tokens} tokens, where {limit}; nothing was sent")
        return tokens, wire.request_body(messages, extraction_types, model=self.model, chat_time=self.wants_time)
