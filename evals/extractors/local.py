"""The local extractor: MemOS' six stages over any OpenAI-compatible server, one small function a stage.

input → format and clean, detect language → select tasks → build prompts → infer → structured result
"""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

from evals.errors import ConfigError, ExtractorError, InputTooLong, UnreadableReply
from evals.extractors.launch import Launched
from evals.http import Reply, Secret, Sender, checked_base_url, secret_from, settings_from
from evals.inference import (
    MODES,
    ROUTES,
    Completion,
    Sampling,
    Served,
    complete,
    look_at,
    read_completion,
    served_models,
)
from evals.memos.branches import BranchName, Task, checked_branches, select
from evals.memos.language import detect_language
from evals.memos.prompts import CONTEXT, load_prompts
from evals.memos.replies import ParsedReply, parse_reply
from evals.memos.schema import reply_schema
from evals.memos.tokens import LIMIT, token_counter, tokens_of
from evals.memos.turns import SystemMessages, clean
from evals.memos.windows import merge, windows
from evals.protocols import WireRequest
from evals.types import Attempt, Branch, Extraction, ExtractionType, Message, Trace
from evals.weights import pin_of

STRUCTURED = ("auto", *MODES)


class LocalExtractor:
    """Asks a model as MemOS asks its own: a prompt for facts, one for explicit and one for implicit preferences.

    The branches run side by side and fail apart: what one finds is kept whatever becomes of the others. No wall clock
    enters a prompt. Raises ConfigError for a configuration that could never work.
    """

    def __init__(
        self,
        base_url: str | None = None,
        model: str | None = None,
        api_key_env: str | None = None,
        endpoint: Literal["chat", "completions"] = "chat",
        temperature: float | None = 0.0,
        seed: int | None = 0,
        max_tokens: int = 2048,
        structured: str = "auto",
        prompts: str | None = None,
        branches: Sequence[str] = ("memory_reader", "explicit_preference", "implicit_preference"),
        system_prompt: str | None = None,
        system_messages: SystemMessages = "drop",
        chat_template_kwargs: Mapping[str, Any] | None = None,
        extra_body: Mapping[str, Any] | None = None,
        context: Sequence[str] = (),
        reply_map: Mapping[str, str] | None = None,
        max_input_tokens: int = LIMIT,
        tokenizer: str | None = None,
        on_overflow: Literal["error", "window"] = "error",
        launch: str | None = None,
        launch_timeout_s: float = 600.0,
        http: Mapping[str, Any] | None = None,
    ) -> None:
        _one_of("endpoint", endpoint, tuple(ROUTES))
        _one_of("structured", structured, STRUCTURED)
        _one_of("system_messages", system_messages, ("drop", "keep"))
        _one_of("on_overflow", on_overflow, ("error", "window"))
        for name in context:
            _one_of("context", name, CONTEXT)
        if (launch is None) == (base_url is None):
            raise ConfigError("extractor: give base_url=http://HOST:PORT/v1 of a server, or launch=COMMAND, not both")
        if launch is not None and model is None:
            raise ConfigError("extractor.launch: extractor.model=… says what is to be served")
        self.base_url = None if base_url is None else checked_base_url(base_url, wanted_by="extractor.base_url")
        self.model, self.launch, self.log_folder = model, launch, None
        self._sampling = Sampling(
            endpoint=endpoint,
            temperature=temperature,
            seed=seed,
            max_tokens=max_tokens,
            system_prompt=system_prompt,
            chat_template_kwargs=chat_template_kwargs,
            extra_body=extra_body,
        )
        self._structured, self._system_messages, self._on_overflow = structured, system_messages, on_overflow
        self._branches, self._prompts, self._context = checked_branches(branches), load_prompts(prompts), tuple(context)
        self._reply_map = dict(reply_map or {})
        self._limit, (self._counter, self._count) = max_input_tokens, token_counter(tokenizer)
        self._http, self._launch_timeout_s = settings_from(http or {}), launch_timeout_s
        self._key: Secret | None = None
        if api_key_env is not None:
            self._key = secret_from(api_key_env, os.environ.get(api_key_env), wanted_by="extractor.api_key_env")
        self._getting_ready = asyncio.Lock()
        self._served: Served | None = None
        self._sender: Sender | None = None
        self._server: Launched | None = None
        self._pin: str | None = None

    # --- what a run records ----------------------------------------------------------------------

    log_folder: Path | None

    @property
    def wants_time(self) -> bool:
        """Whether a prompt shows when something was said."""
        return bool(self._context)

    @property
    def version(self) -> str:
        """The pin of the signature: local weights or the hub commit where they can be told, else what the server says.

        Asks the server, once; not to be used inside an event loop. Raises ConfigError when it cannot be reached.
        """
        if self._pin is None:
            self._pin = pin_of(self.model) or ("unpinned" if self.launch else asyncio.run(self._pin_of_server()))
        return self._pin

    @property
    def identity(self) -> dict[str, str]:
        """What is hashed into the signature beside the configuration."""
        return {"prompts": f"{self._prompts.version}#{self._prompts.digest}"}

    @property
    def facts(self) -> dict[str, str | float | None]:
        """What run.json records of the system under test."""
        served = self._served
        return {
            "base_url": self.base_url or self.launch,
            "model": served.model if served else self.model,
            "fingerprint": served.fingerprint if served else None,
            "structured": served.structured if served else self._structured,
            "prompts": f"{self._prompts.version}#{self._prompts.digest}",
            "max_input_tokens": self._limit,
            "token_counter": self._counter,
        }

    def show(self, messages: Sequence[Message], extraction_types: Sequence[ExtractionType]) -> list[dict[str, Any]]:
        """The final requests, for `--show-prompt`; what only the server can tell is shown as it is configured."""
        return [
            {"url": (self.base_url or "{launched}") + ROUTES[self._sampling.endpoint], "body": body}
            for window in self._windows(clean(messages, system_messages=self._system_messages))
            for task in self._tasks(window, extraction_types)
            for body in [self._body(task, window, extraction_types, self.model or "{served}", self._structured)]
        ]

    # --- one prompt at a time, for the load benchmark ------------------------------------------------

    @property
    def wire_headers(self) -> dict[str, str]:
        """What goes with every inference request, the key among it."""
        return {"Authorization": f"Bearer {self._key.reveal()}"} if self._key else {}

    def wire_requests(
        self, messages: Sequence[Message], extraction_types: Sequence[ExtractionType]
    ) -> tuple[WireRequest, ...]:
        """Every inference call of a dialogue as a request of its own. Raises InputTooLong.

        Asks the server once what it is, as `version` does; not to be used inside an event loop.
        """
        if self.base_url is None:
            raise ConfigError("extractor.launch: a server that runs is wanted here; give extractor.base_url")
        if self._served is None:
            asyncio.run(self._pin_of_server())
        assert self._served is not None
        url, served = self.base_url + ROUTES[self._sampling.endpoint], self._served
        return tuple(
            WireRequest(url, json.dumps(body, ensure_ascii=False).encode(errors="replace"), task.name)
            for window in self._windows(clean(messages, system_messages=self._system_messages))
            for task in self._tasks(window, extraction_types)
            for body in [self._body(task, window, extraction_types, served.model, served.structured)]
        )

    def read_branch(self, status: int, body: bytes, branch: BranchName) -> Extraction:
        """The items in the reply to one inference call. Raises the ExtractorError that it stands for."""
        assert self._served is not None
        said = read_completion(Reply(status, {}, body))
        read = parse_reply(said.text, branch=branch, finish_reason=said.finish_reason, reply_map=self._reply_map)
        answer = _Answer(said=said, read=read, attempts=(), structured=self._served.structured)
        if answer.error is not None:
            raise answer.error
        return Extraction(facts=read.facts, preferences=read.preferences)

    # --- the six stages --------------------------------------------------------------------------

    async def extract(self, messages: Sequence[Message], extraction_types: Sequence[ExtractionType]) -> Extraction:
        """Facts and preferences of one dialogue. Raises the first branch's ExtractorError when all branches failed."""
        turns = clean(messages, system_messages=self._system_messages)
        parts = self._windows(turns)
        await self.prepare()
        return merge([await self._extract_window(part, extraction_types) for part in parts])

    async def _extract_window(
        self, messages: Sequence[Message], extraction_types: Sequence[ExtractionType]
    ) -> Extraction:
        tasks = self._tasks(messages, extraction_types)
        answers = await asyncio.gather(*(self._infer(task, messages, extraction_types) for task in tasks))
        return _structured_result(tasks, answers, extraction_types)

    def _windows(self, messages: Sequence[Message]) -> tuple[tuple[Message, ...], ...]:
        """The dialogue as it is, or where asked in windows that fit. Raises InputTooLong."""
        tokens = tokens_of(messages, self._count)
        if tokens <= self._limit:
            return (tuple(messages),)
        if self._on_overflow == "window":
            return windows(messages, self._limit, self._count)
        limit = f"up to {self._limit} are taken (counted by {self._counter})"
        raise InputTooLong(f"{tokens} tokens, where {limit}; extractor.on_overflow=window splits the dialogue")

    def _tasks(self, messages: Sequence[Message], extraction_types: Sequence[ExtractionType]) -> tuple[Task, ...]:
        return select(extraction_types, detect_language(messages), messages, branches=self._branches)

    def _body(
        self,
        task: Task,
        messages: Sequence[Message],
        extraction_types: Sequence[ExtractionType],
        model: str,
        structured: str,
    ) -> dict[str, Any]:
        prompt = self._prompts.build(task, messages, context=self._context)
        schema = reply_schema(task.name, extraction_types, self._reply_map)
        return self._sampling.body(model, prompt, schema, structured)

    async def _infer(
        self, task: Task, messages: Sequence[Message], extraction_types: Sequence[ExtractionType]
    ) -> _Answer:
        """One call and its reply read; what went wrong is a value."""
        assert self._sender is not None
        assert self._served is not None
        body = self._body(task, messages, extraction_types, self._served.model, self._served.structured)
        try:
            sent = await complete(self._sender, self._sampling, body)
        except ExtractorError as error:
            return _Answer(error=error, attempts=error.attempts, structured=self._served.structured)  # type: ignore[arg-type]
        said = sent.value
        read = parse_reply(said.text, branch=task.name, finish_reason=said.finish_reason, reply_map=self._reply_map)
        return _Answer(said=said, read=read, attempts=sent.attempts, structured=self._served.structured)

    # --- the server ------------------------------------------------------------------------------

    async def prepare(self) -> None:
        """Starts the server where asked, and looks once at what it is. Raises ConfigError when it cannot be used."""
        async with self._getting_ready:
            if self._sender is not None:
                return
            if self.launch is not None:
                assert self.model is not None
                self._server = Launched(self.launch, model=self.model, log_folder=self.log_folder)
                await self._server.start(self._launch_timeout_s)
            sender = self._new_sender(self._server.base_url if self._server else self.base_url or "")
            if self._served is None:
                self._served = await self._looked_at(sender)
            self._sender = sender

    async def close(self) -> None:
        """Closes the connections and stops the server that was started here."""
        if self._sender is not None:
            await self._sender.aclose()
        if self._server is not None:
            await self._server.stop()
        self._sender = self._server = None

    def _new_sender(self, base_url: str) -> Sender:
        return Sender(base_url, self._http, self.wire_headers, (self._key,) if self._key else ())

    async def _looked_at(self, sender: Sender) -> Served:
        try:
            asked = self.model
            if self.launch is not None and asked not in await served_models(sender):
                asked = None  # a server names a model on disk as it likes
            return await look_at(sender, self._sampling, asked, self._structured)
        except ExtractorError as error:
            raise ConfigError(f"extractor: {sender.base_url} cannot be used: {error}") from None

    async def _pin_of_server(self) -> str:
        assert self.base_url is not None
        async with self._new_sender(self.base_url) as sender:
            try:
                self._served = await self._looked_at(sender)
            except ConfigError as error:
                raise ConfigError(f"{error} (start it, or pin the system by hand: extractor.version=…)") from None
        return f"{self._served.model}@{self._served.fingerprint or 'unpinned'},{self._served.structured}"


