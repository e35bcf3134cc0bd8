"""Records written as Parquet and read back are the same records; the golden set is a dataset of the library's."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from evals.corpus.hub import HubSource
from evals.corpus.parquet import ROW_GROUP, arrow_schema, hub_features, parquet_of, write_parquet
from evals.corpus.record import Context, Record, Update
from evals.corpus.source import Source
from evals.io import FaultList, dumps
from evals.strict_json import parse

pq = pytest.importorskip("pyarrow.parquet", reason="the extra hub is not installed")
datasets = pytest.importorskip("datasets")

GOLDEN = Path(__file__).resolve().parent.parent.parent / "datasets" / "golden"


@pytest.fixture(autouse=True)
def _own_cache(tmp_path_factory, monkeypatch):
    """The library's cache is not the user's, and it asks no network."""
    monkeypatch.setattr(datasets.config, "HF_DATASETS_CACHE", tmp_path_factory.mktemp("cache"))
    monkeypatch.setattr(datasets.config, "HF_UPDATE_DOWNLOAD_COUNTS", False)


def golden() -> list[Record]:
    return [record for _, _, record in Source.at(GOLDEN).records(faults=FaultList())]


def read_back(path: Path) -> list[Record]:
    faults = FaultList()
    found = [record for _, _, record in HubSource(name="x", paths=(path,)).records(faults=faults)]
    assert faults.total == 0, faults.kept
    return found


def test_what_is_written_is_read_back(tmp_path):
    """The whole golden set and what it does not hold: unknown against none, free names, updates, an empty context."""
    base = golden()[0]
    rare = [
        replace(base, id="none", gold_facts=(), labels=()),
        replace(base, id="unknown", gold_facts=None, forbidden=None),
        replace(base, id="empty", context=Context()),
        replace(base, id="updates", updates=(Update(kind="replace", old="f1"), Update(kind="add", old=("f1", "f2")))),
        parse(
            dumps(
                {"id": "api", "messages": [{"role": "user", "content": "\u2028"}], "memory_detail_list": []}
            ).encode(),
            Record,
        )[0],
    ]
    records = [*golden(), *rare]
    assert write_parquet(tmp_path / "g.parquet", records) == len(records)
    assert read_back(tmp_path / "g.parquet") == records


def test_rows_come_in_groups_of_one_schema(tmp_path):
    """However many there are and whatever they hold, so that reading needs one group in memory."""
    base = golden()[0]
    records = [replace(base, id=str(n)) for n in range(ROW_GROUP + 1)]
    write_parquet(tmp_path / "g.parquet", records)
    file = pq.ParquetFile(tmp_path / "g.parquet")
    assert file.metadata.num_row_groups == 2
    write_parquet(tmp_path / "none.parquet", [])
    assert pq.read_schema(tmp_path / "none.parquet") == file.schema_arrow == arrow_schema()
    assert read_back(tmp_path / "none.parquet") == []


def test_parquet_stands_beside_its_lines(tmp_path):
    """`evals import … --to parquet` adds a file of the same name."""
    (tmp_path / "d.jsonl").write_text(json.dumps({"id": "a", "messages": [{"role": "user", "content": "hi"}]}))
    path, rows = parquet_of(tmp_path / "d.jsonl")
    assert (path.name, rows) == ("d.parquet", 1)
    assert sorted(file.name for file in tmp_path.iterdir()) == ["d.jsonl", "d.parquet"]


@pytest.mark.filterwarnings("ignore::ResourceWarning")
def test_the_golden_folder_is_a_dataset():
    """Its card is valid and says the record's own schema, and every configuration loads, typed alike."""
    from huggingface_hub import DatasetCard

    card = DatasetCard.load(GOLDEN / "README.md").data.to_dict()
    assert (card["language"], card["license"]) == (["en", "zh"], "apache-2.0")
    features = datasets.Features._from_yaml_list(card["dataset_info"][0]["features"])
    assert features == hub_features(), "the record has changed: write the card's features anew"
    sizes = {}
    for name in ("default", "en", "zh"):
        loaded = datasets.load_dataset(str(GOLDEN), name, split="gold")
        assert loaded.features == features
        sizes[name] = loaded.num_rows
    assert sizes["default"] == sizes["en"] + sizes["zh"] == len(golden())
    assert card["size_categories"] == ["n<1K"]
    assert sizes["default"] < 1000
    files = [str(path) for path in sorted(GOLDEN.glob("*.jsonl"))]
    plain = datasets.load_dataset("json", data_files=files, features=features, split="train")
    assert plain.num_rows == len(golden())


def test_the_card_leads_to_the_same_records():
    """The folder named like a repository gives what its files give."""
    through = HubSource(name=str(GOLDEN), paths=()).records(faults=FaultList())
    assert [record for _, _, record in through] == golden()
