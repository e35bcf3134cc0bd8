"""What a worker does before anything else: it goes where the command was given, and sees that it is the same code."""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from evals.errors import ConfigError
from evals.source_code import code_hash


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """Where a command was given: its folder, what its PYTHONPATH adds, and the hash of our code there."""

    folder: str
    paths: tuple[str, ...]
    code: str

    @classmethod
    def here(cls) -> Self:
        added = os.environ.get("PYTHONPATH", "").split(os.pathsep)
        paths = tuple(str(Path(path).resolve()) for path in added if path)
        return cls(folder=str(Path.cwd()), paths=paths, code=code_hash())

    def arrive(self) -> None:
        """Makes this worker find what the command would: relative paths, and the modules of its user.

        Raises ConfigError where it would compute with other code than the command.
        """
        with suppress(OSError):  # another machine need not have that folder
            os.chdir(self.folder)
        sys.path += [path for path in self.paths if path not in sys.path]
        if (own := code_hash()) != self.code:
            raise ConfigError(
                f"engine=ray: a worker of the cluster has another memory-evals ({own}) than this command "
                f"({self.code}); install the same one there"
            )
