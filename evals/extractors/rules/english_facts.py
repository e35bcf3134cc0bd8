"""The English rules for facts about a person: who they are, their family, health, animals and belongings."""

from __future__ import annotations

import re

from evals.extractors.rules.english_words import (
    CLOSE,
    CONDITION,
    EMBEDDED,
    HAVE,
    IS,
    JOB,
    KIN,
    NUM,
    OFTEN,
    PET,
    I,
)
from evals.extractors.rules.rule import Form, Rule

_REPORTED = re.compile(r"\b(?:says?|said|thinks?|told|asked|wants?|wanted|suggest\w*|recommend\w*|keeps? (?:saying|asking)|would|might|could|should)\b", re.I)
_NOT_A_NAME = re.compile(r"^I am (?:Sorry|Sure|Happy|Not|In|On|At|From|Very|So|OK|Okay|Fine|Good|Ready|Done|Back|Here|American|British|Chinese|Indian|German|French|Italian|Spanish|Japanese|Korean|Jewish|Muslim|Christian|Catholic|Buddhist|Russian|Canadian|Australian|African|Asian|Mexican|Irish)\b")  # fmt: skip
_VAGUE = re.compile(r"\b(?:I (?:have|had) (?:a|an|some|one|two|another) (?:\w+ )?(?:question|idea|problem|issue|doubt|request|task|thought)s?)\b", re.I)


