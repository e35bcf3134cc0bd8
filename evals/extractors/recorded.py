"""Answers stored earlier, by any system or by an earlier run of ours, handed out again by dialogue id."""

from __future__ import annotations

import hashlib
from pathlib import Path

from evals.errors import ConfigError, DataError
from evals.prediction_index import PredictionIndex
from evals.predictions import FILE_NAME
from evals.remote.inputs import local_file
from evals.remote.stored_run import pulled
from evals.remote.url import is_url, place
from evals.results import Prediction


class RecordedExtractor:
    """A `Replay` of a JSONL file (`path`) or of an earlier run's folder (`run`); docs/extractors.md has the format.

    Both may be URLs, of which a copy is read.

    `version` is the start of the file's sha256. Raises ConfigError unless exactly one of the two is given,
    DataError with every bad line of the file.
    """

    def __init__(self, path: str | Path | None = None, run: str | Path | None = None) -> None:
        if (path is None) == (run is None):
            raise ConfigError("extractor=recorded: give either extractor.path=FILE.jsonl or extractor.run=FOLDER")
        self.path = _file(str(path)) if path is not None else _folder(str(run)) / FILE_NAME
        self.version = _sha256_of_file(self.path)[:12]
        self.index = PredictionIndex(self.path)

    def replay(self, id: str, repeat: int) -> Prediction | None:
        """The stored prediction, failures included; None when the file holds none."""
        return self.index.get(id, repeat)


def _file(given: str) -> Path:
    return local_file(given, named_by="extractor.path") if is_url(given) else Path(given)


def _folder(given: str) -> Path:
    named = place(given)
    return named if isinstance(named, Path) else pulled(named)


def _sha256_of_file(path: Path) -> str:
    try:
        with path.open("rb") as handle:
            return hashlib.file_digest(handle, "sha256").hexdigest()
    except FileNotFoundError:
        raise DataError.at(path, "there is no such file") from None
    except OSError as error:
        raise DataError.at(path, f"cannot be read: {error.strerror or error}") from None
