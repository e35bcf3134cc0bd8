"""Chinese sentences cut into clauses, and the clauses in which nobody states anything about the user."""

from __future__ import annotations

import re

from evals.extractors.rules.chinese_wording import without_lead
from evals.extractors.rules.rule import Clause
from evals.extractors.rules.sentences import Sentence

_COMMA = re.compile(r"[，,；;：:]+|——+|—|\s{2,}")
_HYPOTHETICAL = re.compile(
    r"^(?:如果|假如|假设|要是|倘若|万一|若是|若|假使|除非|即使|哪怕|想象一下|比如|例如|等我|当我老)|的话$|就好了"
    r"|该多好|恨不得"
)
_QUESTION = re.compile(
    r"[吗么]$|(?<![没什])么$|怎么|怎样|咋|什么|为啥|为何|有啥|哪[个些里儿种家年款]?|谁|多少|几[个点号天时]|如何|能不能"
    r"|可不可以|是不是|有没有|行不行|要不要|好不好|会不会|该不该|多久|多大|多远|多高|对不对|还是.{1,12}呢"
    r"|可以.{0,10}吗|何时|吗[，。]?$|有没$|算不算|知不知道|是否|([\u4e00-\u9fff])不\1"
)
_NOT_ASKING = re.compile(
    r"什么都|怎么都|怎么也|没什么|谁都|哪儿都|哪里都|哪都|怎么看都|什么也|不怎么|没怎么|不知道怎么|多少有点"
    r"|几个(?:朋友|同事)|[好这那上前后十]几|几十"
)
_REQUEST = re.compile(
    r"^(?:请|麻烦|帮|给我|替我|推荐|告诉我|教我|写|翻译|解释|列|介绍|生成|总结|分析|说说|讲讲|看看|来[一个点份段]|再来"
    r"|再|换|继续|改|把|加|删|去掉|用.{1,6}(?:写|翻译)|根据|按照|模仿|续写|扩写|你|能|可以|让我们?|我们来|咱们来"
    r"|算一?算|查|找)|帮我|给我(?:推荐|写|讲|说|算|找|列|来|介绍|一|几|些|点)|^我(?:想|要|需要|希望)(?:你|您|知道|问"
    r"|请|让你|看看|听听|了解一下|咨询)|请问|请你|麻烦你|教教我|拟个|推几个"
)
_STANCE = re.compile(
    r"^我?(?:觉得|认为|感觉|猜|想想|估计|以为|怀疑|希望|相信|明白|懂|知道|理解|同意|看来|听说|据说|会试|试试|会去"
    r"|会尝试|考虑一下|看一看|也这么|应该|可能|或许|也许)|^(?:他|她|它|你|您|人们|大家|有人|别人|这|那)"
)
_ASSISTANT = re.compile(r"你|您")


def clauses_of(sentence: Sentence, *, message: int, number: int) -> tuple[Clause, ...]:
    """The clauses of one sentence, cut at commas; a question mark makes a question of the last one."""
    parts = [without_lead(part) for part in _COMMA.split(sentence.text)]
    kept = [part for part in parts if part]
    return tuple(
        Clause(
            text=part,
            message=message,
            sentence=number,
            language="zh",
            joint="，" if place else "",
            question=(sentence.question and place == len(kept) - 1) or _asks(part),
        )
        for place, part in enumerate(kept)
    )


def states_something(clause: Clause) -> bool:
    """Whether a clause can hold a fact: no question, hypothesis, request, opinion or talk about the assistant."""
    text = clause.text
    return not (
        clause.question
        or _HYPOTHETICAL.search(text)
        or _REQUEST.search(text)
        or _STANCE.search(text)
        or _ASSISTANT.search(text)
    )


def is_hypothetical(clause: Clause) -> bool:
    return _HYPOTHETICAL.search(clause.text) is not None


def _asks(text: str) -> bool:
    return _QUESTION.search(text) is not None and _NOT_ASKING.search(text) is None
