"""When every request was meant to start, started, and was answered: preallocated arrays, one row a request."""

from __future__ import annotations

from dataclasses import dataclass, fields
from multiprocessing.connection import Connection
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

Int64 = NDArray[np.int64]


@dataclass(slots=True, kw_only=True)
class Stamps:
    """Columns of one run. Times are `time.perf_counter_ns`, 0 where that moment never came.

    `dispatched` is when the schedule let the request go, `sent` when a connection was free for it. `fault` is a code
    of `faults`, `reply_at` the offset of the reply's body in the spool file, `new_connection` 1 where one was opened
    for this request and -1 where the sender cannot tell.
    """

    intended: Int64
    dispatched: Int64
    sent: Int64
    first_byte: Int64
    last_byte: Int64
    status: NDArray[np.int16]
    size: NDArray[np.int32]
    fault: NDArray[np.int8]
    new_connection: NDArray[np.int8]
    reply_at: Int64

    @classmethod
    def allocated(cls, rows: int) -> Self:
        """Room for so many rows; the system hands out the memory as rows are written."""
        made: dict[str, Any] = {
            name: np.zeros(rows, dtype=np.int64)
            for name in ("intended", "dispatched", "sent", "first_byte", "last_byte", "reply_at")
        }
        made |= {"status": np.zeros(rows, dtype=np.int16), "size": np.zeros(rows, dtype=np.int32)}
        made |= {"fault": np.zeros(rows, dtype=np.int8), "new_connection": np.zeros(rows, dtype=np.int8)}
        return cls(**made)

    def __len__(self) -> int:
        return len(self.intended)

    def head(self, rows: int) -> Self:
        """The first rows alone, in arrays of their own, so that the rest is given back."""
        return type(self)(**{field.name: getattr(self, field.name)[:rows].copy() for field in fields(self)})

    def send(self, connection: Connection) -> None:
        """Sends the rows to another process, column by column, so that they never stand twice in memory."""
        for field in fields(self):
            connection.send_bytes(getattr(self, field.name).data)

    @classmethod
    def received(cls, connection: Connection) -> Self:
        """The rows that the other process sends; not to be written to."""
        empty = cls.allocated(0)
        return cls(
            **{
                field.name: np.frombuffer(connection.recv_bytes(), dtype=getattr(empty, field.name).dtype)
                for field in fields(cls)
            }
        )
