"""A run as a log of Inspect (UK AI Security Institute): a sample a dialogue, scored by what became of its memories.

Written by hand in its JSON form (version 2), sample by sample, so that neither the package nor the whole run has to be
in memory; a test reads it with the package itself.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from evals.io import replacing
from evals.report.untrusted import visible
from evals.report.wording import why_gold, why_predicted
from evals.types import DialogueOutcome, Message, Run

VERSION = 2
_SCORER = "memory-evals"


def write_inspect_log(
    path: Path,
    run: Run,
    outcomes: Iterable[DialogueOutcome],
    messages: Callable[[str], Sequence[Message] | None],
) -> None:
    """Writes the log, whole or not at all. `outcomes` is read once; messages that were not kept are left out."""
    with replacing(path) as handle:
        head = _json({"version": VERSION, "status": "success", "eval": _spec(run), "results": _results(run)})
        handle.write(f'{head[:-1]},"samples":['.encode())
        for place, outcome in enumerate(outcomes):
            handle.write(("," if place else "").encode() + b"\n" + _json(_sample(outcome, messages)).encode())
        handle.write(b"\n]}\n")


def _spec(run: Run) -> dict[str, Any]:
    key = hashlib.sha256(run.signature.encode(errors="replace")).hexdigest()[:22]
    return {
        "eval_id": key,
        "run_id": key,
        "task_id": key,
        "created": run.created,
        "task": "memory-extraction",
        "dataset": {"name": str(run.dataset.get("name")), "samples": run.counts.get("predictions", 0)},
        "model": f"memory-evals/{run.identity.get('extractor', 'unknown')}",
        "config": {},
        "packages": {"memory-evals": str(run.environment.get("evals", ""))},
        "metadata": {"name": run.name, "signature": run.signature, "command": run.command},
    }


def _results(run: Run) -> dict[str, Any]:
    """Every defined score; its interval stands in the metric's metadata."""
    metrics: dict[str, dict[str, Any]] = {}
    for score in run.scores:
        if score.value is not None:
            name = score.metric if score.slice == "all" else f"{score.metric} [{score.slice}]"
            about = {"low": score.low, "high": score.high, "n": score.n, "note": score.note}
            metrics[name] = {"name": name, "value": score.value, "params": {}, "metadata": about}
    answers = run.counts.get("predictions", 0)
    scored = [{"name": _SCORER, "scorer": _SCORER, "params": {}, "metrics": metrics}]
    return {"total_samples": answers, "completed_samples": answers - run.counts.get("failed", 0), "scores": scored}


def _sample(outcome: DialogueOutcome, messages: Callable[[str], Sequence[Message] | None]) -> dict[str, Any]:
    said = messages(outcome.id) or ()
    talk = [{"role": message.role, "content": visible(message.content)} for message in said]
    answer = "\n".join(visible(item.text) for item in outcome.predicted)
    choice = {"message": {"role": "assistant", "content": answer}, "stop_reason": "stop"}
    return {
        "id": visible(outcome.id),
        "epoch": outcome.repeat + 1,
        "input": talk or "(messages were not kept)",
        "target": [visible(item.text) for item in outcome.gold] or [""],
        "messages": [*talk, {"role": "assistant", "content": answer}],
        "output": {"model": _SCORER, "choices": [choice]},
        "scores": {_SCORER: _score(outcome)},
        "metadata": {"language": outcome.language, "split": outcome.split, "labels": list(outcome.labels)},
    }


def _score(outcome: DialogueOutcome) -> dict[str, Any]:
    """Counts of every state as the value, and in words what became of each memory."""
    states = Counter[str](item.state for item in outcome.predicted)
    states.update(item.state for item in outcome.gold)
    lines = [*_told("gold", outcome), *_told("predicted", outcome)]
    lines = [f"the extraction failed: {outcome.error}", *lines] if outcome.error else lines
    return {"value": states, "explanation": visible("\n".join(lines)), "metadata": {"error": outcome.error}}


def _told(side: str, outcome: DialogueOutcome) -> Iterator[str]:
    if side == "gold":
        yield from (f"gold {item.gid} “{item.text}”: {why_gold(item)}" for item in outcome.gold)
    else:
        yield from (f"predicted p{item.index} “{item.text}”: {why_predicted(item)}" for item in outcome.predicted)


def _json(value: Any) -> str:
    """JSON in ASCII: a lone surrogate is written as it came."""
    return json.dumps(value, allow_nan=False, separators=(",", ":"))
