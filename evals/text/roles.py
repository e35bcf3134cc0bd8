"""Role nouns (mother, friend, colleague …) of a text, and whether two texts speak of different people."""

from __future__ import annotations

import re
from collections.abc import Collection

from evals.text.difference import is_chinese

_ENGLISH = {
    "mother": "mother mom mum mommy mummy",
    "father": "father dad daddy",
    "parent": "parent",
    "sister": "sister",
    "brother": "brother",
    "sibling": "sibling",
    "son": "son",
    "daughter": "daughter",
    "child": "child kid",
    "wife": "wife",
    "husband": "husband",
    "girlfriend": "girlfriend",
    "boyfriend": "boyfriend",
    "partner": "partner spouse fiancé fiancée fiance fiancee",
    "grandmother": "grandmother grandma granny nana",
    "grandfather": "grandfather grandpa granddad",
    "grandparent": "grandparent",
    "aunt": "aunt auntie",
    "uncle": "uncle",
    "cousin": "cousin",
    "nephew": "nephew",
    "niece": "niece",
    "friend": "friend buddy pal",
    "roommate": "roommate flatmate housemate",
    "neighbour": "neighbour neighbor",
    "classmate": "classmate",
    "colleague": "colleague coworker co-worker teammate",
    "boss": "boss manager supervisor",
    "teacher": "teacher tutor",
    "mentor": "mentor advisor adviser",
    "doctor": "doctor physician",
    "client": "client customer",
    "landlord": "landlord",
    "in-law": "mother-in-law father-in-law",
}
_CHINESE = {
    "mother": "妈妈 母亲 老妈 妈",
    "father": "爸爸 父亲 老爸 爸",
    "parent": "父母 爸妈 家长",
    "sister": "姐姐 妹妹 姐妹 姐 妹",
    "brother": "哥哥 弟弟 兄弟 哥 弟",
    "son": "儿子",
    "daughter": "女儿",
    "child": "孩子 小孩 宝宝 娃",
    "wife": "妻子 老婆 太太 媳妇",
    "husband": "丈夫 老公",
    "girlfriend": "女朋友 女友",
    "boyfriend": "男朋友 男友",
    "partner": "爱人 伴侣 对象 配偶 未婚妻 未婚夫",
    "grandmother": "奶奶 外婆 姥姥 祖母 外祖母",
    "grandfather": "爷爷 外公 姥爷 祖父 外祖父",
    "aunt": "阿姨 姑姑 姑妈 姨妈 舅妈 婶婶",
    "uncle": "叔叔 舅舅 伯伯 姑父 姨父",
    "cousin": "表哥 表弟 表姐 表妹 堂哥 堂弟 堂姐 堂妹",
    "nephew": "侄子 外甥",
    "niece": "侄女 外甥女",
    "friend": "朋友 好友 闺蜜 哥们",
    "roommate": "室友 舍友",
    "neighbour": "邻居",
    "classmate": "同学",
    "colleague": "同事",
    "boss": "老板 上司 领导 经理",
    "teacher": "老师 教练",
    "mentor": "导师",
    "client": "客户",
    "landlord": "房东",
    "in-law": "婆婆 岳母 岳父 公公 丈母娘",
}
_WIDER = {  # a role and the wider ones that may name the same person
    **dict.fromkeys(("mother", "father"), frozenset({"parent"})),
    **dict.fromkeys(("sister", "brother"), frozenset({"sibling"})),
    **dict.fromkeys(("son", "daughter"), frozenset({"child"})),
    **dict.fromkeys(("wife", "husband", "girlfriend", "boyfriend"), frozenset({"partner"})),
    **dict.fromkeys(("grandmother", "grandfather"), frozenset({"grandparent"})),
    **dict.fromkeys(("classmate", "roommate", "colleague"), frozenset({"friend"})),
    "mentor": frozenset({"teacher", "boss"}),
}
_NEED_OWNER = frozenset("妈爸姐妹哥弟")  # single characters count after 我, 他 …

