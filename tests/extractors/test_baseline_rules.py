"""The rules one by one: what each family makes of a sentence, in English and Chinese."""

from __future__ import annotations

import pytest

from evals.extractors.baseline import BaselineExtractor
from evals.extractors.rules.labels import CHINESE_TAG
from evals.extractors.rules.languages import CHINESE, ENGLISH, Language
from evals.extractors.rules.rule import Rule
from evals.types import EXTRACTION_TYPES, Message

TABLES = [
    (language, rule)
    for language in (ENGLISH, CHINESE)
    for table in (language.instructions, language.attitudes, language.facts, language.mentions)
    for rule in table.rules
]

FACTS = [
    # who the user is
    ("My name is Ada.", "The user's name is Ada."),
    ("I'm 65, and I don't know if that's a problem, can you help?", "The user is 65."),
    ("I am a middle school teacher.", "The user is a middle school teacher."),
    ("I sell and mend sewing machines.", "The user sells and mends sewing machines."),
    ("I've lived in Ghent since 2019.", "The user has lived in Ghent since 2019."),
    ("I'm originally from Porto.", "The user is originally from Porto."),
    ("I'm studying biology at Ghent University.", "The user is studying biology at Ghent University."),
    ("我是一名护士。", "用户是一名护士。"),
    ("我在青岛开民宿。", "用户在青岛开民宿。"),
    ("我老家在大理。", "用户老家在大理。"),
    ("我是吉林人。", "用户是吉林人。"),
    ("我在读研究生。", "用户在读研究生。"),
    # family and relations
    ("My sister lives in Lyon.", "The user's sister lives in Lyon."),
    ("My dad's retiring. He is 64.", "The user's dad is 64."),
    ("I have two grown sons.", "The user has two grown sons."),
    ("Nobody would tell my wife.", "The user has a wife."),
    ("我妈在医院当护士。", "用户的妈妈在医院当护士。"),
    ("我有一个姐姐。", "用户有一个姐姐。"),
    ("孩子才八个月。", "用户的孩子才八个月。"),
    # health
    ("I've got mild asthma.", "The user has mild asthma."),
    ("Penicillin is out, I'm allergic to it.", "The user is allergic to penicillin."),
    ("I don't drink alcohol.", "The user does not drink alcohol."),
    ("我有轻度哮喘。", "用户有轻度哮喘。"),
    ("我每天吃降压药。", "用户每天吃降压药。"),
    # animals, things, home
    ("Our dog Bruno is eleven.", "The user's dog Bruno is eleven."),
    ("How do you move a cat? Mine's called Mochi.", "The user's cat is called Mochi."),
    ("I drive an old blue van.", "The user drives an old blue van."),
    ("我养了一只白色的泰迪，超级可爱。", "用户养了一只白色的泰迪，超级可爱。"),
    # plans and events keep their dates
    ("I'm starting a new job next Monday.", "The user is starting a new job next Monday."),
    ("Yesterday I signed up for a half marathon.", "Yesterday the user signed up for a half marathon."),
    ("I ran a charity race last Saturday.", "The user ran a charity race last Saturday."),
    ("I had to give up the violin in 2016.", "The user had to give up the violin in 2016."),
    ("下周三我飞北京。", "用户下周三飞北京。"),
    ("我打算明年去冰岛。", "用户打算明年去冰岛。"),
    ("我去年从南京搬到苏州。", "用户去年从南京搬到苏州。"),
    # habits, hobbies, money, projects
    ("I swim every Thursday.", "The user swims every Thursday."),
    ("I play the accordion.", "The user plays the accordion."),
    ("I earn 52k a year.", "The user earns 52k a year."),
    ("We're renovating our kitchen.", "The user is renovating their kitchen."),
    ("我每周四游泳。", "用户每周四游泳。"),
    ("我的爱好是摄影。", "用户的爱好是摄影。"),
    ("我月薪一万二。", "用户月薪一万二。"),
    ("我最近在准备考研。", "用户最近在准备考研。"),
    # whatever else is told, with and without a subject
    ("The doctor put me on statins.", "The doctor put the user on statins."),
    ("I kept bees until my shed burned down.", "The user kept bees until their shed burned down."),
    ("Just got back from a fortnight in Lisbon.", "The user just got back from a fortnight in Lisbon."),
    ("Been rowing three times a week since March.", "The user has been rowing three times a week since March."),
    ("In May, I broke my wrist.", "In May, the user broke their wrist."),
    ("My brother and I opened a bakery.", "The user's brother and they opened a bakery."),
    ("上周换了个大点的办公室。", "用户上周换了个大点的办公室。"),
    ("在浦东租的两居室，月租6500。", "用户在浦东租的两居室，月租6500。"),
    ("我女儿刚上小学，她语文考了98分。", "用户的女儿刚上小学，用户的女儿语文考了98分。"),
    ("花生过敏。", "用户对花生过敏。"),
]
PREFERENCES = [
    ("I can't stand the smell of lavender.", "The user cannot stand the smell of lavender."),
    ("I strongly dislike diesel engines for the smell.", "The user strongly dislikes diesel engines for the smell."),
    ("I'm not a fan of science fiction.", "The user is not a fan of science fiction."),
    ("My favourite composer is Satie.", "The user's favourite composer is Satie."),
    ("I prefer aisle seats.", "The user prefers aisle seats."),
    ("I avoid street food.", "The user avoids street food."),
    ("From now on, call me Captain.", "The user wants to be called Captain."),
    ("Never use the word synergy.", "The user never wants the assistant to use the word synergy."),
    ("Please stop using emojis.", "The user wants the assistant to stop using emojis."),
    ("No more rhetorical questions.", "The user wants no more rhetorical questions."),
    ("Always include version numbers when I ask about libraries.",
     "The user always wants the assistant to include version numbers when they ask about libraries."),
    ("我最烦地毯，积灰。", "用户最烦地毯，积灰。"),
    ("我喜欢科幻片。", "用户喜欢科幻片。"),
    ("我不爱吃甜的。", "用户不爱吃甜的。"),
    ("以后都用中文回答。", "用户要求以后都用中文回答。"),
    ("别再用敬语。", "用户要求别再用敬语。"),
    ("叫我老周就行。", "用户希望被称呼为老周。"),
    ("少用表情符号。", "用户要求少用表情符号。"),
    ("回答简短点。", "用户要求回答简短点。"),
]  # fmt: skip


