"""`evals bench` from the command line to its files: what it measures, what it refuses, how it ends."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

import evals
from tests.extractors.scripted import NOTHING, Scripted, says, which
from tests.load.servers import SUCCESS, Steady

pytestmark = pytest.mark.slow  # seconds each: programs, servers and clocks

# What makes a bench short; the self-check has tests of its own.
SHORT = ("load.warmup_s=0.2", "load.selfcheck_s=0", "report.formats=[]")
PATIENCE_S = 60.0


@pytest.fixture
def server() -> Iterator[Steady]:
    """A system that takes 20 ms and finds one fact."""
    with Steady(service_s=0.02, reply=json.dumps(SUCCESS).encode()) as started:
        yield started


@pytest.fixture
def bench(cli: Callable[..., Any], twenty: Path, tmp_path: Path) -> Callable[..., Any]:
    """`evals bench` over twenty dialogues, into tmp_path/runs/b unless named."""

    def run(*words: object, name: str = "b") -> Any:
        given = ("dataset=file", f"dataset.path={twenty}", *SHORT, *words)
        return cli("bench", *given, "--out", tmp_path / "runs", "--name", name)

    return run


def cloud(url: str) -> tuple[str, ...]:
    """The overrides that measure a server of ours as the cloud."""
    return (
        "extractor=cloud",
        f"extractor.base_url={url}",
        "extractor.api_key_env=null",
        "extractor.qps=null",
        "extractor.tokens_per_minute=null",
    )


def stored(tmp_path: Path, name: str = "b") -> Any:
    """run.json as it stands."""
    return json.loads((tmp_path / "runs" / name / "run.json").read_text("utf-8"))


def test_an_open_loop_over_http(bench: Callable[..., Any], server: Steady, tmp_path: Path) -> None:
    """All that was planned is sent; figures, verdict and samples are stored, and the summary says the same."""
    done = bench(*cloud(server.url), "load=poisson", "load.rate=50", "load.duration_s=2", "load.slo_ms=200")
    assert done.code in (0, 3), done.err  # 3 where the machine was not left alone
    run = stored(tmp_path)
    load = run["load"]
    assert run["status"] == "complete"
    assert (load["mode"], load["sender"], load["target"]) == ("poisson", "aiohttp", "extractor")
    assert load["planned"] == load["requests"] == run["latency"]["n"]
    assert len(server.requests) == 110
    assert run["latency"]["p50_ms"] >= 20.0
    assert run["latency"]["p99_ms"] is None
    assert load["errors"] == {"count": 0, "rate": 0.0, "censored": 0, "classes": {}}
    assert load["goodput"]["share"] > 0.5
    assert load["verdict"]["state"] in ("DEGRADED", "INVALID")  # DEGRADED at best: no self-check
    assert run["environment"]["machine"]["cores"] >= 1
    rows = pq.read_table(tmp_path / "runs" / "b" / "samples.parquet").to_pylist()
    assert len(rows) == 110
    assert {row["dialogue_id"] for row in rows} == {f"d{place:02}" for place in range(20)}
    assert done.out.splitlines()[1] == load["verdict"]["state"]
    assert "too few samples for p95" in done.out.lower()


def test_what_is_in_a_bench_is_private(
    bench: Callable[..., Any], server: Steady, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The key goes over the wire and into no file; bodies of replies are not left behind."""
    monkeypatch.setenv("BENCH_KEY", "mpg-0123456789abcdef")
    bench(*cloud(server.url), "extractor.api_key_env=BENCH_KEY", "load=constant", "load.duration_s=1")
    assert all(b"mpg-0123456789abcdef" in request for request in server.requests)
    files = [path for path in (tmp_path / "runs" / "b").rglob("*") if path.is_file()]
    assert {path.name for path in files} == {"run.json", "samples.parquet"}
    assert not [path for path in files if b"mpg-0123456789abcdef" in path.read_bytes()]


def test_extractors_of_our_own_are_measured_in_processes(bench: Callable[..., Any], tmp_path: Path) -> None:
    """And are said to be: no HTTP was in it."""
    done = bench("load.concurrency=2", "load.duration_s=1")
    load = stored(tmp_path)["load"]
    assert (load["sender"], load["target"], load["label"] is not None) == ("processes", "pipeline", True)
    assert load["requests"] > 20
    assert "extract() called in worker processes" in done.out
    assert "Closed loop: its tail is not comparable with an open one" in " ".join(done.out.split())


