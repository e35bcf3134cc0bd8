"""The English rules for health, animals, belongings and the home."""

from __future__ import annotations

import re

from evals.extractors.rules.english_facts import REPORTED, fact
from evals.extractors.rules.english_words import CONDITION, HAVE, IS, NUM, PET, I
from evals.extractors.rules.rule import Rule

HEALTH: tuple[Rule, ...] = (
    fact(
        "health.allergy",
        "allergic allergy allergies intolerant intolerance digest tolerate",
        rf"{I} {IS} (?:\w+ )?(?:allergic|intolerant)\b|{I} {HAVE} (?:an? |\w+ )?(?:[\w-]+ ){{0,3}}(?:allerg(?:y"
        rf"|ies)|intolerances?)\b|\b(?:my|due to a|because of a) (?:[\w-]+ ){{0,2}}allerg(?:y|ies)\b"
        rf"|{I} (?:cannot|do not) (?:digest|tolerate)\b",
        "I am allergic to penicillin",
        "I have a severe nut allergy",
        key="Allergy",
        tags="health",
    ),
    fact(
        "health.condition",
        "",
        rf"{I} (?:{HAVE}|have|suffer|suffered|suffer from|am|was|live with|struggle|am dealing with"
        rf"|have been dealing with|get|deal with)(?:\s+(?:from|with|a|an|the|mild|severe|chronic|some"
        rf"|bad|very|type [12]|my|\w+)){{0,4}}?\s+{CONDITION}(?:\b|$)",
        "I have mild asthma",
        "I suffer from migraines",
        "I get carsick in any other seat",
        key="Health",
        tags="health",
        unless=re.compile(r"\b(?:baby|kids?|was so depressed|no fear)\b", re.I),
    ),
    fact(
        "health.arthritis_got",
        "",
        rf"\b{CONDITION} (?:got|gets|runs|keeps|has|in|makes) (?:\w+ ){{0,2}}my\b|\bmy (?:\w+ )?{CONDITION}\b(?!"
        rf" (?:of|about))",
        "my arthritis is back",
        "arthritis got into my left hand",
        key="Health",
        tags="health",
        unless=REPORTED,
    ),
    fact(
        "health.body",
        "weigh kilos kg pounds lbs tall cm bmi",
        rf"{I} (?:weigh|am|was)\b.{{0,80}}?\b\d[\d.,']*\s?(?:kilos?|kg|pounds|lbs|cm|m|feet|ft|tall)\b",
        "I weigh 81 kilos",
        "I am 172 cm tall",
        key="Body",
        tags="health person",
    ),
    fact(
        "health.diet",
        "vegan vegetarian pescatarian keto halal kosher meat gluten dairy caffeine alcohol eat smoke"
        " drink smoking drinking sober diet",
        rf"{I} {IS} (?:on )?(?:an? )?(?:strict |mostly |lifelong |\w+ )?(?:vegan|vegetarian|pescatarian"
        rf"|sober|teetotal|keto|gluten[- ]free|plant-based)\b|{I} (?:follow|stick to|am on|eat|keep)"
        rf" (?:an? |to a )?(?:strict |mostly |\w+ )?(?:vegan|vegetarian|keto\w*|halal|kosher|low[- ]\w+"
        rf"|gluten[- ]free|plant-based|paleo|mediterranean)\b|{I} (?:do not|no longer|have stopped|stopped"
        rf"|quit|gave up|have given up) (?:eat|eating|drink|drinking|smoke|smoking|consume|consuming"
        rf"|touch)\b",
        "I am vegan",
        "I do not drink alcohol",
        "I follow a strict halal diet",
        key="Diet",
        tags="food habit",
    ),
    fact(
        "health.body_part",
        "knee knees back wrist shoulder hip ankle eyesight hearing heart stomach skin",
        r"\bmy (?:left |right |lower |bad |old )?(?:knees?|back|wrist|shoulder|hip|ankle|eyesight|hearing"
        r"|heart|stomach|skin) (?:is|are|was|has|have|hurts?|aches?|keeps?|gives?|gave)\b",
        "my knee hurts on stairs",
        key="Health",
        tags="health",
        unless=re.compile(r"\b(?:is|was) (?:so |very )?(?:full|broken|warm|racing|pounding|happy)|\bgoes out\b", re.I),
    ),
)

THINGS: tuple[Rule, ...] = (
    fact(
        "pet.have",
        "",
        rf"{I} (?:{HAVE}|adopted|rescued|have adopted|keep|foster|am fostering)\s+(?:a|an|my|{NUM}|our)(?:"
        rf" [\w'-]+){{0,4}}? {PET}\b",
        "I have two rescue dogs",
        "I adopted a three-legged cat",
        key="Pet",
        tags="pet",
    ),
    fact(
        "pet.mine_is",
        "",
        rf"\b(?:my|our) (?:[\w'-]+ ){{0,3}}?{PET}(?:,? (?-i:[A-Z])\w+,?)? (?:is|are|was|has|had|loves?"
        rf"|likes?|hates?|sleeps?|eats?|just|keeps?|passed|died|\w{{3,}}ed)\b|\bmy {PET},? (?-i:[A-Z])\w+",
        "my dog Bruno is eleven",
        "my cat sleeps in the sink",
        key="Pet",
        tags="pet",
        unless=REPORTED,
    ),
    fact(
        "possession.have",
        "car van bike bicycle motorcycle motorbike boat guitar piano violin camera laptop kettlebells"
        " telescope drone tesla truck garden greenhouse iphone macbook console ps5 xbox switch",
        rf"{I} (?:have|have got|own|drive|ride|have owned|use|am driving)\s+(?:a|an|my|{NUM}|our|some)(?:"
        rf" [\w.'-]+){{0,4}}? (?:car|van|bikes?|bicycle|motorcycle|motorbike|boat|guitars?|piano|violin"
        rf"|cameras?|laptop|kettlebells|telescope|drone|tesla|truck|garden|greenhouse|iphone|macbook"
        rf"|ps5|xbox)\b",
        "I drive an old blue van",
        "I have two 16 kg kettlebells",
        key="Possession",
        tags="possession",
    ),
    fact(
        "home.live_type",
        "rent flat apartment house studio condo mortgage renting dorm cabin farm",
        rf"{I} (?:rent|am renting|bought|have bought|own|share|live in|just bought|have|are renting)"
        rf" (?:a|an|my|our|the)(?: [\w-]+){{0,4}}? (?:flat|apartment|house|studio|condo|dorm|cabin|farm"
        rf"|room|cottage)\b|\b(?:my|our) (?:flat|apartment|house|studio|room|kitchen|garden|mortgage"
        rf"|rent) (?:is|has|was|costs)\b",
        "we rent a two-room flat",
        "my rent is 900 a month",
        key="Home",
        tags="home",
    ),
)
