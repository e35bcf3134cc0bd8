"""Dialogues that say the same are found, in a dataset and in others' files, and those that do not are left alone."""

from __future__ import annotations

import gzip
import json
import random
import time
import tracemalloc
from pathlib import Path
from typing import Any

import pytest

from evals.corpus.overlap import NEAR, UserTexts, against
from evals.corpus.sketch import SKETCH, likeness, long_sentences, sketch
from evals.errors import DataError

LONG = "I moved to Lyon in May because my sister opened a bakery there."
LONG_ZH = "我五月份搬到杭州是因为我姐姐在那边开了一家面包店。"


def texts(*said: str) -> UserTexts:
    """Dialogues d0, d1 … of one message each."""
    made = UserTexts()
    for number, text in enumerate(said):
        made.add(f"d{number}", [text])
    return made


def words(seed: int, count: int) -> list[str]:
    """Random words of a small language."""
    draw = random.Random(seed)
    return ["".join(draw.choices("abcdefghij", k=5)) for _ in range(count)]


def jaccard(left: str, right: str) -> float:
    """The index itself, without hashes."""
    sides = [{tuple(text.split()[at : at + 3]) for at in range(len(text.split()) - 2)} for text in (left, right)]
    return len(sides[0] & sides[1]) / len(sides[0] | sides[1])


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("One two three four five six seven eight.", 0),
        ("One two three four five six seven eight nine.", 1),
        ("我住在杭州的西湖边上养了两猫", 0),
        ("我住在杭州的西湖边上养了两只猫", 1),
        ("我在 Acme 做 backend developer，每天 commute 两个小时", 1),
        (f"{LONG} {LONG_ZH}\nShort.", 2),
        ("", 0),
    ],
)
def test_long_sentences(text: str, found: int) -> None:
    """More than 8 words or 14 Chinese characters; a mixed one by the sum of its shares."""
    assert len(list(long_sentences(text))) == found


def test_spelling_of_a_sentence_does_not_matter() -> None:
    """Case, width, punctuation, traditional characters and a speaker's name before it give one hash."""
    for one, other in ((LONG, f"User: {LONG.upper().replace(' because', ', because')}"), (LONG_ZH, f"用户：{LONG_ZH}")):
        assert [key for key, _ in long_sentences(one)] == [key for key, _ in long_sentences(other)]
    assert [key for key, _ in long_sentences("我來臺北學習鋼琴已經超過三個年頭了")] == [
        key for key, _ in long_sentences("我来台北学习钢琴已经超过三个年头了")
    ]


def test_shared_sentences_are_told_once_a_pair() -> None:
    """The earlier dialogue, the first sentence, how many; a dialogue may repeat itself."""
    made = UserTexts()
    assert made.add("a", [f"{LONG} {LONG}", LONG_ZH]) == ()
    (shared,) = made.add("b", [f"Hello. {LONG}", LONG_ZH])
    assert (shared.other, shared.sentence, shared.count) == ("a", LONG, 2)
    assert made.add("c", ["Nothing of the sort has ever been said in here by anybody at all."]) == ()


@pytest.mark.parametrize("count", [20, 300, 3000])
@pytest.mark.parametrize("kept", [0.99, 0.8, 0.6, 0.3])
def test_likeness_is_the_jaccard_index(count: int, kept: float) -> None:
    """Exact while a text has few runs, close to it where its sketch is cut."""
    both = words(1, count)
    left, right = " ".join(both), " ".join([*both[: int(count * kept)], *words(2, count - int(count * kept))])
    exact = jaccard(left, right)
    found = likeness(sketch([left]), sketch([right]))
    assert found == pytest.approx(exact, abs=0.08 if 2 * count > SKETCH else 1e-9)
    near = list(texts(left, right, " ".join(words(3, count))).near_duplicates())
    if abs(exact - NEAR) > 0.1:
        assert [(each.id, each.other) for each in near] == ([("d1", "d0")] if exact > NEAR else [])


