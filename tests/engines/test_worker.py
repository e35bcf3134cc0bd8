"""What a worker of a cluster does, called as Ray would call it, and what the driver hands over; without Ray."""

from __future__ import annotations

import asyncio
import pickle
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evals.commands.plan import plan_run
from evals.config import load
from evals.config_shapes import RunConfig
from evals.engines.arrival import Origin
from evals.engines.asking import _bare, _named_variables, _shares, _wanted
from evals.engines.worker import Asker, Order, Said
from evals.errors import ConfigError
from evals.limits import Limits
from evals.types import Dialogue, Extraction, Gold, GoldFact, Message

BASELINE = {"_target_": "evals.extractors.baseline.BaselineExtractor"}


class Slow:
    """Answers after a while, and says how many it has."""

    def __init__(self) -> None:
        self.facts = {"answered": 0, "closed": "no"}

    async def extract(self, messages: tuple[Message, ...], _: object) -> Extraction:
        await asyncio.sleep(60 if messages[0].content == "hang" else 0.02)
        self.facts["answered"] += 1  # type: ignore[operator]
        return Extraction()

    async def close(self) -> None:
        self.facts["closed"] = "yes"


class Broken(Slow):
    """Cannot get ready."""

    async def prepare(self) -> None:
        raise ConfigError("no server there")


def order(node: dict[str, Any], **changes: Any) -> Order:
    """What a worker of two calls at a time is told."""
    given: dict[str, Any] = {"asked": ("memory",), "limits": Limits(concurrency=2), "origin": Origin.here()}
    return Order(**{"node": node, "variables": {}, **given, **changes})


def jobs(*texts: str) -> list[tuple[Dialogue, int]]:
    return [
        (Dialogue(id=f"d{n}", messages=(Message(role="user", content=text),), cluster="", language="en"), 0)
        for n, text in enumerate(texts)
    ]


def said_by(kind: type, given: list[tuple[Dialogue, int]], *, then: Callable[[Asker], Any] | None = None) -> list[Said]:
    """All a worker says when it is handed jobs, and `then` is done to it a moment later."""

    async def run() -> list[Said]:
        asker = Asker()
        assert await asker.begin(order({"_target_": f"{__name__}.{kind.__name__}"})) is None
        await asker.take(given, last=then is None)

        async def later() -> None:
            await asyncio.sleep(0.03)
            if then is not None:
                await then(asker)

        moment = asyncio.ensure_future(later())
        said = [each async for each in asker.answers()]
        await moment
        return said

    return asyncio.run(run())


def test_every_job_is_answered_and_the_last_word_has_the_facts() -> None:
    """Answers come as they land; the extractor is closed before its facts are read."""
    *before, last = said_by(Slow, jobs("a", "b", "c", "d", "e"))
    assert sorted(each.id for said in (*before, last) for each in said.landed) == ["d0", "d1", "d2", "d3", "d4"]
    assert len(before) >= 2
    assert not any(said.last for said in before)
    assert last == Said(last.landed, last=True, facts={"answered": 5, "closed": "yes"})


def test_stopped_it_begins_nothing_more() -> None:
    """The two calls in flight land, the others were never made."""
    said = said_by(Slow, jobs(*"abcdefgh"), then=lambda asker: asker.stop())
    assert said[-1].last
    assert said[-1].stopped == "the run was stopped"
    assert 2 <= said[-1].facts["answered"] <= 4  # type: ignore[operator]
    assert sum(len(each.landed) for each in said) == said[-1].facts["answered"]


def test_abandoned_it_waits_for_nobody() -> None:
    """Calls that hang are left, the extractor is closed all the same."""

    async def twice(asker: Asker) -> None:
        await asker.stop()
        await asker.abandon()

    said = said_by(Slow, jobs("hang", "hang"), then=twice)
    assert [each.id for one in said for each in one.landed] == []
    assert said[-1].facts == {"answered": 0, "closed": "yes"}


def test_what_ends_a_worker_ends_the_run() -> None:
    """The driver is told the error itself."""
    (said,) = said_by(Broken, jobs("a"))
    assert isinstance(said.stopped, ConfigError)
    assert str(said.stopped) == "no server there"


