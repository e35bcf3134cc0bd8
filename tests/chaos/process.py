"""`evals` in processes that start at once and may be killed: forked from one that has everything loaded."""

from __future__ import annotations

import multiprocessing
import os
import sys
from collections.abc import Sequence
from multiprocessing.process import BaseProcess
from multiprocessing.synchronize import Event
from pathlib import Path

WARM = (
    *("evals.cli", "evals.commands.run", "evals.commands.plan", "evals.commands.grading", "evals.commands.present"),
    *(
        "evals.runner",
        "evals.extractors.cloud",
        "evals.report.terminal",
        "evals.commands.progress",
        "tests.chaos.process",
    ),
)


def start(words: Sequence[str], log: Path) -> BaseProcess:
    """`evals WORDS`, running; what it says goes to the end of a file.

    Returns when it has begun: a signal before that ends Python while it begins, and says nothing of ours.
    """
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(list(WARM))
    begun = context.Event()
    process = context.Process(target=_main, args=(list(words), str(log), begun))
    process.start()
    while not begun.wait(0.1) and process.is_alive():
        pass
    return process


def _main(words: list[str], log: str, begun: Event) -> None:
    said = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    os.dup2(said, 1)
    os.dup2(said, 2)
    from evals.cli import main

    begun.set()
    sys.exit(main(words))
