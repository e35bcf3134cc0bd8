"""memory-evals: how well does a system extract memories from dialogue?

`load_run` is the door for notebooks; the nouns are in `evals.types`, those that a run stores in `evals.results`.
Importing this package loads nothing heavy.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from evals.runs import load_run as load_run

__version__ = "0.1.0"
__all__ = ["__version__", "load_run"]


def __getattr__(name: str) -> Any:
    if name == "load_run":
        from evals.runs import load_run

        return load_run
    raise AttributeError(f"module 'evals' has no attribute {name!r}")
