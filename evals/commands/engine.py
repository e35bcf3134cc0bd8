"""Who does the work of a run: this process, or the workers of a cluster."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from typing import TYPE_CHECKING

from evals.config_shapes import LocalEngine, RayEngine

if TYPE_CHECKING:
    from evals.engines.cluster import Cluster


def engine_of(config: LocalEngine | RayEngine) -> AbstractContextManager[Cluster | None]:
    """The cluster a configuration asks for, begun when it is entered; None where this process does the work.

    Raises ConfigError where it cannot be had.
    """
    if isinstance(config, LocalEngine):
        return nullcontext()
    from evals.engines.cluster import Cluster

    return Cluster(address=config.address, workers=config.workers, batch=config.batch)
