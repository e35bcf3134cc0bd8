"""The MemOS-compatible server: POST /extract/memory over any extractor, as a starlette application.

What a request may hold is read in memos/requests.py, what the codes mean in memos/codes.py. The text of a dialogue, of
an extraction and of a key is never logged and never part of an error message.
"""

from __future__ import annotations

import asyncio
import hmac
import json
import logging
import traceback
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from hashlib import sha256
from typing import Literal

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route

from evals.errors import (
    BadRequest,
    ConnectionBroken,
    ExtractorError,
    InputTooLong,
    RateLimited,
    TimedOut,
    Unreachable,
)
from evals.memos.codes import (
    CODES,
    INPUT_TOO_LONG,
    INTERNAL_ERROR,
    INVALID_PARAMETER,
    KEY_INVALID,
    KEY_REQUIRED,
    NOT_FOUND,
    OPERATION_FAILED,
    RATE_LIMITED,
    UNAVAILABLE,
)
from evals.memos.openapi import document
from evals.memos.requests import ExtractRequest, Refused, error_body, read_request, success_body
from evals.memos.wire import PATH
from evals.types import Extraction, ExtractionType, Message

Extract = Callable[[tuple[Message, ...], tuple[ExtractionType, ...]], Awaitable[Extraction]]

RETRY_AFTER_S = 1  # what a busy server asks for: an extraction rarely takes less
UPLOAD_S = 60.0  # a body that takes longer to arrive is given up
DRAINED = 8  # times the size limit: what is read and thrown away, so that the sender hears our answer

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerSettings:
    """How the server answers. `keys` are digests (`digest_of`), none of them meaning that no key is asked for."""

    extractor: str
    keys: tuple[bytes, ...] = ()
    http_status: Literal["mapped", "always_200"] = "mapped"
    concurrency: int = 32
    max_body_mb: float = 1.0
    max_input_tokens: int = 8000
    prefix: str = "/api/openmem/v1"


def digest_of(key: str) -> bytes:
    """What is kept of a key: digests are of one length, so that comparing them tells nothing of the key's."""
    return sha256(key.encode("utf-8", "surrogateescape")).digest()


def application(extract: Extract, settings: ServerSettings) -> Starlette:
    """The ASGI application. `extract` raises ExtractorError for an extraction that failed."""
    service = _Service(extract, settings)
    paths = dict.fromkeys((PATH, settings.prefix + PATH))
    app = Starlette(
        routes=[
            *(Route(path, service.extract, methods=["POST"]) for path in paths),
            Route("/healthz", service.health, methods=["GET"]),
            Route("/openapi.json", service.openapi, methods=["GET"]),
        ],
        exception_handlers={HTTPException: service.no_route},
    )
    app.router.redirect_slashes = False  # a POST that is redirected arrives as a GET with most clients
    return app


class _Answered(Exception):  # noqa: N818 - an answer rather than a failure of ours
    """The request is answered with an error. `status` where it is not the code's own."""

    def __init__(
        self, code: int, message: str, *, status: int | None = None, retry_after_s: float | None = None
    ) -> None:
        self.code, self.message, self.status, self.retry_after_s = code, message, status, retry_after_s
        super().__init__(message)


