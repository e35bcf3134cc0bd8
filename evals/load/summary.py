"""What a measurement came to: exact percentiles with intervals, rates, errors by class, and slices."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from evals.load.faults import OK
from evals.load.plan import Plan
from evals.load.samples import Mask, Samples
from evals.scoring.latency import PERCENTILES
from evals.scoring.quantiles import quantile
from evals.scoring.statistics import Vector

CLOSED_LABEL = "closed loop: its tail is not comparable with an open one"
SLICES = ("tokens", "language", "asked", "branch")
_FEWEST_FOR_A_SLOPE = 100
_FEWEST_A_SLOT = 30


@dataclass(frozen=True, slots=True, kw_only=True)
class Slo:
    """What a request may take, and at which percentile that is asked for."""

    latency_ms: float
    percentile: float = 0.99


def percentiles(samples_ms: Vector, censored: Mask | None = None) -> tuple[dict[str, Any], dict[str, Any]]:
    """p50 … p99.9, mean, max and n as in run.json, and the 95 % interval of each percentile.

    A percentile with too few samples behind it is null. Where it falls on a request that was given up, it is a lower
    bound, and its name stands under `lower_bounds`.
    """
    n = len(samples_ms)
    given_up_ms = samples_ms[censored].min() if censored is not None and np.any(censored) else np.inf
    values: dict[str, Any] = {}
    said: dict[str, Any] = {"intervals": {}, "lower_bounds": []}
    for name, (share, fewest) in PERCENTILES.items():
        found = quantile(samples_ms, share) if n >= fewest else None
        values[name] = None if found is None else _rounded(found.value)
        if found is not None:
            said["intervals"][name] = [_rounded(found.low), _rounded(found.high)]
            if found.value is not None and found.value >= given_up_ms:
                said["lower_bounds"].append(name)
    values["mean_ms"] = _rounded(float(samples_ms.mean())) if n else None
    values["max_ms"] = _rounded(float(samples_ms.max())) if n else None
    values["n"] = n
    return values, said


def counted(samples: Samples) -> Mask:
    """The rows of the window that are in the distribution: good answers, and requests given up, as lower bounds."""
    return samples.in_window & (samples.ok | samples.censored)


def summary(samples: Samples, plan: Plan, *, slo: Slo | None, edges: Sequence[int]) -> dict[str, Any]:
    """The part of `load` in run.json that a measurement fills; `latency` in it is the headline."""
    rows = counted(samples)
    headline, said = percentiles(samples.total_ms(rows), samples.censored[rows])
    return {
        "latency": headline,
        **said,
        "parts": {
            "wait": percentiles(samples.wait_ms(rows))[0],
            "service": percentiles(_defined(samples.service_ms(rows)))[0],
            "first_byte": percentiles(_first_byte_ms(samples, rows))[0],
        },
        **_rates(samples, plan),
        "goodput": None if slo is None else _goodput(samples, slo),
        "errors": errors(samples),
        "by": {name: slices(samples, rows, name, edges) for name in SLICES},
        "per_token": _per_token(samples),
    }


def errors(samples: Samples) -> dict[str, Any]:
    """How many requests of the window failed, by class; `rate` is of all that were let go in it."""
    found = samples.answers.errors[samples.in_window]
    counts = np.bincount(found, minlength=len(samples.answers.names))
    failed = int(counts.sum() - counts[OK])
    return {
        "count": failed,
        "rate": failed / len(found) if len(found) else None,
        "censored": int(np.count_nonzero(samples.censored & samples.in_window)),
        "classes": {
            samples.answers.names[place]: int(counts[place]) for place in np.flatnonzero(counts) if place != OK
        },
    }


def slices(samples: Samples, rows: Mask, name: str, edges: Sequence[int]) -> dict[str, Any]:
    """Percentiles of the headline by one label; empty where there is one value only."""
    known, places = samples.labels(rows, name, edges)
    if len(known) < 2:
        return {}
    total_ms = samples.total_ms(rows)
    found = {value: percentiles(total_ms[places == place])[0] for place, value in enumerate(known)}
    return dict(sorted(found.items(), key=lambda item: (item[0].startswith(">"), _number_in(item[0]), item[0])))


def _rates(samples: Samples, plan: Plan) -> dict[str, Any]:
    """Rates of the window."""
    window_s = samples.window_s
    in_window, stamps = samples.in_window, samples.stamps
    ended = (stamps.last_byte >= samples.window_ns[0]) & (stamps.last_byte < samples.window_ns[1])
    begun = int(np.count_nonzero(in_window))
    planned = None
    if plan.starts_ns is not None:
        due_ns = plan.starts_ns + samples.start_ns
        planned = int(np.count_nonzero((due_ns >= samples.window_ns[0]) & (due_ns < samples.window_ns[1])))
    return {
        "window_s": round(window_s, 3),
        "planned": planned,
        "requests": begun,
        "planned_rate": plan.rate,
        "achieved_rate": _rounded(begun / window_s) if window_s else None,
        "throughput_rps": _rounded(np.count_nonzero(ended & samples.ok) / window_s) if window_s else None,
        "little_ratio": _little_ratio(samples, plan),
        "new_connections": int(np.count_nonzero(stamps.new_connection[in_window] == 1)),
        "cached": int(np.count_nonzero(samples.answers.cached[in_window])),
        "lag_p99_ms": _rounded(quantile(samples.lag_ms(in_window), 0.99).value) if begun else None,
    }


def _little_ratio(samples: Samples, plan: Plan) -> float | None:
    """Throughput times mean time over requests in flight; None for an open loop, and for too few requests a slot.

    A request that is cut by either end of the window counts whole or not at all, which few requests do not even out.
    """
    rows = samples.in_window
    if plan.arrivals != "closed" or np.count_nonzero(rows) < _FEWEST_A_SLOT * plan.in_flight:
        return None
    busy_s = float(np.nansum(samples.service_ms(rows))) / 1e3
    return _rounded(busy_s / (samples.window_s * plan.in_flight))


def _goodput(samples: Samples, slo: Slo) -> dict[str, Any]:
    """Requests a second that were answered well and in time, and their share of all."""
    good = int(np.count_nonzero(samples.total_ms(samples.in_window & samples.ok) <= slo.latency_ms))
    begun = int(np.count_nonzero(samples.in_window))
    return {
        "slo_ms": slo.latency_ms,
        "rps": _rounded(good / samples.window_s) if samples.window_s else None,
        "share": _rounded(good / begun) if begun else None,
    }


def _per_token(samples: Samples) -> dict[str, Any] | None:
    """Service time as a line over input tokens, by least squares; None where there is too little to draw one.

    Requests of one payload have one length, so their sums are all that the line depends on.
    """
    rows = samples.in_window & samples.ok
    payload = samples.payload[rows]
    counts = np.bincount(payload, minlength=len(samples.payloads))
    sums_ms = np.bincount(payload, weights=samples.service_ms(rows), minlength=len(samples.payloads))
    tokens = np.array([each.tokens for each in samples.payloads], dtype=np.float64)
    if counts.sum() < _FEWEST_FOR_A_SLOPE:
        return None
    mean_tokens, mean_ms = float(counts @ tokens / counts.sum()), float(sums_ms.sum() / counts.sum())
    spread = float(counts @ (tokens - mean_tokens) ** 2)
    if not spread:
        return None
    slope = float((sums_ms - counts * mean_ms) @ (tokens - mean_tokens)) / spread
    return {"ms_per_1000_tokens": _rounded(slope * 1000), "ms_at_zero": _rounded(mean_ms - slope * mean_tokens)}


def _first_byte_ms(samples: Samples, rows: Mask) -> Vector:
    stamps, seen = samples.stamps, rows & (samples.stamps.first_byte > 0)
    return (stamps.first_byte[seen] - stamps.sent[seen]) / 1e6


def _defined(values: Vector) -> Vector:
    return values[~np.isnan(values)]


def _number_in(value: str) -> int:
    digits = "".join(character if character.isdigit() else " " for character in value).split()
    return int(digits[0]) if digits else 0


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(float(value), 3)
