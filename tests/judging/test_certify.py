"""`evals calibrate LABELS`: figures, certificate and what it is bound to, with and without a judge."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from evals.cli import main
from tests.extractors.scripted import Scripted
from tests.judging.scripted_judge import sound

PAIRS = [
    {"a": "The user plays the guitar in a band.", "b": "The user plays the guitar in a band!", "label": "match"},
    {"a": "The user plays the guitar in a band.", "b": "The user plays the trombone in a band.", "label": "no"},
    {"a": "The user owns 28 hives.", "b": "The user owns 44 hives.", "label": "no"},
    {"a": "用户养了三只羊。", "b": "用户养了3只羊。", "label": "match", "second": "match"},
    {"a": "用户养了三只羊。", "b": "用户养羊。", "label": "partial", "second": "match"},
]


@pytest.fixture
def labels(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "labels.jsonl"
    path.write_text("".join(json.dumps(pair, ensure_ascii=False) + "\n" for pair in PAIRS), "utf-8")
    return path


@pytest.fixture
def told(capsys: pytest.CaptureFixture[str]) -> Callable[..., tuple[int, str, str]]:
    def run(*words: object) -> tuple[int, str, str]:
        code = main([str(word) for word in ("calibrate", *words)])
        said = capsys.readouterr()
        return code, said.out, said.err

    return run


def test_rules_alone(labels: Path, told: Callable[..., tuple[int, str, str]]) -> None:
    """What was decided, what was left open, and how far two annotators agree."""
    code, out, err = told(labels, "--json")
    assert (code, err) == (0, "")
    found = json.loads(out)
    everything = found["slices"]["all"]
    assert everything["n"] == 5
    assert everything["confusion"]["no"] == {"match": 0, "partial": 0, "no": 1, "open": 1}
    assert everything["sensitivity"]["value"] == 1.0
    assert found["between_annotators"]["n"] == 2
    assert found["between_annotators"]["agreed"] == 1
    stored = json.loads(Path(found["stored"]).read_text("utf-8"))
    assert stored["subject"] == found["subject"]
    assert stored["about"]["judge"] is None


def test_with_a_judge(labels: Path, told: Callable[..., tuple[int, str, str]]) -> None:
    """The judge answers what rules left open; its certificate is another one."""
    _, alone, _ = told(labels, "--json")
    with Scripted(sound(lambda _: "contradiction")) as server:
        judged = ["matcher=cascade", "judge=llm", "judge.model=scripted", f"judge.base_url={server.base_url}"]
        code, out, _ = told(labels, *judged, "--json")
    assert code == 0
    found = json.loads(out)
    assert found["slices"]["all"]["confusion"]["no"] == {"match": 0, "partial": 0, "no": 2, "open": 0}
    assert found["subject"] != json.loads(alone)["subject"]
    assert found["about"]["judge"]["models"] == ["scripted"]


def test_the_table_for_people(labels: Path, told: Callable[..., tuple[int, str, str]]) -> None:
    """Sensitivity, specificity, kappa beside prevalence and a constant predictor, per kind and language."""
    code, out, _ = told(labels)
    assert code == 0
    for word in (
        "sensitivity",
        "specificity",
        "constant",
        "kappa",
        "matches",
        "lang=zh",
        "kind=fact",
        "the other way round",
    ):
        assert word in out


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ('{"a": "x", "b": "y", "label": "maybe"}', "bad.jsonl:1"),
        ('{"a": "x", "label": "no"}', "bad.jsonl:1"),
        ("not JSON", "bad.jsonl:1: not JSON"),
        ("", "no pairs"),
    ],
)
def test_bad_labels_are_named(tmp_path: Path, told: Callable[..., tuple[int, str, str]], line: str, said: str) -> None:
    """File, line and field."""
    path = tmp_path / "bad.jsonl"
    path.write_text(line, "utf-8")
    code, _, err = told(path)
    assert code == 2
    assert said in err


def test_no_such_file(told: Callable[..., tuple[int, str, str]]) -> None:
    """One line that says what is wanted."""
    code, _, err = told("nowhere.jsonl")
    assert code == 2
    assert "nowhere.jsonl: no such file" in err


def test_a_run_carries_the_certificate_of_what_decided_it(
    labels: Path, told: Callable[..., tuple[int, str, str]], tmp_path: Path
) -> None:
    """Found by what was certified: the same rules and no judge; other rules have none."""
    _, out, _ = told(labels, "--json")
    words = ["run", "dataset.limit=4", "report.formats=[]", "--out", str(tmp_path)]
    assert main([*words, "--name", "plain"]) == 0
    assert main([*words, "--name", "other", "matcher=exact"]) == 0
    plain, other = (json.loads((tmp_path / name / "run.json").read_text("utf-8")) for name in ("plain", "other"))
    assert plain["matching"]["certificate"]["subject"] == json.loads(out)["subject"]
    assert plain["matching"]["certificate"]["slices"]["all"]["n"] == 5
    assert "certificate" not in other["matching"]
