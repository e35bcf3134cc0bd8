"""`dataset=hub` with the real library: local files, foreign schemas, broken rows, a hub on loopback, none at all."""

from __future__ import annotations

import importlib.util
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from evals.corpus.columns import Columns
from evals.corpus.hub import HubSource, data_files, pin_of
from evals.corpus.source import Source, dialogues
from evals.errors import ConfigError, DataError
from evals.io import FaultList

pytest.importorskip("pyarrow", reason="the extra hub is not installed")

ROOT = Path(__file__).resolve().parent.parent.parent
GOLDEN = ROOT / "datasets" / "golden"
FOREIGN = [
    {
        "uid": 7,
        "meta": {"lang": "en"},
        "talk": [{"who": "user", "text": "I live in Oslo."}],
        "facts": ["Lives in Oslo"],
    },
    {"uid": 8, "meta": {"lang": "zh"}, "talk": [{"who": "user", "text": "我住在北京。"}], "facts": []},
]
MAPPING = {
    "id": "uid",
    "language": "meta.lang",
    "messages.role": "talk.who",
    "messages.content": "talk.text",
    "gold_facts.memory_value": "facts",
}


@pytest.fixture(autouse=True)
def _own_cache(tmp_path_factory, monkeypatch):
    """The library's cache is not the user's, and it asks no network."""
    cache = str(tmp_path_factory.mktemp("cache"))
    monkeypatch.setenv("HF_HOME", cache)
    datasets = pytest.importorskip("datasets.config")
    monkeypatch.setattr(datasets, "HF_DATASETS_CACHE", Path(cache))


