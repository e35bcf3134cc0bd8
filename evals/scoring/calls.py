"""What the calls of a run came to: tries, waits, tokens and what the servers said they were, summed over the traces."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from evals.types import Attempt, Branch, Trace

SAID = ("model", "fingerprint", "structured", "finish_reason", "parse_status", "error")


@dataclass(slots=True)
class CallTally:
    """Running sums over the branches of all predictions; constant in their number.

    `seen` counts, for each thing a branch says of itself, the values it took: two fingerprints mean that the system
    changed while it was measured.
    """

    attempts: int = 0
    calls: int = 0
    cached: int = 0
    sums: Counter[str] = field(default_factory=Counter)
    usage: Counter[str] = field(default_factory=Counter)
    failures: Counter[str] = field(default_factory=Counter)
    seen: dict[str, Counter[str]] = field(default_factory=lambda: {name: Counter() for name in SAID})

    def add(self, trace: Trace) -> None:
        """One prediction's trace. Answers from a store made no call and are counted apart."""
        if trace.cached:
            self.cached += 1
            return
        for branch in trace.branches:
            self._add_branch(branch)

    def summary(self) -> dict[str, Any]:
        """For run.json: empty where no call left a trace. Times in milliseconds, sizes in bytes."""
        if not self.calls:
            return {}
        return {
            "calls": self.calls,
            "attempts": self.attempts,
            **({"cached": self.cached} if self.cached else {}),
            **{name: round(value, 3) if name.endswith("_ms") else value for name, value in sorted(self.sums.items())},
            **({"usage": dict(sorted(self.usage.items()))} if self.usage else {}),
            **({"failed_attempts": dict(sorted(self.failures.items()))} if self.failures else {}),
            **{name: dict(sorted(values.items())) for name, values in self.seen.items() if values},
        }

    def _add_branch(self, branch: Branch) -> None:
        if not branch.attempts:
            return
        self.calls += 1
        for attempt in branch.attempts:
            self._add_attempt(attempt)
        self.usage.update(branch.usage or {})
        for name, values in self.seen.items():
            if (value := getattr(branch, name)) is not None:
                values[value] += 1

    def _add_attempt(self, attempt: Attempt) -> None:
        self.attempts += 1
        if attempt.error is not None:
            self.failures[attempt.error] += 1
        for name in ("queue_ms", "wait_ms", "service_ms", "request_bytes", "reply_bytes"):
            if (value := getattr(attempt, name)) is not None:
                self.sums[name] += value
