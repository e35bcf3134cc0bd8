"""Right of predictions.jsonl: answers to outcomes, outcomes to scores, controls beside them. Offline, repeatable."""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields
from typing import Any

from evals.matching.grade import grade
from evals.predictions import PredictionIndex
from evals.runner import with_another
from evals.runs import RunFolder
from evals.scoring.board import PairedBoard, ScoreBoard
from evals.scoring.latency import latency_summary
from evals.types import (
    ControlExtractor,
    Dialogue,
    DialogueOutcome,
    Extraction,
    ExtractionFailure,
    ExtractionType,
    Extractor,
    Matcher,
    Prediction,
    Score,
)

Dialogues = Callable[[], Iterable[Dialogue]]

PANEL_METRICS = (
    "precision",
    "recall",
    "f1",
    "hallucination_rate",
    "duplicate_rate",
    "unsupported_rate",
    "memories_per_dialogue",
)
SKILL_METRICS = ("f1", "precision", "recall")


@dataclass(frozen=True, kw_only=True)
class Graded:
    """What grading a run gives besides outcomes.jsonl."""

    scores: tuple[Score, ...]
    confusion: dict[str, dict[str, dict[str, int]]]
    latency: dict[str, float | None]
    counts: dict[str, int]
    controls: dict[str, tuple[Score, ...]] = field(default_factory=dict)
    skill: tuple[Score, ...] = ()

    def fields(self) -> dict[str, Any]:
        """The fields of run.json this fills."""
        return {field.name: getattr(self, field.name) for field in fields(self)}


def grade_run(
    folder: RunFolder,
    predictions: PredictionIndex,
    dialogues: Dialogues,
    *,
    matcher: Matcher,
    extraction_types: Sequence[ExtractionType],
    repeats: int,
    in_hashes: Mapping[str, str],
    controls: Mapping[str, Extractor | ControlExtractor],
) -> Graded:
    """Writes outcomes.jsonl and returns the scores; constant memory in the number of dialogues."""
    board, latencies, counts = ScoreBoard(), array("d"), {"dialogues": 0, "predictions": 0, "failed": 0}

    def outcomes() -> Iterator[DialogueOutcome]:
        for dialogue in dialogues():
            counts["dialogues"] += 1
            for repeat in range(repeats):
                prediction = predictions.get(dialogue.id, repeat) or _not_stored(dialogue.id, repeat)
                outcome = grade(
                    dialogue,
                    prediction,
                    matcher,
                    extraction_types=extraction_types,
                    in_hash=in_hashes.get(dialogue.id),
                )
                counts["predictions"] += 1
                counts["failed"] += outcome.error is not None
                if outcome.latency_ms is not None and outcome.error is None:
                    latencies.append(outcome.latency_ms)
                board.add(outcome)
                yield outcome

    folder.write_outcomes(outcomes())
    panel, skill = floor_panel(controls, dialogues, folder.outcomes, matcher=matcher, extraction_types=extraction_types)
    return Graded(
        scores=board.scores(),
        confusion=board.confusion(),
        latency=latency_summary(latencies),
        counts=counts,
        controls=panel,
        skill=skill,
    )


def floor_panel(
    controls: Mapping[str, Extractor | ControlExtractor],
    dialogues: Dialogues,
    outcomes: Callable[[], Iterable[DialogueOutcome]],
    *,
    matcher: Matcher,
    extraction_types: Sequence[ExtractionType],
) -> tuple[dict[str, tuple[Score, ...]], tuple[Score, ...]]:
    """Scores of each control, and the paired differences system − echo that say what the system is worth."""
    if not controls:
        return {}, ()
    boards = {name: ScoreBoard() for name in controls}
    paired = PairedBoard()
    waiting: dict[str, list[DialogueOutcome]] = {}
    for dialogue, other in with_another(_noting(dialogues(), outcomes(), waiting)):
        for name, control in controls.items():
            extraction = _extraction(control, dialogue, other, extraction_types)
            prediction = Prediction(id=dialogue.id, extraction=extraction)
            answered = grade(dialogue, prediction, matcher, extraction_types=extraction_types)
            boards[name].add(answered)
            if name == "control_echo":
                for outcome in waiting[dialogue.id]:
                    paired.add(outcome, answered)
        del waiting[dialogue.id]
    panel = {
        name: tuple(score for score in board.scores() if score.metric in PANEL_METRICS and _shown(score.slice))
        for name, board in boards.items()
    }
    skill = paired.differences(SKILL_METRICS) if "control_echo" in controls else ()
    return panel, tuple(score for score in skill if _shown(score.slice))


def _noting(
    dialogues: Iterable[Dialogue], outcomes: Iterable[DialogueOutcome], waiting: dict[str, list[DialogueOutcome]]
) -> Iterator[Dialogue]:
    """The dialogues as they come, their outcomes put aside under their id until the dialogue is asked for."""
    stream = iter(outcomes)
    upcoming = next(stream, None)
    for dialogue in dialogues:
        mine = waiting.setdefault(dialogue.id, [])
        while upcoming is not None and upcoming.id == dialogue.id:
            mine.append(upcoming)
            upcoming = next(stream, None)
        yield dialogue


def _extraction(
    control: Extractor | ControlExtractor,
    dialogue: Dialogue,
    other: Dialogue | None,
    extraction_types: Sequence[ExtractionType],
) -> Extraction:
    if isinstance(control, ControlExtractor):
        return control.extract_from_gold(dialogue, other, extraction_types)
    answer = control.extract(dialogue.messages, extraction_types)
    assert isinstance(answer, Extraction)  # our own controls are plain functions
    return answer


def _shown(name: str) -> bool:
    """Slices of the panel: everything but labels and splits."""
    return "label=" not in name and "split=" not in name


def _not_stored(id: str, repeat: int) -> Prediction:
    failure = ExtractionFailure(type="missing", message="no prediction stored for this dialogue")
    return Prediction(id=id, repeat=repeat, error=failure)
