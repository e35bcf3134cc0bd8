"""Every shipped configuration composes, validates and builds; every mistake in one is one clear line."""

from __future__ import annotations

from pathlib import Path

import pytest

from evals.config import build, choices, compose, expand, load
from evals.config_shapes import BenchConfig, CalibrateConfig, CheckConfig, RunConfig, ScoreConfig
from evals.errors import ConfigError
from evals.protocols import ControlExtractor, Extractor, Matcher, Replay

NEEDS = {
    "file": ["dataset.path=D.jsonl"],
    "hub": ["dataset.name=owner/name", "dataset.columns={id: uid, messages.role: talk.who}"],
    "recorded": [],
    "command": ["extractor.argv=[cat]"],
    "local": ["extractor.base_url=http://127.0.0.1:8000/v1"],
}


@pytest.mark.parametrize("name", list(choices("dataset")))
def test_every_dataset_composes(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each dataset choice gives a valid RunConfig."""
    monkeypatch.setenv("MEMORY_EVALS_DATA", "somewhere")
    config = load("run", RunConfig, [f"dataset={name}", *NEEDS.get(name, [])])
    assert config.dataset.path or (name == "hub" and config.dataset.columns)


@pytest.mark.parametrize("name", [name for name in choices("extractor") if name not in ("custom", "recorded")])
def test_every_extractor_builds(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each shipped extractor is built from its file alone (or the one value it asks for)."""
    monkeypatch.setenv("MEMOS_API_KEY", "mpg-a-key-of-the-tests")
    config = load("run", RunConfig, [f"extractor={name}", *NEEDS.get(name, [])])
    assert config.extractor["name"] == name
    assert build("extractor", config.extractor, Extractor, Replay, ControlExtractor)


@pytest.mark.parametrize("name", [name for name in choices("matcher") if name != "custom"])
def test_every_matcher_builds(name: str) -> None:
    """Each shipped matcher satisfies the protocol."""
    assert isinstance(build("matcher", load("run", RunConfig, [f"matcher={name}"]).matcher, Matcher), Matcher)


@pytest.mark.parametrize("name", list(choices("experiment")))
def test_every_experiment_composes(name: str) -> None:
    """Each experiment is a valid set of overrides, with or without Hydra's plus sign."""
    assert load("run", RunConfig, [f"experiment={name}"]) == load("run", RunConfig, [f"+experiment={name}"])


@pytest.mark.parametrize("name", list(choices("load")))
def test_every_load_composes(name: str) -> None:
    """Each way of loading is a valid bench with what it needs."""
    config = load("bench", BenchConfig, [f"load={name}"])
    assert config.load.mode == name
    assert config.extractor["name"] == "baseline"


def test_score_and_check_compose() -> None:
    """The other primary configurations are valid as shipped."""
    assert load("score", ScoreConfig, []).matcher["name"] == "fuzzy"
    assert load("calibrate", CalibrateConfig, []).dataset.name == "golden"
    assert load("check", CheckConfig, []).dataset.name == "golden"


def test_every_key_has_a_comment() -> None:
    """Whoever opens a config file is told what each key does."""
    for path in sorted(Path(__file__).parent.parent.joinpath("conf").rglob("*.yaml")):
        lines = path.read_text(encoding="utf-8").splitlines()
        assert lines[0].startswith("#"), path
        for line in lines:
            key = line.partition(":")[0].strip()
            value = line.partition(":")[2].strip()
            if value and not line.startswith(("#", " ", "-")) and key not in ("name", "_target_"):
                assert "#" in line, f"{path}: {line}"


@pytest.mark.parametrize(
    ("override", "said"),
    [
        ("extractor=nope", "extractor=nope: no such choice; there are baseline, cloud, command"),
        ("foo=1", "unknown override 'foo'"),
        ("runner.concurency=2", "did you mean runner.concurrency?"),
        ("runner.concurrency=many", "runner.concurrency='many': input should be a valid integer"),
        ("runner.concurrency=0", "runner.concurrency=0: input should be greater than or equal to 1"),
        ("extraction_types=[memories]", "extraction_types.0='memories': input should be 'memory' or 'preference'"),
        ("report.formats=[pdf]", "report.formats.0='pdf'"),
        ("dataset=file", "dataset.path has no value yet: give dataset.path="),
        ("dataset=alpsbench", "MEMORY_EVALS_DATA is not set"),
        ("dataset.limit=0", "dataset.limit=0"),
        ("runner=", "runner"),
        ("a==b==[", "a==b==["),
    ],
)
def test_a_mistake_is_one_line(override: str, said: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The message names the key, the value and what would be right, on one line."""
    monkeypatch.delenv("MEMORY_EVALS_DATA", raising=False)
    with pytest.raises(ConfigError) as caught:
        load("run", RunConfig, [override])
    assert said in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("node", "said"),
    [
        ({"_target_": "no.such.Thing"}, "extractor: cannot build no.such.Thing: No module named 'no'"),
        ({"_target_": "collections.Counter"}, "made a Counter, which has no Extractor.extract()"),
        ({"_target_": "fractions.Fraction", "nume": 1}, "got an unexpected keyword argument 'nume'"),
        ({"_target_": "os.system", "command": "true"}, "cannot build os.system"),
        ({}, "no _target_; give extractor._target_="),
    ],
)
def test_build_names_slot_target_and_cause(node: dict[str, object], said: str) -> None:
    """A slot that cannot be filled says which slot, which target and why."""
    with pytest.raises(ConfigError, match=r"^extractor: ") as caught:
        build("extractor", node, Extractor)
    assert said in str(caught.value)


def test_a_sweep_is_the_product_in_the_order_written() -> None:
    """Commas expand; a list in brackets and a quoted condition do not."""
    words = ["extractor=baseline,control_echo", "seed=1,2", "dataset.ids=[a,b]", "dataset.where=label=a,split=dev"]
    batches = expand(words)
    assert [batch[:2] for batch in batches] == [
        ["extractor=baseline", "seed=1"],
        ["extractor=baseline", "seed=2"],
        ["extractor=control_echo", "seed=1"],
        ["extractor=control_echo", "seed=2"],
    ]
    assert {tuple(batch[2:]) for batch in batches} == {("dataset.ids=[a,b]", "dataset.where='label=a,split=dev'")}


def test_a_users_folder_adds_to_every_group(tmp_path: Path) -> None:
    """--config-dir brings choices of the user's own beside ours."""
    (tmp_path / "extractor").mkdir()
    (tmp_path / "extractor" / "mine.yaml").write_text("# my own system\nname: mine\nversion: '7'\n_target_: my.Own\n")
    composed = compose("run", ["extractor=mine"], config_dir=tmp_path)
    assert composed["extractor"]["version"] == "7"
    assert choices("extractor", config_dir=tmp_path)["mine"] == "my own system"
    with pytest.raises(ConfigError, match="no such folder"):
        compose("run", [], config_dir=tmp_path / "absent")
