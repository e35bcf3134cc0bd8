"""`evals calibrate LABELS`: a matcher, alone or with a judge, against labelled pairs; its certificate is stored."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, replace
from hashlib import sha256
from pathlib import Path
from typing import Any

from evals import __version__
from evals.calibration.agreement import Agreement, Rate, agreement, cohen_kappa, slices
from evals.calibration.certificate import Subject, certificate, find, store
from evals.calibration.pairs import LABELS, Answered, LabelledPair, Pair, outcome_of, reading
from evals.calibration.tables import aligned
from evals.commands.judging import build_judge
from evals.config import build
from evals.config_shapes import CalibrateConfig
from evals.errors import ConfigError, ExtractorError, StoppedShort
from evals.io import read_jsonl
from evals.matching.cascade import open_pairs, plausible, settle_pairs
from evals.matching.probes import probe_digest
from evals.protocols import Judge, Judgement, Matcher


def certify(path: Path, config: CalibrateConfig, *, as_json: bool) -> int:
    """Measures, prints and stores. Raises DataError for lines that are no pairs, ConfigError for a file without any."""
    if not path.is_file():
        raise ConfigError(f"{path}: no such file; JSONL of {{a, b, label: match|partial|no, kind, lang}} is wanted")
    lines = [line for _, line in read_jsonl(path, LabelledPair)]
    if not lines:
        raise ConfigError(f"{path}: no pairs; JSONL of {{a, b, label: match|partial|no, kind, lang}} is wanted")
    matcher = build("matcher", config.matcher, Matcher)  # the package's own weights: pairs come without a dataset
    judge = build_judge(config.judge, config.matcher)
    with asyncio.Runner() as loop:
        pairs = [line.pair for line in lines]
        answers = _answers(pairs, matcher, judge, loop)
        flips = _flips(pairs, answers, matcher, judge, loop)
        if judge is not None and hasattr(judge, "close"):
            loop.run(judge.close())
    figures = {name: agreement(group) for name, group in slices(answers).items()}
    labels_hash = sha256(path.read_bytes()).hexdigest()[:16]
    found = certificate(subject_of(config.matcher, matcher, judge), labels_hash, figures, flips)
    stored = store(found)
    if as_json:
        told = {"labels": labels_hash, "between_annotators": _between(lines), **asdict(found), "stored": str(stored)}
        print(json.dumps(told, ensure_ascii=False, indent=1))
        return 0
    print(f"{len(lines)} labelled pairs of {path} ({labels_hash}), {_named(config, judge)}\n")
    print("\n".join(line.rstrip() for line in _tables(figures, flips, lines, answers)))
    print(f"\ncertificate {found.subject} stored as {stored}")
    return 0


def subject_of(node: Mapping[str, Any], matcher: Matcher, judge: Judge | None) -> Subject:
    """What a certificate is bound to: the matcher as configured and as it behaves, the judge's models and wording."""
    from evals.matching.fuzzy import DESCRIBED, FuzzyMatcher

    plain = build("matcher", node, Matcher) if isinstance(matcher, FuzzyMatcher) else matcher
    asked = None if judge is None else getattr(judge, "identity", {"judge": type(judge).__qualname__})
    shown = {key: value for key, value in node.items() if key not in ("name", *DESCRIBED)}
    shown |= plain.manifest.about if isinstance(plain, FuzzyMatcher) else {}
    return Subject(matcher=shown, probes=probe_digest(plain), judge=asked, evals=__version__)


def certified(node: Mapping[str, Any], matcher: Matcher, judge: Judge | None) -> dict[str, Any]:
    """What run.json says of the certificate in force, as one entry `certificate`; empty where there is none."""
    found = find(subject_of(node, matcher, judge))
    if found is None:
        return {}
    names = [name for name in found.slices if name == "all" or name.startswith("lang=")]
    kept = ("n", "decided", "sensitivity", "specificity", "kappa", "prevalence", "constant")
    slices = {name: {key: found.slices[name][key] for key in kept} for name in names}
    return {
        "certificate": {"subject": found.subject, "labels": found.labels, "slices": slices, "flips": dict(found.flips)}
    }


