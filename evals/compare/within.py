"""Two languages of one run as if they were two runs: dialogues that say the same in either, paired by `pair_id`."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import numpy as np

from evals.scoring.counted import Counted
from evals.scoring.counts import NAMES
from evals.scoring.legality import ROWS


def counterparts(blocks: Iterable[Counted], base: str, candidate: str) -> tuple[Counted, Counted]:
    """The dialogues in language `base` and their counterparts in `candidate`, in the same order.

    Both get the pair's name as id and cluster, because a pair is what was drawn, and lose their language and messages'
    hash, which differ by nature.
    """
    sides: dict[str, dict[str, Counted]] = {base: {}, candidate: {}}
    for block in blocks:
        for position, header in enumerate(block.headers):
            if header.pair_id is not None and header.language in sides:
                sides[header.language].setdefault(header.pair_id, block.at(position))
    both = [pair for pair in sides[base] if pair in sides[candidate]]
    return _renamed(sides[base], both), _renamed(sides[candidate], both)


def _renamed(side: dict[str, Counted], pairs: list[str]) -> Counted:
    if not pairs:
        nothing = np.zeros((0, len(ROWS), len(NAMES)))
        return Counted(headers=(), starts=np.zeros(0, dtype=np.intp), counts=nothing, latency_ms=np.zeros(0))
    joined = Counted.joined([side[pair] for pair in pairs])
    headers = (
        replace(header, id=pair, cluster=pair, language="", in_hash=None)
        for header, pair in zip(joined.headers, pairs, strict=True)
    )
    return replace(joined, headers=tuple(headers))
