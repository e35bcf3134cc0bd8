"""Replies are read after the window: what is wrong in them is an error, however fast it came."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from evals.errors import ExtractorError
from evals.load.payloads import Payload
from evals.load.plan import Plan
from evals.load.replies import Answers, read_replies
from evals.load.worker import Job, Measured
from evals.memos.wire import read_reply
from evals.types import Extraction, Trace
from tests.load.servers import SUCCESS, Steady

Measure = Callable[[Job], Measured]


def read(status: int, body: bytes, payload: Payload) -> Extraction:
    return read_reply(status, body, asked=payload.asked).extraction


def answers_of(
    reply: bytes,
    job: Callable[..., Job],
    closed: Callable[..., Plan],
    measure: Measure,
    *,
    status: int = 200,
    keep: Callable[..., Any] = lambda *_: None,
    reading: Callable[..., Extraction] = read,
) -> Answers:
    plan = closed(1, 30.0, requests=4)
    with Steady(reply=reply, status=status) as server:
        made = job(server.url, plan)
        measured = measure(made)
    return read_replies(measured.stamps, plan.order, made.payloads, made.spool, reading, keep)


@pytest.mark.parametrize(
    ("reply", "status", "name"),
    [
        (b"<html>busy</html>", 200, "MalformedReply"),
        (b"{}", 200, "MalformedReply"),
        (json.dumps({"code": 0, "message": "ok"}).encode(), 200, "MalformedReply"),
        (json.dumps({"code": 40300, "message": "slow down"}).encode(), 200, "RateLimited"),
        (json.dumps({"code": 50002, "message": "no"}).encode(), 503, "ServerFailed"),
        (b"gone", 404, "NotFound"),
    ],
)
def test_rubbish_is_an_error(
    reply: bytes,
    status: int,
    name: str,
    job: Callable[..., Job],
    closed: Callable[..., Plan],
    measure: Measure,
) -> None:
    """Fast and wrong is wrong, with HTTP 200 as with any other status, under the name it has in a run."""
    answers = answers_of(reply, job, closed, measure, status=status)
    assert [answers.names[error] for error in answers.errors] == [name] * 4


def test_good_replies_are_handed_on(job: Callable[..., Job], closed: Callable[..., Plan], measure: Measure) -> None:
    """Row by row, as extractions, so that they can be scored."""
    kept: list[tuple[int, Any]] = []
    reply = json.dumps(SUCCESS).encode()
    answers = answers_of(reply, job, closed, measure, keep=lambda row, found: kept.append((row, found)))
    assert not answers.errors.any()
    assert [row for row, _ in kept] == [0, 1, 2, 3]
    assert {found.facts[0].memory_value for _, found in kept} == {"The user lives in Leeds."}


def test_answers_from_a_store_are_marked(
    job: Callable[..., Job], closed: Callable[..., Plan], measure: Measure
) -> None:
    """They say nothing of the system's speed."""
    cached = answers_of(b"{}", job, closed, measure, reading=lambda *_: Extraction(trace=Trace(cached=True)))
    assert cached.cached.all()


def test_a_reply_word_for_word_as_before_is_read_once(
    job: Callable[..., Job], closed: Callable[..., Plan], measure: Measure
) -> None:
    """A million equal replies are not a million parsings."""
    calls = []

    def counting(status: int, body: bytes, payload: Payload) -> Extraction:
        calls.append(body)
        raise ExtractorError("no")

    answers = answers_of(b"same", job, closed, measure, reading=counting)
    assert (len(calls), [answers.names[error] for error in answers.errors]) == (1, ["ExtractorError"] * 4)