_ENGLISH_ROLE = {
    form: role for role, words in _ENGLISH.items() for word in words.split() for form in (word, f"{word}s")
}
_ENGLISH_ROLE |= {"children": "child", "wives": "wife"}
_CHINESE_ROLE = {word: role for role, words in _CHINESE.items() for word in words.split()}
_USER = re.compile(r"\b(?:the )?user\b(?!')|\bi\b|用户|(?<![\u3400-\u9fff])我(?!们)")
_SUBJECT = re.compile(
    rf"(?:the user's|user's|my) (?P<role>{'|'.join(sorted(_ENGLISH_ROLE, key=len, reverse=True))})\b(?!')"
    rf"|(?:用户|我)的?(?P<zh>{'|'.join(sorted(_CHINESE_ROLE, key=len, reverse=True))})(?!的)"
    r"|(?:the )?user (?!and )|i |(?:用户|我)(?![的们和与跟]|(?:的|和|与)?[^,。]{0,2}家)"
)
_EN_USER = re.compile(r"\b(?:the )?user\b(?!')|\b(?:i|me)\b")
_EN_PRONOUN = re.compile(r"\b(?:them|him|her|they|he|she)\b")
_ZH_USER = re.compile(
    rf"(?:用户|(?<![\u3400-\u9fff])我)(?![们的]|{'|'.join(sorted(_CHINESE_ROLE, key=len, reverse=True))})"
)
_ZH_PRONOUN = re.compile("[他她](?![们的])|自己")
_WORD = re.compile(r"[a-zé]+(?:-in-law)?")
_ZH_ROLE = re.compile(
    "|".join(
        f"(?<=[我他她户的]){word}" if word in _NEED_OWNER else word
        for word in sorted(_CHINESE_ROLE, key=len, reverse=True)
    )
)


def roles(canonical_text: str, language: str) -> frozenset[str]:
    """The role nouns of a canonical text, under one English name each."""
    if not canonical_text.isascii() and language in ("zh", "ja"):
        return frozenset(_CHINESE_ROLE[word] for word in _ZH_ROLE.findall(canonical_text))
    return frozenset(_ENGLISH_ROLE[word] for word in _WORD.findall(canonical_text) if word in _ENGLISH_ROLE)


def participants(canonical_text: str, language: str, names: Collection[str]) -> tuple[str, ...]:
    """Who is spoken of, in the order of the text: the user, role nouns under one English name, and given names."""
    if not canonical_text.isascii() and language in ("zh", "ja"):
        found = [(match.start(), _CHINESE_ROLE[match[0]]) for match in _ZH_ROLE.finditer(canonical_text)]
    else:
        words = [match for match in _WORD.finditer(canonical_text) if match[0] in _ENGLISH_ROLE]
        found = [(match.start(), _ENGLISH_ROLE[match[0]]) for match in words]
    found += [(match.start(), "user") for match in _USER.finditer(canonical_text)]
    found += [(canonical_text.find(name), name) for name in names if name in canonical_text]
    return tuple(who for _, who in sorted(found))


def actors(canonical_text: str, language: str) -> dict[str, int]:
    """Where the user and others first act or are acted on; who only owns ("the user's aunt") is left out.

    A pronoun stands for the user where nothing else does.
    """
    if is_chinese(canonical_text, language):
        found = [(match.start(), _CHINESE_ROLE[match[0]]) for match in _ZH_ROLE.finditer(canonical_text)]
        users, pronouns = _ZH_USER, _ZH_PRONOUN
    else:
        words = [match for match in _WORD.finditer(canonical_text) if match[0] in _ENGLISH_ROLE]
        found = [(match.start(), _ENGLISH_ROLE[match[0]]) for match in words]
        users, pronouns = _EN_USER, _EN_PRONOUN
    if match := users.search(canonical_text) or pronouns.search(canonical_text):
        found.append((match.start(), "user"))
    first: dict[str, int] = {}
    for place, who in sorted(found):
        first.setdefault(who, place)
    return first


def subject_mismatch(gold: str, pred: str, language: str) -> tuple[str, str] | None:
    """One text says something of the user, the other of somebody of theirs whom the first never mentions."""
    left, right = _subject(gold), _subject(pred)
    if left == "user" and right and right != "user" and not _stands_in(right, roles(gold, language)):
        return left, right
    if right == "user" and left and left != "user" and not _stands_in(left, roles(pred, language)):
        return left, right
    return None


def _subject(text: str) -> str | None:
    """`user`, or the role of the person of the user's that a text begins with."""
    if match := _SUBJECT.match(text):
        word = match["role"] or match["zh"]
        return _ENGLISH_ROLE.get(word) or _CHINESE_ROLE.get(word) if word else "user"
    return None


def role_mismatch(gold: frozenset[str], pred: frozenset[str]) -> tuple[str, str] | None:
    """A role of gold's and one of the prediction's that the other side lacks; a parent may be the mother."""
    if not gold or not pred:
        return None
    gold_alone = sorted(role for role in gold if not _stands_in(role, pred))
    pred_alone = sorted(role for role in pred if not _stands_in(role, gold))
    return (gold_alone[0], pred_alone[0]) if gold_alone and pred_alone else None


def _stands_in(role: str, others: frozenset[str]) -> bool:
    if role in others or not _WIDER.get(role, frozenset()).isdisjoint(others):
        return True
    return any(role in _WIDER.get(other, ()) for other in others)