def _rule(
    name: str, on: str, pattern: str, *examples: str, key: str = "", tags: str, memory_type: str = "UserMemory",
    unless: re.Pattern[str] | None = None, form: Form = "statement", case: bool = False,
) -> Rule:  # fmt: skip
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
    _rule("profile.name", "name called go", r"\b(?:[Mm]y (?:full |first |real )?name is|I am called|[Pp]eople call me|I go by)\s+(?:[A-Z]|\w+$)",
          "my name is Ada", key="Name", tags="person", case=True),
    _rule("profile.name_first", "am", r"^(?:I am|This is) [A-Z][a-zé]+(?: [A-Z][a-zé]+){0,2}(?=,| and\b| from\b|$)(?! is)",
          "I am Alex, 28, backend developer in Hangzhou", key="User profile", tags="person job location", unless=_NOT_A_NAME, case=True),
    _rule("profile.name_here", "here", r"^[A-Z][a-z]+ here$", "Lena here", key="Name", tags="person", case=True),
    _rule("profile.age", "am turned turn turning aged old", rf"{I} (?:am|turned|turn|am turning|just turned|will turn|will be)\s+(?:now |about |almost |nearly |only |a )?(?:[1-9]\d|\d\d?[- ]years?|twenty|thirty|forty|fifty|sixty|seventy|eighty)(?:-\w+)?(?:[- ]years?[- ]old|(?=$|,| and\b| next\b| this\b| in\b| last\b| now\b| yesterday\b))",
          "I am 65", "I turned 40 in June", key="Age", tags="person", unless=re.compile(r"%|\b(?:minutes?|kilos?|kg|lbs|pounds|km|miles|weeks?|days?|months?|cm)\b", re.I)),
    _rule("profile.job", "am was", rf"{I} {IS} (?:\w+ing as )?(?:a|an|the|your)(?: [\w/-]+,?){{0,4}}? {JOB}\b(?! (?:for|to) you)",
          "I am a middle school teacher", "I am a television/film producer", key="Job", tags="job work",
          unless=re.compile(r"\b(?:fan|lover|good|better|great|big|bad|huge|terrible|slow|fast|member|friend|mess|fraud|failure|human|real|like)\b", re.I)),
    _rule("profile.job_plain", "am retired self-employed self unemployed freelance", rf"{I} {IS} (?:retired|self-employed|unemployed|a freelance\w*|freelancing|between jobs|in (?:marketing|sales|finance|tech|advertising|education|healthcare|retail|the military))\b",
          "I am retired", key="Job", tags="job"),
    _rule("profile.work", "work working worked works job profession career occupation", rf"{I} (?:work|worked|am working|have worked|have been working|used to work) (?:as|at|in|for|with|from home|nights|night|part|full|remotely|freelance|\w+ shifts|mostly|on (?:the|a) (?:railways?|farm|ship|night))\b|\bmy (?:current |day |main |new |full-time )?(?:job|profession|career|occupation) (?:is|was|as|at|involves|requires)\b",
          "I work as a nurse in Lyon", "I have worked for the city since 2019", key="Job", tags="job work",
          unless=re.compile(r"\bwork(?:s|ing|ed)? (?:in|on|with|for|at) (?:the|this|that|it|my|you|me|a (?:project|story|paper))\b(?! (?:\w+ ){0,3}(?:industry|sector|hospital|company|field|bank|railway|restaurant|library|department|city|warehouse|shop|office))", re.I)),
    _rule("profile.trade", "run own manage teach sell mend repair restore drive lead coach founded started", rf"{I} (?:run|own|manage|teach|sell|mend|repair|restore|lead|co-own|head|operate|founded|co-founded) (?!out|into|a (?:risk|mile|fever|few)|the risk|\d)(?:\w|'|-|,| ){{3,80}}",
          "I run the Elm Street nursery", "I sell and mend sewing machines", key="Job", tags="job work",
          unless=re.compile(r"\brun (?:a |the |this )?(?:code|script|command|program|it|test|marathon|race|10k|5k|every|in|with|out|into|for|away|about|around|\d|charity|half)|\bown (?:a|an|my|two|the) (?:car|house|cat|dog|bike|home)|\b(?:manage|lead) to\b|\b(?:myself|me)\b", re.I)),
    _rule("profile.city", "live living lived based from born raised grew reside here stationed", rf"{I} (?:live|lived|am living|have lived|have been living|used to live|reside|am based|am located|grew up|was born|was raised|was born and raised|am stationed|am originally|come|am|am currently|am now) (?:alone |here |out |and raised )?(?:in|from|near|at|outside|on|just outside|with my|by)\b (?!which|what|the (?:same|other|next|process|middle|mood|habit|moment|phone|way|fence|list|right|wrong|point|bus|train|car|shower|beginning|end)\b|(?:a|an) (?:hurry|meeting|rush|position|relationship|good|bad|similar|tight|budget|diet|break|roll|bit|lot)|trouble|love|need|charge|shock|awe|pain|fear|case|my (?:mind|head|way|phone|room)|your|it|this|that|here|there|there|top|time|track|vacation|holiday|board)\w",
          "I live in Leeds", "I am originally from Porto", "I grew up near Graz", key="Location", tags="location home",
          unless=re.compile(r"\b(?:I am|we are) (?:at|on|with|in|by|near) (?!(?:\w+ )?(?:[A-Z][a-z]{2,}))|\bI (?:come|am) (?:from|in|at) (?:the|a|an)? ?[a-z]", re.S)),
    _rule("profile.here_in", "here", r"\bhere in [A-Z][a-z]+", "she stays with me here in Leeds", key="Location", tags="location", form="mention", case=True),
    _rule("profile.language", "speak english spanish french german chinese japanese korean fluent native tongue language bilingual", r"\bI (?:can |only |also |mostly )?(?:speak|am fluent in|am a native|am bilingual|grew up speaking)\b|\bmy (?:native|first|mother|second) (?:language|tongue)\b|\bmy (?:English|Spanish|French|German|Chinese|Mandarin|Japanese|Korean|Russian|Arabic|Italian|Portuguese) (?:is|isn't|needs|was|sounds)\b",
          "I speak Polish at home", "my French is rusty", key="Language", tags="language skill", unless=re.compile(r"\bspeak (?:to|with|up|about|at|for|in front)\b", re.I)),
    _rule("profile.identity", "am", rf"{I} {IS} (?:a |an )?(?:devout |practi[sc]ing |proud )?(?:introvert(?:ed)?|extrovert(?:ed)?|muslim|christian|catholic|buddhist|hindu|jewish|atheist|jew|left-handed|transgender|trans|non-binary|bisexual|gay|lesbian|american|british|chinese|indian|german|french|canadian|australian|mexican|italian|korean|japanese|brazilian|nigerian|night owl|early bird|morning person|single (?:mom|dad|parent|mother|father)|native \w+)\b",
          "I am a devout Buddhist", key="Identity", tags="person"),

    _rule("profile.study", "study studied studying major majoring majored graduated graduate degree university college attend attended student grade year phd school", rf"{I} (?:study|studied|am studying|have studied|have been studying|major|majored|am majoring|graduated|have graduated|have just graduated|am graduating|attend|attended|dropped out|am in (?:my|the) (?:first|second|third|fourth|final|last|\d\w\w) (?:year|semester|grade)|am in (?:college|university|high school|\d+th grade|grade \d+|grad school)|have (?:a|an|my) (?:\w+'?s? )?(?:degree|bachelor\S*|master\S*|phd|mba|diploma)|hold (?:a|an)|go to (?:\w+ )?(?:school|college|university)|am doing (?:a|my) (?:phd|master\S*|degree|bachelor\S*))\b",
          "I am studying biology at Ghent", "I graduated in 2019", key="Education", tags="education",
          unless=re.compile(r"\bstud(?:y|ied|ying) (?:this|that|it|the (?:above|following))\b", re.I)),
)  # fmt: skip

