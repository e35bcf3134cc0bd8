"""`--env-file`: read only when named, never over what is set, never shown."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from evals.commands.env_file import load_env_file
from evals.errors import DataError, UsageError


@pytest.fixture(autouse=True)
def own_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("EVALS_TEST_A", "EVALS_TEST_B", "EVALS_TEST_C"):
        monkeypatch.setenv(name, "")  # restored at the end, whatever the test sets
        monkeypatch.delenv(name)


def test_values_are_taken_as_they_stand(tmp_path: Path) -> None:
    """Quotes, export, comments and a byte order mark are read; a dollar sign expands nothing."""
    path = tmp_path / ".env"
    path.write_text("\ufeff# keys\nexport EVALS_TEST_A='a b'\n\nEVALS_TEST_B=x${HOME}$y # why\n", encoding="utf-8")
    load_env_file(path)
    assert (os.environ["EVALS_TEST_A"], os.environ["EVALS_TEST_B"]) == ("a b", "x${HOME}$y")


def test_what_is_set_stays(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A variable of the environment wins over the file."""
    monkeypatch.setenv("EVALS_TEST_A", "set")
    path = tmp_path / ".env"
    path.write_text("EVALS_TEST_A=file\n")
    load_env_file(path)
    assert os.environ["EVALS_TEST_A"] == "set"


@pytest.mark.parametrize("line", ["EVALS_TEST_C", "EVALS_TEST_C='open", "just words of text"])
def test_a_bad_line_is_named_and_not_shown(tmp_path: Path, line: str) -> None:
    """One line with file and number; nothing of the file is shown, and nothing of it is loaded."""
    path = tmp_path / ".env"
    path.write_text(f"EVALS_TEST_A=secret\n{line}\n")
    with pytest.raises(DataError, match=r"\.env:2: NAME=VALUE is wanted") as raised:
        load_env_file(path)
    assert "secret" not in str(raised.value)
    assert "EVALS_TEST_A" not in os.environ


def test_a_missing_file_is_a_usage_error(tmp_path: Path) -> None:
    """A file that is not there is the command line's mistake."""
    with pytest.raises(UsageError, match="No such file"):
        load_env_file(tmp_path / "none")
