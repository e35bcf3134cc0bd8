"""Programs as extractors: real ones that answer, crash, hang, babble and reply out of order."""

from __future__ import annotations

import asyncio
import os
import sys
import textwrap
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from evals.errors import ConfigError, ExtractorError
from evals.extractors.command import CommandExtractor
from evals.limits import Limits
from evals.results import Prediction
from evals.runner import Tally, extract_all
from evals.types import Branch, Dialogue, Extraction, Fact, Message, Preference

BOTH = ("memory", "preference")
Program = Callable[..., CommandExtractor]

LOOP = """
import json, os, sys, time
for line in sys.stdin:
    request = json.loads(line)
    text = request["messages"][-1]["content"]
    def reply(**fields):
        print(json.dumps({"id": request["id"], **fields}), flush=True)
"""


@pytest.fixture
def program(tmp_path: Path) -> Program:
    """Makes an extractor of a Python program given by what it does with one request."""

    def make(body: str, *, loop: bool = True, **options: Any) -> CommandExtractor:
        source = tmp_path / "program.py"
        body = textwrap.dedent(body)
        source.write_text(LOOP + textwrap.indent(body, "    ") if loop else body, encoding="utf-8")
        return CommandExtractor([sys.executable, str(source)], **options)

    return make


def ask(extractor: CommandExtractor, *texts: str, hang_s: float = 0.3) -> list[Extraction | str]:
    """The answers to one message after another, an ExtractorError as its message; closed at the end.

    Only the message "hang" has a short time limit: a slow start of a program must fail no test.
    """

    async def session() -> list[Extraction | str]:
        answers: list[Extraction | str] = []
        for text in texts:
            extractor.timeout_s = hang_s if text == "hang" else 20.0
            try:
                answers.append(await extractor.extract([Message(role="user", content=text)], BOTH))
            except ExtractorError as error:
                answers.append(str(error))
        await extractor.close()
        return answers

    return asyncio.run(session())


def values(answers: list[Extraction | str]) -> list[str]:
    """The first fact of each answer, or the error."""
    return [each if isinstance(each, str) else each.facts[0].text for each in answers]


def lives(pid: int) -> bool:
    """Whether a process exists and is no zombie."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except FileNotFoundError:
        return False


def gone(*pids: int) -> bool:
    """Whether all of these end within a moment."""
    deadline = time.monotonic() + 5
    while any(lives(pid) for pid in pids) and time.monotonic() < deadline:
        time.sleep(0.01)
    return not any(lives(pid) for pid in pids)


def test_the_lists_of_a_reply_are_the_extraction(program: Program) -> None:
    """Facts and preferences come out as the API has them."""
    extractor = program("""
        reply(
            memory_detail_list=[{"memory_value": text, "memory_type": "UserMemory", "tags": ["a"]}],
            preference_detail_list=[{"preference": "tea", "preference_type": "implicit_preference"}],
        )
    """)
    assert ask(extractor, "住在杭州 😀") == [
        Extraction(
            facts=(Fact(memory_value="住在杭州 😀", memory_type="UserMemory", tags=("a",)),),
            preferences=(Preference(preference="tea", preference_type="implicit_preference"),),
        )
    ]


def test_a_request_holds_what_the_protocol_says_and_nothing_else(program: Program) -> None:
    """Numbered requests with role and content of each message; UTF-8, one line each."""
    extractor = program("reply(memory_detail_list=[{'memory_value': line.strip()}])")
    first, second = values(ask(extractor, "a\nb", "好"))
    asked = '"extraction_types": ["memory", "preference"]}'
    assert first == '{"id": 1, "messages": [{"role": "user", "content": "a\\nb"}], ' + asked
    assert second == '{"id": 2, "messages": [{"role": "user", "content": "好"}], ' + asked


def test_one_process_answers_one_request_after_another(program: Program) -> None:
    """A program is started once, not once a request."""
    first, second, third = values(
        ask(program("reply(memory_detail_list=[{'memory_value': str(os.getpid())}])"), *"abc")
    )
    assert first == second == third
    assert gone(int(first))


def test_nothing_is_started_before_the_first_request(program: Program, tmp_path: Path) -> None:
    """Building an extractor runs nobody's program."""
    extractor = program(f"open({str(tmp_path / 'ran')!r}, 'w')", loop=False)
    asyncio.run(extractor.close())
    assert not (tmp_path / "ran").exists()


def test_an_error_in_a_reply_is_a_failure_and_the_program_goes_on(program: Program) -> None:
    """With or without the id, as a text or an object."""
    extractor = program("""
        if text == "a":
            reply(error="model overloaded")
        elif text == "b":
            print(json.dumps({"error": {"type": "Quota", "message": "empty"}}), flush=True)
        else:
            reply(memory_detail_list=[{"memory_value": str(request["id"])}])
    """)
    assert values(ask(extractor, *"abc")) == ["model overloaded", '{"type": "Quota", "message": "empty"}', "3"]


def test_null_and_missing_lists_mean_nothing_found(program: Program) -> None:
    """As in a file of predictions."""
    assert ask(program("reply(memory_detail_list=None)"), "a") == [Extraction()]
    assert ask(program("reply()"), "a") == [Extraction()]


