"""What must be right before a run may begin: data surveyed, matcher frozen, extractor built, identity known."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from hashlib import sha256
from pathlib import Path
from typing import Any

import evals
from evals import __version__, resources
from evals.commands.judging import build_judge, judge_identity
from evals.commands.money import check_prices, extraction_price
from evals.commands.tracking import check_tracking
from evals.config import build, choices, slot
from evals.config_shapes import DatasetConfig, RunConfig
from evals.corpus.columns import Columns
from evals.corpus.hashes import files_hash
from evals.corpus.hub import HubSource, data_files, pin_of
from evals.corpus.selection import Selection
from evals.corpus.source import Source
from evals.corpus.survey import Survey, selected, survey
from evals.errors import ConfigError
from evals.extractors.controls import GOLD_CONTROLS
from evals.io import sha256_of
from evals.matching.fuzzy import DESCRIBED, describe
from evals.matching.manifest import ManifestBuilder
from evals.matching.probes import probe_digest
from evals.protocols import ControlExtractor, Extractor, Judge, Matcher, Replay
from evals.remote.inputs import local_file, local_files
from evals.types import Dialogue

BUNDLED = "bundled:"
CONTROL = "control_"
STATISTICS = "cluster-t"
PACKAGE = Path(evals.__file__).parent
RULES = ("extractors", "text")  # what the embedded extractor is made of
# Keys of the extractor slot that say where and how it is reached, not what it is.
REACHING = ("path", "run", "name", "version", "http", "api_key_env", "qps", "tokens_per_minute", "launch_timeout_s")


@dataclass(frozen=True, kw_only=True)
class RunPlan:
    """A run that is ready to begin."""

    config: RunConfig
    source: Source
    survey: Survey
    matcher: Matcher
    extractor: Extractor | Replay | ControlExtractor
    judge: Judge | None
    controls: dict[str, Extractor | ControlExtractor]
    identity: dict[str, str]

    @property
    def count(self) -> int:
        return self.survey.dialogues

    def dialogues(self, _done: object = None) -> Iterator[Dialogue]:
        """The dialogues of the run in dataset order; whoever asks leaves out what is done."""
        return selected(self.source, self.survey)

    @property
    def signature(self) -> str:
        return signature(self.identity)

    @property
    def default_name(self) -> str:
        return default_name(self.config.dataset.name, self.config.extractor["name"], self.signature)


def plan_run(config: RunConfig, *, extractor: Extractor | Replay | None = None) -> RunPlan:
    """Survey the data once and build what the run needs, the extractor too where it is not there yet.

    Raises DataError or ConfigError; writes nothing.
    """
    judge = build_judge(config.judge, config.matcher)
    check_prices(judge, config.prices, config.budget.max_cost)
    check_tracking(config.tracking)
    source = source_of(config.dataset)
    surveyed, matcher = survey_and_calibrate(source, selection_of(config.dataset, config.seed), config.matcher)
    extractor = extractor or build_extractor(config.extractor)
    extraction_price(config)
    identity = {
        "in": f"{config.dataset.name}@{surveyed.in_hash[:8]}{data_pin(config.dataset)}",
        "gold": surveyed.gold_hash[:8],
        "extractor": extractor_identity(
            config.extractor, extractor, extraction_types=config.extraction_types, repeats=config.repeats
        ),
        "match": match_identity(config.matcher, matcher),
        "judge": judge_identity(config.judge, judge),
        "stat": STATISTICS,
        "evals": __version__,
    }
    return RunPlan(
        config=config,
        source=source,
        survey=surveyed,
        matcher=matcher,
        extractor=extractor,
        judge=judge,
        controls=build_controls(config.controls),
        identity=identity,
    )


def signature(identity: Mapping[str, str]) -> str:
    """The line under every number."""
    return "|".join(f"{name}:{value}" for name, value in identity.items())


def default_name(dataset: str, system: str, signed: str) -> str:
    """The folder of a run nobody named: dataset, system, and the first digits of its signature's hash."""
    safe = re.sub(r"[^\w.-]+", "--", dataset).strip("-.")  # owner/name is no folder name
    return f"{safe}-{system}-{sha256(signed.encode()).hexdigest()[:8]}"


def source_of(dataset: DatasetConfig) -> Source:
    """The files or the repository a dataset config names, those of a store fetched.

    Raises ConfigError when a file is not there, StoreError where a store cannot be read.
    """
    overlay = local_file(dataset.overlay, named_by="dataset.overlay") if dataset.overlay else None
    if not dataset.path:
        return _hub_source(dataset, overlay)
    given = [dataset.path] if isinstance(dataset.path, str) else dataset.path
    paths = [file for path in given for file in local_files(_resolved(path), named_by="dataset.path")]
    return Source(name=dataset.name, paths=tuple(paths), overlay=overlay)


def _hub_source(dataset: DatasetConfig, overlay: Path | None) -> HubSource:
    files = dataset.data_files or []
    return HubSource(
        name=dataset.name,
        paths=data_files([files] if isinstance(files, str) else files),
        overlay=overlay,
        revision=dataset.revision,
        subset=dataset.subset,
        hub_split=dataset.hub_split,
        columns=Columns.of(dataset.columns) if dataset.columns else None,
    )


