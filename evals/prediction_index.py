"""Where each prediction of a file stands: read once, sixteen bytes a key in memory, the answers themselves on disk."""

from __future__ import annotations

import json
from array import array
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, Literal

from evals.errors import DataError, Fault, is_final
from evals.io import MAX_LINE_BYTES, FaultList
from evals.keys import KeyMap, KeySet, key_of
from evals.memos.lists import ShapeError, shown
from evals.predictions import decoded, prediction_from
from evals.results import Prediction

Key = tuple[str, int]
AskAgain = Literal["retryable", "all", "none"]

_STATE_BITS, _STATES = 2, 3  # behind an offset: what the line holds
_ANSWERED, _FAILED, _FINAL = 0, 1, 2
_SPARED: dict[AskAgain, tuple[int, ...]] = {
    "retryable": (_ANSWERED, _FINAL),
    "all": (_ANSWERED,),
    "none": (_ANSWERED, _FAILED, _FINAL),
}


class PredictionIndex:
    """Where each prediction stands in a file: sixteen bytes a key in memory, the answers themselves on disk.

    The last line of a key wins, whatever it holds. `torn` is 1 when the last line was cut off (a killed run) and left
    out; `replaced` counts lines that a later one of the same key took the place of. Iterates over the keys in order of
    first appearance, reading the file again.

    Raises DataError with every bad line of the file. `ours` is a file that this program has written: of its lines only
    the key and the state are looked at, five times as fast, and what else may be wrong is told when a line is read.
    """

    def __init__(self, path: Path, *, ours: bool = False) -> None:
        self.path = path
        self.torn = 0
        keys, places = array("Q"), array("Q")
        for offset, key, state in self._glance() if ours else self._study():
            keys.append(key)
            places.append(offset << _STATE_BITS | state)
        self._places = KeyMap(keys, places)
        self.replaced = len(keys) - len(self._places)

    def __len__(self) -> int:
        return len(self._places)

    def __iter__(self) -> Iterator[Key]:
        seen = KeySet()
        for _, prediction in self._read():
            if seen.add(key_of(prediction.id, prediction.repeat)):
                yield prediction.id, prediction.repeat

    def __contains__(self, key: object) -> bool:
        return isinstance(key, tuple) and self._places.get(key_of(*key)) is not None

    def line(self, id: str, repeat: int = 0) -> bytes | None:
        """The stored line of a dialogue and repeat as it stands on disk; None when there is none."""
        place = self._places.get(key_of(id, repeat))
        if place is None:
            return None
        with _opened(self.path) as handle:
            handle.seek(place >> _STATE_BITS)
            return handle.readline()

    def get(self, id: str, repeat: int = 0) -> Prediction | None:
        """The stored prediction of a dialogue and repeat, read from disk; None when there is none."""
        line = self.line(id, repeat)
        if line is None:
            return None
        try:
            prediction = prediction_from(decoded(line))
        except ShapeError as error:
            raise DataError.at(self.path, error.message, line=self._number_of(id, repeat), field=error.field) from None
        if (prediction.id, prediction.repeat) != (id, repeat):
            raise DataError.at(self.path, f"changed while it was read: {prediction.id!r} stands in the place of {id!r}")
        return prediction

    def settled(self, ask_again: AskAgain = "retryable") -> Settled:
        """The keys a continued run need not ask: what is answered, and the failures that `ask_again` spares."""
        return Settled(self._places, _SPARED[ask_again])

    def _study(self) -> Iterator[tuple[int, int, int]]:
        """(byte offset, key, state) of every line, each read strictly."""
        for offset, prediction in self._read():
            final = prediction.error is not None and is_final(prediction.error.type)
            state = _ANSWERED if prediction.error is None else _FINAL if final else _FAILED
            yield offset, key_of(prediction.id, prediction.repeat), state

    def _glance(self) -> Iterator[tuple[int, int, int]]:
        """The same of lines whose insides are not looked at."""
        faults = FaultList()
        for number, offset, line in _lines(self.path):
            try:
                key, state = _key_and_state(line)
            except ShapeError as error:
                if line.endswith(b"\n"):
                    faults.add(Fault(path=self.path, line=number, field=error.field, message=error.message))
                else:
                    self.torn = 1
                continue
            yield offset, key, state
        faults.raise_any()

    def _number_of(self, id: str, repeat: int) -> int | None:
        """The number of the line that holds a key."""
        place = self._places.get(key_of(id, repeat))
        return None if place is None else next(n for n, at, _ in _lines(self.path) if at == place >> _STATE_BITS)

    def _read(self) -> Iterator[tuple[int, Prediction]]:
        """(byte offset, prediction) of every line."""
        faults = FaultList()
        for number, offset, line in _lines(self.path):
            try:
                value = decoded(line)
            except ShapeError as error:
                if not line.endswith(b"\n"):
                    self.torn = 1
                else:
                    faults.add(Fault(path=self.path, line=number, field=None, message=error.message))
                continue
            try:
                yield offset, prediction_from(value)
            except ShapeError as error:
                faults.add(Fault(path=self.path, line=number, field=error.field, message=error.message))
        faults.raise_any()


