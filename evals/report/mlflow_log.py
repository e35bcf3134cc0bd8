"""A run in MLflow: what made it as parameters, its scores with their intervals as metrics, its report as files."""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from evals.errors import CannotAnswer, ConfigError
from evals.report.untrusted import visible
from evals.results import Run, Score

ARTIFACTS = ("run.json", "report.html", "report.md", "figures")
_NAME = re.compile(r"[^\w\-. ]")  # all that MLflow allows in a name besides a colon, and a slash, which makes folders
_NAME_LENGTH = 100  # characters of a name's part; MLflow takes 250 in all
_METRICS_AT_ONCE = 900  # of the 1,000 that MLflow takes
_PARAMETERS_AT_ONCE = 100
_VALUE = 500  # characters of a parameter that every store takes
# MLflow hears by these names alone: it asks a server that is not there for minutes, and reports its use to its makers.
_MANNERS = {
    "MLFLOW_HTTP_REQUEST_MAX_RETRIES": "2",
    "MLFLOW_HTTP_REQUEST_TIMEOUT": "20",
    "MLFLOW_DISABLE_TELEMETRY": "true",
}


def log_run(folder: Path, run: Run, *, tracking: str, experiment: str) -> str:
    """Logs a run as a new one of MLflow and returns its id.

    Raises ConfigError where the extra is not installed, CannotAnswer where the store cannot be written.
    """
    for name, value in _MANNERS.items():
        os.environ.setdefault(name, value)
    try:
        from mlflow.entities import Metric, Param, RunTag
        from mlflow.exceptions import MlflowException
        from mlflow.tracking import MlflowClient
    except ImportError:
        raise ConfigError("MLflow is not installed: pip install 'memory-evals[mlflow]'") from None
    try:
        client = MlflowClient(tracking_uri=tracking)
        known = client.get_experiment_by_name(experiment)
        place = known.experiment_id if known else client.create_experiment(experiment)
        key: str = client.create_run(place, run_name=visible(run.name)).info.run_id
        parameters = [Param(name, value) for name, value in _parameters(run)]
        client.log_batch(key, tags=[RunTag("signature", visible(run.signature))])
        for start in range(0, len(parameters), _PARAMETERS_AT_ONCE):
            client.log_batch(key, params=parameters[start : start + _PARAMETERS_AT_ONCE])
        metrics = [Metric(name, value, 0, 0) for name, value in _metrics(run)]
        for start in range(0, len(metrics), _METRICS_AT_ONCE):
            client.log_batch(key, metrics=metrics[start : start + _METRICS_AT_ONCE])
        for name in ARTIFACTS:
            if (folder / name).exists():
                client.log_artifact(key, str(folder / name))
        for page in sorted(folder.glob("report-data-*.js")):  # without them a large page is empty
            client.log_artifact(key, str(page))
        client.set_terminated(key)
    except (MlflowException, OSError) as error:  # OSError: whatever carries the files away
        said = str(error).replace(tracking, without_user(tracking)).splitlines() or [type(error).__name__]
        raise CannotAnswer(f"{without_user(tracking)}: {said[0]}") from None
    return key


def without_user(address: str) -> str:
    """A tracking address as it may be shown: without the user and the password in it."""
    parts = urlsplit(address)
    return address if "@" not in parts.netloc else parts._replace(netloc=parts.netloc.rpartition("@")[2]).geturl()


def _parameters(run: Run) -> Iterator[tuple[str, str]]:
    """Identity first, then the configuration as dotted keys."""
    for name, value in (*_flat(run.identity, "identity."), *_flat(run.config, "")):
        yield _named(name), visible(str(value))[:_VALUE]


def _flat(values: Mapping[str, Any], prefix: str) -> Iterator[tuple[str, Any]]:
    for key, value in values.items():
        if isinstance(value, Mapping):
            yield from _flat(value, f"{prefix}{key}.")
        elif value is not None:
            yield f"{prefix}{key}", value


def _metrics(run: Run) -> Iterator[tuple[str, float]]:
    """`f1`, `f1.low`, `f1.high`, `f1.n`; `kind_fact/f1` of a slice, for a file store cannot hold `f1` beside `f1/`."""
    for score in run.scores:
        if score.value is not None:
            name = _name(score)
            ends = {"": score.value, ".low": score.low, ".high": score.high, ".n": score.n}
            yield from ((f"{name}{end}", float(value)) for end, value in ends.items() if value is not None)
    yield from ((f"latency/{name}", float(value)) for name, value in run.latency.items() if value is not None)


def _name(score: Score) -> str:
    return score.metric if score.slice == "all" else f"{_named(score.slice)}/{score.metric}"


def _named(text: str) -> str:
    """A name of others as MLflow takes it; one that is cut ends in a hash, so that two of them stay two."""
    name = _NAME.sub("_", text)
    digest = hashlib.sha256(text.encode(errors="replace")).hexdigest()[:8]
    return name if len(name) <= _NAME_LENGTH else f"{name[: _NAME_LENGTH - 9]}_{digest}"
