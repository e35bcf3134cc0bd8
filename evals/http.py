"""Every HTTP call we make: one 1-connection client a slot, one time limit, all retries, and no secret ever shown.

One shared httpx pool costs more per request the more connections it holds and collapses above 16 in flight
(docs/decisions.md), so each call in flight has a client of its own; clients are kept and used again.
"""

from __future__ import annotations

import asyncio
import random
import re
import ssl
import time
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Generic, Self, TypeVar
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

import httpx

from evals import __version__
from evals.errors import (
    ConfigError,
    ConnectionBroken,
    ExtractorError,
    MalformedReply,
    TimedOut,
    Unreachable,
)
from evals.tries import note
from evals.types import Attempt

T = TypeVar("T")

REDACTED = "[redacted]"
# Shorter ones are placeholders ("EMPTY", "x"): taking them out of replies would change what a system said.
SHORTEST_KEY = 12
_LOOPBACK = re.compile(r"localhost|127(\.\d+){3}|\[?::1\]?")
_VARIABLE = re.compile(r"[A-Z_][A-Z0-9_]*")


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpSettings:
    """The keys of `http` in the configuration.

    `timeout_s` limits one try from connecting to the last byte. `proxy` is a URL, "none", or None for what the usual
    environment variables say; loopback addresses never go through one. `ca_bundle` is a PEM file.
    """

    timeout_s: float = 60.0
    connect_timeout_s: float = 10.0
    max_attempts: int = 4
    backoff_s: float = 1.0
    max_wait_s: float = 60.0
    max_reply_mb: float = 16.0
    proxy: str | None = None
    ca_bundle: str | None = None


class Secret:
    """A key that can be used but not shown: not in a repr, not in a message, not by pickling."""

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        self._value = value

    def reveal(self) -> str:
        """The key itself, for a header and nothing else."""
        return self._value

    def __repr__(self) -> str:
        return REDACTED

    def __reduce__(self) -> str:
        raise TypeError("a secret is not pickled")


def secret_from(variable: str, value: str | None, *, wanted_by: str) -> Secret:
    """The key in an environment variable, given as `value`. Raises ConfigError naming the variable, never the value."""
    if not _VARIABLE.fullmatch(variable):
        raise ConfigError(
            f"{wanted_by}: the NAME of an environment variable is wanted, such as MEMOS_API_KEY, not a key"
        )
    if value is None or not value.strip():
        raise ConfigError(f"{wanted_by}: the environment variable {variable} is not set (or give --env-file FILE)")
    if not re.fullmatch(r"[\x21-\x7e]+", value.strip()):
        raise ConfigError(f"{wanted_by}: {variable} holds characters that no key has (spaces, line ends, non-ASCII)")
    return Secret(value.strip())


def checked_base_url(url: str, *, wanted_by: str) -> str:
    """The URL without its last slash. Raises ConfigError when it is none, or carries a user name or key."""
    parts = urlsplit(url)
    if parts.username or parts.password or parts.query:
        raise ConfigError(f"{wanted_by}: a URL without user name, key or query is wanted; keys are named by variable")
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ConfigError(f"{wanted_by}={url}: http://HOST… or https://HOST… is wanted")
    return url.rstrip("/")


