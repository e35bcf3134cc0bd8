"""A store of this machine, an empty cache for every test, and the commands and datasets of tests/commands."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.commands.conftest import cli, dataset, outcomes, program, started, twenty  # noqa: F401 - fixtures
from tests.remote.local_s3 import LocalS3


@pytest.fixture(scope="session")
def _server() -> Iterator[LocalS3]:
    local = LocalS3()
    local.start()
    yield local
    local.stop()


@pytest.fixture
def s3(_server: LocalS3, cache: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[LocalS3]:
    """The server, nothing counted yet, with its address and a key in the environment."""
    for name, value in _server.environment.items():
        monkeypatch.setenv(name, value)
    for name in ("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY"):
        monkeypatch.delenv(name, raising=False)
    _server.requests.clear()
    yield _server
    _server.refuses = lambda method, path: False


@pytest.fixture
def bucket(s3: LocalS3) -> str:
    """An empty bucket of the test's own."""
    name = f"test-{uuid.uuid4().hex[:12]}"
    s3.client().create_bucket(Bucket=name)
    s3.requests.clear()
    return name


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where what is fetched is kept; another folder would be another machine."""
    folder = tmp_path / "cache"
    monkeypatch.setenv("MEMORY_EVALS_CACHE", str(folder))
    return folder


@pytest.fixture
def memory(cache: Path) -> Iterator[str]:
    """The URL of an empty store in the memory of this process."""
    from fsspec.implementations.memory import MemoryFileSystem

    MemoryFileSystem.store.clear()
    MemoryFileSystem.pseudo_dirs[:] = [""]
    yield "memory://store"
    MemoryFileSystem.store.clear()
