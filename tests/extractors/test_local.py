"""The six stages over a scripted server: what is asked, what is read, what fails apart, and what is recorded."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from evals.cli import main
from evals.errors import BadRequest, ConfigError, InputTooLong, NotFound, UnreadableReply
from evals.extractors.local import LocalExtractor
from evals.types import EXTRACTION_TYPES, Extraction, Message
from tests.extractors.scripted import NOTHING, Scripted, says, which

HTTP = {"backoff_s": 0.01, "max_attempts": 2, "timeout_s": 5.0}
FACT = '{"memory_detail_list": [{"memory_key": "Home", "memory_value": "Leeds.", "memory_type": "UserMemory"}]}'
LIKES = '{"preference_detail_list": [{"preference": "Tea.", "reasoning": "said"}]}'
TALK = (("user", "I live in Leeds and like tea."), ("assistant", "Good."), ("user", "Tea again, please."))
GESPRAECH_ZH = (("user", "我住在杭州，喜欢喝茶。"), ("assistant", "好的。"), ("user", "还是喝茶吧。"))


def messages(talk: Sequence[tuple[str, str]], time: str | None = None) -> tuple[Message, ...]:
    return tuple(Message(role=role, content=content, time=time) for role, content in talk)  # type: ignore[arg-type]


def script(request: dict[str, Any]) -> tuple[int, Any]:
    return says(FACT if which(request) == "memory_reader" else LIKES)


def extract(
    server: Scripted, talk: Sequence[tuple[str, str]] = TALK, asked: Any = EXTRACTION_TYPES, **how: Any
) -> Extraction:
    time = how.pop("time", None)

    async def go() -> Extraction:
        extractor = LocalExtractor(base_url=server.base_url, http=HTTP, **how)
        try:
            return await extractor.extract(messages(talk, time), asked)
        finally:
            await extractor.close()

    return asyncio.run(go())


def test_three_branches_make_one_result() -> None:
    """Facts, explicit and implicit preferences come from a call each, with everything kept in the trace."""
    with Scripted(script) as server:
        found = extract(server)
    assert [fact.memory_value for fact in found.facts] == ["Leeds."]
    assert [item.preference_type for item in found.preferences] == ["explicit_preference", "implicit_preference"]
    assert [branch.name for branch in found.trace.branches] == [
        "memory_reader",
        "explicit_preference",
        "implicit_preference",
    ]
    first = found.trace.branches[0]
    assert (first.parse_status, first.finish_reason, first.model, first.fingerprint) == (
        "ok",
        "stop",
        "scripted",
        "fp-1",
    )
    assert (first.structured, first.raw) == ("json_schema", FACT)
    assert first.usage == {"prompt_tokens": 11, "completion_tokens": 3, "total_tokens": 14}
    assert first.attempts[0].http_status == 200
    assert first.attempts[0].service_ms is not None


def test_the_language_of_the_dialogue_chooses_the_prompt() -> None:
    """A Chinese dialogue is asked in Chinese, an English one in English."""
    for talk, word in ((GESPRAECH_ZH, "对话"), (TALK, "Dialogue")):
        with Scripted(script) as server:
            extract(server, talk)
        assert all(word in request["messages"][-1]["content"] for request in server.asked)


def test_only_what_was_asked_for_is_asked() -> None:
    """One kind needs its own branches alone, and a single exchange no implicit one."""
    with Scripted(script) as server:
        found = extract(server, asked=("memory",))
        assert [which(request) for request in server.asked] == ["memory_reader"]
        assert not found.preferences
        server.asked.clear()
        extract(server, TALK[:1], ("preference",))
        assert [which(request) for request in server.asked] == ["explicit_preference"]


def test_a_failed_branch_leaves_the_others() -> None:
    """What one branch could not do is in the trace and counted; the others' items are kept."""

    def failing(request: dict[str, Any]) -> tuple[int, Any]:
        return (400, {"error": {"message": "no"}}) if which(request) == "explicit_preference" else script(request)

    with Scripted(failing) as server:
        found = extract(server)
    assert found.facts
    assert [item.preference_type for item in found.preferences] == ["implicit_preference"]
    assert found.trace.branches[1].error == "BadRequest"
    assert found.trace.parse_status == "failed"
    assert found.trace.contract_violations == ("branch explicit_preference failed: BadRequest",)


