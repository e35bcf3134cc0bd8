"""The English rules for who the user is and whom they live with; everything else is english_statements."""

from __future__ import annotations

import re

from evals.extractors.rules.english_words import (
    CLOSE,
    EMBEDDED,
    HAVE,
    IS,
    JOB,
    KIN,
    NUM,
    I,
)
from evals.extractors.rules.rule import Form, Rule

REPORTED = re.compile(
    r"\b(?:says?|said|thinks?|told|asked|wants?|wanted|suggest\w*|recommend\w*|keeps? (?:saying"
    r"|asking)|would|might|could|should)\b",
    re.I,
)
_NOT_A_NAME = re.compile(
    r"^I am (?:Sorry|Sure|Happy|Not|In|On|At|From|Very|So|OK|Okay|Fine|Good|Ready|Done|Back|Here"
    r"|American|British|Chinese|Indian|German|French|Italian|Spanish|Japanese|Korean|Jewish|Muslim"
    r"|Christian|Catholic|Buddhist|Russian|Canadian|Australian|African|Asian|Mexican|Irish)\b"
)
VAGUE = re.compile(
    r"\b(?:I (?:have|had) (?:a|an|some|one|two|another) (?:\w+ )?(?:question|idea|problem|issue"
    r"|doubt|request|task|thought)s?)\b",
    re.I,
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
        r"\b(?:[Mm]y (?:full |first |real )?name is|I am called|[Pp]eople call me|I go by)\s+(?:[A-Z]"
        r"|\w+$)",
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
        rf"{I} (?:am|turned|turn|am turning|just turned|will turn|will be)\s+(?:now |about |almost "
        rf"|nearly |only |a )?(?:[1-9]\d|\d\d?[- ]years?|twenty|thirty|forty|fifty|sixty|seventy"
        rf"|eighty)(?:-\w+)?(?:[-"
        rf" ]years?[- ]old|(?=$|,| and\b| next\b| this\b| in\b| last\b| now\b| yesterday\b))",
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
            r"\b(?:fan|lover|good|better|great|big|bad|huge|terrible|slow|fast|member|friend|mess|fraud"
            r"|failure|human|real|like)\b",
            re.I,
        ),
    ),
    fact(
        "profile.job_plain",
        "am retired self-employed self unemployed freelance",
        rf"{I} {IS} (?:retired|self-employed|unemployed|a freelance\w*|freelancing|between jobs|in (?:marketing"
        rf"|sales|finance|tech|advertising|education|healthcare|retail|the military))\b",
        "I am retired",
        key="Job",
        tags="job",
    ),
    fact(
        "profile.work",
        "work working worked works job profession career occupation",
        rf"{I} (?:work|worked|am working|have worked|have been working|used to work) (?:as|at|in|for"
        rf"|with|from home|nights|night|part|full|remotely|freelance|\w+ shifts|mostly|on (?:the|a)"
        rf" (?:railways?|farm|ship|night))\b|\bmy (?:current |day |main |new |full-time )?(?:job|profession"
        rf"|career|occupation) (?:is|was|as|at|involves|requires)\b",
        "I work as a nurse in Lyon",
        "I have worked for the city since 2019",
        key="Job",
        tags="job work",
        unless=re.compile(
            r"\bwork(?:s|ing|ed)? (?:in|on|with|for|at) (?:the|this|that|it|my|you|me|a (?:project|story"
            r"|paper))\b(?! (?:\w+ ){0,3}(?:industry|sector|hospital|company|field|bank|railway|restaurant"
            r"|library|department|city|warehouse|shop|office))",
            re.I,
        ),
    ),
    fact(
        "profile.city",
        "live living lived based from born raised grew reside here stationed",
        rf"{I} (?:live|lived|am living|have lived|have been living|used to live|reside|am based|am located"
        rf"|grew up|was born|was raised|was born and raised|am stationed|am originally|come|am|am currently"
        rf"|am now) (?:alone |here |out |and raised )?(?:in|from|near|at|outside|on|just outside|with"
        rf" my|by)\b (?!which|what|the (?:same|other|next|process|middle|mood|habit|moment|phone|way"
        rf"|fence|list|right|wrong|point|bus|train|car|shower|beginning|end)\b|(?:a|an) (?:hurry|meeting"
        rf"|rush|position|relationship|good|bad|similar|tight|budget|diet|break|roll|bit|lot)|trouble"
        rf"|love|need|charge|shock|awe|pain|fear|case|my (?:mind|head|way|phone|room)|your|it|this|that"
        rf"|here|there|there|top|time|track|vacation|holiday|board)\w",
        "I live in Leeds",
        "I am originally from Porto",
        "I grew up near Graz",
        key="Location",
        tags="location home",
        unless=re.compile(
            r"\b(?:I am|we are) (?:at|on|with|in|by|near) (?!(?:\w+ )?(?:[A-Z][a-z]{2,}))|\bI (?:come|am)"
            r" (?:from|in|at) (?:the|a|an)? ?[a-z]",
            re.S,
        ),
    ),
    fact(
        "profile.here_in",
        "here",
        r"\bhere in [A-Z][a-z]+",
        "she stays with me here in Leeds",
        key="Location",
        tags="location",
        form="mention",
        case=True,
    ),
    fact(
        "profile.identity",
        "am",
        rf"{I} {IS} (?:a |an )?(?:devout |practi[sc]ing |proud )?(?:introvert(?:ed)?|extrovert(?:ed)?"
        rf"|muslim|christian|catholic|buddhist|hindu|jewish|atheist|jew|left-handed|transgender|trans"
        rf"|non-binary|bisexual|gay|lesbian|american|british|chinese|indian|german|french|canadian|australian"
        rf"|mexican|italian|korean|japanese|brazilian|nigerian|night owl|early bird|morning person|single"
        rf" (?:mom|dad|parent|mother|father)|native \w+)\b",
        "I am a devout Buddhist",
        key="Identity",
        tags="person",
    ),
    fact(
        "profile.study",
        "study studied studying major majoring majored graduated graduate degree university college"
        " attend attended student grade year phd school",
        rf"{I} (?:study|studied|am studying|have studied|have been studying|major|majored|am majoring"
        rf"|graduated|have graduated|have just graduated|am graduating|attend|attended|dropped out|am"
        rf" in (?:my|the) (?:first|second|third|fourth|final|last|\d\w\w) (?:year|semester|grade)|am"
        rf" in (?:college|university|high school|\d+th grade|grade \d+|grad school)|have (?:a|an|my)"
        rf" (?:\w+'?s? )?(?:degree|bachelor\S*|master\S*|phd|mba|diploma)|hold (?:a|an)|go to (?:\w+"
        rf" )?(?:school|college|university)|am doing (?:a|my) (?:phd|master\S*|degree|bachelor\S*))\b",
        "I am studying biology at Ghent",
        "I graduated in 2019",
        key="Education",
        tags="education",
        unless=re.compile(r"\bstud(?:y|ied|ying) (?:this|that|it|the (?:above|following))\b", re.I),
    ),
)

