"""The general Chinese rules: whatever else somebody states about their own life, with or without saying 我."""

from __future__ import annotations

import re

from evals.extractors.rules.chinese_words import CLOSE, CONDITION, KIN, NUM, PAST, TIME, I
from evals.extractors.rules.labels import CHINESE_TOPICS
from evals.extractors.rules.rule import Rule

_ADV = (
    r"(?:也|都|还|就|又|才|正|已经|一直|刚刚?|最近|现在|目前|本来|后来|以前|之前|平时|从小|从来|终于|今年|当时|自己"
    r"|其实)"
)
_LEAD = rf"^(?:{TIME}|{_ADV}|和[^，]{{1,6}}|跟[^，]{{1,6}}|在[^，]{{1,8}}){{0,4}}"
_US = rf"{_LEAD}(?:{I}家?|家里|家人|我这边|我自己)(?:的|这边)?(?:{TIME}|{_ADV}){{0,4}}"
_OFTEN = (
    rf"(?:每[天周月年晚次逢隔个]|天天|经常|常常|平时|通常|一般都|习惯|坚持|总是|从不"
    rf"|一[天周][^，]{{0,6}}{NUM}[次杯个顿节]|周末都)"
)
_AHEAD = (
    r"(?:打算|准备|计划|决定|筹备|想(?=[去学买考换搬转开养辞创留报当练减申参找从做把给带趁])"
    r"|要(?=[去上回搬考办参开出换交请学带给飞])|得去|报了|约了|订了|预约了|定了|申请了|将要?|马上就?)"
)
_DONE = r"(?:了|过|完|到(?!底)|被|把|刚|没有?)"
_DOING = r"(?:[在是有做住开学读教养租用吃喝去考上搬换打]|正在|负责|今年|属于|已经|需要|没)"

_CHAT = re.compile(
    r"[你您他她它](?!妈)(?:们)?(?:说|觉得|的|是|会|能|喜欢|就|也|有|要)?$|^(?:你|您|人们|大家|有人|别人"
    r"|这[是个么样种些里次]?|那[是个么样种些里次]?|它|他们|她们|谁|任何|所有|每个人|如今的?人|世界|中国|生活|人生"
    r"|爱情)|谢谢|感谢|晚安|会尽[力情量]|会好好|下次再|需要更|再见|你|您|推荐|聊[天聊]|试一?试|尝试|看一看|努力|^我(?:也|会|就|都|真的?|还|很|非常|比较"
    r"|特别|太|挺|最|更|好)*(?:想问|知道|明白|懂|喜欢|爱|讨厌|记得|忘|觉得|感觉|认为|期待|同意|支持|相信|想听|想说"
    r"|想看看|想知道|想了解|听说|看到|发现|开心|高兴|难过|好奇|好的|去看看|的天|的妈呀|靠|去$|会的)|用户|客户|顾客"
    r"|持卡|加油|哈哈|新闻|股市|上映|主演|票房|优惠|立减|故事|小说里|文章|代码|函数|报错|题目|上文|这段|一句话|字数"
    r"|答案|回答|问题$|字数|\d+字|撰写|输出|生成|作文|文案|插画|风格|指令|活动[时对内期范]"
)
_REACTION = re.compile(
    r"^(?:真|好|太|很|挺|不错|厉害|有意思|原来|确实|没[事错]|没问题|没关系|不用|不行|不是|不要|不会|不知|有道理|有可能"
    r"|可[以能]|应该|需要|必须|最好|只[要有是能]|所有|也[是许行]|还[行好可]|一定|当然|或者|比如|例如|但是|无论|不管|人"
    r"|听|说|看|感觉|觉得|希望|祝|天气|是[的吗啊]|有[时点些人没]|像|看来|算|据|请|综合|准确|进行|开始一[个段]|别|控制"
    r"|里面|保持|突出|[^，]{1,4}一下|给[这那]|来|再|哪|怎|为|当|对|让|使|随着|关于|作为|通过|根据|其|该|某|本|此)"
)
_WORLD = r"[^我]*(?:奖|影片|专辑|出生|参演|主演|作曲|唱片|发行|上映|曲目|歌手|朝代|景点|门票|开放时间|电话是)"
_SUBJECTLESS_OTHERS = re.compile(f"{_CHAT.pattern}|{_REACTION.pattern}|^{_WORLD}")


def _told(
    name: str,
    pattern: str,
    *examples: str,
    tags: tuple[str, ...] = (),
    memory_type: str = "UserMemory",
    weak: bool = False,
) -> Rule:
    return Rule(
        name=name,
        topic="told",
        on=(),
        pattern=re.compile(pattern),
        examples=examples,
        unless=_SUBJECTLESS_OTHERS if weak else _CHAT,
        memory_type=memory_type,
        tags=tags,
        weak=weak,
    )


TOLD: tuple[Rule, ...] = (
    _told("told.habit", rf"{_US}[^，]{{0,6}}{_OFTEN}[^，]{{2,}}", "我每周四游泳", tags=("habit",)),
    _told(
        "told.plan",
        rf"{_US}[^，]{{0,6}}{_AHEAD}[^，]{{2,}}",
        "我打算明年去冰岛",
        tags=("plan",),
        memory_type="LongTermMemory",
    ),
    _told(
        "told.event",
        rf"{_US}[^，]{{0,12}}{_DONE}[^，]{{2,}}|^{PAST}{I}[^，]{{3,}}",
        "我上周摔断了手腕",
        tags=("event",),
        memory_type="LongTermMemory",
    ),
    _told("told.life", rf"{_US}[^，]{{4,}}", "我对花生过敏得厉害"),
    _told(
        "told.relation",
        rf"^(?:{TIME}|{_ADV}){{0,2}}(?:大|小|二|两个|老)?(?:{KIN}|{I}的?{CLOSE})(?!说|讲|问|觉得|建议|让"
        rf"|的$)[^，]{{3,}}",
        "孩子才八个月",
        tags=("family",),
    ),
    _told("told.health", rf"^[^，你他她]{{0,8}}(?:{CONDITION}|过敏)[^，]{{0,6}}$", "海鲜过敏", weak=True),
    _told(
        "told.often",
        rf"^(?:[^，我你他她]{{0,4}})?{_OFTEN}[^，]{{3,}}",
        "每天坐地铁一个半小时",
        tags=("habit",),
        weak=True,
    ),
    _told(
        "told.coming",
        rf"^(?:{TIME}|{_ADV})*{_AHEAD}[^，]{{2,}}|^{TIME}[^，]{{0,6}}(?:要|去|飞|回|考|搬|办|参加|开始|出差|结婚|面试"
        rf"|交|满|入职|放假)[^，]*",
        "下周二去复查",
        tags=("plan",),
        memory_type="LongTermMemory",
        weak=True,
    ),
    _told(
        "told.done",
        r"^[^，我你他她]{1,8}(?:了|过|完|到)[^，]{2,}",
        "换了个三居室",
        tags=("event",),
        memory_type="LongTermMemory",
        weak=True,
    ),
    _told(
        "told.state",
        rf"^(?=.*{CHINESE_TOPICS})(?:{TIME}|{_ADV}|从[^，]{{1,6}})*(?:{_DOING}[^，]{{3,}}|[^，]{{2,8}}{NUM}[^，]{{1,8}})",
        "在浦东租的两居室",
        weak=True,
    ),
)
