"""Logs runs where they are tracked besides their own folder; a tracker that fails costs a line, never the run."""

from __future__ import annotations

import importlib.util
import os
import shlex
import sys
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from evals.errors import ConfigError

if TYPE_CHECKING:
    from evals.config_shapes import TrackingConfig
    from evals.results import Run
    from evals.runs import RunFolder

DEFAULT_ADDRESS = "sqlite:///mlflow.db"
REASON_SHOWN = 200  # characters


def check_tracking(config: TrackingConfig) -> None:
    """Before anything is paid for. Raises ConfigError where MLflow is missing or the address would put a password
    into run.json.
    """
    if config.name == "none":
        return
    if importlib.util.find_spec("mlflow") is None:
        raise ConfigError("tracking=mlflow needs MLflow: pip install 'memory-evals[mlflow]'")
    if config.uri and urlsplit(config.uri).password:
        raise ConfigError("tracking.uri: an address with a password belongs in MLFLOW_TRACKING_URI, not in run.json")


def track(folder: RunFolder, run: Run, config: TrackingConfig) -> None:
    """Logs a complete run. Whatever goes wrong there is told on stderr, with the command that logs the run later."""
    if config.name == "none":
        return
    from evals.report.untrusted import shortened

    try:
        print(f"tracked    {logged(folder.path, run, address=config.uri, experiment=str(config.experiment))}")
    except Exception as error:  # a store may fail in any way of its own; the run is stored and complete
        why = shortened((str(error) or type(error).__name__).splitlines()[0], REASON_SHOWN)
        later = shlex.join(["evals", "export", str(folder.path), "--to", "mlflow"])
        print(f"not tracked: {why}; the run is complete, and {later} logs it", file=sys.stderr)


def logged(folder: Path, run: Run, *, address: str | None, experiment: str) -> str:
    """Logs a run in MLflow and says where: the address, without a password, and the id it has there.

    Raises ConfigError where the extra is not installed, CannotAnswer where the store cannot be written.
    """
    from evals.report.mlflow_log import log_run, without_user

    tracking = address or os.environ.get("MLFLOW_TRACKING_URI") or DEFAULT_ADDRESS
    return f"{without_user(tracking)}: run {log_run(folder, run, tracking=tracking, experiment=experiment)}"
