"""`--env-file FILE`: the only way a .env file is ever read."""

from __future__ import annotations

import io
import os
from pathlib import Path

from evals.errors import DataError, UsageError


def load_env_file(path: Path | None) -> None:
    """Puts the variables of a file into the environment, except those that are set there already.

    The values are taken as they stand: `$` expands nothing. Raises UsageError when there is no such file, DataError
    naming the line that is no NAME=VALUE; no value is ever shown.
    """
    if path is None:
        return
    from dotenv.parser import parse_stream

    try:
        text = path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise UsageError(f"--env-file {path}: {error.strerror}") from None
    except UnicodeDecodeError:
        raise UsageError(f"--env-file {path}: not UTF-8 text") from None
    bindings = list(parse_stream(io.StringIO(text)))
    for binding in bindings:
        if binding.error or (binding.key is not None and binding.value is None):
            raise DataError.at(path, "NAME=VALUE is wanted", line=binding.original.line)
    for binding in bindings:
        if binding.key is not None and binding.value is not None:
            os.environ.setdefault(binding.key, binding.value)
