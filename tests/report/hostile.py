"""The made-up run with a hostile text wherever text of others stands."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from evals.results import Score
from evals.types import Message


def hostile(made: Any, text: str, *, memory: str | None = None) -> Any:
    """The text in ids, labels, errors, names, notes and configuration; `memory` in memories and messages, or it too."""
    said = text if memory is None else memory
    outcomes = tuple(
        replace(
            outcome,
            id=f"{text}{place}",
            labels=(text,),
            error=text,
            gold=tuple(replace(item, gid=text, text=said, tags=(text,)) for item in outcome.gold),
            predicted=tuple(replace(item, text=said, memory_type=text) for item in outcome.predicted),
        )
        for place, outcome in enumerate(made.outcomes)
    )
    run = replace(
        made.run,
        name=text,
        command=text,
        signature=text,
        environment={text: text},
        config={**made.run.config, "extractor": {"name": text, "api": text}},
        scores=(*made.run.scores, Score(metric="f1", slice=f"label={text}", value=0.0, note=text)),
        confusion={text: {text: {text: 1}}},
        controls={text: (Score(metric="f1", slice="all", value=0.9),)},
    )
    messages = {outcome.id: (Message(role="user", content=said),) for outcome in outcomes}
    return replace(made, run=run, outcomes=outcomes, messages=messages)
