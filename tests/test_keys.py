"""Keys: a set and a map over hashes hold what they were given, and little else."""

from __future__ import annotations

import tracemalloc
from array import array

from hypothesis import given
from hypothesis import strategies as st

from evals.keys import KeyList, KeyMap, KeySet, key_of

KEYS = st.lists(st.integers(0, 2**64 - 1) | st.integers(0, 8) | st.integers(0, 4).map(lambda n: n << 32), max_size=300)


@given(KEYS, KEYS)
def test_a_key_set_is_a_set(added: list[int], asked: list[int]) -> None:
    """`add` says what is new, `in` what is there, whatever collides; 0 stands for 1, which no hash ever notices."""
    ours, theirs = KeySet(), set()
    for key in added:
        assert ours.add(key) == ((key or 1) not in theirs)
        theirs.add(key or 1)
    assert len(ours) == len(theirs)
    assert set(ours) == theirs
    assert [key in ours for key in asked] == [(key or 1) in theirs for key in asked]


@given(KEYS, KEYS)
def test_a_key_list_is_a_sorted_list(added: list[int], asked: list[int]) -> None:
    """Iterates in order, and finds what it holds."""
    ours = KeyList()
    for key in added:
        ours.add(key)
    assert list(ours) == sorted(added)
    assert len(ours) == len(added)
    assert [key in ours for key in [*asked, *added]] == [key in added for key in [*asked, *added]]


@given(st.lists(st.tuples(st.integers(0, 20) | st.integers(0, 2**64 - 1), st.integers(0, 2**64 - 1)), max_size=200))
def test_a_key_map_is_a_dict(pairs: list[tuple[int, int]]) -> None:
    """The last number of a key wins."""
    ours = KeyMap(array("Q", [key for key, _ in pairs]), array("Q", [value for _, value in pairs]))
    theirs = dict(pairs)
    assert len(ours) == len(theirs)
    assert sorted(ours.values()) == sorted(theirs.values())
    assert all(ours.get(key) == value for key, value in theirs.items())
    assert ours.get(21) == theirs.get(21)


def test_ids_and_repeats_have_keys_of_their_own() -> None:
    """No two of these meet, and half a surrogate pair has one too."""
    names = [(name, repeat) for name in ("a", "b", "1|a", "a|1", "é", "e\u0301", "\ud83d", "") for repeat in range(3)]
    assert len({key_of(*name) for name in names}) == len(names)


def test_a_hundred_thousand_keys_take_little() -> None:
    """At most 24 bytes a key in a set."""
    tracemalloc.start()
    keys = KeySet()
    for number in range(100_000):
        keys.add(number * 0x9E3779B97F4A7C15 % 2**64)
    held, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert held < 24 * 100_000
