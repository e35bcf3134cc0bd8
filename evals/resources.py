"""Where the shipped `conf/` and `datasets/` folders are, from a wheel, an editable install or a bare checkout."""

from __future__ import annotations

from pathlib import Path

from evals.errors import ConfigError

_PACKAGE = Path(__file__).resolve().parent


def root() -> Path:
    """The folder that holds `conf/` and `datasets/`: the package itself in a wheel, its parent in a checkout.

    Raises ConfigError when neither holds `conf/`, which means a damaged installation.
    """
    for candidate in (_PACKAGE, _PACKAGE.parent):
        if (candidate / "conf").is_dir():
            return candidate
    raise ConfigError(f"no conf/ folder in {_PACKAGE} or beside it: the installation is incomplete, reinstall it")


def conf_dir() -> Path:
    """The shipped configuration groups."""
    return root() / "conf"


def datasets_dir() -> Path:
    """The shipped datasets."""
    return root() / "datasets"


def dataset_path(name: str) -> Path:
    """The shipped dataset file or folder of this name, e.g. `golden`.

    Raises ConfigError naming what there is, when there is none of that name.
    """
    path = datasets_dir() / name
    if path.exists():
        return path
    there = sorted(entry.name for entry in datasets_dir().iterdir()) if datasets_dir().is_dir() else []
    raise ConfigError(f"no shipped dataset {name!r} in {datasets_dir()}; there is {', '.join(there) or 'none'}")
