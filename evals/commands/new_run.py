"""run.json as it stands before anything was asked."""

from __future__ import annotations

import importlib.metadata
import platform
from dataclasses import asdict
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from evals import __version__

if TYPE_CHECKING:
    from evals.commands.bench_plan import BenchPlan
    from evals.commands.plan import RunPlan
    from evals.results import Run


def new_run(plan: RunPlan | BenchPlan, name: str, command: str, *, matching: dict[str, Any]) -> Run:
    """run.json as it stands before anything was asked."""
    from evals.commands.plan import dataset_facts
    from evals.io import FORMAT
    from evals.results import Run

    return Run(
        format=FORMAT,
        name=name,
        status="running",
        signature=plan.signature,
        created=datetime.now(UTC).isoformat(timespec="seconds"),
        command=command,
        config=asdict(plan.config),
        environment=environment(),
        dataset=dataset_facts(plan.config.dataset, plan.survey, plan.source),
        counts={},
        identity=plan.identity,
        matching=matching,
        latency={},
    )


def environment() -> dict[str, Any]:
    """Where a run was made: interpreter, system and the versions of what computes the numbers."""
    from evals.source_code import code_hash

    packages = ("numpy", "scipy", "rapidfuzz", "hydra-core", "pydantic")
    return {
        "python": platform.python_version(),
        "platform": f"{platform.system()} {platform.machine()}",
        "evals": __version__,
        "code": code_hash(),
        **{name: importlib.metadata.version(name) for name in packages},
    }
