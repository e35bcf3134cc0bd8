"""Assignment: masked first, then the largest total, the same every time."""

from __future__ import annotations

from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evals.matching.align import assign

Matrix = list[list[float]]


@pytest.mark.parametrize(
    ("similarity", "floors", "pairs"),
    [
        ([[0.8, 0.6], [0.6, 0.0]], [0.7, 0.7], [(0, 0)]),  # matching-stats.md 1.4: masked last, none would be left
        ([[0.8, 0.6], [0.6, 0.0]], [0.5, 0.5], [(0, 1), (1, 0)]),
        ([[0.9, 0.8], [0.8, 0.1]], [0.05, 0.05], [(0, 1), (1, 0)]),  # the nearest pair is not in the best assignment
        ([[0.2, 0.1], [0.1, 0.2]], [0.1, 0.1], [(0, 0), (1, 1)]),
        ([[0.3], [0.3]], [0.4, 0.2], [(1, 0)]),  # each row has its own floor
        ([[0.3, 0.3]], [0.3], [(0, 0)]),  # on the floor is above it
        ([[0.5, 0.2], [0.1, 0.0]], [0.4, 0.4], [(0, 0)]),
        ([[0.0]], [0.0], []),  # what shares nothing is never paired, whatever the floor
        ([[0.1]], [0.2], []),
        ([[]], [0.1], []),
        ([], [], []),
    ],
)
def test_assignment(similarity: Matrix, floors: list[float], pairs: list[tuple[int, int]]) -> None:
    """Pairs below the floor do not exist; of the rest the largest total is taken."""
    assert assign(similarity, floors) == pairs


def matrices(most: int = 4) -> st.SearchStrategy[Matrix]:
    """Small matrices with many ties and many cells below any floor."""
    cell = st.integers(0, 10).map(lambda tenths: tenths / 10)
    return st.tuples(st.integers(1, most), st.integers(1, most)).flatmap(
        lambda shape: st.lists(
            st.lists(cell, min_size=shape[1], max_size=shape[1]), min_size=shape[0], max_size=shape[0]
        )
    )


def total(similarity: Matrix, pairs: list[tuple[int, int]]) -> float:
    return sum(similarity[row][column] for row, column in pairs)


def best_total(similarity: Matrix, floor: float) -> float:
    """By trying every way to give the rows columns, or none."""
    masked = [[cell if cell >= floor else 0.0 for cell in row] for row in similarity]
    rows, columns = len(masked), len(masked[0])
    places = [*range(columns), *[-1] * rows]
    return max(
        sum(masked[row][place] for row, place in enumerate(chosen) if place >= 0)
        for chosen in set(permutations(places, rows))
    )


@given(similarity=matrices(3), floor=st.sampled_from([0.0, 0.15, 0.5]))
def test_the_total_is_the_largest_there_is(similarity: Matrix, floor: float) -> None:
    """Against brute force over all one-to-one pairings."""
    pairs = assign(similarity, [floor] * len(similarity))
    assert total(similarity, pairs) == pytest.approx(best_total(similarity, floor))


@given(similarity=matrices(), floor=st.sampled_from([0.0, 0.15, 0.5]))
def test_pairs_are_one_to_one_and_above_the_floor(similarity: Matrix, floor: float) -> None:
    """No row and no column twice, rows in order, nothing below the floor, and the same again."""
    floors = [floor] * len(similarity)
    pairs = assign(similarity, floors)
    assert len({row for row, _ in pairs}) == len({column for _, column in pairs}) == len(pairs)
    assert pairs == sorted(pairs)
    assert all(similarity[row][column] >= max(floor, 1e-9) for row, column in pairs)
    assert pairs == assign([row[:] for row in similarity], floors)


@given(similarity=matrices())
def test_the_last_bit_of_a_similarity_decides_nothing(similarity: Matrix) -> None:
    """Similarities count to 6 digits, so that ties fall by position."""
    shaken = [
        [cell + 1e-9 * (row + column) if cell else 0.0 for column, cell in enumerate(cells)]
        for row, cells in enumerate(similarity)
    ]
    floors = [0.05] * len(similarity)
    assert assign(shaken, floors) == assign(similarity, floors)
