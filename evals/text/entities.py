"""Named entities of a text as written, and the conflict between two texts' entities."""

from __future__ import annotations

import re

from evals.text.fold import HAN, compatible, fold
from evals.text.lexicon import listed
from evals.text.places import CHINESE, ENGLISH, KIND
from evals.text.words import STOP_WORDS

_TITLE = re.compile(r"《([^《》]{1,40})》|[\"“「]([^\"”“」「]{2,40})[\"”」]")

# --- English --------------------------------------------------------------------

_CAPITALISED = r"[A-Z\u00c0-\u00de](?:[\w'’&+#-]|\.(?=\w))*"
_SEQUENCE = re.compile(
    rf"(?<![A-Za-z])(?:(?:Dr|Mrs?|Ms|Prof|St)\. (?={_CAPITALISED}))?{_CAPITALISED}"
    rf"(?:(?: (?:of|de|la|van|von|der|the|du|del"
    rf"|for|and the) (?={_CAPITALISED})| ){_CAPITALISED})*"
)
_INNER_CAPITAL = re.compile(r"\b[a-z]+[A-Z][A-Za-z]*\b")
_SENTENCE_END = re.compile(r"(?:^|[.!?:;\n\"“(•*-])\s*$")
_SUBJECT_VERB = re.compile(r" (?:works|lives|likes|loves|wants|said|says|who|moved|studies|studied)\b")
_COMMON = listed(
    """
    user users assistant ai i ok tv pm am id ceo cto hr it ui ux phd ba ma msc bsc mr mrs ms dr prof sir madam yes no
    hi hello thanks please monday tuesday wednesday thursday friday saturday sunday mon tue tues wed thu thurs fri sat
    sun january february march april may june july august september october november december jan feb mar apr jun jul
    aug sep sept oct nov dec spring summer autumn fall winter christmas km kg cm mm usd cny rmb eur gbp diy faq asap
    rsvp etc vs aka faqs covid pdf csv god internet web wifi wi-fi gps usb cd dvd tv's prefers prefer likes wants
    avoids loves enjoys dislikes hates always never works lives has had is was plans recently currently usually often
    sometimes since because when while after before during although however also his her their my our your mom dad
    mother father grandma grandpa today tomorrow yesterday tonight morning evening afternoon night
    """
)
_HONORIFIC = frozenset(("mr", "mrs", "ms", "dr", "prof", "sir", "uncle", "aunt", "auntie", "grandma", "grandpa"))

# --- Chinese --------------------------------------------------------------------

_ZH_LATIN = re.compile(r"(?<![A-Za-z0-9])[A-Za-z][A-Za-z0-9+#&'’.-]*(?: [A-Z][A-Za-z0-9+#&'’-]*)*")
_ZH_LATIN_COMMON = listed(
    """
    km kg cm mm ml mg am pm ok app ai tv id pdf csv ui it vs diy rmb usd cny a b c d e h m s t x ktv ppt vip wifi
    """
)
_ZH_PLACES: dict[str, tuple[str, ...]] = {}  # by their first two characters, the longest first
for _name in sorted(CHINESE, key=len, reverse=True):
    _ZH_PLACES[_name[:2]] = (*_ZH_PLACES.get(_name[:2], ()), _name)