def test_pipelines_are_called_in_the_loop(
    bench: Callable[..., Any], program: Callable[..., Any], tmp_path: Path
) -> None:
    """A coroutine extractor is awaited; here a program that answers on its stdout."""
    made = program(delay_s=0.01)
    bench(
        "extractor=command", f"extractor.argv=[{sys.executable},{made.path}]", "load.concurrency=2", "load.duration_s=1"
    )
    run = stored(tmp_path)
    assert run["load"]["sender"] == "calls"
    assert run["latency"]["p50_ms"] >= 10.0
    assert run["load"]["errors"]["count"] == 0


def test_the_calls_behind_an_extraction_stand_apart(bench: Callable[..., Any], server: Steady, tmp_path: Path) -> None:
    """load.target=pipeline times extract() with its own budgets: what waited in our queue is told beside it."""
    limited = (*cloud(server.url), "extractor.qps=20", "load.keep_advice=false", "load.target=pipeline")
    bench(*limited, "load.concurrency=4", "load.duration_s=2")
    load = stored(tmp_path)["load"]
    assert load["sender"] == "calls"
    assert load["calls"]["calls"] == load["calls"]["attempts"] == load["requests"]
    assert load["calls"]["queue_ms"] > 0


def test_prompts_are_sent_one_by_one(bench: Callable[..., Any], tmp_path: Path) -> None:
    """load.target=inference sends every branch's real prompt as a request of its own, and reads what comes back."""

    def script(request: dict[str, Any]) -> tuple[int, Any]:
        return says(NOTHING["memory"] if which(request) == "memory_reader" else "no JSON at all")

    with Scripted(script) as server:
        words = ("extractor=local", f"extractor.base_url={server.base_url}", "load.target=inference")
        bench(*words, "load.concurrency=2", "load.duration_s=1", "load.max_error_rate=1")
        sent = {which(request) for request in server.asked}
    load = stored(tmp_path)["load"]
    assert sent == {"memory_reader", "explicit_preference"}  # one message is too little for an implicit one
    assert (load["target"], load["sender"]) == ("inference", "aiohttp")
    assert set(load["by"]["branch"]) == sent
    assert list(load["errors"]["classes"]) == ["UnreadableReply"]
    assert 0.3 < load["errors"]["rate"] < 0.7  # half of the prompts


def test_a_fast_wrong_answer_is_an_error(bench: Callable[..., Any], tmp_path: Path) -> None:
    """A server that answers at once with rubbish has no latency at all."""
    with Steady(reply=b'{"status": "busy"}') as quick:
        done = bench(*cloud(quick.url), "load.concurrency=2", "load.duration_s=0.5")
    run = stored(tmp_path)
    assert run["latency"]["n"] == 0
    assert run["latency"]["p50_ms"] is None
    assert list(run["load"]["errors"]["classes"]) == ["MalformedReply"]
    assert "(100.0%): MalformedReply" in " ".join(done.out.split())


def test_answers_may_be_counted_by_status_alone(bench: Callable[..., Any], tmp_path: Path) -> None:
    """For weights that mean nothing: any success counts, and the report says that nothing was read."""
    with Steady(service_s=0.01, reply=b"noise") as noisy:
        done = bench(*cloud(noisy.url), "load.concurrency=2", "load.duration_s=0.5", "load.check=status")
    assert stored(tmp_path)["load"]["errors"]["count"] == 0
    assert "what they say was not looked at" in " ".join(done.out.split())


def test_a_client_bound_figure_is_refused(bench: Callable[..., Any], tmp_path: Path) -> None:
    """httpx asked for many times what it can do: INVALID, exit 3, and the reason in the report."""
    with Steady() as quick:
        done = bench(*cloud(quick.url), "load=constant", "load.rate=4000", "load.sender=httpx", "load.duration_s=1")
    assert done.code == 3
    assert "INVALID: dispatch lag p99" in done.err
    assert stored(tmp_path)["load"]["verdict"]["state"] == "INVALID"
    again = bench(*cloud("http://127.0.0.1:1"), "load=constant", "load.rate=4000", name="b")
    assert again.code == 2  # another bench stands there


