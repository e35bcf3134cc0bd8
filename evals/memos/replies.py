"""Stage 6, structured result: a model's reply as items, read as far as it is certain and no further.

json_repair mends what small models write, wrapped because alone it invents and loses values: of 26 odd replies it read
five silently wrong (docs/decisions.md). Nothing found is only what an explicit empty list says.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from evals.memos.branches import BranchName
from evals.memos.lists import LISTS, as_fact, as_preference
from evals.types import Fact, ParseStatus, Preference

_THINK = re.compile(r"<think(?:ing)?>.*?(?:</think(?:ing)?>|\Z)", re.DOTALL | re.IGNORECASE)
_FENCE = re.compile(r"```[a-zA-Z]*[ \t]*\n?(.*?)```", re.DOTALL)
_OPEN_FENCE = re.compile(r"```[a-zA-Z]*[ \t]*\n?")
_CURLY = str.maketrans("“”„‟", '""""')
_WIDE = str.maketrans("：，｛｝［］", ":,{}[]")

_LIST_NAMES = {
    LISTS[0]: (LISTS[0], "memory list", "memory_list", "memories", "facts"),
    LISTS[1]: (LISTS[1], "preference list", "preference_list", "preferences"),
}
_FACT_KEYS = {"key": "memory_key", "value": "memory_value", "type": "memory_type"}
_STATEMENTS = {"explicit_preference": "explicit_preference", "implicit_preference": "implicit_preference"}
_MEMORY_TYPES = {"长期记忆": "LongTermMemory", "用户记忆": "UserMemory"}


@dataclass(frozen=True, slots=True, kw_only=True)
class ParsedReply:
    """The items of one reply, how well it could be read, and what was done to read it."""

    facts: tuple[Fact, ...] = ()
    preferences: tuple[Preference, ...] = ()
    status: ParseStatus = "ok"
    notes: tuple[str, ...] = ()


class _NoLists(Exception):  # noqa: N818 - caught in this module alone
    """The JSON holds none of the lists that were asked for."""


def parse_reply(
    text: str, *, branch: BranchName, finish_reason: str | None, reply_map: Mapping[str, str] | None = None
) -> ParsedReply:
    """Reads a reply of one branch; `reply_map` renames the model's own keys to the API's. Never raises.

    `failed` where the lists asked for cannot be found, `truncated` where the reply ends before its JSON does: then only
    the items that are complete as written are kept, whatever `finish_reason` says.
    """
    notes: list[str] = []
    if (bare := text.strip()).startswith(("{", "[")) and _is_json(bare):
        body = bare  # whatever stands in its strings: a memory may speak of fences and of thinking
    else:
        body = _body(text, notes)
    for reading, note in _readings(body):
        for strict in (True, False):
            try:
                read = _whole(reading, branch, finish_reason, reply_map or {}, notes, strict=strict)
            except (ValueError, RecursionError):
                continue
            return read if strict and not note else _mended(read, note or "control characters in strings")
    folded = _folded(body)
    if not _closes(folded) or finish_reason == "length":
        return _salvaged(folded, branch, reply_map or {}, notes)
    return _repaired(folded, branch, reply_map or {}, notes)


def _readings(body: str) -> Iterator[tuple[str, str]]:
    """The body as it is, then with full-width punctuation folded where there is any; with what to note of it."""
    yield body, ""
    if (folded := _folded(body)) != body:
        yield folded, "full-width punctuation folded"


def _is_json(text: str) -> bool:
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return False
    return True


def _body(text: str, notes: list[str]) -> str:
    """The reply without thinking and fences; of several fenced blocks the last."""
    body = _THINK.sub("", text.removeprefix("\ufeff")).strip()
    if body != text.strip():
        notes.append("thinking left out")
    if fenced := _FENCE.findall(body):
        notes.append("fence left out")
        return str(fenced[-1]).strip()
    if opened := list(_OPEN_FENCE.finditer(body)):
        notes.append("open fence left out")
        return body[opened[-1].end() :].strip()
    return body


