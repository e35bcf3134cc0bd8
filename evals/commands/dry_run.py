"""What `evals run --dry-run` prints: the plan of each run, what is done of it, and what the rest will cost."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from evals.commands.forecast import extraction_forecast, judging_forecast, together
from evals.commands.money import extraction_price, purse_of
from evals.commands.plan import RunPlan
from evals.commands.where import as_stored
from evals.corpus.survey import selected
from evals.remote.url import StoreUrl
from evals.runs import RunFolder


def print_plans(plans: Sequence[RunPlan], places: Sequence[Path | StoreUrl]) -> None:
    """A few lines a run. `places` are where the runs would land; what stands there counts as done."""
    for plan, where in zip(plans, places, strict=True):
        _print_plan(plan, where.name, RunFolder(as_stored(where)))


def _print_plan(plan: RunPlan, name: str, folder: RunFolder) -> None:
    surveyed, config = plan.survey, plan.config
    languages = ", ".join(f"{language} {count}" for language, count in surveyed.languages.items())
    print(f"{name}: {surveyed.dialogues} of {surveyed.total} dialogues ({languages}), ", end="")
    print(f"{surveyed.dialogues * config.repeats} extractions by {config.extractor['name']}")
    print(f"  {plan.signature}")
    done = len(folder.predictions().settled()) if folder.predictions_path.exists() else 0
    forecasts = (
        extraction_forecast(plan, selected(plan.source, surveyed), done),
        judging_forecast(plan, selected(plan.source, surveyed)),
    )
    for forecast in filter(None, forecasts):
        print(f"  {forecast}")
    if config.budget.max_cost is not None:
        price = extraction_price(config)
        purse = purse_of(folder, config.budget.max_cost, prices=config.prices, extraction=price)
        print(f"  {together(forecasts, purse)}")
