"""Which prediction talks about which gold item: mask below the floor, then assign for the largest total similarity."""

from __future__ import annotations

from collections.abc import Sequence


def assign(similarity: Sequence[Sequence[float]], floors: Sequence[float]) -> list[tuple[int, int]]:
    """One-to-one pairs (row, column) of largest total similarity, none below its row's floor.

    Rows are gold, columns predictions, similarities from 0 to 1 and rounded to 6 digits, so that ties fall by position
    and not by the last bit. Masking comes first: masked afterwards, a strong pair can be lost to a weak one.
    """
    rows, columns = len(similarity), len(similarity[0]) if similarity else 0
    cells = [
        (row, column)
        for row in range(rows)
        for column in range(columns)
        if similarity[row][column] >= floors[row] and similarity[row][column] > 0
    ]
    if not cells:
        return []
    if len({row for row, _ in cells}) == len(cells) == len({column for _, column in cells}):
        return cells  # nothing competes
    import numpy as np  # half a second to import together, and most dialogues get by without
    from scipy.optimize import linear_sum_assignment

    weights = np.zeros((rows, columns))
    for row, column in cells:
        weights[row, column] = round(similarity[row][column], 6)
    chosen = zip(*linear_sum_assignment(weights, maximize=True), strict=True)
    return [(int(row), int(column)) for row, column in chosen if weights[row, column] > 0]
