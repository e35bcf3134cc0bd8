"""`runner.reuse=RUN`: the same question is not asked twice, across runs; what is taken over is marked."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from evals.runs import RunFolder
from tests.extractors.scripted import Scripted, says, which

FACT = '{"memory_detail_list": [{"memory_key": "k", "memory_value": "The user sings."}]}'


def script(request: dict[str, Any]) -> tuple[int, Any]:
    return says(FACT if which(request) == "memory_reader" else '{"preference_detail_list": []}')


@pytest.mark.slow
def test_only_what_is_new_is_asked(cli: Callable[..., Any], tmp_path: Path) -> None:
    """A larger sample takes over the smaller one's answers, equal but for the mark, out of every latency."""
    with Scripted(script) as server:
        words = [
            "run",
            "extractor=local",
            f"extractor.base_url={server.base_url}",
            "extractor.model=m",
            "report.formats=[]",
        ]
        where = ["--out", str(tmp_path)]
        assert cli(*words, "dataset.limit=6", "--name", "small", *where).code == 0
        small = len(server.asked)
        assert cli(*words, "dataset.limit=12", "runner.reuse=small", "--name", "large", *where).code == 0
        assert cli(*words, "dataset.limit=12", "--name", "anew", *where).code == 0
        anew = len(server.asked)
    kept = set(RunFolder(tmp_path / "small").predictions())
    index = RunFolder(tmp_path / "large").predictions()
    found = [item for item in (index.get(*key) for key in index) if item is not None]
    cached = {item.id for item in found if item.trace.cached}
    assert cached == {item.id for item in found if (item.id, item.repeat) in kept}
    assert cached
    assert len(found) == 12
    assert small < anew
    outcomes = {item.id: item for item in RunFolder(tmp_path / "large").outcomes()}
    assert all((outcomes[item.id].latency_ms is None) == item.trace.cached for item in found)


def test_another_extractor_is_refused(cli: Callable[..., Any], tmp_path: Path) -> None:
    """Named on both sides; so is a run that is not there."""
    where = ["--out", str(tmp_path), "report.formats=[]", "dataset.limit=4"]
    assert cli("run", "--name", "base", *where).code == 0
    done = cli("run", "extractor=control_echo", "runner.reuse=base", "--name", "echo", *where)
    assert done.code == 2
    assert "made by baseline#" in done.err
    done = cli("run", "runner.reuse=nowhere", "--name", "new", *where)
    assert done.code == 2
    assert "nowhere" in done.err
