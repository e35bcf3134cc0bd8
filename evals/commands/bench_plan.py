"""What must be right before a bench may begin: data surveyed, extractor built, every request encoded, limits kept."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from functools import partial
from typing import Any

import numpy as np

from evals import __version__
from evals.commands.plan import (
    STATISTICS,
    build_extractor,
    data_pin,
    default_name,
    extractor_identity,
    match_identity,
    selection_of,
    signature,
    source_of,
    survey_and_calibrate,
)
from evals.config_shapes import BenchConfig, LoadConfig
from evals.corpus.source import Source
from evals.corpus.survey import Survey, selected, survey
from evals.errors import ConfigError, ExtractorError, InputTooLong
from evals.http import settings_from
from evals.io import sha256_of
from evals.load.in_process import encoded_messages
from evals.load.payloads import Payload, draw_order
from evals.load.replies import Read
from evals.load.safety import Advice, check_advice, check_host
from evals.load.senders import TITLES, Destination, SenderName
from evals.memos.tokens import tokens_of
from evals.protocols import Extractor, Matcher, Wire, WireRequest
from evals.strict_json import parse
from evals.types import Dialogue, Extraction, ExtractionType, Message

MOST_DIALOGUES = 5000  # all that is sent is encoded beforehand and held; a larger set is sampled
# Keys of `load` that say how carefully or by whose leave it is done, not what is measured.
_NOT_MEASURED = ("confirm", "unconfirmed_rate", "keep_advice", "selfcheck_s", "max_error_rate")


@dataclass(frozen=True, kw_only=True)
class Route:
    """How an extractor is driven: by which sender, with which payloads, and how a reply is read.

    `skipped` counts dialogues that the system does not take, which are never sent.
    """

    target: str
    sender: SenderName
    destination: Destination
    payloads: tuple[Payload, ...]
    read: Read
    skipped: int = 0


@dataclass(frozen=True, kw_only=True)
class BenchPlan:
    """A bench that is ready to begin."""

    config: BenchConfig
    source: Source
    survey: Survey
    extractor: Extractor
    matcher: Matcher | None
    route: Route
    advice: Advice
    identity: dict[str, str]

    @property
    def signature(self) -> str:
        return signature(self.identity)

    @property
    def default_name(self) -> str:
        system = f"{self.config.extractor['name']}-{self.config.load.mode}"
        return default_name(self.config.dataset.name, system, self.signature)

    @property
    def measured(self) -> str:
        """What was measured, in words."""
        return TITLES[self.route.sender]


def plan_bench(config: BenchConfig) -> BenchPlan:
    """Surveys the data, builds the extractor and encodes what is sent. Raises DataError or ConfigError."""
    _check_mode(config)
    source, selection = source_of(config.dataset), selection_of(config.dataset, config.seed)
    selection = replace(selection, limit=min(selection.limit or MOST_DIALOGUES, MOST_DIALOGUES))
    matcher: Matcher | None = None
    if config.score:
        surveyed, matcher = survey_and_calibrate(source, selection, config.matcher)
    else:
        surveyed = survey(source, selection)
    extractor = build_extractor(config.extractor)
    if not isinstance(extractor, Extractor):
        raise ConfigError(f"extractor={config.extractor['name']}: it makes no calls, so there is no latency to measure")
    route = _route(config, extractor, selected(source, surveyed))
    advice = _advice(extractor, route.payloads)
    _check_limits(config.load, extractor, advice)
    identity = {
        "in": f"{config.dataset.name}@{surveyed.in_hash[:8]}{data_pin(config.dataset)}",
        **({"gold": surveyed.gold_hash[:8]} if matcher else {}),
        "extractor": extractor_identity(
            config.extractor, extractor, extraction_types=config.extraction_types, repeats=1
        ),
        **({"match": match_identity(config.matcher, matcher), "stat": STATISTICS} if matcher else {}),
        "load": _load_identity(config, route),
        "evals": __version__,
    }
    return BenchPlan(
        config=config,
        source=source,
        survey=surveyed,
        extractor=extractor,
        matcher=matcher,
        route=route,
        advice=advice,
        identity=identity,
    )


def order_of(plan: BenchPlan) -> np.ndarray[tuple[int], np.dtype[np.int32]]:
    """The order in which the payloads are sent."""
    load = plan.config.load
    return draw_order(plan.route.payloads, edges=load.buckets, draw=load.draw, seed=plan.config.seed)


def highest_load(load: LoadConfig) -> tuple[float, str]:
    """The most that is asked of the system at any time, and in which unit."""
    if load.mode == "sweep":
        return max(load.steps or [0.0]), "requests a second" if load.over == "rate" else "requests in flight"
    if load.mode == "slo":
        return load.high, "requests a second"
    if load.mode == "closed":
        return float(load.concurrency or 0), "requests in flight"
    return float(load.rate or 0.0), "requests a second"


def _check_mode(config: BenchConfig) -> None:
    load = config.load
    wanted = {"closed": "concurrency", "constant": "rate", "poisson": "rate", "sweep": "steps", "slo": "slo_ms"}
    key = wanted[load.mode]
    if getattr(load, key) is None:
        raise ConfigError(f"load.{key}: load={load.mode} needs a value")
    if load.mode == "slo" and load.low > load.high:
        raise ConfigError(f"load.low={load.low:g}: above load.high={load.high:g}")
    if load.mode == "sweep" and load.over == "concurrency" and any(step % 1 for step in load.steps or []):
        raise ConfigError("load.steps: whole numbers are wanted with load.over=concurrency")
    if config.score and (load.target == "inference" or load.types == "apart" or load.check == "status"):
        raise ConfigError("score=true: whole answers, read; not with load.target=inference, types=apart, check=status")


def _check_limits(load: LoadConfig, extractor: Extractor, advice: Advice) -> None:
    most, unit = highest_load(load)
    url = str(getattr(extractor, "base_url", None) or "")
    check_host(url, most=most, unit=unit, allowed=load.unconfirmed_rate, confirmed=load.confirm)
    if load.keep_advice and unit == "requests a second" and load.mode != "slo":  # the search stays below by itself
        check_advice(most, advice)


def _advice(extractor: Extractor, payloads: tuple[Payload, ...]) -> Advice:
    said = getattr(extractor, "facts", {})
    return Advice(
        qps=said.get("qps"),
        tokens_per_minute=said.get("tokens_per_minute"),
        mean_tokens=sum(payload.tokens for payload in payloads) / len(payloads),
    )


def _load_identity(config: BenchConfig, route: Route) -> str:
    load = {name: value for name, value in asdict(config.load).items() if name not in _NOT_MEASURED}
    told = {**load, "sender": route.sender, "seed": config.seed, "timeout_s": config.http.timeout_s}
    return f"{config.load.mode}#{sha256_of(told)[:8]}"


# --- how it is driven ----------------------------------------------------------------------------


def _route(config: BenchConfig, extractor: Extractor, dialogues: Iterable[Dialogue]) -> Route:
    """The route of the target asked for. Raises ConfigError where the extractor has none."""
    load, name = config.load, config.extractor["name"]
    if load.target == "inference":
        if not hasattr(extractor, "wire_requests"):
            raise ConfigError(f"load.target=inference: extractor={name} makes no inference calls of its own")
        return _inference_route(config, extractor, dialogues)
    if load.target == "auto" and isinstance(extractor, Wire):
        return _wire_route(config, extractor, dialogues)
    if load.sender != "auto":
        raise ConfigError(f"load.sender={load.sender}: extract() of extractor={name} is called, not sent")
    return _called_route(config, extractor, dialogues)


def _wire_route(config: BenchConfig, extractor: Wire, dialogues: Iterable[Dialogue]) -> Route:
    def read(status: int, body: bytes, payload: Payload) -> Extraction:
        return extractor.read(status, body, asked=payload.asked)

    def requests(messages: Sequence[Message], asked: Sequence[ExtractionType]) -> tuple[WireRequest, ...]:
        return (extractor.request(messages, asked),)

    return _http_route(config, "extractor", dialogues, requests, extractor.wire_headers, read)


def _inference_route(config: BenchConfig, extractor: Any, dialogues: Iterable[Dialogue]) -> Route:
    def read(status: int, body: bytes, payload: Payload) -> Extraction:
        found: Extraction = extractor.read_branch(status, body, payload.branch)
        return found

    return _http_route(config, "inference", dialogues, extractor.wire_requests, extractor.wire_headers, read)


def _http_route(
    config: BenchConfig,
    target: str,
    dialogues: Iterable[Dialogue],
    requests: Callable[[Sequence[Message], Sequence[ExtractionType]], tuple[WireRequest, ...]],
    headers: Mapping[str, str],
    read: Read,
) -> Route:
    """Every request of every dialogue, encoded; a dialogue that is too long is counted and left out."""
    payloads, urls, skipped = [], set(), 0
    for dialogue, asked in _asked(config, dialogues):
        try:
            found = requests(dialogue.messages, asked)
        except InputTooLong:
            skipped += 1
            continue
        payloads += [_payload(dialogue, asked, request.body, request.branch) for request in found]
        urls |= {request.url for request in found}
    if len(urls) != 1:
        raise ConfigError("load: every dialogue is too long for the system" if not urls else "load: more than one URL")
    return Route(
        target=target,
        sender="httpx" if config.load.sender == "httpx" else "aiohttp",
        destination=Destination(url=urls.pop(), headers=dict(headers), http=settings_from(asdict(config.http))),
        payloads=tuple(payloads),
        read=read if config.load.check == "content" else partial(_read_status, read),
        skipped=skipped,
    )


def _read_status(read: Read, status: int, body: bytes, payload: Payload) -> Extraction:
    """Nothing found, for any success; what stands in it is not looked at."""
    return Extraction() if 200 <= status < 300 else read(status, body, payload)


def _called_route(config: BenchConfig, extractor: Extractor, dialogues: Iterable[Dialogue]) -> Route:
    wants_time = bool(getattr(extractor, "wants_time", False))
    payloads = tuple(
        _payload(dialogue, asked, encoded_messages(dialogue.messages, time=wants_time))
        for dialogue, asked in _asked(config, dialogues)
    )
    make = partial(build_extractor, config.extractor)
    is_coroutine = inspect.iscoroutinefunction(extractor.extract)
    return Route(
        target="pipeline",
        sender="calls" if is_coroutine else "processes",
        destination=Destination(make=make),
        payloads=payloads,
        read=_read_called,
    )


def _read_called(_status: int, body: bytes, _payload: Payload) -> Extraction:
    extraction, faults = parse(body, Extraction)
    if faults:
        raise ExtractorError(f"extract() returned no extraction: {faults[0][1]}")
    return extraction


def _asked(config: BenchConfig, dialogues: Iterable[Dialogue]) -> Iterator[tuple[Dialogue, tuple[ExtractionType, ...]]]:
    kinds = tuple(config.extraction_types)
    wanted = [kinds] if config.load.types == "together" else [(kind,) for kind in kinds]
    return ((dialogue, asked) for dialogue in dialogues for asked in wanted)


def _payload(dialogue: Dialogue, asked: tuple[ExtractionType, ...], body: bytes, branch: str = "extract") -> Payload:
    return Payload(
        dialogue=dialogue.id,
        language=dialogue.language,
        tokens=tokens_of(dialogue.messages),
        asked=asked,
        body=body,
        branch=branch,
    )
