"""What may stand where a file or a folder is named: a path of this machine, or the URL of a store."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote, urlsplit

from evals.errors import UsageError

_URL = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+://")  # two letters at least: one is a drive
_HERE = ("file://", "local://")
_SECRET = re.compile(r"^[^/]*//[^/]*@|[?#][\w.-]+=")
_USERINFO = re.compile(r"(://)[^/\s@]*@")
_QUERY = re.compile(r"(\w://[^\s?'\"]*)\?[^\s'\"]*")


@dataclass(frozen=True, slots=True)
class StoreUrl:
    """A folder in a store, or what stands in one: `s3://bucket/runs`. Joined with `/` like a path."""

    text: str

    def __str__(self) -> str:
        return self.text

    def __truediv__(self, name: str) -> StoreUrl:
        return StoreUrl(checked(f"{self.text}/{name}"))

    @property
    def name(self) -> str:
        return self.text.rpartition("/")[2]

    @property
    def parent(self) -> StoreUrl:
        return StoreUrl(self.text.rpartition("/")[0])


def is_url(given: str) -> bool:
    """Whether this names something in a store. `file://…` does not: that is a path of this machine."""
    return bool(_URL.match(given)) and not given.lower().startswith(_HERE)


def place(given: str) -> Path | StoreUrl:
    """The path or the URL that a word of the command line or a value of the configuration names.

    Raises UsageError for a URL that holds what must not be stored, or that leads out of its folder.
    """
    if is_url(given):
        return StoreUrl(checked(given.rstrip("/")))
    if _URL.match(given):
        return Path(unquote(urlsplit(given).path))
    return Path(given).expanduser()


def folder_here(given: str) -> Path:
    """The folder of this machine that a word of the command line names. Raises UsageError for a store's."""
    named = place(given)
    if isinstance(named, StoreUrl):
        raise UsageError(f"{named}: a folder of this machine is wanted here")
    return named


def checked(given: str) -> str:
    """A URL as it may be stored and shown. Raises UsageError, which does not show it, for one with a key in it."""
    if _SECRET.search(given):
        raise UsageError(
            "a URL with credentials or a query in it; both would be stored with the run: "
            "give the plain URL, and keys as the store's own library takes them (environment, profile)"
        )
    if "::" in given:
        raise UsageError(f"{redacted(given)}: a chain of URLs; one store is wanted")
    if {".", ".."} & set(given.split("/")):
        raise UsageError(f"{given}: '.' and '..' mean nothing in a store")
    return given


def redacted(text: str) -> str:
    """Text of others, a store library's say, without the credentials and queries of the URLs in it."""
    return _QUERY.sub(r"\1?…", _USERINFO.sub(r"\1…@", text))