FAMILY: tuple[Rule, ...] = (
    _rule("family.status", "married engaged divorced single widowed pregnant separated dating marriage", rf"{I} (?:am|are|got|were|was|have been|am getting|are getting|just got|recently got)(?: \w+){{0,2}} (?:married|engaged|divorced|widowed|separated|a widow|a widower|dating)\b|\bI am single\b",
          "I have been married for ten years", "I am divorced", key="Marital status", tags="family relationship"),
    _rule("family.have", "", rf"{I} (?:{HAVE}|am raising|am expecting|adopted|live with)\s+(?:a|an|{NUM}|my|no)(?: [\w-]+){{0,4}}? {KIN}\b",
          "I have two grown sons", "I have an 8-year-old daughter", key="Family", tags="family", unless=_VAGUE),
    _rule("family.mine_is", "", rf"\b(?:my|our) (?:\w+ |\w+-\w+ ){{0,2}}{KIN}(?:,? (?-i:[A-Z])\w+,?| \w+)?(?:'s \w+(?: \w+)?)?,? (?:and I (?!was|would))?(?:is|are|was|were|has|have|had|will|also|just|always|never|only|now|recently|still|got|went|came|left|became|began|passed|died|broke|sells?|lives?|works?|\w{{3,}}ed|(?!this|yes|thus|does|perhaps|news)\w{{3,}}s)\b",
          "my aunt lives in Oslo", "my brother is a pilot", "my dad retires on the 30th", key="Family", tags="family", unless=_REPORTED),
    _rule("family.close", "friend friends boss manager colleague colleagues coworker roommate flatmate neighbour neighbor neighbours neighbors coach mentor therapist landlord", rf"\b(?:my|our) (?:best |close |old |new |good |\w+ )?{CLOSE},? (?:(?-i:[A-Z])\w+,? )?(?:is|was|has|had|just|always|recently|lives?|works?|moved|got|passed|died|plays|teaches|smokes|owns)\b",
          "my roommate Lea plays the drums", key="Relationship", tags="relationship", unless=_REPORTED),
)  # fmt: skip

HEALTH: tuple[Rule, ...] = (
    _rule("health.allergy", "allergic allergy allergies intolerant intolerance digest tolerate", rf"{I} {IS} (?:\w+ )?(?:allergic|intolerant)\b|{I} {HAVE} (?:an? |\w+ )?(?:[\w-]+ ){{0,3}}(?:allerg(?:y|ies)|intolerances?)\b|\b(?:my|due to a|because of a) (?:[\w-]+ ){{0,2}}allerg(?:y|ies)\b|{I} (?:cannot|do not) (?:digest|tolerate)\b",
          "I am allergic to penicillin", "I have a severe nut allergy", key="Allergy", tags="health"),
    _rule("health.condition", "", rf"{I} (?:{HAVE}|have|suffer|suffered|suffer from|am|was|live with|struggle|am dealing with|have been dealing with|get|deal with)(?:\s+(?:from|with|a|an|the|mild|severe|chronic|some|bad|very|type [12]|my|\w+)){{0,4}}?\s+{CONDITION}(?:\b|$)",
          "I have mild asthma", "I suffer from migraines", "I get carsick in any other seat", key="Health", tags="health",
          unless=re.compile(r"\b(?:baby|kids?|was so depressed|no fear)\b", re.I)),
    _rule("health.arthritis_got", "", rf"\b{CONDITION} (?:got|gets|runs|keeps|has|in|makes) (?:\w+ ){{0,2}}my\b|\bmy (?:\w+ )?{CONDITION}\b(?! (?:of|about))", "my arthritis is back", "arthritis got into my left hand", key="Health", tags="health", unless=_REPORTED),
    _rule("health.diagnosed", "diagnosed", rf"{I} (?:was|were|have been|got|had been|am) (?:recently |just )?diagnosed\b", "I was diagnosed with lupus in May", key="Diagnosis", tags="health"),
    _rule("health.medication", "insulin metformin statin statins medication antibiotics antidepressants mg pills inhaler ibuprofen supplements prescription prescribed blood hrt vitamin", rf"{I} (?:am on|take|am taking|have been taking|was prescribed|started taking|started|use|inject|have been on|was put on)\b[^.]{{0,40}}\b(?:insulin|metformin|statins?|medications?|antibiotics|antidepressants|\d+ ?mg|pills|inhaler|ibuprofen|supplements|blood thinners|hrt|vitamins?(?: \w)?)\b",
          "I am on insulin", "I take 20 mg of a statin", key="Medication", tags="health"),
    _rule("health.injury", "broke sprained tore fractured injured hurt twisted pulled surgery operation concussion", rf"{I} (?:broke|sprained|tore|fractured|injured|hurt|twisted|pulled|dislocated|have broken|have injured) my \w+|{I} (?:had|have had|am having|need|am recovering from|have) (?:\w+ ){{0,3}}(?:surgery|operation|concussion)\b",
          "I broke my wrist in May", "I had knee surgery last year", key="Injury", tags="health", memory_type="LongTermMemory", unless=re.compile(r"\bbroke my (?:phone|heart|laptop|promise|glasses)", re.I)),
    _rule("health.body", "weigh kilos kg pounds lbs tall cm bmi", rf"{I} (?:weigh|am|was)\b[^.]{{0,80}}?\b\d[\d.,']*\s?(?:kilos?|kg|pounds|lbs|cm|m|feet|ft|tall)\b", "I weigh 81 kilos", "I am 172 cm tall", key="Body", tags="health person"),
    _rule("health.diet", "vegan vegetarian pescatarian keto halal kosher meat gluten dairy caffeine alcohol eat smoke drink smoking drinking sober diet", rf"{I} {IS} (?:on )?(?:an? )?(?:strict |mostly |lifelong |\w+ )?(?:vegan|vegetarian|pescatarian|sober|teetotal|keto|gluten[- ]free|plant-based)\b|{I} (?:follow|stick to|am on|eat|keep) (?:an? |to a )?(?:strict |mostly |\w+ )?(?:vegan|vegetarian|keto\w*|halal|kosher|low[- ]\w+|gluten[- ]free|plant-based|paleo|mediterranean)\b|{I} (?:do not|no longer|have stopped|stopped|quit|gave up|have given up) (?:eat|eating|drink|drinking|smoke|smoking|consume|consuming|touch)\b",
          "I am vegan", "I do not drink alcohol", "I follow a strict halal diet", key="Diet", tags="food habit"),
    _rule("health.body_part", "knee knees back wrist shoulder hip ankle eyesight hearing heart stomach skin", r"\bmy (?:left |right |lower |bad |old )?(?:knees?|back|wrist|shoulder|hip|ankle|eyesight|hearing|heart|stomach|skin) (?:is|are|was|has|have|hurts?|aches?|keeps?|gives?|gave)\b", "my knee hurts on stairs", key="Health", tags="health",
          unless=re.compile(r"\b(?:is|was) (?:so |very )?(?:full|broken|warm|racing|pounding|happy)|\bgoes out\b", re.I)),
)  # fmt: skip