def test_a_reply_with_a_broken_item_keeps_the_raw_line(program: Program) -> None:
    """The item ends without text, so as invalid, and what was said can be looked up."""
    (answer,) = ask(program("reply(memory_detail_list=[7])"), "a")
    assert isinstance(answer, Extraction)
    assert answer.facts == (Fact(),)
    assert answer.trace.branches == (Branch(raw='{"id": 1, "memory_detail_list": [7]}'),)


CRASH = """
    if text == "crash":
        print("warming up", file=sys.stderr)
        print("out of memory", file=sys.stderr)
        os._exit(3)
    if text == "kill":
        os.kill(os.getpid(), 9)
    if text == "end":
        sys.exit()
    if text == "hang":
        print("thinking …".encode().decode("ascii", "replace"), file=sys.stderr, flush=True)
        time.sleep(60)
    if text == "babble":
        print("Loading model: 100%")
    if text == "stale":
        print(json.dumps({"id": 0, "memory_detail_list": []}))
    if text == "twice":
        reply(memory_detail_list=[{"memory_value": "twice"}])
    if text == "list":
        print("[]")
    if text == "odd":
        reply(memories=[])
        continue
    if text == "wrong":
        reply(memory_detail_list="none")
        continue
    if text == "true":
        print('{"id": true}')
    reply(memory_detail_list=[{"memory_value": "fine"}])
"""


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("crash", "it ended with status 3 instead of replying; its stderr: warming up | out of memory"),
        ("kill", "it ended by SIGKILL instead of replying"),
        ("end", "it ended with status 0 instead of replying"),
        ("babble", "its stdout must hold replies alone, but says 'Loading model: 100%' (not JSON: Expecting value at"),
        ("stale", 'a reply with id 2 was wanted, but it says \'{"id": 0,'),
        ("true", "a reply with id 2 was wanted, but it says '{\"id\": true}'"),
        ("list", "a JSON object was wanted as a reply, but it says '[]'"),
        ("odd", "its reply cannot be read: neither memory_detail_list nor preference_detail_list, but memories"),
        ("wrong", 'its reply cannot be read: memory_detail_list: wrong type (value "none"); a list is wanted'),
    ],
)
def test_what_comes_instead_of_a_reply_is_named_and_the_next_request_is_answered(
    program: Program, text: str, said: str
) -> None:
    """A crash, an end, noise and a reply to something else are failures of one extraction, not of the run."""
    before, error, *after = values(ask(program(CRASH), "x", text, "x", "x"))
    assert said in error
    assert [before, *after] == ["fine", "fine", "fine"]


def test_a_second_reply_to_one_request_is_never_taken_for_the_next(program: Program) -> None:
    """Replies out of step are noticed by their id, and the program is started anew."""
    twice, error, after = values(ask(program(CRASH), "twice", "x", "x"))
    assert (twice, after) == ("twice", "fine")
    assert 'a reply with id 2 was wanted, but it says \'{"id": 1' in error


def test_a_program_that_hangs_is_killed_after_its_time(program: Program) -> None:
    """The time limit holds for one request; the next one gets a fresh program."""
    started = time.perf_counter()
    before, error, after = values(ask(program(CRASH), "x", "hang", "x"))
    assert error.startswith("no reply within 0.3 s; its stderr: thinking")
    assert before == after == "fine"
    assert time.perf_counter() - started < 20


def test_a_program_that_writes_much_to_stderr_does_not_block(program: Program) -> None:
    """A megabyte of log is read and forgotten; the end of it is told when the program fails."""
    extractor = program("""
        sys.stderr.write("log line\\n" * 120_000 + "the last word")
        sys.stderr.flush()
        if text == "b":
            sys.exit(1)
        reply(memory_detail_list=[{"memory_value": "fine"}])
    """)
    assert values(ask(extractor, *"ab")) == [
        "fine",
        "it ended with status 1 instead of replying; its stderr: log line | log line | the last word",
    ]


def test_messages_and_replies_of_megabytes_pass(program: Program) -> None:
    """Neither side waits for the other for ever."""
    (answer,) = values(ask(program("reply(memory_detail_list=[{'memory_value': text}])"), "很" * 500_000))
    assert answer == "很" * 500_000


def test_a_reply_without_end_is_cut_off(program: Program) -> None:
    """More than 16 MB in one line is no reply."""
    (error,) = values(ask(program("sys.stdout.write('x' * 17 * 2**20); sys.stdout.flush(); time.sleep(60)"), "a"))
    assert error == "its reply is longer than 16 MB"


@pytest.mark.parametrize("body", ["not json at all", b"\xff\xfe".decode("latin-1")])
def test_a_reply_that_is_not_utf8_or_json_is_named(program: Program, body: str) -> None:
    """Bytes are shown as far as they can be."""
    (error,) = values(
        ask(program(f"sys.stdout.buffer.write({body.encode('latin-1')!r} + b'\\n'); sys.stdout.flush()"), "a")
    )
    assert error.startswith("its stdout must hold replies alone, but says ")


