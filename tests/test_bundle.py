"""An archive is what it says or it is refused: every byte counts, and nothing in it can steer where files go."""

from __future__ import annotations

import contextlib
import json
import zipfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evals.bundle import FILES, pack, unpack
from evals.errors import DataError

END_BYTES = 22  # of a zip's "end of central directory record"
TEXTS = {name: (f"{name}\n" * 50).encode() for name in FILES}


def packed(folder: Path) -> Path:
    """An archive of every kind of file."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in TEXTS.items():
        (folder / name).write_bytes(text)
    path = folder / "a.zip"
    files = {name: folder / name for name in FILES}
    pack(path, files, name="a", signature="in:x", redistributable=True)
    return path


def rewritten(path: Path, change: Any) -> Path:
    """The archive with its members changed by a function of name and bytes; None leaves one out."""
    other = path.with_name("other.zip")
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(other, "w") as new:
        for name in old.namelist():
            if (data := change(name, old.read(name))) is not None:
                new.writestr(name, data)
    return other


def test_what_goes_in_comes_out(tmp_path: Path) -> None:
    """All files, and equal files give an equal archive."""
    path = packed(tmp_path / "a")
    (tmp_path / "out").mkdir()
    manifest = unpack(path, tmp_path / "out")
    assert {name: (tmp_path / "out" / name).read_bytes() for name in manifest.files} == TEXTS
    assert packed(tmp_path / "b").read_bytes() == path.read_bytes()


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """The bytes of an archive."""
    return packed(tmp_path_factory.mktemp("whole")).read_bytes()


@settings(max_examples=150, deadline=None)
@given(data=st.data())
def test_a_flipped_byte_is_found(whole: bytes, tmp_path_factory: pytest.TempPathFactory, data: st.DataObject) -> None:
    """Wherever in the archive a bit flips, it is refused, or the files that come out are those that went in."""
    at = data.draw(st.integers(0, len(whole) - 1))
    bit = data.draw(st.integers(0, 7))
    folder = tmp_path_factory.mktemp("flipped")
    path = folder / "a.zip"
    path.write_bytes(whole[:at] + bytes([whole[at] ^ (1 << bit)]) + whole[at + 1 :])
    (folder / "out").mkdir()
    try:
        manifest = unpack(path, folder / "out")
    except DataError:
        return
    assert {name: (folder / "out" / name).read_bytes() for name in manifest.files} == TEXTS


def test_no_bit_of_the_end_makes_another_fault(whole: bytes, tmp_path: Path) -> None:
    """The end of an archive says where its files begin: before the archive, where a bit of that flips."""
    for at in range(len(whole) - END_BYTES, len(whole)):
        for bit in range(8):
            path = tmp_path / "a.zip"
            path.write_bytes(whole[:at] + bytes([whole[at] ^ (1 << bit)]) + whole[at + 1 :])
            with contextlib.suppress(DataError):
                assert set(unpack(path, tmp_path).files) == set(TEXTS), (at, bit)


def test_changed_files_are_named(tmp_path: Path) -> None:
    """A file that was swapped for another, one that is gone and one too many: all are told at once."""
    path = packed(tmp_path / "a")

    def change(name: str, data: bytes) -> bytes | None:
        if name == "run.json":
            return data.replace(b"run", b"fun")
        return None if name == "verdicts.jsonl" else data

    other = rewritten(path, change)
    with zipfile.ZipFile(other, "a") as archive:
        archive.writestr("../escape.txt", "x")
    (tmp_path / "out").mkdir()
    with pytest.raises(DataError) as caught:
        unpack(other, tmp_path / "out")
    said = str(caught.value)
    assert "run.json is not what was packed (sha256 " in said
    assert "verdicts.jsonl is missing" in said
    assert "'../escape.txt' stands in it and not in its manifest.json" in said
    assert not (tmp_path / "escape.txt").exists()


def test_a_name_of_its_own_is_refused(tmp_path: Path) -> None:
    """A manifest cannot name a place to write to."""
    path = packed(tmp_path / "a")

    def change(name: str, data: bytes) -> bytes:
        return data.replace(b'"run.json"', b'"../../x.json"') if name == "manifest.json" else data

    with pytest.raises(DataError, match=r"unknown file '\.\./\.\./x\.json'"):
        unpack(rewritten(path, change), tmp_path)


def test_no_file_grows_past_its_stated_size(tmp_path: Path) -> None:
    """A member that unpacks to more than the manifest says is given up at once."""
    path = packed(tmp_path / "a")
    other = rewritten(path, lambda name, data: b"0" * 50_000_000 if name == "run.json" else data)
    (tmp_path / "out").mkdir()
    with pytest.raises(DataError, match=r"run\.json is not 450 bytes long"):
        unpack(other, tmp_path / "out")
    assert (tmp_path / "out" / "run.json").stat().st_size <= 2 << 20


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (None, "there is no such file"),
        (b"not a zip", "not a whole archive"),
        (b"", "not a whole archive"),
    ],
)
def test_what_is_no_archive_says_so(tmp_path: Path, text: bytes | None, message: str) -> None:
    """One line, naming the file."""
    path = tmp_path / "a.zip"
    if text is not None:
        path.write_bytes(text)
    with pytest.raises(DataError, match=message):
        unpack(path, tmp_path)


def test_a_zip_of_others_is_no_bundle(tmp_path: Path) -> None:
    """Without our manifest, or with one of another format, it is refused by name."""
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("x", "y")
    with pytest.raises(DataError, match=r"holds no manifest\.json"):
        unpack(path, tmp_path)
    about = {"format": 9, "name": "a", "signature": "s", "files": {}, "redistributable": True}
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("manifest.json", json.dumps(about))
    with pytest.raises(DataError, match="format 9; this version reads format 1"):
        unpack(path, tmp_path)
