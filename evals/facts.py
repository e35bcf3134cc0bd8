"""What an extractor says of itself in `facts`."""

from __future__ import annotations

from collections.abc import Mapping
from types import NoneType

Facts = dict[str, str | float | None]


def facts_of(extractor: object) -> Facts:
    """Its `facts`, made fit for run.json."""
    said = getattr(extractor, "facts", None)
    if not isinstance(said, Mapping):
        return {}
    return {
        str(name): value if isinstance(value, (int, float, NoneType)) else str(value) for name, value in said.items()
    }