class Settled:
    """The keys of a predictions file that hold what need not be asked again. `failed` of them are failures."""

    def __init__(self, places: KeyMap | None = None, spared: tuple[int, ...] = ()) -> None:
        places = places or KeyMap(array("Q"), array("Q"))
        self._places, self._spared = places, spared
        states = Counter(place & _STATES for place in places.values())
        self._count = sum(states[state] for state in spared)
        self.failed = self._count - states[_ANSWERED]

    def __len__(self) -> int:
        return self._count

    def __contains__(self, key: object) -> bool:
        place = self._places.get(key_of(*key)) if isinstance(key, tuple) else None
        return place is not None and place & _STATES in self._spared


def read_predictions(path: Path) -> Iterator[Prediction]:
    """One prediction a key, in order of first appearance. Raises DataError with every bad line before the first."""
    index = PredictionIndex(path)
    for key in index:
        prediction = index.get(*key)
        assert prediction is not None
        yield prediction


def every_prediction(path: Path) -> Iterator[Prediction]:
    """All predictions of a file as they were stored, those a later line took the place of included; a line that cannot
    be read is left out.
    """
    for _, _, line in _lines(path):
        try:
            yield prediction_from(decoded(line))
        except ShapeError:
            continue


# --- lines ----------------------------------------------------------------------------------------


def _key_and_state(line: bytes) -> tuple[int, int]:
    """What a line of ours is about, at a glance. Raises ShapeError where it is not JSON or names nothing."""
    try:
        value = json.loads(line.decode())
    except (ValueError, RecursionError) as wrong:
        raise ShapeError(None, f"not JSON: {' '.join(str(wrong).split())}") from None
    if not isinstance(value, dict) or not isinstance(value.get("id"), str):
        raise ShapeError("id", f"the id of a dialogue is wanted, a string (value {shown(value)})")
    repeat, error = value.get("repeat", 0), value.get("error")
    if type(repeat) is not int or repeat < 0:
        raise ShapeError("repeat", f"0, 1, 2 … is wanted (value {shown(repeat)})")
    kind = error.get("type") if isinstance(error, dict) else None
    state = _ANSWERED if error is None else _FINAL if isinstance(kind, str) and is_final(kind) else _FAILED
    return key_of(value["id"], repeat), state


def _lines(path: Path) -> Iterator[tuple[int, int, bytes]]:
    """(number, byte offset, bytes) of every line that is not blank."""
    with _opened(path) as handle:
        number = offset = 0
        while line := handle.readline(MAX_LINE_BYTES + 1):
            number += 1
            if len(line) > MAX_LINE_BYTES:
                raise DataError.at(path, "longer than 64 MB; one prediction a line", line=number)
            if line.strip():
                yield number, offset, line
            offset += len(line)


def _opened(path: Path) -> BinaryIO:
    if path.suffix == ".gz":
        raise DataError.at(path, "predictions are read from an unpacked file; gunzip it first")
    try:
        return path.open("rb")
    except FileNotFoundError:
        raise DataError.at(path, "there is no such file") from None
    except OSError as error:
        raise DataError.at(path, f"cannot be read: {error.strerror or error}") from None
