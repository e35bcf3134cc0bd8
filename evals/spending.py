"""What a run has cost in money, extraction and judging together, and whether anything is left of its budget.

Only servers know what they bill. A call is charged the tokens its usage reports; a try that failed after the model may
have worked on it is charged its prompt, because a budget that leaves retries out does not hold.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from evals.results import Prediction
from evals.types import Attempt

BYTES_A_TOKEN = 3.5  # where no server has counted


class Tokens(NamedTuple):
    """Tokens in and out."""

    prompt: int
    completion: int

    def money(self, price_in: float, price_out: float) -> float:
        """At the prices of a million."""
        return (self.prompt * price_in + self.completion * price_out) / 1e6


@dataclass(frozen=True, slots=True)
class JudgeCall:
    """One call of a judge, as judge_calls.jsonl keeps it: whom it went to and what it is charged."""

    model: str
    prompt_tokens: int
    completion_tokens: int


class Purse:
    """The money of one run. Whoever spends it looks first whether there is any; calls in flight are still paid."""

    def __init__(self, max_cost: float | None = None) -> None:
        self.max_cost, self.spent = max_cost, 0.0

    def pay(self, money: float) -> None:
        self.spent += money

    @property
    def is_empty(self) -> bool:
        """Whether more has been spent than the run may cost."""
        return self.max_cost is not None and self.spent > self.max_cost

    def __str__(self) -> str:
        return f"budget.max_cost={self.max_cost} is used up: {self.spent:.4f} so far"


def charged(usage: Mapping[str, int] | None, attempts: Sequence[Attempt]) -> Tokens:
    """The tokens one call is charged, its failed tries included; `usage` is of the try that was answered."""
    said = usage or {}
    prompt = said.get("prompt_tokens", 0)
    lost = sum(prompt or _by_bytes(attempt) for attempt in attempts if _may_be_billed(attempt))
    return Tokens(prompt + lost, said.get("completion_tokens", 0))


def charged_for(prediction: Prediction) -> Tokens:
    """The tokens of all calls behind a prediction; another run's answers cost nothing."""
    if prediction.trace.cached:
        return Tokens(0, 0)
    calls = [charged(branch.usage, branch.attempts) for branch in prediction.trace.branches]
    return Tokens(sum(call.prompt for call in calls), sum(call.completion for call in calls))


def _may_be_billed(attempt: Attempt) -> bool:
    """A failed try, unless it never arrived or was turned away (HTTP 4xx, 429 among them)."""
    if attempt.error is None or attempt.error == "Unreachable":
        return False
    return attempt.http_status is None or not 400 <= attempt.http_status < 500


def _by_bytes(attempt: Attempt) -> int:
    return int((attempt.request_bytes or 0) / BYTES_A_TOKEN)
