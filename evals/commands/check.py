"""Validate a dataset and score gold against gold: every metric must be perfect, no two gold items may be one.

evals check                                        the bundled golden set
evals check dataset=file dataset.path=D.jsonl      your own records
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from evals.corpus.check import CheckReport
    from evals.corpus.source import Source
    from evals.types import Dialogue, Matcher

SHOWN = 20


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("overrides", nargs="*", help="Hydra overrides: dataset=…, dataset.path=…, matcher=…")
    parser.add_argument("--config-dir", type=Path, help="a folder of your own that adds to every config group")


def main(arguments: argparse.Namespace) -> int:
    from evals.commands.plan import selection_of, source_of, survey_and_calibrate
    from evals.config import CheckConfig, load
    from evals.corpus.check import check
    from evals.corpus.survey import selected

    config = load("check", CheckConfig, arguments.overrides, config_dir=arguments.config_dir)
    source = source_of(config.dataset)
    report = check(source)
    _print_counts(source, report)
    for warning in report.warnings[:SHOWN]:
        print(f"warning: {warning}", file=sys.stderr)
    if report.warning_total > SHOWN:
        print(f"… {report.warning_total} warnings in all", file=sys.stderr)
    if not report.sound:
        for fault in report.faults:
            print(f"fault: {fault}", file=sys.stderr)
        print(f"{report.fault_total} faults; nothing was scored", file=sys.stderr)
        return 2
    selection = selection_of(config.dataset, config.seed)
    surveyed, matcher = survey_and_calibrate(source, selection, config.matcher)
    faults: list[str] = []
    for dialogue in selected(source, surveyed):
        faults += _self_faults(dialogue, matcher)
        for twins in _twins(dialogue, matcher):
            print(f"warning: {twins}", file=sys.stderr)
    for mistake in faults[:SHOWN]:
        print(f"fault: {mistake}", file=sys.stderr)
    print(f"gold against gold: {surveyed.dialogues} dialogues, {len(faults)} faults")
    return 2 if faults else 0


def _print_counts(source: Source, report: CheckReport) -> None:
    print(f"{source.name}: {report.dialogues} dialogues, {report.messages} messages, {report.clusters} clusters")
    for name in ("kinds", "languages", "splits"):
        counts = getattr(report, name)
        print(f"  {name:<9}  {', '.join(f'{key} {count}' for key, count in counts.items()) or 'none'}")
    print(f"  {report.optional} gold items are optional; {report.fault_total} faults, {report.warning_total} warnings")


def _twins(dialogue: Dialogue, matcher: Matcher) -> Iterator[str]:
    """Two gold items of which each would be taken for the other: one fact written twice, or two worded too alike."""
    from evals.types import Extraction, Fact, Gold, GoldFact

    items = dialogue.gold.items
    for place, item in enumerate(items):
        for other in items[place + 1 :]:
            if (item.kind == "fact") != (other.kind == "fact"):
                continue
            gold = Gold(items=(GoldFact(gid="a", memory_value=item.text),))
            outcome = matcher.match(gold, Extraction(facts=(Fact(memory_value=other.text),)), ())
            if outcome.predicted[0].state == "correct":
                yield f"{dialogue.id}: {item.gid} and {other.gid} would be taken for one: {item.text!r}, {other.text!r}"


def _self_faults(dialogue: Dialogue, matcher: Matcher) -> Iterator[str]:
    """Gold that does not find itself, or that another gold item of the dialogue is taken for."""
    from evals.extractors.controls import OracleControl
    from evals.matching.grade import grade
    from evals.types import EXTRACTION_TYPES, Prediction

    extraction = OracleControl().extract_from_gold(dialogue, None, EXTRACTION_TYPES)
    prediction = Prediction(id=dialogue.id, extraction=extraction)
    outcome = grade(dialogue, prediction, matcher, extraction_types=EXTRACTION_TYPES)
    predicted = {item.index: item for item in outcome.predicted}
    for gold in outcome.gold:
        partner = predicted.get(-1 if gold.partner is None else gold.partner)
        if gold.state != "found" or partner is None or partner.text != gold.text:
            taken = f"taken for {partner.text!r}" if partner else "not found"
            yield f"{dialogue.id} {gold.gid}: {gold.state} against itself ({gold.decided_by.by}), {taken}"
    for item in outcome.predicted:
        if item.state not in ("correct", "partial"):
            yield f"{dialogue.id}: gold {item.text!r} ends {item.state} against {item.partner} ({item.decided_by.by})"
