"""KvPI: does a Chinese utterance reveal the speaker's own gender, place or star sign, or only mention one?"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any, Literal

from evals.corpus.importers.upstream import ImportReport, PublicSet, as_line, count, digest, upstream_files
from evals.corpus.record import AnnotatedLine, Context, FactLine, ForbiddenLine, PriorMemory, Record, Update
from evals.errors import Fault
from evals.io import FaultList, read_lines, write_jsonl
from evals.types import ForbiddenKind, Message

PUBLIC = PublicSet(
    name="kvpi",
    about="about 11,000 Chinese posts: an attribute of the speaker stated, merely mentioned, or contradicted",
    repository="songhaoyu/KvPI",
    commit="9aa4142185707911f6b323a88a88b96c77d293e3",
    path="data/KvPI_test.txt",
    licence="Apache-2.0",
    terms="the file in the repository only; the full corpus has terms of its own",
    redistributable=True,
    sha256="35faa8581e549653401029306e3a471393d44437b5b939388fb5cb915a3f0c29",
    note="(of KvPI_test.txt.gz with 8,304 of the lines)",
)

Domain = Literal["gender", "loc", "constellation"]
Label = Literal["irrelevant", "entailed", "contradicted"]

_LABELS: dict[str, Label] = {"0": "irrelevant", "1": "entailed", "2": "contradicted"}
_DOMAINS: dict[str, Domain] = {"0": "gender", "1": "loc", "2": "constellation"}
_PROFILE = re.compile(r"'?(constellation|loc|gender)'?\s*:\s*'?([^',}]*)'?")  # quotes are sometimes missing
_KANA = re.compile(r"[\u3040-\u30ff]{2}")
_KEYS: dict[Domain, str] = {"gender": "性别", "loc": "所在地", "constellation": "星座"}
_UNKNOWN_PLACES = frozenset(("其他", "海外"))
_SIGNS = re.compile(
    "白羊|牡羊|金牛|双子|巨蟹|狮子|处女座|处女(?=[男女])|天秤|天平座|天蝎|射手|人马座|摩羯|魔羯|山羊座|水瓶|双鱼"
)
_GENDERS = re.compile(  # the first alternatives are somebody's relations, which say nothing of a gender
    "(?:男|女)(?:朋友|友|票|儿|婿)|([男女](?:人|孩子?|生|的|士|性|神|王)|姑娘|小伙子?|汉子|妹子|爷们|帅哥|美女)"
)
_KINDS: dict[Domain, ForbiddenKind] = {
    "gender": "third_party",
    "loc": "unsupported",
    "constellation": "third_party",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Post:
    """One line: a profile, what its owner wrote, and how the two relate in one attribute."""

    number: int
    profile: dict[str, str]
    response: str
    label: Label
    domain: Domain

    @property
    def own(self) -> str:
        return self.profile.get(self.domain, "")

    @property
    def own_places(self) -> list[str]:
        return [part for part in self.own.split() if part not in _UNKNOWN_PLACES]


def import_set(source: Path, dest: Path) -> ImportReport:
    """Writes `kvpi.jsonl` into `dest`, one record a line of upstream's file; posts of the same words are one cluster.

    Raises DataError naming every line that is not as upstream writes them.
    """
    files = upstream_files(source, "KvPI_test.txt*", "data/KvPI_test.txt*")
    places = _places(files)
    records = sorted((_record(post, places) for post in _posts(files)), key=lambda each: (each.cluster or "", each.id))
    path = dest / "kvpi.jsonl"
    written = write_jsonl(path, map(as_line, records))
    labels = Counter(record.labels[0] for record in records)
    counts = {**count(records), **{f"posts.{label}": labels[label] for label in sorted(labels)}}
    return ImportReport(name=PUBLIC.name, files={path: written}, counts=counts, sha256=digest(source, files))


def _posts(files: tuple[Path, ...]) -> Iterator[_Post]:
    faults = FaultList()
    for path in files:
        for number, line in read_lines(path, faults=faults):
            post = _post(number, line)
            if isinstance(post, str):
                faults.add(Fault(path=path, line=number, field=None, message=post))
            else:
                yield post
    faults.raise_any()


def _post(number: int, line: bytes) -> _Post | str:
    """The post of a line, or what is wrong with it."""
    try:
        columns = line.decode().split("\t")
    except UnicodeDecodeError:
        return "not UTF-8"
    if len(columns) < 3:
        return f"{len(columns)} columns; profile <SEP> response, label and domain are wanted, separated by tabs"
    profile, separator, response = columns[0].partition(" <SEP> ")
    if not separator or not response.strip():
        return "no response after ' <SEP> '"
    label, domain = _LABELS.get(columns[1]), _DOMAINS.get(columns[2])
    if label is None or domain is None:
        return f"label {columns[1][:20]!r} and domain {columns[2][:20]!r}; each is one of 0, 1, 2"
    found = {name: value.strip() for name, value in _PROFILE.findall(profile)}
    return _Post(number=number, profile=found, response=response.strip(), label=label, domain=domain)


def _places(files: tuple[Path, ...]) -> re.Pattern[str]:
    """Every place any profile names, with and without its suffix, longest first: the set brings its own gazetteer."""
    names = {
        name
        for post in _posts(files)
        for part in post.profile.get("loc", "").split()
        for name in (part, _bare(part))
        if len(name) > 1 and part not in _UNKNOWN_PLACES
    }
    return re.compile("|".join(map(re.escape, sorted(names, key=lambda name: (-len(name), name)))) or "(?!)")


def _bare(place: str) -> str:
    return re.sub("[市区县]$", "", place) if len(place) > 2 else place


# --- one record ----------------------------------------------------------------------------------


def _record(post: _Post, places: re.Pattern[str]) -> Record:
    words = sha256(post.response.encode()).hexdigest()[:16]
    return Record(
        id=f"kvpi/{post.number:05d}",
        dataset="kvpi",
        messages=(Message(role="user", content=post.response),),
        language="ja" if _KANA.search(post.response) else "zh",
        cluster=f"kvpi/{words}",
        labels=(post.label, post.domain),
        provenance=PUBLIC.provenance(path="data/KvPI_test.txt", upstream_id=str(post.number), derivation="kvpi/1"),
        **_BUILD[post.label](post, places),
    )


def _entailed(post: _Post, places: re.Pattern[str]) -> dict[str, Any]:
    """The profile's value is true of the speaker and can be told from the post: gold, as far as the post names it."""
    value = _told(post, places)
    fact = FactLine(
        memory_key=_KEYS[post.domain],
        memory_value=_claim(post.domain, value),
        slots={post.domain: value.removesuffix("性")},  # any word for the gender will do
        evidence=(0,),
        evidence_text=post.response,
        value_language="zh",
        source_label=post.label,
    )
    return {"gold_facts": (fact,), "annotated": AnnotatedLine(facts="partial")}


