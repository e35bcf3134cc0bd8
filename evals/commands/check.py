"""Validate a dataset, score gold against gold, and say what is doubtful: no two gold items may be one.

evals check                                        the bundled golden set
evals check dataset=file dataset.path=D.jsonl      your own records
evals check --tables                               what it is made of, as Markdown for a data card
evals check --categories 10                        a warning for labels with fewer dialogues in a language
evals check --against train.jsonl                  which dialogues stand in somebody's training data

Warned of are slots that do not occur in their evidence in any form, user sentences of more than 8 words (14 Chinese
characters) that two dialogues share, and dialogues half of whose user text is another's (Jaccard index of runs of
three words, 0.5). With --strict these are faults.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from evals.config_shapes import CheckConfig
    from evals.corpus.check import CheckReport
    from evals.corpus.composition import CountTable
    from evals.corpus.overlap import UserTexts
    from evals.corpus.source import Source
    from evals.protocols import Matcher
    from evals.types import Dialogue

SHOWN = 20


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("overrides", nargs="*", help="Hydra overrides: dataset=…, dataset.path=…, matcher=…")
    parser.add_argument("--strict", action="store_true", help="what the set should keep to is a fault, not a warning")
    parser.add_argument("--tables", action="store_true", help="print classes, lengths and labels as Markdown tables")
    parser.add_argument("--categories", type=_above_zero, metavar="N", help="dialogues wanted a label and language")
    parser.add_argument("--show", type=_above_zero, metavar="N", default=SHOWN, help="lines a kind (default: 20)")
    parser.add_argument("--against", type=Path, metavar="F", help="JSONL with messages or text: list what it overlaps")
    parser.add_argument("--config-dir", type=Path, help="a folder of your own that adds to every config group")


def main(arguments: argparse.Namespace) -> int:
    from evals.commands.plan import source_of
    from evals.config import load
    from evals.config_shapes import CheckConfig
    from evals.corpus.check import check
    from evals.corpus.quality import Quality

    config = load("check", CheckConfig, arguments.overrides, config_dir=arguments.config_dir)
    source, quality = source_of(config.dataset), Quality()
    report = check(source, quality.see)
    quality.finish(categories=arguments.categories)
    _print_counts(source, report)
    tables = quality.composition.tables() if arguments.tables else ()
    if arguments.categories and not tables:
        tables = (quality.composition.by_label(),)
    for table in tables:
        _print_table(table)
    _complain("warning", report.warnings, report.warning_total, show=arguments.show)
    _complain("fault" if arguments.strict else "warning", quality.findings, quality.total, show=arguments.show)
    if not report.sound:
        for fault in report.faults:
            print(f"fault: {fault}", file=sys.stderr)
        print(f"{report.fault_total} faults; nothing was scored", file=sys.stderr)
        return 2
    overlapping = _print_overlap(quality.texts, arguments.against) if arguments.against else 0
    mistakes = _gold_against_gold(source, config)
    return 2 if mistakes or (arguments.strict and quality.total + overlapping) else 0


def _above_zero(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is no whole number above 0")
    return int(text)


def _complain(word: str, problems: Sequence[object], total: int, *, show: int) -> None:
    for problem in problems[:show]:
        print(f"{word}: {problem}", file=sys.stderr)
    if total > min(show, len(problems)):
        print(f"… {total} {word}s of this kind in all", file=sys.stderr)


def _gold_against_gold(source: Source, config: CheckConfig) -> int:
    """How many gold items do not find themselves; twins are printed as warnings."""
    from evals.commands.plan import selection_of, survey_and_calibrate
    from evals.corpus.survey import selected

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
    return len(faults)


def _print_counts(source: Source, report: CheckReport) -> None:
    print(f"{source.name}: {report.dialogues} dialogues, {report.messages} messages, {report.clusters} clusters")
    for name in ("kinds", "languages", "splits"):
        counts = getattr(report, name)
        print(f"  {name:<9}  {', '.join(f'{key} {count}' for key, count in counts.items()) or 'none'}")
    print(f"  {report.optional} gold items are optional; {report.fault_total} faults, {report.warning_total} warnings")


def _print_table(table: CountTable) -> None:
    from evals.report.untrusted import markdown

    rows = [[markdown(str(cell)) for cell in row] for row in (table.header, *table.rows)]
    lines = [f"| {' | '.join(row)} |" for row in rows]
    print("\n".join(["", f"### {table.title}", "", lines[0], f"|{' --- |' * len(table.header)}", *lines[1:], ""]))


def _print_overlap(texts: UserTexts, path: Path) -> int:
    """How many dialogues stand in a file of others, each with where and how much."""
    from evals.corpus.overlap import against

    found, read, unread = against(texts, path)
    for each in found:
        parts = [f"the sentence {each.sentence[:80]!r}"] if each.sentence else []
        parts += [f"likeness {each.likeness:.2f}"] if each.likeness else []
        print(f"overlap: {each.id}: {path}:{each.line} ({each.lines} lines in all): {', '.join(parts)}")
    if unread:
        print(f"warning: {path}: {unread} lines hold no messages or text and were passed over", file=sys.stderr)
    print(f"against {path}: {len(found)} of {len(texts.ids)} dialogues overlap with {read} lines")
    return len(found)


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
    from evals.results import Prediction
    from evals.types import EXTRACTION_TYPES

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
