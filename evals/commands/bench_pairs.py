"""Two benches side by side: ratios of their percentiles, each bootstrapped over stretches of its own window.

Benches of one command (`--interleave`) were measured in turns and say more in their own report; two commands met two
machines, or one machine in two moods, and the interval knows only of the drift inside each.
"""

from __future__ import annotations

from collections.abc import Sequence

from evals.commands.alike import Opened
from evals.compare.latency import LatencyDelta, latency_deltas
from evals.errors import CannotAnswer, UsageError
from evals.load.samples import FILE_NAME, read_blocks
from evals.report.comparison import Sides, latency_table, mapping_rows
from evals.results import Run

INVALID = "INVALID"


def bench_deltas(base: Opened, candidate: Opened, *, seed: int) -> tuple[LatencyDelta, ...]:
    """Every percentile both benches have enough requests for.

    Raises CannotAnswer for a bench whose own verdict is INVALID, one without samples, and a sweep.
    """
    for each in (base, candidate):
        found = (each.run.load or {}).get("verdict") or {}
        if found.get("state") == INVALID:
            reasons = "; ".join(map(str, found.get("reasons") or ()))
            raise CannotAnswer(f"{each.label}: its own verdict is INVALID ({reasons}); measure it again")
        if not (each.folder.path / FILE_NAME).is_file():
            raise CannotAnswer(f"{each.folder.path}: keeps no {FILE_NAME}, so that there is nothing to compare")
    sides = [read_blocks(each.folder.path / FILE_NAME) for each in (base, candidate)]
    return latency_deltas(sides[0], sides[1], paired=False, seed=seed)


def two_benches(opened: Sequence[Opened], format: str, *, seed: int) -> str:
    """The comparison of two benches in one of the formats. Raises UsageError for html, which shows memories."""
    from evals.report.compared import json_text, table_text

    if format == "html":
        raise UsageError("--format html browses memories, and a bench keeps none; terminal, md, latex or json draw it")
    base, candidate = opened
    found = bench_deltas(base, candidate, seed=seed)
    if format == "json":
        return json_text({"latency": found, "load": [_facts(each.run) for each in opened]})
    sides = Sides(base=base.run, candidate=candidate.run, base_label=base.label, candidate_label=candidate.label)
    tables = [
        latency_table(found, sides, title="Latency under load"),
        mapping_rows("What was measured", [_facts(each.run) for each in opened], sides),
    ]
    return table_text(tables, format, notes=candidate.notes)


def _facts(run: Run) -> dict[str, str | float | None]:
    """The rates and the verdict of a bench."""
    load = run.load or {}
    rates = {name: load.get(name) for name in ("mode", "throughput_rps", "planned_rate", "achieved_rate")}
    errors = (load.get("errors") or {}).get("rate")
    return {**rates, "error_rate": errors, "verdict": (load.get("verdict") or {}).get("state")}
