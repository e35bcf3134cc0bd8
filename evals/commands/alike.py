"""Makes stored runs alike before they are compared: scored again where that mends it, refused where nothing does."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from evals.compare.comparison import Counts
from evals.compare.likeness import Likeness, likeness
from evals.compare.pairing import shared
from evals.errors import CannotAnswer, ConfigError, UsageError
from evals.results import Run
from evals.runs import RunFolder, open_or_create

if TYPE_CHECKING:
    from evals.commands.rescoring import Rescoring

PLAIN_MATCHER = "fuzzy"  # what `cascade` decides when no judge is asked


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """A run that may be compared, how it is called, and what had to be done or overlooked to make it so."""

    folder: RunFolder
    run: Run
    label: str
    notes: tuple[str, ...] = ()

    @property
    def counts(self) -> Counts:
        from evals.counts_file import counted_run, headers_of

        return Counts(headers=lambda: headers_of(self.folder), blocks=lambda: counted_run(self.folder))


def open_alike(
    paths: Sequence[Path], labels: Sequence[str], *, reports: Path, allow_unlike: bool = False
) -> tuple[Opened, ...]:
    """The runs, scored alike. The last one says on what: its dialogues and gold, its matcher, and no judge where they
    had different ones.

    Raises CannotAnswer for a run that is not complete, for runs that nothing makes alike, and where the dialogues that
    scoring again needs are not there any more.
    """
    from evals.commands.where import complete_run

    opened = [
        Opened(folder=folder, run=complete_run(folder), label=label)
        for folder, label in zip(map(RunFolder, paths), labels, strict=True)
    ]
    found = [likeness(each.run, opened[-1].run) for each in opened[:-1]]
    unlike = [
        f"{each.label}: {difference}" for each, like in zip(opened, found, strict=False) for difference in like.unlike
    ]
    if unlike and not allow_unlike:
        raise CannotAnswer(
            f"these runs cannot be compared: {'; '.join(unlike)} "
            "(--allow-unlike compares them all the same and says so)"
        )
    overlooked = (f"UNLIKE RUNS, compared all the same: {'; '.join(unlike)}",) if unlike else ()
    healed = [str(difference) for like in found for difference in like.healed]
    if not healed:
        return tuple(Opened(folder=e.folder, run=e.run, label=e.label, notes=overlooked) for e in opened)
    again = _scored_again(opened, found, reports)
    note = f"scored again on both sides, because these differed: {'; '.join(dict.fromkeys(healed))}"
    overlooked = (*overlooked, *_left_out(opened))
    return tuple(
        Opened(folder=folder, run=folder.read_run(), label=each.label, notes=(*overlooked, note))
        for folder, each in zip(again, opened, strict=True)
    )


def _left_out(opened: Sequence[Opened]) -> list[str]:
    """The dialogues that scoring again leaves out, because not both sides answered them."""
    said = []
    for each in opened[:-1]:
        common = shared(each.counts.headers(), opened[-1].counts.headers())
        if common.only_base or common.only_candidate or common.other_messages:
            said.append(
                f"left out: {common.only_base} only in {each.label}, {common.only_candidate} only in "
                f"{opened[-1].label}, {common.other_messages} with other messages"
            )
    return said


def _scored_again(opened: Sequence[Opened], found: Sequence[Likeness], reports: Path) -> list[RunFolder]:
    judged_apart = any(like.judged_apart for like in found)
    if judged_apart:
        print(
            "the runs were not judged alike: both are scored again by rules alone; "
            "`evals score RUN judge=…` judges one as the other was",
            file=sys.stderr,
        )
    return [_as_the_last(each, opened[-1], reports) for each in opened]


def _as_the_last(each: Opened, last: Opened, reports: Path) -> RunFolder:
    """The run as it is when scored on the dialogues, gold and matcher of the last; kept, so that it is done once."""
    from evals.commands.rescoring import graded_again, new_run

    plan = _plan(each, last)
    if plan.identity == each.run.identity:
        return each.folder
    path = reports / f"{each.folder.path.name}-{plan.digest}"
    with open_or_create(path, plan.identity) as opened:
        folder = opened.folder
        if opened.state == "complete":
            return folder
        print(f"{each.folder.path}: scoring again as {path}", file=sys.stderr)
        run = new_run(plan, path.name, each.run.command)
        folder.write_run(run)
        try:
            run, _ = graded_again(plan, each.folder, folder, run)
        except BaseException:  # Ctrl-C, a broken file, a full disk: nobody writes here any more
            folder.mark("interrupted")
            raise
        folder.write_run(run)
    return folder


def _plan(each: Opened, last: Opened) -> Rescoring:
    from evals.commands.rescoring import dataset_of, plan_rescoring

    if not each.folder.predictions_path.exists():
        raise CannotAnswer(f"{each.folder.path}: keeps no predictions.jsonl, so it cannot be scored again")
    try:
        return plan_rescoring(
            each.folder,
            each.run,
            dataset_of(last.run),
            seed=int(last.run.config.get("seed", 0)),
            matcher=shipped_matcher(last.run),
            judge=({"name": "none"}, None),
            controls=(),
            prices={},
            shared_only=True,
        )
    except (ConfigError, UsageError) as error:
        raise CannotAnswer(f"{each.label} would have to be scored again, and cannot be: {error}") from None


def shipped_matcher(run: Run) -> dict[str, Any]:
    """The run's matcher, built from our own configuration by its name: a run file names nothing that is built."""
    from evals.config import choices, slot

    stored = run.config.get("matcher") or {}
    name = PLAIN_MATCHER if stored.get("name") == "cascade" else stored.get("name")
    if name not in choices("matcher") or name == "custom":
        raise CannotAnswer(
            f"{run.name} was matched by {name!r}, which is not one of ours; score both runs with it: "
            "evals score RUN matcher=custom matcher._target_=…"
        )
    shipped = slot("matcher", str(name))
    own = {key: stored[key] for key in shipped if key in stored and key not in ("name", "_target_")}
    return shipped | {key: value for key, value in own.items() if isinstance(value, (str, int, float, type(None)))}
