"""Small dataset files, written record by record."""

from __future__ import annotations

import json

import pytest

from evals.corpus.source import Source


def talk(*contents: str) -> list[dict[str, str]]:
    """Messages that alternate, the user first."""
    return [{"role": ("user", "assistant")[i % 2], "content": content} for i, content in enumerate(contents)]


@pytest.fixture(name="talk")
def talk_fixture():
    """The function `talk`."""
    return talk


@pytest.fixture
def dataset(tmp_path):
    """Writes records (messages filled in where left out) into a file and returns a Source of it."""

    def write(*records, name="d.jsonl", overlay=None):
        path = tmp_path / name
        lines = [{"messages": talk("I live in Paris.", "Nice."), **record} for record in records]
        path.write_text("".join(json.dumps(line) + "\n" for line in lines))
        if overlay is None:
            return Source.at(path)
        (tmp_path / "overlay.jsonl").write_text("".join(json.dumps(line) + "\n" for line in overlay))
        return Source.at(path, overlay=tmp_path / "overlay.jsonl")

    return write
