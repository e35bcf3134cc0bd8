"""Gold overlays: corrections to a dataset's gold, kept beside it with their reason and author."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, ClassVar, Literal, TypeVar

from evals.corpus.hashes import in_hash
from evals.corpus.validity import Problem, forbidden_problems, gold_problems
from evals.errors import Fault
from evals.io import FaultList, dumps, plain, read_jsonl
from evals.strict_json import parse
from evals.types import Dialogue, Forbidden, Gold, GoldFact, GoldItem, GoldPreference

Checked = TypeVar("Checked", bound=GoldItem | Forbidden)

_COVERAGE_OF = {
    "fact": "facts",
    "explicit_preference": "explicit_preferences",
    "implicit_preference": "implicit_preferences",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Correction:
    """One line of an overlay. `gid` may also be the fid of a forbidden memory.

    `value` by action: drop none; edit the new text, or an object of the fields to replace; add an object with
    `memory_value`, `preference` and `preference_type`, or `value` and `kind`; optional true (default) or false;
    variant another wording. With `in_hash` the line holds for exactly those messages.
    """

    __pydantic_config__: ClassVar[Any] = {"extra": "forbid", "strict": True}
    id: str
    gid: str
    action: Literal["drop", "edit", "add", "optional", "variant"]
    value: Any = None
    reason: str | None = None
    author: str | None = None
    in_hash: str | None = None


class Overlay:
    """The corrections of one file, applied to dialogues as they stream by."""

    def __init__(self, path: Path, *, faults: FaultList) -> None:
        self._path = path
        self._faults = faults
        self._pending: dict[str, list[tuple[int, Correction]]] = {}
        for line, correction in read_jsonl(path, Correction, faults=faults):
            self._pending.setdefault(correction.id, []).append((line, correction))

    def apply(self, dialogue: Dialogue) -> Dialogue:
        """The dialogue with its corrections made; a correction that cannot be made is a fault and is left out."""
        pending = self._pending.pop(dialogue.id, ())
        sent = in_hash(dialogue) if pending else ""
        for line, correction in pending:
            try:
                if correction.in_hash not in (None, sent):
                    message = f"the dialogue has changed since (value {correction.in_hash!r}); it is {sent} now"
                    raise _CannotApplyError(("in_hash", message))
                dialogue = replace(dialogue, gold=_corrected(dialogue, correction))
            except _CannotApplyError as error:
                for field, message in error.problems:
                    self._faults.add(Fault(path=self._path, line=line, field=field, message=message))
        return dialogue

    def report_unused(self) -> None:
        """A fault for every correction of a dialogue that never came by."""
        for corrections in self._pending.values():
            for line, correction in corrections:
                message = f"no such dialogue in the dataset (value {correction.id!r})"
                self._faults.add(Fault(path=self._path, line=line, field="id", message=message))


# --- one correction ------------------------------------------------------------------------------


class _CannotApplyError(Exception):
    """A correction does not fit the gold it is meant for."""

    def __init__(self, *problems: Problem) -> None:
        self.problems = problems


def _corrected(dialogue: Dialogue, correction: Correction) -> Gold:
    gold = dialogue.gold
    named: dict[str, GoldItem | Forbidden] = {item.gid: item for item in gold.items}
    named |= {item.fid: item for item in gold.forbidden}
    if correction.action == "add":
        if correction.gid in named:
            raise _CannotApplyError(("gid", f"used already (value {correction.gid!r}); name the new item differently"))
        return _with_added(gold, _added(correction, dialogue))
    if correction.gid not in named:
        known = ", ".join(sorted(named)) or "none"
        raise _CannotApplyError(("gid", f"no gold item of that name (value {correction.gid!r}); there is {known}"))
    old = named[correction.gid]
    new = None if correction.action == "drop" else _changed(old, correction, dialogue)
    return replace(
        gold,
        items=tuple(each for item in gold.items if (each := new if item is old else item) is not None),
        forbidden=tuple(
            _without_dangling(each, correction.gid if new is None else None)
            for item in gold.forbidden
            if (each := new if item is old else item) is not None
        ),
    )


def _without_dangling(item: Forbidden, dropped: str | None) -> Forbidden:
    return item if dropped is None or item.conflicts_with != dropped else replace(item, conflicts_with=None)


def _changed(old: GoldItem | Forbidden, correction: Correction, dialogue: Dialogue) -> Any:  # of the same type as `old`
    value = correction.value
    if correction.action == "edit":
        if isinstance(value, str):
            value = {_text_field(old): value}
        if not isinstance(value, dict) or not value:
            raise _CannotApplyError(("value", "the new text, or an object of the fields to replace, is wanted"))
        name = "fid" if isinstance(old, Forbidden) else "gid"
        if name in value:
            raise _CannotApplyError((f"value.{name}", "a name cannot be edited; drop the item and add it anew"))
        return _validated({**plain(old), **value}, type(old), dialogue)
    if isinstance(old, Forbidden):
        raise _CannotApplyError(("action", f"{correction.action!r} does not fit a forbidden memory; drop or edit it"))
    if correction.action == "optional":
        if value is not None and not isinstance(value, bool):
            raise _CannotApplyError(("value", f"wrong type (value {value!r}); true or false is wanted"))
        return replace(old, optional=value is not False)
    if not isinstance(value, str) or not value.strip():
        raise _CannotApplyError(("value", "another wording of the item is wanted"))
    return replace(old, variants=(*old.variants, value))


def _added(correction: Correction, dialogue: Dialogue) -> GoldItem | Forbidden:
    value = correction.value if isinstance(correction.value, dict) else {}
    shapes: tuple[tuple[str, type[GoldItem | Forbidden], str], ...] = (
        ("memory_value", GoldFact, "gid"),
        ("preference", GoldPreference, "gid"),
        ("value", Forbidden, "fid"),
    )
    for field, shape, name in shapes:
        if field in value:
            return _validated({**value, name: correction.gid}, shape, dialogue)
    raise _CannotApplyError(("value", "an object with memory_value, preference or value (forbidden) is wanted"))


def _validated(fields: dict[str, Any], shape: type[Checked], dialogue: Dialogue) -> Checked:
    item, found = parse(dumps(fields).encode(), shape)
    if not found:
        messages, gids = len(dialogue.messages), {each.gid for each in dialogue.gold.items}
        if isinstance(item, Forbidden):
            found = list(forbidden_problems(item, messages, gids))
        else:
            found = list(gold_problems(item, messages))
    if found:
        raise _CannotApplyError(*((f"value.{field}" if field else "value", message) for field, message in found))
    return item


def _with_added(gold: Gold, item: GoldItem | Forbidden) -> Gold:
    """An added item makes a list that was not annotated at all partially annotated, or it would count for nothing."""
    list_name = "forbidden" if isinstance(item, Forbidden) else _COVERAGE_OF[item.kind]
    annotated = gold.annotated
    if getattr(annotated, list_name) == "none":
        partial: dict[str, Any] = {list_name: "partial"}
        annotated = replace(annotated, **partial)
    if isinstance(item, Forbidden):
        return replace(gold, forbidden=(*gold.forbidden, item), annotated=annotated)
    return replace(gold, items=(*gold.items, item), annotated=annotated)


def _text_field(item: GoldItem | Forbidden) -> str:
    if isinstance(item, Forbidden):
        return "value"
    return "memory_value" if isinstance(item, GoldFact) else "preference"
