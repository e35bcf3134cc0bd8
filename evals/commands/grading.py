"""Right of predictions.jsonl: answers to outcomes, outcomes to scores, controls beside them. Offline, repeatable."""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields
from itertools import islice
from typing import TYPE_CHECKING, Any, TypeVar

from evals.commands.judging import AT_ONCE, Judging
from evals.commands.matching import Matching
from evals.counts_file import writing_counts
from evals.prediction_index import PredictionIndex
from evals.protocols import ControlExtractor, Extractor, Matcher
from evals.results import DialogueOutcome, ExtractionFailure, Prediction, Score
from evals.runner import with_another
from evals.runs import RunFolder
from evals.scoring.board import ScoreBoard
from evals.scoring.calls import CallTally
from evals.scoring.latency import latency_summary
from evals.scoring.paired import PairedBoard
from evals.types import Dialogue, ExtractionType

if TYPE_CHECKING:
    from evals.engines.cluster import Cluster

T = TypeVar("T")
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
    processes: int = 1,
    cluster: Cluster | None = None,
) -> Graded:
    """Writes outcomes.jsonl and counts.npz and returns the scores, in one pass over the dialogues and constant memory.

    The floor panel is matched by rules alone, and so is the system beside it: a judge asked of one side only would
    make it better than the other.
    """
    tally, panel = _Tally(), FloorPanel(controls)

    def asked() -> Iterator[tuple[Dialogue, list[Prediction]]]:
        for dialogue in dialogues:
            stored = [predictions.get(dialogue.id, repeat) for repeat in range(repeats)]
            tally.calls(stored)
            yield dialogue, [found or _not_stored(dialogue.id, repeat) for repeat, found in enumerate(stored)]

    def graded(board: ScoreBoard, write: Callable[[DialogueOutcome], object]) -> Iterator[Dialogue]:
        for batch in _in_batches(matching.outcomes(asked()), AT_ONCE if judging else 1):
            each = [(dialogue, outcome) for dialogue, outcomes, _ in batch for outcome in outcomes]
            for outcome in judging.settle(each) if judging else [outcome for _, outcome in each]:
                board.add(outcome)
                write(outcome)
            for dialogue, outcomes, answers in batch:
                tally.outcomes(outcomes)
                panel.add(answers, outcomes)
                yield dialogue

    spread = Matching(matcher, controls, extraction_types, processes=processes, cluster=cluster)
    with spread as matching, writing_counts(folder) as keep:
        board = ScoreBoard(keep=keep)
        with folder.writing_outcomes() as write:
            for _, answers in matching.from_gold(with_another(rest := graded(board, write))):
                panel.add(answers)
            for _ in rest:
                pass
        board.close()
    scores = board.scores()
    return Graded(
        scores=judging.finish(scores) if judging else scores,
        judging=judging.summary() if judging else None,
        confusion=board.confusion(),
        latency=latency_summary(tally.latencies),
        missing=tally.missing,
        counts=tally.counts,
        controls=panel.scores(),
        skill=panel.skill(),
        calls=tally.made.summary(),
    )


class _Tally:
    """What is counted of a run besides its scores."""

    def __init__(self) -> None:
        self.counts = {"dialogues": 0, "predictions": 0, "failed": 0}
        self.missing = 0
        self.latencies = array("d")
        self.made = CallTally()

    def calls(self, predictions: Iterable[Prediction | None]) -> None:
        """Count the calls behind the answers of one dialogue; None is one that was not found."""
        for prediction in predictions:
            self.missing += prediction is None
            if prediction is not None:
                self.made.add(prediction.trace)

    def outcomes(self, outcomes: Sequence[DialogueOutcome]) -> None:
        """Count the repeats of one dialogue."""
        self.counts["dialogues"] += 1
        self.counts["predictions"] += len(outcomes)
        for outcome in outcomes:
            self.counts["failed"] += outcome.error is not None
            if outcome.latency_ms is not None and outcome.error is None:
                self.latencies.append(outcome.latency_ms)


class FloorPanel:
    """Scores of extractors that know nothing (or everything), and what the system is worth above echo."""

    def __init__(self, controls: Iterable[str]) -> None:
        self._boards = {name: ScoreBoard() for name in controls}
        self._paired = PairedBoard()

    def add(self, answers: Mapping[str, DialogueOutcome], outcomes: Iterable[DialogueOutcome] = ()) -> None:
        """What became of the answers of some controls to one dialogue, beside the outcomes of the system."""
        for name, answered in answers.items():
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
        differences = self._paired.differences(SKILL_METRICS) if ECHO in self._boards else ()
        return tuple(score for score in differences if _shown(score.slice))


def _in_batches(items: Iterable[T], size: int) -> Iterator[list[T]]:
    rest = iter(items)
    while batch := list(islice(rest, size)):
        yield batch


def _shown(name: str) -> bool:
    """Slices of the panel: everything but labels and splits."""
    return "label=" not in name and "split=" not in name


def _not_stored(id: str, repeat: int) -> Prediction:
    failure = ExtractionFailure(type=MISSING, message="no prediction stored for this dialogue")
    return Prediction(id=id, repeat=repeat, error=failure)
