"""How far can the matcher be trusted? On generated probes, or on pairs that people have labelled.

evals calibrate --probes                              twins and rewordings of the bundled gold, every matcher
evals calibrate --probes dataset=file dataset.path=D  of your own gold
evals calibrate LABELS                                labelled pairs (JSONL): confusion, rates, certificate
evals calibrate LABELS matcher=cascade judge=llm …    with a judge for what rules leave open
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator
from itertools import combinations
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from evals.calibration.curve import Curve
    from evals.config_shapes import CalibrateConfig
    from evals.matching.manifest import ManifestBuilder
    from evals.protocols import Matcher
    from evals.types import Dialogue


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("words", nargs="*", metavar="LABELS | overrides", help="a file of pairs; dataset=…, matcher=…")
    parser.add_argument("--probes", action="store_true", help="pairs made from gold that must or must not match")
    parser.add_argument("--json", action="store_true", help="for machines")
    parser.add_argument("--config-dir", type=Path, help="a folder of your own that adds to every config group")


def main(arguments: argparse.Namespace) -> int:
    from evals.config import load
    from evals.config_shapes import CalibrateConfig
    from evals.errors import UsageError

    files = [word for word in arguments.words if "=" not in word]
    overrides = [word for word in arguments.words if "=" in word]
    if bool(files) == arguments.probes or len(files) > 1:
        raise UsageError("give one file of labelled pairs, or --probes")
    config = load("calibrate", CalibrateConfig, overrides, config_dir=arguments.config_dir)
    if files:
        from evals.commands.certify import certify

        return certify(Path(files[0]), config, as_json=arguments.json)
    return _probe(config, as_json=arguments.json)


def _probe(config: CalibrateConfig, *, as_json: bool) -> int:
    from evals.calibration.curve import curve
    from evals.calibration.pairs import answered
    from evals.calibration.probes import LANGUAGES, probes
    from evals.calibration.tables import probe_tables
    from evals.calibration.tally import tally, to_json
    from evals.commands.plan import selection_of, source_of
    from evals.corpus.survey import selected, survey
    from evals.matching.manifest import SIMILARITIES, ManifestBuilder
    from evals.text.language import language_of

    source, builder = source_of(config.dataset), ManifestBuilder()
    surveyed = survey(source, selection_of(config.dataset, config.seed), builder.observe)
    dialogues = list(selected(source, surveyed))
    pairs = list(probes(dialogues))
    tables = {name: tally(answered(matcher, pair) for pair in pairs) for name, matcher in _matchers(builder)}
    curves = [
        curve(
            pairs, [two for two in _strangers(dialogues) if language_of(two[0]) == lang], builder.freeze(scorer), lang
        )
        for scorer in SIMILARITIES
        for lang in LANGUAGES
    ]
    if as_json:
        rows = {name: to_json(cells) for name, cells in tables.items()}
        print(
            json.dumps({"probes": rows, "curves": [_curve_row(each) for each in curves]}, ensure_ascii=False, indent=1)
        )
    else:
        print(f"{len(pairs)} probes from {surveyed.dialogues} dialogues of {source.name}\n")
        print(probe_tables(tables, curves), end="")
    return 0


def _matchers(builder: ManifestBuilder) -> Iterator[tuple[str, Matcher]]:
    """Every shipped matcher, frozen on the gold the probes come from as a run would freeze it."""
    from evals.matching.exact import ExactMatcher
    from evals.matching.fuzzy import FuzzyMatcher
    from evals.matching.manifest import SIMILARITIES

    yield "exact", ExactMatcher().calibrated(builder.freeze)
    for scorer in SIMILARITIES:
        yield scorer, FuzzyMatcher(align_scorer=scorer).calibrated(builder.freeze)


def _strangers(dialogues: list[Dialogue]) -> Iterator[tuple[str, str]]:
    """The texts of every two facts, and of every two preferences, of one dialogue."""
    for dialogue in dialogues:
        facts = [item.text for item in dialogue.gold.items if item.kind == "fact"]
        preferences = [item.text for item in dialogue.gold.items if item.kind != "fact"]
        yield from combinations(facts, 2)
        yield from combinations(preferences, 2)


def _curve_row(each: Curve) -> dict[str, object]:
    points = {f"{point.threshold:.2f}": [point.lost, point.twins_kept, point.strangers_kept] for point in each.points}
    floor = [each.at_floor.lost, each.at_floor.twins_kept, each.at_floor.strangers_kept]
    return {"scorer": each.scorer, "lang": each.lang, "floor": each.floor, "at_floor": floor, "points": points}
