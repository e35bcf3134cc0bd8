"""Composes and validates configuration: the only file that knows Hydra and OmegaConf.

Defaults live in conf/ alone; the dataclasses of `evals.config_shapes` say types and ranges. No configuration object
of Hydra's leaves this file, and `_target_` is instantiated only in the extractor, matcher and judge slots, by `build`.
"""

from __future__ import annotations

import difflib
import inspect
import json
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar, cast

from hydra import compose as hydra_compose
from hydra import initialize_config_dir
from hydra._internal.utils import _locate
from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.errors import HydraException, InstantiationException
from hydra.utils import instantiate
from omegaconf import OmegaConf
from omegaconf.errors import MissingMandatoryValue, OmegaConfBaseException
from pydantic import TypeAdapter, ValidationError

from evals import resources
from evals.errors import ConfigError, UsageError
from evals.remote.url import place

_META = ("name", "version", "_target_")
_PLACES = (  # what may be a URL
    *(("dataset", "path"), ("dataset", "data_files"), ("dataset", "overlay")),
    *(("extractor", "path"), ("extractor", "run"), ("runner", "reuse")),
)
T = TypeVar("T")


def load(job: str, shape: type[T], overrides: Sequence[str], *, config_dir: Path | None = None) -> T:
    """The configuration of one command, validated as `shape`.

    Raises ConfigError, in one line, for an unknown override, choice, key or variable, a wrong type or a bad range, and
    for a URL with credentials in it.
    """
    values = compose(job, overrides, config_dir=config_dir)
    _check_places(values)
    try:
        return TypeAdapter(shape).validate_json(json.dumps(values))  # JSON mode: a list is not yet a dataclass
    except ValidationError as error:
        raise ConfigError("; ".join(_explain(fault) for fault in error.errors())) from None


def _check_places(values: Mapping[str, Any]) -> None:
    """Raises ConfigError, which does not show it, for a URL with a key in it: configurations are stored and printed."""
    for group, key in _PLACES:
        given = (values.get(group) or {}).get(key)
        for each in given if isinstance(given, list) else [given]:
            try:
                place(str(each or ""))
            except UsageError as error:
                raise ConfigError(f"{group}.{key}: {error}") from None


def compose(job: str, overrides: Sequence[str], *, config_dir: Path | None = None) -> dict[str, Any]:
    """The resolved configuration of `job` (a primary config in conf/) as plain dicts and lists."""
    extra = [f"hydra.searchpath=[{Path(config_dir).resolve().as_uri()}]"] if config_dir else []
    if config_dir and not config_dir.is_dir():
        raise ConfigError(f"--config-dir {config_dir}: no such folder")
    try:
        with initialize_config_dir(str(resources.conf_dir()), job_name=job, version_base="1.3"):
            config = hydra_compose(job, overrides=[*map(_quoted, overrides), *extra])
            values = OmegaConf.to_container(config, resolve=True, throw_on_missing=True)
    except (HydraException, OmegaConfBaseException) as error:
        raise ConfigError(_hydra_message(error, job)) from None
    return cast(dict[str, Any], values)


def slot(group: str, name: str) -> dict[str, Any]:
    """The configuration of one shipped choice as it stands, e.g. `slot("extractor", "control_echo")`."""
    return cast(dict[str, Any], OmegaConf.to_container(OmegaConf.load(resources.conf_dir() / group / f"{name}.yaml")))


def choices(group: str | None = None, *, config_dir: Path | None = None) -> dict[str, str]:
    """What can be chosen in a group, with the first comment line of each file; without a group, the groups."""
    folders = [resources.conf_dir(), *([config_dir] if config_dir else [])]
    if group is None:
        names = sorted({path.name for folder in folders for path in folder.iterdir() if path.is_dir()})
        return {name: ", ".join(choices(name, config_dir=config_dir)) for name in names}
    files = sorted(path for folder in folders for path in (folder / group).glob("*.yaml"))
    if not files:
        raise ConfigError(f"no config group {group!r}; there are {', '.join(choices(config_dir=config_dir))}")
    return {path.stem: _first_comment(path) for path in files}


def expand(overrides: Sequence[str]) -> list[list[str]]:
    """The product of a sweep: `extractor=a,b seed=1,2` gives four lists of overrides, in the order written."""
    try:
        parsed = OverridesParser.create().parse_overrides(overrides=list(map(_quoted, overrides)))
    except HydraException as error:
        raise ConfigError(_hydra_message(error, "run")) from None
    batches: list[list[str]] = [[]]
    for override in parsed:
        if override.is_sweep_override():
            options = [f"{override.get_key_element()}={value}" for value in override.sweep_string_iterator()]
        else:
            options = [cast(str, override.input_line)]
        batches = [[*batch, option] for batch in batches for option in options]
    return batches