def read(text: str) -> tuple[list[str], list[str]]:
    extraction = BaselineExtractor().extract([Message(role="user", content=text)], EXTRACTION_TYPES)
    return [fact.text for fact in extraction.facts], [item.text for item in extraction.preferences]


@pytest.mark.parametrize(("language", "rule"), TABLES, ids=[f"{lang.code}-{rule.name}" for lang, rule in TABLES])
def test_every_example_of_a_rule_fires(language: Language, rule: Rule) -> None:
    """A rule's examples fire, and the trigger words let the table find them."""
    assert rule.examples
    for example in rule.examples:
        assert rule.fires(example), example
        assert not rule.on or any(word in language.words(example, _table(rule)) for word in rule.on), example
    assert set(rule.tags) <= set(CHINESE_TAG)


def _table(rule: Rule) -> object:
    class One:
        triggers = rule.on

    return One()


def test_rule_names_are_unique() -> None:
    """No name stands twice in one language, so that the census counts what it says."""
    for language in ("en", "zh"):
        names = [rule.name for lang, rule in TABLES if lang.code == language]
        assert len(names) == len(set(names))


@pytest.mark.parametrize(("text", "expected"), FACTS, ids=[text for text, _ in FACTS])
def test_a_sentence_becomes_a_fact(text: str, expected: str) -> None:
    """The fact is worded in the third person, alone, and nothing becomes a preference."""
    facts, preferences = read(text)
    assert expected in facts
    assert preferences == []


@pytest.mark.parametrize(("text", "expected"), PREFERENCES, ids=[text for text, _ in PREFERENCES])
def test_a_sentence_becomes_a_preference(text: str, expected: str) -> None:
    """The attitude or the standing instruction comes out once, and no fact beside it."""
    assert read(text) == ([], [expected])


def test_conditions_are_facts_of_their_own() -> None:
    """Things that are updated apart stay apart, in one sentence or two."""
    facts, _ = read("I have asthma and I am allergic to nuts. I have two cats.")
    assert len(facts) == 3


def test_abbreviations_and_decimals_do_not_end_a_sentence() -> None:
    """Dr., e.g. and 2.5 stay inside."""
    facts, _ = read("I live near Dr. Brown's practice in St. Ives. I ran 10.5 km last Sunday.")
    assert facts == ["The user lives near Dr. Brown's practice in St. Ives.", "The user ran 10.5 km last Sunday."]


def test_he_and_she_reach_back_over_a_turn() -> None:
    """A pronoun stands for the one relative that was named two messages before."""
    said = (
        ("user", "My sister is visiting."),
        ("assistant", "Nice!"),
        ("user", "She had her knee replaced in August."),
    )
    messages = [Message(role=role, content=text) for role, text in said]
    facts = [fact.text for fact in BaselineExtractor().extract(messages, EXTRACTION_TYPES).facts]
    assert "The user's sister had her knee replaced in August." in facts


def test_a_document_is_nobody_s_life() -> None:
    """A long text in which hardly anybody says "I" is read for instructions alone."""
    terms = "The offer ends on Friday. Vouchers are sent to the app. Members pay at the till next week. " * 8
    assert read(terms + "We reserve our rights and we moved our office in May.") == ([], [])


IDLE = [
    "I will definitely give that a try, it sounds lovely.",
    "We can all learn from each other.",
    "Writing about my own life helps me a lot.",
    "Based on the reviews I would say it was fine.",
    "I have another question about the second one.",
    "我会尽力的，下次再聊吧。",
    "综合一下这两点，控制在三百字。",
    "获得了第六届电影节的大奖，1972年出生。",
]


@pytest.mark.parametrize("text", IDLE)
def test_talk_is_not_told(text: str) -> None:
    """Promises to the assistant, remarks and requests hold nothing of the user's life."""
    assert read(text) == ([], [])


def test_said_twice_comes_out_once() -> None:
    """A repeated sentence adds nothing."""
    facts, _ = read("I live in Leeds. As I said, I live in Leeds.")
    assert facts == ["The user lives in Leeds."]
