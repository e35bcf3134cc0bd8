"""What is shipped: a wheel from the checkout and one from the sdist, installed afresh and run from another folder."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

import evals

pytestmark = pytest.mark.slow

ROOT = Path(__file__).resolve().parent.parent
DATA = {
    "evals/py.typed",
    "evals/conf/run.yaml",
    "evals/conf/score.yaml",
    "evals/conf/check.yaml",
    "evals/conf/extractor/baseline.yaml",
    "evals/conf/experiment/floor.yaml",
    "evals/datasets/golden/en.jsonl",
    "evals/datasets/golden/zh.jsonl",
    "evals/datasets/golden/README.md",
    "evals/report/page/report.html",
    "evals/text/idf_background.json.gz",
    "evals/matching/probes.jsonl",
    "evals/.github/actions/gate/action.yml",
}


def build(what: str, source: Path, into: Path) -> Path:
    """The one file that `python -m build` makes of a source tree."""
    command = [sys.executable, "-m", "build", f"--{what}", "--no-isolation", "--outdir", str(into), str(source)]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    (made,) = into.iterdir()
    return made


@pytest.fixture(scope="module")
def sdist(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The source distribution."""
    return build("sdist", ROOT, tmp_path_factory.mktemp("sdist"))


@pytest.fixture(scope="module")
def wheels(sdist: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The wheel built from the checkout, and the one built from the unpacked sdist."""
    unpacked = tmp_path_factory.mktemp("unpacked")
    with tarfile.open(sdist) as archive:
        archive.extractall(unpacked, filter="data")
    (source,) = unpacked.iterdir()
    return {
        "checkout": build("wheel", ROOT, tmp_path_factory.mktemp("wheel")),
        "sdist": build("wheel", source, tmp_path_factory.mktemp("wheel_of_sdist")),
    }


@pytest.fixture(scope="module")
def environment(wheels: dict[str, Path], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A fresh virtual environment with the dependencies of the wheel, at the versions the tests run with."""
    folder = tmp_path_factory.mktemp("environment")
    subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True)
    pip(folder, "-c", str(ROOT / "constraints.txt"), str(wheels["checkout"]))
    return folder


def pip(environment: Path, *words: str) -> None:
    """`pip install` in an environment."""
    command = [environment / "bin" / "python", "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *words]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def shipped(wheel: Path) -> dict[str, bytes]:
    """Every file of the package in a wheel."""
    with zipfile.ZipFile(wheel) as archive:
        return {name: archive.read(name) for name in archive.namelist() if name.startswith("evals/")}


def checked_in() -> dict[str, bytes]:
    """Every file that belongs in the package, where the wheel has it."""
    folders = {
        "evals": ROOT / "evals",
        "evals/conf": ROOT / "conf",
        "evals/datasets/golden": ROOT / "datasets/golden",
        "evals/.github/actions": ROOT / ".github/actions",
    }
    return {
        f"{prefix}/{path.relative_to(folder).as_posix()}": path.read_bytes()
        for prefix, folder in folders.items()
        for path in folder.rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }


def test_the_wheel_holds_the_package_and_its_data(wheels: dict[str, Path]) -> None:
    """Every file of the package, conf/, the golden set and the starter files; no tests, no runs, nothing else."""
    with zipfile.ZipFile(wheels["checkout"]) as archive:
        names = archive.namelist()
    assert set(names) >= DATA
    assert {name.split("/")[0] for name in names} == {"evals", f"memory_evals-{evals.__version__}.dist-info"}
    assert sum(name.startswith("evals/corpus/starter_files/") for name in names) == 7
    assert set(shipped(wheels["checkout"])) == set(checked_in())


def test_the_wheel_of_the_sdist_is_the_wheel(wheels: dict[str, Path]) -> None:
    """Nothing that the package needs is missing from the sdist: both wheels hold the same bytes."""
    assert shipped(wheels["sdist"]) == shipped(wheels["checkout"])


def test_the_sdist_holds_what_a_packager_needs(sdist: Path) -> None:
    """Tests, docs, licence, README, constraints; no environment, no runs, no caches."""
    with tarfile.open(sdist) as archive:
        names = [name.partition("/")[2] for name in archive.getnames()]
    wanted = {"pyproject.toml", "README.md", "LICENSE", "CHANGELOG.md", "Makefile", "constraints.txt", "PKG-INFO"}
    assert set(names) >= wanted | {"tests/test_packaging.py", "tests/snapshots/help.txt", "docs/metrics.md"}
    assert not [name for name in names if name.startswith((".venv", "reports/")) or "__pycache__" in name]


def test_the_metadata_names_the_command_and_the_dependencies(wheels: dict[str, Path]) -> None:
    """The command `evals`, the licence, and no dependency of the developers."""
    with zipfile.ZipFile(wheels["checkout"]) as archive:
        info = f"memory_evals-{evals.__version__}.dist-info"
        metadata = archive.read(f"{info}/METADATA").decode()
        assert "evals = evals.cli:main" in archive.read(f"{info}/entry_points.txt").decode()
        assert f"{info}/licenses/LICENSE" in archive.namelist()
    required = [line for line in metadata.splitlines() if line.startswith("Requires-Dist: ") and "extra ==" not in line]
    assert {line.split()[1].split(">")[0].split("<")[0] for line in required} >= {"hydra-core", "numpy", "pydantic"}
    assert "Requires-Dist: pytest" not in "\n".join(required)


@pytest.mark.parametrize("origin", ["checkout", "sdist"])
def test_an_installed_wheel_runs_from_another_folder(
    origin: str, wheels: dict[str, Path], environment: Path, tmp_path: Path
) -> None:
    """In a fresh environment, far from the checkout: list, check, a whole run with its report, init."""
    pip(environment, "--no-deps", "--force-reinstall", str(wheels[origin]))
    variables = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}

    def run(*words: str) -> str:
        command = [environment / "bin" / "evals", *words]
        done = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path, env=variables)
        assert done.returncode == 0, done.stderr
        assert done.stderr == ""
        return done.stdout

    where = [environment / "bin" / "python", "-c", "import evals; print(evals.__file__)"]
    found = subprocess.run(where, capture_output=True, text=True, cwd=tmp_path, env=variables, check=True)
    assert Path(found.stdout.strip()).is_relative_to(environment)
    assert run("--version") == f"memory-evals {evals.__version__}\n"
    assert "baseline" in run("list", "extractor")
    assert run("run", "--name", "t", "--out", "here").startswith("t\n")
    stored = json.loads((tmp_path / "here" / "t" / "run.json").read_text("utf-8"))
    assert (stored["status"], stored["counts"]["dialogues"]) == ("complete", 406)
    assert (tmp_path / "here" / "t" / "report.html").is_file()
    assert "dataset.jsonl" in run("init", "ours")
    assert "0 faults" in run("check", "dataset=file", "dataset.path=ours/dataset.jsonl")