FAMILY = """
    import subprocess
    child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"], start_new_session={apart})
    reply(memory_detail_list=[{{"memory_value": f"{{os.getpid()}} {{child.pid}}"}}])
"""


@pytest.mark.parametrize("ending", ["close", "hang"])
def test_a_program_is_killed_with_all_it_started(program: Program, ending: str) -> None:
    """At the end and after a time-out alike, no child stays behind."""
    hang = "    if text == 'hang':\n        time.sleep(60)\n"
    extractor = program(hang + FAMILY.format(apart=False))
    first, *_ = values(ask(extractor, *(["a"] if ending == "close" else ["a", "hang"])))
    assert gone(*(int(pid) for pid in first.split()))


def test_a_child_that_left_the_group_does_not_keep_us_waiting(program: Program) -> None:
    """It may hold our pipes open; closing ends all the same."""
    started = time.perf_counter()
    (pids,) = values(ask(program(FAMILY.format(apart=True)), "a"))
    own, child = (int(pid) for pid in pids.split())
    os.kill(child, 9)
    assert gone(own, child)
    assert time.perf_counter() - started < 20


def test_a_program_may_tidy_up_when_its_stdin_ends(program: Program, tmp_path: Path) -> None:
    """Closing lets it end by itself first."""
    done = tmp_path / "tidy"
    extractor = program(
        f"""
        import sys
        sys.stdin.readline()
        print('{{"id": 1}}', flush=True)
        sys.stdin.read()
        open({str(done)!r}, "w").close()
        """,
        loop=False,
    )
    assert ask(extractor, "a") == [Extraction()]
    assert done.exists()


def test_env_is_added_to_ours(program: Program, monkeypatch: pytest.MonkeyPatch) -> None:
    """The program sees our environment and what is given beside it."""
    monkeypatch.setenv("OURS", "1")
    body = "reply(memory_detail_list=[{'memory_value': os.environ['OURS'] + os.environ['THEIRS']}])"
    assert values(ask(program(body, env={"THEIRS": "2"}), "a")) == ["12"]


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"argv": []}, "extractor.argv: a list of words"),
        ({"argv": "python my.py"}, "extractor.argv: a list of words"),
        ({"argv": ["python", 3]}, "extractor.argv: a list of words"),
        ({"argv": ["x"], "timeout_s": 0}, "extractor.timeout_s=0"),
    ],
)
def test_a_wrong_configuration_is_named_at_once(options: dict[str, Any], said: str) -> None:
    """Before anything runs."""
    with pytest.raises(ConfigError) as caught:
        CommandExtractor(**options)
    assert said in str(caught.value)


def test_a_program_that_is_not_there_ends_the_run(tmp_path: Path) -> None:
    """It would fail for every dialogue, so it is told once, and no shell looks at the words."""
    for word in (str(tmp_path / "no-such-program"), "true; echo shell"):
        with pytest.raises(ConfigError, match=r"extractor\.argv: cannot start .*: No such file"):
            ask(CommandExtractor([word]), "a")


# --- driven by the runner ------------------------------------------------------------------------


def run_all(extractor: CommandExtractor, count: int, concurrency: int) -> tuple[Tally, dict[str, Prediction]]:
    """The tally and the predictions by id."""
    dialogues = (
        Dialogue(id=f"d{n}", cluster="c", language="en", messages=(Message(role="user", content=str(n)),))
        for n in range(count)
    )
    stored: dict[str, Prediction] = {}
    tally = extract_all(
        extractor,
        dialogues,
        extraction_types=BOTH,
        planned=count,
        limits=Limits(concurrency=concurrency),
        store=lambda each: stored.update({each.id: each}),
    )
    return tally, stored


def test_as_many_processes_as_calls_in_flight(program: Program) -> None:
    """Three at a time means three processes, each answer under its own id, none left at the end."""
    body = "time.sleep(0.01); reply(memory_detail_list=[{'memory_value': f'{text} {os.getpid()}'}])"
    tally, stored = run_all(program(body), 15, 3)
    said = {key: each.extraction.facts[0].text.split() for key, each in stored.items() if each.extraction}
    assert tally == Tally(ok=15)
    assert {key: text for key, (text, _) in said.items()} == {f"d{n}": str(n) for n in range(15)}
    pids = {int(pid) for _, pid in said.values()}
    assert 1 <= len(pids) <= 3
    assert gone(*pids)


def test_a_program_that_crashes_now_and_then_costs_those_dialogues_only(program: Program) -> None:
    """Each crash is one failed prediction; the extractor can be used again afterwards."""
    body = "os._exit(1) if text in ('1', '4') else reply(memory_detail_list=[{'memory_value': text}])"
    extractor = program(body)
    for _ in range(2):
        tally, stored = run_all(extractor, 6, 2)
        assert tally == Tally(ok=4, failed=2)
        assert [key for key, each in sorted(stored.items()) if each.error] == ["d1", "d4"]
        error = stored["d1"].error
        assert error is not None
        assert (error.type, error.message) == ("ExtractorError", "it ended with status 1 instead of replying")
