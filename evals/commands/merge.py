"""`evals runs merge`: the runs of all shards of a dataset as the one run that was never cut up.

Answers are put in dataset order and graded again: similarities depend on nothing but the whole dataset, which every
shard has seen, so that the outcomes are those of a single run, to the last byte.
"""

from __future__ import annotations

import shlex
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, replace
from pathlib import Path

from evals.commands.certify import certified
from evals.commands.grading import grade_run
from evals.commands.plan import (
    build_controls,
    data_pin,
    match_identity,
    selection_of,
    source_of,
    survey_and_calibrate,
    without_gold,
)
from evals.commands.present import present
from evals.commands.rescoring import Rescoring, dataset_of, new_run
from evals.commands.status import settle_status
from evals.commands.where import complete_run
from evals.config_shapes import ScoreConfig
from evals.corpus.hashes import in_hash
from evals.corpus.selection import Sharding, shard_of
from evals.corpus.survey import Hashes, selected
from evals.errors import CannotAnswer
from evals.io import replacing
from evals.prediction_index import PredictionIndex
from evals.results import Run
from evals.runs import RunFolder, open_or_create
from evals.types import Dialogue

SEEN = 3  # numbers of shards that a message lists


@dataclass(frozen=True, slots=True)
class _Shard:
    """One run to merge: its folder, what it says of itself, and its answers."""

    folder: RunFolder
    run: Run
    answers: PredictionIndex


def merge(paths: Sequence[Path], target: Path, config: ScoreConfig, *, words: Sequence[str]) -> None:
    """Writes the merged run into `target`. The matcher is the one given, and must be that of the shards.

    Raises CannotAnswer for runs that are unlike, not complete, not of a sharded dataset, or not all of its shards.
    """
    shards = _in_order([RunFolder(path) for path in paths])
    plan = _plan(shards, target, config)
    with open_or_create(target, plan.identity) as opened:
        if opened.state == "complete":
            print(f"{target}: complete already, nothing changed")
            return
        folder, run = opened.folder, new_run(plan, target.name, shlex.join(["evals", "runs", "merge", *words]))
        folder.write_run(run)
        with settle_status(folder, run):
            _join(shards, folder, plan)
            run = _graded(plan, folder, run)
            folder.write_run(run)
        present(folder, run, config.report.formats)


def _in_order(folders: Sequence[RunFolder]) -> list[_Shard]:
    """The shards by number, once they are known to be all shards of one run."""
    runs = [(folder, complete_run(folder)) for folder in folders]
    given = [run.config.get("dataset", {}).get("shard") for _, run in runs]
    for (folder, _), shard in zip(runs, given, strict=True):
        if not isinstance(shard, str):
            raise CannotAnswer(f"{folder.path}: not the run of a shard (dataset.shard=NUMBER/OF)")
    _refuse_unlike(runs)
    numbers = [shard_of(shard) for shard in given]
    of = numbers[0][1]
    if odd := [shard for shard, (_, every) in zip(given, numbers, strict=True) if every != of]:
        raise CannotAnswer(f"shards of different cuts: {given[0]} and {odd[0]}")
    counts = Counter(number for number, _ in numbers)
    if twice := [number for number, times in counts.items() if times > 1]:
        raise CannotAnswer(f"given more than once: {_listed(twice, of)}")
    if missing := [number for number in range(1, of + 1) if number not in counts]:
        raise CannotAnswer(f"missing: {_listed(missing, of)}")
    ordered = sorted(zip(numbers, runs, strict=True), key=lambda each: each[0])
    return [_Shard(folder, run, folder.predictions()) for _, (folder, run) in ordered]


def _refuse_unlike(runs: Sequence[tuple[RunFolder, Run]]) -> None:
    """Raises CannotAnswer naming what differs, shards and how they were driven aside."""
    first, one = runs[0]
    for folder, other in runs[1:]:
        differing = [
            f"{name}: {one.identity.get(name)} → {other.identity.get(name)}"
            for name in one.identity
            if name not in ("in", "gold") and one.identity.get(name) != other.identity.get(name)
        ]
        whole = [{**run.config.get("dataset", {}), "shard": None, "path": None} for run in (one, other)]
        differing += [f"dataset.{name}" for name in whole[0] if whole[0][name] != whole[1].get(name)]
        if one.config.get("seed") != other.config.get("seed"):
            differing.append("seed")
        if differing:
            raise CannotAnswer(f"{first.path} and {folder.path} are unlike: {'; '.join(differing)}")


