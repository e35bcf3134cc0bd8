"""Writes a dialogue as laid out in few bytes: lists instead of named fields, read back by `page/packing.js`.

    dialogue: [id, language, where, harm, error, identity, turns or null, pairs, pairs left out]
    turn:     [role, cited, messages left out before it, piece, quoted piece, piece …]
    pair:     [state's letter, reason, evidence, dispute, a side for each column]
    dispute:  [gid, kind, what it is of, optional], or 0
    side:     [name, kind, text, details, language, verbatim, state's letter], cut where only defaults follow; or 0

A side's language is "" where it is the dialogue's.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from typing import Any

from evals.report.cases import Case, Dispute, Pair, Side, Turn
from evals.report.pairing import STATES_BY_HARM

LETTERS = dict(zip(STATES_BY_HARM, "abcdefghijkl", strict=True))

_SURROGATE = re.compile("[\ud800-\udfff]")
_SIDE_DEFAULTS = ("", 1, "")


def packed(case: Case) -> str:
    """The dialogue as one line of JSON."""
    pairs = [_pair(pair, case.language) for pair in case.pairs]
    head = [case.id, case.language, case.where, case.harm, case.error, case.identity]
    return packed_line(head, case.turns, pairs, left_out=case.pairs_left_out)


def packed_line(head: Sequence[Any], turns: Sequence[Turn] | None, pairs: Sequence[Any], *, left_out: int) -> str:
    """A dialogue from its six head fields, its turns and pairs that are packed already."""
    return _json([*head, None if turns is None else [_turn(turn) for turn in turns], pairs, left_out])


def _json(value: list[Any]) -> str:
    """JSON in UTF-8; in ASCII where a lone surrogate, which UTF-8 cannot hold, is in it."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return json.dumps(value, separators=(",", ":")) if _SURROGATE.search(text) else text


def _turn(turn: Turn) -> list[Any]:
    return [turn.role, int(turn.cited), turn.left_out, *turn.parts]


def _pair(pair: Pair, language: str | None) -> list[Any]:
    sides = (packed_side(side, language) for side in (pair.gold, pair.predicted))
    return [LETTERS[pair.state], pair.reason, pair.evidence, _dispute(pair.dispute), *sides]


def _dispute(dispute: Dispute | None) -> list[Any] | int:
    return [dispute.gid, dispute.kind, dispute.of, int(dispute.optional)] if dispute else 0


def packed_side(side: Side | None, language: str | None, *, state: str = "") -> list[Any] | int:
    """A memory of one column; `state` is the letter of what became of it there."""
    if side is None:
        return 0
    more = ["" if side.language == language else side.language, int(side.verbatim), state]
    while more and more[-1] == _SIDE_DEFAULTS[len(more) - 1]:
        more.pop()
    return [side.name, side.kind, side.text, side.details, *more]