class _Service:
    """The routes, and how many extractions are in flight."""

    def __init__(self, extract: Extract, settings: ServerSettings) -> None:
        self._extract, self._settings = extract, settings
        self._limit = int(settings.max_body_mb * 2**20)
        self._openapi = document(settings.prefix + PATH, keys=bool(settings.keys), mapped=self._mapped)
        self._in_flight = 0

    @property
    def _mapped(self) -> bool:
        return self._settings.http_status == "mapped"

    async def extract(self, request: Request) -> Response:
        """POST /extract/memory."""
        try:
            body = await self._body(request)
            self._check_key(request.headers.get("authorization"))
            if body is None:
                raise _Answered(INPUT_TOO_LONG, f"the body is larger than {self._settings.max_body_mb:g} MB")
            asked = read_request(body, max_tokens=self._settings.max_input_tokens)
            return _json(success_body(await self._bounded(asked), asked.extraction_types))
        except _Answered as answer:
            return self._error(answer)
        except Refused as refused:
            return self._error(_Answered(refused.code, refused.message))
        except ClientDisconnect:
            return Response()  # nobody reads it
        except asyncio.CancelledError:  # by a second signal alone
            return self._error(_Answered(UNAVAILABLE, "the server was stopped before the extraction ended"))
        except Exception as error:
            _log_bug(error)
            return self._error(_Answered(INTERNAL_ERROR, CODES[INTERNAL_ERROR].meaning))

    async def health(self, _request: Request) -> Response:
        """GET /healthz: answered as long as the process serves, whatever the extractor does."""
        return _json(_dumped({"status": "ok", "extractor": self._settings.extractor, "in_flight": self._in_flight}))

    async def openapi(self, _request: Request) -> Response:
        """GET /openapi.json."""
        return _json(_dumped(self._openapi))

    async def no_route(self, _request: Request, error: Exception) -> Response:
        """An unknown path, or a method that a path does not take: the same envelope, the HTTP status as it is."""
        assert isinstance(error, HTTPException)
        code = NOT_FOUND if error.status_code == 404 else INVALID_PARAMETER
        what = "no such path" if error.status_code == 404 else "this path does not take that method"
        said = what if error.status_code in (404, 405) else error.detail
        return _json(error_body(code, said), error.status_code, dict(error.headers or {}))

    async def _body(self, request: Request) -> bytes | None:
        """The body, None when it is larger than we take; the rest of such a one is read and thrown away, to a point."""
        chunks: list[bytes] = []
        size = 0
        try:
            async with asyncio.timeout(UPLOAD_S):
                async for chunk in request.stream():
                    size += len(chunk)
                    if size <= self._limit:
                        chunks.append(chunk)
                    elif size > self._limit * DRAINED:
                        return None
        except TimeoutError:
            raise _Answered(INVALID_PARAMETER, f"the body took longer than {UPLOAD_S:g} s", status=408) from None
        return b"".join(chunks) if size <= self._limit else None

    def _check_key(self, header: str | None) -> None:
        """Raises _Answered unless one of the keys came. All are compared, so that time does not tell which was near."""
        if not self._settings.keys:
            return
        scheme, _, key = (header or "").strip().partition(" ")
        if scheme.lower() != "token" or not key.strip():
            raise _Answered(KEY_REQUIRED, "a key is wanted, as the header `Authorization: Token KEY`")
        given = sha256(key.strip().encode("latin-1", "replace")).digest()
        if not sum([hmac.compare_digest(given, known) for known in self._settings.keys]):
            raise _Answered(KEY_INVALID, "the key is not one of this server's")

    async def _bounded(self, asked: ExtractRequest) -> Extraction:
        """One extraction, unless as many as may be are in flight. Raises _Answered with what came instead."""
        if self._in_flight >= self._settings.concurrency:
            message = f"{self._settings.concurrency} extractions are in flight already; try again"
            raise _Answered(RATE_LIMITED, message, retry_after_s=RETRY_AFTER_S)
        self._in_flight += 1
        try:
            return await self._extract(asked.messages, asked.extraction_types)
        except ExtractorError as error:
            answer = _of_failure(error)
            _log.warning("an extraction failed: %s, answered %d", type(error).__name__, answer.code)
            raise answer from None
        finally:
            self._in_flight -= 1

    def _error(self, answer: _Answered) -> Response:
        status = answer.status or CODES[answer.code].http_status
        after = answer.retry_after_s
        headers = {} if after is None else {"Retry-After": str(max(1, round(after)))}
        return _json(error_body(answer.code, answer.message), status if self._mapped else 200, headers)


def _of_failure(error: ExtractorError) -> _Answered:
    """What an extractor's failure is answered with. Its message may quote a dialogue, so only its kind is told."""
    passed_on = {InputTooLong: INPUT_TOO_LONG, BadRequest: INVALID_PARAMETER, RateLimited: RATE_LIMITED}
    for kind, usual in passed_on.items():
        if isinstance(error, kind):
            known = CODES.get(error.code or 0)
            code = error.code if error.code is not None and known and known.error is kind else usual
            after = (error.retry_after_s or RETRY_AFTER_S) if kind is RateLimited else None
            return _Answered(code, f"from the extractor: {CODES[code].meaning}", retry_after_s=after)
    unreachable = isinstance(error, (Unreachable, TimedOut, ConnectionBroken))
    return _Answered(UNAVAILABLE if unreachable else OPERATION_FAILED, f"the extractor failed: {type(error).__name__}")


def _log_bug(error: Exception) -> None:
    """What was raised and where, without its message, which may quote a dialogue."""
    frames = traceback.extract_tb(error.__traceback__)[-3:]
    where = " < ".join(f"{frame.filename}:{frame.lineno}" for frame in reversed(frames))
    _log.error("an extraction ended in %s at %s", type(error).__name__, where)


def _dumped(value: object) -> bytes:
    return json.dumps(value, ensure_ascii=False).encode()


def _json(body: bytes, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    return Response(body, status, headers, media_type="application/json")
