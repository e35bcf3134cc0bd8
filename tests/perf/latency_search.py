"""The search for the highest rate, through the command line: a queue with a known answer, and a served extractor."""

from __future__ import annotations

import json
import math
import os
import random
import re
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from evals.commands.plan import selection_of, source_of
from evals.config import load
from evals.config_shapes import RunConfig
from evals.corpus.survey import selected, survey
from evals.memos.wire import request_body
from evals.types import EXTRACTION_TYPES
from tests.load.servers import SUCCESS, Steady
from tests.perf.latency_runs import simulated_rate
from tests.perf.wrk import wrk_at

SERVERS, SERVICE_S, SLO_MS = 4, 0.020, 60.0
SERVED_SLO_MS = 150.0  # near the knee: at 50 ms p99 grows by a quarter while the rate does, and a search finds anything
SHORT = "dataset.where=label!=near_limit"
STEP_S, STEP_REQUESTS = 4.0, 3000  # with 1,000 three searches often disagree (docs/latency.md)
WRK_STEPS, WRK_STEP, WRK_REQUESTS = 5, 1.05, 3000  # below our rate and above it; from rate to rate
Figure = tuple[str, str, bool | None]


def queue_figures(repeats: int) -> Iterator[Figure]:
    """(demanded, measured, met) of the search on a queue whose answer is known."""
    with Steady(service_s=SERVICE_S, servers=SERVERS, reply=json.dumps(SUCCESS).encode()) as queue:
        found = [_search(queue.url, SLO_MS) for _ in range(repeats)]
    rates, steps = [each["rate"] or 0.0 for each in found], [_steps(each) for each in found]
    truth = simulated_rate(SERVERS, SERVERS / max(each["capacity_rps"] for each in found), SLO_MS)
    ratios = [rate / truth for rate in rates]
    yield (
        "search on 4 x 20 ms, p99 60 ms: found / simulated 0.85 … 1.05",
        f"{min(ratios):.2f} … {max(ratios):.2f} (of {truth:.0f}/s)",
        min(ratios) >= 0.85 and max(ratios) <= 1.05,
    )
    yield "search: at most 8 steps before it is confirmed", f"{max(steps)}", max(steps) <= 8
    yield (
        "search: max / min of the repeats <= 1.15",
        f"{max(rates) / max(min(rates), 1e-9):.2f}",
        max(rates) <= 1.15 * min(rates),
    )


def served_figures(repeats: int) -> Iterator[Figure]:
    """`evals serve extractor=baseline` under `load=slo`, and after each search the rate at which wrk sees it kept."""
    found: list[tuple[float, float | None]] = []
    with _serving() as url:
        for _ in range(repeats):
            rate = _search(url, SERVED_SLO_MS)["rate"] or 0.0
            found.append((rate, _wrk_rate(url, rate) if rate else 0.0))
    rates = [rate for rate, _ in found]
    spread = max(rates) / max(min(rates), 1e-9)
    each = " ".join(f"{rate:.0f}" for rate in rates)
    yield f"served baseline, p99 {SERVED_SLO_MS:g} ms: max / min <= 1.15", f"{spread:.2f} ({each})", spread <= 1.15
    demand = "served baseline: rate / rate at which wrk keeps it, 0.85 … 1.15"
    if any(second is None for _, second in found):
        yield demand, "wrk is not installed", None
        return
    ratios = [rate / second if second else 0.0 for rate, second in found]
    seconds = " ".join(f"{second:.0f}" for _, second in found)
    middle = statistics.median(ratios)
    yield demand, f"{middle:.2f} (of {seconds})", 0.85 <= middle <= 1.15


def _search(url: str, slo_ms: float) -> dict[str, Any]:
    """The `search` of a bench's run.json."""
    with tempfile.TemporaryDirectory() as folder:
        words = [
            *("extractor=cloud", f"extractor.base_url={url}", "extractor.api_key_env=null", "extractor.qps=null"),
            *("extractor.tokens_per_minute=null", "load=slo", f"load.slo_ms={slo_ms}", f"load.duration_s={STEP_S}"),
            *(f"load.step_requests={STEP_REQUESTS}", "load.warmup_s=1", "load.selfcheck_s=1", "load.connections=256"),
            *(SHORT, "report.formats=[]", "--name", "b", "--out", folder),
        ]
        command = [sys.executable, "-m", "evals", "bench", *words]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        load = json.loads((Path(folder) / "b" / "run.json").read_text())["load"]
    if not load["search"]:
        print(done.stderr[-500:], file=sys.stderr)
        return {"rate": None, "capacity_rps": 1.0, "probes": []}
    found: dict[str, Any] = load["search"]
    return found


def _steps(found: dict[str, Any]) -> int:
    return sum(probe["name"] == "search" for probe in found["probes"])


def _wrk_rate(url: str, ours: float) -> float | None:
    """The rate at which wrk's p99 leaves the limit, from steps around our answer: Spearman and Kärber's estimate.

    As many steps as kept it lie below that rate, whichever they were: so a lucky step and an unlucky one weigh alike.
    wrk sends the dialogues that the search sends, and as the search does: not waiting for answers.
    """
    bodies, rates, kept = _bodies(), [], 0
    for place in range(-WRK_STEPS, WRK_STEPS + 1):
        asked = ours * WRK_STEP**place
        said = wrk_at(f"{url}/extract/memory", bodies, rate=asked, seconds=math.ceil(WRK_REQUESTS / asked))
        if said is None:
            return None
        rates.append(said.rps)
        kept += said.p99_ms <= SERVED_SLO_MS and not said.failed
    rates = sorted([rates[0] / WRK_STEP, *rates, rates[-1] * WRK_STEP])
    return math.sqrt(rates[kept] * rates[kept + 1])


def _bodies() -> list[bytes]:
    """The golden set's dialogues but the longest, in one order of a seed."""
    dataset = load("run", RunConfig, [SHORT]).dataset
    source = source_of(dataset)
    dialogues = list(selected(source, survey(source, selection_of(dataset, 0))))
    random.Random(0).shuffle(dialogues)
    return [request_body(dialogue.messages, EXTRACTION_TYPES) for dialogue in dialogues]


@contextmanager
def _serving() -> Iterator[str]:
    """`evals serve` on a free port."""
    with tempfile.NamedTemporaryFile("w+") as log:
        command = [sys.executable, "-m", "evals", "serve", "server.port=0", "server.concurrency=256"]
        process = subprocess.Popen(command, stderr=log, env=os.environ)
        try:
            while not (match := re.search(r"at (http://[^:]+:\d+)", Path(log.name).read_text())):
                assert process.poll() is None, Path(log.name).read_text()
                time.sleep(0.05)
            yield match[1]
        finally:
            process.terminate()
            process.wait()
