"""Recompute every number of a bundle, offline, and compare it to the last digit.

evals verify golden-cloud-3fa92c11.zip     what evals export RUN --bundle wrote

First every byte is held against the manifest; then the stored answers are matched with the stored gold, the judge's
stored verdicts and the stored configuration, and outcomes and scores are compared. Exit 2 where anything differs.
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Iterator
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from evals.results import Run, Score
    from evals.runs import RunFolder

_SHOWN = 5


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("bundle", type=Path, metavar="BUNDLE", help="the archive")


def main(arguments: argparse.Namespace) -> int:
    from evals.bundle import unpack
    from evals.errors import DataError, Fault
    from evals.runs import RunFolder

    with tempfile.TemporaryDirectory() as place:
        stored = RunFolder(Path(place) / "stored")
        stored.path.mkdir()
        manifest = unpack(arguments.bundle, stored.path)
        print(f"{arguments.bundle}: {len(manifest.files)} files, every byte as the manifest says")
        before = stored.read_run()
        again = RunFolder(Path(place) / "again")
        again.path.mkdir()
        ruler, after = _recomputed(stored, before, again)
        faults = [*ruler, *_differences(before, after), *_other_outcomes(stored, again)]
    if faults:
        raise DataError([Fault(path=arguments.bundle, line=None, field=None, message=fault) for fault in faults])
    told = f"{len(after.scores):,} scores and {after.counts.get('predictions', 0):,} outcomes"
    print(f"{manifest.name}: {told} recomputed, the same to the last digit")
    print(f"signature  {before.signature}")
    return 0


def _recomputed(stored: RunFolder, before: Run, again: RunFolder) -> tuple[list[str], Run]:
    """What of the ruler is another here than it was, and the run graded anew. Nothing of the run's is built."""
    from evals.bundle import DATASET, OVERLAY
    from evals.commands.rescoring import dataset_of, graded_again, new_run, plan_rescoring
    from evals.errors import CannotAnswer, DataError

    overlay = stored.path / OVERLAY
    dataset = dataset_of(before, path=str(stored.path / DATASET), overlay=str(overlay) if overlay.exists() else None)
    dataset = replace(dataset, overlay=dataset.overlay if overlay.exists() else None, columns=None)
    judge_node, judge = _judge(before, again)
    try:
        plan = plan_rescoring(
            stored,
            before,
            dataset,
            seed=int(before.config.get("seed", 0)),
            matcher=_rebuilt("matcher", before),
            judge=(judge_node, judge),
            controls=list(before.config.get("controls") or ()),
            prices={},
        )
    except CannotAnswer as error:  # the dialogues are not those of the run
        raise DataError.at(stored.path / DATASET, str(error)) from None
    run, _ = graded_again(plan, stored, again, new_run(plan, before.name, before.command))
    differing = [name for name in plan.identity if before.identity.get(name) != plan.identity[name]]
    told = [f"{name}: {before.identity.get(name)} then, {plan.identity[name]} now" for name in differing]
    return told, run


def _judge(before: Run, again: RunFolder) -> tuple[dict[str, Any], Any]:
    """The judge that answers from stored verdicts alone, and the configuration it is known by."""
    from evals.commands.judging import build_judge

    node = _rebuilt("judge", before)
    if "cache" in node:  # nothing is asked, whatever is missing
        node |= {"cache": "readonly", "cache_path": str(again.path / "verdicts.sqlite"), "http": None}
    return node, build_judge(node, _rebuilt("matcher", before))


def _rebuilt(group: str, before: Run) -> dict[str, Any]:
    """One of our own choices with the run's settings in it. Raises CannotAnswer for code that is not ours."""
    from evals.config import choices, slot
    from evals.errors import CannotAnswer

    stored = before.config.get(group) or {}
    name = str(stored.get("name"))
    own = slot(group, name) if name in choices(group) else {}
    if own.get("_target_") != stored.get("_target_"):
        raise CannotAnswer(f"{before.name}: its {group} {name!r} is not one of ours and is never built from a run file")
    return {key: stored.get(key, value) if key != "_target_" else value for key, value in own.items()}


def _differences(before: Run, after: Run) -> Iterator[str]:
    yield from _other_scores("", before.scores, after.scores)
    for control in sorted({*(before.controls or {}), *(after.controls or {})}):
        sides = [(run.controls or {}).get(control, ()) for run in (before, after)]
        yield from _other_scores(f"{control}: ", *sides)
    yield from _other_scores("system − echo: ", before.skill, after.skill)
    for name in ("counts", "confusion", "latency"):
        if (getattr(before, name) or {}) != (getattr(after, name) or {}):
            yield f"{name} differ"


def _other_scores(where: str, stored: tuple[Score, ...], again: tuple[Score, ...]) -> Iterator[str]:
    before = {(score.metric, score.slice): score for score in stored}
    after = {(score.metric, score.slice): score for score in again}
    differing = [key for key in {**before, **after} if before.get(key) != after.get(key)]
    for key in differing[:_SHOWN]:
        yield f"{where}{key[0]} in {key[1]}: {_difference(before.get(key), after.get(key))}"
    if len(differing) > _SHOWN:
        yield f"{where}{len(differing) - _SHOWN:,} more scores differ"


def _difference(stored: Score | None, again: Score | None) -> str:
    if stored is None or again is None:
        return "not stored" if stored is None else "not there when recomputed"
    one, other = asdict(stored), asdict(again)
    name = next(name for name in one if one[name] != other[name])
    return f"{name} is {one[name]} stored, {other[name]} recomputed"


def _other_outcomes(stored: RunFolder, again: RunFolder) -> Iterator[str]:
    from itertools import zip_longest

    pairs = zip_longest(stored.outcomes(), again.outcomes())
    differing = [one or other for one, other in pairs if one != other]
    names = ", ".join(outcome.id for outcome in differing[:_SHOWN] if outcome)
    if differing:
        yield f"{len(differing):,} outcomes differ, the first: {names}"
