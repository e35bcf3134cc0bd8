"""Runs through bad weather, sudden deaths and full disks end as if nothing had happened; `make chaos` does hundreds."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.chaos.lab import CONCURRENCY, Lab, Schedule, table
from tests.chaos.server import FAULTS, Weather

SHARE = 60  # schedules of `make chaos` that the slow tests do


def kill_so_often(folder: Path, *, kills: int, dialogues: int) -> None:
    """What must hold of a run killed at random instants."""
    with Lab(folder, dialogues=dialogues) as lab:
        lab.server.begin(Weather(delay_s=0.05))
        report = lab.killed(folder / "killed", kills, seed=kills)
        assert not report.wrong
        assert report.killed == kills
        assert lab.server.calls <= dialogues + kills * CONCURRENCY
        assert set(lab.server.asked) == set(lab.server.paid)


def test_a_few_kills(tmp_path: Path) -> None:
    """kill -9 four times: calls <= dialogues + kills x concurrency, and outcomes and scores of the undisturbed run."""
    kill_so_often(tmp_path, kills=4, dialogues=60)


@pytest.mark.slow
def test_a_hundred_kills(tmp_path: Path) -> None:
    """The same a hundred times, of one run."""
    kill_so_often(tmp_path, kills=100, dialogues=1000)


@pytest.mark.slow
def test_a_share_of_the_schedules(tmp_path: Path) -> None:
    """Seeded faults of the service, the process and the disk: nothing lost, nothing paid twice, the same scores."""
    with Lab(tmp_path) as lab:
        reports = [lab.through(Schedule.drawn(seed)) for seed in range(SHARE)]
    assert not [report for report in reports if report.wrong], table(reports)
    assert sum(report.killed for report in reports) > SHARE / 4
    assert sum(report.full for report in reports)


def test_schedules_are_seeded_and_have_everything_in_them() -> None:
    """A seed always gives the same schedule, and the five hundred of `make chaos` hold every fault, blow and tear."""
    drawn = [Schedule.drawn(seed) for seed in range(500)]
    assert drawn == [Schedule.drawn(seed) for seed in range(500)]
    assert {fault for each in drawn for fault in each.weather.faults} == set(FAULTS)
    blows = [blow for each in drawn for blow in each.blows]
    assert {blow.signum.name for blow in blows} == {"SIGKILL", "SIGTERM", "SIGINT"}
    assert {blow.tear for blow in blows} == {None, "cut", "zeros"}
    assert any(each.pages for each in drawn)
