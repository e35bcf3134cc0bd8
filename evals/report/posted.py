"""Is a summary that somebody else's job left fit to be posted under our name?

A pull request may change what its own job writes, so the file is text of a stranger. It is held to what
`evals.report.gated.summary` produces: a known first line, no HTML but four tags, no link, picture or address.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

from evals.errors import DataError
from evals.report.gated import SUMMARY_LIMIT
from evals.report.untrusted import ZERO_WIDTH_SPACE, visible, without_references

_FIRST = re.compile(r"### [✓✗?–] memory-evals: [^\n]{1,200}")
_TAGS = re.compile(r"</?(?:code|details|summary)>|<br>")
_ADDRESS = re.compile(r"(?i)\b(?:https?|ftp|javascript|data|mailto|file|vbscript|xmpp):|\bwww\.|[^\s@]@[\w-]+\.")
_WARNING = "> [!WARNING]\n"


def checked_summary(text: str, *, path: Path) -> str:
    """The summary that `path` held, with nobody notified by it. Raises DataError saying what it must not hold."""
    for is_wrong, why in _FAULTS:
        if is_wrong(text):
            raise DataError.at(path, f"not a summary of evals gate: {why}")
    return without_references(text)


def _links(text: str) -> bool:
    """A bracket that Markdown reads, which is one with no backslash of its own before it."""
    return "[" in re.sub(r"\\.", "", text.replace(_WARNING, ""))


def _hides(text: str) -> bool:
    """Whether a character cannot be seen, but for the space of no width that keeps our own from being a mention."""
    seen = text.replace(ZERO_WIDTH_SPACE, "")
    return visible(seen) != seen


_FAULTS: tuple[tuple[Callable[[str], object], str], ...] = (
    (lambda text: len(text) > SUMMARY_LIMIT + 1000, f"longer than {SUMMARY_LIMIT:,} characters"),
    (_hides, "control or bidirectional characters"),
    (lambda text: not _FIRST.match(text), "its first line is another"),
    (lambda text: "<" in _TAGS.sub("", text), "HTML"),
    (_links, "a link or a picture"),
    (_ADDRESS.search, "an address"),
)
