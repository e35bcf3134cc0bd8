"""More names of a Chinese text, as jieba's tagger finds them: the optional extra `zh`.

jieba is imported when the first text asks for it. Its dictionary calls 海鲜 and 西瓜 places and its model calls many a
noun a person, so that only what three filters let through counts: places and organisations of its dictionary, without
the common words among them, and persons of three characters whose first is a surname.
"""

from __future__ import annotations

import logging
import warnings
from collections.abc import Iterator
from functools import cache, lru_cache
from tempfile import TemporaryDirectory
from typing import Any

from evals.errors import ConfigError
from evals.text.entities import SURNAMES, entities
from evals.text.fold import HAN, fold
from evals.text.lexicon import listed
from evals.text.places import CHINESE

_SHORTEST = {"ns": 2, "nt": 3}  # characters of a place and of an organisation
_NO_PLACES = listed(
    """
    长大 三鲜 上台 上岗 上门 东西 中考 入门 六楼 四楼 古城 台风 回国 城市 墨水 大海 太阳 安家 巴士 开春 建国 哥哥 新旧
    朝南 海鲜 牡丹 礼拜 紫苏 西瓜 长度 长跑 虎口 霸王龙 枣木 印花布 华氏度 半山 新城 安宁 南门 大门口 焦阳 台子
    海洋生物 商务车 网银 卫生院 邮电所 音乐会 国庆 高中同学 农村 乡下 老家 家乡 市区 郊区 校园 山上 海边
    """
)
_NO_PERSONS = listed(
    """
    孔雀鱼 孙女婿 高中生 马拉松 苏打水 石英石 方便面 白开水 白衬衫 黄豆酱 龙井茶 金骏眉 马克杯 高血压 高跟鞋 石榴汁
    """
)


def tagged_names(text: str, language: str) -> frozenset[str]:
    """The names the rules find (`entities`), and in a Chinese text the tagger's places, organisations and persons.

    Raises ConfigError where jieba is not installed.
    """
    found = entities(text, language)
    return found | _tagged(fold(text)) if language == "zh" and HAN.search(text) else found


def tagger_version() -> str:
    """The version of jieba. Raises ConfigError where it is not installed."""
    from importlib.metadata import version

    _tagger()
    return version("jieba")


@lru_cache(maxsize=4096)
def _tagged(folded: str) -> frozenset[str]:
    return frozenset(CHINESE.get(word, word) for word in (*_of_the_dictionary(folded), *_persons(folded)))


def _of_the_dictionary(folded: str) -> Iterator[str]:
    for word, tag in _tagger().cut(folded, HMM=False):
        if tag in _SHORTEST and len(word) >= _SHORTEST[tag] and word not in _NO_PLACES:
            yield word


def _persons(folded: str) -> Iterator[str]:
    for word, tag in _tagger().cut(folded, HMM=True):
        if tag == "nr" and len(word) == 3 and word[0] in SURNAMES and word not in _NO_PERSONS:
            yield word


@cache
def _tagger() -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # jieba's own source has escapes that newer Pythons warn of
        try:
            import jieba
            import jieba.posseg
        except ImportError:
            raise ConfigError("matcher.names=jieba: jieba is not installed; pip install 'memory-evals[zh]'") from None
    jieba.setLogLevel(logging.ERROR)
    words = jieba.Tokenizer()
    with TemporaryDirectory() as words.tmp_dir:  # or it would read what anybody may have put into the common one
        words.initialize()
    return jieba.posseg.POSTokenizer(words)
