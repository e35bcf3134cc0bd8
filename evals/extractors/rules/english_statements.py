"""The general English rules: whatever else somebody states about their own life, told by who it is about and when."""

from __future__ import annotations

import re

from evals.extractors.rules.english_verbs import IRREGULAR_PAST
from evals.extractors.rules.english_words import ADV, EMBEDDED, KIN, OFTEN, TIME
from evals.extractors.rules.rule import Rule

_LEADING = (
    r"(?:on|in|at|for|after|before|since|until|last|next|this|every|each|over|during|by|from|to|with|today|tomorrow"
    r"|yesterday|tonight|now|once|still|back|right|these|most|\w+ly|\d+|one|two|three|these|about|around|between|due)"
)
_LEAD = rf"^(?:{_LEADING}(?: [\w':.-]+){{0,6}}?,? )?"
_US = rf"(?:(?:(?:my|our) (?:[\w'-]+ ){{1,3}}|[A-Z]\w+ )and I|I|we(?! (?:all|can|must|each)\b)|(?:both|two|three|four) of us){ADV}"
_PAST = rf"(?:{'|'.join(sorted(IRREGULAR_PAST - {'was', 'were', 'used', 'knew', 'meant', 'felt', 'thought'}))}|\w{{2,}}ed)"
_DONE = rf"(?:have|had)(?: \w+ly| just| already| finally| recently| never)? (?:been|{_PAST}|\w+en|done|gone|become|run|come)"
_AHEAD = (
    r"(?:will|am going to|are going to|am about to|plan to|plan on|intend to|aim to|hope to|want to|would like to"
    r"|would love to|need to|have to|must|am (?:\w+ly )?(?:planning|hoping|thinking|considering|meant|supposed)"
    r"|are (?:planning|hoping|thinking)|have decided to|decided to)"
)
_UNDER_WAY = r"(?:am|are|was|were)(?: \w+ly| also| just| still| now| currently)? (?:being )?\w+ing"
_STATE = (
    r"(?:allergic|intolerant|diabetic|asthmatic|vegan|vegetarian|pescatarian|sober|pregnant|married|engaged|divorced"
    r"|widowed|single|separated|retired|unemployed|self-employed|left-handed|deaf|blind|dyslexic|bilingual|fluent"
    r"|not (?:\w+ )?(?:allowed|able)|due|based|used to|new to|responsible|registered|insured|trained|certified|qualified)"
)
_BEING = (
    rf"(?:am|are|was|were|have been|had been){ADV} (?:{_STATE}|an?|the|one of|at|in|on|from|off|out|back|away|home|up"
    r"|half|\d)"
)
_VERBISH = rf"(?:is|are|was|were|has|have|had|will|does|did|do|cannot|can|needs?|{_PAST}|\w{{2,}}(?:s|es))"
_THING = r"(?:(?:both|one|two|some|most|all|none) of |both )?(?:my|our) (?:[\w'-]+,? ){0,4}?[\w'-]+,?"

_CHAT = re.compile(
    r"\b(?:you|your|yours|yourself)\b"
    r"|^(?:it|that|this|these|those|there|which|who|they)\b(?! (?:is|are|was) (?:my|our)\b)"
    r"|\b(?:I|we) (?:\w+ly |also |just |really |still |do |do not |did |did not |have |will |to |can |cannot ){0,3}"
    r"(?:love|like|liked|enjoy|hate|know|knew|see|hear|heard|notice\w*|get|say|ask|tell|realize\w*|remember|forgot|forget"
    r"|look forward|consider (?:it|that)|try|tried|check|give (?:it|that)|keep|let|love|care|bother|mind|mention\w*|read"
    r"|saw|watch\w*|figured?|wondered|wanted (?:to|a|some)|came across|find|found|appreciated?|feel|felt|stick with|go with"
    r"|thought|believed|hoped|expected|explore|definitely|make sure|be able|be sure|think|understand|thank|admire|agree)\b"
    r"|\b(?:I|we) (?:am|are|was|were) (?:\w+ly )?(?:a (?:bit|little|lot|(?:big |huge )?fan)|at a loss|in (?:love|awe|need|"
    r"the mood|agreement)|on board|trying|looking|wondering|asking|talking|thinking|referring|having trouble|confused|curious"
    r"|saying|done|getting (?:an|the|this)|all (?:ears|set)|using|writing|feeling|off|up for|chatting|here)\b"
    r"|\b(?:I|we) (?:have|need) to (?:go|run|leave|admit|say)\b|\bfeel free\b"
    r"|\bI (?:have|had|got) (?:a |an |one |another |some |two |no |any |more |the )?(?:\w+ )?(?:question|idea|clue|doubt"
    r"|request|thought|feeling|problem with|issue with|look)s?\b",
    re.I,
)
_TEXT_AT_HAND = re.compile(
    r"\b(?:code|script|error|function|file|prompt|chapter|paragraph|sentence|words?|text|essay|article|answer|reply|story"
    r"|character|scene|poem|dialogue|list|table|column|query|variable|output|input|title|example|version|draft|image"
    r"|picture|website|page|email|e-mail|message|plot|novel|theory|equation|formula)s?\b",
    re.I,
)
_REMARK = re.compile(
    r"\b(?:my|our) (?:\w+ )?(?:questions?|point|ideas?|guess|god|goodness|favou?rites?|understanding|opinion|problem|issue"
    r"|concern|apolog\w+|view|advice|preference|mistake|bad|mind|thoughts?|turn|heart|eyes?|world|day|curiosity|planet"
    r"|ancestors|society|lives|request|friend)\b(?!'s)",
    re.I,
)
_EITHER = re.compile(f"{_CHAT.pattern}|{_TEXT_AT_HAND.pattern}", re.I)
_ANY = re.compile(f"{_EITHER.pattern}|{_REMARK.pattern}", re.I)
_TAG = {"habit": "habit", "plan": "plan", "under_way": "project", "event": "event", "to_us": "event", "occasion": "event"}
_LEAST = r"(?=(?:\S+ ){2,}\S+)"  # three words or more after it