def data_pin(dataset: DatasetConfig) -> str:
    """Behind the data's hash: the commit of a repository or `unpinned`; empty for files, whose hash is their pin."""
    return "" if dataset.path or dataset.data_files else pin_of(dataset.name, dataset.revision)


def selection_of(dataset: DatasetConfig, seed: int) -> Selection:
    given = dataset.ids if isinstance(dataset.ids, list) else [dataset.ids]
    ids = tuple(str(name) for name in given if name is not None)
    return Selection(
        split=dataset.split,
        ids=ids or None,
        where=dataset.where,
        limit=dataset.limit,
        seed=seed,
        shard=dataset.shard,
    )


def survey_and_calibrate(source: Source, selection: Selection, node: Mapping[str, Any]) -> tuple[Survey, Matcher]:
    """One pass over the whole dataset: validated, counted, and the matcher frozen on its gold."""
    matcher = build("matcher", node, Matcher)
    if not hasattr(matcher, "calibrated"):
        return survey(source, selection), matcher
    builder = ManifestBuilder()  # a seed of its own: another sample of dialogues must not be another ruler
    surveyed = survey(source, selection, builder.observe)
    return surveyed, matcher.calibrated(builder.freeze)


def build_controls(names: Sequence[str]) -> dict[str, Extractor | ControlExtractor]:
    """The know-nothing (or know-all) extractors to score beside a system, by name."""
    known = [name for name in choices("extractor") if name.startswith(CONTROL)]
    unknown = [name for name in names if name not in known]
    if unknown:
        raise ConfigError(f"controls: {unknown[0]!r} is no control; there are {', '.join(known)}")
    return {name: build_extractor(slot("extractor", name)) for name in names}


def build_extractor(node: Mapping[str, Any]) -> Any:
    """The extractor of a slot. Only our own controls may be of the kind that sees gold, whatever others look like."""
    control = str(node.get("_target_")) in {f"{kind.__module__}.{kind.__qualname__}" for kind in GOLD_CONTROLS}
    return build("extractor", node, *((ControlExtractor,) if control else (Extractor, Replay)))


def extractor_identity(
    given: Mapping[str, Any], extractor: object, *, extraction_types: Sequence[str], repeats: int
) -> str:
    """`name#hash(pin)`: the hash is over the configuration, the pin over the system; unknown prints `unpinned`.

    What an extractor says of itself in `identity` (prompts, say) is hashed with its configuration, and so is the source
    of one that is not ours: a run never goes on with other code under the same name.
    """
    node = {key: value for key, value in given.items() if key not in REACHING}
    own = getattr(extractor, "identity", None)
    node |= {"identity": own} if own else {}
    node |= _foreign_code(type(extractor))
    asked = {"extraction_types": sorted(extraction_types), "repeats": repeats}
    pin = given.get("version") or getattr(extractor, "version", None) or "unpinned"
    if pin == "builtin":
        pin = files_hash(sorted(path for room in RULES for path in (PACKAGE / room).rglob("*.py")))[:12]
    return f"{given['name']}#{sha256_of({'node': node, **asked})[:8]}({pin})"


def _foreign_code(kind: type) -> dict[str, str]:
    """The hash of the file a class of somebody else's is written in, where it is in a file."""
    if kind.__module__.split(".")[0] == __name__.split(".")[0]:
        return {}
    try:
        return {"code": files_hash([Path(inspect.getfile(kind))])}
    except (OSError, TypeError):  # typed into a notebook
        return {}


def match_identity(node: Mapping[str, Any], matcher: Matcher) -> str:
    """`name#hash`: over the configuration, the frozen weights and floors, and what the matcher says of our probes.

    What embeddings and names come to is in the manifest; where a model is reached says nothing of it.
    """
    given = {key: value for key, value in node.items() if key not in DESCRIBED}
    state = {"node": given, "manifest": describe(matcher), "probes": probe_digest(matcher)}
    return f"{node['name']}#{sha256_of(state)[:8]}"


def known_files(source: Source) -> str | None:
    """A hash of the dataset's bytes, its overlay's included; None where they are not in files of our own format."""
    if type(source) is not Source:
        return None
    return files_hash([*source.paths, *([source.overlay] if source.overlay else [])])


def dataset_facts(config: DatasetConfig, surveyed: Survey, source: Source) -> dict[str, Any]:
    """What run.json says of the data."""
    return {
        **asdict(config),
        "files": known_files(source),
        "in_hash": surveyed.in_hash,
        "gold_hash": surveyed.gold_hash,
        "dialogues": surveyed.dialogues,
        "of": surveyed.total,
        "clusters": surveyed.clusters,
        "languages": dict(surveyed.languages),
        "splits": dict(surveyed.splits),
    }


def without_gold(dialogue: Dialogue) -> Dialogue:
    """The dialogue as it is kept beside a run: messages, nothing annotated."""
    return replace(dialogue, gold=type(dialogue.gold)())


def _resolved(path: str) -> str:
    return str(resources.datasets_dir() / path.removeprefix(BUNDLED)) if path.startswith(BUNDLED) else path
