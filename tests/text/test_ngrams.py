"""N-gram vectors, their weights and their cosine."""

from __future__ import annotations

import json
import math
import runpy
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evals.text.canonical import canonical
from evals.text.features import Features, features
from evals.text.ngrams import BACKGROUND, MIN_TEXTS, GoldIndex, Idf, background, cosine, ngrams

BUILDER = runpy.run_path(str(Path(__file__).with_name("build_idf_background.py")))
SENTENCES: Path = BUILDER["SENTENCES"]
FLAT = Idf().freeze()
BY_LANGUAGE = {name: (SENTENCES / f"{name}.txt").read_text("utf-8").splitlines() for name in ("en", "zh")}
TEXTS = [text for texts in BY_LANGUAGE.values() for text in texts]
ONE_LANGUAGE = st.sampled_from(sorted(BY_LANGUAGE)).flatmap(
    lambda name: st.tuples(st.lists(st.sampled_from(BY_LANGUAGE[name]), max_size=6), st.sampled_from(BY_LANGUAGE[name]))
)


def test_english_ngrams_are_padded_words() -> None:
    """2- to 4-grams inside each word and over its edges."""
    assert ngrams("ab ab", "en") == {" a": 2, "ab": 2, "b ": 2, " ab": 2, "ab ": 2, " ab ": 2}


def test_chinese_ngrams_are_characters_and_pairs() -> None:
    """A Latin run or a value token is one character of Chinese text."""
    assert ngrams("用python写 t09:40", "zh") == {
        **dict.fromkeys(("用", "python", "写", "t09:40"), 1),
        **dict.fromkeys(("用python", "python写", "写t09:40"), 1),
    }


def counted(texts: list[str], language: str) -> Idf:
    """An Idf over some texts."""
    idf = Idf()
    for text in texts:
        idf.add(ngrams(text, language), language=language)
    return idf.freeze()


def test_weights_follow_the_formula() -> None:
    """ln((1 + texts) / (1 + frequency)) + 1, where once counts as never."""
    idf = counted(["tea", "tea", "cup"] * 20, "en")
    assert idf.weight("ea", language="en") == pytest.approx(math.log(61 / 41) + 1)
    assert idf.weight("zz", language="en") == pytest.approx(math.log(61 / 2) + 1)
    once = counted(["tea"] * MIN_TEXTS + ["cup"], "en")
    assert once.weight("cu", language="en") == once.weight("never seen", language="en")


def test_small_sets_use_the_shipped_table() -> None:
    """Below MIN_TEXTS a language's weights are the package's own; a language without a table weighs all alike."""
    small, large = counted(["tea"] * (MIN_TEXTS - 1), "en"), counted(["tea"] * MIN_TEXTS, "en")
    assert small.weight("us", language="en") == background().weight("us", language="en")
    assert large.weight("us", language="en") != background().weight("us", language="en")
    assert small.weight("жи", language="ru") == 1.0
    assert background().weight("us", language="en") < background().weight("zq", language="en")
    assert background().weight("用户", language="zh") < background().weight("咖", language="zh")


def test_the_shipped_table_is_the_one_its_sentences_give() -> None:
    """Table and sentences never drift apart: run tests/text/build_idf_background.py after changing either."""
    assert background().to_json() == BUILDER["build"]().to_json()
    assert BACKGROUND.stat().st_size < 60_000


def test_tables_survive_json() -> None:
    """Written and read again, a table weighs and hashes the same; other texts give another hash."""
    idf = counted([canonical(text, "en") for text in TEXTS[:60]], "en")
    again = Idf.from_json(json.loads(json.dumps(idf.to_json())))
    assert again.digest() == idf.digest()
    assert again.vector("the user likes tea", "en") == idf.vector("the user likes tea", "en")
    assert counted(["tea"], "en").digest() != idf.digest()


def test_order_of_use() -> None:
    """Weighing before freezing and counting after it are programming errors."""
    with pytest.raises(RuntimeError, match="freeze"):
        Idf().vector("tea", "en")
    with pytest.raises(RuntimeError, match="frozen"):
        Idf().freeze().add({"te": 1}, language="en")


def reference_cosine(left: Features, right: Features) -> float:
    """The textbook formula over two dictionaries."""
    one, other = left.vector.weights, right.vector.weights
    dot = sum(weight * other.get(gram, 0.0) for gram, weight in one.items())
    norms = math.sqrt(sum(w * w for w in one.values())) * math.sqrt(sum(w * w for w in other.values()))
    return dot / norms if norms else 0.0


@given(ONE_LANGUAGE)
def test_index_agrees_with_the_formula(case: tuple[list[str], str]) -> None:
    """Postings give the cosine of every pair of one language, in gold order (two languages weigh "go" differently)."""
    gold, pred = case
    sides, predicted = [features(text, FLAT) for text in gold], features(pred, FLAT)
    found = GoldIndex([side.vector for side in sides]).similarities(predicted.vector)
    assert found == pytest.approx([reference_cosine(side, predicted) for side in sides], abs=1e-8)


@given(st.sampled_from(TEXTS), st.sampled_from(TEXTS))
def test_cosine_is_symmetric_and_bounded(left: str, right: str) -> None:
    """Equal texts are 1, and sides do not matter."""
    one, other = features(left, FLAT).vector, features(right, FLAT).vector
    assert cosine(one, other) == cosine(other, one)
    assert 0 <= cosine(one, other) <= 1
    assert cosine(one, one) == pytest.approx(1)


def test_right_wording_beats_wrong_topic() -> None:
    """A paraphrase lies nearer than another statement with the same frame."""
    gold = [features(text, FLAT).vector for text in ("The user is allergic to peanuts.", "The user lives in Berlin.")]
    peanut, berlin = GoldIndex(gold).similarities(features("Has a peanut allergy", FLAT).vector)
    assert peanut > 2 * berlin
    gold = [features(text, FLAT).vector for text in ("用户对花生过敏。", "用户住在柏林。")]
    peanut, berlin = GoldIndex(gold).similarities(features("他吃花生会过敏", FLAT).vector)
    assert peanut > 2 * berlin


def test_empty_texts_resemble_nothing() -> None:
    """No n-grams, no similarity, no failure."""
    empty = features("", FLAT).vector
    assert GoldIndex([empty]).similarities(empty) == [0.0]
    assert GoldIndex([]).similarities(empty) == []


@given(st.text(st.characters(codec=None, exclude_categories=())))
def test_any_text_has_features(text: str) -> None:
    """Everything the matcher asks is answered for every text."""
    found = Features(text, FLAT)
    answers = (found.ngrams, found.vector, found.values, found.content_set, found.entities, found.polarity)
    assert found.language in found.languages
    assert None not in (*answers, found.roles, found.modality, found.canonical)


def test_features_are_remembered() -> None:
    """The same text under the same Idf is computed once."""
    assert features("tea", FLAT) is features("tea", FLAT)
    assert features("tea", FLAT) is not features("tea", Idf().freeze())
