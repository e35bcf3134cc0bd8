"""KdConv dialogues of our own making, in upstream's shape: what is marked as world knowledge is forbidden."""

from __future__ import annotations

import gzip
import json
import os
from pathlib import Path

import pytest

from evals.corpus.importers import kdconv
from evals.corpus.source import Source, dialogues
from evals.errors import DataError

UPSTREAM = Path(os.environ.get("EVALS_UPSTREAM", Path(__file__).resolve().parents[4] / "shared" / "data")) / "kdconv"


def turn(message, *triples):
    """A message and the triples it recites."""
    attrs = [dict(zip(("name", "attrname", "attrvalue"), triple, strict=True)) for triple in triples]
    return {"message": message, "attrs": attrs} if attrs else {"message": message}


HEIGHT = ("石塔", "高度", "40米")
TALK = {
    "name": "石塔",
    "messages": [
        turn("你去过石塔吗?"),
        turn("去过,高40米。", HEIGHT, ("石塔", "Information", "石塔是一座塔。")),
        turn("40米啊!", HEIGHT),
    ],
}


@pytest.fixture
def upstream(tmp_path):
    """Writes the dialogues of one domain, packed."""

    def write(*talks, domain="travel"):
        path = tmp_path / "data" / domain / "dev.json.gz"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(gzip.compress(json.dumps(talks).encode()))
        return tmp_path / "data"

    return write


@pytest.fixture
def imported(tmp_path):
    """Imports a folder; returns the report and the dialogues."""

    def run(source):
        report = kdconv.import_set(source, tmp_path / "out")
        return report, list(dialogues(Source.at(*report.files)))

    return run


def test_marked_knowledge_is_forbidden(upstream, imported):
    """Once a dialogue, with every message that recites it; nothing else is annotated."""
    report, (dialogue,) = imported(upstream(TALK))
    assert [message.role for message in dialogue.messages] == ["user", "assistant", "user"]
    assert [(item.value, item.kind, item.evidence) for item in dialogue.gold.forbidden] == [
        ("石塔的高度是40米", "world_knowledge", (1, 2)),
        ("石塔是一座塔。", "world_knowledge", (1,)),
    ]
    assert dialogue.gold.items == ()
    assert (dialogue.gold.annotated.facts, dialogue.gold.annotated.forbidden) == ("none", "partial")
    assert (dialogue.id, dialogue.cluster, dialogue.labels) == ("kdconv/travel/0", "kdconv/travel/石塔", ("travel",))
    assert report.notes == ("1 of the 3 marks repeat another one of their dialogue and are one item",)


def test_dialogues_over_the_same_thing_stand_together(upstream, imported):
    """And keep the positions they have upstream, where those are known."""
    source = upstream(TALK, TALK | {"name": "木桥"}, TALK)
    _, found = imported(source)
    assert [dialogue.id for dialogue in found] == ["kdconv/travel/1", "kdconv/travel/0", "kdconv/travel/2"]
    (source / "SPLIT.json").write_text(json.dumps({"kept_upstream_indices": {"travel": [4, 5, 9]}}))
    _, found = imported(source)
    assert [dialogue.id for dialogue in found] == ["kdconv/travel/5", "kdconv/travel/4", "kdconv/travel/9"]
    (source / "SPLIT.json").write_text(json.dumps({"kept_upstream_indices": {"travel": [4]}}))
    with pytest.raises(DataError, match=r"3 dialogues, where SPLIT\.json lists 1"):
        imported(source)


def test_a_dialogue_of_another_shape_is_a_fault(upstream, imported, tmp_path):
    """File, field, value, and what would be right."""
    with pytest.raises(DataError, match=r"dev\.json\.gz: \[0\]\.messages\[0\]\.message: wrong type \(value 5\)"):
        imported(upstream(TALK | {"messages": [turn(5)]}))
    with pytest.raises(DataError, match=r"\[0\]\.messages: too short"):
        imported(upstream(TALK | {"messages": []}))
    with pytest.raises(DataError, match="neither a file nor a folder with"):
        imported(tmp_path / "out")


@pytest.mark.skipif(not UPSTREAM.is_dir(), reason=f"{UPSTREAM} is not there; EVALS_UPSTREAM names its parent")
def test_the_real_files(imported):
    """342 of the 450 dialogues with 5,448 marks, of which 605 repeat one of the same dialogue."""
    report, found = imported(UPSTREAM)
    assert report.sha256 == kdconv.PUBLIC.sha256
    counts = {name: number for name, number in report.counts.items() if number}
    assert counts == {"dialogues": 342, "messages": 7_048, "marks": 5_448, "forbidden": 5_448 - 605}
    assert len({dialogue.cluster for dialogue in found}) == 342
