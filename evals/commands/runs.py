"""Housekeeping of stored runs.

evals runs list                 name, status, F1 (of a bench latency, rate, verdict) and signature of every run
evals runs show RUN             one run's summary
evals runs rm RUN [RUN …]       delete runs
evals runs gc                   delete what --force set aside (NAME.1, NAME.2 …), and copies of what stands in stores
evals runs merge RUN RUN … --name N   all shards of a dataset (dataset.shard=1/16 …) as one run
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from evals.results import Run

from evals.remote.url import StoreUrl, place


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("action", choices=["list", "show", "rm", "gc", "merge"])
    parser.add_argument("runs", nargs="*", default=[], metavar="RUN", help="folders, or names under --out")
    parser.add_argument("--name", help="merge: folder of the merged run")
    parser.add_argument(
        "--out", type=place, default=Path("reports"), help="where runs are: a folder, or a URL (default: reports)"
    )
    parser.add_argument("--json", action="store_true", help="for machines")


def main(arguments: argparse.Namespace) -> int:
    from evals.errors import UsageError

    if arguments.action in ("show", "rm") and not arguments.runs:
        raise UsageError(f"evals runs {arguments.action} needs a RUN")
    if arguments.action in ("gc", "merge") and isinstance(arguments.out, StoreUrl):
        raise UsageError(f"evals runs {arguments.action} works in a folder of this machine; --out is one in a store")
    if arguments.action == "merge" and (len(arguments.runs) < 2 or not arguments.name):
        raise UsageError("evals runs merge needs two RUNs or more, and --name")
    actions = {"list": _list, "show": _show, "rm": _remove, "gc": _collect, "merge": _merge}
    actions[arguments.action](arguments)
    return 0


def _list(arguments: argparse.Namespace) -> None:
    from evals.remote.stored_run import run_files
    from evals.runs import list_runs, listed_run

    out = arguments.out
    found = list_runs(out) if isinstance(out, Path) else [listed_run(file.parent) for file in run_files(out)]
    rows = [_row(listed) for listed in found]
    if arguments.json:
        print(json.dumps(rows, ensure_ascii=False, indent=2))
        return
    width = max((len(row["name"]) for row in rows), default=0)
    figures = [_figure(row) for row in rows]
    widest = max(map(len, figures), default=0)
    for row, figure in zip(rows, figures, strict=True):
        print(f"{row['name']:<{width}}  {row['status']:<11}  {figure:<{widest}}  {row['fault'] or row['signature']}")


def _figure(row: Mapping[str, Any]) -> str:
    """What a run is known by: F1, or recall where there is none; of a bench its latency, its rate and its verdict."""
    if bench := row["bench"]:
        known = [f"{name[:-3]} {bench[name]:,.1f} ms" for name in ("p50_ms", "p99_ms") if bench[name] is not None]
        known += [f"{bench['throughput_rps']:,.1f}/s"] if bench["throughput_rps"] is not None else []
        return ", ".join([*known, str(bench["verdict"])])
    value = row["f1"] if row["f1"] is not None else row["recall"]
    return "" if value is None else f"{'F1' if row['f1'] is not None else 'recall'} {value:.3f}"


def _row(listed: Any) -> dict[str, Any]:
    run = listed.run
    values = {score.metric: score.value for score in run.scores if score.slice == "all"} if run else {}
    return {
        "name": listed.path.name,
        "status": run.status if run else "unreadable",
        "f1": values.get("f1"),
        "recall": values.get("recall"),
        "bench": _bench_row(run) if run and run.load else None,
        "created": run.created if run else None,
        "signature": run.signature if run else None,
        "fault": listed.fault,
    }


def _bench_row(run: Run) -> dict[str, Any]:
    load = run.load or {}
    known = {"throughput_rps": load.get("throughput_rps"), "verdict": (load.get("verdict") or {}).get("state")}
    return {name: run.latency.get(name) for name in ("p50_ms", "p99_ms")} | known


def _show(arguments: argparse.Namespace) -> None:
    from evals.commands.where import run_path
    from evals.io import plain
    from evals.report.bench_terminal import bench_summary
    from evals.report.terminal import summary
    from evals.runs import load_run

    for given in arguments.runs:
        loaded = load_run(run_path(given, arguments.out))
        if arguments.json:
            print(json.dumps(plain(loaded.run), ensure_ascii=False, indent=2))
        elif loaded.run.load is not None:
            print(bench_summary(loaded.run, report=loaded.path), end="")
        else:
            print(summary(loaded.run, report=loaded.path), end="")


def _remove(arguments: argparse.Namespace) -> None:
    from evals.commands.where import run_path, stored_url
    from evals.remote.stored_run import remove as remove_stored
    from evals.runs import remove

    out = arguments.out
    for found in [stored_url(given, out) or run_path(given, out) for given in arguments.runs]:
        if isinstance(found, StoreUrl):
            remove_stored(found)
        else:
            remove(found)
        print(f"removed {found}")


def _collect(arguments: argparse.Namespace) -> None:
    from evals.remote.cache import collect
    from evals.runs import list_runs, remove

    for listed in list_runs(arguments.out):
        name, _, number = listed.path.name.rpartition(".")
        if listed.run and number.isdecimal() and listed.run.name == name:  # not a run that was named gpt-4.1
            remove(listed.path)
            print(f"removed {listed.path}")
    for gone in collect():
        print(f"removed {gone}")


def _merge(arguments: argparse.Namespace) -> None:
    from evals.commands.merge import merge
    from evals.commands.where import run_path
    from evals.config import load
    from evals.config_shapes import ScoreConfig

    given = [word for word in arguments.runs if "=" not in word]
    config = load("score", ScoreConfig, [word for word in arguments.runs if "=" in word])
    paths = [run_path(word, arguments.out) for word in given]
    merge(paths, arguments.out / arguments.name, config, words=[*arguments.runs, "--name", arguments.name])
