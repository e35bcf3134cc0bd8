"""The general English rules: whatever else somebody states about their own life, told by who it is about and when."""

from __future__ import annotations

import re

from evals.extractors.rules.english_verbs import PAST
from evals.extractors.rules.english_words import ADV, EMBEDDED, KIN, OFTEN, TIME
from evals.extractors.rules.rule import Rule

_LEADING = (
    r"(?:on|in|at|for|after|before|since|until|last|next|this|every|each|over|during|by|from|to|with|today|tomorrow"
    r"|yesterday|tonight|now|once|still|back|right|these|most|\w+ly|\d+|one|two|three|these|about|around|between|due)"
)
_LEAD = rf"^(?:{_LEADING}(?: [\w':.-]+){{0,6}}?,? )?"
_US = (
    rf"(?:(?:(?:my|our) (?:[\w'-]+ ){{1,3}}|(?-i:[A-Z])\w+ )and I|I|we(?! (?:all|can|must|each|should|could|might|may"
    rf"|are all)\b)|(?:both|two|three|four) of us){ADV}"
)
_PAST = rf"(?!was\b|were\b|used\b|knew\b|meant\b|felt\b|thought\b){PAST}"
_DONE = (
    rf"(?:have|had)(?: \w+ly| just| already| finally| recently| never)? (?:been|{_PAST}|\w+en|done|gone|become|run"
    rf"|come)"
)
_AHEAD = (
    r"(?:am going to|are going to|am about to|plan to|plan on|intend to|aim to|hope to|want to|would like to"
    r"|would love to|need to|have to|must|am (?:\w+ly )?(?:planning|hoping|thinking|considering|meant|supposed)"
    r"|are (?:planning|hoping|thinking)|have decided to|decided to)"
)
_UNDER_WAY = r"(?:am|are|was|were)(?: \w+ly| also| just| still| now| currently)? (?:being )?\w+ing"
_STATE = (
    r"(?:allergic|intolerant|diabetic|asthmatic|vegan|vegetarian|pescatarian|sober|pregnant|married|engaged|divorced"
    r"|widowed|single|separated|retired|unemployed|self-employed|left-handed|deaf|blind|dyslexic|bilingual|fluent"
    r"|not (?:\w+ )?(?:allowed|able)|due|based|used to|new to|responsible|registered|insured|trained|certified"
    r"|qualified)"
)
_BEING = (
    rf"(?:am|are|was|were|have been|had been){ADV} (?:{_STATE}|an?|the|one of|at|in|on|from|off|out|back|away|home|up"
    r"|half|\d)"
)
_VERBISH = rf"(?:is|are|was|were|has|have|had|will|does|did|do|cannot|can|needs?|{_PAST}|\w{{2,}}(?:s|es))"
_NAME = (
    r"(?!(?:i|it|its|he|she|his|her|they|their|this|that|these|those|what|there|here|if|no|not|so)\b)(?-i:[A-Z])[a-z]+"
)
_THING = r"(?:(?:both|one|two|some|most|all|none) of |both )?(?:my|our) (?:[\w'-]+,? ){0,4}?[\w'-]+,?"