THINGS: tuple[Rule, ...] = (
    _rule("pet.have", "", rf"{I} (?:{HAVE}|adopted|rescued|have adopted|keep|foster|am fostering)\s+(?:a|an|my|{NUM}|our)(?: [\w'-]+){{0,4}}? {PET}\b", "I have two rescue dogs", "I adopted a three-legged cat", key="Pet", tags="pet"),
    _rule("pet.mine_is", "", rf"\b(?:my|our) (?:[\w'-]+ ){{0,3}}?{PET}(?:,? (?-i:[A-Z])\w+,?)? (?:is|are|was|has|had|loves?|likes?|hates?|sleeps?|eats?|just|keeps?|passed|died|\w{{3,}}ed)\b|\bmy {PET},? (?-i:[A-Z])\w+", "my dog Bruno is eleven", "my cat sleeps in the sink", key="Pet", tags="pet", unless=_REPORTED),
    _rule("pet.called", "mine called named", r"^mine is (?:called|named) (?-i:[A-Z])\w+", "mine is called Mochi", key="Pet", tags="pet"),
    _rule("possession.have", "car van bike bicycle motorcycle motorbike boat guitar piano violin camera laptop kettlebells telescope drone tesla truck garden greenhouse iphone macbook console ps5 xbox switch", rf"{I} (?:have|have got|own|drive|ride|have owned|use|am driving)\s+(?:a|an|my|{NUM}|our|some)(?: [\w.'-]+){{0,4}}? (?:car|van|bikes?|bicycle|motorcycle|motorbike|boat|guitars?|piano|violin|cameras?|laptop|kettlebells|telescope|drone|tesla|truck|garden|greenhouse|iphone|macbook|ps5|xbox)\b",
          "I drive an old blue van", "I have two 16 kg kettlebells", key="Possession", tags="possession"),
    _rule("home.live_type", "rent flat apartment house studio condo mortgage renting dorm cabin farm", rf"{I} (?:rent|am renting|bought|have bought|own|share|live in|just bought|have|are renting) (?:a|an|my|our|the)(?: [\w-]+){{0,4}}? (?:flat|apartment|house|studio|condo|dorm|cabin|farm|room|cottage)\b|\b(?:my|our) (?:flat|apartment|house|studio|room|kitchen|garden|mortgage|rent) (?:is|has|was|costs)\b",
          "we rent a two-room flat", "my rent is 900 a month", key="Home", tags="home"),
)  # fmt: skip

PERSONAL_OFTEN = OFTEN
