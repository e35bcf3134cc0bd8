"""What becomes of a request: six faults by their right names, time-outs censored, connections opened before."""

from __future__ import annotations

import json
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import pytest

from evals.load.faults import NAMES
from evals.load.payloads import Payload
from evals.load.plan import Plan
from evals.load.senders import Destination
from evals.load.spool import spooled
from evals.load.worker import Job, Measured
from tests.faults import Act, FaultServer, hang_up, http, reset
from tests.load.arrays import payload
from tests.load.servers import Steady

Measure = Callable[[Job], Measured]
HELLO = b'{"code": 0, "data": {"success": true}}'


def garbage(connection: socket.socket) -> None:
    """Bytes that are no HTTP."""
    connection.sendall(b"\x00\x01 this is not HTTP at all\r\n\r\n")
    connection.close()


def hang(_connection: socket.socket) -> None:
    """Nothing, for longer than anybody waits."""
    time.sleep(3)


FAULTS: dict[str, Act] = {
    "closed": hang_up,
    "reset": reset,
    "timed_out": hang,
    "garbled": garbage,
    "truncated": http(200, HELLO, length=5000),
}


@contextmanager
def refusing() -> Iterator[str]:
    """The URL of a port where nobody listens."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        yield f"http://127.0.0.1:{taken.getsockname()[1]}"


def faults_of(
    name: str, job: Callable[..., Job], closed: Callable[..., Plan], measure: Measure, sender: str
) -> list[str]:
    """The faults of three requests to a server that does nothing but this."""
    plan = closed(1, 30.0, requests=3)
    if name == "refused":
        with refusing() as url:
            stamps = measure(job(url, plan, sender=sender)).stamps
    else:
        with FaultServer({"d": FAULTS[name]}) as server:
            made = job(server.base_url, plan, sender=sender, timeout_s=0.3)
            stamps = measure(_about("d", made)).stamps
    return [NAMES[fault] for fault in stamps.fault]


def _about(dialogue: str, job: Job) -> Job:
    from dataclasses import replace

    return replace(job, payloads=(payload(dialogue),) * len(job.payloads))


@pytest.mark.parametrize("name", ["refused", *FAULTS])
def test_six_faults_have_six_names(
    name: str, job: Callable[..., Job], closed: Callable[..., Plan], measure: Measure
) -> None:
    """The default sender tells them apart, each time."""
    assert faults_of(name, job, closed, measure, "aiohttp") == [name] * 3


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("refused", "unreachable"),
        ("timed_out", "timed_out"),
        ("closed", "broken"),
        ("reset", "broken"),
        ("garbled", "broken"),
    ],
)
def test_httpx_tells_fewer_apart(
    name: str, said: str, job: Callable[..., Job], closed: Callable[..., Plan], measure: Measure
) -> None:
    """The sender of `evals run` has the error classes of `evals run`."""
    assert faults_of(name, job, closed, measure, "httpx") == [said] * 3


def test_a_reply_that_breaks_off_has_a_first_byte(
    job: Callable[..., Job], closed: Callable[..., Plan], measure: Measure
) -> None:
    """Something came; a connection that was closed at once has none."""
    for name, came in (("truncated", True), ("closed", False)):
        with FaultServer({"d": FAULTS[name]}) as server:
            stamps = measure(_about("d", job(server.base_url, closed(1, 30.0, requests=3)))).stamps
        assert np.all((stamps.first_byte > stamps.sent) == came), name


@pytest.mark.parametrize("sender", ["aiohttp", "httpx"])
def test_a_timeout_took_at_least_its_limit(
    sender: str, job: Callable[..., Job], closed: Callable[..., Plan], measure: Measure
) -> None:
    """It stays a sample, of no less than it was waited for."""
    with Steady(service_s=5.0) as server:
        stamps = measure(job(server.url, closed(2, 0.5), sender=sender, timeout_s=0.2, drain_s=1.0)).stamps
    assert len(stamps) >= 4
    assert {NAMES[fault] for fault in stamps.fault} == {"timed_out"}
    assert np.all(stamps.last_byte - stamps.sent >= 0.19e9)


@pytest.mark.parametrize("sender", ["aiohttp", "httpx"])
def test_what_arrives_is_what_was_encoded_and_what_comes_back_is_kept(
    sender: str, job: Callable[..., Job], closed: Callable[..., Plan], measure: Measure, pool: tuple[Payload, ...]
) -> None:
    """Bodies byte for byte, the key in its header, the reply in the spool with its status and size."""
    plan = closed(1, 30.0, requests=3)
    with Steady(status=418) as server:
        made = job(server.url, plan, sender=sender)
        keyed = Destination(url=server.url, headers={"Authorization": "Token mpg-secret"})
        from dataclasses import replace

        measured = measure(replace(made, destination=keyed))
    sent = [request.partition(b"\r\n\r\n") for request in server.requests]
    expected = [pool[int(plan.order[row])].body for row in range(3)]
    assert [body for _, _, body in sent] == expected
    assert all(b"authorization: token mpg-secret" in head.lower() for head, _, _ in sent)
    assert measured.stamps.status.tolist() == [418] * 3
    with spooled(made.spool) as bodies:
        kept = [
            bodies.body(int(at), int(size))
            for at, size in zip(measured.stamps.reply_at, measured.stamps.size, strict=True)
        ]
    assert kept == [server.reply] * 3
    assert not made.spool.exists()


def test_connections_are_opened_before_the_clock_starts(
    job: Callable[..., Job], closed: Callable[..., Plan], measure: Measure
) -> None:
    """All of them, without a request; none is opened in the window."""
    with Steady(service_s=0.02) as server:
        measured = measure(job(server.url, closed(9, 0.3)))
        assert server.connections == 9
    assert not np.any(measured.stamps.new_connection)


def test_a_connection_opened_in_the_window_is_seen(
    job: Callable[..., Job], closed: Callable[..., Plan], measure: Measure
) -> None:
    """A server that closes after each reply makes every request but the first dial anew."""
    reply = http(200, HELLO, "connection: close")
    with FaultServer({"d": reply}) as server:
        measured = measure(_about("d", job(server.base_url, closed(1, 30.0, requests=5))))
    assert measured.stamps.new_connection.tolist() == [0, 1, 1, 1, 1]
    assert not np.any(measured.stamps.fault)


def test_a_reply_beyond_the_limit_is_a_fault(
    job: Callable[..., Job], closed: Callable[..., Plan], measure: Measure
) -> None:
    """http.max_reply_mb holds for the load sender too."""
    with Steady(reply=json.dumps({"data": "x" * 300_000}).encode()) as server:
        stamps = measure(job(server.url, closed(1, 30.0, requests=2), max_reply_mb=0.2)).stamps
    assert [NAMES[fault] for fault in stamps.fault] == ["too_large"] * 2


def test_no_redirect_is_followed(job: Callable[..., Job], closed: Callable[..., Plan], measure: Measure) -> None:
    """A redirect is a reply of its own; where it points is never asked."""
    act = http(307, b"", "location: http://127.0.0.1:1/elsewhere")
    with FaultServer({"d": act}) as server:
        stamps = measure(_about("d", job(server.base_url, closed(1, 30.0, requests=2)))).stamps
    assert stamps.status.tolist() == [307] * 2
    assert not np.any(stamps.fault)


def test_an_unknown_host_is_unreachable(job: Callable[..., Job], closed: Callable[..., Plan], measure: Measure) -> None:
    """Not refused: nobody was there to refuse."""
    plan: Any = closed(1, 30.0, requests=1)
    stamps = measure(job("http://no-such-host.invalid/", plan, proxy="none")).stamps
    assert [NAMES[fault] for fault in stamps.fault] == ["unreachable"]
