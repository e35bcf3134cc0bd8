"""Disks of their own for tests: small ones that fill up, and ones that can only be read. Needs root; else it skips."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest


@contextmanager
def small_disk(folder: Path, size: str) -> Iterator[Path]:
    """A memory disk of this size, mounted on a new folder."""
    folder.mkdir()
    _mount("-t", "tmpfs", "-o", f"size={size}", "tmpfs", folder)
    try:
        yield folder
    finally:
        subprocess.run(["umount", "-l", folder], check=True)


def make_read_only(folder: Path, *, again: bool = False) -> None:
    """Nothing can be written to a mounted folder from here on; `again` takes that back."""
    _mount("-o", f"remount,{'rw' if again else 'ro'}", folder)


def _mount(*words: object) -> None:
    mount = shutil.which("mount")
    done = subprocess.run([mount, *map(str, words)], capture_output=True, text=True) if mount else None
    if done is None or done.returncode:
        why = "no mount" if done is None else done.stderr.strip()
        if "disk" in os.environ.get("EVALS_REQUIRE", ""):
            pytest.fail(f"a disk of its own cannot be mounted: {why}")
        pytest.skip(f"a disk of its own cannot be mounted: {why}")
