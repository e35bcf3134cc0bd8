"""References of the public sets a run may be made on, as BibTeX."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from evals import __version__
from evals.results import Run


@dataclass(frozen=True, slots=True, kw_only=True)
class Citation:
    """The paper that introduced a set, in a book of proceedings or on arXiv, and the repository its files are from.

    Held against the papers' own pages or the ACL Anthology's entries. An arXiv paper that was printed since is cited as
    arXiv has it, for that is what was read.
    """

    author: str
    title: str
    year: int
    repository: str
    booktitle: str | None = None
    pages: str | None = None
    doi: str | None = None
    arxiv: str | None = None


CITATIONS = {
    "alpsbench": Citation(
        author="Xiao, Jianfei and Yu, Xiang and Wang, Chengbing and Zheng, Wuqiang and Lin, Xinyu and Liu, Kaining and "
        "Ding, Hongxun and Zhang, Yang and Wang, Wenjie and Feng, Fuli and He, Xiangnan",
        title="AlpsBench: An LLM Personalization Benchmark for Real-Dialogue Memorization and Preference Alignment",
        year=2026,
        arxiv="2603.26680",
        repository="MissHsiaoo/AlpsBench_task1_3_annotation_data_repo",
    ),
    "beam": Citation(
        author="Tavakoli, Mohammad and Salemi, Alireza and Ye, Carrie and Abdalla, Mohamed and Zamani, Hamed and "
        "Mitchell, J. Ross",
        title="Beyond a Million Tokens: Benchmarking and Enhancing Long-Term Memory in LLMs",
        year=2025,
        arxiv="2510.27246",
        repository="mohammadtavakoli78/BEAM",
    ),
    "dulemon": Citation(
        author="Xu, Xinchao and Gou, Zhibin and Wu, Wenquan and Niu, Zheng-Yu and Wu, Hua and Wang, Haifeng and "
        "Wang, Shihang",
        title="Long Time No See! Open-Domain Conversation with Long-Term Persona Memory",
        year=2022,
        booktitle="Findings of the Association for Computational Linguistics: ACL 2022",
        pages="2639--2650",
        doi="10.18653/v1/2022.findings-acl.207",
        repository="PaddlePaddle/Research",
    ),
    "halumem": Citation(
        author="Chen, Ding and Niu, Simin and Li, Kehang and Liu, Peng and Zheng, Xiangping and Tang, Bo and "
        "Li, Xinchi and Xiong, Feiyu and Li, Zhiyu",
        title="HaluMem: Evaluating Hallucinations in Memory Systems of Agents",
        year=2025,
        arxiv="2511.03506",
        repository="77samuel/HaluMem",
    ),
    "kdconv": Citation(
        author="Zhou, Hao and Zheng, Chujie and Huang, Kaili and Huang, Minlie and Zhu, Xiaoyan",
        title="KdConv: A Chinese Multi-domain Dialogue Dataset Towards Multi-turn Knowledge-driven Conversation",
        year=2020,
        booktitle="Proceedings of the 58th Annual Meeting of the Association for Computational Linguistics",
        doi="10.18653/v1/2020.acl-main.635",
        repository="thu-coai/KdConv",
    ),
    "kvpi": Citation(
        author="Song, Haoyu and Wang, Yan and Zhang, Wei-Nan and Zhao, Zhengyu and Liu, Ting and Liu, Xiaojiang",
        title="Profile Consistency Identification for Open-domain Dialogue Agents",
        year=2020,
        booktitle="Proceedings of the 2020 Conference on Empirical Methods in Natural Language Processing",
        doi="10.18653/v1/2020.emnlp-main.539",
        repository="songhaoyu/KvPI",
    ),
    "locomo": Citation(
        author="Maharana, Adyasha and Lee, Dong-Ho and Tulyakov, Sergey and Bansal, Mohit and Barbieri, Francesco and "
        "Fang, Yuwei",
        title="Evaluating Very Long-Term Conversational Memory of LLM Agents",
        year=2024,
        booktitle="Proceedings of the 62nd Annual Meeting of the Association for Computational Linguistics "
        "(Volume 1: Long Papers)",
        pages="13851--13870",
        doi="10.18653/v1/2024.acl-long.747",
        repository="xjtuleeyf/Locomo-Plus",
    ),
    "personabench": Citation(
        author="Tan, Juntao and Yang, Liangwei and Liu, Zuxin and Liu, Zhiwei and R N, Rithesh and "
        "Awalgaonkar, Tulika Manoj and Zhang, Jianguo and Yao, Weiran and Zhu, Ming and Kokane, Shirley and "
        "Savarese, Silvio and Wang, Huan and Xiong, Caiming and Heinecke, Shelby",
        title="PersonaBench: Evaluating AI Models on Understanding Personal Information through Accessing (Synthetic) "
        "Private User Data",
        year=2025,
        booktitle="Findings of the Association for Computational Linguistics: ACL 2025",
        pages="878--893",
        doi="10.18653/v1/2025.findings-acl.49",
        repository="SalesforceAIResearch/personabench",
    ),
    "prefeval": Citation(
        author="Zhao, Siyan and Hong, Mingyi and Liu, Yang and Hazarika, Devamanyu and Lin, Kaixiang",
        title="Do LLMs Recognize Your Preferences? Evaluating Personalized Preference Following in LLMs",
        year=2025,
        booktitle="The Thirteenth International Conference on Learning Representations",
        arxiv="2502.09597",
        repository="amazon-science/PrefEval",
    ),
    "realmem": Citation(
        author="Bian, Haonan and Yao, Zhiyuan and Hu, Sen and Xu, Zishan and Zhang, Shaolei and Guo, Yifu and "
        "Yang, Ziliang and Han, Xueran and Wang, Huacan and Chen, Ronghao",
        title="RealMem: Benchmarking LLMs in Real-World Memory-Driven Interaction",
        year=2026,
        arxiv="2601.06966",
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
    fields = {
        "author": citation.author,
        "title": f"{{{citation.title}}}",
        "booktitle": citation.booktitle,
        "pages": citation.pages,
        "year": str(citation.year),
        "doi": citation.doi,
        "howpublished": f"arXiv:{citation.arxiv}" if citation.arxiv and not citation.booktitle else None,
        "eprint": citation.arxiv,
        "archiveprefix": "arXiv" if citation.arxiv else None,
        "note": rf"Files as in the GitHub repository {citation.repository}".replace("_", r"\_"),
    }
    lines = [f"  {name} = {{{value}}}" for name, value in fields.items() if value is not None]
    return f"@{'inproceedings' if citation.booktitle else 'misc'}{{{key},\n" + ",\n".join(lines) + "\n}\n"
