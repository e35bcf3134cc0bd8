"""What a bench writes into run.json: `latency` as every run has it, and `load` with all that was measured besides."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from evals.commands.bench_modes import Course, headline_latency
from evals.commands.bench_plan import BenchPlan
from evals.load.measurement import Step
from evals.load.verdict import pooled, worst

if TYPE_CHECKING:
    from evals.commands.bench_scoring import AnswerBook

_STEP_FIELDS = ("latency", "intervals", "achieved_rate", "planned_rate", "concurrency", "throughput_rps", "goodput")


def run_fields(plan: BenchPlan, course: Course, book: AnswerBook | None) -> dict[str, Any]:
    """The fields of run.json that the measurement fills."""
    headline = course.headline
    said = {name: value for name, value in headline.said.items() if name != "latency"} if headline else {}
    rows = [step.samples.in_window for _, step in course.steps]
    requests = sum(int(np.count_nonzero(row)) for row in rows)
    return {
        "latency": headline_latency(course),
        "counts": {
            "dialogues": plan.survey.dialogues,
            "requests": requests,
            "failed": sum(step.said["errors"]["count"] for _, step in course.steps),
            "skipped": plan.route.skipped,
        },
        "system": {"facts": _facts(plan)} if _facts(plan) else None,
        "scores": _scores(course, book),
        "load": {
            **said,
            "mode": plan.config.load.mode,
            "target": plan.route.target,
            "sender": plan.route.sender,
            "measured": plan.measured,
            "seed": plan.config.seed,
            "check": plan.config.load.check,
            "selfcheck": course.selfcheck,
            "verdict": _verdict(course),
            "search": course.search,
            "interleaved": course.interleaved,
            "steps": [
                _step(name, step, quality)
                for (name, step), quality in zip(course.steps, course.qualities, strict=False)
            ],
        },
    }


def _verdict(course: Course) -> dict[str, Any]:
    """The verdict of the step that is the headline; of a sweep the worst, with the steps that earned it."""
    if course.interleaved is not None:
        return pooled([step.verdict for _, step in course.steps]).fields()
    if course.headline is not None:
        return course.headline.verdict.fields()
    state = worst([step.verdict.state for _, step in course.steps])
    reasons = [
        f"{name}: {reason}"
        for name, step in course.steps
        if step.verdict.state == state
        for reason in step.verdict.reasons
    ]
    return {"state": state, "reasons": reasons, "signals": []}


def _step(name: str, step: Step, quality: dict[str, Any] | None) -> dict[str, Any]:
    return {
        "name": name,
        **{field: step.said[field] for field in _STEP_FIELDS},
        "errors": step.said["errors"],
        "steady": step.said["steady"],
        "verdict": {"state": step.verdict.state, "reasons": list(step.verdict.reasons)},
        "quality": quality,
    }


def _scores(course: Course, book: AnswerBook | None) -> Any:
    """The scores of the headline's answers; none for a sweep, whose steps hold their own."""
    if book is None or course.headline is None:
        return ()
    place = next(number for number, (_, step) in enumerate(course.steps) if step is course.headline)
    return book.scores[place] if place < len(book.scores) else ()


def _facts(plan: BenchPlan) -> dict[str, Any]:
    from evals.facts import facts_of

    return facts_of(plan.extractor)
