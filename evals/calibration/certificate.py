"""A certificate: what a matcher, alone or with a judge, was measured at, and exactly what that holds for."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from evals.calibration.agreement import Agreement
from evals.io import read_json, write_json

FOLDER = Path(".evals") / "certificates"


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """What is certified: another matcher, rule, floor, model, parameter or wording is another subject."""

    matcher: Mapping[str, Any]
    probes: str
    judge: Mapping[str, Any] | None
    evals: str

    @property
    def digest(self) -> str:
        """sha256 of all of it, 16 hex digits: the name a run finds its certificate by."""
        return hashlib.sha256(json.dumps(asdict(self), sort_keys=True, default=str).encode()).hexdigest()[:16]


@dataclass(frozen=True, slots=True, kw_only=True)
class Certificate:
    """Figures per slice (`lang=en`, …) over labels whose hash is kept, and how often the two orders disagreed."""

    subject: str
    about: Mapping[str, Any]
    labels: str
    slices: Mapping[str, Any]
    flips: Mapping[str, int]


def certificate(
    subject: Subject, labels: str, slices: Mapping[str, Agreement], flips: Mapping[str, int]
) -> Certificate:
    """The certificate of measured slices."""
    plain = {name: asdict(figures) for name, figures in slices.items()}
    return Certificate(subject=subject.digest, about=asdict(subject), labels=labels, slices=plain, flips=flips)


def store(found: Certificate, folder: Path = FOLDER) -> Path:
    """Writes a certificate where runs look for it."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{found.subject}.json"
    write_json(path, asdict(found))
    return path


def find(subject: Subject, folder: Path = FOLDER) -> Certificate | None:
    """The certificate of a subject, None where there is none."""
    path = folder / f"{subject.digest}.json"
    return read_json(path, Certificate) if path.exists() else None
