"""What was tried for the dialogue at hand, so that a call that is given up half-way still tells what it has cost."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from evals.types import Attempt

_TRIES: ContextVar[list[Attempt] | None] = ContextVar("tries", default=None)


@contextmanager
def noting_tries() -> Iterator[list[Attempt]]:
    """Every attempt made inside, in this task and those it begins, in the order in which they ended."""
    tries: list[Attempt] = []
    token = _TRIES.set(tries)
    try:
        yield tries
    finally:
        _TRIES.reset(token)


def note(attempt: Attempt) -> None:
    """Adds an attempt for whoever listens."""
    if (tries := _TRIES.get()) is not None:
        tries.append(attempt)
