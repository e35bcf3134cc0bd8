"""Has the service changed since the baseline was made? Asks it some of the baseline's dialogues again.

Nothing is built from the baseline's files: the extractor is the one of the command line, and has to have the baseline's
configuration hash.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import cast

from evals.commands.alike import shipped_matcher
from evals.commands.plan import build_extractor, extractor_identity, selection_of, source_of, survey_and_calibrate
from evals.commands.rescoring import dataset_of
from evals.commands.where import complete_run
from evals.compare.delta import Delta, deltas
from evals.config_shapes import GateConfig
from evals.corpus.selection import Sampling
from evals.corpus.survey import selected
from evals.errors import CannotAnswer, UsageError
from evals.gate.policy import Policy
from evals.limits import Limits
from evals.matching.grade import grade
from evals.protocols import Extractor, Matcher, Replay
from evals.results import Prediction, Run
from evals.runner import extract_all
from evals.runs import RunFolder
from evals.scoring.paired import PairedBoard
from evals.types import Dialogue

LEVEL = 0.01  # a shift this unlikely in an unchanged service is one
AT_ONCE = 4


def stale_baseline(path: Path, policy: Policy, config: GateConfig) -> str | None:
    """Why the baseline is stale; None where the sentinels answer as they did.

    Raises UsageError without the baseline's extractor, CannotAnswer where another one was given or none answered.
    """
    folder = RunFolder(path)
    run = complete_run(folder)
    if config.extractor is None:
        raise UsageError(
            "gate.sentinels asks the baseline's system again: give its extractor as it was configured, "
            "extractor=… (nothing is built from a run's files)"
        )
    extractor = build_extractor(config.extractor)
    _same_system(run, config, extractor)
    dialogues, matcher = _drawn(run, policy.sentinels, config.seed)
    answers = _asked(cast("Extractor | Replay", extractor), dialogues, run)
    stored = folder.predictions()
    board = PairedBoard((policy.rules[policy.primary].metric,))
    kinds = run.config["extraction_types"]
    lost = 0
    for dialogue in dialogues:
        before, now = stored.get(dialogue.id, 0), answers.get(dialogue.id)
        if before is None or now is None or now.error is not None:
            lost += 1
            continue
        graded = (grade(dialogue, given, matcher, extraction_types=kinds) for given in (now, before))
        board.add(*graded)
    if lost > len(dialogues) * policy.max_outage_rate:
        raise CannotAnswer(f"could not measure: {lost} of {len(dialogues)} sentinels were not answered")
    return _shifted(deltas(board.paired(slices=["all"])), len(dialogues))


def _same_system(run: Run, config: GateConfig, extractor: object) -> None:
    """The configuration hash has to be the baseline's; the pin may differ, that is what is looked for."""
    assert config.extractor is not None
    now = extractor_identity(
        config.extractor,
        extractor,
        extraction_types=run.config["extraction_types"],
        repeats=int(run.config.get("repeats") or 1),
    )
    before = run.identity.get("extractor", "")
    if now.split("(")[0] != before.split("(")[0]:
        raise CannotAnswer(f"gate.sentinels: this is not the baseline's extractor ({before} → {now})")


def _drawn(run: Run, wanted: int, seed: int) -> tuple[list[Dialogue], Matcher]:
    """Dialogues of the baseline with their gold, and its matcher."""
    dataset = dataset_of(run)
    source = source_of(dataset)
    surveyed, matcher = survey_and_calibrate(
        source, selection_of(dataset, int(run.config.get("seed", 0))), shipped_matcher(run)
    )
    sampling = Sampling[Dialogue](wanted, seed)
    for dialogue in selected(source, surveyed):
        sampling.offer(dialogue.id, dialogue.language, dialogue)
    return sampling.drawn(), matcher


def _asked(extractor: Extractor | Replay, dialogues: Sequence[Dialogue], run: Run) -> dict[str, Prediction]:
    answers: dict[str, Prediction] = {}
    extract_all(
        extractor,
        dialogues,
        extraction_types=run.config["extraction_types"],
        repeats=1,
        planned=len(dialogues),
        limits=Limits(concurrency=AT_ONCE, max_error_rate=1.0),
        done=frozenset(),
        store=lambda prediction: answers.__setitem__(prediction.id, prediction),
    )
    return answers


def _shifted(found: Sequence[Delta], asked: int) -> str | None:
    for delta in found:
        if delta.difference and delta.p is not None and delta.p < LEVEL:
            return (
                f"STALE BASELINE: asked again with the baseline's configuration, {asked} of its dialogues give "
                f"{delta.metric} {delta.base:.3f} → {delta.candidate:.3f} (p {delta.p:.2g}): the service has changed "
                "since; run it again and bless the new run"
            )
    return None