_ZH_NAMED = re.compile(
    r"(?:名叫|叫做|取名叫?|起名叫?|(?<![要把])叫|名字[是叫]|名为|昵称[是为]|小名|称呼(?:他|她|我|自己"
    r"|用户)?[为是]?)[\"“「'‘]?([\u3400-\u9fff]{1,4}?)"
    r"(?=[,。.;!?\"”」'’、()的]|和|是|，|；|$)"
)
SURNAMES = (
    "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕苏卢蒋蔡贾丁魏薛叶阎"
    "余潘杜戴夏钟汪田任姜范方石姚谭廖邹熊金陆郝孔白崔康毛邱秦江史顾侯邵孟龙万段雷钱汤尹黎易常武乔贺赖龚文"
)
_ZH_PERSON = re.compile(
    rf"(?:同事|朋友|老师|室友|同学|妻子|丈夫|老公|老婆|儿子|女儿|老板|医生|闺蜜|邻居|弟弟|哥哥|妹妹|姐姐|上司"
    rf"|导师|男友|女友)([{SURNAMES}小阿][\u3400-\u9fff]{{1,2}}?)"
    r"(?=[,。.;!?、()的在和是去来说有也将要会给推送帮请喜住教买约]|，|$)"
    rf"|(?<![\u3400-\u9fff])?((?:老|小|阿)[{SURNAMES}])(?=[,。.;!?、()的在和是去来说有也将会给]|，|$)"
)
_ZH_SUFFIXED = re.compile(
    r"([\u3400-\u9fff]{2,8}?)(大学|医院|公司|集团|银行|中学|小学|机场|酒店|书店|公园|博物馆|图书馆|市|县|镇|区|路|街)"
)
_ZH_SUFFIX_MARK = re.compile("[学院司团行场店园馆市县镇区路街]")
_ZH_PERSON_MARK = re.compile("[事友师学室妻丈老儿女医闺邻弟哥妹姐上导男小阿]")
_ZH_BEFORE_NAME = re.compile(
    r".*(?:[在去到从是于和与及的了过往回进就读考给被为叫把对离向至或有住问查认迷]|毕业|任职|工作|入职|位于|来自|喜欢"
    r"|参观|前往|经过|靠近|附近|加入|用户|计划|打算|每天|上下班)"
)
_ZH_GENERIC = listed(
    """
    一家 这家 那家 某家 一所 这所 某所 上 读 本地 附近 互联网 科技 外贸 广告 游戏 软件 人民 社区 儿童 中心 三甲 当地
    私立 公立 市 城 大 全 分 子 母 总 跨国 外企 初创 创业 保险 物流 贸易 金融 咨询 设计 装修 房地产 国有 私人 民营 高
    小 山 地 景 郊 市 牙科 宠物 专科 综合 重点 城市 超 大型 老 新 马 逛 走 一条 商业 步行 学校 医 五星级 快捷 高级
    连锁 国际 电商 影视 传媒 制药 生物 建筑 汽车 食品 服装 出版 律所 会计
    """
)


def entities(text: str, language: str) -> frozenset[str]:
    """The names in a text as written: people, places, organisations, titles, products.

    They come back in lower case, well-known places under one English name (北京 as `beijing`).
    """
    if not text.isascii():
        text = compatible(text)
    if language in ("zh", "ja") and HAN.search(text):
        found = _chinese(text)
    else:
        found = _english(text)
    return frozenset(found - {""})


def entity_conflict(gold: frozenset[str], pred: frozenset[str]) -> tuple[str, str] | None:
    """A name of gold's and one of the prediction's that the other side lacks; `None` when only one side names more.

    Containment ("Toronto" in "University of Toronto"), initials and, in long names, one letter's difference count as
    the same name. A country and a city or region do not conflict, since one may hold the other.
    """
    if not gold or not pred:
        return None
    gold_alone = sorted(name for name in gold if not any(_same(name, other) for other in pred))
    if not gold_alone:
        return None
    pred_alone = sorted(name for name in pred if not any(_same(name, other) for other in gold))
    for left in gold_alone:
        for right in pred_alone:
            if _comparable(left, right):
                return left, right
    return None


# --- English --------------------------------------------------------------------


def _english(text: str) -> set[str]:
    found = {_known(name) for pair in _TITLE.findall(text) for name in pair if name and name[0].isupper()}
    if text.islower():
        return found
    found.update(_known(name) for name in _INNER_CAPITAL.findall(text))
    for match in _SEQUENCE.finditer(text):
        found.add(_english_name(text, match))
    return found


def _english_name(text: str, match: re.Match[str]) -> str:
    """The name in a run of capitalised words, empty when there is none."""
    words = [word.rstrip(".,'’").removesuffix("'s").removesuffix("’s") for word in match[0].split(" ")]
    at_start = _SENTENCE_END.search(text, max(0, match.start() - 3), match.start()) is not None or match.start() == 0
    while words and (_is_common(words[0]) or words[0].lower() in _HONORIFIC):
        words, at_start = words[1:], False
    while words and _is_common(words[-1]):
        words = words[:-1]
    if at_start and len(words) > 1 and _VERBAL.search(words[0]):  # "Founded Acme", "Following Agile"
        words, at_start = words[1:], False
        while words and _is_common(words[0]):
            words = words[1:]
    if not words:
        return ""
    name = " ".join(words)
    if at_start and len(words) == 1 and not _is_name_at_start(name, text, match.end()):
        return ""
    return _known(name)


