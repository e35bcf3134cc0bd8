"""Pairs of opposites that turn a statement round without a negation."""

from __future__ import annotations

_ENGLISH = """
more/less more/fewer increase/decrease increased/decreased increasing/decreasing hot/cold hot/iced spicy/mild early/late
earlier/later indoor/outdoor indoors/outdoors sweet/salty quiet/loud
quiet/noisy cheap/expensive long/short longer/shorter brief/detailed concise/detailed short/detailed formal/informal
formal/casual dark/light big/small large/small bigger/smaller before/after left/right buy/sell bought/sold open/closed
single/married started/stopped start/stop starts/stops can/cannot can/can't always/never likes/dislikes love/hate
loves/hates win/lose won/lost gained/lost gain/lose passed/failed accepted/rejected joined/left fast/slow first/last
beginner/advanced public/private warm/cool black/white male/female son/daughter easy/hard simple/complex
with/without windows/aisle window/aisle import/export lend/borrow lent/borrowed older/younger elder/younger
rise/fall rises/falls rose/fell rising/falling up/down higher/lower day/night remote/on-site arrive/depart
arrives/departs agree/disagree agrees/disagrees agreed/disagreed include/exclude includes/excludes strong/weak
granted/refused granted/denied approved/rejected approved/declined found/lost remember/forget remembers/forgets
appear/disappear soft/firm soft/hard wet/dry full/empty healthy/ill calm/nervous vegetarian/meat safe/dangerous
urban/rural upstairs/downstairs plain/patterned correct/uncorrected paid/unpaid paid/owes employer/employee
trust/distrust trusts/distrusts tight/loose narrow/wide near/far deep/shallow ahead/behind
"""
_CHINESE = """
早上/晚上 早起/晚起 室内/室外 室内/户外 冰/热 冷/热 甜/咸 辣/清淡 简短/详细 简洁/详细 正式/随意 正式/口语 深色/浅色
买/卖 增加/减少 开始/停止 支持/反对 同意/拒绝 贵/便宜 安静/热闹 安静/吵闹 多吃/少吃 多喝/少喝 多放/少放 多加/少加
多用/少用 更多/更少 已婚/单身 上升/下降 提前/推迟 借给/借了 赢/输 及格/不及格 靠窗/靠过道 公开/私密 入门/高级 左/右
哥哥/弟弟 姐姐/妹妹 变胖/变瘦 增重/减重 涨/跌 快/慢 男/女 喜欢/讨厌 能/不能
白班/夜班 日班/夜班 正常/偏高 正常/偏低 偏高/偏低 升职/降职 涨价/降价 收入/支出 出租/承租 房东/房客 欠/还清 软/硬 干/湿
远/近 宽/窄 远程/坐班 信任/怀疑 相信/怀疑 素颜/化妆 手动/自动 长途/短途 线上/线下 纸质/电子 城里/乡下
"""


def _both_ways(pairs: str) -> tuple[tuple[str, str], ...]:
    listed = [tuple(pair.split("/")) for pair in pairs.split()]
    return tuple(dict.fromkeys([(a, b) for a, b in listed] + [(b, a) for a, b in listed]))


CHINESE_ANTONYMS = _both_ways(_CHINESE)
ANTONYMS: dict[str, tuple[str, ...]] = {}
for _word, _opposite in _both_ways(_ENGLISH):
    ANTONYMS[_word] = (*ANTONYMS.get(_word, ()), _opposite)
