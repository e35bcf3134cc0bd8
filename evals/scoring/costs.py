"""What a run came to in calls, tokens and money, extraction and judging apart; all of it stands in run.json.

Extraction: the calls of `system.calls` at the price of its model in the configuration. Judging: `judging.models` as
charged in all commands that judged the run, canaries and failed tries included; verdicts that were stored already cost
nothing. Money has the currency of the prices.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from evals.results import Run

Price = Mapping[str, float | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """What one part of a run came to.

    Tokens are None where no server counted them, `money` where they or their price are not known, `attempts` where only
    calls are counted. `answers` is how many extractions it was spent on: a dialogue asked twice counts twice, an answer
    taken over from another run not at all.
    """

    calls: int
    attempts: int | None
    prompt_tokens: int | None
    completion_tokens: int | None
    money: float | None
    answers: int

    def for_dialogues(self, count: float) -> float | None:
        """Money for so many dialogues like these, None where it is not known."""
        return None if self.money is None or not self.answers else self.money / self.answers * count


def extraction_cost(run: Run) -> Cost | None:
    """What the extractor's calls came to, None where none left a trace."""
    calls = (run.system or {}).get("calls") or {}
    if not calls.get("calls"):
        return None
    usage = calls.get("usage") or {}
    tokens = usage.get("prompt_tokens"), usage.get("completion_tokens")
    price = (run.config.get("prices") or {}).get(priced_as(run.config.get("extractor") or {}))
    return Cost(
        calls=calls["calls"],
        attempts=calls.get("attempts", calls["calls"]),
        prompt_tokens=tokens[0],
        completion_tokens=tokens[1],
        money=cost_of(*tokens, price),
        answers=run.counts.get("predictions", 0) - calls.get("cached", 0),
    )


def judging_cost(run: Run) -> Cost | None:
    """What the judges' calls came to, None for a run without a judge that counts them."""
    models = list(((run.judging or {}).get("models") or {}).values())
    if not models:
        return None
    money = [model.get("cost") for model in models]
    paid = [model.get("paid") or model for model in models]  # runs of earlier versions know the last command alone
    return Cost(
        calls=_sum(paid, "calls"),
        attempts=None,
        prompt_tokens=_sum(paid, "prompt_tokens"),
        completion_tokens=_sum(paid, "completion_tokens"),
        money=None if None in money else sum(money),
        answers=run.counts.get("predictions", 0),
    )


def memories_found(run: Run) -> float | None:
    """Gold memories the run found, a dialogue asked more than once averaged; None where there was no gold to find."""
    recall = next((score for score in run.scores if (score.metric, score.slice) == ("recall", "all")), None)
    return None if recall is None or recall.value is None else recall.value * recall.n


def priced_as(extractor: Mapping[str, Any]) -> str:
    """The name under which `prices` knows an extractor: its model, or where it has none its own."""
    return str(extractor.get("model") or extractor.get("name"))


def cost_of(prompt_tokens: int | None, completion_tokens: int | None, price: Price | None) -> float | None:
    """Money for tokens, from the price of a million; None where tokens or price are not known."""
    if prompt_tokens is None or completion_tokens is None or not price:
        return None
    each_in, each_out = price.get("input"), price.get("output")
    if each_in is None or each_out is None:
        return None
    return (prompt_tokens * each_in + completion_tokens * each_out) / 1e6


def _sum(models: Iterable[Mapping[str, Any]], name: str) -> int:
    return sum(model.get(name) or 0 for model in models)
