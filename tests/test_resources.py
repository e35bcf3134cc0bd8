"""The shipped folders are found beside the package or inside it."""

from __future__ import annotations

import pytest

from evals import resources
from evals.errors import ConfigError


def test_root_holds_the_package_in_a_checkout():
    """In a checkout conf/ and datasets/ lie beside evals/."""
    assert (resources.root() / "evals" / "types.py").is_file()
    assert resources.conf_dir() == resources.root() / "conf"
    assert resources.datasets_dir() == resources.root() / "datasets"


def test_root_prefers_the_folder_inside_the_package(tmp_path, monkeypatch):
    """In a wheel conf/ lies inside the package, and a conf/ beside site-packages/evals/ must not win."""
    package = tmp_path / "site-packages" / "evals"
    (package / "conf").mkdir(parents=True)
    (tmp_path / "site-packages" / "conf").mkdir()
    monkeypatch.setattr(resources, "_PACKAGE", package)
    assert resources.root() == package


def test_a_damaged_installation_says_so(tmp_path, monkeypatch):
    """Neither place holds conf/: one clear line."""
    monkeypatch.setattr(resources, "_PACKAGE", tmp_path / "evals")
    with pytest.raises(ConfigError, match=r"no conf/ folder .* incomplete"):
        resources.root()


def test_an_unknown_dataset_lists_what_there_is(tmp_path, monkeypatch):
    """A misspelt shipped dataset names the right ones."""
    (tmp_path / "conf").mkdir()
    (tmp_path / "datasets" / "golden").mkdir(parents=True)
    monkeypatch.setattr(resources, "_PACKAGE", tmp_path)
    assert resources.dataset_path("golden") == tmp_path / "datasets" / "golden"
    with pytest.raises(ConfigError, match=r"no shipped dataset 'goldn' .* there is golden"):
        resources.dataset_path("goldn")
