"""Things of one kind that exclude each other where each text names its own: a violin and a cello, tea and coffee.

No list is complete, and none need be: the guard for what differs in one place needs no words at all. These speak where
the sentence around the thing is worded anew. Words that may name the same thing (dog and puppy) never stand as two.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping

from evals.text.difference import is_chinese

_ENGLISH = {
    "instrument": "violin cello piano guitar flute trumpet clarinet saxophone harp drums banjo accordion oboe trombone",
    "animal": "dog cat rabbit hamster parrot horse goat goldfish tortoise ferret canary",
    "drink": "coffee tea beer wine juice milk lemonade cocoa whisky vodka rum gin cider",
    "sport": "football basketball tennis badminton volleyball golf rugby cricket hockey baseball boxing judo fencing",
    "meat": "beef pork chicken lamb turkey duck",
    "fruit": "apple banana orange pear peach mango cherry strawberry grape pineapple papaya watermelon",
    "nut": "peanut walnut almond cashew hazelnut pistachio",
    "colour": "red blue green yellow black white purple pink brown grey gray",
    "language": "english spanish french german italian japanese korean mandarin portuguese russian arabic hindi"
    " swedish polish dutch turkish greek vietnamese thai",
    "illness": "diabetes asthma hypertension arthritis migraine epilepsy eczema gout anaemia pneumonia",
    "vehicle": "bus train tram ferry bicycle motorcycle scooter taxi plane",
    "subject": "physics chemistry biology mathematics history geography economics philosophy linguistics law medicine"
    " architecture psychology",
    "trade": "nurse plumber electrician carpenter lawyer accountant architect dentist pilot journalist chef librarian"
    " pharmacist translator",
    "body": "knee ankle wrist elbow shoulder hip hand foot neck",
    "meal": "breakfast lunch dinner supper",
    "film": "thriller comedy documentary horror western musical romance",
}
_CHINESE = {
    "instrument": "小提琴 大提琴 钢琴 吉他 长笛 小号 单簧管 萨克斯 古筝 二胡 琵琶 架子鼓 手风琴 竖琴 口琴",
    "animal": "狗 猫 兔子 仓鼠 鹦鹉 乌龟 金鱼 山羊",
    "drink": "咖啡 绿茶 红茶 奶茶 啤酒 白酒 红酒 黄酒 果汁 牛奶 豆浆 可乐 威士忌",
    "sport": "足球 篮球 网球 羽毛球 乒乓球 排球 高尔夫 橄榄球 棒球 拳击 柔道 击剑 台球",
    "meat": "牛肉 猪肉 鸡肉 羊肉 鸭肉 鱼肉",
    "fruit": "苹果 香蕉 橙子 梨子 桃子 芒果 樱桃 草莓 葡萄 菠萝 西瓜 荔枝 榴莲",
    "nut": "花生 核桃 杏仁 腰果 榛子",
    "colour": "红色 蓝色 绿色 黄色 黑色 白色 紫色 粉色 棕色 灰色 橙色",
    "language": "英语 法语 德语 日语 韩语 西班牙语 俄语 意大利语 葡萄牙语 阿拉伯语 粤语 泰语 越南语",
    "illness": "糖尿病 哮喘 高血压 关节炎 偏头痛 癫痫 湿疹 痛风 贫血 肺炎 胃炎",
    "vehicle": "公交 地铁 火车 高铁 轮船 自行车 摩托车 出租车 飞机 电动车",
    "subject": "物理 化学 生物 数学 历史 地理 经济学 哲学 语言学 法律 法学 医学 建筑学 心理学 新闻学",
    "trade": "护士 水管工 电工 木匠 律师 会计 建筑师 牙医 飞行员 记者 厨师 图书管理员 药剂师 翻译 海员",
    "body": "膝盖 脚踝 手腕 手肘 肩膀 髋 脖子 腰",
    "cuisine": "川菜 粤菜 湘菜 鲁菜 东北菜 江浙菜 日料 韩餐 西餐 法餐",
    "film": "悬疑 喜剧 纪录片 恐怖片 爱情片 科幻 古装 武侠 言情",
}
_ENGLISH_KIND = {word: (kind, word) for kind, words in _ENGLISH.items() for word in words.split()}
_ENGLISH_KIND |= {f"{word}s": entry for word, entry in _ENGLISH_KIND.items() if not word.endswith("s")}
_ENGLISH_KIND |= {"cherries": ("fruit", "cherry"), "strawberries": ("fruit", "strawberry"), "gray": ("colour", "grey")}
_CHINESE_KIND = {word: (kind, word) for kind, words in _CHINESE.items() for word in words.split()}
_CHINESE_WORD = re.compile("|".join(sorted(_CHINESE_KIND, key=len, reverse=True)))


def kinds(canonical_text: str, language: str, words: Collection[str]) -> Mapping[str, frozenset[str]]:
    """The things of each kind that a canonical text names; `words` are its tokens."""
    if is_chinese(canonical_text, language):
        named = [_CHINESE_KIND[word] for word in _CHINESE_WORD.findall(canonical_text)]
    else:
        named = [_ENGLISH_KIND[word] for word in _ENGLISH_KIND.keys() & words]
    found: dict[str, frozenset[str]] = {}
    for kind, thing in named:
        found[kind] = found.get(kind, frozenset()) | {thing}
    return found


def kind_mismatch(gold: Mapping[str, frozenset[str]], pred: Mapping[str, frozenset[str]]) -> tuple[str, str] | None:
    """A thing of each side, of one kind, that the other side does not name."""
    for kind in sorted(gold.keys() & pred.keys()):
        gold_alone, pred_alone = gold[kind] - pred[kind], pred[kind] - gold[kind]
        if gold_alone and pred_alone:
            return min(gold_alone), min(pred_alone)
    return None
