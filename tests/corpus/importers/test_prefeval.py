"""PrefEval topics of our own making, in upstream's shape: three forms of one preference."""

from __future__ import annotations

import gzip
import json

import pytest

from evals.corpus.importers import prefeval
from evals.corpus.source import Source, dialogues
from evals.errors import DataError

PREFERENCE = "I never eat walnuts because they make me ill."
CHOICE = {
    "preference": PREFERENCE,
    "question": "What cake shall I bake?",
    "explanation": "e",
    "implicit_query": "A cake?",
    "options": ["Plum cake.", "Walnut tart.", "Walnut bread.", "Walnut pie."],
    "aligned_op": "Plum cake.",
    "conversation": {
        "query": "A cake?",
        "assistant_options": "1. Plum cake. 2. Walnut tart. 3. Walnut bread. 4. Walnut pie.",
        "user_selection": "Plum cake, the others are not for me.",
        "assistant_acknowledgment": "Good choice.",
    },
}
PERSONA = {
    "preference": PREFERENCE,
    "question": "What cake shall I bake?",
    "persona": "A retired sailor",
    "conversation": {str(n): {"user": f"u{n}", "assistant": f"a{n}"} for n in (10, 2, 0)},
}


@pytest.fixture
def upstream(tmp_path):
    """Writes a topic in its three forms, the last one packed."""
    root = tmp_path / "benchmark_dataset"

    def write(topic="cakes", explicit=None):
        items = explicit or [{"preference": PREFERENCE, "question": "q"}]
        for folder, content in (
            ("explicit_preference", items),
            ("implicit_preference/choice-based", [CHOICE] * len(items)),
        ):
            (root / folder).mkdir(parents=True, exist_ok=True)
            (root / folder / f"{topic}.json").write_text(json.dumps(content))
        packed = root / "implicit_preference/persona-driven" / f"{topic}.json.gz"
        packed.parent.mkdir(parents=True, exist_ok=True)
        packed.write_bytes(gzip.compress(json.dumps([PERSONA] * len(items)).encode()))
        return root

    return write


@pytest.fixture
def imported(upstream, tmp_path):
    """The dialogues of each form after an import."""

    def run(source):
        report = prefeval.import_set(source, tmp_path / "out")
        return report, {path.stem: list(dialogues(Source.at(path))) for path in report.files}

    return run


def test_stated_outright(imported, upstream):
    """One message, one explicit preference, and the annotation of those is complete."""
    report, found = imported(upstream())
    (dialogue,) = found["prefeval-explicit"]
    assert dialogue.id == "prefeval/explicit/cakes/0"
    assert [message.content for message in dialogue.messages] == [PREFERENCE]
    assert [(item.kind, item.text) for item in dialogue.gold.items] == [("explicit_preference", PREFERENCE)]
    assert dialogue.gold.annotated.explicit_preferences == "complete"
    assert dialogue.gold.annotated.facts == "none"
    assert report.counts["explicit.explicit_preferences"] == 1


def test_shown_by_a_choice(imported, upstream):
    """Evidence is the selection; the core without its reason is enough; options passed over are forbidden."""
    _, found = imported(upstream())
    (dialogue,) = found["prefeval-choice"]
    (item,) = dialogue.gold.items
    assert (item.kind, item.evidence, item.variants) == ("implicit_preference", (2,), ("I never eat walnuts.",))
    assert [message.role for message in dialogue.messages] == ["user", "assistant", "user", "assistant"]
    assert [each.value.partition(": ")[2] for each in dialogue.gold.forbidden] == [
        "Walnut tart.",
        "Walnut bread.",
        "Walnut pie.",
    ]
    assert dialogue.gold.annotated.implicit_preferences == "complete"


def test_said_in_passing(imported, upstream):
    """Turns in the order of their numbers, either type accepted, the author's brief as an optional fact."""
    _, found = imported(upstream())
    (dialogue,) = found["prefeval-persona"]
    assert [message.content for message in dialogue.messages] == ["u0", "a0", "u2", "a2", "u10", "a10"]
    fact, preference = dialogue.gold.items
    assert (fact.optional, preference.type_certain) == (True, False)
    assert dialogue.gold.annotated.explicit_preferences == "partial"


def test_the_same_preference_is_one_cluster_whatever_its_topic(imported, upstream):
    """Records of a cluster stand together though their topics are apart."""
    other = {"preference": "I like the sea.", "question": "q"}
    same = {"preference": PREFERENCE, "question": "q"}
    upstream("cakes", [same, other])
    _, found = imported(upstream("pies", [other, same]))
    assert [(dialogue.id, dialogue.cluster) for dialogue in found["prefeval-explicit"]] == [
        ("prefeval/explicit/cakes/0", "prefeval/cakes/0"),
        ("prefeval/explicit/pies/1", "prefeval/cakes/0"),
        ("prefeval/explicit/cakes/1", "prefeval/cakes/1"),
        ("prefeval/explicit/pies/0", "prefeval/cakes/1"),
    ]


def test_positions_upstream_are_kept_where_they_are_known(imported, upstream):
    """A part of the set has the ids the whole would have; a list that does not fit is a fault."""
    source = upstream()
    (source / "SPLIT.json").write_text(json.dumps({"kept_upstream_indices": {"cakes": [17]}}))
    _, found = imported(source)
    assert found["prefeval-choice"][0].id == "prefeval/choice/cakes/17"
    (source / "SPLIT.json").write_text(json.dumps({"kept_upstream_indices": {"cakes": [1, 2]}}))
    with pytest.raises(DataError, match=r"1 items, where SPLIT\.json lists 2"):
        imported(source)


def test_a_folder_that_is_not_the_set_says_so(tmp_path):
    """The wrong folder is one line."""
    with pytest.raises(DataError, match="neither a file nor a folder with"):
        prefeval.import_set(tmp_path, tmp_path / "out")
