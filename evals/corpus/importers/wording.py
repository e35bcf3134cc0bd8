"""What importers say in other words than upstream: the user's name as "the user", and times as ISO 8601."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime
from typing import Annotated

from pydantic import AfterValidator

_OF_THE_NAME = re.compile(r"\bname is\b", re.IGNORECASE)


def as_the_user(text: str, *names: str) -> str | None:
    """The text with "the user" for any of the user's names, as a system says it that was never told the name.

    None where no name falls, and where the text tells what the name is. A capitalised word behind a name makes it
    somebody else's: with the names `Ann Lee` and `Ann`, `Ann Smith` stays as it is.
    """
    known = "|".join(re.escape(name) for name in sorted(names, key=len, reverse=True) if name)
    if not known or _OF_THE_NAME.search(text):
        return None
    changed, times = re.subn(rf"(^|[.!?]\s+)?\b(?:{known})\b(?!\s[A-Z])", _the_user, text)
    return changed if times else None


def time_as(form: str, example: str) -> Callable[[str], str]:
    """A check for a field that holds a time in strptime's `form`; the value becomes ISO 8601."""

    def check(value: str) -> str:
        try:
            return datetime.strptime(value.strip(), form).isoformat()
        except ValueError:
            raise ValueError(f"not a time; it is written as {example!r}") from None

    return check


def _said(text: str) -> str:
    if not text.strip():
        raise ValueError("empty; some text is wanted")
    return text


Said = Annotated[str, AfterValidator(_said)]  # a text that says something


def _the_user(found: re.Match[str]) -> str:
    opening = found[1]
    return "the user" if opening is None else f"{opening}The user"
