"""What is a path, what is a URL, and what no URL may hold."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from evals.errors import UsageError
from evals.remote.url import StoreUrl, folder_here, place, redacted

SECRET = "wJalrXUtnFEMI"
WITH_SECRETS = (
    f"s3://AKIA:{SECRET}@bucket/runs",
    f"https://user:{SECRET}@host/part.jsonl",
    f"https://host/part.jsonl?X-Amz-Signature={SECRET}",
    f"https://host/part.jsonl#token={SECRET}",
)


@pytest.mark.parametrize(
    ("given", "wanted"),
    [
        ("reports", Path("reports")),
        ("~", Path.home()),
        ("C://runs", Path("C:/runs")),
        ("file:///runs/a%20b", Path("/runs/a b")),
        ("s3://bucket/runs/", StoreUrl("s3://bucket/runs")),
        ("s3://bucket/part-?.jsonl", StoreUrl("s3://bucket/part-?.jsonl")),
    ],
)
def test_what_is_named(given: str, wanted: Path | StoreUrl) -> None:
    """A protocol of two letters or more makes a URL; file:// is a path of this machine."""
    assert place(given) == wanted


def test_a_url_is_joined_like_a_path() -> None:
    """Names and parents are those of the last part, and nothing leads out."""
    url = StoreUrl("s3://bucket/runs") / "a"
    assert (str(url), url.name, str(url.parent)) == ("s3://bucket/runs/a", "a", "s3://bucket/runs")
    with pytest.raises(UsageError, match=r"'\.\.' mean nothing"):
        _ = url / "../b"


@pytest.mark.parametrize("given", WITH_SECRETS)
def test_a_url_with_a_secret_is_refused_and_not_shown(given: str, cli: Callable[..., Any], tmp_path: Path) -> None:
    """On the command line, in the configuration and in a printed configuration alike."""
    with pytest.raises(UsageError) as refused:
        place(given)
    assert SECRET not in str(refused.value)
    for words in (
        ["run", "dataset=smoke", "--out", given],
        ["run", "dataset=file", f"dataset.path='{given}'", "--out", tmp_path],
        ["run", "dataset=file", f"dataset.path=['{given}']", "--cfg", "job"],
        ["run", "dataset=smoke", f"dataset.overlay='{given}'", "--out", tmp_path],
        ["run", "dataset=smoke", "extractor=recorded", f"extractor.path='{given}'", "--out", tmp_path],
        ["runs", "show", given],
        ["compare", given, given],
    ):
        done = cli(*words)
        assert done.code == 2, words
        assert SECRET not in done.out + done.err
    assert list(tmp_path.iterdir()) == []


def test_text_of_a_library_is_redacted() -> None:
    """The errors of a store's library may quote a whole request."""
    said = f"GET https://k:{SECRET}@host/b/o?X-Amz-Signature={SECRET}&x=1 failed"
    assert redacted(said) == "GET https://…@host/b/o?… failed"


def test_a_store_is_no_folder_to_write_into(cli: Callable[..., Any]) -> None:
    """Commands that write beside other runs say so instead of making a folder called s3:."""
    with pytest.raises(UsageError, match="a folder of this machine"):
        folder_here("s3://bucket/runs")
    assert cli("score", "a", "--out", "s3://bucket/runs").code == 2
    assert not Path("s3:").exists()
