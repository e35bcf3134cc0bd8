"""The load process: it reports, stops in a storm, is stopped, and its death is not the end of the command."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from evals.errors import ExtractorError, StoppedShort
from evals.load.faults import CODES
from evals.load.in_process import encoded_messages
from evals.load.plan import Plan
from evals.load.selfcheck import NullExtractor, self_check
from evals.load.senders import Destination
from evals.load.worker import Job, LoadProcess, Snapshot
from evals.types import Extraction, Fact, Message
from tests.load.servers import Steady

pytestmark = pytest.mark.slow  # seconds each: programs, servers and clocks


@pytest.fixture(scope="module")
def process() -> Iterator[LoadProcess]:
    with LoadProcess() as started:
        yield started


def test_it_reports_how_far_it_is(process: LoadProcess, job: Callable[..., Job], constant: Callable[..., Plan]) -> None:
    """Snapshots come while it runs; the stamps come at its end, comparable with our own clock."""
    seen: list[Snapshot] = []
    before_ns = time.perf_counter_ns()
    with Steady(service_s=0.01) as server:
        measured = process.measure(job(server.url, constant(100, 1.2)), watch=seen.append)
    assert len(measured.stamps) == 120
    assert before_ns < measured.stamps.intended[0] < measured.stamps.last_byte.max() < time.perf_counter_ns()
    assert [snapshot.landed for snapshot in seen] == sorted(snapshot.landed for snapshot in seen)
    assert seen[-1].landed > 60
    assert seen[-1].p50_ms is not None
    assert measured.stopped_by is None


def test_it_stops_in_a_storm_of_failures(
    process: LoadProcess, job: Callable[..., Job], closed: Callable[..., Plan]
) -> None:
    """A server that refuses everything is not asked for a minute; what was asked is kept."""
    with Steady(service_s=0.005, status=503) as server:
        measured = process.measure(job(server.url, closed(4, 60.0), storm=0.5))
    assert measured.stopped_by == "error storm"
    assert 50 <= len(measured.stamps) < 5000


@pytest.mark.parametrize(("signals", "faults"), [(1, {0}), (2, {0, CODES["abandoned"]})])
def test_it_is_stopped(
    signals: int,
    faults: set[int],
    process: LoadProcess,
    job: Callable[..., Job],
    constant: Callable[..., Plan],
) -> None:
    """One signal lets requests in flight land, two abandon them; either way every request has its row."""
    came: list[int] = []
    for place in range(signals):
        threading.Timer(0.8 + 0.3 * place, came.append, [signal.SIGINT]).start()
    with Steady(service_s=1.0) as server:
        measured = process.measure(job(server.url, constant(20, 60.0)), interrupted=lambda: len(came))
        assert len(server.requests) >= len(measured.stamps) > 5
    assert measured.stopped_by == "interrupted"
    assert set(measured.stamps.fault.tolist()) <= faults
    assert np.all(measured.stamps.last_byte > 0)


def test_no_garbage_is_collected_while_aiohttp_sends(
    process: LoadProcess, job: Callable[..., Job], constant: Callable[..., Plan]
) -> None:
    """It leaves nothing to collect, and looking for it would take a millisecond in the window."""
    with Steady(service_s=0.02) as server:
        measured = process.measure(job(server.url, constant(400, 3.0)))
    assert measured.signals is not None
    assert measured.signals.gc_pauses == 0


def test_its_death_is_one_line(job: Callable[..., Job], constant: Callable[..., Plan]) -> None:
    """Killed from outside: StoppedShort, not a traceback, and nothing hangs."""
    with LoadProcess() as doomed, Steady() as server:
        pid = doomed._process.pid
        assert pid is not None
        threading.Timer(0.7, os.kill, [pid, signal.SIGKILL]).start()
        with pytest.raises(StoppedShort, match="the load process died"):
            doomed.measure(job(server.url, constant(50, 30.0)))


class Telling:
    """Tells the first message back; raises when told to, with the dialogue in its message."""

    def extract(self, messages: Sequence[Message], extraction_types: Sequence[str]) -> Extraction:
        if messages[0].content == "d3":
            raise ExtractorError("secret words")
        time.sleep(0.01)
        return Extraction(facts=(Fact(memory_value=messages[0].content),))


class AsyncTelling(Telling):
    """The same as a coroutine."""

    async def extract(self, messages: Sequence[Message], extraction_types: Sequence[str]) -> Extraction:  # type: ignore[override]
        return super().extract(messages, extraction_types)


@pytest.mark.parametrize(("sender", "make"), [("processes", Telling), ("calls", AsyncTelling)])
def test_extractors_are_called(
    sender: str,
    make: Any,
    process: LoadProcess,
    job: Callable[..., Job],
    closed: Callable[..., Plan],
    pool: Any,
) -> None:
    """In processes of their own or in the loop: answers come back, what raises is a failure without its message."""
    payloads = tuple(
        replace(each, body=encoded_messages([Message(role="user", content=each.dialogue)], time=False)) for each in pool
    )
    made = replace(
        job("", closed(2, 30.0, requests=40), sender=sender), destination=Destination(make=make), payloads=payloads
    )
    measured = process.measure(made)
    text = made.spool.read_text()
    assert "secret" not in text
    assert '"memory_value":"d0"' in text
    failed = measured.stamps.fault == CODES["failed"]
    rows = made.plan.order[np.arange(len(failed)) % len(made.plan.order)]
    assert np.array_equal(failed, rows == 3)
    assert np.all((measured.stamps.last_byte - measured.stamps.sent)[~failed] >= 10e6)


def test_an_extractor_that_kills_its_process_is_a_failure(
    process: LoadProcess, job: Callable[..., Job], closed: Callable[..., Plan], pool: Any
) -> None:
    """The slot is lost, and said to be; the bench ends by itself."""
    payloads = tuple(
        replace(each, body=encoded_messages([Message(role="user", content="x")], time=False)) for each in pool
    )
    made = replace(
        job("", closed(1, 30.0, requests=3), sender="processes"),
        destination=Destination(make=Exiting),
        payloads=payloads,
    )
    assert process.measure(made).stamps.fault.tolist() == [CODES["failed"]] * 3


class Exiting:
    """Ends its process."""

    def extract(self, messages: Sequence[Message], extraction_types: Sequence[str]) -> Extraction:
        os._exit(3)


@pytest.mark.parametrize("sender", ["aiohttp", "processes"])
def test_the_self_check_measures_the_client(
    sender: str, process: LoadProcess, job: Callable[..., Job], constant: Callable[..., Plan], pool: Any
) -> None:
    """Against a server of ours that takes 20 ms and says so, what is left is the client's own; it has a ceiling."""
    made = job("http://127.0.0.1:1/never-asked", constant(50, 5.0, in_flight=2), sender=sender)
    if sender == "processes":
        payloads = tuple(
            replace(each, body=encoded_messages([Message(role="user", content="x")], time=False)) for each in pool
        )
        made = replace(made, destination=Destination(make=NullExtractor), payloads=payloads)
    checked = self_check(process, made, seconds=0.5)
    assert checked.ceiling_rps > 100
    assert checked.own_p50_ms is not None
    assert checked.service_ms is not None
    assert checked.fixed_p50_ms is not None
    assert 0 < checked.own_p50_ms < checked.fixed_p50_ms
    assert checked.service_ms >= 20.0
    assert not made.spool.exists()