def _answers(pairs: Sequence[Pair], matcher: Matcher, judge: Judge | None, loop: asyncio.Runner) -> list[Answered]:
    outcomes = [outcome_of(matcher, pair) for pair in pairs]
    if judge is not None:
        opened = [open_pairs(outcome, pair.lang) for outcome, pair in zip(outcomes, pairs, strict=True)]
        questions = [each.question for group in opened for each in group]
        said = iter(_asked(judge, questions, loop))
        for place, group in enumerate(opened):
            answers = [(each, plausible(each.question, next(said))) for each in group]
            outcomes[place] = settle_pairs(outcomes[place], answers)
    return [reading(pair, outcome) for pair, outcome in zip(pairs, outcomes, strict=True)]


def _asked(judge: Judge, questions: Sequence[Any], loop: asyncio.Runner) -> Sequence[Judgement]:
    try:
        return loop.run(judge.judge(questions)) if questions else ()
    except ExtractorError as error:
        raise StoppedShort(f"the judge cannot be asked: {error}") from None


def _flips(
    pairs: Sequence[Pair], answers: Sequence[Answered], matcher: Matcher, judge: Judge | None, loop: asyncio.Runner
) -> dict[str, int]:
    """How often the pair the other way round gets another answer, of those decided both ways."""
    turned = _answers([replace(pair, a=pair.b, b=pair.a) for pair in pairs], matcher, judge, loop)
    both = [
        (one.answer, other.answer)
        for one, other in zip(answers, turned, strict=True)
        if "open" not in (one.answer, other.answer)
    ]
    return {"n": len(both), "flips": sum(one != other for one, other in both)}


def _between(lines: Sequence[LabelledPair]) -> dict[str, float | int | None]:
    """How far two annotators agree, where the file holds both."""
    double = [line for line in lines if line.second is not None]
    table = [[sum((d.label, d.second) == (row, column) for d in double) for column in LABELS] for row in LABELS]
    kappa, _ = cohen_kappa(table)
    agreed = sum(line.label == line.second for line in double)
    return {"n": len(double), "agreed": agreed, "share": agreed / len(double) if double else None, "kappa": kappa}


def _named(config: CalibrateConfig, judge: Judge | None) -> str:
    asked = "" if judge is None else f", judge {getattr(judge, 'model', config.judge['name'])}"
    return f"matcher {config.matcher['name']}{asked}"


def _tables(
    figures: Mapping[str, Agreement],
    flips: Mapping[str, int],
    lines: Sequence[LabelledPair],
    answers: Sequence[Answered],
) -> Iterator[str]:
    rows = [["", "n", "decided", "sensitivity", "specificity", "accuracy", "constant", "kappa", "matches"]]
    for name, each in figures.items():
        shares = (each.decided, each.sensitivity, each.specificity, each.accuracy)
        rest = (_number(each.constant), _kappa(each), _number(each.prevalence.value))
        rows.append([name, str(each.n), *map(_rate, shares), *rest])
    yield from aligned(rows)
    yield ""
    for label, row in figures["all"].confusion.items():
        yield f"labelled {label:<8}" + "".join(f"  {answer} {count:>4}" for answer, count in row.items())
    yield ""
    yield f"the other way round: {flips['flips']} of {flips['n']} pairs decided both ways get another answer"
    if (two := _between(lines))["n"]:
        yield f"two annotators agree on {two['agreed']} of {two['n']} pairs, kappa {_number(two['kappa'])}"
    yield ""
    yield from _worst(answers)


def _worst(answers: Sequence[Answered]) -> Iterator[str]:
    false_accepts = [one for one in answers if one.pair.label == "no" and one.answer == "match"]
    false_rejects = [one for one in answers if one.pair.label == "match" and one.answer == "no"]
    for title, found in (("called match, is none", false_accepts), ("called none, is a match", false_rejects)):
        for one in found[:5]:
            yield f"{title}: {one.pair.a} | {one.pair.b}  ({one.decision.by})"


def _rate(rate: Rate) -> str:
    return "–" if rate.value is None else f"{rate.value:.3f} [{rate.low:.3f}, {rate.high:.3f}]"


def _kappa(each: Agreement) -> str:
    if each.kappa is None or each.kappa_interval is None:
        return "–"
    low, high = each.kappa_interval
    return f"{each.kappa:.2f} [{low:.2f}, {high:.2f}]"


def _number(value: float | int | None) -> str:
    return "–" if value is None else f"{value:.2f}"
