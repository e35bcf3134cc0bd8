"""The English rules for who the user is and whom they live with; everything else is english_statements."""

from __future__ import annotations

import re

from evals.extractors.rules.english_words import EMBEDDED, IS, JOB, KIN, I
from evals.extractors.rules.rule import Form, Rule

_REPORTED = re.compile(
    r"\b(?:says?|said|thinks?|told|asked|wants?|wanted|suggest\w*|recommend\w*|keeps? (?:saying|asking)|would|might"
    r"|could|should)\b",
    re.I,
)
_NOT_A_NAME = re.compile(
    r"^I am (?:Sorry|Sure|Happy|Not|In|On|At|From|Very|So|OK|Okay|Fine|Good|Ready|Done|Back|Here|American|British"
    r"|Chinese|Indian|German|French|Italian|Spanish|Japanese|Korean|Jewish|Muslim|Christian|Catholic|Buddhist|Russian"
    r"|Canadian|Australian|African|Asian|Mexican|Irish)\b"
)


def fact(
    name: str,
    on: str,
    pattern: str,
    *examples: str,
    key: str = "",
    tags: str,
    memory_type: str = "UserMemory",
    unless: re.Pattern[str] | None = None,
    form: Form = "statement",
    case: bool = False,
) -> Rule:
    topic = name.partition(".")[0]
    return Rule(
        name=name,
        topic=topic,
        on=tuple(on.split()),
        pattern=re.compile(pattern, 0 if case else re.I),
        examples=examples,
        unless=unless,
        key=key,
        memory_type=memory_type,
        tags=tuple(tags.split()),
        form=form,
        not_after=EMBEDDED,
    )


PERSON: tuple[Rule, ...] = (
    fact(
        "profile.name",
        "name called go",
        r"\b(?:[Mm]y (?:full |first |real )?name is|I am called|[Pp]eople call me|I go by)\s+(?:[A-Z]|\w+$)",
        "my name is Ada",
        key="Name",
        tags="person",
        case=True,
    ),
    fact(
        "profile.name_first",
        "am",
        r"^(?:I am|This is) [A-Z][a-zé]+(?: [A-Z][a-zé]+){0,2}(?=,| and\b| from\b|$)(?! is)",
        "I am Alex, 28, backend developer in Hangzhou",
        key="User profile",
        tags="person job location",
        unless=_NOT_A_NAME,
        case=True,
    ),
    fact("profile.name_here", "here", r"^[A-Z][a-z]+ here$", "Lena here", key="Name", tags="person", case=True),
    fact(
        "profile.age",
        "am turned turn turning aged old",
        rf"{I} (?:am|turned|turn|am turning|just turned|will turn|will be)\s+(?:now |about |almost |nearly |only "
        rf"|a )?(?:[1-9]\d|\d\d?[- ]years?|twenty|thirty|forty|fifty|sixty|seventy"
        rf"|eighty)(?:-\w+)?(?:[- ]years?[- ]old|(?=$|,| and\b| next\b| this\b| in\b| last\b| now\b| yesterday\b))",
        "I am 65",
        "I turned 40 in June",
        key="Age",
        tags="person",
        unless=re.compile(r"%|\b(?:minutes?|kilos?|kg|lbs|pounds|km|miles|weeks?|days?|months?|cm)\b", re.I),
    ),
    fact(
        "profile.job",
        "am was",
        rf"{I} {IS} (?:\w+ing as )?(?:a|an|the|your)(?: [\w/-]+,?){{0,4}}? {JOB}\b(?! (?:for|to) you)",
        "I am a middle school teacher",
        "I am a television/film producer",
        key="Job",
        tags="job work",
        unless=re.compile(
            r"\b(?:fan|lover|good|better|great|big|bad|huge|terrible|slow|fast|member|friend|mess|fraud|failure|human"
            r"|real|like)\b",
            re.I,
        ),
    ),
    fact(
        "profile.city",
        "live living lived based from born raised grew reside here stationed",
        rf"{I} (?:live|lived|am living|have lived|have been living|used to live|reside|am based|am located|grew up"
        rf"|was born|was raised|was born and raised|am stationed|am originally|come|am|am currently|am now) (?:alone "
        rf"|here |out |and raised )?(?:in|from|near|at|outside|on|just outside|with my|by)\b (?!which|what"
        rf"|the (?:same|other|next|process|middle|mood|habit|moment|phone|way|fence|list|right|wrong|point|bus|train"
        rf"|car|shower|beginning|end)\b|(?:a|an) (?:hurry|meeting|rush|position|relationship|good|bad|similar|tight"
        rf"|budget|diet|break|roll|bit|lot)|trouble|love|need|charge|shock|awe|pain|fear|case|my (?:mind|head|way"
        rf"|phone|room)|your|it|this|that|here|there|there|top|time|track|vacation|holiday|board)\w",
        "I live in Leeds",
        "I am originally from Porto",
        "I grew up near Graz",
        key="Location",
        tags="location home",
        unless=re.compile(
            r"\b(?:I am|we are) (?:at|on|with|in|by|near) (?!(?:\w+ )?(?:[A-Z][a-z]{2,}))|\bI (?:come|am) (?:from|in"
            r"|at) (?:the|a|an)? ?[a-z]",
            re.S,
        ),
    ),
)

FAMILY: tuple[Rule, ...] = (
    fact(
        "family.status",
        "married engaged divorced single widowed pregnant separated dating marriage",
        rf"{I} (?:am|are|got|were|was|have been|am getting|are getting|just got"
        rf"|recently got)(?: \w+){{0,2}} (?:married|engaged|divorced|widowed|separated|a widow|a widower|dating)\b"
        rf"|\bI am single\b",
        "I have been married for ten years",
        "I am divorced",
        key="Marital status",
        tags="family relationship",
    ),
    fact(
        "family.mine_is",
        "",
        rf"\b(?:my|our) (?:\w+ |\w+-\w+ ){{0,2}}{KIN}(?:,? (?-i:[A-Z])\w+,?"
        rf"| \w+)?(?:'s \w+(?: \w+)?)?,? (?:and I (?!was|would))?(?:is|are|was|were|has|have|had|will|also|just"
        rf"|always|never|only|now|recently|still|got|went|came|left|became|began|passed|died|broke|sells?|lives?"
        rf"|works?|\w{{3,}}ed|(?!this|yes|thus|does|perhaps|news)\w{{3,}}s)\b",
        "my aunt lives in Oslo",
        "my brother is a pilot",
        "my dad retires on the 30th",
        key="Family",
        tags="family",
        unless=_REPORTED,
    ),
)

MENTIONS: tuple[Rule, ...] = (
    fact(
        "family.mention",
        "",
        r"\b[Mm]y (?:\w+ )?(?:wife|husband|fianc[eé]e?|girlfriend|boyfriend|son|daughter|granddaughter|grandson|twins"
        r"|kids|children|toddler|baby|grandchildren|nephew|niece|(?:mother|father|sister|brother)-in-law)\b(?!')",
        "nobody would tell my wife",
        key="Family",
        tags="family relationship",
        form="mention",
    ),
    fact(
        "pet.mention",
        "",
        r"\b[Mm]y (?:\w+ )?(?:cat|dog|puppy|kitten|rabbit|hamster|parrot|horse|golden retriever|dogs|cats)\b(?!')",
        "a cage my parrot cannot open",
        key="Pet",
        tags="pet",
        form="mention",
    ),
)
