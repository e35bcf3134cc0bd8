"""The closed list of tags in both languages, the words in a memory that ask for one, and the titles they give."""

from __future__ import annotations

import re
from functools import lru_cache

from evals.extractors.rules import chinese_words, english_words

CHINESE_TAG = {
    "person": "个人",
    "job": "工作",
    "work": "工作",
    "education": "教育",
    "location": "地点",
    "family": "家庭",
    "relationship": "关系",
    "health": "健康",
    "hobby": "爱好",
    "sport": "运动",
    "possession": "物品",
    "pet": "宠物",
    "home": "住房",
    "travel": "旅行",
    "plan": "计划",
    "event": "事件",
    "habit": "习惯",
    "food": "饮食",
    "finance": "财务",
    "skill": "技能",
    "project": "项目",
    "purchase": "购物",
    "language": "语言",
    "transport": "交通",
}
_NO_TAG = ("person",)
_MOST_TAGS = 4

_TOPICS: dict[str, tuple[str, str]] = {  # words in English and in Chinese
    "health": (
        rf"{english_words.CONDITION}|allerg\w+|surgery|operation|doctors?|dentist|hospital|diagnos\w+|medication|pills"
        r"|statins|injur\w+|sprained|fractured|pain|physio\w*|diet|weigh|(?:my|the user's|their) (?:\w+ )?(?:knees?"
        r"|back|wrist|shoulder|hip|ankle|heart|skin)",
        rf"{chinese_words.CONDITION}|过敏|手术|医院|住院|复查|体检|看病|确诊|骨折|摔断|扭伤|降压药|减肥|减脂|腰|膝盖",
    ),
    "pet": (english_words.PET, chinese_words.PET),
    "family": (english_words.KIN, chinese_words.KIN),
    "travel": (
        r"trip|travel\w*|flights?|flying|flew|fly|holiday|vacation|hotel|visa|airport|abroad|cruise|tour|visit(?:ed"
        r"|ing)?",
        r"旅[行游]|飞[往去到]|机票|签证|酒店|出差|机场|出国",
    ),
    "home": (
        r"flat|apartment|house|kitchen|bathroom|bedroom|garden|landlord|moved|moving|renovat\w+|balcony|cottage|attic",
        r"房子|公寓|搬家|搬到|装修|厨房|阳台|租房|租的|合租|三居室|两居室|房东|小区",
    ),
    "possession": (
        r"van|bikes?|bicycle|motorbike|boat|guitars?|piano|violin|cameras?|laptop|telescope|phone|kettlebells",
        chinese_words.THING,
    ),
    "sport": (
        r"marathon|badminton|tennis|football|soccer|basketball|swim\w*|yoga|gym|climb\w*|ski(?:ing)?|cycling|hik\w+"
        r"|runn?(?:ing|er)?|ran|race|workout|training|rowing|judo|karate|pilates",
        r"跑步|夜跑|羽毛球|篮球|足球|游泳|瑜伽|健身|马拉松|半马|爬山|网球|滑雪|攀岩|骑行",
    ),
    "hobby": (
        r"knit\w*|paint(?:s|ing)?|choir|band|chess|pottery|photography|accordion|collect(?:s|ing)?|sew\w*|novel"
        r"|hobb\w+",
        r"爱好|摄影|画画|吉他|钢琴|书法|钓鱼|象棋|围棋|追剧",
    ),
    "food": (
        r"eats?|food|meat|fish|dairy|vegan|vegetarian|coffee|cook\w*|bak\w+|dinner|gluten|seafood|alcohol",
        r"[吃喝菜饭茶]|咖啡|海鲜|可乐|烘焙|饮食",
    ),
    "transport": (r"car|van|driving|licen[cs]e|trains?|bike|MOT|commute|tram", r"驾照|路考|开车|年检|地铁|通勤"),
    "finance": (
        r"rent|salary|mortgage|savings?|budget|loan|debts?|earns?|owes?|invest\w*|pension",
        r"房租|月租|房贷|工资|月薪|年薪|调薪|预算|存款|贷款|存钱|攒|工资|欠",
    ),
    "purchase": (r"bought|buy(?:ing)?|ordered|purchased", r"买了|买个|网购|下单"),
    "education": (
        r"school|university|college|exams?|degree|thesis|courses?|class(?:es)?|stud(?:y|ies|ied|ying)|lessons?"
        r"|learn\w*",
        r"大学|考试|考研|课|论文|学校|毕业|培训|报了.{0,6}班|在学",
    ),
    "work": (
        r"work(?:s|ed|ing)?|company|boss|colleagues?|coworkers?|clients?|office|shifts?|shop|job|promot\w+|team"
        r"|startup",
        r"公司|同事|老板|加班|上班|客户|面试|部门|辞职|升职|团队|项目|工作",
    ),
}
_SPOKEN = {tag: re.compile(rf"\b(?:{english})\b|{chinese}", re.I) for tag, (english, chinese) in _TOPICS.items()}
CHINESE_TOPICS = rf"(?:{'|'.join(chinese for _, chinese in _TOPICS.values())})"
SEPARATE = frozenset(["health", "pet", "possession", "family"])


def tags_for(tags: tuple[str, ...], text: str, *, language: str) -> tuple[str, ...]:
    """A rule's tags and those its wording asks for, at most four, in the language given; never none."""
    chosen = list(dict.fromkeys((*tags, *_spoken(text)))) or list(_NO_TAG)
    if language == "zh":
        chosen = list(dict.fromkeys(CHINESE_TAG[tag] for tag in chosen))
    return tuple(chosen[:_MOST_TAGS])


def title_for(tags: tuple[str, ...], text: str, *, language: str) -> str:
    """A short title from what a memory is about, where its rule has none."""
    tag = next(iter((*_spoken(text), *tags, *_NO_TAG)))
    return CHINESE_TAG[tag] if language == "zh" else tag.capitalize()


def topic_of(text: str) -> str:
    """What somebody's own words are about, if it is one of the things that make a memory each."""
    return next((tag for tag in _spoken(text) if tag in SEPARATE), "told")


@lru_cache(maxsize=256)
def _spoken(text: str) -> tuple[str, ...]:
    return tuple(tag for tag, words in _SPOKEN.items() if words.search(text))