def written(folder: Path, rows: list[dict], kind: str) -> Path:
    """Rows as a file of a kind, types as Arrow finds them."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    path = folder / f"foreign[1].{kind}"
    if kind == "jsonl":
        path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")
    elif kind == "parquet":
        pq.write_table(pa.Table.from_pylist(rows), path)
    else:
        table = pa.Table.from_pylist(rows)
        with pa.OSFile(str(path), "wb") as handle, pa.ipc.new_stream(handle, table.schema) as writer:
            writer.write_table(table)
    return path


def source(*paths: Path, **columns: str) -> HubSource:
    return HubSource(name="there", paths=paths, columns=Columns.of(columns) if columns else None)


def faults_of(given: Source) -> list[str]:
    with pytest.raises(DataError) as caught:
        list(dialogues(given))
    return [f"{fault.path.name}:{fault.line}: {fault.field}: {fault.message}" for fault in caught.value.faults]


@pytest.mark.parametrize("kind", ["jsonl", "parquet", "arrow"])
def test_a_foreign_schema_is_mapped(tmp_path, kind):
    """Names, paths into objects, paths through lists, plain strings as facts, numbers as ids."""
    found = list(dialogues(source(written(tmp_path, FOREIGN, kind), **MAPPING)))
    assert [(each.id, each.language, each.messages[0].role, each.messages[0].content) for each in found] == [
        ("7", "en", "user", "I live in Oslo."),
        ("8", "zh", "user", "我住在北京。"),
    ]
    assert [[item.text for item in each.gold.items] for each in found] == [["Lives in Oslo"], []]
    assert [each.gold.annotated.facts for each in found] == ["complete", "complete"]


def test_json_lines_are_read_as_they_are():
    """Our own files give the same records whoever opens them: no guessed dates, no filled-in nulls."""
    paths = tuple(sorted(GOLDEN.glob("*.jsonl")))
    plain = list(Source.at(GOLDEN).records(faults=FaultList()))
    assert list(source(*paths).records(faults=FaultList())) == plain


def test_packed_json_dates_and_nulls(tmp_path):
    """Messages as a string of JSON, a date column, nulls where nothing is known."""
    import datetime

    rows = [
        {"id": "a", "messages": '[{"role": "user", "content": "hi"}]', "context": {"now": datetime.date(2026, 3, 5)}},
        {"id": "b", "messages": '[{"role": "user", "content": "ho"}]', "context": None},
    ]
    (_, _, first), (_, _, second) = source(written(tmp_path, rows, "parquet")).records(faults=FaultList())
    assert first.context is not None
    assert (first.context.now, first.messages[0].content, second.context) == ("2026-03-05", "hi", None)


@pytest.mark.parametrize("kind", ["jsonl", "parquet", "arrow"])
def test_a_broken_row_is_named(tmp_path, kind):
    """File, row, field, value, and the column it was read from; the good rows are streamed before."""
    broken = {**FOREIGN[0], "uid": 9, "talk": [{"who": "human", "text": "Hi"}]}
    path = written(tmp_path, [FOREIGN[0], broken], kind)
    found = faults_of(source(path, **MAPPING))
    assert found[0] == (
        f"{path.name}:2: messages[0].role: not a choice (value 'human'); one of 'system', 'user', 'assistant'; "
        "read from 'talk.who'"
    )


def test_what_no_json_line_can_be(tmp_path):
    """Broken UTF-8, broken JSON, a value that is no object: each with its line, as from dataset=file."""
    path = tmp_path / "d.jsonl"
    path.write_bytes(b'{"id": "a"\n\n\xff\n[]\n')
    wanted = {"id": "id", "messages": "messages"}
    assert [fault.split(";")[0] for fault in faults_of(source(path, **wanted))] == [
        "d.jsonl:1: None: not JSON: Expecting ',' delimiter at column 11 ('{\"id\": \"a\"')",
        "d.jsonl:3: None: not UTF-8: byte 0xff at position 1",
        "d.jsonl:4: None: wrong type (value [])",
    ]
    assert len(faults_of(source(path))) == 3


def test_a_cut_file_is_one_line(tmp_path):
    """A Parquet file that ends early."""
    path = written(tmp_path, FOREIGN, "parquet")
    path.write_bytes(path.read_bytes()[:-20])
    with pytest.raises(DataError, match=r"cannot be read: .*") as caught:
        list(dialogues(source(path, **MAPPING)))
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("kind", ["jsonl", "parquet"])
@pytest.mark.parametrize(
    ("columns", "said"),
    [
        (
            {"id": "uuid", "messages": "talk"},
            "dataset.columns.id=uuid: no such column; there are facts, meta, talk, uid",
        ),
        ({**MAPPING, "labels": "tags.all"}, "dataset.columns.labels=tags: no such column"),
        (
            {"id": "uid", "mesages": "talk"},
            "dataset.columns: 'mesages' is no field of a record; did you mean 'messages'?",
        ),
        ({"messages.rôle": "talk"}, "dataset.columns: 'messages.rôle' is no field of a record; did you mean 'role'?"),
        ({"messages": "talk", "messages.role": "who"}, "dataset.columns: both messages and messages.role are given"),
    ],
)
def test_an_unknown_column_is_one_line(tmp_path, kind, columns, said):
    """Which key, which column, and what there is instead."""
    path = written(tmp_path, FOREIGN, kind)
    with pytest.raises(ConfigError) as caught:
        list(source(path, **columns).records(faults=FaultList()))
    assert str(caught.value).startswith(said)


def test_files_are_found_or_said_to_be_missing(tmp_path):
    """Globs sorted, each file once; a name without a format and a pattern without a file are refused."""
    for name in ("b.jsonl", "a.jsonl.gz", "c.txt"):
        (tmp_path / name).write_text("")
    found = data_files([f"{tmp_path}/*.jsonl*", f"{tmp_path}/b.jsonl"])
    assert [path.name for path in found] == ["a.jsonl.gz", "b.jsonl"]
    for pattern, said in (("*.arrow", "no such file"), ("c.txt", "not a format that is read")):
        with pytest.raises(ConfigError, match=said):
            data_files([f"{tmp_path}/{pattern}"])


def test_what_a_signature_says(tmp_path):
    """A commit is a pin, a branch is none, a folder needs none."""
    assert pin_of("owner/name", "0123abc") == "(0123abc)"
    assert pin_of("owner/name", "main") == pin_of("owner/name", None) == "(unpinned)"
    assert pin_of(str(tmp_path), None) == ""


# --- the command, in a process of its own: the library reads its environment when it is imported ---


def evals(*words: str, cwd: Path, before: str = "", **variables: str) -> subprocess.CompletedProcess[str]:
    """`evals WORDS` in an environment without a hub unless `variables` name one."""
    script = f"import sys\n{before}\nfrom evals.cli import main\nsys.exit(main())"
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "HF_HOME": str(cwd / "cache"), **variables}
    command = [sys.executable, "-c", script, *words]
    return subprocess.run(command, capture_output=True, text=True, cwd=cwd, env=environment, timeout=120)


def test_without_the_extra_it_says_how_to_get_it(tmp_path):
    """The library blocked, in a folder that has a datasets/ of its own: one line, exit 2."""
    (tmp_path / "datasets").mkdir()
    path = written(tmp_path, FOREIGN, "jsonl").rename(tmp_path / "d.jsonl")  # brackets mean something to Hydra
    blocked = "sys.modules.update(dict.fromkeys(('datasets', 'pyarrow')))"
    done = evals("check", "dataset=hub", f"dataset.data_files={path}", cwd=tmp_path, before=blocked)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == (
        "evals: dataset=hub needs Hugging Face datasets, which is not installed: pip install 'memory-evals[hub]'\n"
    )
    done = evals("import", "kvpi", str(tmp_path), str(tmp_path), "--to", "parquet", cwd=tmp_path, before=blocked)
    assert (done.returncode, done.stderr) == (
        2,
        "evals: Parquet needs pyarrow, which is not installed: pip install 'memory-evals[hub]'\n",
    )


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ((), "dataset=hub: give dataset.name=owner/name (a repository) or dataset.data_files=… (local)"),
        (("dataset.name=owner/name",), "dataset.name=owner/name: Couldn't reach 'owner/name' on the Hub"),
    ],
)
def test_offline_it_says_what_is_missing(tmp_path, words, said):
    """No repository named, none to be reached: one line, exit 2."""
    done = evals("run", "dataset=hub", *words, cwd=tmp_path, HF_HUB_OFFLINE="1")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith(f"evals: {said}")
    assert done.stderr.count("\n") == 1


@pytest.mark.slow
def test_a_repository_is_streamed(tmp_path):
    """JSON lines of a repository, its card read, its commit in the signature; what it has not got is one line."""
    server = importlib.util.spec_from_file_location("hub_server", Path(__file__).parent / "hub_server.py")
    module = importlib.util.module_from_spec(server)
    server.loader.exec_module(module)
    with module.hub(GOLDEN) as (address, asked):

        def run(*words: str) -> subprocess.CompletedProcess[str]:
            hub = ("dataset=hub", "dataset.name=owner/name", "dataset.limit=3", "report.formats=[]", "controls=[]")
            return evals("run", *hub, *words, cwd=tmp_path, HF_ENDPOINT=address, HF_HUB_DISABLE_TELEMETRY="1")

        unpinned, pinned = run(), run(f"dataset.revision={module.COMMIT}")
        assert (unpinned.returncode, pinned.returncode) == (0, 0), unpinned.stderr + pinned.stderr
        assert "(unpinned)|gold:" in unpinned.stdout
        assert f"({module.COMMIT})|gold:" in pinned.stdout
        assert any(path.endswith(f"/{module.COMMIT}/zh.jsonl") for path in asked)
        folders = [path.name for path in (tmp_path / "reports").iterdir()]
        assert all(name.startswith("owner--name-baseline-") for name in folders)
        for words, said in (
            (("dataset.hub_split=dev",), "dataset.hub_split=dev: no such split; owner/name has gold"),
            (("dataset.subset=fr",), "dataset.name=owner/name: BuilderConfig 'fr' not found. Available: ["),
            (("dataset.name=owner/other",), "dataset.name=owner/other: Dataset 'owner/other' doesn't exist on the Hub"),
        ):
            done = run(*words)
            assert done.returncode == 2
            assert done.stderr.startswith(f"evals: {said}")
            assert done.stderr.count("\n") == 1


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["jsonl", "parquet"])
def test_memory_does_not_grow_with_the_file(tmp_path, kind):
    """Ten times the rows need less than twice the memory at their peak, each measured in a process of its own."""
    small, large = (_peak_mib(tmp_path, kind, rows) for rows in (4_000, 40_000))
    assert large < 2 * small, (small, large)


def _peak_mib(folder: Path, kind: str, rows: int) -> float:
    from dataclasses import replace

    from evals.corpus.importers.upstream import as_line
    from evals.corpus.parquet import write_parquet
    from evals.io import write_jsonl

    path = folder / f"{rows}.{kind}"
    _, _, base = next(Source.at(GOLDEN).records(faults=FaultList()))
    records = (replace(base, id=str(number)) for number in range(rows))
    write_parquet(path, records) if kind == "parquet" else write_jsonl(path, map(as_line, records))
    script = (
        "import sys; from pathlib import Path; from evals.corpus.hub import HubSource\n"
        "from evals.io import FaultList\n"
        "source = HubSource(name='x', paths=(Path(sys.argv[1]),))\n"
        "print(sum(1 for _ in source.records(faults=FaultList())))\n"
        "print(int(next(l.split()[1] for l in open('/proc/self/status') if l.startswith('VmHWM'))) / 1024)"
    )
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "HF_HOME": str(folder / "cache")}
    done = subprocess.run(
        [sys.executable, "-c", script, str(path)], capture_output=True, text=True, env=environment, check=True
    )
    count, peak = done.stdout.split()
    assert int(count) == rows
    return float(peak)
