"""The runner: everything asked once, never too much at once, failures are values, nothing lost, gold kept hidden."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evals.errors import ConfigError, DataError, ExtractorError, StoppedShort
from evals.extractors.controls import DuplicatedControl, EchoControl, OracleControl, ShuffledControl
from evals.extractors.recorded import RecordedExtractor
from evals.limits import Limits
from evals.prediction_index import PredictionIndex
from evals.results import Prediction
from evals.runner import LOOKAHEAD, Interrupted, Tally, control_all, extract_all, with_another
from evals.runs import RunFolder
from evals.types import Branch, Dialogue, Extraction, Fact, Gold, GoldFact, Message, Trace

BOTH = ("memory", "preference")


def dialogue(number: int, *, cluster: str | None = None, language: str = "en") -> Dialogue:
    """A dialogue whose one message and one gold fact name its number."""
    return Dialogue(
        id=f"d{number}",
        cluster=cluster or f"c{number}",
        language=language,
        messages=(Message(role="user", content=str(number), speaker="Ann", time="2026-01-01", source_ref="x"),),
        gold=Gold(items=(GoldFact(gid="g", memory_value=f"gold {number}"),)),
    )


def dialogues(count: int) -> Iterator[Dialogue]:
    """That many dialogues, drawn one by one."""
    return (dialogue(number) for number in range(count))


def run_all(extractor: Any, count: int = 3, **changes: Any) -> tuple[Tally, dict[tuple[str, int], Prediction]]:
    """The tally and what was stored, by key."""
    stored: dict[tuple[str, int], Prediction] = {}

    def store(prediction: Prediction) -> None:
        key = (prediction.id, prediction.repeat)
        assert key not in stored
        stored[key] = prediction

    options: dict[str, Any] = {"extraction_types": BOTH, "planned": count, "limits": Limits(), "store": store}
    tally = extract_all(extractor, dialogues(count), **{**options, **changes})
    return tally, stored


class Plain:
    """A plain extractor that answers with the text it got, after what a subclass does."""

    def __init__(self) -> None:
        self.seen: list[str] = []

    def extract(self, messages: Sequence[Message], extraction_types: Sequence[str]) -> Any:
        self.seen.append(messages[0].content)
        return self.answer(messages[0].content)

    def answer(self, text: str) -> Any:
        return Extraction(facts=(Fact(memory_value=text),))


class Failing(Plain):
    """Fails with what it is given for the texts in `on`, for all when None."""

    def __init__(self, error: BaseException, on: set[str] | None = None) -> None:
        super().__init__()
        self.error, self.on = error, on

    def answer(self, text: str) -> Any:
        if self.on is None or text in self.on:
            raise self.error
        return super().answer(text)


class Async:
    """A coroutine extractor that notes how many of its calls run at once."""

    def __init__(self, seconds: float = 0.0) -> None:
        self.seconds, self.running, self.most = seconds, 0, 0

    async def extract(self, messages: Sequence[Message], extraction_types: Sequence[str]) -> Extraction:
        self.running += 1
        self.most = max(self.most, self.running)
        await asyncio.sleep(self.seconds)
        self.running -= 1
        return Extraction(facts=(Fact(memory_value=messages[0].content),))


def texts(stored: dict[tuple[str, int], Prediction]) -> dict[tuple[str, int], str]:
    """The one fact of each stored answer."""
    return {key: each.extraction.facts[0].text for key, each in stored.items() if each.extraction}


@pytest.mark.parametrize("extractor", [Plain(), Async(), EchoControl()])
@pytest.mark.parametrize("concurrency", [1, 4])
def test_every_dialogue_is_asked_once(extractor: Any, concurrency: int) -> None:
    """Plain or coroutine, one at a time or several: each answer lands under its own id, with a latency."""
    tally, stored = run_all(extractor, 20, limits=Limits(concurrency=concurrency))
    assert tally == Tally(ok=20)
    assert texts(stored) == {(f"d{number}", 0): str(number) for number in range(20)}
    assert all(each.latency_ms is not None and each.latency_ms >= 0 for each in stored.values())


def test_a_plain_extractor_that_returns_an_awaitable_is_awaited() -> None:
    """A decorated coroutine function looks plain; its answer is awaited all the same."""

    class Decorated(Async):
        def extract(self, messages: Any, extraction_types: Any) -> Any:
            return super().extract(messages, extraction_types)

    assert texts(run_all(Decorated())[1]) == {("d0", 0): "0", ("d1", 0): "1", ("d2", 0): "2"}


def test_a_dict_as_the_api_has_it_is_an_answer() -> None:
    """A plug-in needs no import of ours."""

    class Foreign:
        def extract(self, messages: Any, extraction_types: Any) -> Any:
            return {"memory_detail_list": [{"memory_value": messages[0].content}]}

    assert texts(run_all(Foreign(), 1)[1]) == {("d0", 0): "0"}


def test_an_extractor_sees_role_and_content_and_nothing_else() -> None:
    """Speaker, time and source are never sent, nor id, nor gold."""
    seen: list[Any] = []

    class Looking:
        def extract(self, *given: Any, **more: Any) -> Extraction:
            seen.append((given, more))
            return Extraction()

    run_all(Looking(), 1, extraction_types=("memory",))
    assert seen == [(((Message(role="user", content="0"),), ("memory",)), {})]


def test_the_shape_of_an_extractor_never_opens_the_door_to_gold() -> None:
    """An object that also has extract_from_gold is still asked with messages alone."""

    class Greedy(Plain):
        def extract_from_gold(self, *_: object) -> Extraction:
            raise AssertionError("gold was handed out")

    assert run_all(Greedy())[0] == Tally(ok=3)


@pytest.mark.parametrize("kind", [Plain, Async])
def test_repeats_are_asked_one_by_one(kind: type) -> None:
    """k predictions a dialogue, numbered from 0."""
    tally, stored = run_all(kind(), 3, repeats=2, planned=6, limits=Limits(concurrency=2))
    assert (tally, sorted(stored)) == (Tally(ok=6), [(f"d{n}", k) for n in range(3) for k in range(2)])


def test_what_is_done_is_not_asked_again() -> None:
    """Stored answers are counted as reused and cost no call."""
    extractor = Plain()
    tally, stored = run_all(extractor, 3, repeats=2, planned=6, done={("d0", 0), ("d2", 1)})
    assert tally == Tally(ok=4, reused=2)
    assert sorted(stored) == [("d0", 1), ("d1", 0), ("d1", 1), ("d2", 0)]
    assert sorted(extractor.seen) == ["0", "1", "1", "2"]


# --- how much at once ----------------------------------------------------------------------------


@pytest.mark.parametrize("concurrency", [1, 3])
def test_never_more_calls_in_flight_than_allowed_and_as_many(concurrency: int) -> None:
    """The bound holds and is reached, for coroutines."""
    extractor = Async(0.005)
    run_all(extractor, 12, limits=Limits(concurrency=concurrency))
    assert extractor.most == concurrency


def test_plain_extractors_run_in_as_many_threads_as_allowed() -> None:
    """Three calls wait for one another, so they must run together; a fourth thread never exists."""
    meeting = threading.Barrier(3, timeout=5)
    threads = set()

    class Meeting(Plain):
        def answer(self, text: str) -> Any:
            threads.add(threading.get_ident())
            meeting.wait()
            return super().answer(text)

    assert run_all(Meeting(), 9, limits=Limits(concurrency=3))[0] == Tally(ok=9)
    assert len(threads) == 3


def test_dialogues_are_drawn_only_as_places_come_free() -> None:
    """However long the dataset, no more dialogues are in hand than calls in flight."""
    drawn = landed = 0
    most = 0

    def counted() -> Iterator[Dialogue]:
        nonlocal drawn, most
        for each in dialogues(200):
            drawn += 1
            most = max(most, drawn - landed)
            yield each

    def store(_: Prediction) -> None:
        nonlocal landed
        landed += 1

    limits = Limits(concurrency=4)
    extract_all(Async(), counted(), extraction_types=BOTH, planned=200, limits=limits, store=store)
    assert (drawn, landed) == (200, 200)
    assert most <= 4


def test_calls_are_spaced_by_qps() -> None:
    """At 100 calls a second, 11 calls take a tenth of a second however many may be in flight."""
    started = time.perf_counter()
    run_all(Async(), 11, limits=Limits(concurrency=8, qps=100))
    assert 0.09 < time.perf_counter() - started < 0.6


def test_max_calls_stops_short_and_the_next_command_goes_on() -> None:
    """Exactly so many calls are made; enough calls for the whole run is no stop."""
    extractor = Plain()
    stored: dict[tuple[str, int], Prediction] = {}
    with pytest.raises(StoppedShort, match=r"budget.max_calls=2 is used up; 2 of 3 answers are stored"):
        run_all(extractor, limits=Limits(max_calls=2), store=lambda each: stored.update({(each.id, each.repeat): each}))
    assert extractor.seen == ["0", "1"]
    assert run_all(extractor, limits=Limits(max_calls=1), done=stored)[0] == Tally(ok=1, reused=2)


@pytest.mark.parametrize(
    "wrong", [{"concurrency": 0}, {"qps": 0.0}, {"max_error_rate": 1.5}, {"max_calls": -1}, {"qps": float("nan")}]
)
def test_limits_out_of_range_are_named(wrong: dict[str, Any]) -> None:
    """The message names the key a user would set."""
    with pytest.raises(ConfigError, match=f"{next(iter(wrong))}="):
        Limits(**wrong)


# --- failures ------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["plain", "async"])
def test_an_exception_becomes_a_failed_prediction(kind: str) -> None:
    """Type and message on one line, the latency of the attempt, and the others go on."""

    class Asynchronous(Failing):
        async def extract(self, messages: Any, extraction_types: Any) -> Any:
            return self.answer(messages[0].content)

    error = TimeoutError("took\n  too long: " + "x" * 1000)
    tally, stored = run_all((Failing if kind == "plain" else Asynchronous)(error, {"1"}))
    assert tally == Tally(ok=2, failed=1)
    failed = stored["d1", 0]
    assert failed.extraction is None
    assert failed.error is not None
    assert failed.error.type == "TimeoutError"
    assert failed.error.message.startswith("took too long: xxx")
    assert len(failed.error.message) <= 301
    assert failed.latency_ms is not None


class UnspeakableError(Exception):
    """An exception whose message cannot be made."""

    def __str__(self) -> str:
        raise RuntimeError("no")


@pytest.mark.parametrize(
    "error", [UnspeakableError(), StopIteration("x"), RecursionError("deep"), MemoryError(), DataError([])]
)
def test_even_odd_exceptions_become_failures(error: Exception) -> None:
    """Nothing an extraction raises takes the run down."""
    tally, stored = run_all(Failing(error))
    assert tally.failed == 3
    assert {each.error.type for each in stored.values() if each.error} == {type(error).__name__}


def test_a_trace_that_an_exception_carries_is_kept() -> None:
    """What was spent on a failed call is known too; a trace that is none is left out."""
    error = ExtractorError("gone")
    error.trace = Trace(branches=(Branch(raw="half a reply"),))  # type: ignore[attr-defined]
    assert run_all(Failing(error), 1)[1]["d0", 0].trace == Trace(branches=(Branch(raw="half a reply"),))
    error.trace = Trace(cached="no")  # type: ignore[attr-defined, arg-type]
    assert run_all(Failing(error), 1)[1]["d0", 0].trace == Trace()


@pytest.mark.parametrize("answer", [None, "text", [Fact()], Extraction(trace=3), {"data": {}}])  # type: ignore[arg-type]
def test_a_wrong_return_type_is_a_failure_that_names_what_came(answer: object) -> None:
    """It is never stored as an empty answer."""

    class Odd(Plain):
        def answer(self, text: str) -> Any:
            return answer

    tally, stored = run_all(Odd(), 1)
    assert tally == Tally(failed=1)
    error = stored["d0", 0].error
    assert error is not None
    assert (type(answer).__name__ in error.message) or "data" in error.message or "trace: int" in error.message


@pytest.mark.parametrize(
    "error",
    [KeyboardInterrupt(), SystemExit(5), asyncio.CancelledError(), ConfigError("no key"), StoppedShort("no money")],
)
@pytest.mark.parametrize("concurrency", [1, 3])
def test_what_says_that_the_run_is_wrong_goes_through(error: BaseException, concurrency: int) -> None:
    """It ends the run as itself and is not stored as a failure; what is in flight beside it lands."""
    stored: list[str] = []
    with pytest.raises(type(error)) as caught:
        run_all(
            Failing(error, {"2"}),
            2000,
            limits=Limits(concurrency=concurrency),
            store=lambda each: stored.append(each.id),
        )
    assert caught.value is error
    assert {"d0", "d1"} <= set(stored)
    assert "d2" not in stored
    assert len(stored) == 2 if concurrency == 1 else len(stored) < 1000  # a slow thread may raise late


def test_a_dataset_that_breaks_midway_loses_nothing() -> None:
    """What was asked before the fault is stored, then the fault is told."""

    def broken() -> Iterator[Dialogue]:
        yield from dialogues(5)
        raise DataError.at(Path("d.jsonl"), "bad", line=6)

    stored: list[str] = []
    options: dict[str, Any] = {"extraction_types": BOTH, "planned": 9, "limits": Limits(concurrency=3)}
    with pytest.raises(DataError, match=r"d\.jsonl:6: bad"):
        extract_all(Async(0.005), broken(), store=lambda each: stored.append(each.id), **options)
    assert sorted(stored) == ["d0", "d1", "d2", "d3", "d4"]


def test_a_full_disk_stops_the_run() -> None:
    """An error of the store is no failure of the extractor."""
    extractor = Plain()

    def store(_: Prediction) -> None:
        raise StoppedShort("the disk is full")

    with pytest.raises(StoppedShort, match="the disk is full"):
        run_all(extractor, 50, store=store)
    assert len(extractor.seen) == 1


def test_an_answer_lost_while_stopping_is_told(caplog: pytest.LogCaptureFixture) -> None:
    """The first reason is raised; a full disk that takes what was in flight then is said too, once."""
    reasons = iter(("the folder was moved", "the disk is full", "the disk is full"))

    def store(_: Prediction) -> None:
        raise StoppedShort(next(reasons))

    with pytest.raises(StoppedShort, match="the folder was moved"):
        run_all(Async(0.05), 3, store=store, limits=Limits(concurrency=3))
    assert [record.getMessage() for record in caplog.records if "disk" in record.getMessage()] == [
        "while stopping: the disk is full"
    ]


def test_too_many_failures_stop_the_run_and_what_is_stored_stays() -> None:
    """The cap is a share of all that is planned; the message names the cap and the commonest error."""
    on = {str(number) for number in range(1, 200, 2)}
    stored: list[str] = []
    with pytest.raises(StoppedShort) as caught:
        run_all(
            Failing(ValueError("bad 7"), on),
            200,
            limits=Limits(max_error_rate=0.05),
            store=lambda each: stored.append(each.id),
        )
    assert str(caught.value) == (
        "11 extractions failed, more than runner.max_error_rate=0.05 allows of 200; 11 of them like ValueError: bad 7; "
        "11 of 200 answers are stored and the same command continues from there"
    )
    assert caught.value.exit_code == 4
    assert len(stored) == 22


def test_fewer_than_ten_never_stop_a_run_midway_but_a_rate_above_the_cap_is_never_exit_0() -> None:
    """Everything is asked, then the cap is applied."""
    extractor = Failing(ValueError("bad"), {"0", "1"})
    with pytest.raises(StoppedShort, match=r"2 extractions failed, more than runner\.max_error_rate=0\.1 allows of 9"):
        run_all(extractor, 9, limits=Limits(max_error_rate=0.1))
    assert len(extractor.seen) == 9


def test_ten_first_failures_that_are_alike_stop_the_run() -> None:
    """A dead server or a wrong key need not be asked a thousand times; messages may differ in numbers."""

    class Dead(Plain):
        def answer(self, text: str) -> Any:
            raise ConnectionError(f"port {text} refused")

    extractor = Dead()
    with pytest.raises(
        StoppedShort, match="the first 10 extractions all failed alike: ConnectionError: port 9 refused"
    ):
        run_all(extractor, 1000, limits=Limits(max_error_rate=0.5))
    assert len(extractor.seen) == 10


def test_ten_failures_stop_nothing_when_they_differ_or_when_all_may_fail() -> None:
    """Different errors, an answer among them or earlier, or a cap of 1 let the run go on."""

    class Various(Plain):
        def answer(self, text: str) -> Any:
            raise ConnectionError("a") if int(text) % 2 else TimeoutError("b")

    nearly = Limits(max_error_rate=0.99)
    with pytest.raises(StoppedShort, match="20 extractions failed"):
        run_all(Various(), 20, limits=nearly)
    assert run_all(Failing(ValueError(), {str(n) for n in range(1, 20)}), 20, limits=nearly)[0] == Tally(
        ok=1, failed=19
    )
    assert run_all(Failing(ValueError()), 20, planned=21, done={("d0", 0)}, limits=nearly)[0] == Tally(
        failed=19, reused=1
    )
    assert run_all(Failing(ValueError()), 20)[0] == Tally(failed=20)


def test_the_extractor_is_closed_at_the_end_whatever_happened() -> None:
    """A plain or a coroutine close() is called once, after the last call."""
    closed: list[str] = []

    class Closing(Async):
        async def close(self) -> None:
            closed.append("async")

    class ClosingPlain(Failing):
        def close(self) -> None:
            closed.append("plain")

    run_all(Closing())
    with pytest.raises(ConfigError):
        run_all(ClosingPlain(ConfigError("x")))
    assert closed == ["async", "plain"]


# --- stored answers ------------------------------------------------------------------------------


def recorded(path: Path, count: int, facts: int = 5) -> Path:
    """A file of predictions with so many facts each."""
    with path.open("w") as handle:
        for number in range(count):
            items = [
                {"memory_key": f"key {n}", "memory_value": f"The user said {n} of {number}.", "tags": ["a", "b"]}
                for n in range(facts)
            ]
            handle.write(json.dumps({"id": f"d{number}", "memory_detail_list": items, "latency_ms": 12.5}) + "\n")
    return path


def test_stored_answers_are_looked_up_by_id(tmp_path: Path) -> None:
    """Found ones are stored as they are, latency included; a missing one is a failure, not an empty answer."""
    source = RecordedExtractor(path=recorded(tmp_path / "p.jsonl", 2, facts=1))
    tally, stored = run_all(source, 3)
    assert tally == Tally(ok=2, failed=1)
    assert stored["d1", 0] == source.index.get("d1")
    assert stored["d1", 0].latency_ms == 12.5
    assert stored["d2", 0].error is not None
    assert stored["d2", 0].error.message == "no prediction stored for this id"


def test_a_thousand_stored_answers_take_a_moment(tmp_path: Path) -> None:
    """Looking up and appending 1,000 dialogues: 0.15 s asked for; here twice that, in CPU time, best of three."""
    source = RecordedExtractor(path=recorded(tmp_path / "p.jsonl", 1000))
    folder = RunFolder(tmp_path)
    options: dict[str, Any] = {"extraction_types": BOTH, "planned": 1000, "limits": Limits()}
    seconds = []
    for _ in range(3):
        started = time.process_time()
        with folder.appending() as store:
            extract_all(source, dialogues(1000), store=store, **options)
        seconds.append(time.process_time() - started)
    assert min(seconds) < 0.3
    assert len(folder.predictions()) == 1000


# --- gold for those made to see it ---------------------------------------------------------------


def control(which: Any, given: list[Dialogue], **changes: Any) -> dict[tuple[str, int], Prediction]:
    """What a control answered, by key."""
    stored: dict[tuple[str, int], Prediction] = {}
    options: dict[str, Any] = {"extraction_types": BOTH, "planned": len(given), "limits": Limits()}
    control_all(
        which, given, store=lambda each: stored.update({(each.id, each.repeat): each}), **{**options, **changes}
    )
    return stored


def test_controls_answer_with_gold() -> None:
    """Own gold, own gold ten times, and that of another dialogue."""
    given = list(dialogues(3))
    assert texts(control(OracleControl(), given)) == {(f"d{n}", 0): f"gold {n}" for n in range(3)}
    duplicated = control(DuplicatedControl(), given)["d1", 0].extraction
    assert duplicated is not None
    assert [fact.text for fact in duplicated.facts] == ["gold 1"] * 10
    assert texts(control(ShuffledControl(), given)) == {("d0", 0): "gold 1", ("d1", 0): "gold 0", ("d2", 0): "gold 1"}


def test_controls_obey_done_repeats_and_max_calls() -> None:
    """They go through the same course as any other extractor."""
    given = list(dialogues(4))
    assert sorted(control(OracleControl(), given, repeats=2, done={("d0", 1)}, planned=8)) == [
        ("d0", 0),
        *((f"d{n}", k) for n in (1, 2, 3) for k in (0, 1)),
    ]
    with pytest.raises(StoppedShort, match="max_calls=3"):
        control(OracleControl(), given, limits=Limits(max_calls=3))


def test_a_control_that_has_stopped_reads_no_further() -> None:
    """The rest of the dataset is not drawn when the calls are used up."""
    drawn: list[Dialogue] = []

    def noted() -> Iterator[Dialogue]:
        for each in dialogues(1000):
            drawn.append(each)
            yield each

    options: dict[str, Any] = {"extraction_types": BOTH, "planned": 1000, "limits": Limits(max_calls=3)}
    with pytest.raises(StoppedShort, match="max_calls=3"):
        control_all(OracleControl(), noted(), store=lambda _: None, **options)
    assert len(drawn) <= 5


CLUSTERED = st.lists(st.tuples(st.sampled_from("abc"), st.sampled_from(["en", "zh"])), max_size=12).map(
    lambda made: [dialogue(n, cluster=c, language=lang) for n, (c, lang) in enumerate(sorted(made))]
)


@given(CLUSTERED)
def test_the_other_dialogue_is_another_one_of_the_same_language(given_dialogues: list[Dialogue]) -> None:
    """Everyone is served once; the other is of another cluster wherever the language has one."""
    pairs = list(with_another(given_dialogues))
    assert sorted(each.id for each, _ in pairs) == sorted(each.id for each in given_dialogues)
    for each, other in pairs:
        same = [any_ for any_ in given_dialogues if any_.language == each.language and any_.id != each.id]
        assert (other is None) == (not same)
        if other is not None:
            assert other in same
            assert other.cluster != each.cluster or all(any_.cluster == each.cluster for any_ in same)


def test_looking_for_another_dialogue_holds_few_in_hand() -> None:
    """Even when a whole language is one cluster."""
    drawn = 0

    def counted() -> Iterator[Dialogue]:
        nonlocal drawn
        for number in range(1000):
            drawn += 1
            yield dialogue(number, cluster="one")

    for served, (each, other) in enumerate(with_another(counted()), start=1):
        assert drawn - served <= LOOKAHEAD
        assert other is not None
        assert other.id != each.id


# --- signals and sudden death --------------------------------------------------------------------

PROGRAM = """
import pathlib, sys, time
from evals.limits import Limits
from evals.runner import Interrupted, extract_all
from evals.runs import RunFolder
from evals.types import Dialogue, Extraction, Fact, Message

