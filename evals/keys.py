"""Ids of millions of dialogues in eight bytes each: a set that grows, a list that is sorted, a map that is frozen.

A key is known by 64 bits of its BLAKE2b hash. That two of a million keys share them has a chance of 3 in 100 million,
of ten million 3 in a million; whoever reads a record by its place can and does compare the id itself.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections.abc import Iterator
from hashlib import blake2b

import numpy as np

FIRST_SLOTS = 1024


def key_of(id: str, repeat: int = 0) -> int:
    """The 64 bits a dialogue and repeat are known by."""
    name = id.encode("utf-8", "surrogatepass")
    return int.from_bytes(blake2b(name, digest_size=8, salt=repeat.to_bytes(8, "little")).digest(), "little")


class KeySet:
    """A growing set of keys: open addressing in one array, at most twelve to twenty-four bytes a key."""

    def __init__(self) -> None:
        self._slots = array("Q", bytes(8 * FIRST_SLOTS))
        self._count = 0

    def __len__(self) -> int:
        return self._count

    def __contains__(self, key: int) -> bool:
        return self._slots[self._place(key or 1)] != 0

    def __iter__(self) -> Iterator[int]:
        return (key for key in self._slots if key)

    def add(self, key: int) -> bool:
        """Adds a key; False when it was there."""
        key = key or 1  # 0 marks a free slot
        place = self._place(key)
        if self._slots[place]:
            return False
        self._slots[place] = key
        self._count += 1
        if 3 * self._count > 2 * len(self._slots):
            self._grow()
        return True

    def _place(self, key: int) -> int:
        slots, last = self._slots, len(self._slots) - 1
        place = key & last
        while slots[place] and slots[place] != key:
            place = (place + 1) & last
        return place

    def _grow(self) -> None:
        before, self._slots = self._slots, array("Q", bytes(16 * len(self._slots)))
        for key in before:
            if key:
                self._slots[self._place(key)] = key


class KeyList:
    """Keys that are all added before the first is looked for: one sorted array, eight bytes a key."""

    def __init__(self) -> None:
        self._keys = array("Q")
        self._sorted = True

    def __len__(self) -> int:
        return len(self._keys)

    def __contains__(self, key: int) -> bool:
        keys = self._in_order()
        place = bisect_left(keys, key)
        return place < len(keys) and keys[place] == key

    def __iter__(self) -> Iterator[int]:
        return iter(self._in_order())

    def add(self, key: int) -> None:
        self._keys.append(key)
        self._sorted = False

    def _in_order(self) -> array[int]:
        if not self._sorted:
            np.frombuffer(self._keys, dtype=np.uint64).sort()
            self._sorted = True
        return self._keys


class KeyMap:
    """A frozen map from keys to numbers below 2**64: two sorted arrays, sixteen bytes a key. The last of a key wins."""

    def __init__(self, keys: array[int], values: array[int]) -> None:
        given = np.frombuffer(keys, dtype=np.uint64) if keys else np.zeros(0, np.uint64)
        order = np.argsort(given, kind="stable")
        ordered = given[order]
        last = np.ones(len(ordered), dtype=bool)
        last[:-1] = ordered[1:] != ordered[:-1]
        chosen = np.frombuffer(values, dtype=np.uint64)[order[last]] if values else np.zeros(0, np.uint64)
        self._keys, self._values = array("Q", ordered[last].tobytes()), array("Q", chosen.tobytes())

    def __len__(self) -> int:
        return len(self._keys)

    def get(self, key: int) -> int | None:
        """The number of a key, None for one that is not there."""
        place = bisect_left(self._keys, key)
        return self._values[place] if place < len(self._keys) and self._keys[place] == key else None

    def values(self) -> Iterator[int]:
        """Every number, in no order that means anything."""
        return iter(self._values)