def _plan(shards: Sequence[_Shard], target: Path, config: ScoreConfig) -> Rescoring:
    """What grading the whole needs. Raises CannotAnswer where this matcher, or these dialogues, are not the shards'."""
    first = shards[0].run
    if first.identity.get("judge") != "none":
        raise CannotAnswer(
            "shards are merged before they are judged: run them with judge=none, then evals score N judge=…"
        )
    dataset = replace(dataset_of(first, path=config.dataset.path), shard=None)
    source = source_of(dataset)
    surveyed, matcher = survey_and_calibrate(
        source, selection_of(dataset, int(first.config.get("seed", 0))), config.matcher
    )
    identity = {
        **first.identity,
        "in": f"{dataset.name}@{surveyed.in_hash[:8]}{data_pin(dataset)}",
        "gold": surveyed.gold_hash[:8],
        "match": match_identity(config.matcher, matcher),
    }
    if identity["match"] != first.identity["match"]:
        raise CannotAnswer(
            f"the shards were matched by {first.identity['match']}, this would be {identity['match']}: "
            "the dataset has changed since, or give the matcher's overrides"
        )
    return Rescoring(
        stored=RunFolder(target),
        before=first,
        dataset=dataset,
        source=source,
        survey=surveyed,
        matcher=matcher,
        matcher_node=config.matcher,
        judge=None,
        judge_node=config.judge,
        controls=build_controls(list(first.config["controls"])),
        identity=identity,
        prices={},
        processes=config.grading.processes,
    )


def _join(shards: Sequence[_Shard], folder: RunFolder, plan: Rescoring) -> None:
    """Copies the answers of all shards in dataset order, and the messages where they were kept.

    Raises CannotAnswer where a shard was made on other dialogues than the dataset holds now.
    """
    repeats, sharding = int(plan.before.config["repeats"]), Sharding(len(shards))
    seen = [Hashes() for _ in shards]
    keeping = folder.saving_dialogues() if plan.before.config["runner"]["save_messages"] else nullcontext(_forget)
    with replacing(folder.predictions_path) as out, keeping as keep:
        for dialogue in selected(plan.source, plan.survey):
            number = sharding.number(dialogue.cluster) - 1
            seen[number].add(in_hash(dialogue))
            for line in _lines(shards[number].answers, dialogue.id, repeats):
                out.write(line)
            keep(without_gold(dialogue))
    for shard, hashes in zip(shards, seen, strict=True):
        if hashes.combined() != shard.run.dataset.get("in_hash"):
            raise CannotAnswer(f"{shard.folder.path}: its dialogues have changed since; give dataset.path=…")


def _lines(answers: PredictionIndex, id: str, repeats: int) -> Iterator[bytes]:
    lines = (answers.line(id, repeat) for repeat in range(repeats))
    return (line for line in lines if line is not None)


def _graded(plan: Rescoring, folder: RunFolder, run: Run) -> Run:
    graded = grade_run(
        folder,
        folder.predictions(),
        selected(plan.source, plan.survey),
        matcher=plan.matcher,
        extraction_types=plan.before.config["extraction_types"],
        repeats=int(plan.before.config["repeats"]),
        controls=plan.controls,
        processes=plan.processes,
    )
    system = {**(plan.before.system or {}), **({"calls": graded.calls} if graded.calls else {})}
    matching = run.matching | certified(plan.matcher_node, plan.matcher, plan.judge)
    return replace(run, status="complete", **graded.fields(), system=system or None, matching=matching)


def _forget(_dialogue: Dialogue) -> None:
    """What is kept of a dialogue where no messages are."""


def _listed(numbers: Sequence[int], of: int) -> str:
    shown = ", ".join(f"{number}/{of}" for number in sorted(numbers)[:SEEN])
    return shown if len(numbers) <= SEEN else f"{shown} … ({len(numbers)} in all)"