@pytest.mark.parametrize(
    ("changes", "wrong"),
    [
        ({"node": {"_target_": "nowhere.Mine"}}, "cannot build nowhere.Mine"),
        (
            {"origin": replace(Origin.here(), code="0123456789abcdef")},
            "a worker of the cluster has another memory-evals",
        ),
    ],
)
def test_a_worker_that_cannot_begin_says_why(changes: dict[str, Any], wrong: str) -> None:
    """As a value: what crosses processes is one line, no traceback."""
    wanted = order(**{"node": BASELINE, **changes})
    found = asyncio.run(Asker().begin(wanted))
    assert isinstance(found, ConfigError)
    assert wrong in str(found)


def test_keys_are_named_and_what_is_handed_over_does_not_show_them(monkeypatch: pytest.MonkeyPatch) -> None:
    """Variables named by keys that end in `_env`, at any depth, where they are set."""
    monkeypatch.setenv("KEY_ONE", "first")
    monkeypatch.setenv("KEY_TWO", "second")
    node = {"api_key_env": "KEY_ONE", "deep": {"token_env": "KEY_TWO", "other": "KEY_THREE"}, "unset_env": "KEY_FOUR"}
    found = _named_variables(node | {"none_env": None})
    assert found == {"KEY_ONE": "first", "KEY_TWO": "second"}
    assert "first" not in repr(order(node, variables=found))


def test_gold_stays_with_the_driver() -> None:
    """Nothing that was annotated is in what a worker is handed."""
    gold = Gold(items=(GoldFact(gid="g", memory_value="The user is a spy."),))
    dialogue = Dialogue(
        id="d",
        messages=(Message(role="user", content="Hi."),),
        cluster="x-42",
        language="en",
        labels=("no",),
        gold=gold,
    )
    sent = pickle.dumps(_bare(dialogue))
    assert b"spy" not in sent
    assert b"x-42" not in sent
    assert pickle.loads(sent).messages == dialogue.messages


@given(st.integers(1, 500), st.integers(1, 64))
def test_concurrency_is_shared_out(whole: int, places: int) -> None:
    """All of it, and as evenly as can be."""
    shares = _shares(whole, places)
    assert sum(shares) == whole
    assert max(shares) - min(shares) <= 1


@given(st.integers(1, 64), st.integers(0, 64), st.integers(0, 64), st.integers(0, 200))
def test_a_worker_never_has_more_than_it_may(slots: int, ahead: int, before: int, out: int) -> None:
    """However its pace has changed; one that has nothing is always handed something, which is no end of the jobs."""
    out = min(out, slots + before)
    wanted = _wanted(slots=slots, ahead=ahead, out=out)
    assert wanted >= 0
    assert out + wanted <= max(out, slots + ahead)
    assert wanted or out


@pytest.mark.parametrize(
    ("words", "wrong"),
    [
        (["engine=ray", "engine.workers=0"], "engine.ray.workers=0: input should be greater than or equal to 1"),
        (["engine=spark"], "engine=spark: no such choice; there are local, ray"),
        (["engine.workers=2"], "unknown override 'engine.workers'"),
        (["engine=ray", "engine.address=ray://head:10001"], "engine.address=ray://head:10001: the address of the head"),
    ],
)
def test_a_wrong_engine_is_one_line(
    words: list[str], wrong: str, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """Exit 2 before anything is read."""
    from evals.cli import main

    assert main(["run", *words, "--out", str(tmp_path)]) == 2
    assert wrong in capsys.readouterr().err
    assert not list(tmp_path.iterdir())


def test_without_ray_it_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """An extra that is not there: exit 2."""
    from evals.cli import main

    monkeypatch.setitem(sys.modules, "ray", None)
    assert main(["run", "engine=ray", "--out", str(tmp_path)]) == 2
    assert capsys.readouterr().err == "evals: engine=ray: Ray is not installed: pip install 'memory-evals[ray]'\n"


def test_the_engine_is_no_part_of_what_a_run_is() -> None:
    """A run begun with one engine goes on with the other."""
    plans = [plan_run(load("run", RunConfig, ["dataset=smoke", *words])) for words in ([], ["engine=ray"])]
    assert plans[0].identity == plans[1].identity
