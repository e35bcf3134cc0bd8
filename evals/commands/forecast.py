"""What a run will cost before it is paid: calls, tokens, money and hours, from the prompts as they would be sent.

How much a judge will be asked depends on predictions that do not exist yet, so it is told from the embedded baseline's
on a sample. Unknown prices and limits give null, never a guess.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

from evals.commands.money import plain_price
from evals.commands.plan import RunPlan
from evals.errors import InputTooLong
from evals.memos.tokens import tokens_by_rule
from evals.protocols import Question
from evals.scoring.costs import cost_of
from evals.spending import Purse
from evals.types import Dialogue

SAMPLE = 40  # dialogues from which the judge's questions are told
REPLY_TOKENS = {"extraction": 400, "answer": 40}  # a reply with some eight items; one judged pair


@dataclass(frozen=True, slots=True, kw_only=True)
class Forecast:
    """Of one kind of call. `money` and `hours` are None where a price or a limit is not known."""

    what: str
    calls: int
    stored: int
    prompt_tokens: int
    reply_tokens: int
    money: float | None
    hours: float | None

    def __str__(self) -> str:
        money = "price unknown" if self.money is None else f"{self.money:.4f}"
        hours = "no limit set" if self.hours is None else f"{self.hours:.2f} h by the limits set"
        stored = f", {self.stored} stored already" if self.stored else ""
        return (
            f"{self.what}: {self.calls} calls{stored}, about {self.prompt_tokens} tokens in and "
            f"{self.reply_tokens} out, {money}, {hours}"
        )


def extraction_forecast(plan: RunPlan, dialogues: Iterable[Dialogue], stored: int) -> Forecast | None:
    """Of the extractor's calls; None for one that makes none it can show."""
    show = getattr(plan.extractor, "show", None)
    if show is None:
        return None
    config = plan.config
    calls = tokens = 0
    for dialogue in dialogues:
        try:
            requests = show(dialogue.messages, config.extraction_types)
        except InputTooLong:  # such a dialogue fails without a call
            continue
        calls += len(requests) * config.repeats
        tokens += config.repeats * sum(
            tokens_by_rule(json.dumps(each["body"], ensure_ascii=False)) for each in requests
        )
    planned = plan.survey.dialogues * config.repeats
    share = 1 - stored / planned if planned else 0.0
    calls, tokens = round(calls * share), round(tokens * share)
    reply = calls * REPLY_TOKENS["extraction"]
    node = config.extractor
    price = plain_price(config.prices.get(str(node.get("model"))))
    return Forecast(
        what="extraction",
        calls=calls,
        stored=stored,
        prompt_tokens=tokens,
        reply_tokens=reply,
        money=cost_of(tokens, reply, price),
        hours=_hours(calls, tokens, qps=node.get("qps") or config.runner.qps, tpm=node.get("tokens_per_minute")),
    )


def judging_forecast(plan: RunPlan, dialogues: Iterable[Dialogue]) -> Forecast | None:
    """Of the judge's calls, from what the baseline leaves open on a sample; None without a judge that can be sized."""
    if plan.judge is None or not hasattr(plan.judge, "sized"):
        return None
    sample = list(islice(dialogues, SAMPLE))
    questions = _questions(plan, sample)
    size = plan.judge.sized(questions)
    scale = plan.survey.dialogues * plan.config.repeats / max(len(sample), 1)
    calls, tokens = round(size["calls"] * scale), round(size["prompt_tokens"] * scale)
    reply = round(len(questions) * scale) * REPLY_TOKENS["answer"]
    node = plan.config.judge
    return Forecast(
        what=f"judging by {node.get('model')}",
        calls=calls,
        stored=round(size["cached"] * scale),
        prompt_tokens=tokens,
        reply_tokens=reply,
        money=cost_of(tokens, reply, plain_price(plan.config.prices.get(str(node.get("model"))))),
        hours=_hours(calls, tokens, qps=node.get("qps"), tpm=node.get("tokens_per_minute")),
    )


def together(forecasts: Iterable[Forecast | None], purse: Purse) -> str:
    """What a run is still to cost, beside what it has cost and may cost."""
    money = sum(forecast.money or 0.0 for forecast in forecasts if forecast is not None)
    return f"together: {money:.4f}, {purse.spent:.4f} spent already, of budget.max_cost={purse.max_cost}"


def _questions(plan: RunPlan, sample: Sequence[Dialogue]) -> list[Question]:
    from evals.extractors.baseline import BaselineExtractor
    from evals.matching.cascade import open_grounding, open_pairs, open_reasoning

    baseline: Any = BaselineExtractor()
    found: list[Question] = []
    for dialogue in sample:
        extraction = baseline.extract(dialogue.messages, plan.config.extraction_types)
        outcome = plan.matcher.match(dialogue.gold, extraction, dialogue.messages)
        opened = [
            *open_pairs(outcome, dialogue.language),
            *open_grounding(outcome, dialogue.language, dialogue.messages),
        ]
        if getattr(plan.judge, "asks_reasoning", False):
            opened += open_reasoning(outcome, dialogue.language, dialogue.messages)
        found += [each.question for each in opened]
    return found


def _hours(calls: int, tokens: int, *, qps: float | None, tpm: float | None) -> float | None:
    """The longer of what both limits make of it; None without a limit."""
    limits = [calls / qps / 3600 if qps else None, tokens / tpm / 60 if tpm else None]
    known = [hours for hours in limits if hours is not None]
    return max(known) if known else None
