"""Which words of a text stand under a negation or a dislike, and whether two texts disagree about one.

A mismatch is a doubt for a judge, never a verdict: "stopped eating meat" and "is vegetarian" say the same thing, so
one is reported only where most of what one text denies is affirmed by the other in the same words.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from evals.text.antonyms import ANTONYMS, CHINESE_ANTONYMS
from evals.text.difference import is_chinese
from evals.text.lexicon import listed, ordered
from evals.text.stems import stem
from evals.text.words import STOP_WORDS, content_words

_SCOPE_WORDS = 6  # how far an English negation reaches
_SCOPE_CHARACTERS = 10  # how far a Chinese one reaches

# --- English cues ---------------------------------------------------------------

_EN_PREFILTER = re.compile(
    r"n't|\b(?:no|not|never|cannot|none|neither|nor|hardly|without|instead|rather|except|over|than|unable"
    r"|against|used to"
    r"|allerg|dislik|hat(?:es?|ed|ing)\b|avoid|refus|detest|loath|quit|stop|reject|declin|oppos|gives? up|gave up"
    r"|giving up|given up|skip|lack|fed up|tired of|free of)"
)
_EN_ATTITUDE = re.compile(
    r"\b(?:like[sd]?|lik(?:e|ing)|lov(?:e[sd]?|ing)|enjoy(?:s|ed|ing)?|prefer(?:s|red|ence|ring)?|fond"
    r"|dislike[sd]?|hate[sd]?|hating|avoid(?:s|ed|ing)?|refuse[sd]?|detest(?:s|ed)?|loathe[sd]?)\b"
)
_EN_IDIOM = re.compile(
    r"\b(?:not only|not just|not merely|can't wait|cannot wait|no doubt|no matter|don't forget|never mind"
    r"|not necessarily|(?:nothing|not) against|no objections? to|more than|less than|all over|no\. )"
    r"|\b(?:is|are|get|gets|got|getting|be) used to\b"
    r"|\bover (?:the|a|[0-9])"
)
_EN_CLAUSE = re.compile(
    r"[,.;:!?()]+(?=\s|$)|\b(?:but|because|so|while|although|though|when|if|unless|since|however|whereas)\b"
    r"|\band (?=(?:likes?|loves?|prefers?|enjoys?|wants?|is|has|does|do|always|only|instead)\b)"
)
_EN_TOKEN = re.compile(r"[a-z][a-z]*(?:'[a-z]+)?|[0-9dtywmo][0-9a-z:.%°+-]*|[^\W_]+")
_EN_NEGATORS = listed(
    """
    not no never cannot none neither nor hardly unable against
    """
)
_EN_NEGATIVE_STEMS = frozenset(
    map(
        stem,
        ordered(
            """
    allergic allergy intolerant dislike hate avoid refuse detest loathe quit stop reject decline oppose skip lack
    """
        ),
    )
)
_EN_PHRASES = {
    ("used", "to"),
    ("give", "up"),
    ("gives", "up"),
    ("gave", "up"),
    ("giving", "up"),
    ("given", "up"),
    ("fed", "up"),
    ("tired", "of"),
}
_EN_CONTRASTS = frozenset(("without", "except"))
_EN_CONTRAST_PHRASES = {("instead", "of"), ("rather", "than")}
_LIKE = stem("like")
_EMPTY = frozenset(
    {_LIKE, *map(stem, ("stand", "bear", "use", "get", "longer", "anymore", "want", "go", "ever", "all", "let"))}
)

# --- Chinese cues ---------------------------------------------------------------

_ZH_IDIOM = re.compile(
    "有没有|能不能|会不会|是不是|要不要|好不好|可不可以|不仅|不但|不只|不光|不过|不错|不同|不久|不少|差不多|不管"
    "|不论|无论|对不起|不好意思|不断|了不起|不一定|不锈"
    "|不得不|不可或缺|未来|特别|别人|别墅|区别|分别|级别|性别|告别|个别|非常|非洲|除非|无锡|无聊|是否|不知道"
    "|减少|年少|多少|少年|少数"
)
_ZH_CUE = re.compile(
    "(?P<contrast>而不是|而非|胜过)|不|没有?|无法|无|别|勿|未|讨厌|反感|厌恶|避免|拒绝|戒掉?|禁止|停止|反对|远离"
    "|抵触|抗拒|回避|受不了|放弃|忌|烦(?!恼)|过敏|少(?=[吃喝放加用点])"
)
_ZH_CLAUSE = re.compile("[,.;:!?。()]+|但是?|却|因为|所以|如果|然后|而(?!不是|非|且)|(?:否则|要不然|不然)[^,.;。]*")
_ZH_LIKE = re.compile("喜欢|喜爱|偏好|偏爱|热爱|希望|爱(?=[吃喝看听玩去])")
_ZH_NOISE = re.compile(
    "用户|助手|觉得|表示"
    "|[的了着是和与及或也都就还又很太更最再在他她它我你您们这那有要想能会让把被对给点吗呢吧啊任何个过用]|可以"
    "|喜欢|喜爱|偏好|偏爱|希望|已经|现在|以后|回答|回复"
)
_ZH_UNIT = re.compile("[a-z0-9][a-z0-9:.+%°-]*|[\u3400-\u9fff]")


_EN_MAIN = re.compile(
    r"(?:the )?user(?: (?:also|currently|really|usually|strongly|absolutely))?"
    r"(?P<denied> (?:(?:does|do|did|is|was|will|has|have|had|can|could|would|should)(?: not|n't)|cannot|can't|never"
    r"|has never|no longer|has no|won't|refuses|avoids|dislikes|hates|detests|rejects|stopped|quit|gave up)\b)?(?= )"
)
_ZH_MAIN_CLAUSE = re.compile("用户(?!的)[^,.;。;]{1,14}")


@dataclass(frozen=True, slots=True)
class Denial:
    """The words that one cue denies."""

    cue: str
    words: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Polarity:
    """Attitude (+1 likes, -1 dislikes, 0 neither), parity of negation, the cues, and what they deny."""

    sign: int = 0
    negated: bool = False
    tokens: tuple[str, ...] = ()
    denials: tuple[Denial, ...] = ()
    neutral: frozenset[str] = frozenset()
    text: str = ""
    language: str = "en"

    def affirmed(self) -> frozenset[str]:
        """Words that stand under no negation; what precedes one in its clause is neither denied nor affirmed."""
        everything = (
            _units(self.text) if is_chinese(self.text, self.language) else content_words(self.text, self.language)
        )
        return frozenset(everything) - self.denied() - self.neutral

    def denied(self) -> frozenset[str]:
        return frozenset(word for denial in self.denials for word in denial.words)


def polarity(canonical_text: str, language: str) -> Polarity:
    """The polarity of a canonical text."""
    if is_chinese(canonical_text, language):
        return _chinese(canonical_text, language)
    return _english(canonical_text, language)


def negations(text: str, language: str) -> list[str]:
    """The cues of negation and dislike in a piece of text, idioms such as "not only" and 不错 apart."""
    if is_chinese(text, language):
        return [match[0] for match in _ZH_CUE.finditer(_ZH_IDIOM.sub(" ", text))]
    words = _EN_TOKEN.findall(_EN_IDIOM.sub(" ", text))
    return [word for place, word in enumerate(words) if _english_cue(words[: place + 1], place) == "verb"]


def polarity_mismatch(gold: Polarity, pred: Polarity) -> tuple[str, str] | None:
    """What gold and prediction say oppositely, each in its words; `None` where they agree or speak of other things."""
    if gold.denials and (found := _denied_by_other(gold, pred)):
        return found
    if pred.denials and (found := _denied_by_other(pred, gold)):
        return found[1], found[0]
    return _antonyms(gold, pred) or _main_verb_denied(gold, pred)


# --- mismatch -------------------------------------------------------------------


def _denied_by_other(one: Polarity, other: Polarity) -> tuple[str, str] | None:
    affirmed = other.affirmed()
    for denial in one.denials:
        shared = [word for word in denial.words if word in affirmed]
        if shared and 2 * len(shared) > len(denial.words):
            return f"{denial.cue} {_written(one, denial.words)}", _written(other, shared)
    return None


def _main_verb_denied(gold: Polarity, pred: Polarity) -> tuple[str, str] | None:
    """One text denies its main verb, in Chinese its first clause, the other affirms its own; both are of the user."""
    left, right = _main_denial(gold), _main_denial(pred)
    if left is None or right is None or bool(left) == bool(right):
        return None
    return left or "-", right or "-"


def _main_denial(polarity: Polarity) -> str | None:
    """The words that deny what the user does, empty where it is affirmed; None where the user is not the subject."""
    if is_chinese(polarity.text, polarity.language):
        clause = _ZH_MAIN_CLAUSE.match(polarity.text)
        cues = negations(clause[0], polarity.language) if clause else []
        return None if clause is None else "".join(cues) if len(cues) % 2 else ""
    match = _EN_MAIN.match(polarity.text)
    return None if match is None else (match["denied"] or "").strip()


def _written(polarity: Polarity, words: Collection[str]) -> str:
    """Words as they stand in the text, for a person to read."""
    if is_chinese(polarity.text, polarity.language):
        return "".join(words)
    tokens = (token for token in _EN_TOKEN.findall(polarity.text) if token not in STOP_WORDS)
    return " ".join(dict.fromkeys(token for token in tokens if stem(token) in words))


def _antonyms(gold: Polarity, pred: Polarity) -> tuple[str, str] | None:
    if gold.text == pred.text or gold.negated != pred.negated:
        return None
    if is_chinese(gold.text, gold.language):
        pairs = [(a, b) for a, b in CHINESE_ANTONYMS if a in gold.text and b in pred.text]
        if pairs and not set(_units(gold.text)).isdisjoint(_units(pred.text)):
            return next(((a, b) for a, b in pairs if a not in pred.text and b not in gold.text), None)
        return None
    left, right = set(gold.text.split()), set(pred.text.split())
    for word in sorted(left - right):
        for opposite in ANTONYMS.get(word, ()):
            if opposite in right and opposite not in left and _share_topic(gold, pred):
                return word, opposite
    return None


def _share_topic(gold: Polarity, pred: Polarity) -> bool:
    left, right = content_words(gold.text, gold.language), content_words(pred.text, pred.language)
    return bool((set(left) & set(right)) - _EMPTY)


# --- English --------------------------------------------------------------------


def _english(text: str, language: str) -> Polarity:
    if _EN_PREFILTER.search(text) is None:
        return Polarity(sign=_english_sign(text, ()), text=text, language=language)
    denials: list[Denial] = []
    neutral: set[str] = set()
    cues: list[str] = []
    for clause in _EN_CLAUSE.split(_EN_IDIOM.sub(" ", text)):
        _read_english(_EN_TOKEN.findall(clause), denials, neutral, cues)
    return Polarity(
        sign=_english_sign(text, cues),
        negated=len(cues) % 2 == 1,
        tokens=tuple(cues),
        denials=tuple(denials),
        neutral=frozenset(neutral),
        text=text,
        language=language,
    )


def _read_english(tokens: list[str], denials: list[Denial], neutral: set[str], cues: list[str]) -> None:
    denied, before, words, cue, last_cue = False, set[str](), list[str](), "", -9
    for position, token in enumerate(tokens):
        kind = _english_cue(tokens, position)
        if kind:
            if words and denied:
                denials.append(Denial(cue, tuple(words)))
            if kind == "verb":
                neutral |= before
            denied = not denied if position - last_cue <= 3 and kind == "verb" else True
            cue, words, last_cue = token, [], position
            cues.append(token)
        elif token not in STOP_WORDS or token in ("longer",):
            word = stem(token)
            if word == _LIKE and denied and position - last_cue > 2:
                denials.append(Denial(cue, tuple(words)))
                denied, words = False, []
            elif word not in _EMPTY:
                before.add(word)
                if len(words) < _SCOPE_WORDS:
                    words.append(word)
    if words and denied:
        denials.append(Denial(cue, tuple(words)))


def _english_cue(tokens: list[str], position: int) -> str:
    """`verb` for what denies a statement, `contrast` for what excepts a thing from it, empty for no cue."""
    token = tokens[position]
    if token in _EN_NEGATORS or token.endswith("n't") or stem(token) in _EN_NEGATIVE_STEMS:
        return "verb"
    pair = (token, tokens[position + 1] if position + 1 < len(tokens) else "")
    if pair in _EN_PHRASES:
        return "verb"
    if token in _EN_CONTRASTS or pair in _EN_CONTRAST_PHRASES:
        return "contrast"
    if token in ("over", "than") and any(stem(earlier) == _LIKE for earlier in tokens[:position]):
        return "contrast"
    return ""


def _english_sign(text: str, cues: Sequence[str]) -> int:
    for token in _EN_ATTITUDE.findall(text):
        word = stem(token)
        if word == _LIKE:
            negations = sum(cue in _EN_NEGATORS or cue.endswith("n't") for cue in cues)
            return -1 if negations % 2 else 1
        if word in _EN_NEGATIVE_STEMS:
            return -1
    return 0


# --- Chinese --------------------------------------------------------------------


def _chinese(text: str, language: str) -> Polarity:
    marked = _ZH_IDIOM.sub(lambda match: "\u0001" * len(match[0]), text)
    if _ZH_CUE.search(marked) is None:
        return Polarity(sign=1 if _ZH_LIKE.search(text) else 0, text=text, language=language)
    denials: list[Denial] = []
    neutral: set[str] = set()
    cues: list[str] = []
    for clause in _ZH_CLAUSE.split(marked):
        _read_chinese(clause, denials, neutral, cues)
    liked = _ZH_LIKE.search(text)
    return Polarity(
        sign=_chinese_sign(cues, liked=liked is not None),
        negated=len(cues) % 2 == 1,
        tokens=tuple(cues),
        denials=tuple(denials),
        neutral=frozenset(neutral),
        text=text,
        language=language,
    )


def _read_chinese(clause: str, denials: list[Denial], neutral: set[str], cues: list[str]) -> None:
    found = list(_ZH_CUE.finditer(clause))
    if not found:
        return
    if not found[0]["contrast"]:
        neutral |= set(_units(clause[: found[0].start()]))
    denied, previous_end = False, -9
    for cue, following in zip(found, [*found[1:], None], strict=True):
        denied = not denied if cue.start() - previous_end <= 2 else True
        previous_end = cue.end()
        cues.append(cue[0])
        scope = clause[cue.end() : following.start() if following else len(clause)]
        liked = _ZH_LIKE.search(scope, 3)
        words = tuple(_units(scope[: liked.start()] if liked else scope))[:_SCOPE_CHARACTERS]
        if denied and words:
            denials.append(Denial(cue[0], words))


def _chinese_sign(cues: list[str], *, liked: bool) -> int:
    if liked:
        return -1 if len(cues) % 2 else 1
    return -1 if any(len(cue) > 1 and cue != "没有" for cue in cues) else 0


def _units(text: str) -> list[str]:
    """Content characters of a Chinese text, with Latin words and value tokens whole."""
    return _ZH_UNIT.findall(_ZH_NOISE.sub(" ", text))
