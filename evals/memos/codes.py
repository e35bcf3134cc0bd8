"""The business codes of MemOS Cloud: what each means, the error it becomes, and the HTTP status it goes with.

Codes and meanings: the error-code page of the MemOS documentation; 40103 and 40309 appear in other pages and clients of
the vendor's only. The vendor documents no HTTP status for any of them: `http_status` is our choice (docs/serve.md).
"""

from __future__ import annotations

from dataclasses import dataclass

from evals.errors import (
    AuthRejected,
    BadRequest,
    ExtractorError,
    InputTooLong,
    NotFound,
    QuotaExhausted,
    RateLimited,
    RefusedByCode,
    ServerFailed,
    of_http_status,
)

SUCCESS = (0, 200)  # 0 in the documentation, 200 in the vendor's SDK tests and open-source server

INVALID_PARAMETER, FIELD_EMPTY, LIST_EMPTY, TYPE_UNSUPPORTED = 40000, 40002, 40003, 40006
NOT_FOUND, KEY_REQUIRED, KEY_INVALID = 40001, 40100, 40132
RATE_LIMITED, INPUT_TOO_LONG = 40300, 40305
INTERNAL_ERROR, OPERATION_FAILED, UNAVAILABLE = 50000, 50002, 50004


@dataclass(frozen=True, slots=True)
class Code:
    """One business code. `retryable` where a second try may succeed."""

    meaning: str
    error: type[ExtractorError]
    http_status: int
    retryable: bool = False


CODES: dict[int, Code] = {
    INVALID_PARAMETER: Code("invalid request parameters", BadRequest, 400),
    NOT_FOUND: Code("requested data not found", NotFound, 404),
    FIELD_EMPTY: Code("a required field is empty", BadRequest, 400),
    LIST_EMPTY: Code("a list or object is empty", BadRequest, 400),
    TYPE_UNSUPPORTED: Code("type not supported", BadRequest, 400),
    40007: Code("file type not supported", BadRequest, 400),
    40008: Code("Base64 content is invalid", BadRequest, 400),
    40009: Code("Base64 format is invalid", BadRequest, 400),
    40010: Code("user_id is longer than 100 characters", BadRequest, 400),
    40011: Code("conversation_id is longer than 100 characters", BadRequest, 400),
    40020: Code("invalid project id", BadRequest, 400),
    KEY_REQUIRED: Code("API key required", AuthRejected, 401),
    40103: Code("bad API key", AuthRejected, 401),
    40130: Code("API key required", AuthRejected, 401),
    KEY_INVALID: Code("API key invalid or expired", AuthRejected, 401),
    RATE_LIMITED: Code("call limit exceeded", RateLimited, 429, retryable=True),
    40301: Code("request-token quota exceeded", QuotaExhausted, 403),
    40302: Code("response-token quota exceeded", QuotaExhausted, 403),
    40303: Code("a single dialogue is too long", InputTooLong, 413),
    40304: Code("all calls of the account are used up", QuotaExhausted, 403),
    INPUT_TOO_LONG: Code("input larger than the per-request token limit", InputTooLong, 413),
    40306: Code("not authorised to delete", AuthRejected, 403),
    40307: Code("the memory to delete does not exist", NotFound, 404),
    40308: Code("the user does not exist", NotFound, 404),
    40309: Code("rate limited", RateLimited, 429, retryable=True),
    INTERNAL_ERROR: Code("internal server error", ServerFailed, 500, retryable=True),
    OPERATION_FAILED: Code("operation failed", ServerFailed, 500, retryable=True),
    UNAVAILABLE: Code("memory service unavailable", ServerFailed, 503, retryable=True),
    50005: Code("search service unavailable", ServerFailed, 503),
    50103: Code("more than 20 files", BadRequest, 400),
    50104: Code("a file is over 100 MB", InputTooLong, 413),
    50105: Code("the files are over 300 MB in total", InputTooLong, 413),
    50107: Code("file format not supported", BadRequest, 400),
    50120: Code("knowledge base not found", NotFound, 404),
    50123: Code("knowledge base not linked", NotFound, 404),
    50131: Code("task not found", NotFound, 404),
    50143: Code("adding a memory failed", ServerFailed, 500),
    50144: Code("adding a message failed", ServerFailed, 500),
    50145: Code("adding feedback failed", ServerFailed, 500),
}
_FINAL = (AuthRejected, QuotaExhausted, InputTooLong, BadRequest)


def error_of(status: int, code: int | None, message: str, *, retry_after_s: float | None = None) -> ExtractorError:
    """The error an HTTP status and a body code say together; `code` is None where the body holds none.

    The code names what failed, because it says more. An HTTP status that speaks of the key, and one a code unknown to
    us came with, is believed over it. Tried again is only what neither of the two calls final.
    """
    by_status = of_http_status(status)
    known = None if code is None or code in SUCCESS else CODES.get(code)
    if known is None:
        kind = RefusedByCode if 200 <= status < 300 else by_status
        meaning, retryable = "" if code is None or code in SUCCESS else "a code not in the table", kind.retryable
    else:
        kind = AuthRejected if by_status is AuthRejected and known.error is not QuotaExhausted else known.error
        meaning, retryable = known.meaning, known.retryable and by_status not in _FINAL
    said = ": ".join(part for part in (meaning, " ".join(message.split())[:200]) if part)
    where = f"HTTP {status}" + ("" if code is None else f", code {code}")
    error = kind(f"{where}: {said}" if said else where, code=code, retry_after_s=retry_after_s)
    error.retryable = retryable
    return error