def _whole(
    body: str,
    branch: BranchName,
    finish_reason: str | None,
    reply_map: Mapping[str, str],
    notes: list[str],
    *,
    strict: bool,
) -> ParsedReply:
    """The items of a body that is JSON from end to end. Raises ValueError when it is not."""
    values = _values(body, strict=strict)
    if len(values) > 1:
        return _together(values, branch, reply_map, [*notes, f"{len(values)} JSON values in a row"])
    read = _items(values[0], branch, reply_map, "ok", notes)
    if finish_reason == "length" and read.status == "ok":  # complete all the same, but the model was not done
        return _with_status(read, "truncated")
    return read


def _values(body: str, *, strict: bool) -> list[Any]:
    """The JSON values a body is made of, equal ones once (models repeat themselves). Raises ValueError otherwise."""
    decoder, values, position = json.JSONDecoder(strict=strict), [], 0
    while position < len(body):
        value, position = decoder.raw_decode(body, position)
        if value not in values:
            values.append(value)
        while position < len(body) and body[position].isspace():
            position += 1
    if not values or (len(values) > 1 and not all(isinstance(value, (dict, list)) for value in values)):
        raise ValueError
    return values


def _together(values: list[Any], branch: BranchName, reply_map: Mapping[str, str], notes: list[str]) -> ParsedReply:
    """The items of several values; each must hold the lists, or the reply is not understood."""
    reads = [_items(value, branch, reply_map, "repaired", notes) for value in values]
    if any(read.status == "failed" for read in reads):
        return ParsedReply(status="failed", notes=(*notes, "not all of them hold the lists asked for"))
    return ParsedReply(
        facts=tuple(dict.fromkeys(fact for read in reads for fact in read.facts)),
        preferences=tuple(dict.fromkeys(item for read in reads for item in read.preferences)),
        status="repaired",
        notes=tuple(notes),
    )


def _repaired(body: str, branch: BranchName, reply_map: Mapping[str, str], notes: list[str]) -> ParsedReply:
    """What json_repair makes of a body that closes its brackets."""
    from json_repair import repair_json

    start = re.search(r"[\[{]", body)
    if start is None:
        return ParsedReply(status="failed", notes=(*notes, "no JSON in it"))
    end = max(body.rfind("]"), body.rfind("}"))
    core = body[start.start() : end + 1]
    if core != body:
        notes = [*notes, "text around the JSON left out"]
        try:
            return _with_status(_items(json.loads(core), branch, reply_map, "ok", notes), "repaired")
        except (ValueError, RecursionError):
            pass
    try:
        value = repair_json(core, skip_json_loads=True, return_objects=True)
    except (ValueError, RecursionError) as error:
        return ParsedReply(status="failed", notes=(*notes, f"beyond repair: {type(error).__name__}"))
    return _items(value, branch, reply_map, "repaired", [*notes, "JSON repaired"])


def _salvaged(body: str, branch: BranchName, reply_map: Mapping[str, str], notes: list[str]) -> ParsedReply:
    """The items that stand complete, as valid JSON objects, in a list that was cut off."""
    decoder = json.JSONDecoder()
    lists: dict[str, list[Any]] = {}
    for name, start in _list_starts(body, branch, reply_map):
        items, position = lists.setdefault(name, []), start
        while found := re.compile(r"\s*,?\s*(?=\{)").match(body, position):
            try:
                item, position = decoder.raw_decode(body, found.end())
            except (ValueError, RecursionError):
                break
            items.append(item)
    if not any(lists.values()):
        return ParsedReply(status="failed", notes=(*notes, "cut off before the first item was complete"))
    read = _items(lists, branch, reply_map, "truncated", [*notes, "cut off"])
    return _with_status(read, "truncated")


def _list_starts(body: str, branch: BranchName, reply_map: Mapping[str, str]) -> Iterator[tuple[str, int]]:
    """(API name, offset behind the bracket) of each list wanted; a bare array is the branch's own list."""
    wanted = _wanted(branch)
    if body.startswith("[") and len(wanted) == 1:
        yield wanted[0], 1
        return
    for match in re.finditer(r'"([^"\\]+)"\s*:\s*\[', body):
        for name in wanted:
            if match[1] in _names_of(name, reply_map):
                yield name, match.end()