_ADVERBIAL = r"(?:\w+ly |also |just |still |do |do not |did |did not |have |will |to |can |cannot ){0,3}"
_IN_THE_HEAD = (
    r"(?:love|like|liked|enjoy|hate|know|knew|see|hear|notice\w*|say|ask|tell|realize\w*|remember|forgot|forget"
    r"|look forward|feel|felt|heard (?:of|about)|care|bother|mind|mention\w*|figured?|wondered|wanted (?:to|a|some)"
    r"|came across|appreciated?|thought|believed|hoped|expected|explore|make sure|be able|be sure|think|understand"
    r"|thank|admire|agree|definitely)"
)
_AT_HAND = (
    r"(?:consider|get|find|found|try|tried|check|watch|read|saw|keep|let|feel|felt|give|heard|stick with"
    r"|go with) (?:it|that|this|these|them|the|what|how|why|if|an? (?:bit|little|lot|few)|like|so|out|about|very|more"
    r"|better|into)"
)
_STATE_OF_TALK = (
    r"(?:a (?:bit|little|lot|(?:big |huge )?fan)|at a loss|in (?:love|awe|need|the mood|agreement)|on board|trying"
    r"|looking(?! for an? )|wondering|asking|talking|thinking|referring|having trouble|confused|curious|saying|done"
    r"|getting (?:an|the|this)|all (?:ears|set)|using|writing|feeling|off|up for|chatting|here)"
)
_NOTHING_TOLD = r"\b(?:I|we) do not (?:have any|do|know|think|see|mean|want (?:to be|it|that|this|one))\b"
_CHAT = re.compile(
    r"\b(?:you|your|yours|yourself|each other|please)\b|^(?:it|that|this|these|those|there|which|who|they)\b"
    r"(?! (?:is|are|was) (?:my|our)\b)"
    rf"|{_NOTHING_TOLD}|\b(?:I|we) {_ADVERBIAL}(?:{_IN_THE_HEAD}|{_AT_HAND})\b|\b(?:I|we) (?:am|are|was"
    rf"|were) (?:\w+ly )?{_STATE_OF_TALK}\b"
    r"|\b(?:I|we) (?:have|need) to (?:go|run|leave|admit|say)\b|\bfeel free\b|\bI (?:have|had|got) (?:a |an |one "
    r"|another |some |two |no |any |more |the )?(?:\w+ )?(?:question|idea|clue|doubt|request|thought|feeling"
    r"|problem with|issue with|look)s?\b",
    re.I,
)
_TEXT_AT_HAND = re.compile(
    r"\b(?:code|script|error|function|file|prompt|chapter|paragraph|sentence|words?|text|essay|article|answer|reply"
    r"|story|character|scene|poem|dialogue|list|table|column|query|variable|output|input|title|example|version|draft"
    r"|image|picture|website|page|email|e-mail|message|plot|novel|option|theory|equation|formula)s?\b",
    re.I,
)
_REMARK = re.compile(
    r"\b(?:my|our) (?:\w+ )?(?:questions?|point|ideas?|guess|god|goodness|favou?rites?|understanding|opinion|problem"
    r"|issue|concern|apolog\w+|view|advice|preference|mistake|bad|mind|thoughts?|curiosity|planet|ancestors|society"
    r"|request)\b(?!'s)|\bweather\b",
    re.I,
)
_EITHER = re.compile(f"{_CHAT.pattern}|{_TEXT_AT_HAND.pattern}", re.I)
_ANY = re.compile(f"{_EITHER.pattern}|{_REMARK.pattern}", re.I)
_TAG = {
    "habit": "habit",
    "plan": "plan",
    "will": "plan",
    "under_way": "project",
    "event": "event",
    "to_us": "event",
    "occasion": "event",
}
_LEAST = r"(?=(?:\S+ ){2,}\S+)"  # three words or more after it


def _told(
    name: str,
    pattern: str,
    *examples: str,
    unless: re.Pattern[str] = _EITHER,
    memory_type: str = "UserMemory",
    on: str = "i we us",
    weak: bool = False,
) -> Rule:
    kind = name.partition(".")[2]
    return Rule(
        name=name,
        topic="told",
        on=tuple(on.split()),
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
        rf"{_LEAD}{_US} (?!am|are|was|were|have|had|will|would|{_PAST}\b)\w+ .{{0,120}}{OFTEN}"
        rf"|^{OFTEN},? {_US} \w+ \w+",
        "I swim every Thursday",
    ),
    _told("told.plan", rf"{_LEAD}{_US} {_AHEAD}\b (?:\S+ )+\S+", "I plan to learn Welsh", memory_type="LongTermMemory"),
    _told(
        "told.will",
        rf"{_LEAD}{_US} will .*(?:{TIME}|{KIN})",
        "I will print it all on Friday",
        memory_type="LongTermMemory",
    ),
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
    _told("told.mine", rf"{_LEAD}{_THING} {_VERBISH}\b \S+", "my visa expires on 3 May", unless=_ANY, on="my our"),
    _told(
        "told.to_us",
        rf"^(?:the|an?|one|some|two|three|\d+|{_NAME}|\w+ing|somebody|someone|nobody) {_LEAST}.{{0,80}}?\b(?:has|have"
        rf"|had|was|were|is|are|{_PAST}) "
        r".{0,60}?\b(?:me|us|my|our)\b",
        "the doctor put me on statins",
        on="me us my our",
        unless=_ANY,
        memory_type="LongTermMemory",
    ),
    _told(
        "told.occasion",
        rf"^(?:it|this|that|(?:today|tomorrow|{TIME}).{{0,20}}) (?:is|was|will be) (?:my|our) (?!\w+ (?:time"
        rf"|favou?rite)).*(?:{TIME}|{KIN}|birthday|anniversary|first|last)",
        "it is my daughter's birthday",
        on="my our",
        unless=_REMARK,
        memory_type="LongTermMemory",
    ),
    _told(
        "told.dated",
        rf"^(?:the|an?|one|two|three|four|\d+|{_NAME}|(?:on|from|by) {TIME}) .{{0,80}}?{_VERBISH} .*{TIME}|^(?:on "
        rf"|from |by )?{TIME},? (?:\S+ ){{1,6}}?{_VERBISH} \S+",
        "the MOT runs out on Friday",
        on="",
        unless=_ANY,
        memory_type="LongTermMemory",
        weak=True,
    ),
)
