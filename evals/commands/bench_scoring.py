"""Quality under load: the answers of a step's window, stored as predictions and graded like those of a run."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from contextlib import nullcontext
from typing import Any

from evals.commands.bench_plan import BenchPlan
from evals.corpus.hashes import in_hash
from evals.corpus.survey import selected
from evals.errors import ExtractorError
from evals.load.replies import Keep
from evals.matching.grade import grade
from evals.prediction_index import PredictionIndex
from evals.results import DialogueOutcome, ExtractionFailure, Prediction, Score
from evals.runs import RunFolder
from evals.scoring.board import ScoreBoard
from evals.types import Dialogue, Extraction

METRICS = ("precision", "recall", "f1", "hallucination_rate", "error_rate")
MOST_GRADED = 5000  # answers of a step; of more, every second, third … of a dialogue is graded


class AnswerBook:
    """Takes in answers by payload number; `graded` closes a step and says what its answers are worth."""

    def __init__(self, folder: RunFolder, plan: BenchPlan, store: Callable[[Prediction], None]) -> None:
        assert plan.matcher is not None
        self._folder, self._plan, self._store, self._matcher = folder, plan, store, plan.matcher
        self._counts: Counter[str] = Counter()
        self._before: Counter[str] = Counter()
        self.scores: list[tuple[Score, ...]] = []

    def keeping(self) -> Keep:
        """Begins a step; returns what its answers are handed to."""
        self._before = self._counts.copy()
        return self._keep

    def graded(self) -> dict[str, Any]:
        """Grades the answers of the step and writes their outcomes; the headline metrics for run.json."""
        board, answered = ScoreBoard(), sum((self._counts - self._before).values())
        stride = max(1, -(-answered // MOST_GRADED))
        index = PredictionIndex(self._folder.predictions_path) if answered else None
        single = self._plan.config.load.mode not in ("sweep", "slo")
        with self._folder.writing_outcomes() if single else nullcontext(_forget) as write:
            for dialogue in selected(self._plan.source, self._plan.survey) if index else ():
                for repeat in range(self._before[dialogue.id], self._counts[dialogue.id], stride):
                    outcome = self._outcome(dialogue, index.get(dialogue.id, repeat) if index else None)
                    board.add(outcome)
                    write(outcome)
        self.scores.append(board.scores())
        return {
            score.metric: {"value": score.value, "low": score.low, "high": score.high, "n": score.n}
            for score in self.scores[-1]
            if score.slice == "all" and score.metric in METRICS
        }

    def _keep(self, payload: int, found: Extraction | ExtractorError) -> None:
        name = self._plan.route.payloads[payload].dialogue
        failure = None
        if isinstance(found, ExtractorError):
            failure = ExtractionFailure(type=type(found).__name__, message=str(found)[:300])
        extraction = found if isinstance(found, Extraction) else None
        self._store(Prediction(id=name, repeat=self._counts[name], extraction=extraction, error=failure))
        self._counts[name] += 1

    def _outcome(self, dialogue: Dialogue, prediction: Prediction | None) -> DialogueOutcome:
        assert prediction is not None  # it was stored a moment ago
        return grade(
            dialogue,
            prediction,
            self._matcher,
            extraction_types=self._plan.config.extraction_types,
            in_hash=in_hash(dialogue),
        )


def _forget(_outcome: DialogueOutcome) -> None:
    """Of many steps, outcomes are not kept: their scores stand in run.json."""
