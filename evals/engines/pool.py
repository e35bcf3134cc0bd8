"""Pure work on a cluster, behind the face of an executor: what is lost with a worker is done again by another."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Sequence
from typing import Any, Generic, TypeVar

from evals.engines.arrival import Origin
from evals.errors import EvalsError, StoppedShort

R = TypeVar("R")
RETRIES = 3  # of one piece of work, when workers are lost


class Pool:
    """Runs functions that depend on their arguments alone in worker processes, each of which calls `begin` first."""

    def __init__(self, begin: Callable[..., object], *arguments: object) -> None:
        import ray

        self._do = ray.remote(_do).options(num_cpus=1, max_retries=RETRIES)
        self._beginning = (uuid.uuid4().hex, Origin.here(), begin, [ray.put(arguments)])

    def submit(self, work: Callable[..., R], /, *arguments: Any) -> Promise[R]:
        """Has `work(*arguments)` done by whichever worker is free."""
        return Promise(self._do.remote(self._beginning, work, arguments))

    def shutdown(self, *, cancel_futures: bool) -> None:
        """Nothing to end: workers belong to the cluster, and what nobody waits for is dropped."""


class Promise(Generic[R]):
    """Work under way."""

    def __init__(self, reference: Any) -> None:
        self._reference = reference

    def result(self) -> R:
        """What it came to. Raises what the work raised, and StoppedShort when its workers were lost time and again."""
        import ray
        from ray.exceptions import RayError, RayTaskError

        try:
            return ray.get(self._reference)  # type: ignore[no-any-return]
        except RayTaskError as error:
            if isinstance(error.cause, EvalsError):
                raise error.cause from None
            raise
        except RayError as error:
            raise StoppedShort(
                f"matching lost its workers {RETRIES + 1} times (out of memory?): {_line(error)}"
            ) from None


# --- in a worker ---------------------------------------------------------------------------------

_begun = ""


def _do(beginning: Sequence[Any], work: Callable[..., R], arguments: Sequence[Any]) -> R:
    """One piece of work; in a process that is new to this pool, what has to come first."""
    global _begun
    import ray

    name, origin, begin, boxed = beginning
    if _begun != name:
        origin.arrive()
        begin(*ray.get(boxed[0]))
        _begun = name
    return work(*arguments)


def _line(error: Exception) -> str:
    return " ".join(str(error).split())[:300]
