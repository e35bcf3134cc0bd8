"""DuLeMon lines of our own making, in upstream's shape: whose sentence stands behind whose utterance."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from evals.corpus.importers import dulemon
from evals.corpus.source import Source, dialogues
from evals.errors import DataError

UPSTREAM = Path(os.environ.get("EVALS_UPSTREAM", Path(__file__).resolve().parents[4] / "shared" / "data")) / "dulemon"
CHAT = {
    "bot_persona": ["B1: 我 会 游泳", "B2: 我 怕 高"],
    "user_said_persona": ["U1: 我 住 在 山上", "U2: 我 有 两 只 羊"],
    "user_no_said_persona": ["U3: 我 叫 小石"],
    "conversation": [
        "Usr: 今天 山上 下雪 了\tU1",
        "Bot:你 的 羊 还好 吗 ？\tU2, B2",
        "Usr: 我 的 iPhone 12 也 冻住 了 ， 哈哈\tU1, B1",
        "Bot: 我 去 游泳 了",
    ],
}


@pytest.fixture
def imported(tmp_path):
    """Imports some lines; returns the report and the dialogues."""

    def run(*lines):
        (tmp_path / "samples.json").write_text("".join(json.dumps(line) + "\n" for line in lines))
        report = dulemon.import_set(tmp_path, tmp_path / "out")
        return report, list(dialogues(Source.at(*report.files)))

    return run


def test_a_sentence_is_gold_where_its_owner_says_it(imported):
    """The user's behind the user's words are facts, the bot's behind the bot's forbidden, all others neither."""
    _, (dialogue,) = imported(CHAT)
    assert [(item.text, item.evidence) for item in dialogue.gold.items] == [("用户住在山上", (0, 2))]
    assert [(item.value, item.kind, item.evidence) for item in dialogue.gold.forbidden] == [
        ("用户怕高", "third_party", (1,))
    ]
    assert dialogue.gold.annotated.facts == dialogue.gold.annotated.forbidden == "partial"
    assert dialogue.id == dialogue.cluster == "dulemon/1"


def test_blanks_between_words_are_taken_out(imported):
    """Save those between Latin words and numbers."""
    _, (dialogue,) = imported(CHAT)
    assert [message.content for message in dialogue.messages] == [
        "今天山上下雪了",
        "你的羊还好吗？",
        "我的iPhone 12也冻住了，哈哈",
        "我去游泳了",
    ]
    assert [message.role for message in dialogue.messages] == ["user", "assistant", "user", "assistant"]


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"conversation": ["Who: 你好"]}, r"conversation\[0\]: 'Who: 你好'; 'Usr: words' or"),
        (
            {"conversation": ["Usr: 你好\tU9"]},
            r"conversation\[0\]: no persona of that name \(value 'U9'\); there is B1",
        ),
        ({"conversation": []}, "conversation: empty"),
        ({"bot_persona": ["我 会 游泳"]}, r"bot_persona\[0\]: '我 会 游泳'; 'U1: text'"),
        ({"bot_persona": 5}, r"bot_persona: wrong type \(value 5\)"),
    ],
)
def test_a_line_of_another_shape_is_a_fault(imported, tmp_path, wrong, said):
    """File, line, field, value, and what would be right; nothing is written."""
    with pytest.raises(DataError, match=rf"samples\.json:2: {said}"):
        imported(CHAT, CHAT | wrong)
    assert list((tmp_path / "out").iterdir()) == []


@pytest.mark.skipif(not UPSTREAM.is_dir(), reason=f"{UPSTREAM} is not there; EVALS_UPSTREAM names its parent")
def test_the_real_file(tmp_path):
    """15 of the 20 lines."""
    report = dulemon.import_set(UPSTREAM, tmp_path)
    assert report.sha256 == dulemon.PUBLIC.sha256
    counts = {name: number for name, number in report.counts.items() if number}
    assert counts == {"dialogues": 15, "messages": 246, "facts": 30, "forbidden": 20}