def _told(
    name: str, pattern: str, *examples: str, unless: re.Pattern[str] = _EITHER, memory_type: str = "UserMemory", weak: bool = False
) -> Rule:
    kind = name.partition(".")[2]
    return Rule(
        name=name,
        topic=name.partition(".")[0],
        on=(),
        pattern=re.compile(pattern, re.I),
        examples=examples,
        unless=unless,
        memory_type=memory_type,
        tags=(_TAG[kind],) if kind in _TAG else (),
        not_after=EMBEDDED,
        weak=weak,
    )


TOLD: tuple[Rule, ...] = (
    _told(
        "told.habit",
        rf"{_LEAD}{_US} (?!am|are|was|were|have|had|will|would|{_PAST}\b)\w+ .{{0,120}}{OFTEN}|^{OFTEN},? {_US} \w+ \w+",
        "I swim every Thursday",
    ),
    _told("told.plan", rf"{_LEAD}{_US} {_AHEAD}\b (?:\S+ )+\S+", "I plan to learn Welsh", memory_type="LongTermMemory"),
    _told(
        "told.under_way",
        rf"{_LEAD}{_US} (?:{_UNDER_WAY}|(?:have|had) been(?: \w+ly)? \w+ing)\b \S+",
        "we are renovating our kitchen",
        memory_type="LongTermMemory",
    ),
    _told(
        "told.event",
        rf"{_LEAD}{_US} (?:{_DONE}|{_PAST})\b (?!been an? )(?:\S+ )?\S+",
        "I broke my wrist in May",
        memory_type="LongTermMemory",
    ),
    _told("told.being", rf"{_LEAD}{_US} {_BEING}\b (?:\S+ )*\S+", "I am allergic to penicillin"),
    _told(
        "told.life",
        rf"{_LEAD}{_US} (?!am\b|are\b|was\b|were\b|will\b|would\b|{_PAST}\b)[a-z]{{2,}} (?:\S+ )*\S+",
        "I drive an old blue van",
    ),
    _told("told.mine", rf"{_LEAD}{_THING} {_VERBISH}\b \S+", "my visa expires on 3 May", unless=_ANY),
    _told(
        "told.to_us",
        rf"^(?:the|an?|one|some|two|three|\d+|[A-Z][a-z]+|somebody|someone|nobody) {_LEAST}.{{0,80}}?\b(?:has|have|had|was|were|is|are|{_PAST}) "
        r".{0,60}?\b(?:me|us|my|our)\b",
        "the doctor put me on statins",
        unless=_ANY,
        memory_type="LongTermMemory",
    ),
    _told(
        "told.occasion",
        rf"^(?:it|this|that|(?:today|tomorrow|{TIME}).{{0,20}}) (?:is|was|will be) (?:my|our) (?!\w+ (?:time|favou?rite)).*"
        rf"(?:{TIME}|{KIN}|birthday|anniversary|first|last)",
        "it is my daughter's birthday",
        unless=_REMARK,
        memory_type="LongTermMemory",
    ),
    _told(
        "told.dated",
        rf"^(?:the|an?|one|two|three|four|\d+|[A-Z][a-z]+|(?:on|from|by) {TIME}) .{{0,80}}?{_VERBISH} .*{TIME}"
        rf"|^(?:on |from |by )?{TIME},? (?:\S+ ){{1,6}}?{_VERBISH} \S+",
        "the MOT runs out on Friday",
        unless=_ANY,
        memory_type="LongTermMemory",
        weak=True,
    ),
)
