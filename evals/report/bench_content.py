"""What the report of a bench says, in one shape for terminal, Markdown and HTML: verdict first, then the figures."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from evals.report.tables import Column, Table, mapping_table
from evals.report.wording import DASH
from evals.results import Run
from evals.scoring.latency import PERCENTILES

SHARES = {name: f"p{share * 100:g}" for name, (share, _) in PERCENTILES.items()}
STATES = ("VALID", "DEGRADED", "INVALID")
_SLICES = {"tokens": "By input tokens", "language": "By language", "asked": "By types asked for", "branch": "By prompt"}
_PARTS = {"wait": "our wait", "first_byte": "to first byte", "service": "service"}


@dataclass(frozen=True, slots=True, kw_only=True)
class BenchContent:
    """The whole report. `facts` are (name, text) in reading order; the first tables are the figures themselves."""

    run: Run
    state: str
    reasons: tuple[str, ...]
    facts: tuple[tuple[str, str], ...]
    warnings: tuple[str, ...]
    figures: tuple[Table, ...]
    details: tuple[Table, ...]
    origin: tuple[Table, ...]


def bench_content(run: Run) -> BenchContent:
    """Everything that is said of a bench; what it did not measure is left out."""
    load = run.load or {}
    verdict = load.get("verdict") or {}
    figures = (_ladder(run), _search_table(load), _steps_table(load), _comparison_table(load), _quality_table(load))
    calls = mapping_table(load.get("calls") or {}, title="Calls behind it: tries, our own queue and backoff")
    details = (*_slice_tables(load), _errors_table(load), calls, _signals_table(load), _selfcheck_table(load))
    return BenchContent(
        run=run,
        state=verdict["state"] if verdict.get("state") in STATES else "INVALID",
        reasons=tuple(map(str, verdict.get("reasons") or ())),
        facts=tuple(_facts(run, load)),
        warnings=tuple(_warnings(run, load)),
        figures=tuple(table for table in figures if table.rows),
        details=tuple(table for table in details if table.rows),
        origin=(
            mapping_table({"created": run.created, "command": run.command, "status": run.status}, title="Bench"),
            mapping_table(run.identity, title="Identity"),
            mapping_table(run.environment, title="Environment"),
            mapping_table(run.dataset, title="Dataset"),
            mapping_table((run.system or {}).get("facts") or {}, title="System under test"),
            mapping_table(run.config, title="Configuration"),
        ),
    )


def ms(value: Any) -> str:
    """Milliseconds with the digits they deserve."""
    if not isinstance(value, int | float):
        return DASH
    return f"{value:,.0f}" if value >= 1000 else f"{value:.1f}" if value >= 100 else f"{value:.2f}"


def rate(value: Any) -> str:
    return DASH if not isinstance(value, int | float) else f"{value:,.1f}"


def share(value: Any) -> str:
    return DASH if not isinstance(value, int | float) else f"{value:.1%}"


def _facts(run: Run, load: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    yield "measured", ", ".join(str(part) for part in (load.get("measured"), load.get("loop")) if part)
    if run.status != "complete":
        yield "status", f"{run.status}: what was measured until then"
    if found := load.get("search"):
        limit = f"p{found['percentile'] * 100:g} within {ms(found['slo_ms'])} ms"
        kept = f"{rate(found['rate'])} requests a second keep {limit}" if found["rate"] else f"no rate keeps {limit}"
        yield "found", f"{kept}; with everything in flight {rate(found['capacity_rps'])} a second were answered"
    if "arrivals" in load:
        yield "load", _load_in_words(load)
        yield "answered", f"{rate(load['throughput_rps'])} a second"
    if good := load.get("goodput"):
        yield "goodput", f"{rate(good['rps'])} a second within {ms(good['slo_ms'])} ms, {share(good['share'])} of all"
    if errors := load.get("errors"):
        yield "errors", _errors_in_words(errors, load)
    if line := load.get("per_token"):
        slope, at_zero = line["ms_per_1000_tokens"], line["ms_at_zero"]
        more = "more" if slope >= 0 else "less"
        yield "input length", f"service is about {ms(at_zero)} ms, {ms(abs(slope))} ms {more} for 1,000 input tokens"
    if check := load.get("selfcheck"):
        own = ", ".join(f"{ms(check[f'own_{at}_ms'])} ms of {at}" for at in ("p50", "p99") if check[f"own_{at}_ms"])
        yield (
            "client",
            f"its own share is {own}; it can send {rate(check['ceiling_rps'])} a second; nothing was subtracted",
        )


def _load_in_words(load: Mapping[str, Any]) -> str:
    phases = load["phases"]
    span = f"{load['requests']:,} requests in {phases['window_s']:g} s after {phases['warmup_s']:g} s of warm-up"
    if load["arrivals"] == "closed":
        return f"{load['concurrency']} in flight at all times: {span}"
    planned = f"{rate(load['planned_rate'])} a second planned, {rate(load['achieved_rate'])} sent"
    return f"{load['arrivals']} arrivals, {planned}: {span}"


def _errors_in_words(errors: Mapping[str, Any], load: Mapping[str, Any]) -> str:
    classes = ", ".join(f"{name} {count}" for name, count in errors["classes"].items())
    of = f"{errors['count']:,} of {load['requests']:,} ({share(errors['rate'])})"
    return f"{of}: {classes}" if classes else of


def _warnings(run: Run, load: Mapping[str, Any]) -> Iterator[str]:
    if label := load.get("label"):
        yield f"{str(label)[:1].upper()}{str(label)[1:]}: whoever waits for the next request to be sent is not in it."
    few = [SHARES[name] for name in SHARES if run.latency.get("n") and run.latency.get(name) is None]
    if few:
        fewest = max(PERCENTILES[name][1] for name in SHARES if run.latency.get(name) is None)
        yield f"Too few samples for {', '.join(few)}: p99 needs 1,000, and {few[-1]} {fewest:,}."
    if bounds := load.get("lower_bounds"):
        yield (
            f"{', '.join(SHARES.get(name, str(name)) for name in bounds)}: at least so much; the requests there were "
            "given up, and would have taken longer."
        )
    if load.get("check") == "status":
        yield "Any HTTP success counts as an answer; what they say was not looked at."
    if cached := load.get("cached"):
        yield f"{cached:,} answers came from a store and are in no figure."
    if new := load.get("new_connections"):
        yield f"{new:,} requests of the window opened a connection of their own, which is in their latency."
    if skipped := run.counts.get("skipped"):
        yield f"{skipped:,} dialogues are too long for the system and were never sent."


def _ladder(run: Run) -> Table:
    """The percentiles of the headline with their intervals, and of its parts; a row a percentile."""
    load = run.load or {}
    if not run.latency.get("n"):
        return _table("Latency", ("",), ())
    closed = load.get("arrivals") == "closed"
    intervals = (load.get("interleaved") or load).get("intervals") or {}
    parts = {
        title: part
        for name, title in _PARTS.items()
        if (part := (load.get("parts") or {}).get(name)) and part["n"] and not (closed and name == "wait")
    }
    columns = ("ms", "from sending" if closed else "from intended start", "95 % interval", *parts)
    rows = [
        (title, ms(run.latency.get(name)), _interval(intervals.get(name)), *(ms(part[name]) for part in parts.values()))
        for name, title in {**SHARES, "mean_ms": "mean", "max_ms": "max"}.items()
    ]
    return _table("Latency", columns, rows)


def _row(latency: Mapping[str, Any]) -> tuple[str, ...]:
    return (*(ms(latency.get(name)) for name in SHARES), ms(latency.get("mean_ms")), ms(latency.get("max_ms")))


def _interval(ends: Sequence[float | None] | None) -> str:
    return "" if not ends else f"[{ms(ends[0])}, {ms(ends[1])}]"


def _search_table(load: Mapping[str, Any]) -> Table:
    found = load.get("search") or {}
    reached = f"p{found.get('percentile', 0.99) * 100:g} ms"
    columns = ("requests/s", "step", reached, "requests", "goodput/s", "limit")
    rows = [
        (
            rate(probe["rate"]),
            str(probe["name"]),
            ms(probe["reached_ms"]),
            f"{probe['requests']:,}",
            rate((probe["goodput"] or {}).get("rps")),
            "kept" if probe["kept"] else f"broken: {probe['why']}",
        )
        for probe in found.get("probes") or ()
    ]
    return _table("Search", columns, rows)


def _steps_table(load: Mapping[str, Any]) -> Table:
    steps = load.get("steps") or ()
    if len(steps) < 2 or load.get("search"):
        return _table("Steps", ("",), ())
    columns = ("step", "sent/s", "answered/s", "p50 ms", "p95 ms", "p99 ms", "errors", "verdict")
    rows = [
        (
            str(step["name"]),
            rate(step["achieved_rate"]),
            rate(step["throughput_rps"]),
            *(ms(step["latency"][name]) for name in ("p50_ms", "p95_ms", "p99_ms")),
            share(step["errors"]["rate"]),
            str(step["verdict"]["state"]),
        )
        for step in steps
    ]
    return _table("Steps", columns, rows)


def _comparison_table(load: Mapping[str, Any]) -> Table:
    """Ratios to the other side, and what this machine makes of no difference at all."""
    found = load.get("interleaved") or {}
    rows = []
    for title, compared in (("candidate / base", found.get("comparison")), ("noise floor", found.get("noise_floor"))):
        for name, ratio in (compared or {}).get("ratios", {}).items():
            rows.append((f"{title}, {name}", *_bracketed(ratio, 3)))
        if compared:
            rows.append((f"{title}, throughput", *_bracketed(compared["throughput_ratio"], 3)))
            rows.append((f"{title}, shift of the block medians, ms", *_bracketed(compared["shift_ms"], 2)))
    return _table("Measured in turns", ("", "value", "95 % interval"), rows)


def _bracketed(found: Mapping[str, Any], digits: int) -> tuple[str, str]:
    value, low, high = (found.get(name) for name in ("value", "low", "high"))
    ends = "" if low is None or high is None else f"[{low:.{digits}f}, {high:.{digits}f}]"
    return (DASH if value is None else f"{value:.{digits}f}", ends)


def _quality_table(load: Mapping[str, Any]) -> Table:
    """What the answers of each step were worth."""
    steps = [step for step in load.get("steps") or () if step.get("quality")]
    metrics = ("f1", "recall", "precision")
    rows = [
        (
            str(step["name"]),
            *(_quality(step["quality"].get(metric)) for metric in metrics),
            share(step["errors"]["rate"]),
            ms(step["latency"]["p50_ms"]),
            ms(step["latency"]["p99_ms"]),
        )
        for step in steps
    ]
    return _table("Quality under load", ("step", "F1", "recall", "precision", "errors", "p50 ms", "p99 ms"), rows)


def _quality(score: Mapping[str, Any] | None) -> str:
    if not score or score["value"] is None:
        return DASH
    ends = "" if score["low"] is None else f" [{score['low']:.2f}, {score['high']:.2f}]"
    return f"{score['value']:.3f}{ends}"


def _slice_tables(load: Mapping[str, Any]) -> Iterator[Table]:
    for name, title in _SLICES.items():
        values = (load.get("by") or {}).get(name) or {}
        rows = [(str(value), f"{found['n']:,}", *_row(found)) for value, found in values.items()]
        yield _table(title, ("", "n", *(f"{title} ms" for title in SHARES.values()), "mean ms", "max ms"), rows)


def _errors_table(load: Mapping[str, Any]) -> Table:
    classes = (load.get("errors") or {}).get("classes") or {}
    return _table("Errors", ("class", "requests"), [(str(name), f"{count:,}") for name, count in classes.items()])


def _signals_table(load: Mapping[str, Any]) -> Table:
    """Everything the verdict looked at."""
    rows = []
    for signal in (load.get("verdict") or {}).get("signals") or ():
        unit = str(signal["unit"])
        shown = [_signal(signal[name], unit) for name in ("value", "degraded", "invalid")]
        rows.append((str(signal["name"]), *shown, str(signal["state"])))
    return _table("What the verdict rests on", ("signal", "value", "doubtful above", "invalid above", ""), rows)


def _signal(value: Any, unit: str) -> str:
    if not isinstance(value, int | float):
        return DASH
    return f"{value:.1%}" if unit == "%" else f"{value:.2f} {unit}".rstrip()


def _selfcheck_table(load: Mapping[str, Any]) -> Table:
    titles = {
        "own_p50_ms": "client's own share of p50, ms",
        "own_p99_ms": "client's own share of p99, ms",
        "null_p50_ms": "p50 against a server that answers at once, ms",
        "null_p99_ms": "p99 against a server that answers at once, ms",
        "fixed_p50_ms": "p50 against a server that takes 20 ms, ms",
        "service_ms": "what that server says it took, ms",
        "ceiling_rps": "most requests a second of this client",
    }
    check = load.get("selfcheck") or {}
    return _table("Self-check", ("", ""), [(title, ms(check[name])) for name, title in titles.items() if name in check])


def _table(title: str, columns: Sequence[str], rows: Sequence[tuple[str, ...]]) -> Table:
    first, *rest = columns
    kinds = (Column(title=first), *(Column(title=name, kind="count") for name in rest))
    return Table(title=title, columns=kinds, rows=tuple(rows))
