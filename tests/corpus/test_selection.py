"""Selections are exact, samples are seeded, balanced, nested and blind to the order of the dataset."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evals.corpus.selection import Sampling, Selection, chooser
from evals.errors import ConfigError
from evals.types import Dialogue, Gold, GoldFact, Message

DIALOGUE = Dialogue(
    id="set/en/12",
    messages=(Message(role="user", content="hi"),),
    cluster="c1",
    language="en",
    split="test",
    labels=("noise", "long"),
    gold=Gold(items=(GoldFact(gid="f1", memory_value="x"),)),
)


@pytest.mark.parametrize(
    ("where", "fits"),
    [
        ("language=en", True),
        ("language=zh", False),
        ("language=zh|en", True),
        ("language!=zh", True),
        ("language!=zh|en", False),
        ("label=noise", True),
        ("label=update|long", True),
        ("label!=noise", False),
        ("kind=fact", True),
        ("kind=implicit_preference", False),
        ("kind!=implicit_preference", True),
        ("id=set/*/12", True),
        ("id=set/*/1", False),
        ("id=*", True),
        ("dataset=x", False),
        ("dataset!=x", True),
        ("language=en, split=test , cluster=c*", True),
        ("language=en,split=dev", False),
        ("id=set.en.12", False),
        (None, True),
    ],
)
def test_where(where, fits):
    """Commas join, | gives alternatives, * stands for anything, and nothing else is special."""
    assert chooser(Selection(where=where))(DIALOGUE) is fits


@pytest.mark.parametrize(
    ("selection", "said"),
    [
        (Selection(where="lang=en"), "no such field (value 'lang'); one of language, split, label, cluster"),
        (Selection(where="language"), "not a condition (value 'language')"),
        (Selection(where="language=en,"), "not a condition (value '')"),
        (Selection(where="language="), "not a condition"),
        (Selection(split="train"), "no such split (value 'train'); one of dev, test, holdout, all"),
        (Selection(limit=0), "out of range (value 0)"),
    ],
)
def test_what_cannot_be_selected_by_says_what_can(selection, said):
    """A wrong selection is refused before anything is read."""
    with pytest.raises(ConfigError) as caught:
        chooser(selection)
    assert said in str(caught.value)


@pytest.mark.parametrize(("split", "fits"), [("all", False), ("dev", False), ("test", False), ("holdout", True)])
def test_holdout_never_mixes(split, fits):
    """The holdout is only ever chosen by name."""
    hidden = Dialogue(id="h", messages=DIALOGUE.messages, cluster="h", language="en", split="holdout")
    assert chooser(Selection(split=split))(hidden) is fits


def sample(languages, limit, seed):
    """The ids of a sample."""
    sampling = Sampling(limit, seed)
    for name, language in languages:
        sampling.offer(name, language, name)
    return frozenset(sampling.drawn())


pairs = st.dictionaries(st.text(max_size=8), st.sampled_from(["en", "zh", "ru"]), min_size=1, max_size=30)


@given(pairs, st.integers(1, 30), st.integers(0, 9), st.randoms())
def test_a_sample_ignores_the_order_of_the_dataset(languages, limit, seed, random):
    """The same dialogues in another order give the same sample, of the right size."""
    listed = list(languages.items())
    taken = sample(listed, limit, seed)
    random.shuffle(listed)
    assert sample(listed, limit, seed) == taken
    assert len(taken) == min(limit, len(languages))


@given(pairs, st.integers(1, 29), st.integers(0, 9))
def test_a_larger_limit_only_adds(languages, limit, seed):
    """Samples of one seed are nested, so a larger run can reuse a smaller one's predictions."""
    assert sample(languages.items(), limit, seed) <= sample(languages.items(), limit + 1, seed)


@given(pairs, st.integers(1, 30), st.integers(0, 9))
def test_a_sample_is_balanced_over_language(languages, limit, seed):
    """A language falls behind another by more than one only where it has no more dialogues to give."""
    taken = Counter(languages[name] for name in sample(languages.items(), limit, seed))
    there = Counter(languages.values())
    most = max(taken.values())
    assert all(taken[language] >= most - 1 or taken[language] == there[language] for language in there)


def test_another_seed_gives_another_sample():
    """The seed matters: two seeds agree on 10 of 1,000 ids by chance once in about 10**23."""
    languages = [(f"d{number}", "en") for number in range(1000)]
    assert sample(languages, 10, seed=0) != sample(languages, 10, seed=1)