class _Answer:
    """What became of one branch: a reply read, or the error it came to."""

    def __init__(
        self,
        *,
        attempts: tuple[Attempt, ...],
        structured: str,
        said: Completion | None = None,
        read: ParsedReply | None = None,
        error: ExtractorError | None = None,
    ) -> None:
        self.attempts, self.structured, self.said, self.read = attempts, structured, said, read or ParsedReply()
        if error is None and self.read.status == "failed" and said is not None:
            error = UnreadableReply(
                f"{'; '.join((*said.notes, *self.read.notes)) or 'unreadable'}: {_shown(said.text)}"
            )
        self.error = error

    def branch(self, task: Task) -> Branch:
        """Its line in the trace."""
        said = self.said or Completion(text="")
        return Branch(
            name=task.name,
            attempts=self.attempts,
            parse_status="failed" if self.error else self.read.status,
            finish_reason=said.finish_reason,
            usage=said.usage,
            raw=said.text if self.said else None,
            error=type(self.error).__name__ if self.error else None,
            model=said.model,
            fingerprint=said.fingerprint,
            structured=self.structured,
            notes=(*said.notes, *self.read.notes),
        )


def _structured_result(
    tasks: Sequence[Task], answers: Sequence[_Answer], extraction_types: Sequence[ExtractionType]
) -> Extraction:
    """Stage 6: the items of all branches, of the kinds asked for. Raises when no branch came to anything."""
    branches = tuple(answer.branch(task) for task, answer in zip(tasks, answers, strict=True))
    errors = [answer.error for answer in answers if answer.error is not None]
    if errors and len(errors) == len(answers):
        errors[0].trace = Trace(branches=branches)
        raise errors[0]
    lost = tuple(f"branch {branch.name} failed: {branch.error}" for branch in branches if branch.error)
    facts = (fact for answer in answers for fact in answer.read.facts)
    preferences = (preference for answer in answers for preference in answer.read.preferences)
    return Extraction(
        facts=tuple(facts) if "memory" in extraction_types else (),
        preferences=tuple(preferences) if "preference" in extraction_types else (),
        trace=Trace(branches=branches, contract_violations=lost),
    )


def _one_of(name: str, value: object, known: Sequence[str]) -> None:
    if value not in known:
        raise ConfigError(f"extractor.{name}={value}: one of {', '.join(known)} is wanted")


def _shown(text: str) -> str:
    shown = " ".join(text.split())
    return repr(shown if len(shown) <= 80 else shown[:80] + "…")
