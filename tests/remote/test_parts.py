"""A growing file and its parts are the same bytes at every moment, whole lines alone."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evals.errors import DataError
from evals.remote import parts
from evals.remote.lease import TakenOverError
from evals.remote.parts import Shipper, parts_of
from evals.remote.store import Store, StoredObject
from tests.remote.local_s3 import LocalS3


def in_store(store: Store) -> bytes:
    """What the parts come to."""
    return b"".join(parts.fetched(store, part) for part in parts_of(store.objects(), "p", url=store.url))


@settings(deadline=None, max_examples=60)
@given(
    pieces=st.lists(st.sampled_from([b"{}\n", b'{"a":', b"1}\n", b"x" * 40 + b"\n"]), max_size=30),
    ships=st.sets(st.integers(0, 29)),
    size=st.integers(4, 64),
    restarts=st.sets(st.integers(0, 29)),
)
def test_the_parts_are_the_whole_lines_of_the_file(
    pieces: list[bytes], ships: set[int], size: int, restarts: set[int], tmp_path_factory: pytest.TempPathFactory
) -> None:
    """However the file grew, whenever it was sent, and whoever went on: no line twice, none cut, none missing."""
    from fsspec.implementations.memory import MemoryFileSystem

    MemoryFileSystem.store.clear()
    file, store = tmp_path_factory.mktemp("growing") / "p.jsonl", Store("memory://growing")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(parts, "PART_BYTES", size)
        shipper = Shipper(file, store, "p", sent=0)
        for place, piece in enumerate(pieces):
            with file.open("ab") as handle:
                handle.write(piece)
            if place in restarts:
                shipper = Shipper(file, store, "p", sent=len(in_store(store)))
            if place in ships:
                while shipper.ship():
                    pass
                whole = file.read_bytes()
                assert in_store(store) == whole[: whole.rfind(b"\n") + 1]


@pytest.mark.parametrize("protocol", ["memory", "s3"])
def test_two_that_go_on_from_one_place_cannot_both(
    protocol: str, memory: str, bucket: str, s3: LocalS3, tmp_path: Path
) -> None:
    """The part that stands is never replaced."""
    store = Store(memory if protocol == "memory" else f"s3://{bucket}/run")
    for name in ("a", "b"):
        (tmp_path / name).write_text(f"{name}\n")
    Shipper(tmp_path / "a", store, "p", sent=0).ship()
    with pytest.raises(TakenOverError, match="another machine has gone on"):
        Shipper(tmp_path / "b", store, "p", sent=0).ship()
    assert in_store(store) == b"a\n"


@pytest.mark.parametrize(
    ("found", "wrong"),
    [
        ([(0, 10), (20, 5)], "s3://bucket/run/p/000000000000020.jsonl: bytes 10 to 20 are missing before it"),
        ([(5, 10)], "s3://bucket/run/p/000000000000005.jsonl: bytes 0 to 5 are missing before it"),
        ([(0, 10), (8, 5)], "s3://bucket/run/p/000000000000008.jsonl: overlaps the part before it"),
    ],
)
def test_parts_that_do_not_fit_are_named(found: Iterable[tuple[int, int]], wrong: str) -> None:
    """A hole or an overlap is damage, never read past."""
    objects = [StoredObject(name=f"p/{start:015d}.jsonl", size=size, version="") for start, size in found]
    with pytest.raises(DataError, match=wrong):
        parts_of(objects, "p", url="s3://bucket/run")


def test_only_what_is_named_like_a_part_is_one() -> None:
    """Whatever else somebody put there is left alone."""
    names = ["p/0.jsonl", "p/x/000000000000000.jsonl", "p/000000000000000.jsonl.exe", "q/000000000000000.jsonl", "p"]
    objects = [StoredObject(name=name, size=1, version="") for name in names]
    assert parts_of(objects, "p", url="s3://bucket/run") == ()


def test_a_part_that_is_no_lines_is_named(memory: str) -> None:
    """A part is whole lines of the size it was listed with."""
    store = Store(memory)
    store.write("p/000000000000000.jsonl", b'{"id":')
    with pytest.raises(DataError, match="not 6 bytes of whole lines"):
        in_store(store)
