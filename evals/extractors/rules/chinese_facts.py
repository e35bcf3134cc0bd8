"""The Chinese rules for who the user is; everything else is chinese_statements."""

from __future__ import annotations

import re

from evals.extractors.rules.chinese_words import JOB, NUM, I
from evals.extractors.rules.rule import Form, Rule

_OTHERS = re.compile(r"^(?:他|她|它|你|您|人们|大家|有人|别人|这|那|某)|他们|她们")


def fact(
    name: str,
    on: str,
    pattern: str,
    *examples: str,
    key: str = "",
    tags: str,
    memory_type: str = "UserMemory",
    unless: re.Pattern[str] | None = _OTHERS,
    form: Form = "statement",
) -> Rule:
    return Rule(
        name=name,
        topic=name.partition(".")[0],
        on=tuple(on.split()),
        pattern=re.compile(pattern),
        examples=examples,
        unless=unless,
        key=key,
        memory_type=memory_type,
        tags=tuple(tags.split()),
        form=form,
    )


PERSON: tuple[Rule, ...] = (
    fact(
        "profile.name",
        "叫 本人 名字",
        rf"^{I}(?:的名字)?(?:名?叫|是叫|叫做)(?!你|了|他|她|上|来|它)[\u4e00-\u9fffA-Za-z·]{{1,8}}$|^(?:我的名字"
        rf"|名字)(?:是|叫)|^本人[\u4e00-\u9fff]{{2,4}}$",
        "我叫小满",
        key="姓名",
        tags="person",
    ),
    fact(
        "profile.age",
        "岁 周岁 后 属 奔",
        rf"^{NUM}(?:周)?岁$|^{I}(?:今年|已经|快|都|现在|也)*{NUM}(?:周)?岁|^{I}.{{0,6}}{NUM}岁|^{I}(?:是)?[0-9]0后"
        rf"|^{I}今年(?:二|三|四|五)十|{I}(?:今年)?属[鼠牛虎兔龙蛇马羊猴鸡狗猪]",
        "我今年35岁",
        "28岁",
        key="年龄",
        tags="person",
    ),
    fact(
        "profile.job",
        "是 做 当 干 开 教 从事 工作 上班 职业 任职",
        rf"^{I}(?:现在|目前|以前|之前|也|就|曾经|本来|后来)?(?:是|成为了?|当"
        rf"|做)(?:了)?(?:一[名个位])?[^，]{{0,12}}{JOB}(?:$|的?$|，|一枚|{NUM}年)|^{I}?(?:现在|目前|一直|就|也|之前"
        rf"|以前)?在[\u4e00-\u9fffA-Za-z]{{2,12}}?(?:当|做|开(?!始|心|会|车)|教|工作|上班|任职|实习|带团|卖"
        rf"|打工)(?!什么|了|活动|的时候|的|时|量|$(?<!工作)(?<!上班)(?<!任职)(?<!实习)(?<!打工))|{I}(?:从事|在从事"
        rf"|的工作是|的职业是)|^{I}[^，]{{0,4}}(?:做|干|从事)[^，]{{1,8}}(?:行业|这行|生意)|^开(?:网约车|出租|民宿|店"
        rf"|超市|饭店|餐馆|花店|书店|咖啡馆)",
        "我是一名护士",
        "在杭州做后端开发",
        "我在青岛开民宿",
        key="职业",
        tags="job",
        unless=re.compile(
            r"^(?:他|她|它|你|您|有人)|不是|在(?:看|听|做饭|家做|网上|微博|这里|那里|想|干什么|做什么)|做(?:饭|梦|菜"
            r"|运动|作业|题|美食|手工|家务|事|人|好|完|了个)"
        ),
    ),
    fact(
        "profile.city",
        "住 来自 老家 人 定居 出生 家在 长大 来 搬到",
        rf"^{I}(?:现在|目前|一直|自己|们家)?(?:住在|住|家在|定居在?|在.{{1,8}}住|来自|出生在|出生于|老家在|老家是"
        rf"|是在.{{1,8}}长大|从小在)[\u4e00-\u9fff]{{2,}}|^(?:老家|家)(?:是|在)(?!我|的|这)[\u4e00-\u9fff]{{2,6}}"
        rf"|^{I}(?:是|就是|也是|可是|一个)(?!好|坏|个|每|没|别|有|什么|中国|本人|大人|老人|女人|男人|成年|普通|正常"
        rf"|现代|病|一)[\u4e00-\u9fff]{{2,4}}人$|^{I}?来[\u4e00-\u9fff]{{2,6}}(?:快|已经|都)?{NUM}年"
        rf"|^{I}?在[\u4e00-\u9fff]{{2,6}}(?:待了|住了|生活了|生活)",
        "我住在成都",
        "我老家在大理",
        "我是吉林人",
        key="所在地",
        tags="location",
        unless=re.compile(
            r"^[他她它你]|主人|的人|[好坏老]人|爱人|机器人|住(?:宿|院|手|校|了$)|同意|诚实|负责|别人|女人|男人|有人"
            r"|年轻人|工人"
        ),
    ),
    fact(
        "profile.study",
        "读 学 念 大学 毕业 研究生 本科 专业 高中 大一 大二 大三 大四 高一 高二 高三 研一"
        " 研二 研三 考研 留学 博士 在校",
        rf"^{I}?(?:现在|目前|今年|正)?(?:在|正在)?(?:读|念|上)(?:的)?(?:大[一二三四]|高[一二三中]|初[一二三中]"
        rf"|研[一二三]|研究生|博士?|本科|大学|硕士)|^{I}?(?:是)?[^，]{{0,10}}(?:专业|大学|学院)(?:的|在读|毕业)"
        rf"|^{I}(?:学|读|念)的?(?:是)?[^，]{{1,8}}(?:专业|系)|^{I}[^，]{{0,8}}毕业|^(?:本科|硕士"
        rf"|大学)[^，]{{0,6}}(?:毕业|在读)|^{I}(?:的)?(?:本科|硕士|博士|专业|学历)",
        "我在读研究生",
        "我学的是建筑专业",
        key="学历",
        tags="education",
        unless=re.compile(r"^[他她你]|读(?:书|者|过|了一?本|完)|考虑"),
    ),
)

FAMILY: tuple[Rule, ...] = (
    fact(
        "family.status",
        "结婚 离婚 离异 单身 已婚 未婚 恋爱 订婚 分手",
        rf"^{I}?(?:已经|都|刚|现在|还是|目前|跟[^，]{{1,4}})*(?:结婚|离婚|离异|单身|已婚|未婚"
        rf"|订婚)[了着]?[^，]{{0,6}}$|^{I}(?:是|还是)?单身|^{I}.{{0,6}}(?:结婚|离婚|订婚|分手)(?:了|{NUM}年)",
        "我结婚五年了",
        "我是单身",
        key="婚姻状况",
        tags="family relationship",
        unless=re.compile(r"^[他她你]|不想|想|如果|要不"),
    ),
)

MENTIONS: tuple[Rule, ...] = (
    fact(
        "family.mention",
        "",
        r"我(?:家)?的?(?:老公|老婆|丈夫|妻子|太太|儿子|女儿|闺女|男朋友|女朋友|双胞胎|孙子|孙女)|(?:给|送)(?:妻子"
        r"|老婆|老公)",
        "写一首诗给妻子",
        "接送我女儿",
        key="家人",
        tags="family",
        form="mention",
        unless=None,
    ),
)
