"""How far a run is: a bar with rate and time left on a terminal, a plain line now and then otherwise. On stderr."""

from __future__ import annotations

import sys
import time
from contextlib import suppress
from types import TracebackType

from evals.results import Prediction

BAR = 24
TERMINAL_EVERY_S, PLAIN_EVERY_S = 0.1, 10.0


class Progress:
    """Counts what has landed. Use as a context manager, so that the bar's line is ended."""

    def __init__(self, total: int, *, done: int = 0) -> None:
        self._total, self._done, self._new, self._failed = total, done, 0, 0
        self._started = self._shown = time.monotonic()
        self._terminal = sys.stderr.isatty()

    def __enter__(self) -> Progress:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        if self._terminal and self._new:
            self._show()
            with suppress(OSError):
                print(file=sys.stderr)

    def landed(self, prediction: Prediction) -> None:
        self._new += 1
        self._failed += prediction.error is not None
        every_s = TERMINAL_EVERY_S if self._terminal else PLAIN_EVERY_S
        if time.monotonic() - self._shown >= every_s:
            self._show()

    def _show(self) -> None:
        with suppress(OSError):  # a terminal that was closed is no reason to stop
            self._print()

    def _print(self) -> None:
        self._shown = time.monotonic()
        at = self._done + self._new
        rate = self._new / max(self._shown - self._started, 1e-9)
        left_s = (self._total - at) / rate if rate else 0.0
        failed = f", {self._failed} failed" if self._failed else ""
        text = f"{at}/{self._total} dialogues, {rate:.1f}/s, {_duration(left_s)} left{failed}"
        if self._terminal:
            filled = BAR * at // max(self._total, 1)
            print(f"\r\x1b[K[{'#' * filled}{'.' * (BAR - filled)}] {text}", end="", file=sys.stderr, flush=True)
        else:
            print(text, file=sys.stderr, flush=True)


def _duration(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest} s" if minutes else f"{rest} s"
