"""Counts what fails and says when going on makes no sense: too many, all alike at the beginning, or alike in a row."""

from __future__ import annotations

import re
from collections import Counter

from evals.limits import Limits
from evals.results import ExtractionFailure

MIN_FINISHED = 10  # fewer say nothing about a rate
HOPELESS = 3  # alike at the beginning, where somebody has to put something right first
NEEDS_SOMEBODY = ("AuthRejected", "QuotaExhausted", "NotFound")


class Breaker:
    """The failures of one pass. With a `max_error_rate` of 1 everything may fail and nothing ever stops the run.

    `planned` and `failed_before` are of the whole run, `new` counts the failures of this pass; `reused` says that an
    answer was there before, so that the system has worked.
    """

    def __init__(self, limits: Limits, *, planned: int, failed_before: int) -> None:
        self.new = 0
        self.reused = False
        self._limits, self._planned, self._before = limits, planned, failed_before
        self._answered = 0
        self._row = 0
        self._last: tuple[str, str] | None = None
        self._types: Counter[str] = Counter()
        self._first: dict[str, ExtractionFailure] = {}

    def answered(self) -> None:
        """Note an answer."""
        self._answered += 1
        self._row = 0

    def failed(self, error: ExtractionFailure) -> str | None:
        """Note a failure. Returns why the run should stop, None where it should go on."""
        self.new += 1
        self._types[error.type] += 1
        self._first.setdefault(error.type, error)
        alike = _likeness(error)
        self._row = self._row + 1 if alike == self._last else 1
        self._last = alike
        if self._limits.max_error_rate >= 1:
            return None
        return self._too_many_so_far() or self._all_alike(error) or self._too_many_in_a_row(error)

    def too_many(self) -> str | None:
        """Why more failed than may, if so."""
        failed, cap = self._before + self.new, self._limits.max_error_rate
        if failed <= cap * self._planned:
            return None
        text = f"{failed} extractions failed, more than runner.max_error_rate={cap:g} allows of {self._planned}"
        if not self._types:
            return f"{text}; they are final: another system, or runner.ask_again=all"
        type_, count = self._types.most_common(1)[0]
        return f"{text}; {count} of them like {type_}: {self._first[type_].message}"

    def _too_many_so_far(self) -> str | None:
        return self.too_many() if self._answered + self.new >= MIN_FINISHED else None

    def _all_alike(self, error: ExtractionFailure) -> str | None:
        fewest = HOPELESS if error.type in NEEDS_SOMEBODY else MIN_FINISHED
        if self.new < fewest or self._row < self.new or self._answered or self.reused:
            return None
        return f"the first {self.new} extractions all failed alike: {error.type}: {error.message}"

    def _too_many_in_a_row(self, error: ExtractionFailure) -> str | None:
        if self._limits.max_in_a_row is None or self._row < self._limits.max_in_a_row:
            return None
        return f"{self._row} extractions in a row failed alike: {error.type}: {error.message}"


def _likeness(error: ExtractionFailure) -> tuple[str, str]:
    """Failures that differ in a number only (a port, a time, an id) are alike."""
    return error.type, re.sub(r"\d+", "#", error.message)
