"""Is a prediction one of the memories that must not come out? By what it says, or by a value in any wording."""

from __future__ import annotations

import re
from typing import NamedTuple

from evals.matching.manifest import Manifest
from evals.matching.sides import GoldEntry, GoldSide, Pool, PredictedEntry
from evals.matching.verify import verdict_at, verdict_on
from evals.text.features import Features
from evals.text.fold import compatible
from evals.types import Decision, Forbidden

_SEPARATORS = re.compile(r"[\s\-‐-―_.·]+")
_MAY_STAND_INSIDE = 6  # letters or digits; a shorter value counts only where it stands alone: `Li`, not `likes`


class Finding(NamedTuple):
    """The forbidden item a prediction is, and by what that was told."""

    fid: str
    decision: Decision


def forbidden_by(entry: PredictedEntry, side: GoldSide, manifest: Manifest, *, strict: bool = True) -> Finding | None:
    """The first forbidden item (in canonical order) that a prediction verifies against, unless it verifies with gold.

    Looked for among those that are strict, or among those that are not.

    Gold clears a prediction that is at least as near to it as to the forbidden item, and of a forbidden value only
    where it holds the value itself.
    """
    if all(item.strict != strict for item, _ in side.forbidden):
        return None
    for (item, text), similarity in zip(side.forbidden, side.near(entry.text).forbidden, strict=True):
        if item.strict != strict or not in_scope(item, entry.pool):
            continue
        if item.match == "attribute":
            token = forbidden_value(item, entry.text.text)
            if token and not any(_holds(gold, token) for gold in _said_gold(entry, side, manifest)):
                return Finding(item.fid, Decision(by="attribute", pred_token=token))
        elif similarity >= manifest.floor(text.language):
            floor = manifest.floor(text.language)
            verdict = verdict_at(similarity, text, entry.text, floor=floor)
            says_more = verdict.direction == "pred_more" and _holds_all_of(text, entry.text)
            if (verdict.answer == "correct" or says_more) and not _said_gold(entry, side, manifest, nearest=similarity):
                return Finding(item.fid, Decision(by="semantic"))
    return None


def in_scope(item: Forbidden, pool: Pool) -> bool:
    """Whether an item is forbidden in the list that a prediction stands in."""
    return item.scope in ("any", "memory" if pool == "fact" else "preference")


def forbidden_value(item: Forbidden, text: str) -> str | None:
    """The forbidden value that stands in a text, grouped or not: `6222 0200` is `62220200`."""
    if item.match != "attribute":
        return None
    return next((value for value in (item.slots or {}).values() if _stands_in(value, text)), None)


def _said_gold(
    entry: PredictedEntry, side: GoldSide, manifest: Manifest, *, nearest: float = 0.0
) -> tuple[GoldEntry, ...]:
    """The gold items that a prediction verifies against and is at least this near to."""
    golds = side.pools[entry.pool]
    return tuple(
        gold
        for gold, near in zip(golds, side.near(entry.text).pools[entry.pool], strict=True)
        if near.similarity >= max(manifest.floor(gold.main.language), round(nearest, 6))
        and verdict_on(gold, near, entry.text, floor=manifest.floor(gold.main.language)).answer == "correct"
    )


def _holds_all_of(forbidden: Features, pred: Features) -> bool:
    """Whether a longer text holds every word of a forbidden one, or, put differently, every value of it."""
    if forbidden.content_set <= pred.content_set:
        return True
    wanted = {value.value for value in forbidden.values}
    return bool(wanted) and wanted <= {value.value for value in pred.values}


def _holds(gold: GoldEntry, value: str) -> bool:
    return any(_stands_in(value, text.text) for text in gold.texts)


def _stands_in(value: str, text: str) -> bool:
    bare = _SEPARATORS.sub("", compatible(value)).casefold()
    if not bare:
        return False
    grouped = r"[\s\-‐-―_.·]*".join(map(re.escape, bare))
    if len(bare) < _MAY_STAND_INSIDE:
        grouped = rf"(?<![a-z0-9])(?:{grouped})(?![a-z0-9])"
    return re.search(grouped, compatible(text).casefold()) is not None