def test_a_complete_bench_is_left_alone(
    bench: Callable[..., Any], cli: Callable[..., Any], server: Steady, tmp_path: Path
) -> None:
    """The same command says so and measures nothing, the list shows what was; --force keeps the old one aside."""
    words = (*cloud(server.url), "load=constant", "load.duration_s=1")
    first = bench(*words)
    asked = len(server.requests)
    second = bench(*words)
    assert "complete already, nothing changed" in second.out
    assert (second.code, len(server.requests)) == (first.code, asked)
    (listed,) = cli("runs", "list", "--out", tmp_path / "runs").out.splitlines()
    run = stored(tmp_path)
    assert f"{run['load']['throughput_rps']:,.1f}/s, {run['load']['verdict']['state']}" in listed
    third = bench(*words, "--force")
    assert "kept as" in third.err
    assert len(server.requests) > asked
    assert (tmp_path / "runs" / "b.1" / "samples.parquet").exists()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (
            ("extractor=cloud", "extractor.base_url=http://192.0.2.1", "extractor.api_key_env=null", "load=poisson"),
            "load.confirm=true",
        ),
        (
            ("extractor=cloud", "extractor.base_url=http://192.0.2.1", "extractor.api_key_env=null"),
            "8 requests in flight",
        ),
        (
            (
                "extractor=cloud",
                "extractor.api_key_env=null",
                "extractor.base_url=http://127.0.0.1:1",
                "load=constant",
                "load.rate=60",
            ),
            "extractor.qps=50",
        ),
        (
            (
                "extractor=cloud",
                "extractor.api_key_env=null",
                "extractor.base_url=http://127.0.0.1:1",
                "extractor.tokens_per_minute=600",
                "load=constant",
                "load.rate=5",
            ),
            "tokens_per_minute=600 at",
        ),
        (("load=constant", "load.rate=null"), "load.rate: load=constant needs a value"),
        (("load.sender=aiohttp",), "extract() of extractor=baseline is called, not sent"),
        (("load.target=inference",), "makes no inference calls"),
        (("extractor=recorded", "extractor.path=P.jsonl"), "P.jsonl"),
        (("extractor=control_oracle",), "makes no calls"),
        (("load.types=apart", "score=true"), "whole answers, read"),
        (("load=slo", "load.low=10", "load.high=5"), "above load.high"),
        (("load=sweep", "load.over=concurrency", "load.steps=[1.5]"), "whole numbers"),
        (("load.duration_s=0",), "load.duration_s=0"),
        (("load.mode=fast",), "load.mode='fast'"),
    ],
)
def test_what_cannot_be_done_is_one_line(words: tuple[str, ...], said: str, bench: Callable[..., Any]) -> None:
    """Before anything is sent: which key, which value, what would be right."""
    done = bench(*words)
    assert done.code == 2
    assert said in done.err
    assert len(done.err.strip().splitlines()) == 1


def test_advice_can_be_exceeded_on_purpose(bench: Callable[..., Any], server: Steady, tmp_path: Path) -> None:
    """load.keep_advice=false sends faster than extractor.qps; a closed loop keeps to it by waiting."""
    limited = (*cloud(server.url), "extractor.qps=20", "load.duration_s=1")
    bench(*limited, "load=constant", "load.rate=60", "load.keep_advice=false")
    assert stored(tmp_path)["load"]["requests"] == 60
    bench(*limited, "load=closed", name="paced")
    assert stored(tmp_path, "paced")["load"]["requests"] <= 21


def test_a_sweep_has_a_figure_for_each_step(bench: Callable[..., Any], server: Steady, tmp_path: Path) -> None:
    """No single headline, but latency and rate of every step, and the step of every sample."""
    done = bench(*cloud(server.url), "load=sweep", "load.steps=[20,60]", "load.duration_s=1", "load.step_requests=1")
    run = stored(tmp_path)
    assert run["latency"]["n"] == 0
    steps = run["load"]["steps"]
    assert [step["name"] for step in steps] == ["rate 20", "rate 60"]
    assert all(step["latency"]["mean_ms"] >= 20.0 for step in steps)
    assert set(pq.read_table(tmp_path / "runs" / "b" / "samples.parquet")["step"].to_pylist()) == {0, 1}
    assert "rate 60" in done.out


@pytest.mark.slow
def test_a_search_finds_a_rate(bench: Callable[..., Any], tmp_path: Path) -> None:
    """Two servers of 20 ms bear 100 a second: the rate found keeps the limit, was confirmed, and lies below."""
    with Steady(service_s=0.02, servers=2) as queue:
        done = bench(
            *cloud(queue.url),
            "load=slo",
            "load.slo_ms=150",
            "load.percentile=0.9",
            "load.duration_s=1",
            "load.step_requests=60",
            "load.tolerance=0.3",
            "load.confirm_factor=1",
        )
    run = stored(tmp_path)
    search = run["load"]["search"]
    assert search is not None, done.err
    assert 50 < search["capacity_rps"] < 110
    assert 20 < search["rate"] < 110
    confirmed = next(probe for probe in search["probes"] if probe["name"] == "confirm" and probe["kept"])
    assert run["latency"]["n"] >= confirmed["requests"] - run["load"]["errors"]["count"]
    assert "requests a second keep p90 within 150.0 ms" in " ".join(done.out.split())