@dataclass(frozen=True, slots=True)
class Reply:
    """What came back: status, header names in lower case, and the body decompressed and redacted."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def retry_after_s(self) -> float | None:
        """Seconds the server asks to wait (RFC 9110 10.2.3: a number or a date), None where it does not ask."""
        said = self.headers.get("retry-after", "").strip()
        if re.fullmatch(r"\d{1,9}(\.\d+)?", said):
            return float(said)
        try:
            return max(0.0, (parsedate_to_datetime(said) - datetime.now(UTC)).total_seconds())
        except (ValueError, TypeError):
            return None


@dataclass(frozen=True, slots=True)
class Sent(Generic[T]):
    """What a call came to, and every try it took."""

    value: T
    attempts: tuple[Attempt, ...]


@dataclass(slots=True)
class _Try:
    """One try as it is being made; becomes an Attempt."""

    queue_ms: float | None
    wait_ms: float | None
    request_bytes: int
    started_ns: int = 0
    service_ms: float | None = None
    reply: Reply | None = None

    def attempt(self, error: ExtractorError | None, code: int | None) -> Attempt:
        return Attempt(
            service_ms=self.service_ms,
            queue_ms=self.queue_ms,
            wait_ms=self.wait_ms,
            request_bytes=self.request_bytes,
            reply_bytes=None if self.reply is None else len(self.reply.body),
            http_status=None if self.reply is None else self.reply.status,
            code=code if error is None or error.code is None else error.code,
            error=None if error is None else type(error).__name__,
        )


Read = Callable[[Reply], T]
Admit = Callable[[], Awaitable[float]]


@dataclass(slots=True, weakref_slot=True)
class Sender:
    """Sends requests to one base URL. Use as an async context manager, or call aclose().

    `headers` go with every request; what stands in `secrets` is redacted from every body and message.
    """

    base_url: str
    settings: HttpSettings = HttpSettings()
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    secrets: tuple[Secret, ...] = ()
    _idle: list[httpx.AsyncClient] = field(default_factory=list, repr=False)
    _verify: ssl.SSLContext | bool | None = field(default=None, repr=False)
    _random: random.Random = field(default_factory=random.Random, repr=False)

    async def post(self, path: str, body: bytes, read: Read[T], *, admit: Admit | None = None) -> Sent[T]:
        """Sends a JSON body until `read` is content with the reply, an error is final, or the tries are used up.

        `read` turns a reply into a value or raises the ExtractorError it stands for; `admit` waits until a try may
        start and returns how long that took (ms). Raises that error, `attempts` attached.
        """
        return await self._send("POST", path, body, read, admit)

    async def get(self, path: str, read: Read[T]) -> Sent[T]:
        """The same for a GET."""
        return await self._send("GET", path, b"", read, None)

    def redacted(self, body: bytes) -> bytes:
        """The body with every key of ours taken out."""
        for secret in self.secrets:
            if len(key := secret.reveal().encode()) >= SHORTEST_KEY:
                body = body.replace(key, REDACTED.encode())
        return body

    async def send(self, method: str, path: str, body: bytes, read: Read[T]) -> Sent[T]:
        """The same for another method with a JSON body, such as PUT or PATCH."""
        return await self._send(method, path, body, read, None)

    async def aclose(self) -> None:
        """Closes every connection."""
        idle, self._idle[:] = list(self._idle), []
        for client in idle:
            await client.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.aclose()

    async def _send(self, method: str, path: str, body: bytes, read: Read[T], admit: Admit | None) -> Sent[T]:
        attempts: list[Attempt] = []
        wait_s = 0.0
        while True:
            if wait_s:
                await asyncio.sleep(wait_s)
            queue_ms = None if admit is None else await admit()
            trial = _Try(queue_ms, wait_s * 1e3 if attempts else None, len(body))
            try:
                value = read(await self._once(method, path, body, trial))
            except asyncio.CancelledError:
                note(trial.attempt(TimedOut(), None))
                raise
            except ExtractorError as error:
                attempts.append(trial.attempt(error, None))
                note(attempts[-1])
                pause_s = self._pause_s(error, len(attempts))
                if pause_s is None:
                    error.attempts = tuple(attempts)
                    raise
                wait_s = pause_s
            else:
                attempts.append(trial.attempt(None, getattr(value, "code", None)))
                note(attempts[-1])
                return Sent(value, tuple(attempts))

    def _pause_s(self, error: ExtractorError, tries: int) -> float | None:
        """Seconds to wait before the next try, None where there is none: half of the step is drawn by lot."""
        if not error.retryable or tries >= self.settings.max_attempts:
            return None
        step_s = min(self.settings.backoff_s * 2 ** (tries - 1), self.settings.max_wait_s)
        jittered_s = float(step_s * (0.5 + self._random.random() / 2))
        if error.retry_after_s is None:
            return jittered_s
        if error.retry_after_s > self.settings.max_wait_s:  # nobody waits that long in a run
            return None
        return error.retry_after_s + jittered_s / 10

    async def _once(self, method: str, path: str, body: bytes, trial: _Try) -> Reply:
        """One try. Raises what the transport says as an ExtractorError; the status is left to the reader."""
        client = self._idle.pop() if self._idle else self._client()
        sound = False
        trial.started_ns = time.perf_counter_ns()
        try:
            async with asyncio.timeout(self.settings.timeout_s):
                trial.reply = await self._exchange(client, method, path, body)
            sound = True
        except (TimeoutError, httpx.TimeoutException):
            raise TimedOut(f"no reply from {self._host} within {self.settings.timeout_s:g} s") from None
        except httpx.HTTPError as error:
            raise self._transport_error(error) from None
        finally:
            trial.service_ms = (time.perf_counter_ns() - trial.started_ns) / 1e6
            if sound:
                self._idle.append(client)
            else:  # a connection that was abandoned half-way may still hold the end of this reply
                await _discard(client)
        return trial.reply

    async def _exchange(self, client: httpx.AsyncClient, method: str, path: str, body: bytes) -> Reply:
        limit = int(self.settings.max_reply_mb * 2**20)
        request = client.build_request(method, self.base_url + path, content=body or None)
        response = await client.send(request, stream=True)
        try:
            chunks, size = [], 0
            async for chunk in response.aiter_bytes():
                size += len(chunk)
                if size > limit:
                    raise MalformedReply(f"HTTP {response.status_code}: more than {self.settings.max_reply_mb:g} MB")
                chunks.append(chunk)
        finally:
            await response.aclose()
        return Reply(response.status_code, response.headers, self.redacted(b"".join(chunks)))

    def _client(self) -> httpx.AsyncClient:
        settings = self.settings
        if self._verify is None:
            self._verify = tls_context(settings.ca_bundle) if self.base_url.startswith("https:") else False
        local = is_loopback(self.base_url)
        proxy = None if local or settings.proxy == "none" else settings.proxy
        return httpx.AsyncClient(
            headers={"Content-Type": "application/json", "User-Agent": f"memory-evals/{__version__}", **self.headers},
            limits=httpx.Limits(max_connections=1, max_keepalive_connections=1, keepalive_expiry=30.0),
            timeout=httpx.Timeout(settings.timeout_s, connect=min(settings.connect_timeout_s, settings.timeout_s)),
            verify=self._verify,
            proxy=proxy,
            trust_env=settings.proxy is None and not local,
            follow_redirects=False,
        )

    def _transport_error(self, error: httpx.HTTPError) -> ExtractorError:
        said = self.redacted(" ".join(str(error).split()).encode()).decode(errors="replace")[:200]
        said = said or type(error).__name__
        if isinstance(error, (httpx.ConnectError, httpx.ProxyError)):
            unreachable = Unreachable(f"no connection to {self._host}: {said}")
            unreachable.retryable = "CERTIFICATE_VERIFY_FAILED" not in said  # it will not pass the next time either
            return unreachable
        if isinstance(error, httpx.DecodingError):
            return MalformedReply(f"the reply of {self._host} cannot be decompressed: {said}")
        return ConnectionBroken(f"the connection to {self._host} broke: {said}")

    @property
    def _host(self) -> str:
        return urlsplit(self.base_url).netloc


def is_loopback(url: str) -> bool:
    """Whether a URL names this machine by its loopback address."""
    return _LOOPBACK.fullmatch(urlsplit(url).hostname or "") is not None


def proxy_of(url: str, settings: HttpSettings) -> str | None:
    """The proxy a URL is reached through, for senders other than this module's; None for none."""
    if is_loopback(url) or settings.proxy == "none":
        return None
    parts = urlsplit(url)
    if settings.proxy is not None or proxy_bypass(parts.hostname or ""):
        return settings.proxy
    return getproxies().get(parts.scheme)