FAMILY: tuple[Rule, ...] = (
    fact(
        "family.status",
        "married engaged divorced single widowed pregnant separated dating marriage",
        rf"{I} (?:am|are|got|were|was|have been|am getting|are getting|just got|recently got)(?: \w+){{0,2}}"
        rf" (?:married|engaged|divorced|widowed|separated|a widow|a widower|dating)\b|\bI am single\b",
        "I have been married for ten years",
        "I am divorced",
        key="Marital status",
        tags="family relationship",
    ),
    fact(
        "family.have",
        "",
        rf"{I} (?:{HAVE}|am raising|am expecting|adopted|live with)\s+(?:a|an|{NUM}|my|no)(?: [\w-]+){{0,4}}?"
        rf" {KIN}\b",
        "I have two grown sons",
        "I have an 8-year-old daughter",
        key="Family",
        tags="family",
        unless=VAGUE,
    ),
    fact(
        "family.mine_is",
        "",
        rf"\b(?:my|our) (?:\w+ |\w+-\w+ ){{0,2}}{KIN}(?:,? (?-i:[A-Z])\w+,?| \w+)?(?:'s \w+(?: \w+)?)?,?"
        rf" (?:and I (?!was|would))?(?:is|are|was|were|has|have|had|will|also|just|always|never|only"
        rf"|now|recently|still|got|went|came|left|became|began|passed|died|broke|sells?|lives?|works?"
        rf"|\w{{3,}}ed|(?!this|yes|thus|does|perhaps|news)\w{{3,}}s)\b",
        "my aunt lives in Oslo",
        "my brother is a pilot",
        "my dad retires on the 30th",
        key="Family",
        tags="family",
        unless=REPORTED,
    ),
    fact(
        "family.close",
        "friend friends boss manager colleague colleagues coworker roommate flatmate neighbour neighbor"
        " neighbours neighbors coach mentor therapist landlord",
        rf"\b(?:my|our) (?:best |close |old |new |good |\w+ )?{CLOSE},? (?:(?-i:[A-Z])\w+,? )?(?:is"
        rf"|was|has|had|just|always|recently|lives?|works?|moved|got|passed|died|plays|teaches|smokes"
        rf"|owns)\b",
        "my roommate Lea plays the drums",
        key="Relationship",
        tags="relationship",
        unless=REPORTED,
    ),
)

MENTIONS: tuple[Rule, ...] = (
    fact(
        "family.mention",
        "",
        r"\b[Mm]y (?:\w+ )?(?:wife|husband|fianc[eé]e?|girlfriend|boyfriend|son|daughter|granddaughter"
        r"|grandson|twins|kids|children|toddler|baby|grandchildren|nephew|niece|(?:mother|father|sister"
        r"|brother)-in-law)\b(?!')",
        "nobody would tell my wife",
        key="Family",
        tags="family relationship",
        form="mention",
    ),
    fact(
        "pet.mention",
        "",
        r"\b[Mm]y (?:\w+ )?(?:cat|dog|puppy|kitten|rabbit|hamster|parrot|horse|golden retriever|dogs"
        r"|cats)\b(?!')",
        "a cage my parrot cannot open",
        key="Pet",
        tags="pet",
        form="mention",
    ),
)