def test_answers_are_scored_under_load(bench: Callable[..., Any], server: Steady, tmp_path: Path) -> None:
    """A system that says the same whatever it is asked has recall 0 here; its answers and outcomes are kept."""
    bench(*cloud(server.url), "load=constant", "load.rate=40", "load.duration_s=1", "score=true")
    run = evals.load_run(tmp_path / "runs" / "b")
    assert run.score("recall").value == 0.0
    assert run.score("error_rate").dialogues == 20
    assert len(list(run.outcomes())) == 40
    assert run.run.load is not None
    assert run.run.load["steps"][0]["quality"]["recall"]["value"] == 0.0


def test_shed_quality_is_seen(bench: Callable[..., Any], tmp_path: Path) -> None:
    """A server that answers under pressure with an empty list is quick and finds nothing; one that fails, fails."""
    with Steady(reply=json.dumps({"code": 50000, "message": "overloaded"}).encode(), status=500) as shedding:
        bench(*cloud(shedding.url), "load.concurrency=1", "load.duration_s=0.5", "score=true", "load.max_error_rate=1")
    run = evals.load_run(tmp_path / "runs" / "b")
    assert run.score("error_rate").value == 1.0
    assert run.score("recall").value == 0.0


def test_a_storm_of_failures_ends_it(bench: Callable[..., Any], tmp_path: Path) -> None:
    """Exit 4 with what was measured, long before the minute is over."""
    with Steady(status=503) as failing:
        done = bench(*cloud(failing.url), "load.concurrency=2", "load.duration_s=60")
    assert done.code == 4
    assert "load.max_error_rate" in done.err
    run = stored(tmp_path)
    assert run["status"] == "incomplete"
    assert run["load"]["errors"]["rate"] == 1.0
    assert list(run["load"]["errors"]["classes"]) == ["ServerFailed"]


def test_two_systems_in_turns(bench: Callable[..., Any], tmp_path: Path) -> None:
    """Each has a bench of its own with the same blocks; the second says how it compares with the first."""
    with Steady(service_s=0.02) as server:
        words = (*cloud(server.url)[1:], "load=constant", "load.rate=40", "load.duration_s=2", "load.blocks=2")
        done = bench("extractor=cloud", "extractor.model=one,two", *words, "--interleave")
    first, second = stored(tmp_path, "b-a")["load"], stored(tmp_path, "b-b")["load"]
    assert first["interleaved"]["comparison"] is None
    ratio = second["interleaved"]["comparison"]["ratios"]["p50"]["value"]
    assert 0.5 < ratio < 2.0
    assert [step["name"] for step in first["steps"]] == ["block 0a", "block 1a"]
    assert "candidate / base, p50" in done.out
    blocks = pq.read_table(tmp_path / "runs" / "b-b" / "samples.parquet")["block"].to_pylist()
    assert set(blocks) - {-1} == {0, 1}


def test_one_system_against_itself(bench: Callable[..., Any], server: Steady, tmp_path: Path) -> None:
    """The noise floor of this machine, stored with its description."""
    bench(
        *cloud(server.url),
        "load=constant",
        "load.rate=40",
        "load.duration_s=2",
        "load.blocks=2",
        "--interleave",
        name="n",
    )
    run = stored(tmp_path, "n-a")
    floor = run["load"]["interleaved"]["noise_floor"]
    assert floor["blocks"] == 2
    assert floor["ratios"]["p50"]["value"] == pytest.approx(1.0, abs=0.5)


@pytest.mark.parametrize(("signum", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_an_interrupted_bench_reports_what_it_has(
    signum: int, code: int, started: Callable[..., subprocess.Popen[str]], twenty: Path, tmp_path: Path
) -> None:
    """Requests in flight land, figures and samples are stored, and the same command measures anew."""
    with Steady(service_s=0.1) as server:
        words = [
            "dataset=file",
            f"dataset.path={twenty}",
            *SHORT,
            *cloud(server.url),
            "load=constant",
            "load.duration_s=60",
        ]
        process = started("bench", *words, "--out", tmp_path / "runs", "--name", "b")
        deadline_s = time.monotonic() + PATIENCE_S
        while len(server.requests) < 12:
            assert time.monotonic() < deadline_s
            time.sleep(0.05)
        process.send_signal(signum)
        out, err = process.communicate(timeout=PATIENCE_S)
    assert process.returncode == code, err
    assert "what was measured until then is stored" in err
    run = stored(tmp_path)
    assert run["status"] == "interrupted"
    assert run["latency"]["n"] >= 5
    assert run["load"]["errors"]["count"] == 0
    assert "interrupted: what was measured until then" in " ".join(out.split())
    assert "Traceback" not in err
