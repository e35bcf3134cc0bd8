"""Say in words what became of an item: which pair, which similarity, which guard decided, on which two tokens.

evals explain RUN ID             every item of one dialogue
evals explain RUN ID f2          one gold item (or a prediction: '#3')
evals explain --gold "The user runs 5 km." --pred "The user runs 8 km."
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from evals.remote.url import place

if TYPE_CHECKING:
    from evals.results import DialogueOutcome
    from evals.types import GoldOutcome, PredictedOutcome


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("run", nargs="?", metavar="RUN", help="folder, or name under --out")
    parser.add_argument("id", nargs="?", metavar="ID", help="dialogue id")
    parser.add_argument("item", nargs="?", metavar="GID", help="gold item (f1, e1 …) or prediction ('#0', '#1' …)")
    parser.add_argument("--gold", help="a gold text to hold --pred against")
    parser.add_argument("--pred", help="a predicted text")
    parser.add_argument("--out", type=place, default=Path("reports"), help="where runs are (default: reports)")


def main(arguments: argparse.Namespace) -> int:
    from evals.errors import UsageError

    if (arguments.gold is None) != (arguments.pred is None):
        raise UsageError("--gold and --pred belong together")
    if arguments.gold is not None:
        _explain_pair(arguments.gold, arguments.pred)
        return 0
    if not (arguments.run and arguments.id):
        raise UsageError("give RUN and ID, or --gold and --pred")
    _explain_run(arguments)
    return 0


def _explain_pair(gold: str, predicted: str) -> None:
    from evals.matching.fuzzy import FuzzyMatcher
    from evals.types import Extraction, Fact, Gold, GoldFact

    matcher = FuzzyMatcher()
    outcome = matcher.match(
        Gold(items=(GoldFact(gid="gold", memory_value=gold),)), Extraction(facts=(Fact(memory_value=predicted),)), ()
    )
    sides = [matcher.manifest.features(text) for text in (gold, predicted)]
    similarity = matcher.manifest.similar_to(sides[:1])(sides[1])[0]
    for name, side in zip(("gold", "predicted"), sides, strict=True):
        values = ", ".join(f"{value.type} {value.value}" for value in side.values) or "none"
        print(f"{name:<9}  {side.text}")
        print(f"           read as    {side.canonical}")
        print(f"           values     {values}; names: {', '.join(sorted(side.entities)) or 'none'}")
    print(f"similarity {similarity:.3f}; below {matcher.manifest.floor(sides[0].language):.3f} they never meet")
    print("\n".join(_prediction_lines(outcome.predicted[0])))


def _explain_run(arguments: argparse.Namespace) -> None:
    from evals.commands.where import run_path
    from evals.errors import UsageError
    from evals.runs import RunFolder

    path = run_path(arguments.run, arguments.out)
    outcomes = [outcome for outcome in RunFolder(path).outcomes() if outcome.id == arguments.id]
    if not outcomes:
        raise UsageError(f"{path}: no dialogue {arguments.id!r} in this run")
    wanted = arguments.item
    lines = [line for outcome in outcomes for line in _outcome_lines(outcome, wanted)]
    if not lines:
        names = [item.gid for item in outcomes[0].gold] + [f"'#{item.index}'" for item in outcomes[0].predicted]
        raise UsageError(f"{arguments.id}: no item {wanted!r}; there are {', '.join(names) or 'none'}")
    print("\n".join(lines))


def _outcome_lines(outcome: DialogueOutcome, wanted: str | None) -> Iterator[str]:
    if outcome.error and wanted is None:
        yield f"the extraction failed ({outcome.error}): everything counts as missed"
    for gold in outcome.gold:
        if wanted in (None, gold.gid):
            partner = next((item for item in outcome.predicted if item.index == gold.partner), None)
            yield from _gold_lines(gold, partner)
    for item in outcome.predicted:
        if wanted in (None, f"#{item.index}"):
            yield from _prediction_lines(item)


def _gold_lines(gold: GoldOutcome, partner: PredictedOutcome | None) -> Iterator[str]:
    from evals.report.untrusted import visible
    from evals.report.wording import why_gold

    yield f"gold {gold.gid} ({gold.kind}): {visible(gold.text)}"
    if partner is not None:
        yield f"  aligned with #{partner.index}, similarity {gold.similarity}: {visible(partner.text)}"
    yield f"  {gold.state}: {visible(why_gold(gold))}"


def _prediction_lines(item: PredictedOutcome) -> Iterator[str]:
    from evals.report.untrusted import visible
    from evals.report.wording import why_predicted

    yield f"predicted #{item.index} ({item.kind or 'unknown type'}): {visible(item.text)}"
    yield f"  {item.state}: {visible(why_predicted(item))}"
