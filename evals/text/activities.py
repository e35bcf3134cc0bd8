"""What somebody does with a thing: watching a story is not reading it, however alike the rest of two texts.

Only activities that exclude each other over one object are listed; verbs that may stand for one another (run, make,
teach and give a lesson) are not.
"""

from __future__ import annotations

import re
from collections.abc import Collection

from evals.text.difference import is_chinese

_ENGLISH = {
    "watch": "watch watches watching watched",
    "read": "read reads reading",
    "listen": "listen listens listening listened",
    "sing": "sing sings singing sang",
    "dance": "dance dances dancing danced",
    "cook": "cook cooks cooking cooked bake bakes baking baked",
    "eat": "eat eats eating ate",
    "drink": "drink drinks drinking drank",
    "write": "write writes writing wrote written",
    "paint": "paint paints painting painted draw draws drawing drew",
    "swim": "swim swims swimming swam",
    "cycle": "cycle cycles cycling cycled bike bikes biking biked",
    "climb": "climb climbs climbing climbed",
    "ski": "ski skis skiing skied",
    "knit": "knit knits knitting knitted sew sews sewing sewed",
    "collect": "collect collects collecting collected",
}
_CHINESE = {
    "watch": r"观看|看(?=[^,。]{0,4}(?:电视|剧|电影|片|球赛|比赛|直播|综艺|动漫|话剧))",
    "read": r"阅读|[看读](?=[^,。]{0,4}(?:书|小说|报纸|杂志|漫画|诗))",
    "listen": r"听(?=[^,。]{0,4}(?:歌|音乐|曲|电台|播客|相声|评书|书))",
    "sing": "唱",
    "dance": "跳舞|跳(?=[^,。]{0,3}舞)",
    "cook": "做饭|做菜|下厨|烘焙",
    "eat": "吃",
    "drink": "喝",
    "write": "写(?=[^,。]{0,4}(?:小说|诗|日记|文章|博客|歌词|书法))",
    "paint": "画画|绘画|画(?=[^,。]{0,3}(?:画|水彩|油画|素描))",
    "swim": "游泳",
    "cycle": "骑车|骑行",
    "climb": "爬山|登山|攀岩",
    "ski": "滑雪",
    "collect": "收集|收藏",
}
_ENGLISH_FORMS = {form: activity for activity, forms in _ENGLISH.items() for form in forms.split()}
_SOME_CHINESE = re.compile("[看读听唱跳做下烘吃喝写画游骑爬登攀滑收阅绘]")
_CHINESE_FORMS = {activity: re.compile(forms) for activity, forms in _CHINESE.items()}


def activities(canonical_text: str, language: str, words: Collection[str]) -> frozenset[str]:
    """The activities of a canonical text, under one English name each; `words` are its tokens."""
    if is_chinese(canonical_text, language):
        if _SOME_CHINESE.search(canonical_text) is None:
            return frozenset()
        return frozenset(name for name, forms in _CHINESE_FORMS.items() if forms.search(canonical_text))
    return frozenset(_ENGLISH_FORMS[word] for word in _ENGLISH_FORMS.keys() & words)


def activity_mismatch(gold: frozenset[str], pred: frozenset[str]) -> tuple[str, str] | None:
    """One activity of each side where they have none in common."""
    if not gold or not pred or gold & pred:
        return None
    return min(gold), min(pred)
