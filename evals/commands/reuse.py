"""`runner.reuse=RUN`: answers a stored run has for the very same messages and extractor, marked and never timed."""

from __future__ import annotations

from collections.abc import Container, Iterator
from dataclasses import replace
from pathlib import Path

from evals.errors import ConfigError
from evals.results import Prediction, Run
from evals.runs import RunFolder


def reused(
    run: Path, *, extractor: str, in_hashes: Container[str], repeats: int, done: Container[tuple[str, int]]
) -> Iterator[Prediction]:
    """The answers of `run` that can stand for new ones: same extractor, same messages, not stored yet, no failures.

    Raises ConfigError where there is no such run, or another extractor (or another version of it) made it.
    """
    folder = RunFolder(run)
    if not folder.run_path.exists():
        raise ConfigError(f"runner.reuse={run}: no run there")
    before: Run = folder.read_run()
    if before.identity.get("extractor") != extractor:
        made = before.identity.get("extractor")
        raise ConfigError(f"runner.reuse={run}: made by {made}, and this run is of {extractor}")
    stored = folder.predictions()
    for outcome in folder.outcomes():
        if outcome.in_hash is None or outcome.in_hash not in in_hashes or outcome.repeat >= repeats:
            continue
        key = (outcome.id, outcome.repeat)
        prediction = stored.get(*key)
        if prediction is not None and prediction.extraction is not None and key not in done:
            yield _marked(prediction)


def _marked(prediction: Prediction) -> Prediction:
    """The same answer, said to be another run's: its time is never averaged into a latency."""
    assert prediction.extraction is not None
    trace = replace(prediction.extraction.trace, cached=True)
    return replace(prediction, extraction=replace(prediction.extraction, trace=trace))
