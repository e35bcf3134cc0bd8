"""Going on with a run whose files, configuration and code are those it was begun with: it may ask before it surveys.

A survey of 100,000 dialogues takes a minute. What it found stands in run.json, under a hash of the dataset's bytes
and of our own source; where any of them differs, one looks closer first.
"""

from __future__ import annotations

from collections.abc import Container, Iterator
from dataclasses import asdict, dataclass
from typing import Any

from evals.commands.plan import (
    build_extractor,
    extractor_identity,
    known_files,
    plan_run,
    selection_of,
    source_of,
)
from evals.config_shapes import RunConfig
from evals.corpus.selection import Selection
from evals.corpus.source import Source, streams, unsettled
from evals.errors import DataError, UsageError
from evals.extractors.controls import GOLD_CONTROLS
from evals.io import dumps
from evals.protocols import Extractor, Replay
from evals.results import Run
from evals.runs import RunFolder
from evals.source_code import code_hash
from evals.types import Dialogue

SAME = ("dataset", "matcher", "judge", "extraction_types", "repeats", "seed")  # of the configuration


@dataclass(frozen=True, kw_only=True)
class Continued:
    """An unfinished run that can be gone on with as it stands."""

    config: RunConfig
    run: Run
    source: Source
    selection: Selection
    extractor: Extractor | Replay

    @property
    def identity(self) -> dict[str, str]:
        return self.run.identity

    @property
    def count(self) -> int:
        return int(self.run.dataset["dialogues"])

    def dialogues(self, done: Container[tuple[str, int]]) -> Iterator[Dialogue]:
        """The dialogues of the run; those done with in every repeat come without messages."""
        repeats = self.config.repeats
        return unsettled(
            self.source, self.selection, lambda name: all((name, repeat) in done for repeat in range(repeats))
        )

    def surveyed(self) -> Any:
        """The whole plan, now that nothing is left to ask. Raises UsageError where it is not that of the run."""
        plan = plan_run(self.config, extractor=self.extractor)
        if plan.identity != self.run.identity:
            raise UsageError(f"{self.run.name}: the dataset or the code changed while it was asked; {plan.signature}")
        return plan


def continued(config: RunConfig, folder: RunFolder) -> Continued | None:
    """The run in a folder where it is unfinished and nothing has changed, None where one has to look closer."""
    run = _unfinished(folder)
    if run is None or config.runner.reuse is not None or not config.dataset.path:
        return None
    stored, wanted = (dumps({name: each.get(name) for name in SAME}) for each in (run.config, asdict(config)))
    selection = selection_of(config.dataset, config.seed)
    source = source_of(config.dataset)
    if stored != wanted or not streams(selection) or run.environment.get("code") != code_hash():
        return None
    if run.dataset.get("files") != known_files(source):
        return None
    extractor = build_extractor(config.extractor)
    identity = extractor_identity(
        config.extractor, extractor, extraction_types=config.extraction_types, repeats=config.repeats
    )
    if type(extractor) in GOLD_CONTROLS or run.identity.get("extractor") != identity:
        return None
    return Continued(config=config, run=run, source=source, selection=selection, extractor=extractor)


def _unfinished(folder: RunFolder) -> Run | None:
    try:
        run = folder.read_run()
    except DataError:
        return None
    return None if run.status == "complete" else run
