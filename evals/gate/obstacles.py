"""Why a candidate could not be measured: stale, of no known version, an outage, a judge without a certificate.

Every obstacle says what would take it away. None of them says anything about the candidate's quality.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

from evals import errors
from evals.gate.policy import Policy
from evals.results import Run

SECONDS_A_DAY = 86_400
# What the connection, the service, the account or the runner did, and not the model.
OUTAGES = frozenset(
    error.__name__
    for error in (
        errors.Unreachable,
        errors.TimedOut,
        errors.ConnectionBroken,
        errors.RateLimited,
        errors.ServerFailed,
        errors.AuthRejected,
        errors.QuotaExhausted,
        errors.NotFound,
    )
) | {"missing"}


def obstacles(
    policy: Policy, candidate: Run, base: Run | None, *, outages: int, predictions: int, now: datetime | None = None
) -> Iterator[str]:
    """Everything that keeps a policy from judging a run; `outages` of its `predictions` were not the model's doing."""
    if predictions and outages / predictions > policy.max_outage_rate:
        yield (
            f"could not measure: {outages} of {predictions} extractions failed for reasons that are not the model's "
            f"(timeouts, refused calls, the service), more than {policy.max_outage_rate:.0%}; run them again: "
            f"{candidate.command}"
        )
    for name, run in (("candidate", candidate), ("baseline", base)):
        if run is not None:
            yield from _of_run(policy, name, run, now or datetime.now(UTC))
    if base is not None and int(base.config.get("repeats") or 1) < policy.baseline_repeats:
        yield f"the baseline has {base.config.get('repeats')} repeats, {policy.baseline_repeats} are wanted"


def _of_run(policy: Policy, name: str, run: Run, now: datetime) -> Iterator[str]:
    if policy.max_age_days is not None and name == "candidate":
        age_days = _age_days(run, now)
        if age_days is None:
            yield f"how old the {name} is cannot be told: its run.json says created={run.created[:40]!r}"
        elif age_days > policy.max_age_days:
            yield f"stale: the {name} was made {age_days:.0f} days ago, more than {policy.max_age_days:g}; run it again"
    system = run.identity.get("extractor", "")
    if policy.require_pinned and system.endswith("(unpinned)"):
        yield f"the {name}'s system is unpinned ({system}); extractor.version=… says which version it was"
    yield from _of_judge(name, run)


def _age_days(run: Run, now: datetime) -> float | None:
    try:
        created = datetime.fromisoformat(run.created)
    except ValueError:
        return None
    aware = created if created.tzinfo else created.replace(tzinfo=UTC)
    return (now - aware).total_seconds() / SECONDS_A_DAY


def _of_judge(name: str, run: Run) -> Iterator[str]:
    if run.judging is None:
        return
    for model, facts in (run.judging.get("models") or {}).items():
        said = facts.get("answered_as")
        if "latest" in model or (said is not None and said != model):
            alias = f"{model} answered as {said}" if said and said != model else model
            yield f"the {name} was judged by a floating alias ({alias}); name the version: judge.model=…"
    if not run.matching.get("certificate"):
        yield (
            f"the {name} was judged without a certificate; `evals calibrate LABELS matcher=cascade judge=…` makes one, "
            f"`evals score {run.name} matcher=fuzzy judge=none` scores the run by rules"
        )
