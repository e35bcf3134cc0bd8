"""`evals calibrate`: tables for people and for machines."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest


def test_the_command_prints_every_matcher(cli: Callable[..., Any]) -> None:
    """One table of twins, one of rewordings, one of thresholds."""
    done = cli("calibrate", "--probes", "dataset.limit=12")
    assert (done.code, done.err) == (0, "")
    for name in ("exact", "ngram_idf", "token_set_ratio", "token_sort_ratio", "ratio", "WRatio"):
        assert name in done.out
    assert "twins that must not match" in done.out
    assert "at the floor" in done.out


def test_the_command_for_machines(cli: Callable[..., Any]) -> None:
    """Rows with counts that add up, curves that only rise or fall."""
    done = cli("calibrate", "--probes", "--json", "dataset.limit=12")
    told = json.loads(done.out)
    assert done.code == 0
    for rows in told["probes"].values():
        assert all(row["n"] == row["match"] + row["partial"] + row["no"] + row["open"] for row in rows)
    for curve in told["curves"]:
        lost = [point[0] for point in curve["points"].values() if point[0] is not None]
        assert lost == sorted(lost)


@pytest.mark.parametrize("words", [[], ["a.jsonl", "--probes"], ["a.jsonl", "b.jsonl"]])
def test_one_thing_at_a_time(cli: Callable[..., Any], words: list[str]) -> None:
    """Labelled pairs or probes: anything else is told in one line."""
    done = cli("calibrate", *words)
    assert (done.code, done.out) == (2, "")
    assert "give one file of labelled pairs, or --probes" in done.err
