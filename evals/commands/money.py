"""Prices, and the purse of a run: what earlier commands have spent on it is gone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, is_dataclass
from typing import TYPE_CHECKING, Any

from evals.errors import ConfigError
from evals.scoring.costs import Price, cost_of, priced_as
from evals.spending import Purse, charged_for

if TYPE_CHECKING:
    from evals.config_shapes import RunConfig
    from evals.protocols import Judge
    from evals.runs import RunFolder
    from evals.spending import JudgeCall


def check_prices(judge: Judge | None, prices: Mapping[str, Any], max_cost: float | None) -> None:
    """A budget in money needs the price of every judging model. Raises ConfigError naming the key to set."""
    if judge is None or max_cost is None:
        return
    for model in getattr(judge, "ledgers", {}):
        _needed_price(model, prices, max_cost)


def extraction_price(config: RunConfig) -> tuple[float, float]:
    """What a million tokens cost, in and out. Raises ConfigError where there is a budget and no price.

    An extractor without a model of its own (baseline, recorded …) costs nothing.
    """
    if "model" not in config.extractor or config.budget.max_cost is None:
        return 0.0, 0.0
    price = _needed_price(priced_as(config.extractor), config.prices, config.budget.max_cost)
    return float(price["input"] or 0.0), float(price["output"] or 0.0)


def plain_price(price: Any) -> Price | None:
    """A price as a mapping, whichever way it was given."""
    return asdict(price) if is_dataclass(price) and not isinstance(price, type) else price


def purse_of(
    folder: RunFolder,
    max_cost: float | None,
    *,
    prices: Mapping[str, Any],
    extraction: tuple[float, float] = (0.0, 0.0),
) -> Purse:
    """The purse of a run that may cost `max_cost`, less what its stored answers and judge calls have cost.

    `extraction` is the price of a million of the extractor's tokens, in and out; 0 where its answers are not paid for.
    """
    purse = Purse(max_cost)
    if max_cost is None:
        return purse
    for prediction in folder.every_prediction():
        purse.pay(charged_for(prediction).money(*extraction))
    for call in folder.judge_calls():
        purse.pay(cost_of_call(call, prices))
    return purse


def cost_of_call(call: JudgeCall, prices: Mapping[str, Any]) -> float:
    """Money for one call of a judge; nothing where its price is not known."""
    return cost_of(call.prompt_tokens, call.completion_tokens, plain_price(prices.get(call.model))) or 0.0


def _needed_price(model: str, prices: Mapping[str, Any], max_cost: float) -> Price:
    price = plain_price(prices.get(model))
    if price is None or cost_of(1, 1, price) is None:
        raise ConfigError(
            f"budget.max_cost={max_cost}: the price of {model} is not known; "
            f"give +prices.{model}='{{input: …, output: …}}', money for a million tokens"
        )
    return price
