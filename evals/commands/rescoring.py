"""Scoring a stored run again: what has to be known first, and the stored answers graded anew; nothing is extracted."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from pydantic import TypeAdapter, ValidationError

from evals import __version__
from evals.commands.certify import certified
from evals.commands.grading import grade_run
from evals.commands.judging import judge_identity, judging_of
from evals.commands.money import purse_of
from evals.commands.plan import (
    STATISTICS,
    build_controls,
    dataset_facts,
    match_identity,
    selection_of,
    signature,
    source_of,
    survey_and_calibrate,
)
from evals.config_shapes import DatasetConfig
from evals.corpus.hashes import in_hash
from evals.corpus.source import Source
from evals.corpus.survey import Survey, selected
from evals.counts_file import headers_of
from evals.errors import CannotAnswer
from evals.io import dumps
from evals.matching.fuzzy import describe
from evals.matching.verdicts import read_verdicts
from evals.protocols import ControlExtractor, Extractor, Judge, Matcher
from evals.remote.known import is_known
from evals.remote.url import StoreUrl, place
from evals.results import Run, RunStatus
from evals.runs import RunFolder
from evals.types import Dialogue

if TYPE_CHECKING:
    from evals.engines.cluster import Cluster


@dataclass(frozen=True, kw_only=True)
class Rescoring:
    """A stored run and what it is to be scored with now.

    `shared_only` grades the dialogues whose messages are those the run answered and leaves the others out.
    """

    stored: RunFolder
    before: Run
    dataset: DatasetConfig
    source: Source
    survey: Survey
    matcher: Matcher
    matcher_node: dict[str, Any]
    judge: Judge | None
    judge_node: dict[str, Any]
    controls: dict[str, Extractor | ControlExtractor]
    identity: dict[str, str]
    prices: Mapping[str, Any]
    max_cost: float | None = None
    shared_only: bool = False
    processes: int = 1

    @property
    def digest(self) -> str:
        return sha256(signature(self.identity).encode()).hexdigest()[:8]


def plan_rescoring(
    stored: RunFolder,
    before: Run,
    dataset: DatasetConfig,
    *,
    seed: int,
    matcher: dict[str, Any],
    judge: tuple[dict[str, Any], Judge | None],
    controls: Sequence[str],
    prices: Mapping[str, Any],
    max_cost: float | None = None,
    shared_only: bool = False,
    processes: int = 1,
) -> Rescoring:
    """Surveys the dialogues and freezes the matcher. Raises CannotAnswer when they are not those the run answered."""
    source = source_of(dataset)
    surveyed, built = survey_and_calibrate(source, selection_of(dataset, seed), matcher)
    if not shared_only and surveyed.in_hash != before.dataset.get("in_hash"):
        raise CannotAnswer(
            f"{stored.path}: these are not the dialogues the run was made on "
            f"(in: {before.dataset.get('in_hash')} → {surveyed.in_hash}); give dataset.path=…"
        )
    own = before.identity["in"] if not shared_only else f"{dataset.name}@{surveyed.in_hash[:8]}"
    identity = {
        **before.identity,
        "in": own,
        "gold": surveyed.gold_hash[:8],
        "match": match_identity(matcher, built),
        "judge": judge_identity(*judge),
        "stat": STATISTICS,
        "evals": __version__,
    }
    return Rescoring(
        stored=stored,
        before=before,
        dataset=dataset,
        source=source,
        survey=surveyed,
        matcher=built,
        matcher_node=matcher,
        judge=judge[1],
        judge_node=judge[0],
        controls=build_controls(controls),
        identity=identity,
        prices=prices,
        max_cost=max_cost,
        shared_only=shared_only,
        processes=processes,
    )


def dataset_of(run: Run, *, path: str | list[str] | None = None, overlay: str | None = None) -> DatasetConfig:
    """The run's own dataset, read from its run.json as data, moved or corrected where `path` or `overlay` say so."""
    try:
        stored = TypeAdapter(DatasetConfig).validate_json(dumps(run.config.get("dataset")))
    except ValidationError:
        raise CannotAnswer(f"{run.name}: its run.json does not say which dataset it used") from None
    if path is None:
        _refuse_unknown(run, "path", stored.path)
    if overlay is None and stored.overlay:
        _refuse_unknown(run, "overlay", stored.overlay)
    return replace(stored, path=path or stored.path, overlay=overlay or stored.overlay)


def _refuse_unknown(run: Run, key: str, given: str | list[str]) -> None:
    """Raises CannotAnswer where a run's own word for where its data are leads to a store nobody named here."""
    for each in [given] if isinstance(given, str) else given:
        named = place(each)
        if isinstance(named, StoreUrl) and not is_known(named):
            raise CannotAnswer(
                f"{run.name}: its data are in a store that was never named on this machine ({named}), and the "
                f"files of a run do not choose where we connect; give dataset.{key}=…"
            )


def new_run(plan: Rescoring, name: str, command: str) -> Run:
    """The stored run with what is new, and none of its numbers."""
    config = {
        **plan.before.config,
        "dataset": asdict(plan.dataset),
        "matcher": plan.matcher_node,
        "judge": plan.judge_node,
        "controls": list(plan.controls),
    }
    return replace(
        plan.before,
        name=name,
        status="running",
        signature=signature(plan.identity),
        command=command,
        config=config,
        dataset=dataset_facts(plan.dataset, plan.survey, plan.source),
        identity=plan.identity,
        matching=describe(plan.matcher),
        counts={},
        latency={},
        scores=(),
        confusion=None,
        controls=None,
        skill=(),
        judging=None,
    )


def graded_again(
    plan: Rescoring, stored: RunFolder, folder: RunFolder, run: Run, *, cluster: Cluster | None = None
) -> tuple[Run, str | None]:
    """The stored answers, copied and graded, and why the judge's part may not count; the dialogues are read again.

    `stored` is where the answers stand now: `--force` may have moved the run since it was planned.
    """
    for name in ("predictions_path", "dialogues_path"):
        if getattr(stored, name).exists():
            shutil.copyfile(getattr(stored, name), getattr(folder, name))
    if plan.judge is not None and stored.verdicts_path.exists() and hasattr(plan.judge, "replay"):
        plan.judge.replay = read_verdicts(stored.verdicts_path)
    purse = purse_of(folder, plan.max_cost, prices=plan.prices)  # the extractor was paid by the stored run
    with judging_of(plan.judge, folder, prices=plan.prices, purse=purse) as judging:
        graded = grade_run(
            folder,
            folder.predictions(),
            _dialogues(plan, stored),
            matcher=plan.matcher,
            extraction_types=plan.before.config["extraction_types"],
            repeats=int(plan.before.config["repeats"]),
            controls=plan.controls,
            judging=judging,
            processes=plan.processes,
            cluster=cluster,
        )
        failed = judging.too_many_failures() if judging else None
    matching = run.matching | certified(plan.matcher_node, plan.matcher, plan.judge)
    status: RunStatus = "incomplete" if failed else "complete"
    return replace(run, status=status, **graded.fields(), matching=matching), failed


def _dialogues(plan: Rescoring, stored: RunFolder) -> Iterator[Dialogue]:
    found = selected(plan.source, plan.survey)
    if not plan.shared_only:
        yield from found
        return
    answered = {header.in_hash for header in headers_of(stored)}
    yield from (dialogue for dialogue in found if in_hash(dialogue) in answered)