def test_many_copies_are_linked_without_every_pair() -> None:
    """Two hundred copies of one dialogue: every copy is told, in little time."""
    made = texts(*[LONG] * 200)
    started = time.process_time()
    found = list(made.near_duplicates())
    assert {each.id for each in found} == {f"d{number}" for number in range(1, 200)}
    assert len(found) == 199
    assert time.process_time() - started < 1


def test_nothing_said_is_like_nothing() -> None:
    """Empty dialogues are no duplicates of each other."""
    assert list(texts("", "").near_duplicates()) == []
    assert list(UserTexts().near_duplicates()) == []
    assert likeness(sketch([]), sketch([""])) == 0


def test_memory_is_hashes() -> None:
    """Dialogues of 20 kB each leave some 5 kB each behind."""
    made = UserTexts()
    tracemalloc.start()
    for number in range(30):
        made.add(f"d{number}", [" ".join(words(number, 3400))])
    kept, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert kept / 30 < 6000


SHAPES: dict[str, Any] = {
    "messages": {"messages": [{"role": "user", "content": LONG}, {"role": "assistant", "content": "Nice."}]},
    "said by the assistant": {"messages": [{"role": "assistant", "content": f"You said: hm. {LONG}"}]},
    "parts": {"messages": [{"role": "user", "content": [{"type": "text", "text": LONG}]}]},
    "conversations": {"conversations": [{"from": "human", "value": LONG}]},
    "text": {"text": f"Extract the memories.\nuser: {LONG}\nassistant: Nice."},
    "prompt": {"prompt": LONG, "completion": "[]"},
    "instruction": {"instruction": "Extract.", "input": LONG},
}


@pytest.mark.parametrize("shape", list(SHAPES))
def test_training_data_in_any_shape(shape: str, tmp_path: Path) -> None:
    """A sentence of ours in their line 2 is found, wherever that line holds it."""
    path = tmp_path / "train.jsonl"
    other = {"text": "They talk of something else altogether, and at length, too, as one does."}
    path.write_text("".join(json.dumps(line, ensure_ascii=False) + "\n" for line in (other, SHAPES[shape], other)))
    (found,), read, unread = against(texts(LONG_ZH, LONG), path)
    assert (found.id, found.line, found.lines, found.sentence) == ("d1", 2, 1, LONG)
    assert (read, unread) == (3, 0)


def test_near_copies_in_training_data(tmp_path: Path) -> None:
    """A dialogue put a little differently shares no sentence and is still found, packed or not."""
    ours = "I take apixaban. Twice a day. My hip is new. The cat is called Gasket. He sleeps on the stairs."
    theirs = ours.replace("Gasket", "Wrench")
    path = tmp_path / "train.jsonl.gz"
    path.write_bytes(gzip.compress(json.dumps({"messages": [{"role": "user", "content": theirs}]}).encode()))
    (found,), _, _ = against(texts(LONG, ours), path)
    assert (found.id, found.sentence) == ("d1", None)
    assert NEAR <= found.likeness < 1


def test_a_sentence_two_of_ours_share(tmp_path: Path) -> None:
    """Both dialogues are listed, and lines are counted."""
    path = tmp_path / "train.jsonl"
    path.write_text(f"{json.dumps({'text': LONG})}\n" * 3)
    found, _, _ = against(texts(LONG, LONG), path)
    assert [(each.id, each.line, each.lines) for each in found] == [("d0", 1, 3), ("d1", 1, 3)]


def test_lines_that_cannot_be_read(tmp_path: Path) -> None:
    """They are counted; a file without any other line is an error, as is one that is not there."""
    path = tmp_path / "train.jsonl"
    path.write_text(
        f'{{broken\n[1, 2]\n{{"score": 1}}\n{{"messages": [3, {{"content": {{}}}}]}}\n{json.dumps(SHAPES["text"])}\n'
    )
    assert against(texts(LONG), path)[1:] == (1, 4)
    path.write_text('{"score": 1}\n')
    with pytest.raises(DataError, match="no line holds messages or text"):
        against(texts(LONG), path)
    with pytest.raises(DataError, match="there is no such file"):
        against(texts(LONG), tmp_path / "absent.jsonl")
