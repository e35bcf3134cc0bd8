"""What pins a model: the sha256 of weights on disk, or the commit of a snapshot in the local Hugging Face cache."""

from __future__ import annotations

import os
from hashlib import sha256
from pathlib import Path

_CHUNK = 2**20


def pin_of(model: str | None) -> str | None:
    """`sha256:…` for a file or folder, `commit:…` for a hub id that is in the local cache, None where neither is."""
    if model is None:
        return None
    path = Path(model).expanduser()
    if path.exists():
        return f"sha256:{_digest(path)[:12]}"
    commit = _cached_commit(model)
    return f"commit:{commit[:12]}" if commit else None


def _digest(path: Path) -> str:
    """Over names and bytes of all files, in the order of their names."""
    digest = sha256()
    for file in sorted(entry for entry in path.rglob("*") if entry.is_file()) if path.is_dir() else [path]:
        digest.update(str(file.relative_to(path)).encode() + b"\0")
        with file.open("rb") as handle:
            while chunk := handle.read(_CHUNK):
                digest.update(chunk)
    return digest.hexdigest()


def _cached_commit(model: str) -> str | None:
    """The commit `main` stands at in the hub cache (layout: huggingface_hub's `refs/main`)."""
    home = Path(os.environ.get("HF_HOME", "~/.cache/huggingface")).expanduser()
    cache = Path(os.environ.get("HF_HUB_CACHE", home / "hub"))
    reference = cache / f"models--{model.replace('/', '--')}" / "refs" / "main"
    return reference.read_text(encoding="ascii").strip() if model.count("/") == 1 and reference.is_file() else None
