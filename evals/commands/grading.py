"""Right of predictions.jsonl: answers to outcomes, outcomes to scores, controls beside them. Offline, repeatable."""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields
from itertools import islice
from typing import Any, cast

from evals.commands.judging import AT_ONCE, Judging
from evals.corpus.hashes import in_hash
from evals.counts_file import writing_counts
from evals.extractors.controls import GOLD_CONTROLS
from evals.matching.grade import grade
from evals.predictions import PredictionIndex
from evals.runner import with_another
from evals.runs import RunFolder
from evals.scoring.board import ScoreBoard
from evals.scoring.calls import CallTally
from evals.scoring.latency import latency_summary
from evals.scoring.paired import PairedBoard
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

PANEL_METRICS = (
    "precision",
    "recall",
    "f1",
    "hallucination_rate",
    "duplicate_rate",
    "unsupported_rate",
    "memories_per_dialogue",
)
ECHO = "control_echo"
MISSING = "missing"  # the error of a dialogue that no line of predictions.jsonl is about
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
    judging: dict[str, Any] | None = None
    calls: dict[str, Any] = field(default_factory=dict)
    missing: int = 0

    def fields(self) -> dict[str, Any]:
        """The fields of run.json this fills. `calls` goes into `system`, beside what the extractor said of itself;
        `missing`, the answers that no line was found for, decides the status."""
        names = [field.name for field in fields(self) if field.name not in ("calls", "missing")]
        return {name: getattr(self, name) for name in names}


def grade_run(
    folder: RunFolder,
    predictions: PredictionIndex,
    dialogues: Iterable[Dialogue],
    *,
    matcher: Matcher,
    extraction_types: Sequence[ExtractionType],
    repeats: int,
    controls: Mapping[str, Extractor | ControlExtractor],
    judging: Judging | None = None,
) -> Graded:
    """Writes outcomes.jsonl and counts.npz and returns the scores, in one pass over the dialogues and constant memory.

    The floor panel is matched by rules alone, and so is the system beside it: a judge asked of one side only would
    make it better than the other.
    """
    latencies, counts = array("d"), {"dialogues": 0, "predictions": 0, "failed": 0, "missing": 0}
    calls = CallTally()
    panel = FloorPanel(controls, matcher, extraction_types)
    waiting: dict[str, list[DialogueOutcome]] = {}

    def matched(dialogue: Dialogue, repeat: int) -> DialogueOutcome:
        prediction = predictions.get(dialogue.id, repeat) or _not_stored(dialogue.id, repeat)
        outcome = grade(dialogue, prediction, matcher, extraction_types=extraction_types, in_hash=in_hash(dialogue))
        counts["dialogues"] += repeat == 0
        counts["predictions"] += 1
        counts["failed"] += outcome.error is not None
        counts["missing"] += outcome.error == MISSING
        if outcome.latency_ms is not None and outcome.error is None:
            latencies.append(outcome.latency_ms)
        calls.add(prediction.trace)
        return outcome

    def graded(board: ScoreBoard, write: Callable[[DialogueOutcome], object]) -> Iterator[Dialogue]:
        for some in _in_batches(dialogues, AT_ONCE if judging else 1):
            batch = [(dialogue, matched(dialogue, repeat)) for dialogue in some for repeat in range(repeats)]
            settled = judging.settle(batch) if judging else [outcome for _, outcome in batch]
            for outcome in settled:
                board.add(outcome)
                write(outcome)
            for dialogue, outcome in batch:
                waiting.setdefault(dialogue.id, []).append(outcome)
            yield from some

    with writing_counts(folder) as keep:
        board = ScoreBoard(keep=keep)
        with folder.writing_outcomes() as write:
            for dialogue, other in with_another(graded(board, write)):
                panel.add(dialogue, other, waiting.pop(dialogue.id))
        board.close()
    scores = board.scores()
    return Graded(
        scores=judging.finish(scores) if judging else scores,
        judging=judging.summary() if judging else None,
        confusion=board.confusion(),
        latency=latency_summary(latencies),
        missing=counts.pop("missing"),
        counts=counts,
        controls=panel.scores(),
        skill=panel.skill(),
        calls=calls.summary(),
    )


class FloorPanel:
    """Scores of extractors that know nothing (or everything), and what the system is worth above echo."""

    def __init__(
        self,
        controls: Mapping[str, Extractor | ControlExtractor],
        matcher: Matcher,
        extraction_types: Sequence[ExtractionType],
    ) -> None:
        self._controls, self._matcher, self._asked = controls, matcher, extraction_types
        self._boards = {name: ScoreBoard() for name in controls}
        self._paired = PairedBoard()

    def add(self, dialogue: Dialogue, other: Dialogue | None, outcomes: Iterable[DialogueOutcome]) -> None:
        """Let every control answer one dialogue, beside the outcomes of the system."""
        for name, control in self._controls.items():
            extraction = _extraction(control, dialogue, other, self._asked)
            prediction = Prediction(id=dialogue.id, extraction=extraction)
            answered = grade(dialogue, prediction, self._matcher, extraction_types=self._asked)
            self._boards[name].add(answered)
            if name == ECHO:
                for outcome in outcomes:
                    self._paired.add(outcome, answered)

    def scores(self) -> dict[str, tuple[Score, ...]]:
        return {
            name: tuple(score for score in board.scores() if score.metric in PANEL_METRICS and _shown(score.slice))
            for name, board in self._boards.items()
        }

    def skill(self) -> tuple[Score, ...]:
        """Paired differences system − echo; empty where echo is not among the controls."""
        differences = self._paired.differences(SKILL_METRICS) if ECHO in self._controls else ()
        return tuple(score for score in differences if _shown(score.slice))


def _in_batches(dialogues: Iterable[Dialogue], size: int) -> Iterator[list[Dialogue]]:
    rest = iter(dialogues)
    while batch := list(islice(rest, size)):
        yield batch


def _extraction(
    control: Extractor | ControlExtractor,
    dialogue: Dialogue,
    other: Dialogue | None,
    extraction_types: Sequence[ExtractionType],
) -> Extraction:
    if isinstance(control, GOLD_CONTROLS):  # ours alone, whatever methods others have
        return control.extract_from_gold(dialogue, other, extraction_types)
    answer = cast(Extractor, control).extract(dialogue.messages, extraction_types)
    assert isinstance(answer, Extraction)  # our own controls are plain functions
    return answer


def _shown(name: str) -> bool:
    """Slices of the panel: everything but labels and splits."""
    return "label=" not in name and "split=" not in name


def _not_stored(id: str, repeat: int) -> Prediction:
    failure = ExtractionFailure(type=MISSING, message="no prediction stored for this dialogue")
    return Prediction(id=id, repeat=repeat, error=failure)
