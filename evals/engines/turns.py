"""Rate limits that hold over all workers together: one throttle of the cluster hands out the turns."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

from evals.errors import StoppedShort
from evals.throttle import Throttle


class SharedTurns:
    """A throttle that lives in an actor; every copy of this asks the same one. Raises StoppedShort when it is lost."""

    def __init__(self, throttle: Any) -> None:
        self._throttle = throttle

    async def admit(self, tokens: int) -> float:
        """Waits until a request of so many tokens may start. Returns the wait in milliseconds, the way included."""
        from ray.exceptions import RayActorError

        asked_s = time.monotonic()
        try:
            await self._throttle.admit.remote(tokens)
        except RayActorError:
            raise StoppedShort("the worker that keeps the rate limits was lost") from None
        return (time.monotonic() - asked_s) * 1e3


def shared(budgets: Mapping[str, float | None]) -> SharedTurns | None:
    """One throttle for the whole cluster; None where nothing is limited. `budgets` are Throttle's."""
    import ray

    if not any(budgets.values()):
        return None
    return SharedTurns(ray.remote(Throttle).options(num_cpus=0).remote(**budgets))
