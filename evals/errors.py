"""The error tree: everything a user can meet, one line each, and the exit code it ends in.

EvalsError                    one clear line on stderr, no traceback
├── UsageError            2   the command line is wrong
├── ConfigError           2   the configuration is wrong
├── DataError             2   a dataset, predictions or run file is wrong: file, line, field, value
├── ExtractorError            one extraction failed; becomes a value in predictions.jsonl
├── CannotAnswer          3   unlike, stale, incomplete or too little data
└── StoppedShort          4   stored and resumable: failures above the cap, budget, disk
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

SHOWN = 20


class EvalsError(Exception):
    """Something the user can put right."""

    exit_code = 2


class UsageError(EvalsError):
    """The command line is wrong."""


class ConfigError(EvalsError):
    """The configuration is wrong."""


class CannotAnswer(EvalsError):  # noqa: N818 - the exit code's name
    """The question cannot be answered from these runs."""

    exit_code = 3


class StoppedShort(EvalsError):  # noqa: N818 - the exit code's name
    """The run stopped before its end; what it had is stored and the same command continues it."""

    exit_code = 4


class ExtractorError(EvalsError):
    """One extraction failed. The runner stores it as a failure and goes on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One thing wrong in a file: where it is, what stands there, and what would be right."""

    path: Path
    line: int | None
    field: str | None
    message: str

    def __str__(self) -> str:
        where = f"{self.path}:{self.line}" if self.line is not None else str(self.path)
        return f"{where}: {self.field}: {self.message}" if self.field else f"{where}: {self.message}"


class DataError(EvalsError):
    """One or more faults in a file, all found in one reading; the first 20 are shown and the total given."""

    def __init__(self, faults: Sequence[Fault], total: int | None = None) -> None:
        self.faults = tuple(faults)
        self.total = len(self.faults) if total is None else total
        super().__init__(str(self))

    @classmethod
    def at(cls, path: Path, message: str, *, line: int | None = None, field: str | None = None) -> DataError:
        """A DataError with a single fault."""
        return cls([Fault(path=path, line=line, field=field, message=message)])

    def __str__(self) -> str:
        lines = [str(fault) for fault in self.faults[:SHOWN]]
        if self.total > len(lines):
            lines.append(f"… {self.total} faults in all, the first {len(lines)} shown")
        return "\n".join(lines)
