"""What a machine has and what the store has come together: no answer is lost, none of the store's is asked again."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from evals.errors import UsageError
from evals.remote.catching_up import caught_up, write_sent
from evals.remote.store import Store

RUN = json.dumps({"created": "2026-01-01", "status": "running"}).encode()


def line(id: str, said: str = "", error: bool = False) -> bytes:
    """A line of predictions.jsonl."""
    value = {"error": {"type": "TimedOut", "message": said}} if error else {"memory_detail_list": []}
    return json.dumps({"id": id, **value, "latency_ms": len(said)}).encode() + b"\n"


@pytest.fixture
def store(memory: str) -> Store:
    """A run of which the answers a and b were sent as one part, c as another."""
    store = Store(f"{memory}/runs/a")
    store.write("run.json", RUN)
    first = line("a") + line("b")
    store.write(f"predictions/{0:015d}.jsonl", first)
    store.write(f"predictions/{len(first):015d}.jsonl", line("c"))
    return store


STORED = line("a") + line("b") + line("c")


def caught(store: Store, folder: Path) -> bytes:
    """predictions.jsonl of the folder afterwards; what it says of the store must be so."""
    assert caught_up(store, folder)["predictions"] == len(STORED)
    assert list(folder.glob(".*.tmp")) == []
    return (folder / "predictions.jsonl").read_bytes()


def test_an_empty_machine_gets_all(store: Store, tmp_path: Path) -> None:
    """The run and its answers; a second time nothing changes."""
    folder = tmp_path / "a"
    for _ in range(2):
        assert caught(store, folder) == STORED
        assert (folder / "run.json").read_bytes() == RUN


@pytest.mark.parametrize("sent", [0, len(line("a")), len(STORED), 10_000])
@pytest.mark.parametrize("unsent", [b"", line("d"), line("d") + b'{"id": "e", "mem'])
def test_what_was_not_sent_stays_behind_what_was(sent: int, unsent: bytes, store: Store, tmp_path: Path) -> None:
    """Whatever this machine remembers of having sent; a torn line is for whoever appends next."""
    folder = tmp_path / "a"
    folder.mkdir()
    (folder / "run.json").write_bytes(RUN)
    (folder / "predictions.jsonl").write_bytes(STORED + unsent)
    write_sent(folder, {"predictions": sent})
    assert caught(store, folder) == STORED + unsent


def test_two_machines_that_went_different_ways_come_together(store: Store, tmp_path: Path) -> None:
    """The store's answers stand; this machine's go behind them where the store has none, and its failures go."""
    folder = tmp_path / "a"
    folder.mkdir()
    (folder / "run.json").write_bytes(RUN)
    mine = line("c", "mine") + line("d", "mine") + line("e", "mine", error=True) + b'{"id": "f", "mem'
    (folder / "predictions.jsonl").write_bytes(line("a") + line("b") + mine)
    write_sent(folder, {"predictions": len(line("a") + line("b"))})
    assert caught(store, folder) == STORED + line("d", "mine")


def test_a_file_that_lost_what_was_sent_gets_it_back(store: Store, tmp_path: Path) -> None:
    """After a power cut a file may be shorter than what the store holds of it."""
    folder = tmp_path / "a"
    folder.mkdir()
    (folder / "run.json").write_bytes(RUN)
    (folder / "predictions.jsonl").write_bytes(line("a")[:-4])
    write_sent(folder, {"predictions": len(STORED)})
    assert caught(store, folder) == STORED


def test_a_store_that_lost_a_run_gets_it_again(memory: str, tmp_path: Path) -> None:
    """What this machine has is enough to go on with."""
    folder = tmp_path / "a"
    folder.mkdir()
    (folder / "run.json").write_bytes(RUN)
    (folder / "predictions.jsonl").write_bytes(STORED)
    write_sent(folder, {"predictions": len(STORED)})
    assert caught_up(Store(f"{memory}/runs/a"), folder)["predictions"] == 0
    assert (folder / "predictions.jsonl").read_bytes() == STORED


def test_another_run_under_the_name_is_kept_aside(
    store: Store, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Two runs are never mixed: one that was begun anew elsewhere is fetched, the old folder renamed."""
    folder = tmp_path / "a"
    folder.mkdir()
    (folder / "run.json").write_text(json.dumps({"created": "2025-12-31", "status": "running"}))
    (folder / "predictions.jsonl").write_bytes(line("z"))
    assert caught(store, folder) == STORED
    assert (tmp_path / "a.1" / "predictions.jsonl").read_bytes() == line("z")
    assert str(tmp_path / "a.1") in capsys.readouterr().err


def test_payments_of_both_machines_count(store: Store, tmp_path: Path) -> None:
    """Of what the judge was paid no line is dropped."""
    folder = tmp_path / "a"
    folder.mkdir()
    (folder / "run.json").write_bytes(RUN)
    store.write(f"judge_calls/{0:015d}.jsonl", b'{"n":1}\n{"n":2}\n')
    (folder / "judge_calls.jsonl").write_bytes(b'{"n":1}\n{"n":3}\n')
    write_sent(folder, {"judge_calls": 0})
    caught_up(store, folder)
    assert (folder / "judge_calls.jsonl").read_bytes() == b'{"n":1}\n{"n":2}\n{"n":1}\n{"n":3}\n'


@pytest.mark.parametrize("wrong", ["answers without a run.json", "copied there"])
def test_what_is_no_run_to_go_on_with_is_refused(wrong: str, store: Store, tmp_path: Path) -> None:
    """Somebody's objects under the name, or a whole run copied there by hand."""
    if wrong == "copied there":
        store.write("predictions.jsonl", STORED)
    else:
        store.remove("run.json")
    with pytest.raises(UsageError, match=wrong):
        caught_up(store, tmp_path / "a")