def _irrelevant(post: _Post, places: re.Pattern[str]) -> dict[str, Any]:
    """A word of the attribute falls without being about the speaker: nobody may conclude that it is."""
    words = tuple(dict.fromkeys(_mentioned(post, places)))
    if words:
        forbidden = tuple(
            ForbiddenLine(
                value=_claim(post.domain, word),
                kind=_KINDS[post.domain],
                match="attribute",
                slots={post.domain: word},
                evidence=(0,),
            )
            for word in words
        )
    else:
        claim = _claim(post.domain, _own_value(post))
        forbidden = (ForbiddenLine(value=claim, kind=_KINDS[post.domain], evidence=(0,)),)
    return {"forbidden": forbidden, "annotated": AnnotatedLine(forbidden="partial")}


def _contradicted(post: _Post, places: re.Pattern[str]) -> dict[str, Any]:  # noqa: ARG001  # one shape for all three
    """The post conflicts with the profile, which stands as a prior memory; the new value is not annotated."""
    prior = PriorMemory(ref="p1", memory_value=_claim(post.domain, _own_value(post)))
    return {
        "context": Context(prior_memories=(prior,)),
        "updates": (Update(kind="contradict", old="p1", evidence=(0,)),),
    }


_BUILD = {"entailed": _entailed, "irrelevant": _irrelevant, "contradicted": _contradicted}


def _told(post: _Post, places: re.Pattern[str]) -> str:
    """The part of the profile's value that the post itself names, or all of it when it names none."""
    if post.domain != "loc":
        return _own_value(post)
    named = [part for part in post.own_places if _bare(part) in post.response]
    found = None if named or post.own_places else places.search(post.response)
    return found.group() if found else " ".join(named) or _own_value(post)


def _own_value(post: _Post) -> str:
    if post.domain == "gender":
        return "男性" if post.own == "male" else "女性"
    if post.domain == "constellation":
        return post.own.removesuffix("座") or "未知星座"
    return " ".join(post.own_places) or post.own or "其他"


def _mentioned(post: _Post, places: re.Pattern[str]) -> Iterator[str]:
    if post.domain == "loc":
        yield from (found.group() for found in places.finditer(post.response))
    elif post.domain == "constellation":
        yield from (found.group().removesuffix("座") for found in _SIGNS.finditer(post.response))
    else:
        yield from (found.group(1) for found in _GENDERS.finditer(post.response) if found.group(1))


def _claim(domain: Domain, value: str) -> str:
    if domain == "gender":
        return f"用户是{value}"
    return f"用户是{value}座" if domain == "constellation" else f"用户的所在地是{value}"
