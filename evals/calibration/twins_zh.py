"""Chinese edits after which a text says something else, by kind. They share no word list with the guards they probe."""

from __future__ import annotations

import re
from collections.abc import Mapping

from evals.calibration.edits import Edit, both_ways, other_number, rewrite, ring, swap

_ANY = r"{}"
_DIGIT = "一二三四五六七八九"
_MEASURE = "(?=[个只条本张件台辆间套块斤年岁天次遍位口户层楼门节集页杯碗盒瓶支双对份亩头匹棵米])"
_UNITS = both_ways({"公里": "米", "公斤": "克", "分钟": "小时", "周": "年", "厘米": "毫米", "平米": "亩", "毫升": "升"})
_UNITS |= {"斤": "吨", "个月": "年", "天": "个月", "年": "个月"}
_CITIES = ring(
    "北京 上海 广州 深圳 杭州 成都 武汉 西安 南京 重庆 天津 苏州 长沙 郑州 青岛 厦门 昆明 沈阳 大连 哈尔滨 济南 合肥 "
    "福州 南宁 贵阳 兰州 太原 台北 香港 东京 大阪 首尔 新加坡 伦敦 巴黎 纽约 洛阳 泉州 桂林 海口"
)
_RELATIVES = ring("妈妈 弟弟 女儿 舅舅 妻子 侄子 爸爸 姐姐 儿子 姑姑 丈夫 侄女 母亲 哥哥 父亲 妹妹 爷爷 外婆 奶奶 外公")
_OTHERS = ring("老板 邻居 表哥 老师 房东 室友 同事 导师")
_DENY = {"有": "没有", "是": "不是", "在": "不在", "会": "不会", "能": "不能", "要": "不要", "想": "不想", "住": "不住"}
_DENY |= {
    "喜欢": "不喜欢",
    "希望": "不希望",
    "打算": "不打算",
    "计划": "没有计划",
    "吃": "不吃",
    "用": "不用",
    "养": "不养",
}
_DENY |= {"习惯": "不习惯", "需要": "不需要", "要求": "不要求", "常": "不常", "每天": "不是每天", "负责": "不负责"}
_DENY |= {
    "没有": "有",
    "不是": "是",
    "不会": "会",
    "不吃": "吃",
    "不喜欢": "喜欢",
    "不能": "能",
    "不想": "想",
    "不用": "用",
}
_ATTITUDE = both_ways({"喜欢": "讨厌", "偏好": "反感", "爱吃": "最怕吃", "偏爱": "厌恶"})
_ATTITUDE |= {"倾向于": "抗拒", "不喜欢": "喜欢", "受不了": "离不开", "不爱": "爱", "希望": "反对"}


def _count(match: re.Match[str]) -> str:
    return _DIGIT[(_DIGIT.index(match[0]) + 3) % len(_DIGIT)]


def _tens(match: re.Match[str]) -> str:
    return _DIGIT[1:][(_DIGIT.index(match[0]) + 2) % 8]


def _other_weekday(match: re.Match[str]) -> str:
    return _DIGIT[(_DIGIT.index(match[0]) + 2) % 6]


def _done(match: re.Match[str]) -> str:
    return f"已经{match[1]}了"


TWINS: Mapping[str, tuple[Edit, ...]] = {
    "number": (
        rewrite(r"(?<![0-9A-Za-z.:/-])[0-9]{1,6}(?![0-9%]|[.,:/][0-9]|[点月日号元块万千百])", other_number),
        rewrite(rf"(?<![十百千万零〇一二三四五六七八九第星期周拜月.点])[二三四五六七八九]{_MEASURE}", _count),
        rewrite(r"(?<![十百千万零〇一二三四五六七八九第])[二三四五六七八九](?=十[^一二三四五六七八九])", _tens),
    ),
    "money": (
        rewrite(r"(?<![0-9.])[0-9]{1,6}(?=[元块])", other_number),
        rewrite(r"(?<![0-9.])[0-9]{1,4}(?=万[^0-9人])", other_number),
        swap({"元": "欧元", "美元": "日元", "万元": "元"}, around=r"(?<=[0-9万千百]){}(?![素旦气月])"),
    ),
    "date": (
        rewrite(r"(?<![0-9])(?:1[0-2]|[1-9])(?=月(?!饼|季|子))", lambda match: str((int(match[0]) + 3) % 12 + 1)),
        rewrite(r"(?<=月)[0-9]{1,2}(?=[日号])", lambda match: str((int(match[0]) + 9) % 28 + 1)),
        rewrite(
            r"(?<=[周期拜])[一二三四五六](?![年月个天周刊级])",
            _other_weekday,
        ),
        rewrite(r"(?<![十个二三四五六七八九一])[一二三四五六七八九](?=月[^饼季亮])", _count),
    ),
    "time": (
        rewrite(r"(?<![0-9:])[0-9]{1,2}(?=:[0-9]{2})", lambda match: str((int(match[0]) + 2) % 12 + 1)),
        rewrite(r"(?<![0-9.])[0-9]{1,2}(?=点(?![0-9]))", lambda match: str((int(match[0]) + 2) % 12 + 1)),
        swap(both_ways({"上午": "晚上", "早上": "下午"}), around=_ANY),
    ),
    "unit": (
        swap(_UNITS, around="(?<=[0-9半一二三四五六七八九十百千万两])(?<![0-9]{{4}}){}(?![前后初级纪薪终底上下])"),
    ),
    "place": (swap(_CITIES, around=_ANY),),
    "negation": (swap(_DENY, around="(?<=^用户){}"),),
    "attitude": (swap(_ATTITUDE, around=r"(?<![不没]){}"),),
    "speaker": (
        swap(_RELATIVES, around=_ANY),
        swap(_OTHERS, around=_ANY),
        rewrite("^用户(?=[\u4e00-\u9fff])(?!的|和|与|家|名|本|自)", "用户的同事"),
    ),
    "plan_done": (rewrite("(?:打算|计划|准备|想要)([^,，。;；、]+)", _done),),
}
NAMES = ("骆闻笙", "隋小满", "褚遥", "桑吉", "鲍立冬")
PLACES = ("鹤岗", "酉阳", "腾冲", "塔城", "霞浦")