def test_all_branches_failing_is_a_failure_with_its_trace() -> None:
    """When nothing came back the extraction fails, after the tries that are due."""
    with Scripted(lambda _: (503, {"error": "down"})) as server, pytest.raises(Exception, match="HTTP 503") as raised:
        extract(server)
    assert len(server.asked) == 6  # three branches, two tries
    assert [len(branch.attempts) for branch in raised.value.trace.branches] == [2, 2, 2]  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("reply", "error"),
    [
        (says("I would rather not."), UnreadableReply),
        (says("{}"), UnreadableReply),
        (says("", message={"content": None, "refusal": "I can't help with that."}), UnreadableReply),
        ((400, {"error": {"message": "This model's maximum context length is 4096 tokens"}}), InputTooLong),
        ((400, {"message": "bad"}), BadRequest),
        ((404, {"error": {"message": "model not found"}}), NotFound),
    ],
)
def test_what_is_no_answer_is_a_typed_failure(reply: tuple[int, Any], error: type[Exception]) -> None:
    """Refusals, prose, an empty object and the server's own errors each have their name."""
    with Scripted(lambda _: reply) as server, pytest.raises(error):
        extract(server)


@pytest.mark.parametrize("name", ["reasoning_content", "reasoning"])
def test_an_answer_in_the_reasoning_is_found(name: str) -> None:
    """Some servers put the whole answer where the thinking belongs."""
    with Scripted(lambda _: says("", message={"content": "", name: FACT})) as server:
        found = extract(server, asked=("memory",))
    assert found.facts[0].memory_value == "Leeds."
    assert found.trace.branches[0].notes == ("read from reasoning_content",)


def test_a_cut_reply_keeps_its_complete_items() -> None:
    """finish_reason=length: what is complete counts, the status says truncated."""
    cut = FACT[:-2] + ', {"memory_key": "Job", "memory_va'
    with Scripted(lambda _: says(cut, finish_reason="length")) as server:
        found = extract(server, asked=("memory",))
    assert [fact.memory_value for fact in found.facts] == ["Leeds."]
    assert found.trace.parse_status == "truncated"


@pytest.mark.parametrize("mode", ["json_schema", "json_object+schema", "none"])
def test_auto_finds_what_the_server_enforces(mode: str) -> None:
    """One look for all calls; a refused response_format means the next weaker one."""
    with Scripted(script, enforces=(mode,)) as server:
        found = extract(server)
    assert {branch.structured for branch in found.trace.branches} == {mode}
    assert server.probes <= 4
    assert all(("response_format" in request) == (mode != "none") for request in server.asked)


def test_a_model_is_asked_as_it_was_trained(tmp_path: Path) -> None:
    """Own templates, one prompt for all, system prompt, template arguments, further fields and own key names."""
    (tmp_path / "all.en.txt").write_text("Now: ${now}\n${conversation}\n$5 memory_detail_list preference_detail_list")
    reply = '{"facts": [{"text": "Leeds."}], "likes": [{"wish": "Tea.", "preference_type": "explicit_preference"}]}'
    names = {
        "facts": "memory_detail_list",
        "text": "memory_value",
        "likes": "preference_detail_list",
        "wish": "preference",
    }
    with Scripted(lambda _: says(reply)) as server:
        found = extract(
            server,
            prompts=str(tmp_path),
            branches=["all"],
            reply_map=names,
            system_prompt="You extract.",
            chat_template_kwargs={"enable_thinking": False},
            extra_body={"top_k": 20},
            context=["chat_time", "now"],
            time="2026-03-04",
        )
    (request,) = server.asked
    assert request["messages"][0] == {"role": "system", "content": "You extract."}
    assert request["messages"][1]["content"].startswith("Now: 2026-03-04\nuser: [2026-03-04]: I live in Leeds")
    assert "$5 " in request["messages"][1]["content"]
    assert request["chat_template_kwargs"] == {"enable_thinking": False}
    assert request["top_k"] == 20
    schema = request["response_format"]["json_schema"]["schema"]
    assert list(schema["properties"]) == ["facts", "likes"]
    assert found.facts[0].memory_value == "Leeds."
    assert found.preferences[0].preference == "Tea."


def test_completions_take_the_prompt_as_it_is() -> None:
    """endpoint=completions sends no messages."""
    with Scripted(script) as server:
        found = extract(server, endpoint="completions", asked=("memory",))
    assert server.asked[0]["prompt"].endswith("Tea again, please.\n")
    assert found.facts


def test_a_long_dialogue_is_refused_or_split() -> None:
    """Over the limit: a failure by default, overlapping windows with one merged result where asked."""
    talk = [("user", f"Message number {number} of a long talk.") for number in range(30)]
    with Scripted(script) as server:
        with pytest.raises(InputTooLong, match="260 tokens, where up to 100"):
            extract(server, talk, max_input_tokens=100)
        assert not server.asked
        found = extract(server, talk, max_input_tokens=100, on_overflow="window", asked=("memory",))
    assert len(server.asked) == 3
    assert [fact.memory_value for fact in found.facts] == ["Leeds."]
    assert found.trace.branches[0].name == "memory_reader[1/3]"


