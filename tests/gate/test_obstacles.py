"""Why a candidate could not be measured, each with what takes it away."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from evals.gate.obstacles import OUTAGES, obstacles
from evals.gate.policy import Policy, policy_of
from evals.results import Run
from tests.gate.test_policy import shipped

NOW = datetime(2026, 6, 30, tzinfo=UTC)
RUN = Run(
    format=1,
    name="candidate",
    status="complete",
    signature="s",
    created="2026-06-29T00:00:00+00:00",
    command="evals run",
    config={"repeats": 1},
    environment={},
    dataset={},
    counts={},
    identity={"extractor": "cloud#1b7e(unpinned)"},
    matching={},
    latency={},
)
JUDGED = {"models": {"gpt-x-2026-01-01": {"answered_as": "gpt-x-2026-01-01"}}}


def policy(**fields: Any) -> Policy:
    return policy_of({**shipped(), **fields})


def said(run: Run = RUN, base: Run | None = None, *, lost: int = 0, **fields: Any) -> list[str]:
    return list(obstacles(policy(**fields), run, base, outages=lost, predictions=100, now=NOW))


def test_a_fresh_run_of_no_outage_is_measured() -> None:
    """Nothing stands in its way."""
    assert said() == []


def test_an_outage_could_not_be_measured() -> None:
    """And is never called a regression; the command that asks again is there."""
    (line,) = said(lost=3)
    assert line.startswith("could not measure: 3 of 100 extractions failed for reasons that are not the model's")
    assert line.endswith("evals run")
    assert said(lost=2) == []


def test_what_a_model_does_is_no_outage() -> None:
    """An unreadable reply is the model's own fault and counts against it."""
    assert {"TimedOut", "ServerFailed", "RateLimited", "AuthRejected", "missing"} <= OUTAGES
    assert not {"UnreadableReply", "MalformedReply", "InputTooLong"} & OUTAGES


def test_an_old_candidate_is_stale() -> None:
    """Only the candidate: a baseline is old by nature."""
    old = replace(RUN, created="2026-05-01T00:00:00+00:00")
    assert said(old) == ["stale: the candidate was made 60 days ago, more than 30; run it again"]
    assert said(RUN, old) == []
    assert said(old, max_age_days=None) == []


def test_an_unreadable_date_is_said() -> None:
    """A run file is anybody's; its date may be nonsense."""
    assert "cannot be told" in said(replace(RUN, created="yesterday"))[0]
    assert said(replace(RUN, created="2026-06-29T00:00:00")) == []


def test_a_release_wants_a_known_version() -> None:
    """On both sides."""
    assert len(said(RUN, RUN, require_pinned=True)) == 2
    pinned = replace(RUN, identity={"extractor": "cloud#1b7e(v2)"})
    assert said(pinned, pinned, require_pinned=True) == []


def test_a_judge_needs_a_certificate_and_a_name_that_stays() -> None:
    """An alias and a missing certificate are two obstacles; a certified, pinned judge is none."""
    fine = replace(RUN, judging=JUDGED, matching={"certificate": {"subject": "x"}})
    assert said(fine) == []
    bare = said(replace(RUN, judging=JUDGED))
    assert "without a certificate" in bare[0]
    assert "evals score candidate" in bare[0]
    alias = {"models": {"gpt-x": {"answered_as": "gpt-x-2026-01-01"}}}
    assert "floating alias (gpt-x answered as gpt-x-2026-01-01)" in said(replace(fine, judging=alias))[0]
    latest = {"models": {"gpt-x-latest": {"answered_as": None}}}
    assert "floating alias (gpt-x-latest)" in said(replace(fine, judging=latest))[0]


@pytest.mark.parametrize(("repeats", "wanted", "lines"), [(1, 3, 1), (3, 3, 0), (1, 1, 0)])
def test_repeats_of_the_baseline(repeats: int, wanted: int, lines: int) -> None:
    """Where the policy asks for them."""
    base = replace(RUN, config={"repeats": repeats})
    assert len(said(RUN, base, baseline_repeats=wanted)) == lines