def tls_context(ca_bundle: str | None) -> ssl.SSLContext:
    """One context for all clients: building one takes longer than a request. Raises ConfigError for no such file."""
    try:
        return ssl.create_default_context(cafile=ca_bundle) if ca_bundle else httpx.create_ssl_context()
    except OSError as error:
        raise ConfigError(f"http.ca_bundle={ca_bundle}: {error.strerror or error}; a PEM file is wanted") from None


def settings_from(values: Mapping[str, object]) -> HttpSettings:
    """HttpSettings of a mapping as the configuration holds it. Raises ConfigError naming key and value."""
    unknown = sorted(set(values) - set(HttpSettings.__slots__))
    if unknown:
        raise ConfigError(f"http.{unknown[0]}: no such key; there are {', '.join(HttpSettings.__slots__)}")
    settings = HttpSettings(**values)  # type: ignore[arg-type]
    proxy = urlsplit(settings.proxy or "none")
    if proxy.username or proxy.password:
        raise ConfigError("http.proxy: a proxy with a password belongs in HTTPS_PROXY, not in a run's configuration")
    if settings.proxy not in (None, "none") and not (proxy.scheme and proxy.hostname):
        raise ConfigError(f"http.proxy={settings.proxy}: http://HOST:PORT, none, or null for the environment's")
    if settings.ca_bundle is not None:
        tls_context(settings.ca_bundle)
    return settings


async def _discard(client: httpx.AsyncClient) -> None:
    with suppress(Exception):  # it is broken already, and what broke it is being raised
        await client.aclose()
