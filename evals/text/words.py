"""Content words of a canonical text: what is left without function words and reporting boilerplate, stemmed.

`set(a) <= set(b)` reads as "every content word of a stands in b", whatever the order. Chinese is cut without a
dictionary: at function characters and at the commonest one-character verbs, then into overlapping pairs.
"""

from __future__ import annotations

import re
from functools import lru_cache

from evals.text.fold import HAN
from evals.text.lexicon import listed
from evals.text.stems import stem

LIKE, DISLIKE = "喜欢", "讨厌"  # one word each for all the ways to say it

STOP_WORDS = listed(
    """
    a an the this that these those it its he him his she her hers they them their theirs i me my mine we us our you
    your yours himself herself themselves myself itself who whom whose which what when where why how there here am is
    are was were be been being do does did doing done have has had having can could may might must shall should will
    would to of in on at by for with from into onto about as than then and or but so if because since while although
    though until unless not no nor never none cannot neither n't don't doesn't didn't isn't aren't wasn't weren't
    won't wouldn't can't couldn't shouldn't haven't hasn't hadn't i'm i've i'd i'll he's she's it's they're they've
    they'd they'll we're we've you're that's there's let's 's 'd 'll 're 've also too very really quite just still
    currently now already only even both each every any some such other more most much many lot lots few fewer
    less least own same
    however therefore thus well up out off over under via per during within without instead rather user users user's
    assistant speaker says say said saying mention mentions mentioned state states stated stating express expresses
    expressed report reports reported note notes noted indicate indicates indicated tell tells told claims claimed
    describes described want wants wanted wish wishes wished hope hopes hoped would'd please ask asks asked request
    requests requested explicitly implicitly currently recently usually generally tends tend considers consider seems
    seem appears appear
    """
)

_EN_WORD = re.compile(
    r"d[0-9]{2}-[0-9]{2}|t[0-9]{1,2}:[0-9]{2}|[0-9]+(?:\.[0-9]+)*\+?[a-z%°]*|[a-z](?:\+\+|#)"
    r"|[^\W\d_]+(?:'[a-z]+)?[0-9]*"
)
_ZH_WORD = re.compile(
    r"d[0-9]{2}-[0-9]{2}|t[0-9]{1,2}:[0-9]{2}|第?[0-9]+(?:\.[0-9]+)*\+?(?:[a-z%°]+|[只条本杯次张辆台部间套件双瓶包碗盘份颗层楼号遍趟节门家所片场篇块])?"
    r"|[a-z](?:\+\+|#)|[a-z][a-z0-9']*"
    r"|[\u3400-\u9fff\u3040-\u30ff]+|[^\W\d_]+"
)
_ZH_LIKE = re.compile(
    r"(?P<dislike>(?:不|并不|不太|不怎么|不是很)(?:喜欢|爱|喜爱)|讨厌|厌恶|反感)"
    r"|(?:更|最|很|特别|非常|比较|挺|尤其|超)?(?:喜欢|喜爱|偏爱|偏好|热爱|钟爱|酷爱|偏向于?|倾向于?|青睐)"
    r"|(?<![恋可亲])爱(?=[吃喝看听玩去用做])"
)
_ZH_DROP = re.compile(
    "用户|助手|说话人|希望|表示|提到|提及|认为|觉得|说明|指出|声称|要求|请求|需要|想要|打算|目前|现在|平时|通常"
    "|一般|经常|已经|正在"
    "|自己|本人|非常|特别|比较|有点|有些|一些|一下|一直|一起|这个|那个|这些|那些|这样|那样|什么|怎么|因为|由于"
    "|所以|因此|如果|虽然|但是|不过"
    "|而且|并且|或者|以及|还是|就是|不是|可以|可能|应该|没有|不能|不要|不会|不再|不想|关于|对于|至于|除了|为了"
    "|以便|进行|方面|时候|之前|之后|以后|以前"
    "|[的了着是和与及或也就还又很太更最挺并而但把被让使从到向以于由之其这那此该他她它我你您们吗呢吧啊呀嘛有要想在对为请会能该没不别]"
    "|(?<![成首京])都|(?<=[0-9])[个位名]"
)
_ZH_KEPT_WHOLE = re.compile(
    "会议|会计|会员|开会|聚会|机会|社会|宴会|能力|能源|能量|有氧|有机|有趣|想法|重要|主要|要点|对象|别墅|区别"
    "|无氧|在线|现在"
)
_ZH_VERBS = re.compile("([喝吃看听用买住去来做写学玩穿带送放加养开坐骑爬])")
_PLACEHOLDER = "\u0001"


@lru_cache(maxsize=4096)  # polarity asks for the same texts again
def content_words(canonical_text: str, language: str) -> tuple[str, ...]:
    """The content words of a canonical text in order, repeats kept; value tokens stay whole."""
    if language in ("zh", "ja") or (not canonical_text.isascii() and HAN.search(canonical_text)):
        return _chinese_words(canonical_text)
    return tuple(stem(word) for word in _EN_WORD.findall(canonical_text) if word not in STOP_WORDS)


def _chinese_words(text: str) -> tuple[str, ...]:
    words = [DISLIKE if match["dislike"] else LIKE for match in _ZH_LIKE.finditer(text)]
    text = _ZH_LIKE.sub(" ", text)
    words += _ZH_KEPT_WHOLE.findall(text)
    text = _ZH_DROP.sub(" ", _ZH_KEPT_WHOLE.sub(" ", text))
    for run in _ZH_WORD.findall(text):
        if not "\u3040" <= run[0] <= "\u9fff" or run[0] == "第":
            if run not in STOP_WORDS and not (run[0] == "1" and len(run) < 3 and not run[1:].isdigit()):  # 一只 is "a"
                words.append(stem(run))
        elif len(run) < 3:
            words.append(run)
        else:
            words += [word for part in _ZH_VERBS.split(run) for word in _pairs(part)]
    return tuple(words)


def _pairs(run: str) -> list[str]:
    if len(run) < 3:
        return [run] if run else []
    return [run[i : i + 2] for i in range(len(run) - 1)]
