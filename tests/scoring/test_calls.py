"""The sums over the traces of a run."""

from __future__ import annotations

from evals.scoring.calls import CallTally
from evals.types import Attempt, Branch, Trace


def test_sums_and_counts() -> None:
    """Tries, waits, bytes and tokens are summed; what the branches say of themselves is counted."""
    tally = CallTally()
    tally.add(
        Trace(
            branches=(
                Branch(
                    attempts=(
                        Attempt(service_ms=10.0, queue_ms=1.0, request_bytes=100, error="RateLimited"),
                        Attempt(service_ms=20.0, wait_ms=500.0, request_bytes=100, reply_bytes=7),
                    ),
                    usage={"prompt_tokens": 11, "completion_tokens": 3},
                    fingerprint="a",
                    finish_reason="stop",
                ),
                Branch(attempts=(Attempt(service_ms=5.0),), fingerprint="b", parse_status="failed", error="TimedOut"),
            )
        )
    )
    tally.add(Trace(branches=(Branch(attempts=(Attempt(service_ms=99.0),)),), cached=True))
    assert tally.summary() == {
        "calls": 2,
        "attempts": 3,
        "cached": 1,
        "queue_ms": 1.0,
        "reply_bytes": 7,
        "request_bytes": 200,
        "service_ms": 35.0,
        "wait_ms": 500.0,
        "usage": {"completion_tokens": 3, "prompt_tokens": 11},
        "failed_attempts": {"RateLimited": 1},
        "fingerprint": {"a": 1, "b": 1},
        "finish_reason": {"stop": 1},
        "parse_status": {"failed": 1, "ok": 1},
        "error": {"TimedOut": 1},
    }


def test_nothing_called_says_nothing() -> None:
    """An extractor that makes no calls leaves nothing in run.json."""
    tally = CallTally()
    tally.add(Trace(branches=(Branch(raw="a stored answer"),)))
    assert tally.summary() == {}
