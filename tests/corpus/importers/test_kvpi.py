"""KvPI lines of our own making, in upstream's shape: stated, merely mentioned, contradicted, and badly quoted."""

from __future__ import annotations

import json

import pytest

from evals.corpus.importers import kvpi
from evals.corpus.source import Source, dialogues
from evals.errors import DataError
from evals.types import Forbidden, GoldFact

GENDER, LOC, SIGN = "0", "1", "2"


def line(response, label, domain, *, loc="湖北 武汉", sign="水瓶座", gender="female"):
    """A line in upstream's shape."""
    profile = f"{{'constellation': '{sign}', 'loc': '{loc}', 'gender': '{gender}'}}"
    return "\t".join((f"{profile} <SEP> {response}", label, domain, "x", "0", "y", "0"))


@pytest.fixture
def imported(tmp_path):
    """Imports some lines; returns the dialogues in the order of the lines."""

    def run(*lines):
        (tmp_path / "KvPI_test.txt").write_text("\n".join(lines) + "\n")
        report = kvpi.import_set(tmp_path, tmp_path / "out")
        return sorted(dialogues(Source.at(*report.files)), key=lambda dialogue: dialogue.id)

    return run


def told(dialogue) -> tuple[str, dict[str, str] | None]:
    """Text and slots of the one gold fact."""
    (fact,) = dialogue.gold.items
    assert isinstance(fact, GoldFact)
    return fact.memory_value, fact.slots


def test_a_stated_attribute_is_a_fact(imported):
    """As much of the profile's value as the post names; all of it when it names none."""
    found = imported(
        line("我在武汉等你", "1", LOC),
        line("我们这里下雨了", "1", LOC),
        line("我也是水瓶", "1", SIGN),
        line("我一个女生也能修", "1", GENDER),
        line("我在武汉出差", "1", LOC, loc="其他"),
    )
    assert [told(dialogue) for dialogue in found] == [
        ("用户的所在地是武汉", {"loc": "武汉"}),
        ("用户的所在地是湖北 武汉", {"loc": "湖北 武汉"}),
        ("用户是水瓶座", {"constellation": "水瓶"}),
        ("用户是女性", {"gender": "女"}),
        ("用户的所在地是武汉", {"loc": "武汉"}),
    ]
    assert found[0].gold.annotated.facts == "partial"
    assert found[0].labels == ("entailed", "loc")


def test_a_mention_forbids_the_words_that_fall(imported):
    """Places are those any profile of the file names; a partner's gender is nobody's gender."""
    places, sign, gender, none = imported(
        line("周末从武汉去朝阳玩", "0", LOC, loc="北京 朝阳区"),
        line("天蝎座的人真酷", "0", SIGN),
        line("他男朋友说那个女孩不错", "0", GENDER),
        line("我在减肥", "0", GENDER, gender="male"),
        line("-", "2", LOC),
    )[:4]
    assert [item.slots for item in places.gold.forbidden] == [{"loc": "武汉"}, {"loc": "朝阳"}]
    assert sign.gold.forbidden == (
        Forbidden(
            fid="x1",
            value="用户是天蝎座",
            kind="third_party",
            match="attribute",
            slots={"constellation": "天蝎"},
            evidence=(0,),
        ),
    )
    assert [item.slots for item in gender.gold.forbidden] == [{"gender": "女孩"}]
    assert none.gold.forbidden == (Forbidden(fid="x1", value="用户是男性", kind="third_party", evidence=(0,)),)
    assert none.gold.annotated.forbidden == "partial"


def test_a_contradiction_carries_the_profile_and_is_not_scored(imported, tmp_path):
    """The profile is a prior memory; nothing is annotated."""
    (dialogue,) = imported(line("我在上海", "2", LOC))
    assert dialogue.gold.items == dialogue.gold.forbidden == ()
    record = json.loads((tmp_path / "out" / "kvpi.jsonl").read_text())
    assert record["context"]["prior_memories"] == [{"ref": "p1", "memory_value": "用户的所在地是湖北 武汉"}]
    assert record["updates"] == [{"kind": "contradict", "old": "p1", "evidence": [0]}]


def test_profiles_with_missing_quotes_are_read(imported):
    """Upstream writes some values without quotes, some with a comma too many."""
    profile = "{'constellation': 水瓶座, 'loc': 湖北 潜江, 'gender': female,}"
    (dialogue,) = imported(f"{profile} <SEP> 我在潜江\t1\t1\tx\t0\ty\t0")
    assert told(dialogue) == ("用户的所在地是潜江", {"loc": "潜江"})


def test_the_same_words_are_one_cluster(imported):
    """Duplicates stand together and are resampled as one; kana makes a post Japanese."""
    found = imported(
        line("呵呵", "0", SIGN), line("我在武汉", "1", LOC), line("呵呵", "1", SIGN), line("です", "0", LOC)
    )
    assert found[0].cluster == found[2].cluster != found[1].cluster
    assert [dialogue.language for dialogue in found] == ["zh", "zh", "zh", "ja"]


@pytest.mark.parametrize(
    ("bad", "said"),
    [
        ("only one column", "1 columns"),
        ("no separator\t1\t1", "no response after"),
        ("{} <SEP>  \t1\t1", "no response after"),
        (line("x", "3", "1"), "label '3' and domain '1'"),
    ],
)
def test_a_line_of_another_shape_is_a_fault(imported, bad, said):
    """File and line are named, and nothing is guessed."""
    with pytest.raises(DataError, match=r"KvPI_test\.txt:2: ") as caught:
        imported(line("x", "1", "1"), bad)
    assert said in str(caught.value)
