"""The button "gold is wrong": what the page's script writes is an overlay that `evals score` takes."""

from __future__ import annotations

import base64
import hashlib
import json
import re
import shutil
import signal
import subprocess
from collections.abc import Callable, Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

import evals
from evals.cli import main
from evals.corpus.disputes import added_name
from evals.report.html import SCRIPTS
from tests.report.devtools import Browser, chromium, missing

SCRIPT = Path(evals.__file__).parent / "report" / "page" / "disputes.js"
HOSTILE = "</script><script>alert('owned')</script> \"quoted\" 猫\u2028\\n"


class _Pairs(HTMLParser):
    """What the buttons of a page know: (dialogue, pair) for each."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[dict[str, Any], dict[str, Any]]] = []
        self._dialogue: dict[str, Any] = {}

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if "data-dialogue" in given:
            self._dialogue = json.loads(given["data-dialogue"] or "")
        if "data-dispute" in given:
            self.found.append((self._dialogue, json.loads(given["data-dispute"] or "")))


@pytest.fixture
def page(tmp_path: Path) -> Iterator[Path]:
    """The report of a run in which a gold item is missed, a value wrong, a memory invented and a text hostile."""
    handler = signal.getsignal(signal.SIGTERM)
    said = [{"role": "user", "content": f"I live in Lyon and have 3 cats. {HOSTILE}"}]
    record = {
        "id": "dialogue/1",
        "messages": said,
        "gold_facts": [
            {"gid": 'it\'s "f1" <b>', "memory_value": "The user has 3 cats.", "evidence": [0]},
            {"gid": "f2", "memory_value": f"The user says {HOSTILE}.", "evidence": [0]},
        ],
        "forbidden": [{"fid": "x1", "value": "The user lives in Paris.", "kind": "unsupported"}],
        "gold_explicit_preferences": [],
        "gold_implicit_preferences": [],
    }
    predicted = ["The user has 4 cats.", "The user lives in Lyon."]
    predicted += ["The user lives in Paris.", "The user is living in Paris."]
    answer = {"id": "dialogue/1", "memory_detail_list": [{"memory_value": text} for text in predicted]}
    for name, line in (("gold.jsonl", record), ("answers.jsonl", answer)):
        (tmp_path / name).write_text(json.dumps(line, ensure_ascii=False) + "\n", "utf-8")
    words = ["dataset=file", f"dataset.path={tmp_path / 'gold.jsonl'}", "extractor=recorded"]
    words += [f"extractor.path={tmp_path / 'answers.jsonl'}", "--out", str(tmp_path / "runs"), "--name", "a"]
    assert main(["run", *words]) == 0
    yield tmp_path / "runs" / "a" / "report.html"
    signal.signal(signal.SIGTERM, handler)


@pytest.fixture
def score(page: Path, capsys: pytest.CaptureFixture[str]) -> Callable[[str], str]:
    """`evals score` with an overlay of this text: what it says on stderr."""

    def run(overlay: str) -> str:
        path = page.parent.parent.parent / "disputes.jsonl"
        path.write_text(overlay, "utf-8")
        capsys.readouterr()
        code = main(["score", str(page.parent), f"dataset.overlay={path}", "--out", str(page.parent.parent)])
        said = capsys.readouterr()
        assert code == 0, said.err
        return said.err

    return run


def test_the_policy_names_our_scripts_alone(page: Path) -> None:
    """The content policy holds the hash of every script; nothing else may run, be loaded or be sent."""
    text = page.read_text("utf-8")
    scripts = re.findall(r"<script>(.*?)</script>", text, re.DOTALL)
    assert scripts == [(SCRIPT.parent / name).read_text("utf-8") for name in SCRIPTS]
    (policy,) = re.findall(r'Content-Security-Policy" content="([^"]*)"', text)
    digests = [base64.b64encode(hashlib.sha256(script.encode()).digest()).decode() for script in scripts]
    sources = " ".join(f"'sha256-{digest}'" for digest in digests)
    assert policy == (
        f"default-src 'none'; script-src {sources}; "
        "style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'"
    )
    forbidden = r"innerHTML|outerHTML|insertAdjacent|document\.write|\beval\(|fetch\(|XMLHttp|WebSocket|import\("
    assert not re.search(forbidden, "".join(scripts))


def test_every_disputable_pair_has_a_button(page: Path) -> None:
    """As many buttons as pairs, hidden until the script shows them; names and ids come through whole."""
    text = page.read_text("utf-8")
    reader = _Pairs()
    reader.feed(text)
    assert len(re.findall(r'<button type="button" class="dispute"[^>]* hidden>', text)) == len(reader.found) == 5
    assert {dialogue["id"] for dialogue, _ in reader.found} == {"dialogue/1"}
    assert [pair["gid"] for _, pair in reader.found] == ["x1", "x1", 'it\'s "f1" <b>', "f2", None]
    assert [pair["actions"] for _, pair in reader.found][-1] == ["add"]


def built(pairs: list[Any], choices: list[dict[str, Any]], author: str) -> str:
    """What the script's own functions make of choices, in Node."""
    node = shutil.which("node")
    if node is None:
        missing("node is not on PATH: the script's functions were not run", "node")
    program = (
        f"const made = require({json.dumps(str(SCRIPT))});"
        "const [pairs, choices, author] = JSON.parse(require('fs').readFileSync(0, 'utf8'));"
        "const lines = pairs.map(([dialogue, pair], at) => made.correction(dialogue, pair, choices[at]));"
        "process.stdout.write(lines.includes(null) ? 'null' : made.jsonl(lines, author));"
    )
    given = json.dumps([pairs, choices, author])
    done = subprocess.run([str(node), "-e", program], input=given, capture_output=True, text=True, check=True)
    return done.stdout


