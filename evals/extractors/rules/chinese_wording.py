"""Chinese wording: the user's own words turned into a sentence about 用户."""

from __future__ import annotations

import re

from evals.extractors.rules.chinese_words import CLOSE, KIN, TIME

_LEAD = re.compile(
    r"^(?:(?:嗯+|哦+|噢|啊+|呃+|哎+|唉+|诶|欸|哈+|嘿嘿|嘻嘻|好的|好吧|好啊|是啊|是的|没错|可以|行(?![业李为人])"
    r"|好(?=[，,\s])|也是(?=[，,\s]|$)|对(?:了|啊|呀|(?=[，,\s]|$))|谢谢你?|其实|那个?(?=[，,\s])"
    r"|那么?(?![边里个些种位天时次年家儿样])|就是|另外|还有|而且|并且|但是?|不过|可是|可(?![爱能以靠])|因为|由于|所以"
    r"|因此|反正|然后|结果|说实话|老实说|说真的|话说|总之|哈喽|你好呀?|您好|嗨|既然|虽然|只是|毕竟|主要是?|当然"
    r"|不瞒你说|顺便说一下|顺便|对不起|不好意思|抱歉|哎呀|天哪|呵呵|原来|这不)[，,、！!。~～\s]*)+"
)
_TAIL = re.compile(
    r"(?:呢|啊|呀|嘛|哈哈+|哈|啦|哦|噢|喔|哟|咯|滴|吧|哎|嘞|诶|的说|什么的|你心里有个数|[\s~～、，,。.！!])+$"
)
_FIRST = re.compile(r"我们家?|咱们?家?|我家|我的|俺|本人|我")
_KIN = re.compile(rf"(?:我们?|咱们?|我们?家|咱家)的?(?={KIN}|{CLOSE})")
_RELATIVE = re.compile(rf"^(?P<time>{TIME}(?:{TIME})?，?)(?:用户的)?(?P<kin>{KIN})")
_ONE_CHARACTER = re.compile(r"用户的([爸妈哥姐弟妹])(?![爸妈哥姐弟妹夫])")
_ALLERGY = re.compile(r"^(用户(?:的?[爸妈哥姐弟妹]{1,2})?)(?!对)([^对，有是的]{1,6})过敏")
_SUBJECT_FIRST = re.compile(
    r"^([^我咱俺本]{1,10}?)(?:我们|咱们|我|咱|俺)(?!家|的|爸|妈|哥|姐|弟|妹|女|儿|老|先|太|公|婆|爷|奶|们|自己)"
)


def without_lead(clause: str) -> str:
    """A clause without greetings, hedges and connectives before it and particles after it."""
    text = clause.strip(" \t，,、。.;；:：~～")
    if match := _LEAD.match(text):
        text = text[match.end() :]
    return _TAIL.sub("", text)


def about_the_user(clauses: tuple[str, ...]) -> str:
    """The user's clauses as one sentence about 用户."""
    written = [_third_person(text, named=number > 0) for number, text in enumerate(clauses)]
    return "，".join(part for part in written if part) + "。"


def _third_person(text: str, *, named: bool) -> str:
    moved = _SUBJECT_FIRST.match(text)
    if moved and not named:
        text = "用户" + moved.group(1) + text[moved.end() :]
    text = _KIN.sub("用户的", text)
    if not named and (relative := _RELATIVE.match(text)):
        text = f"用户的{relative['kin']}{relative['time'].rstrip('，')}{text[relative.end() :]}"
    own = text.startswith("用户")
    text = _first_person(text, drop=named)
    if named or own or text.startswith("用户"):
        return _readable(text)
    if re.match(rf"(?:大|小|两个|一个|二)?{KIN}", text):
        return _readable("用户的" + text)
    return _readable("用户" + text)


def _first_person(text: str, *, drop: bool) -> str:
    """我 at the head of a later clause is dropped (the subject goes on), elsewhere it is 用户 or 自己."""

    def written(match: re.Match[str]) -> str:
        word = match.group()
        if word.endswith("家"):
            return "用户家"
        if word == "我的":
            return "自己的" if match.start() > 0 and "用户" in text[: match.start()] else "用户的"
        if match.start() == 0:
            return "" if drop else "用户"
        return "自己" if text[match.start() - 1] in "给跟替帮把让陪教对" else "用户"

    return _FIRST.sub(written, text)


def _readable(text: str) -> str:
    text = re.sub(r"用户用户", "用户", text).replace("用户的用户的", "用户的").replace("自己自己", "自己")
    text = _ONE_CHARACTER.sub(r"用户的\1\1", text)
    text = re.sub(r"你们?(?=[\u4e00-\u9fff]|$)", "助手", text) if "你" in text and "“" not in text else text
    text = _ALLERGY.sub(r"\1对\2过敏", text)
    return text.strip("，,、 ")