_VERBAL = re.compile(r"(?:ed|ing|es|ers?|s)$")


def _is_common(word: str) -> bool:
    lower = word.lower()
    return lower in _COMMON or lower in STOP_WORDS or (len(word) == 1 and lower in "ai")


def _is_name_at_start(name: str, text: str, end: int) -> bool:
    """A capital at the start of a sentence makes a name only with other evidence."""
    if name.lower() in ENGLISH or (len(name) > 1 and not name[1:].islower()):
        return True
    return _SUBJECT_VERB.match(text, end) is not None


def _known(name: str) -> str:
    lower = " ".join(name.lower().replace("’", "'").split())
    return ENGLISH.get(lower, lower.replace("&", "n"))


# --- Chinese --------------------------------------------------------------------


def _chinese(text: str) -> set[str]:
    found = {fold(name) for pair in _TITLE.findall(text) for name in pair if name}
    for latin in _ZH_LATIN.findall(text):
        lower = latin.lower().rstrip(".-'’")
        if lower not in _ZH_LATIN_COMMON and lower not in STOP_WORDS:
            found.add(_known(lower))
    folded = fold(text)
    found.update(_chinese_places(folded))
    if "叫" in folded or "名" in folded or "称呼" in folded:
        found.update(_ZH_NAMED.findall(folded))
    if _ZH_PERSON_MARK.search(folded):
        found.update(a or b for a, b in _ZH_PERSON.findall(folded))
    if _ZH_SUFFIX_MARK.search(folded):
        found.update(_suffixed(stem, suffix) for stem, suffix in _ZH_SUFFIXED.findall(folded))
    return found


def _chinese_places(text: str) -> set[str]:
    found = set()
    for position in range(len(text) - 1):
        for name in _ZH_PLACES.get(text[position : position + 2], ()):
            if text.startswith(name, position):
                found.add(CHINESE[name])
                break
    return found


def _suffixed(stem: str, suffix: str) -> str:
    """西湖区 of 住在西湖区; empty for common nouns such as 互联网公司."""
    name = _ZH_BEFORE_NAME.sub("", stem)
    if len(name) < 2 or name in _ZH_GENERIC or name[:2] in _ZH_GENERIC or name[-2:] in _ZH_GENERIC:
        return ""
    return CHINESE.get(name + suffix) or (CHINESE.get(name) if suffix == "市" else None) or name + suffix


# --- the same name ----------------------------------------------------------------


def _same(left: str, right: str) -> bool:
    if left == right or left in right or right in left:
        return True
    words, other_words = set(left.split()), set(right.split())
    if words <= other_words or other_words <= words:
        return True
    if _abbreviates(left, right) or _abbreviates(right, left):
        return True
    return min(len(left), len(right)) >= 6 and left[0].isascii() and _one_edit_apart(left, right)


def _abbreviates(short: str, name: str) -> bool:
    """`imc` of International Medical Center, `vit` of Vision Transformer, `cs2` of Counter-Strike."""
    words = [word for word in re.split(r"[\s&-]+", name) if word and word not in STOP_WORDS]
    letters = short.rstrip("0123456789")
    if len(words) < 2 or not 2 <= len(letters) <= 6 or " " in letters or not letters.isascii():
        return False
    initials = "".join(word[0] for word in words)
    return letters == initials or (
        letters[0] == initials[0] and _stands_in(initials, letters) and _stands_in(letters, "".join(words))
    )


def _stands_in(letters: str, text: str) -> bool:
    """Whether the letters stand in the text in their order, others between them or not."""
    rest = iter(text)
    return all(letter in rest for letter in letters)


def _one_edit_apart(left: str, right: str) -> bool:
    if (
        left.isdigit()
        or right.isdigit()
        or abs(len(left) - len(right)) > 1
        or left[-1:].isdigit()
        or right[-1:].isdigit()
    ):
        return False
    shorter, longer = sorted((left, right), key=len)
    start = next((i for i, (a, b) in enumerate(zip(shorter, longer, strict=False)) if a != b), len(shorter))
    skip = 1 if len(shorter) == len(longer) else 0
    return shorter[start + skip :] == longer[start + 1 :]


def _comparable(left: str, right: str) -> bool:
    """Whether two names could stand in each other's place."""
    kinds = {KIND.get(left, "name"), KIND.get(right, "name")}
    if len(kinds) == 1:
        return True
    return "country" not in kinds and "region" not in kinds
