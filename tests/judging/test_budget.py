"""One budget for a run: extraction and judging together, over every command that works on it, retries included."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from evals.cli import main
from evals.results import ExtractionFailure, Prediction
from evals.runs import RunFolder
from evals.scoring.costs import extraction_cost, judging_cost
from evals.spending import Purse, Tokens, charged, charged_for
from evals.types import Attempt, Branch, Extraction, Trace
from tests.extractors.scripted import Scripted, says
from tests.judging.scripted_judge import sound

pytestmark = pytest.mark.slow  # seconds each: programs, servers and clocks

PRICES = "+prices={m: {input: 10, output: 100}, j: {input: 100, output: 10}}"
EXTRACTED, JUDGED = (11 * 10 + 3 * 100) / 1e6, (11 * 100 + 3 * 10) / 1e6  # money for a call: 11 tokens in, 3 out
FACTS = '{"memory_detail_list": [{"memory_value": "The user sings."}, {"memory_value": "The user repairs clocks."}]}'


def script(request: dict[str, Any]) -> tuple[int, Any]:
    return sound()(request) if _is_judging(request) else says(FACTS)


def _is_judging(request: dict[str, Any]) -> bool:
    return "You compare short notes" in request["messages"][0]["content"]


@pytest.fixture
def evals_run(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Callable[..., tuple[int, str]]:
    def run(server: Scripted, *words: str) -> tuple[int, str]:
        local = ["extractor=local", f"extractor.base_url={server.base_url}", "extractor.model=m"]
        judge = ["matcher=cascade", "judge=llm", f"judge.base_url={server.base_url}", "judge.model=j"]
        where = [f"judge.cache_path={tmp_path}/v.sqlite", "--out", str(tmp_path), "--name", "r"]
        small = ["dataset.limit=24", "extraction_types=[memory]", "report.formats=[]", "judge.concurrency=1"]
        code = main(
            ["run", *local, *judge, *small, *where, PRICES, "http.backoff_s=0.01", "http.max_attempts=2", *words]
        )
        said = capsys.readouterr()
        return code, said.out + said.err

    return run


def _asked(server: Scripted) -> tuple[int, int]:
    """How many extractions and how many judgements a server was asked for."""
    judged = sum(map(_is_judging, server.asked))
    return len(server.asked) - judged, judged


def test_what_extraction_has_cost_is_gone_for_judging(evals_run: Any, tmp_path: Path) -> None:
    """Judging stops where both together are over, what was answered is kept, and a larger budget goes on."""
    with Scripted(script) as server:
        extraction = 24 * EXTRACTED
        code, told = evals_run(server, f"budget.max_cost={extraction + 2.5 * JUDGED}")
        assert code == 4
        assert "is used up" in told
        assert _asked(server) == (24, 3)  # the third call is the one that goes over
        code, told = evals_run(server, f"budget.max_cost={extraction + 2.5 * JUDGED}")
        assert (code, _asked(server)) == (4, (24, 3))  # it remembers what was spent
        code, told = evals_run(server, "budget.max_cost=1")
        assert code == 0
        extracted, judged = _asked(server)
    assert extracted == 24
    assert judged > 3
    calls = list(RunFolder(tmp_path / "r").judge_calls())
    assert [(call.model, call.prompt_tokens, call.completion_tokens) for call in calls] == [("j", 11, 3)] * judged
    run = RunFolder(tmp_path / "r").read_run()
    spent = extraction_cost(run), judging_cost(run)
    assert [cost and (cost.calls, cost.money, cost.answers) for cost in spent] == [
        (24, pytest.approx(extraction), 24),
        (judged, pytest.approx(judged * JUDGED), 24),
    ]
    assert f"cost       24 calls, 264 + 72 tokens: {extraction:.5f}" in told
    assert f"judging    {judged} calls, {judged * 11:,} + {judged * 3} tokens: " in told


def test_continued_extraction_counts_what_is_stored(evals_run: Any) -> None:
    """A budget is the run's, not the command's."""
    with Scripted(script) as server:
        for expected in (6, 6):
            code, told = evals_run(server, f"budget.max_cost={5.5 * EXTRACTED}", "runner.concurrency=1")
            assert (code, _asked(server)) == (4, (expected, 0))
            assert "budget.max_cost" in told
        code, _ = evals_run(server, f"budget.max_cost={8.5 * EXTRACTED}", "runner.concurrency=1")
        assert (code, _asked(server)) == (4, (9, 0))


def test_a_run_that_is_over_but_has_nothing_left_to_ask_ends_well(evals_run: Any) -> None:
    """The budget stops calls, not results: with every verdict cached nothing is asked and nothing is stopped."""
    with Scripted(script) as server:
        assert evals_run(server)[0] == 0
        whole = _asked(server)
        assert evals_run(server, f"budget.max_cost={23.5 * EXTRACTED}", "--force")[0] == 0
        assert _asked(server) == (2 * whole[0], whole[1])


def test_retries_and_canaries_of_the_judge_are_charged(evals_run: Any, tmp_path: Path) -> None:
    """A try that broke after it was sent is charged its prompt; one turned away is not."""
    failed: set[str] = set()

    def shaky(request: dict[str, Any]) -> tuple[int, Any]:
        said = request["messages"][-1]["content"]
        if _is_judging(request) and said not in failed:
            failed.add(said)
            return (500, {"error": {"message": "down"}}) if len(failed) % 2 else (429, {"error": {"message": "slow"}})
        return script(request)

    with Scripted(shaky) as server:
        assert evals_run(server)[0] == 0
        _, judged = _asked(server)
    charges = [call.prompt_tokens for call in RunFolder(tmp_path / "r").judge_calls()]
    assert set(charges) == {11, 22}
    assert 2 * len(charges) == judged
    run = RunFolder(tmp_path / "r").read_run()
    ledger = (run.judging or {})["models"]["j"]
    assert ledger["prompt_tokens"] == sum(charges)
    assert ledger["cost"] == pytest.approx((sum(charges) * 100 + 3 * len(charges) * 10) / 1e6)


def test_the_plan_adds_up(evals_run: Any) -> None:
    """With a budget a plan says what both come to together, beside what is spent already."""
    with Scripted(script) as server:
        assert evals_run(server, f"budget.max_cost={5.5 * EXTRACTED}", "runner.concurrency=1")[0] == 4
        code, told = evals_run(server, "budget.max_cost=1", "--dry-run")
    assert code == 0
    assert "  together: " in told
    assert f"{6 * EXTRACTED:.4f} spent already, of budget.max_cost=1" in told


USAGE = {"prompt_tokens": 100, "completion_tokens": 7}


@pytest.mark.parametrize(
    ("usage", "attempts", "tokens"),
    [
        (USAGE, (Attempt(http_status=200),), (100, 7)),
        (USAGE, (Attempt(error="TimedOut"), Attempt(http_status=200)), (200, 7)),
        (USAGE, (Attempt(error="ServerFailed", http_status=503), Attempt(http_status=200)), (200, 7)),
        (USAGE, (Attempt(error="RateLimited", http_status=429), Attempt(http_status=200)), (100, 7)),
        (USAGE, (Attempt(error="Unreachable"), Attempt(http_status=200)), (100, 7)),
        (None, (Attempt(error="TimedOut", request_bytes=350),) * 2, (200, 0)),
        (None, (Attempt(error="BadRequest", http_status=400, request_bytes=350),), (0, 0)),
        (None, (Attempt(error="MalformedReply", http_status=200, request_bytes=350),), (100, 0)),
        (None, (), (0, 0)),
    ],
)
def test_what_a_call_is_charged(usage: dict[str, int] | None, attempts: tuple[Attempt, ...], tokens: Any) -> None:
    """The usage of the answer, and the prompt of each failed try that may have been worked on."""
    assert charged(usage, attempts) == tokens


def test_failures_are_charged_and_reused_answers_are_not() -> None:
    """All branches of a prediction add up, whatever it came to."""
    branches = tuple(Branch(usage=USAGE, attempts=(Attempt(http_status=200),)) for _ in range(2))
    trace = Trace(branches=branches)
    answered = Prediction(id="a", extraction=Extraction(trace=trace))
    failed = Prediction(id="a", error=ExtractionFailure(type="x", message="y", trace=trace))
    reused = Prediction(id="a", extraction=Extraction(trace=Trace(branches=branches, cached=True)))
    assert [charged_for(each) for each in (answered, failed, reused)] == [(200, 14), (200, 14), (0, 0)]
    assert Tokens(200, 14).money(2, 8) == pytest.approx(512e-6)


def test_a_purse_is_empty_once_more_is_spent_than_there_was() -> None:
    """Free calls never empty it, and without a limit nothing does."""
    purse = Purse(1)
    purse.pay(1)
    assert not purse.is_empty
    purse.pay(0.01)
    assert purse.is_empty
    assert str(purse) == "budget.max_cost=1 is used up: 1.0100 so far"
    free, endless = Purse(0), Purse()
    endless.pay(1e9)
    assert not free.is_empty
    assert not endless.is_empty
