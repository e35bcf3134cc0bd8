"""The error tree: everything a user can meet, one line each, and the exit code it ends in.

EvalsError                    one clear line on stderr, no traceback
├── UsageError            2   the command line is wrong
├── ConfigError           2   the configuration is wrong
├── DataError             2   a dataset, predictions or run file is wrong: file, line, field, value
├── StoreError            2   a store cannot be reached, or refuses; while a run is asked it becomes a StoppedShort
├── ExtractorError            one extraction failed; becomes a value in predictions.jsonl
│   ├── Unreachable               no connection                            tried again
│   ├── TimedOut                  no reply in time                         tried again
│   ├── ConnectionBroken          reset, closed, or cut in the middle      tried again
│   ├── RateLimited               HTTP 429; too many calls                 tried again
│   ├── ServerFailed              HTTP 5xx; the service failed             tried again
│   ├── AuthRejected              HTTP 401, 403; no key, or a wrong one
│   ├── QuotaExhausted            nothing left of the account
│   ├── InputTooLong              HTTP 413; more tokens than are taken     final
│   ├── BadRequest                HTTP 400, 422; the request is wrong      final
│   ├── NotFound                  HTTP 404; what was asked for is not there
│   ├── RefusedByCode             a business code that none of these fits
│   ├── MalformedReply            a reply that breaks the contract, or is no reply
│   └── UnreadableReply           a model's text without memories          final
├── CannotAnswer          3   unlike, stale, incomplete or too little data
└── StoppedShort          4   stored and resumable: failures above the cap, budget, disk
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

SHOWN = 20


class EvalsError(Exception):
    """Something the user can put right."""

    exit_code = 2


class UsageError(EvalsError):
    """The command line is wrong."""


class ConfigError(EvalsError):
    """The configuration is wrong."""


class StoreError(EvalsError):
    """What stands behind a URL cannot be reached, read or written."""


class CannotAnswer(EvalsError):  # noqa: N818 - the exit code's name
    """The question cannot be answered from these runs."""

    exit_code = 3


class StoppedShort(EvalsError):  # noqa: N818 - the exit code's name
    """The run stopped before its end; what it had is stored and the same command continues it."""

    exit_code = 4


class ExtractorError(EvalsError):
    """One extraction failed. The runner stores it as a failure and goes on.

    `retryable`: the same call may succeed in a moment. `final`: asking again gives the same, whatever anybody puts
    right meanwhile, so that a continued run does not ask. `code` is the business code of the reply, `retry_after_s`
    what it asks to wait, `trace` a `types.Trace` of how it came about, `attempts` the `types.Attempt`s behind it.
    """

    retryable = False
    final = False
    trace: object
    attempts: tuple[object, ...] = ()

    def __init__(self, message: str = "", *, code: int | None = None, retry_after_s: float | None = None) -> None:
        self.code, self.retry_after_s = code, retry_after_s
        super().__init__(message)


class Unreachable(ExtractorError):  # noqa: N818 - these names stand in predictions.jsonl, where "Error" says nothing
    """No connection: refused, unknown host, broken TLS or proxy."""

    retryable = True


class TimedOut(ExtractorError):  # noqa: N818
    """No complete reply in time."""

    retryable = True


class ConnectionBroken(ExtractorError):  # noqa: N818
    """The connection ended before the reply did."""

    retryable = True


class RateLimited(ExtractorError):  # noqa: N818
    """Too many calls or tokens for now."""

    retryable = True


class ServerFailed(ExtractorError):  # noqa: N818
    """The service failed or is not available."""

    retryable = True


class AuthRejected(ExtractorError):  # noqa: N818
    """The key is missing, wrong, expired, or not allowed to do this."""


class QuotaExhausted(ExtractorError):  # noqa: N818
    """The account has nothing left."""


class InputTooLong(ExtractorError):  # noqa: N818
    """The dialogue has more tokens than the system takes."""

    final = True


class BadRequest(ExtractorError):  # noqa: N818
    """The system says that the request is wrong."""

    final = True


class NotFound(ExtractorError):  # noqa: N818
    """The route, model or thing asked for is not there."""


class RefusedByCode(ExtractorError):  # noqa: N818
    """A business code that is not known, or has no class of its own."""


class MalformedReply(ExtractorError):  # noqa: N818
    """What came back is no reply of the contract."""


class UnreadableReply(ExtractorError):  # noqa: N818
    """A model answered in a form that holds no memories one could read."""

    final = True


def is_final(name: str) -> bool:
    """Whether a stored failure of this type would be the same again; what is not known is not taken for final."""
    return any(kind.final for kind in ExtractorError.__subclasses__() if kind.__name__ == name)


def of_http_status(status: int) -> type[ExtractorError]:
    """The error an HTTP status alone stands for; a status that is no error stands for a reply out of contract."""
    known = {401: AuthRejected, 403: AuthRejected, 404: NotFound, 408: TimedOut, 413: InputTooLong, 429: RateLimited}
    if status in known:
        return known[status]
    if status >= 500:
        return ServerFailed
    return BadRequest if 400 <= status < 500 else MalformedReply


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One thing wrong in a file, or at a URL: where it is, what stands there, and what would be right."""

    path: Path | str
    line: int | None
    field: str | None
    message: str

    def __str__(self) -> str:
        where = f"{self.path}:{self.line}" if self.line is not None else str(self.path)
        return f"{where}: {self.field}: {self.message}" if self.field else f"{where}: {self.message}"


class DataError(EvalsError):
    """One or more faults in a file, all found in one reading; the first 20 are shown and the total given."""

    def __init__(self, faults: Sequence[Fault], total: int | None = None) -> None:
        self.faults = tuple(faults)
        self.total = len(self.faults) if total is None else total
        super().__init__(str(self))

    @classmethod
    def at(cls, path: Path | str, message: str, *, line: int | None = None, field: str | None = None) -> DataError:
        """A DataError with a single fault."""
        return cls([Fault(path=path, line=line, field=field, message=message)])

    def __str__(self) -> str:
        lines = [str(fault) for fault in self.faults[:SHOWN]]
        if self.total > len(lines):
            lines.append(f"… {self.total} faults in all, the first {len(lines)} shown")
        return "\n".join(lines)
