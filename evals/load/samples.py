"""One row a request, as it is kept: what was planned, when each moment came, what became of it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from evals.errors import CannotAnswer
from evals.load.faults import CENSORED, OK
from evals.load.payloads import Payload, bucket_of
from evals.load.plan import Plan
from evals.load.replies import Answers
from evals.load.stamps import Stamps
from evals.load.worker import Measured
from evals.scoring.quantiles import Blocks
from evals.scoring.statistics import Vector

FILE_NAME = "samples.parquet"
BLOCKS = 20
_SHORTEST_BLOCK_NS = 1_000_000_000
_ROWS_AT_ONCE = 16_384
MOST_DRAWN = 100_000  # requests a figure is drawn from: more than the eye can tell apart
_READ = {
    **dict.fromkeys(("total_ms", "wait_ms", "service_ms", "intended_s"), np.float32),
    **{"step": np.int16, "input_tokens": np.int32, "cached": np.bool_, "window": np.bool_, "failed": np.bool_},
}
_AS_THEY_ARE = ("step", "total_ms", "wait_ms", "service_ms", "cached", "input_tokens")
Mask = NDArray[np.bool_]
Rows = Mask | slice


@dataclass(frozen=True, kw_only=True)
class Samples:
    """The rows of one measurement with what they mean.

    `block` numbers stretches of the window from 0 and is -1 in the warm-up; `start_ns` is when the clock started, from
    which moments are counted in files.
    """

    stamps: Stamps
    answers: Answers
    payloads: Sequence[Payload]
    payload: NDArray[np.int32]
    block: NDArray[np.int16]
    window_ns: tuple[int, int]
    start_ns: int

    @classmethod
    def of(
        cls, measured: Measured, answers: Answers, plan: Plan, payloads: Sequence[Payload], *, block: int | None = None
    ) -> Samples:
        """The samples of a job, its window cut into blocks of equal length, or being the one block of that number."""
        begins_ns, ends_ns = measured.window_ns
        length_ns = max(_SHORTEST_BLOCK_NS, -(-(ends_ns - begins_ns) // BLOCKS))
        numbers = (measured.stamps.intended - begins_ns) // length_ns if block is None else np.int64(block)
        outside = (measured.stamps.intended < begins_ns) | (measured.stamps.intended >= ends_ns)
        rows = np.arange(len(measured.stamps)) % len(plan.order)
        return cls(
            stamps=measured.stamps,
            answers=answers,
            payloads=payloads,
            payload=plan.order[rows],
            block=np.where(outside, -1, numbers).astype(np.int16),
            window_ns=measured.window_ns,
            start_ns=begins_ns - int(plan.warmup_s * 1e9),
        )

    def head(self, rows: int) -> Samples:
        """The first rows alone, the others given back."""
        return replace(
            self,
            stamps=self.stamps.head(rows),
            answers=replace(
                self.answers, errors=self.answers.errors[:rows].copy(), cached=self.answers.cached[:rows].copy()
            ),
            payload=self.payload[:rows].copy(),
            block=self.block[:rows].copy(),
        )

    @property
    def window_s(self) -> float:
        return max(0.0, (self.window_ns[1] - self.window_ns[0]) / 1e9)

    @property
    def in_window(self) -> Mask:
        return self.block >= 0

    @property
    def ok(self) -> Mask:
        """Answered, and the answer is one; those from a store left out, for they say nothing of the system's speed."""
        answered: Mask = (self.answers.errors == OK) & ~self.answers.cached
        return answered

    @property
    def censored(self) -> Mask:
        """Not answered in the time there was: they took at least as long as they were waited for."""
        found: Mask = np.isin(self.stamps.fault, CENSORED)
        return found

    def total_ms(self, rows: Rows) -> Vector:
        """From the intended start to the last byte."""
        return (self.stamps.last_byte[rows] - self.stamps.intended[rows]) / 1e6

    def wait_ms(self, rows: Rows) -> Vector:
        """From the intended start until a connection was free, ours to answer for."""
        ended = np.where(self.stamps.sent[rows] > 0, self.stamps.sent[rows], self.stamps.last_byte[rows])
        return (ended - self.stamps.intended[rows]) / 1e6

    def service_ms(self, rows: Rows) -> Vector:
        """From sending to the last byte; NaN where nothing was sent."""
        sent = self.stamps.sent[rows]
        return np.where(sent > 0, (self.stamps.last_byte[rows] - sent) / 1e6, np.nan)

    def lag_ms(self, rows: Rows) -> Vector:
        """From the intended start until our schedule let the request go."""
        return (self.stamps.dispatched[rows] - self.stamps.intended[rows]) / 1e6

    def tokens(self, rows: Rows) -> NDArray[np.int64]:
        return np.array([payload.tokens for payload in self.payloads], dtype=np.int64)[self.payload[rows]]

    def labels(self, rows: Rows, name: str, edges: Sequence[int]) -> tuple[list[str], NDArray[np.int16]]:
        """The length buckets (`tokens`), languages, types `asked` or branches, and which of them each row has."""
        of: dict[str, Callable[[Payload], str]] = {
            "tokens": lambda payload: bucket_of(payload.tokens, edges),
            "language": lambda payload: payload.language,
            "asked": lambda payload: "+".join(payload.asked),
            "branch": lambda payload: payload.branch,
        }
        known, places = np.unique([of[name](payload) for payload in self.payloads], return_inverse=True)
        return known.tolist(), places.astype(np.int16)[self.payload[rows]]


