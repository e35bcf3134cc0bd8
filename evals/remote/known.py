"""The stores that a person named on this machine; the files of a run lead to no other."""

from __future__ import annotations

from urllib.parse import urlsplit

from evals.remote import cache
from evals.remote.url import StoreUrl

_FILE = "stores"


def remember(url: StoreUrl) -> None:
    """Keeps that a person named this store."""
    if is_known(url):
        return
    file = cache.folder() / _FILE
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.open("a", encoding="utf-8") as handle:
        handle.write(f"{_store(url)}\n")


def is_known(url: StoreUrl) -> bool:
    """Whether a person has named this store before."""
    file = cache.folder() / _FILE
    return file.exists() and _store(url) in file.read_text(encoding="utf-8").splitlines()


def _store(url: StoreUrl) -> str:
    """Protocol and bucket, or host."""
    parts = urlsplit(url.text)
    return f"{parts.scheme}://{parts.netloc}"
