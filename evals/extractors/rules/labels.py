"""The closed list of tags in both languages, and the words in a memory that add one."""

from __future__ import annotations

import re

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

_SPOKEN: tuple[tuple[str, re.Pattern[str]], ...] = (
    (
        "family",
        re.compile(
            r"\b(?:wife|husband|sons?|daughters?|kids?|child(?:ren)?|mother|mom|mum|father|dad|parents"
            r"|brothers?|sisters?"
            r"|grand\w+|nephew|niece|cousin|aunt|uncle)\b"
            r"|[爸妈儿孩娃爷奶]|女儿|闺女|老公|老婆|丈夫|妻子|太太|先生|公婆|表[姐哥弟妹]|父亲|母亲",
            re.I,
        ),
    ),
    (
        "sport",
        re.compile(
            r"\b(?:marathon|badminton|tennis|football|soccer|basketball|swim\w*|yoga|gym|climb\w*|ski(?:ing)?"
            r"|cycling|hik\w+"
            r"|runn?(?:ing|er)|race|workout|training)\b|跑步|羽毛球|篮球|足球|游泳|瑜伽|健身|马拉松|爬山|网球|滑雪",
            re.I,
        ),
    ),
    (
        "food",
        re.compile(
            r"\b(?:eat|eats|food|meat|fish|dairy|vegan|vegetarian|coffee|cook\w*|bak\w+|dinner|gluten|seafood)\b"
            r"|[吃喝菜饭茶]|咖啡|海鲜|可乐|烘焙",
            re.I,
        ),
    ),
    (
        "health",
        re.compile(
            r"\b(?:surgery|doctor|hospital|allergic|diabetes|injury|pain)\b|手术|医院|过敏|复查|体检|看病", re.I
        ),
    ),
    ("transport", re.compile(r"\b(?:car|van|driving|licen[cs]e|train|bike|MOT)\b|驾照|路考|开车|年检|地铁", re.I)),
    (
        "finance",
        re.compile(
            r"\b(?:rent|salary|mortgage|savings?|budget|loan|price)\b|房租|房贷|工资|月薪|年薪|预算|存款|贷款", re.I
        ),
    ),
    (
        "education",
        re.compile(
            r"\b(?:school|university|college|exam|degree|thesis|course|classes)\b|大学|考试|考研|课|论文|学校|毕业",
            re.I,
        ),
    ),
    (
        "work",
        re.compile(
            r"\b(?:company|boss|colleagues?|client|office|shift|shop)\b|公司|同事|老板|加班|上班|客户|面试", re.I
        ),
    ),
)


def tags_for(tags: tuple[str, ...], text: str, *, language: str) -> tuple[str, ...]:
    """A rule's tags and those its wording asks for, at most four, in the language given."""
    spoken = (tag for tag, words in _SPOKEN if words.search(text))
    chosen = list(dict.fromkeys((*tags, *spoken)))
    if language == "zh":
        chosen = list(dict.fromkeys(CHINESE_TAG[tag] for tag in chosen))
    return tuple(chosen[:4])
