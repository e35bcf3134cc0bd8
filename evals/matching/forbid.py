"""Is a prediction one of the memories that must not come out? By what it says, or by a value in any wording."""

from __future__ import annotations

import re
from typing import NamedTuple

from evals.matching.manifest import Manifest
from evals.matching.sides import GoldSide, PredictedEntry
from evals.matching.verify import verify
from evals.types import Decision, Forbidden

_SEPARATORS = re.compile(r"[\s\-‐-―_.·]+")


class Finding(NamedTuple):
    """The forbidden item a prediction is, and by what that was told."""

    fid: str
    decision: Decision


def forbidden_by(entry: PredictedEntry, side: GoldSide, manifest: Manifest) -> Finding | None:
    """The first forbidden item (in canonical order) that a prediction verifies against."""
    if not side.forbidden:
        return None
    for (item, text), similarity in zip(side.forbidden, side.near(entry.text).forbidden, strict=True):
        if item.scope not in ("any", "memory" if entry.pool == "fact" else "preference"):
            continue
        if item.match == "attribute":
            if token := _attribute(item, entry.text.text):
                return Finding(item.fid, Decision(by="attribute", pred_token=token))
        elif similarity >= manifest.floor(text.language):
            verdict = verify(text, entry.text)
            if verdict.answer == "correct" or verdict.direction == "pred_more":
                return Finding(item.fid, Decision(by="semantic"))
    return None


def _attribute(item: Forbidden, text: str) -> str | None:
    """The forbidden value that stands in a text, grouped or not: `6222 0200` is `62220200`."""
    said = _bare(text)
    return next((value for value in (item.slots or {}).values() if (bare := _bare(value)) and bare in said), None)


def _bare(text: str) -> str:
    return _SEPARATORS.sub("", text).casefold()
