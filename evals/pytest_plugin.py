"""Evaluations as tests: a fixture that loads a run or makes it once, scores to assert on, and the gate as an assertion.

    def test_facts(evals_run):
        run = evals_run(overrides=["dataset=smoke", "extractor=baseline"])
        assert run.reading("f1", "kind=fact") >= 0.1
        run.assert_gate("baselines/smoke")

pytest loads this module in every project that has memory-evals installed, so that it imports nothing it need not.
"""

from __future__ import annotations

import contextlib
import os
import shlex
import sys
import warnings
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from evals.commands.plan import RunPlan
    from evals.gate.verdict import Verdict
    from evals.readings import Reading
    from evals.results import Run
    from evals.runs import LoadedRun


class GateWarning(pytest.PytestWarning):
    """A gate could not tell, and its policy lets that pass."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MeasuredRun:
    """A complete run to assert on. Paths are taken from pytest's rootdir."""

    stored: LoadedRun
    root: Path

    @property
    def path(self) -> Path:
        return self.stored.path

    @property
    def run(self) -> Run:
        return self.stored.run

    def reading(self, metric: str, slice: str = "all") -> Reading:
        """A score that compares at its unfavourable end. Raises CannotAnswer naming what there is."""
        from evals.readings import Reading

        return Reading(score=self.stored.score(metric, slice), signature=self.run.signature)

    def assert_gate(
        self,
        baseline: str | Path | None = None,
        *,
        policy: str = "pull_request",
        overrides: Sequence[str] = (),
        baselines: str | Path = "baselines",
        config_dir: str | Path | None = None,
    ) -> Verdict:
        """Fails the test where `evals gate` would not exit with 0, with the whole verdict as the message.

        Without `baseline` it is the one blessed for the run's dataset. INCONCLUSIVE where the policy only warns is a
        GateWarning.
        """
        __tracebackhide__ = True
        from evals.commands.gate import judge, verdict_of

        with _one_line_errors(), contextlib.chdir(self.root):
            gated, judging = judge(
                str(self.path),
                [f"gate={policy}", *overrides],
                baseline=str(baseline) if baseline else None,
                baselines=Path(baselines),
                reports=self.path.parent,
                config_dir=Path(config_dir) if config_dir else None,
            )
        said = verdict_of(gated, judging)
        if gated.verdict.exit_code:
            pytest.fail(f"{said}{self.run.signature}", pytrace=False)
        if gated.verdict.state != "PASS":
            warnings.warn(GateWarning(said), stacklevel=2)
        return gated.verdict


class RunMaker:
    """What the fixture `evals_run` is: call it with a stored run, or with overrides for one to be made."""

    def __init__(self, config: pytest.Config, temporary: Path) -> None:
        self._root = config.rootpath
        self._temporary = temporary
        self._made: dict[tuple[str, ...], MeasuredRun] = {}

    def __call__(
        self,
        run: str | Path | None = None,
        *,
        overrides: Sequence[str] = (),
        reports: str | Path = "reports",
        config_dir: str | Path | None = None,
        reuse: bool = False,
    ) -> MeasuredRun:
        """A stored run by its folder or name, or the one that `evals run` makes of the overrides.

        A run is made once a session. One of a system with a known version is kept under `reports` and taken from there
        the next time, as `evals run` does; one of an unpinned system is made anew, because nothing would show that the
        system has changed, unless `reuse` says that it has not.
        """
        __tracebackhide__ = True
        if (run is None) == (not overrides):
            raise pytest.UsageError("evals_run takes a stored run or overrides=[…], and not both")
        key = (str(run), str(reports), str(config_dir), str(reuse), *overrides)
        if key not in self._made:
            with _one_line_errors(), contextlib.chdir(self._root):
                path = (
                    self._stored(str(run), Path(reports)) if run else self._make(overrides, reports, config_dir, reuse)
                )
                self._made[key] = self._complete(path)
        return self._made[key]

    def _stored(self, run: str, reports: Path) -> Path:
        from evals.commands.where import run_path

        return run_path(run, reports)

    def _complete(self, path: Path) -> MeasuredRun:
        from evals.commands.where import complete_run
        from evals.runs import LoadedRun, RunFolder

        run = complete_run(RunFolder(path))
        return MeasuredRun(stored=LoadedRun(path=(self._root / path).resolve(), run=run), root=self._root)

    def _make(self, overrides: Sequence[str], reports: str | Path, config_dir: str | Path | None, reuse: bool) -> Path:
        from evals.commands.plan import plan_run
        from evals.commands.run import execute
        from evals.config import load
        from evals.config_shapes import RunConfig
        from evals.remote.landing import Landing

        config = load("run", RunConfig, overrides, config_dir=Path(config_dir) if config_dir else None)
        plan = plan_run(config)
        out = Path(reports) if reuse or _is_pinned(plan) else self._temporary
        path = out / plan.default_name
        with _alone(out):
            execute(plan, Landing.here(path), force=False, command=shlex.join(["evals", "run", *overrides]))
        return path


@pytest.fixture(scope="session")
def evals_run(pytestconfig: pytest.Config, tmp_path_factory: pytest.TempPathFactory) -> RunMaker:
    """Loads a stored run, `evals_run("reports/demo")`, or makes one, `evals_run(overrides=["dataset=smoke"])`."""
    base = tmp_path_factory.getbasetemp()
    if os.environ.get("PYTEST_XDIST_WORKER"):  # the workers of one session share what one of them has made
        base = base.parent
    return RunMaker(pytestconfig, base / "evals-runs")


def pytest_assertrepr_compare(op: str, left: object, right: object) -> list[str] | None:
    """What a failed comparison of a reading says; of anything else nothing."""
    if "evals.readings" not in sys.modules:  # no reading was ever made
        return None
    from evals.readings import Reading

    if isinstance(left, Reading):
        return left.explain(op, right)
    if isinstance(right, Reading):
        return right.explain(_MIRRORED.get(op, op), left)
    return None


_MIRRORED = {"<": ">", "<=": ">=", ">": "<", ">=": "<="}


def _is_pinned(plan: RunPlan) -> bool:
    return not plan.identity["extractor"].endswith("(unpinned)")


@contextlib.contextmanager
def _one_line_errors() -> Iterator[None]:
    """What a user can put right fails the test with the line the command would print."""
    from evals.errors import EvalsError

    __tracebackhide__ = True
    try:
        yield
    except EvalsError as error:
        pytest.fail(f"evals: {error}", pytrace=False)


@contextlib.contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """One process at a time makes runs in a folder; the next one finds them made."""
    import fcntl

    folder.mkdir(parents=True, exist_ok=True)
    with (folder / ".pytest.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
