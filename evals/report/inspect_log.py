"""A run as a log of Inspect (UK AI Security Institute): a sample a dialogue, scored by what became of its memories.

Written by hand in its JSON form (version 2), sample by sample, so that neither the package nor the whole run has to be
in memory; a test reads it with the package itself.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from evals.io import replacing
from evals.report.tables import KIND_SLICES, Scores, headline_metrics
from evals.report.tally import GOLD_STATES, PREDICTION_STATES
from evals.report.untrusted import visible
from evals.report.wording import why_gold, why_predicted
from evals.results import DialogueOutcome, Run, Score
from evals.types import Message

VERSION = 2
TASK = "memory-extraction"
_SCORER = "memory-evals"


def log_name(run: Run) -> str:
    """What the file has to be called: the viewer lists JSON logs by their date, their task and its id alone."""
    return f"{run.created.replace(':', '-')}_{TASK}_{_key(run)}.json"


def write_inspect_log(
    path: Path,
    run: Run,
    outcomes: Iterable[DialogueOutcome],
    messages: Callable[[str], Sequence[Message] | None],
    *,
    finished: datetime,
) -> None:
    """Writes the log, whole or not at all. `outcomes` is read once; messages that were not kept are left out.

    `finished` is when the run was complete, which run.json does not say.
    """
    stats = {"started_at": run.created, "completed_at": finished.astimezone(UTC).isoformat(timespec="seconds")}
    made = {"eval": _spec(run), "plan": {}, "results": _results(run), "stats": stats}  # read before any sample is
    with replacing(path) as handle:
        handle.write(f'{_json({"version": VERSION, "status": "success", **made})[:-1]},"samples":['.encode())
        for place, outcome in enumerate(outcomes):
            handle.write(("," if place else "").encode() + b"\n" + _json(_sample(outcome, messages)).encode())
        handle.write(b"\n]}\n")


def _key(run: Run) -> str:
    return hashlib.sha256(f"{run.name}|{run.signature}".encode(errors="replace")).hexdigest()[:22]


def _spec(run: Run) -> dict[str, Any]:
    key = _key(run)
    return {
        "eval_id": key,
        "run_id": key,
        "task_id": key,
        "created": run.created,
        "task": TASK,
        "tags": [visible(run.name)],
        "dataset": {"name": str(run.dataset.get("name")), "samples": run.counts.get("predictions", 0)},
        "model": f"memory-evals/{run.identity.get('extractor', 'unknown')}",
        "config": {},
        "packages": {"memory-evals": str(run.environment.get("evals", ""))},
        "metadata": {name: visible(getattr(run, name)) for name in ("name", "signature", "command")},
        "headline_metric": {"scorer": _SCORER, "score": "all", "metric": headline_metrics(Scores(run.scores))[-1]},
        "viewer": {
            "trust_content": False
        },  # messages and memories are others' text: no Markdown, no pictures, no links
    }


def _results(run: Run) -> dict[str, Any]:
    """Every defined score, a group a slice, the kinds first."""
    slices: dict[str, dict[str, dict[str, Any]]] = {name: {} for name in KIND_SLICES}
    headline = headline_metrics(Scores(run.scores))
    for score in run.scores:
        if score.value is not None:
            slices.setdefault(score.slice, {}).update(_metrics(score, in_parts=score.metric in headline))
    answers = run.counts.get("predictions", 0)
    scored = [
        {"name": visible(name), "scorer": _SCORER, "metrics": metrics} for name, metrics in slices.items() if metrics
    ]
    return {"total_samples": answers, "completed_samples": answers - run.counts.get("failed", 0), "scores": scored}


def _metrics(score: Score, *, in_parts: bool) -> dict[str, dict[str, Any]]:
    """A score by the name of its metric; `in_parts`, so that its interval and its n stand beside it in the viewer."""
    about = {"low": score.low, "high": score.high, "n": score.n, "note": score.note}
    if not in_parts:
        return {score.metric: {"name": score.metric, "value": score.value, "metadata": about}}
    parts = {"value": score.value, "low": score.low, "high": score.high, "n": score.n}
    return {
        score.metric if part == "value" else f"{score.metric}.{part}": {
            **{"name": part, "group": score.metric, "value": value},
            **({"metadata": about} if part == "value" else {}),
        }
        for part, value in parts.items()
        if value is not None
    }


def _sample(outcome: DialogueOutcome, messages: Callable[[str], Sequence[Message] | None]) -> dict[str, Any]:
    said = messages(outcome.id) or ()
    talk = [{"role": message.role, "content": visible(message.content)} for message in said]
    answer = "\n".join(visible(item.text) for item in outcome.predicted)
    choice = {"message": {"role": "assistant", "content": answer}, "stop_reason": "stop"}
    predicted = Counter[str](item.state for item in outcome.predicted)
    gold = Counter[str](item.state for item in outcome.gold)
    sample = {
        "id": visible(outcome.id),
        "epoch": outcome.repeat + 1,
        "input": talk or "(messages were not kept)",
        "target": [visible(item.text) for item in outcome.gold] or [""],
        "messages": [*talk, {"role": "assistant", "content": answer}],
        "output": {"model": _SCORER, "choices": [choice]},
        "scores": {
            "predicted": _score({state: predicted[state] for state in PREDICTION_STATES}, _predicted_told(outcome))
            | {"answer": answer},
            "gold": _score({state: gold[state] for state in GOLD_STATES}, _gold_told(outcome)),
        },
        "metadata": {"language": outcome.language, "split": outcome.split, "labels": [*map(visible, outcome.labels)]},
    }
    if outcome.latency_ms is not None:
        sample["total_time"] = outcome.latency_ms / 1000
    return sample


def _score(states: dict[str, int], told: Iterable[str]) -> dict[str, Any]:
    """How many ended in which state, and in words what became of each memory."""
    return {"value": states, "explanation": visible("\n".join(told))}


def _gold_told(outcome: DialogueOutcome) -> Iterator[str]:
    return (f"{item.gid} “{item.text}”: {why_gold(item)}" for item in outcome.gold)


def _predicted_told(outcome: DialogueOutcome) -> Iterator[str]:
    if outcome.error is not None:  # not as the sample's own error: the viewer says of those that they are not scored
        yield f"the extraction failed: {outcome.error}"
    yield from (f"p{item.index} “{item.text}”: {why_predicted(item)}" for item in outcome.predicted)


def _json(value: Any) -> str:
    """JSON in ASCII: a lone surrogate is written as it came."""
    return json.dumps(value, allow_nan=False, separators=(",", ":"))
