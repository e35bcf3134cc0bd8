"""Which dialogues are paired, and that no order of the runs changes what is compared."""

from __future__ import annotations

import random
from dataclasses import replace

import numpy as np

from evals.compare.pairing import paired_blocks, paired_outcomes, shared
from evals.scoring.counted import Counted, Header, counted
from tests.compare.runs import run_of


def header(name: str, in_hash: str | None = "h") -> Header:
    return Header(id=name, cluster=name, language="en", split="dev", in_hash=in_hash)


def test_what_is_left_out_is_counted_and_why() -> None:
    """By id, and by the messages where both runs know them."""
    base = [header("a"), header("b"), header("c", "old"), header("d", None)]
    candidate = [header("b"), header("c", "new"), header("d"), header("e"), header("f")]
    found = shared(base, candidate)
    assert found.ids == {"b", "d"}
    assert (found.only_base, found.only_candidate, found.other_messages) == (1, 2, 1)


def test_blocks_hold_the_same_dialogues_in_the_candidates_order() -> None:
    """Whatever order the base has, and whatever it has besides."""
    outcomes = run_of(600, 1)
    base = list(outcomes)
    random.Random(2).shuffle(base)
    candidate = [outcome for outcome in outcomes if int(outcome.id[1:]) % 3]
    ids = frozenset(outcome.id for outcome in candidate)
    pairs = list(paired_blocks(counted(base), counted(candidate), ids))
    theirs, ours = (Counted.joined([pair[side] for pair in pairs]) for side in (0, 1))
    assert [h.id for h in theirs.headers] == [h.id for h in ours.headers] == [o.id for o in candidate]
    assert np.array_equal(theirs.counts, ours.counts)


def test_repeats_stay_with_their_dialogue() -> None:
    """A run of three repeats and a run of one are paired by dialogue."""
    once = run_of(20, 3)
    thrice = [replace(outcome, repeat=repeat) for outcome in run_of(20, 4) for repeat in range(3)]
    ids = frozenset(outcome.id for outcome in once)
    found = list(paired_outcomes(thrice, once, ids))
    assert [(len(theirs), len(ours)) for theirs, ours in found] == [(3, 1)] * 20
    blocks = list(paired_blocks(counted(thrice), counted(once), ids))
    assert {int(n) for theirs, _ in blocks for n in theirs.repeats} == {3}
    assert {int(n) for _, ours in blocks for n in ours.repeats} == {1}