class Slow:
    def extract(self, messages, extraction_types):
        time.sleep({seconds} if messages[0].content != "{hung}" else 60)
        return Extraction(facts=(Fact(memory_value=messages[0].content),))

folder = RunFolder(pathlib.Path(sys.argv[1]))
dialogues = (
    Dialogue(id=f"d{{n}}", cluster="c", language="en", messages=(Message(role="user", content=str(n)),))
    for n in range(60)
)
done = folder.predictions().settled() if folder.predictions_path.exists() else ()
try:
    with folder.appending() as store:
        tally = extract_all(
            Slow(), dialogues, extraction_types=("memory",), planned=60, limits=Limits(concurrency=3),
            done=done, store=store, progress=lambda p: print(p.id, flush=True),
        )
except Interrupted as stop:
    print(stop, file=sys.stderr)
    sys.exit(stop.exit_code)
print(tally)
"""


def started(folder: Path, *, seconds: float = 0.01, hung: str = "none") -> subprocess.Popen[str]:
    """The program above, running, with five answers stored."""
    program = [sys.executable, "-c", PROGRAM.format(seconds=seconds, hung=hung), str(folder)]
    process = subprocess.Popen(program, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert process.stdout is not None
    for _ in range(5):
        process.stdout.readline()
    return process


def rest_of(process: subprocess.Popen[str]) -> tuple[list[str], str]:
    """The lines it still prints until its end, and its stderr; communicate() would skip what readline() buffered."""
    assert process.stdout is not None
    assert process.stderr is not None
    printed = [line.strip() for line in process.stdout]
    stderr = process.stderr.read()
    process.wait(timeout=10)
    return printed, stderr


@pytest.mark.parametrize(("signum", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_lets_the_calls_in_flight_land(tmp_path: Path, signum: int, code: int) -> None:
    """No new work is taken, all that was started is stored, and the exit code tells which signal it was."""
    with started(tmp_path, seconds=0.05) as process:
        process.send_signal(signum)
        printed, stderr = rest_of(process)
    index = RunFolder(tmp_path).predictions()
    assert process.returncode == code
    assert len(index) == 5 + len(printed)
    assert 5 <= len(index) < 60
    assert f"interrupted by {signal.Signals(signum).name}; stored" in stderr
    assert "Traceback" not in stderr


def test_a_second_signal_abandons_a_call_that_hangs(tmp_path: Path) -> None:
    """The process ends at once, though a thread of it still hangs."""
    with started(tmp_path, hung="7") as process:
        assert process.stdout is not None
        for _ in range(8):
            process.stdout.readline()
        process.send_signal(signal.SIGINT)
        assert process.stderr is not None
        assert "waiting for" in process.stderr.readline()
        process.send_signal(signal.SIGINT)
        process.wait(timeout=5)
    assert process.returncode == 130
    assert ("d7", 0) not in RunFolder(tmp_path).predictions()


def test_killed_and_continued_equals_uninterrupted(tmp_path: Path) -> None:
    """kill -9 in the middle, twice, a torn line behind; then the same command asks only what is missing."""
    killed, whole = tmp_path / "killed", tmp_path / "whole"
    killed.mkdir()
    whole.mkdir()
    asked = 0
    for _ in range(2):
        with started(killed, seconds=0.05) as process:
            process.kill()
            asked += 5 + len(rest_of(process)[0])
    with (killed / "predictions.jsonl").open("ab") as handle:
        handle.write(b'{"id":"d59","memory_detail')
    stored = len(PredictionIndex(killed / "predictions.jsonl"))
    assert asked <= stored < 60
    for folder in (killed, whole):
        with started(folder, seconds=0) as process:
            printed, stderr = rest_of(process)
        assert process.returncode == 0, stderr
        assert printed[-1] == f"Tally(ok={60 - stored}, failed=0, reused={stored})"
        stored = 0
    first, second = (PredictionIndex(folder / "predictions.jsonl") for folder in (killed, whole))
    assert (first.replaced, first.torn) == (0, 0)
    assert {key: facts(first, key) for key in first} == {key: facts(second, key) for key in second}
    assert len(first) == 60


def facts(index: PredictionIndex, key: tuple[str, int]) -> tuple[Fact, ...]:
    """The facts of a stored prediction."""
    prediction = index.get(*key)
    assert prediction is not None
    assert prediction.extraction is not None
    return prediction.extraction.facts


def test_signals_work_as_before_when_the_run_is_over() -> None:
    """The handlers of whoever called are put back, after an interruption too."""
    before = signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM)

    class Interrupting(Plain):
        def answer(self, text: str) -> Any:
            os.kill(os.getpid(), signal.SIGTERM)
            return super().answer(text)

    with pytest.raises(Interrupted) as caught:
        run_all(Interrupting(), 50)
    assert (caught.value.signum, caught.value.exit_code) == (signal.SIGTERM, 143)
    assert isinstance(caught.value, KeyboardInterrupt)
    assert (signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM)) == before


def test_the_runner_works_outside_the_main_thread() -> None:
    """Signals stay with the main thread; everything else is the same."""
    tallies: list[Tally] = []
    thread = threading.Thread(target=lambda: tallies.append(run_all(Plain())[0]))
    thread.start()
    thread.join()
    assert tallies == [Tally(ok=3)]


class Prepared:
    """An extractor that has to get ready, and notes in which order things happen."""

    wants_time = True

    def __init__(self, error: BaseException | None = None) -> None:
        self.notes: list[str] = []
        self._error = error

    async def prepare(self) -> None:
        self.notes.append("prepare")
        await asyncio.sleep(0.2)
        if self._error is not None:
            raise self._error

    async def extract(self, messages: Sequence[Message], extraction_types: Sequence[str]) -> Extraction:
        self.notes.append(f"extract {messages[0].time}")
        return Extraction()

    async def close(self) -> None:
        self.notes.append("close")


def test_an_extractor_gets_ready_before_the_clock_starts() -> None:
    """prepare() comes once, first, and in no dialogue's latency; close() comes last."""
    extractor = Prepared()
    _, stored = run_all(extractor, 2)
    assert extractor.notes == ["prepare", *["extract 2026-01-01"] * 2, "close"]
    assert all((prediction.latency_ms or 0) < 200 for prediction in stored.values())


def test_nothing_to_do_needs_nothing_ready() -> None:
    """No server is started for a run whose answers are all stored."""
    extractor = Prepared()
    run_all(extractor, 1, done=frozenset({("d0", 0)}))
    assert extractor.notes == ["close"]


def test_what_cannot_get_ready_ends_the_run() -> None:
    """Its error is the run's, nothing is asked, and it is closed all the same."""
    extractor = Prepared(ConfigError("no server"))
    with pytest.raises(ConfigError, match="no server"):
        run_all(extractor)
    assert extractor.notes == ["prepare", "close"]


def test_a_signal_ends_the_getting_ready() -> None:
    """Ctrl-C while a server starts does not wait for it."""
    extractor = Prepared()
    threading.Timer(0.1, lambda: signal.raise_signal(signal.SIGINT)).start()
    with pytest.raises(Interrupted):
        run_all(extractor)
    assert extractor.notes == ["prepare", "close"]
