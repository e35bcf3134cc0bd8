"""`evals` begun in processes of its own, none of which outlives the test."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def programs(*, own_session: bool = False) -> Iterator[Callable[..., subprocess.Popen[str]]]:
    """Starts `evals`; with `own_session`, so that nothing it begins can be missed when it ends."""
    begun: list[subprocess.Popen[str]] = []

    def start(*words: object, cwd: Path | None = None, **variables: str) -> subprocess.Popen[str]:
        process = subprocess.Popen(
            [sys.executable, "-m", "evals", *map(str, words)],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            cwd=cwd,
            env={**os.environ, **variables},
            start_new_session=own_session,
        )
        begun.append(process)
        return process

    yield start
    for process in begun:
        process.kill()
        process.communicate()