def _items(
    value: object, branch: BranchName, reply_map: Mapping[str, str], status: ParseStatus, notes: list[str]
) -> ParsedReply:
    try:
        lists = _lists(value, branch, reply_map)
    except _NoLists as error:
        return ParsedReply(status="failed", notes=(*notes, str(error)))
    return ParsedReply(
        facts=tuple(as_fact(_fact(item, reply_map)) for item in lists.get(LISTS[0], ())),
        preferences=tuple(as_preference(_preference(item, branch, reply_map)) for item in lists.get(LISTS[1], ())),
        status=status,
        notes=tuple(notes),
    )


def _lists(value: object, branch: BranchName, reply_map: Mapping[str, str]) -> dict[str, list[Any]]:
    """The lists wanted of this branch, by API name, at most one level down. Raises _NoLists."""
    wanted = _wanted(branch)
    for candidate in _one_level(value):
        found = {
            name: items
            for name in wanted
            for own in _names_of(name, reply_map)
            if isinstance(items := candidate.get(own), list)
        }
        if found:
            return found
    if isinstance(value, list) and len(wanted) == 1:
        return {wanted[0]: value}
    raise _NoLists("none of the lists asked for is in it")


def _one_level(value: object) -> Iterator[Mapping[str, Any]]:
    """The object itself, then the objects directly inside it; of an array, its only element."""
    if isinstance(value, list) and len(value) == 1:
        value = value[0]
    if isinstance(value, Mapping):
        yield value
        yield from (inner for inner in value.values() if isinstance(inner, Mapping))


def _fact(item: object, reply_map: Mapping[str, str]) -> object:
    if not isinstance(item, Mapping):
        return item
    named = {reply_map.get(key, _FACT_KEYS.get(key, key)): value for key, value in item.items()}
    if isinstance(kind := named.get("memory_type"), str):
        named["memory_type"] = _MEMORY_TYPES.get(kind.strip(), kind)
    return named


def _preference(item: object, branch: BranchName, reply_map: Mapping[str, str]) -> object:
    if not isinstance(item, Mapping):
        return item
    named: dict[str, Any] = {}
    for key, value in item.items():
        if key in reply_map:
            named[reply_map[key]] = value
        elif key in _STATEMENTS:
            named["preference"] = value
            named.setdefault("preference_type", _STATEMENTS[key])
        else:
            named[key] = value
    if branch != "all":
        named["preference_type"] = branch
    return named


def _wanted(branch: BranchName) -> tuple[str, ...]:
    if branch == "all":
        return LISTS
    return (LISTS[0],) if branch == "memory_reader" else (LISTS[1],)


def _names_of(name: str, reply_map: Mapping[str, str]) -> tuple[str, ...]:
    return (*(own for own, memos in reply_map.items() if memos == name), *_LIST_NAMES[name])


def _with_status(read: ParsedReply, status: ParseStatus) -> ParsedReply:
    """The worse of two statuses."""
    if read.status == "failed":
        return read
    return ParsedReply(facts=read.facts, preferences=read.preferences, status=status, notes=read.notes)


def _mended(read: ParsedReply, note: str) -> ParsedReply:
    """The same, no longer `ok`, with what was done to it."""
    status: ParseStatus = "repaired" if read.status == "ok" else read.status
    return ParsedReply(facts=read.facts, preferences=read.preferences, status=status, notes=(*read.notes, note))


def _folded(body: str) -> str:
    """Full-width punctuation outside of strings in its narrow form; curly quotes where there are no straight ones."""
    if '"' not in body:
        body = body.translate(_CURLY)
    parts = re.split(r'("(?:[^"\\]|\\.)*")', body, flags=re.DOTALL)
    return "".join(part if part.startswith('"') and len(part) > 1 else part.translate(_WIDE) for part in parts)


def _closes(body: str) -> bool:
    """Whether every string and bracket that opens is closed: nothing was cut off."""
    outside = re.sub(r'"(?:[^"\\]|\\.)*"', "", body, flags=re.DOTALL)
    if '"' in outside:
        return False
    return sum(outside.count(bracket) for bracket in "[{") <= sum(outside.count(bracket) for bracket in "]}")
