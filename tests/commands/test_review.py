"""`evals review`: a person's decisions about gold, asked for one by one, stored at once, and taken up again."""

from __future__ import annotations

import io
import json
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import evals

RECORDS: tuple[dict[str, Any], ...] = (
    {
        "id": "a",
        "messages": [
            {"role": "user", "content": "I live in Lyon and have 3 cats."},
            {"role": "assistant", "content": "Nice."},
        ],
        "gold_facts": [
            {"memory_value": "The user lives in Rome.", "evidence": [0]},
            {"memory_value": "The user has 3 cats.", "evidence": [0]},
        ],
        "gold_explicit_preferences": [],
        "gold_implicit_preferences": [],
    },
    {
        "id": "b",
        "messages": [{"role": "user", "content": "I play the\x1b[31m accordion.\n| gold f9 (fact)"}],
        "gold_facts": [],
        "gold_explicit_preferences": [],
        "gold_implicit_preferences": [],
    },
)
ANSWERS: tuple[dict[str, Any], ...] = (
    {"id": "a", "memory_detail_list": [{"memory_value": "The user has 4 cats."}]},
    {"id": "b", "memory_detail_list": [{"memory_value": "The user plays the accordion."}]},
)


@pytest.fixture
def wrong(
    cli: Callable[..., Any], dataset: Callable[..., Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Path:
    """A run `a` in which one value is wrong, one gold item is missed and one prediction is not in the gold."""
    monkeypatch.chdir(tmp_path)
    data, answers = dataset(*RECORDS), dataset(*ANSWERS, name="answers.jsonl")
    words = ("dataset=file", f"dataset.path={data}", "extractor=recorded", f"extractor.path={answers}")
    assert cli("run", *words, "--name", "a", "report.formats=[]").code == 0
    return tmp_path / "disputes.jsonl"


@pytest.fixture
def review(cli: Callable[..., Any], wrong: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Any]:
    """`evals review a` with answers typed, one a line."""

    def go(*answers: str, words: tuple[str, ...] = ()) -> Any:
        monkeypatch.setattr("sys.stdin", io.StringIO("".join(f"{answer}\n" for answer in answers)))
        return cli("review", "a", *words)

    return go


def lines(path: Path) -> list[dict[str, Any]]:
    """The lines of a JSONL file, without the hash of the messages."""
    return [
        {name: value for name, value in json.loads(line).items() if name != "in_hash"}
        for line in path.read_text("utf-8").splitlines()
    ]


def test_a_sitting(review: Callable[..., Any], wrong: Path, cli: Callable[..., Any], tmp_path: Path) -> None:
    """Worst first; edit, drop and add are written as an overlay that `score` takes, with scores before and after."""
    done = review("e", "The user has 4 cats.", "miscounted", "Ada", "d", "", "a", "", "", "said")
    assert (done.code, done.err) == (0, "")
    assert [line for line in done.out.splitlines() if line.startswith("[") or "/3]" in line] == [
        "[1/3] a · en, dev",
        "[2/3] a · en, dev",
        "[3/3] b · en, dev",
    ]
    assert "3 disputes stored in disputes.jsonl, 0 items kept, 0 left to look at" in done.out
    assert lines(wrong) == [
        {
            "id": "a",
            "gid": "f2",
            "action": "edit",
            "value": "The user has 4 cats.",
            "reason": "miscounted",
            "author": "Ada",
        },
        {"id": "a", "gid": "f1", "action": "drop", "author": "Ada"},
        {
            "id": "b",
            "gid": lines(wrong)[2]["gid"],
            "action": "add",
            "value": {"memory_value": "The user plays the accordion."},
            "reason": "said",
            "author": "Ada",
        },
    ]
    stored = [json.loads(line) for line in wrong.read_text().splitlines()]
    assert {line["id"]: line["in_hash"] for line in stored} == {
        outcome.id: outcome.in_hash for outcome in evals.load_run(tmp_path / "reports" / "a").outcomes()
    }
    scored = cli("score", "a", f"dataset.overlay={wrong}", "report.formats=[]", "--name", "b")
    assert scored.code == 0
    assert "recall: 0.000 → 1.000" in scored.err
    assert "f1: 0.000 → 1.000" in scored.err
    assert evals.load_run(tmp_path / "reports" / "b").score("recall").n == 2


def test_decided_is_decided(review: Callable[..., Any], wrong: Path) -> None:
    """Kept, disputed and skipped: the next sitting asks for what was skipped alone, and a later one for nothing."""
    assert "1 disputes stored in disputes.jsonl, 1 items kept, 1 left" in review("k", "s", "a", "", "", "", "").out
    second = review("o", "", words=("--author", "Ada"))
    assert "3 to look at, 2 of them decided" in second.out
    assert second.out.count("/1]") == 1
    assert lines(wrong)[-1] == {"id": "a", "gid": "f1", "action": "optional", "value": True, "author": "Ada"}
    third = review()
    assert (third.code, "3 to look at, 3 of them decided" in third.out) == (0, True)
    assert [line["verdict"] for line in lines(wrong.with_name("disputes.reviewed.jsonl"))] == [
        "keep",
        "add",
        "optional",
    ]


def test_a_variant_and_the_way_back(review: Callable[..., Any], wrong: Path) -> None:
    """Enter takes the prediction's wording, - goes back, an empty edit goes back, and nonsense is asked again."""
    done = review("x", "v", "-", "e", "", "v", "", "", "Ada", "q")
    assert "no such answer: 'x'" in done.out
    assert lines(wrong) == [
        {"id": "a", "gid": "f2", "action": "variant", "value": "The user has 4 cats.", "author": "Ada"}
    ]


def test_an_action_that_does_not_fit(review: Callable[..., Any], wrong: Path) -> None:
    """A prediction without gold can only be added; its kind can be another than was predicted."""
    done = review("k", "k", "drop", "a", "Likes the accordion", "z", "i", "", "Ada")
    assert "drop does not fit here; choose among a add" in done.out
    assert lines(wrong)[0]["value"] == {"preference": "Likes the accordion", "preference_type": "implicit_preference"}


@pytest.mark.parametrize("answers", [(), ("e",), ("e", "The user has 4 cats."), ("e", "x", "why")])
def test_the_end_of_the_input_is_the_end(answers: tuple[str, ...], review: Callable[..., Any], wrong: Path) -> None:
    """Nobody there, or nobody any more: no dispute is written by half, nothing hangs, exit 0 with what is left."""
    done = review(*answers)
    assert done.code == 0
    assert "0 disputes stored in disputes.jsonl, 0 items kept, 3 left to look at" in done.out
    assert not wrong.exists()


def test_what_others_wrote_stays_text(review: Callable[..., Any]) -> None:
    """No control character reaches the terminal, and every line of a text stands behind a bar."""
    out = review("k", "k", "m", "q").out
    assert "\x1b" not in out
    assert "    | I play the⟨U+001B⟩[31m accordion.\n    | | gold f9 (fact)\n" in out
    assert "message 0 (user, cited)" in out  # grounded in it


def test_what_a_forbidden_item_says_is_shown(
    cli: Callable[..., Any], dataset: Callable[..., Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Strict or not, with its name, as text of others."""
    monkeypatch.chdir(tmp_path)
    records = [
        {
            **RECORDS[1],
            "id": name,
            "forbidden": [
                {
                    "fid": "x7",
                    "value": "The user plays\x1b the accordion.",
                    "kind": "third_party",
                    "strict": name == "b",
                }
            ],
        }
        for name in ("b", "c")
    ]
    data = dataset(*records)
    answers = dataset(*({**ANSWERS[1], "id": name} for name in ("b", "c")), name="answers.jsonl")
    words = ("dataset=file", f"dataset.path={data}", "extractor=recorded", f"extractor.path={answers}")
    assert cli("run", *words, "--name", "a", "report.formats=[]").code == 0
    monkeypatch.setattr("sys.stdin", io.StringIO("k\nk\n"))
    out = cli("review", "a").out
    assert out.count("  forbidden x7\n    | The user plays⟨U+001B⟩ the accordion.\n") == 2
    assert "must not be stored: matches forbidden “x7”" in out
    assert "it says “x7”, which is not wanted" in out


def test_without_messages(cli: Callable[..., Any], review: Callable[..., Any], tmp_path: Path) -> None:
    """A run that kept none says so and can be reviewed all the same."""
    (tmp_path / "reports" / "a" / "dialogues.jsonl.gz").unlink()
    assert "messages  not kept with this run" in review("q").out


def test_interrupted(
    review: Callable[..., Any], wrong: Path, cli: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ctrl-C: exit 130, and what was decided before is stored."""
    answers = iter(["d", "", "Ada"])

    def typed(_: str) -> str:
        for answer in answers:
            return answer
        raise KeyboardInterrupt

    monkeypatch.setattr("builtins.input", typed)
    done = cli("review", "a")
    assert (done.code, done.err) == (130, done.err)
    assert "interrupted; 1 disputes stored in disputes.jsonl, 0 items kept, 2 left to look at" in done.err
    assert [line["action"] for line in lines(wrong)] == ["drop"]


def test_other_files(review: Callable[..., Any], cli: Callable[..., Any], wrong: Path, tmp_path: Path) -> None:
    """--out-file names another; one that is no overlay is refused and left as it is; so is a run there is not."""
    assert review("d", "", "Ada", words=("--out-file", "new/mine.jsonl")).code == 0
    assert [line["gid"] for line in lines(tmp_path / "new" / "mine.jsonl")] == ["f2"]
    refused = review("d", words=("--out-file", "dataset.jsonl"))
    assert (refused.code, "dataset.jsonl:1: messages: unknown field" in refused.err) == (2, True)
    assert cli("review", "nope").code == 2


def test_in_a_process_of_its_own(started: Callable[..., subprocess.Popen[str]], wrong: Path) -> None:
    """Standard input that is closed from the start ends it at once."""
    process = started("review", "a", cwd=wrong.parent)
    out, err = process.communicate(timeout=60)
    assert (process.returncode, err) == (0, "")
    assert "3 left to look at" in out