def test_round_trip_of_the_scripts_lines(page: Path, score: Callable[[str], str]) -> None:
    """Lines built from what the page holds are accepted by `evals score`, hostile text and lone surrogates included."""
    reader = _Pairs()
    reader.feed(page.read_text("utf-8"))
    choices = [
        {"action": "edit", "text": " The user has 4 cats. ", "reason": f"half \ud83d {HOSTILE}"},
        {"action": "drop", "text": "", "reason": ""},
        {"action": "add", "text": "The user lives in Lyon.", "kind": "fact"},
    ]
    overlay = built(reader.found[2:], choices, "Ada")
    lines = [json.loads(line) for line in overlay.rstrip("\n").split("\n")]
    in_hash = next(iter(evals.load_run(page.parent).outcomes())).in_hash
    assert [(line["action"], line["gid"]) for line in lines] == [
        ("edit", 'it\'s "f1" <b>'),
        ("drop", "f2"),
        ("add", added_name("The user lives in Lyon.")),
    ]
    assert lines[0]["reason"] == f"half \ufffd {HOSTILE}"
    assert {(line["author"], line["in_hash"]) for line in lines} == {("Ada", in_hash)}
    assert "recall: 0.000 → 1.000" in score(overlay)


@pytest.mark.parametrize(
    "choice",
    [{"action": "edit", "text": "  "}, {"action": "add"}, {"action": "variant", "text": ""}, {"action": "eval"}],
)
def test_half_a_dispute_is_none(choice: dict[str, Any]) -> None:
    """Without its text, or with an action the pair does not allow, no line is made."""
    pair = {"gid": "f1", "kind": "fact", "optional": False, "actions": ["edit", "variant", "add"]}
    assert built([[{"id": "a", "in_hash": None}, pair]], [choice], "") == "null"


def test_all_actions_in_the_scripts_words() -> None:
    """Optional is turned round, an added preference has its type, and what is empty is left out."""
    pair = {"gid": "f1", "kind": "fact", "optional": True, "actions": ["optional", "variant", "add"]}
    dialogue = {"id": "a", "in_hash": None}
    choices = [
        {"action": "optional", "text": "ignored", "reason": " "},
        {"action": "variant", "text": "x"},
        {"action": "add", "text": "foobar", "kind": "implicit_preference"},
    ]
    overlay = built([[dialogue, pair]] * 3, choices, "  ")
    assert [json.loads(line) for line in overlay.rstrip("\n").split("\n")] == [
        {"id": "a", "gid": "f1", "action": "optional", "value": False},
        {"id": "a", "gid": "f1", "action": "variant", "value": "x"},
        {
            "id": "a",
            "gid": "r-bf9cf968",
            "action": "add",
            "value": {"preference": "foobar", "preference_type": "implicit_preference"},
        },
    ]


CLICKS = """
(() => {
  const buttons = [...document.querySelectorAll("button.dispute")];
  const field = (name) => document.querySelector(`.dispute-form [name=${name}]`);
  const choose = (action) => {
    field("action").value = action;
    field("action").dispatchEvent(new Event("change"));
  };
  const save = () => document.querySelector(".dispute-form button").click();
  const seen = {
    hidden: buttons.filter((button) => button.hidden).length,
    tray: document.getElementById("disputes").hidden,
  };
  buttons[2].click();
  choose("edit");
  seen.prefilled = field("text").value;
  field("text").value = "";
  save();
  seen.refused = field("text").getAttribute("aria-invalid");
  field("text").value = "The user has 4 cats.";
  field("author").value = "Ada";
  save();
  buttons[0].click();
  seen.askedAgain = field("author").closest("label").hidden === false;
  save();
  buttons[1].click();
  choose("edit");
  field("text").value = "The user lives in Rome.";
  save();
  seen.laterHolds = [buttons[0].textContent, buttons[1].textContent];
  buttons[3].click();
  choose("drop");
  seen.textHidden = field("text").closest("label").hidden;
  save();
  buttons[4].click();
  seen.added = field("text").value;
  seen.kind = field("kind").value;
  save();
  buttons[4].click();
  seen.undone = document.querySelector("#disputes output").textContent;
  buttons[4].click();
  save();
  seen.count = document.querySelector("#disputes output").textContent;
  seen.scripts = document.scripts.length;
  document.querySelector("#disputes button").click();
  return JSON.stringify(seen);
})()
"""


@pytest.mark.browser
@pytest.mark.slow
def test_round_trip_in_a_browser(page: Path, score: Callable[[str], str], tmp_path: Path) -> None:
    """The page is opened as a file, its buttons clicked; what lands on the disk is what `evals score` takes."""
    with Browser(chromium(), tmp_path / "profile", downloads=tmp_path / "downloads") as browser:
        browser.open(page.as_uri())
        seen = json.loads(browser.evaluate(CLICKS))
        overlay = browser.downloaded("disputes.jsonl")
        assert browser.complaints == []
    assert seen == {
        "hidden": 0,
        "tray": True,
        "prefilled": "The user has 3 cats.",
        "refused": "true",
        "askedAgain": False,
        "textHidden": True,
        "added": "The user lives in Lyon.",
        "kind": "fact",
        "laterHolds": ["gold is wrong", "disputed: edit (undo)"],
        "undone": "3 disputes",
        "count": "4 disputes",
        "scripts": len(SCRIPTS) + 1,
    }
    assert [json.loads(line)["author"] for line in overlay.rstrip("\n").split("\n")] == ["Ada"] * 4
    assert "recall: 0.000 → 1.000" in score(overlay)