@pytest.mark.parametrize(
    ("how", "said"),
    [
        ({}, "give base_url"),
        ({"base_url": "http://127.0.0.1:1/v1", "launch": "x {port}"}, "not both"),
        ({"launch": "serve {port}"}, "extractor.model"),
        ({"base_url": "127.0.0.1:8000"}, "extractor.base_url=127.0.0.1:8000"),
        ({"base_url": "http://u:p@127.0.0.1/v1"}, "without user name"),
        ({"base_url": "http://127.0.0.1:1/v1", "structured": "yes"}, "extractor.structured=yes"),
        ({"base_url": "http://127.0.0.1:1/v1", "branches": ["all", "memory_reader"]}, "stands alone"),
        ({"base_url": "http://127.0.0.1:1/v1", "prompts": "nowhere"}, "extractor.prompts=nowhere"),
        ({"base_url": "http://127.0.0.1:1/v1", "api_key_env": "sk-a-real-key"}, "the NAME of an environment variable"),
        ({"base_url": "http://127.0.0.1:1/v1", "api_key_env": "EVALS_NO_SUCH"}, "EVALS_NO_SUCH is not set"),
    ],
)
def test_a_mistake_is_one_line_before_anything_is_sent(how: dict[str, Any], said: str) -> None:
    """Every configuration that could never work says why."""
    with pytest.raises(ConfigError, match=said) as raised:
        LocalExtractor(**how)
    assert "sk-a-real-key" not in str(raised.value)


Cli = Callable[..., int]


def test_a_whole_run_records_what_it_measured(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The pin is what the server says of itself; run.json says mode, prompts, tokens; the key is nowhere."""
    monkeypatch.setenv("EVALS_TEST_KEY", "sk-very-secret-0123456789")
    with Scripted(
        lambda request: says(
            NOTHING["memory"] + " " + NOTHING["preference"]
            if which(request) == "all"
            else NOTHING["memory" if which(request) == "memory_reader" else "preference"]
        )
    ) as server:
        code = main(
            [
                "run",
                "extractor=local",
                f"extractor.base_url={server.base_url}",
                "extractor.api_key_env=EVALS_TEST_KEY",
                "dataset.limit=6",
                "--out",
                str(tmp_path),
                "--name",
                "r",
            ]
        )
    assert code == 0
    record = json.loads((tmp_path / "r" / "run.json").read_text())
    assert "(scripted@fp-1,json_schema)" in record["signature"]
    assert record["system"]["facts"]["structured"] == "json_schema"
    assert record["system"]["calls"]["usage"]["prompt_tokens"] == 11 * record["system"]["calls"]["calls"]
    assert all(headers["authorization"] == "Bearer sk-very-secret-0123456789" for headers in server.headers)
    for path in (tmp_path / "r").rglob("*"):
        assert not path.is_file() or b"very-secret" not in path.read_bytes(), path


def test_a_launched_server_is_stopped(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A program is started, asked, logged and ended; one that dies ends the run with its last words."""
    serve = tmp_path / "serve.py"
    serve.write_text(
        "import json, sys, http.server as h\n"
        "class H(h.BaseHTTPRequestHandler):\n"
        "    def out(self, o):\n"
        "        b = json.dumps(o).encode(); self.send_response(200); self.send_header('content-length', str(len(b)))\n"
        "        self.end_headers(); self.wfile.write(b)\n"
        "    def do_GET(self): self.out({'data': [{'id': 'm'}]})\n"
        "    def do_POST(self):\n"
        "        p = self.rfile.read(int(self.headers['content-length'])).decode()\n"
        "        k = 'memory' if 'memory_detail_list' in p else 'preference'\n"
        "        t = json.dumps({k + '_detail_list': []})\n"
        "        self.out({'choices': [{'message': {'content': t}, 'finish_reason': 'stop'}]})\n"
        "if sys.argv[2] == 'dies': sys.exit('out of memory')\n"
        "h.ThreadingHTTPServer(('127.0.0.1', int(sys.argv[1])), H).serve_forever()\n"
    )
    launch = f"extractor.launch='{sys.executable} {serve} {{port}} {{model}}'"
    common = ["run", "extractor=local", launch, "dataset.limit=4", "--out", str(tmp_path)]
    assert main([*common, "extractor.model=m", "--name", "ok"]) == 0
    assert "POST /v1/chat/completions" in (tmp_path / "ok" / "server.log").read_text()
    assert main([*common, "extractor.model=dies", "--name", "bad"]) == 2
    assert "it ended with status 1" in (said := capsys.readouterr().err.strip().splitlines()[-1])
    assert "out of memory" in said


def test_show_prompt_sends_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    """`--show-prompt ID` prints the final requests; no server needs to run."""
    words = ["run", "extractor=local_vllm", "extractor.model=m", "--show-prompt", "golden/en/003"]
    assert main(words) == 0
    shown = capsys.readouterr().out
    assert shown.count('"url": "http://127.0.0.1:8000/v1/chat/completions"') == 3
    assert "I'm a nurse on night shifts" in shown
