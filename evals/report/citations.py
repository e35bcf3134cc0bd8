"""References of the public sets a run may be made on, as BibTeX."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from evals import __version__
from evals.types import Run


@dataclass(frozen=True, slots=True, kw_only=True)
class Citation:
    """A set and the paper that introduced it. `where` is a venue, or an arXiv number."""

    title: str
    year: int
    where: str
    repository: str
    author: str | None = None


CITATIONS = {
    "alpsbench": Citation(
        title="AlpsBench: An LLM Personalization Benchmark for Real-Dialogue Memorization and Preference Alignment",
        year=2026,
        where="data set",
        repository="MissHsiaoo/AlpsBench_task1_3_annotation_data_repo",
    ),
    "beam": Citation(
        author="Tavakoli, Mohammad and others",
        title="Beyond a Million Tokens: Benchmarking and Enhancing Long-Term Memory in LLMs",
        year=2025,
        where="arXiv:2510.27246",
        repository="mohammadtavakoli78/BEAM",
    ),
    "dulemon": Citation(
        author="Xu, Xinchao and Gou, Zhibin and others",
        title="Long Time No See! Open-Domain Conversation with Long-Term Persona Memory",
        year=2022,
        where="Findings of the Association for Computational Linguistics: ACL 2022",
        repository="PaddlePaddle/Research",
    ),
    "halumem": Citation(
        author="Chen, Ding and others",
        title="HaluMem: Evaluating Hallucinations in Memory Systems of Agents",
        year=2025,
        where="arXiv:2511.03506",
        repository="77samuel/HaluMem",
    ),
    "kdconv": Citation(
        author="Zhou, Hao and Zheng, Chujie and Huang, Kaili and Huang, Minlie and Zhu, Xiaoyan",
        title="KdConv: A Chinese Multi-domain Dialogue Dataset Towards Multi-turn Knowledge-driven Conversation",
        year=2020,
        where="Proceedings of ACL 2020",
        repository="thu-coai/KdConv",
    ),
    "kvpi": Citation(
        author="Song, Haoyu and others",
        title="Profile Consistency Identification for Open-domain Dialogue Agents",
        year=2020,
        where="Proceedings of EMNLP 2020",
        repository="songhaoyu/KvPI",
    ),
    "locomo": Citation(
        author="Maharana, Adyasha and Lee, Dong-Ho and Tulyakov, Sergey and Bansal, Mohit and Barbieri, Francesco and "
        "Fang, Yuwei",
        title="Evaluating Very Long-Term Conversational Memory of LLM Agents",
        year=2024,
        where="Proceedings of ACL 2024",
        repository="xjtuleeyf/Locomo-Plus",
    ),
    "personabench": Citation(
        author="Tan, Juntao and others",
        title="PersonaBench: Evaluating AI Models on Understanding Personal Information through Accessing (Synthetic) "
        "Private User Data",
        year=2025,
        where="arXiv:2502.20616",
        repository="SalesforceAIResearch/personabench",
    ),
    "prefeval": Citation(
        author="Zhao, Siyan and Hong, Mingyi and Liu, Yang and Hazarika, Devamanyu and Lin, Kaixiang",
        title="Do LLMs Recognize Your Preferences? Evaluating Personalized Preference Following in LLMs",
        year=2025,
        where="International Conference on Learning Representations",
        repository="amazon-science/PrefEval",
    ),
    "realmem": Citation(
        author="Bian, Haonan and Yao, Zhiyuan and others",
        title="RealMem: Benchmarking LLMs in Real-World Memory-Driven Interaction",
        year=2026,
        where="arXiv:2601.06966",
        repository="AvatarMemory/RealMemBench",
    ),
}


def bibtex(runs: Sequence[Run]) -> str:
    """An entry for this software and one for each set the runs were made on that is known; ends with a newline."""
    entries = {"memory-evals": _software()}
    for run in runs:
        key = str(run.dataset.get("name")).partition("_")[0]
        if key in CITATIONS:
            entries[key] = _entry(key, CITATIONS[key])
    return "\n".join(entries.values())


def _software() -> str:
    return (
        "@software{memory-evals,\n"
        "  author = {{The memory-evals developers}},\n"
        "  title = {memory-evals: measuring how well a system extracts memories from dialogue},\n"
        f"  version = {{{__version__}}},\n"
        "  note = {Apache-2.0}\n"
        "}\n"
    )


def _entry(key: str, citation: Citation) -> str:
    author = [f"  author = {{{citation.author}}},"] if citation.author else [f"  key = {{{key}}},"]
    lines = [
        f"@misc{{{key},",
        *author,
        f"  title = {{{{{citation.title}}}}},",
        f"  year = {{{citation.year}}},",
        f"  howpublished = {{{citation.where}}},",
        f"  note = {{GitHub repository {citation.repository.replace('_', chr(92) + '_')}}}",
        "}\n",
    ]
    return "\n".join(lines)
