"""What a run will cost, told before it is paid: calls, tokens, money, hours; nothing is sent."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.extractors.scripted import Scripted, says, which

pytestmark = pytest.mark.slow  # seconds each: programs, servers and clocks

FACT = '{"memory_detail_list": [{"memory_key": "k", "memory_value": "The user sings."}]}'
LIKES = '{"preference_detail_list": []}'
PRICED = "+prices.m={input: 2, output: 8}"


def local(server: Scripted, *words: str) -> list[str]:
    where = ["extractor=local", f"extractor.base_url={server.base_url}", "extractor.model=m"]
    return ["run", *where, "dataset.limit=10", "report.formats=[]", *words]


def planned(out: str) -> int:
    """How many extraction calls a plan names."""
    return int(out.split("extraction: ")[1].split(" calls")[0])


def script(request: dict[str, Any]) -> tuple[int, Any]:
    return says(FACT if which(request) == "memory_reader" else LIKES)


def test_calls_tokens_money_and_hours(cli: Callable[..., Any], tmp_path: Path) -> None:
    """The prompts are counted and sized as they are then sent; the limit that is set gives the hours."""
    with Scripted(script) as server:
        done = cli(*local(server, "--dry-run", "runner.qps=0.01", PRICED), "--out", tmp_path)
        assert server.asked == []
        assert cli(*local(server), "--out", tmp_path).code == 0
        calls = len(server.asked)
    assert done.code == 0
    line = next(line for line in done.out.splitlines() if "extraction:" in line)
    assert planned(done.out) == calls
    tokens = int(line.split("about ")[1].split(" tokens")[0])
    assert calls * 200 < tokens < calls * 4000
    assert f"{(tokens * 2 + calls * 400 * 8) / 1e6:.4f}" in line
    assert f"{calls / 36:.2f} h" in line


def test_an_unknown_price_is_said_and_refused_with_a_budget(cli: Callable[..., Any], tmp_path: Path) -> None:
    """Never a guess: null in the plan, exit 2 with the key to set where money is limited."""
    with Scripted(script) as server:
        plain = cli(*local(server, "--dry-run"), "--out", tmp_path)
        limited = cli(*local(server, "--dry-run", "budget.max_cost=1"), "--out", tmp_path)
    assert "price unknown" in plain.out
    assert (limited.code, limited.out) == (2, "")
    assert "+prices.m=" in limited.err


def test_what_is_stored_is_not_planned_again(cli: Callable[..., Any], tmp_path: Path) -> None:
    """The plan of a continued run."""
    with Scripted(script) as server:
        words = local(server, "--name", "r", "--out", str(tmp_path))
        before = planned(cli(*words, "--dry-run").out)
        assert cli(*words, "budget.max_calls=4").code == 4
        done = cli(*words, "--dry-run")
    assert ", 4 stored already" in done.out
    assert planned(done.out) == round(before * 0.6)


def test_a_budget_stops_extraction_and_the_same_command_goes_on(cli: Callable[..., Any], tmp_path: Path) -> None:
    """Money is counted as the server reports tokens: 11 in and 3 out a call here."""
    with Scripted(script) as server:
        words = local(server, "--name", "r", "--out", str(tmp_path), PRICED, "runner.concurrency=1")
        whole = planned(cli(*words, "--dry-run").out)
        stopped = cli(*words, "budget.max_cost=0.0005")
        assert stopped.code == 4
        assert "budget.max_cost=0.0005 is used up" in stopped.err
        assert 9 <= len(server.asked) < whole
        assert cli(*words, "budget.max_cost=1").code == 0
        assert len(server.asked) == whole


def test_judging_is_sized_by_what_the_baseline_leaves_open(cli: Callable[..., Any], tmp_path: Path) -> None:
    """From real prompts, cached verdicts apart; nothing is asked."""
    judged = ["matcher=cascade", "judge=llm", "judge.model=j", "judge.base_url=http://127.0.0.1:9/v1"]
    cache = f"judge.cache_path={tmp_path}/v.sqlite"
    done = cli("run", *judged, cache, "--dry-run", "judge.qps=1", "--out", tmp_path)
    assert done.code == 0
    line = next(line for line in done.out.splitlines() if "judging by j:" in line)
    assert int(line.split(": ")[1].split(" calls")[0]) > 5
    assert "price unknown" in line
    assert " h by the limits set" in line


@pytest.mark.parametrize(
    "price", ["+prices.m={input: -1, output: 2}", "+prices.m={input: a, output: 2}", "+prices.m=3"]
)
def test_a_price_that_is_none(cli: Callable[..., Any], price: str) -> None:
    """Refused with its key."""
    done = cli("run", price, "--dry-run")
    assert done.code == 2
    assert "prices.m" in done.err


def test_a_dialogue_too_long_to_send_costs_nothing(cli: Callable[..., Any], tmp_path: Path) -> None:
    """It fails without a call, so the plan counts none for it."""
    with Scripted(script) as server:
        whole = cli(*local(server, "--dry-run"), "--out", tmp_path)
        short = cli(*local(server, "--dry-run", "extractor.max_input_tokens=1"), "--out", tmp_path)
    assert planned(whole.out) > 0
    assert (short.code, planned(short.out)) == (0, 0)
