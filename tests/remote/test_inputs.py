"""Which files a name stands for, here and in a store, and that a store's are fetched once."""

from __future__ import annotations

import threading
from collections.abc import Callable
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from evals.errors import ConfigError, StoreError
from evals.remote.inputs import local_file, local_files
from evals.remote.store import Store
from tests.remote.local_s3 import LocalS3

NAMES = ("part-10.jsonl", "part-2.jsonl", "a[1].jsonl", "b{x,y}.jsonl", "deep/part-3.jsonl")


@pytest.fixture(params=["here", "store"])
def folder(request: pytest.FixtureRequest, tmp_path: Path, memory: str) -> str:
    """The same files on this machine and in a store."""
    if request.param == "here":
        for name in NAMES:
            (tmp_path / "data" / name).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / "data" / name).write_text(name)
        return str(tmp_path / "data")
    store = Store(f"{memory}/data")
    for name in NAMES:
        store.write(name, name.encode())
    return f"{memory}/data"


@pytest.mark.parametrize(
    ("pattern", "wanted"),
    [
        ("part-*.jsonl", ["part-10.jsonl", "part-2.jsonl"]),
        ("part-?.jsonl", ["part-2.jsonl"]),
        ("part-[2-9].jsonl", ["part-2.jsonl"]),
        ("**/part-*.jsonl", ["deep/part-3.jsonl", "part-10.jsonl", "part-2.jsonl"]),
        ("a[1].jsonl", ["a[1].jsonl"]),
        ("b{x,y}.jsonl", ["b{x,y}.jsonl"]),
    ],
)
def test_what_a_name_stands_for(folder: str, pattern: str, wanted: list[str]) -> None:
    """By name; what exists under the very name is that file, and braces mean nothing."""
    found = local_files(f"{folder}/{pattern}", named_by="dataset.path")
    assert [path.read_text() for path in found] == wanted


@pytest.mark.parametrize("pattern", ["nothing-*.jsonl", "nothing.jsonl", "", "deep"])
def test_a_name_that_fits_nothing_is_wrong(folder: str, pattern: str) -> None:
    """In one line, with the key that gave it; a folder is no file."""
    with pytest.raises(ConfigError, match=r"dataset\.path=.*no such file"):
        local_files(f"{folder}/{pattern}", named_by="dataset.path")
    with pytest.raises(ConfigError, match=r"dataset\.overlay=.*no such file"):
        local_file(f"{folder}/part-*.jsonl", named_by="dataset.overlay")


def test_a_pattern_that_fits_nothing_ends_a_run_in_one_line(cli: Callable[..., Any], tmp_path: Path) -> None:
    """Exit 2, nothing written."""
    done = cli("run", "dataset=file", f"dataset.path={tmp_path}/x-*.jsonl", "--out", tmp_path / "runs")
    assert (done.code, done.err) == (2, f"evals: dataset.path={tmp_path}/x-*.jsonl: no such file\n")
    assert not (tmp_path / "runs").exists()


def test_an_object_is_fetched_once_for_each_version(s3: LocalS3, bucket: str) -> None:
    """A changed object is another file, and what was read before stays as it was."""
    s3.write(bucket, "d.jsonl", b"old\n")
    first = local_file(f"s3://{bucket}/d.jsonl", named_by="dataset.path")
    assert local_file(f"s3://{bucket}/d.jsonl", named_by="dataset.path") == first
    assert len(s3.fetched("d.jsonl")) == 1
    s3.write(bucket, "d.jsonl", b"new\n")
    second = local_file(f"s3://{bucket}/d.jsonl", named_by="dataset.path")
    assert (first.read_bytes(), second.read_bytes()) == (b"old\n", b"new\n")


def test_two_that_fetch_at_once_get_the_whole(s3: LocalS3, bucket: str) -> None:
    """Nobody ever sees a part of a file."""
    s3.write(bucket, "d.jsonl", data := b"line\n" * 200_000)
    seen: list[int] = []

    def fetch() -> None:
        seen.append(local_file(f"s3://{bucket}/d.jsonl", named_by="dataset.path").stat().st_size)

    threads = [threading.Thread(target=fetch) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert seen == [len(data)] * 4


def test_an_object_that_changes_while_it_is_fetched_is_told(s3: LocalS3, bucket: str, tmp_path: Path) -> None:
    """What is kept under a version is that version."""
    s3.write(bucket, "d.jsonl", b"old\n")
    store = Store(f"s3://{bucket}")
    found = store.find("d.jsonl")
    assert found is not None
    s3.write(bucket, "d.jsonl", b"new\n")
    with pytest.raises(StoreError, match="changed while it was fetched"):
        store.download(found, tmp_path / "d.jsonl")


@pytest.mark.parametrize(
    "key",
    [
        "../../../escaped.jsonl",
        "a/../../../escaped.jsonl",
        "..%2f..%2fescaped.jsonl",
        "x" * 400 + ".jsonl",
        ".tmp.jsonl",
    ],
)
def test_the_name_of_an_object_leads_nowhere(key: str, s3: LocalS3, bucket: str, cache: Path) -> None:
    """Whatever it is called, its copy is under the cache, of this machine's own making."""
    s3.write(bucket, f"d/{key}", b"data\n")
    found = local_files(f"s3://{bucket}/d/**", named_by="dataset.path")
    assert [path.read_bytes() for path in found] == [b"data\n"]
    assert found[0].resolve().is_relative_to(cache.resolve())
    assert not any(part == ".." for part in found[0].parts)


def test_a_name_keeps_its_letters(memory: str) -> None:
    """Whoever reads a message about a line should know the file; what steers a terminal is escaped."""
    Store(memory).write("数据/\u202eevil\n.jsonl", b"data\n")
    found = local_files(f"{memory}/数据/*", named_by="dataset.path")
    assert found[0].parts[-2:] == ("数据", "%E2%80%AEevil%0A.jsonl")


def test_a_file_on_a_web_server_is_fetched_once(cache: Path, tmp_path: Path) -> None:
    """Any protocol of fsspec's will do; the server's own marks say when a file has changed."""
    (tmp_path / "web").mkdir()
    (tmp_path / "web" / "d.jsonl").write_text("data\n")
    asked: list[str] = []

    class Handler(SimpleHTTPRequestHandler):
        def log_request(self, *_: object) -> None:
            asked.append(self.command)

    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Handler, directory=str(tmp_path / "web"))) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        url = f"http://127.0.0.1:{server.server_port}/d.jsonl"
        found = [local_file(url, named_by="dataset.path").read_text() for _ in range(2)]
        server.shutdown()
    assert (found, asked.count("GET")) == (["data\n"] * 2, 1)


def test_what_is_fetched_goes_when_nobody_uses_it(memory: str, cache: Path) -> None:
    """A day after its last use; what was used today stays."""
    from evals.remote.cache import KEPT_S, collect

    Store(memory).write("d.jsonl", b"data\n")
    file = local_file(f"{memory}/d.jsonl", named_by="dataset.path")
    assert list(collect()) == []
    assert list(collect(now_s=file.stat().st_mtime + KEPT_S + 60)) == [file.parents[2]]
    assert not file.exists()
