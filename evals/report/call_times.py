"""What a run says of its own calls' times: beside the scores, and never as if it had been a load test."""

from __future__ import annotations

from evals.report.wording import some
from evals.results import Run
from evals.scoring.latency import PERCENTILES

SHOWN = ("p50_ms", "p95_ms", "p99_ms")


def call_times(run: Run) -> tuple[str, ...]:
    """Lines of plain text; none where no call was timed. A percentile with too few calls behind it is left out."""
    known = {name: value for name in SHOWN if (value := run.latency.get(name)) is not None}
    if not known:
        return ()
    times = ", ".join(f"p{PERCENTILES[name][0] * 100:g} {value:,.1f} ms" for name, value in known.items())
    if run.config.get("extractor", {}).get("name") == "recorded":
        note = "as recorded with the answers; nothing was timed here"
    else:
        note = "not a load test; evals bench measures latency"
    return (f"latency    {times} of {some(run.latency.get('n') or 0, 'call')}", f"           {note}", *_apart(run))


def _apart(run: Run) -> tuple[str, ...]:
    """What those times leave out: further tries, and the time spent in our own queue and between tries."""
    calls = (run.system or {}).get("calls") or {}
    tries = calls.get("attempts", 0) - calls.get("calls", 0)
    waited_s = (calls.get("queue_ms", 0.0) + calls.get("wait_ms", 0.0)) / 1e3
    parts = [f"{tries:,} further {'try' if tries == 1 else 'tries'}"] if tries > 0 else []
    parts += [f"{waited_s:,.1f} s waited by us, in no figure"] if waited_s >= 0.1 else []
    parts += [f"{calls['cached']:,} taken over, in no figure"] if calls.get("cached") else []
    return (f"           {'; '.join(parts)}",) if parts else ()