def build(slot_name: str, node: Mapping[str, Any], *protocols: type) -> Any:
    """The object a slot's `_target_` makes, checked against the protocols it may satisfy.

    Raises ConfigError naming slot, target and cause when it cannot be found, refuses its arguments, or has not the
    method the protocol asks for.
    """
    target = node.get("_target_")
    if not isinstance(target, str):
        raise ConfigError(f"{slot_name}: no _target_; give {slot_name}._target_=package.module.Class")
    arguments = {key: value for key, value in node.items() if key not in _META}
    try:
        callable_ = _locate(target)
        inspect.signature(callable_).bind_partial(**arguments)
        made = instantiate({"_target_": target, **arguments}, _convert_="all")
    except (ImportError, InstantiationException, TypeError, ValueError, OSError) as error:
        cause = _root_cause(error)
        hint = " (is its folder on PYTHONPATH?)" if isinstance(cause, ModuleNotFoundError) else ""
        raise ConfigError(f"{slot_name}: cannot build {target}: {_one_line(cause)}{hint}") from error
    if protocols and not isinstance(made, protocols):
        method = " or ".join(f"{protocol.__name__}.{_method_of(protocol)}()" for protocol in protocols)
        raise ConfigError(f"{slot_name}: {target} made a {type(made).__name__}, which has no {method}")
    return made


# --- messages ------------------------------------------------------------------------------------


def _hydra_message(error: Exception, job: str) -> str:
    """Hydra's own words, cut to the line that helps, with near misses where it names none."""
    text = str(error)
    if match := re.search(r"Environment variable '(\w+)' not found", text):
        return f"the environment variable {match[1]} is not set: it names the folder that holds imported public sets"
    if match := re.search(r"Could not find '([\w-]+)/([^']+)'", text):
        return f"{match[1]}={match[2]}: no such choice; there are {', '.join(choices(match[1]))}"
    if match := re.search(r"Could not override '([^']+)'", text):
        return f"unknown override {match[1]!r}{_near(match[1], job)}"
    if isinstance(error, MissingMandatoryValue):
        return f"{error.full_key} has no value yet: give {error.full_key}=…"
    return _one_line(text)


def _near(key: str, job: str) -> str:
    known = _keys(OmegaConf.to_container(OmegaConf.load(resources.conf_dir() / f"{job}.yaml")))
    if job in ("run", "check", "calibrate"):
        known += [f"dataset.{key}" for key in _keys(OmegaConf.to_container(OmegaConf.load(_golden())))]
    close = difflib.get_close_matches(key, known, n=1, cutoff=0.6)
    return f"; did you mean {close[0]}?" if close else f"; conf/{job}.yaml lists what can be set"


def _golden() -> Path:
    return resources.conf_dir() / "dataset" / "golden.yaml"


def _keys(node: Any, prefix: str = "") -> list[str]:
    if not isinstance(node, dict):
        return []
    here = [f"{prefix}{key}" for key in node if key != "defaults"]
    return here + [name for key, value in node.items() for name in _keys(value, f"{prefix}{key}.")]


def _explain(fault: Mapping[str, Any]) -> str:
    field = ".".join(
        str(part) for part in fault["loc"] if not str(part).startswith(("list[", "constrained-", "literal["))
    )
    wanted = fault["msg"][0].lower() + fault["msg"][1:]
    return f"{field}={fault['input']!r}: {wanted}"


def _quoted(override: str) -> str:
    """`dataset.where=language=zh,label=a|b` needs quotes in Hydra's grammar; put them for the user."""
    key, found, value = override.partition("=")
    if key == "+experiment":  # the habit from templates where the group has no default entry
        return override[1:]
    if found and key.lstrip("+") == "dataset.where" and value and value[0] not in "'\"" and value != "null":
        return f"{key}='{value}'"
    return override


def _first_comment(path: Path) -> str:
    lines = path.read_text(encoding="utf-8").splitlines()
    return next((line[1:].strip() for line in lines if line.startswith("#") and "@package" not in line), "")


def _root_cause(error: BaseException) -> BaseException:
    while error.__cause__ is not None:
        error = error.__cause__
    return error


def _one_line(error: object) -> str:
    return " ".join(str(error).split()) or type(error).__name__


def _method_of(protocol: type) -> str:
    return next(name for name in vars(protocol) if not name.startswith("_"))