def write_samples(path: Path, parts: Iterable[tuple[dict[str, Any], Samples]]) -> None:
    """Writes samples.parquet, a few rows at a time; what a part is (its step, its side) stands in columns before it.

    Moments are nanoseconds since the clock of the part started; null where they never came.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    partial = path.with_suffix(".partial")
    writer = None
    for said, samples in parts:
        for columns in _column_chunks(samples):
            rows = len(columns["block"])
            table = pa.table({**{name: pa.array([value] * rows) for name, value in said.items()}, **columns})
            writer = writer or pq.ParquetWriter(partial, table.schema, compression="zstd")
            writer.write_table(table)
    if writer is not None:
        writer.close()
        partial.replace(path)


def read_samples(path: Path) -> dict[str, NDArray[Any]]:
    """What figures are drawn from, a column a name, in single precision; a null time is NaN.

    Of many rows every second, third … is read, so that each stands for `stands_for` requests. `intended_s` counts from
    the clock's start, `window` and `failed` are booleans.
    """
    import pyarrow.parquet as pq

    file = pq.ParquetFile(path, pre_buffer=False)
    stride = max(1, -(-file.metadata.num_rows // MOST_DRAWN))
    parts: list[dict[str, NDArray[Any]]] = []
    names = [*_AS_THEY_ARE, "intended_ns", "block", "error"]
    for batch in file.iter_batches(_ROWS_AT_ONCE, columns=names, use_threads=False):
        read = {name: batch[name].to_numpy(zero_copy_only=False) for name in _AS_THEY_ARE}
        read["intended_s"] = batch["intended_ns"].to_numpy() / 1e9
        read["window"] = batch["block"].to_numpy() >= 0
        read["failed"] = batch["error"].is_valid().to_numpy(zero_copy_only=False)
        parts.append({name: read[name][::stride].astype(kind) for name, kind in _READ.items()})
    columns = {name: np.concatenate([part[name] for part in parts]) for name in _READ}
    return {**columns, "stands_for": np.full(len(columns["step"]), stride, dtype=np.int32)}


def read_blocks(path: Path) -> Blocks:
    """The headline latencies of the window by block: good answers, and requests given up as lower bounds.

    Raises CannotAnswer for a sweep, whose steps are no one latency.
    """
    import pyarrow.parquet as pq

    table = pq.read_table(path, columns=["step", "block", "total_ms", "error", "censored", "cached"])
    if len(set(table["step"].to_pylist())) > 1:
        raise CannotAnswer(f"{path}: a sweep or search of several rates has no single latency; bench one rate")
    block, total_ms = table["block"].to_numpy(), table["total_ms"].to_numpy()
    ended = ~table["error"].is_valid().to_numpy() | table["censored"].to_numpy()
    kept = (block >= 0) & ended & ~table["cached"].to_numpy()
    _, numbers = np.unique(block[kept], return_inverse=True)
    return Blocks(samples=total_ms[kept].astype(np.float64), block=numbers.astype(np.intp))


def _column_chunks(samples: Samples) -> Iterator[dict[str, Any]]:
    import pyarrow as pa

    names, phases = pa.array(samples.answers.names), pa.array(["warmup", "window"])
    dialogues = pa.array([payload.dialogue for payload in samples.payloads])
    languages = pa.array([payload.language for payload in samples.payloads])
    branches = pa.array([payload.branch for payload in samples.payloads])
    for first in range(0, len(samples.stamps), _ROWS_AT_ONCE):
        rows = slice(first, first + _ROWS_AT_ONCE)
        stamps, payload = samples.stamps, pa.array(samples.payload[rows])
        new = stamps.new_connection[rows]
        yield {
            "block": samples.block[rows],
            "phase": phases.take(pa.array(samples.in_window[rows].astype(np.int8))),
            **{
                f"{name}_ns": _moments(getattr(stamps, name)[rows], samples.start_ns)
                for name in ("intended", "dispatched", "sent", "first_byte", "last_byte")
            },
            "total_ms": samples.total_ms(rows),
            "wait_ms": samples.wait_ms(rows),
            "service_ms": pa.array(samples.service_ms(rows), from_pandas=True),
            "status": pa.array(stamps.status[rows], mask=stamps.status[rows] == 0),
            "reply_bytes": stamps.size[rows],
            "error": names.take(pa.array(samples.answers.errors[rows], mask=samples.answers.errors[rows] == OK)),
            "censored": samples.censored[rows],
            "cached": samples.answers.cached[rows],
            "new_connection": pa.array(new == 1, mask=new < 0),
            "dialogue_id": dialogues.take(payload),
            "language": languages.take(payload),
            "branch": branches.take(payload),
            "input_tokens": samples.tokens(rows),
        }


def _moments(stamps: NDArray[np.int64], start_ns: int) -> Any:
    import pyarrow as pa

    return pa.array(stamps - start_ns, mask=stamps == 0)
