"""The English rules for what the user does, did and plans: habits, events, plans, work, money, projects."""

from __future__ import annotations

import re

from evals.extractors.rules.english_facts import REPORTED, fact
from evals.extractors.rules.english_words import KIN, OFTEN, SPORT_HOBBY, TIME, I
from evals.extractors.rules.rule import Rule

_TASK_VERB = (
    r"(?:know|ask|see|make sure|understand|create|write|generate|use|add|get|have|find|say|tell"
    r"|talk|hear|discuss|check|be able|be|do|make|give|show|explain|change|fix|help|test|try|work"
    r"|keep|include|put|ensure|share|focus)"
)
_FAST_TALK = re.compile(
    r"\b(?:check (?:it|that|them) out|look into|let you know|keep (?:you|that|it)|give (?:it|that"
    r"|them) a try|try (?:it|that|them|this|those)|take (?:a look|your)|think about (?:it|that)"
    r"|go ahead|a (?:second|moment|minute)|you|this (?:code|script|file|error|function))\b",
    re.I,
)
_PAST = (
    r"(?:started|began|finished|completed|graduated|won|lost|moved|joined|left|quit|resigned|got"
    r"|went|visited|attended|took|ran|passed|failed|bought|sold|met|broke|had"
    r"|launched|published|celebrated|travell?ed|returned|came|spent|saw|learned|retired|gave up"
    r"|signed|hosted|hiked|climbed|cooked|made|painted|planted|submitted|received"
    r"|switched|stopped|missed|scored|swam|flew|drove|played|performed|volunteered|organi[sz]ed"
    r"|presented|read|watched|tried|wrote|sent|paid|ordered|helped|worked|called"
    r"|adopted|found|built|set up|upgraded|increased|saved|chose|decided|was|were|did)"
)

PLANS: tuple[Rule, ...] = (
    fact(
        "plan.booked",
        "booked signed registered enrolled reserved scheduled hired ordered applied preordered enrolling",
        rf"{I} (?:have |have just |have already |just |already )?(?:booked|signed up|registered|enrolled"
        rf"|reserved|scheduled|hired|ordered|applied (?:for|to)|bought (?:a )?tickets?)\b",
        "I have signed up for a swimming course in March",
        "I booked two tickets",
        key="Booking",
        tags="plan event",
        memory_type="LongTermMemory",
        unless=re.compile(r"\bbooked (?:up|solid)\b|\bit\b$", re.I),
    ),
    fact(
        "plan.going",
        "am are flying moving",
        rf"{I} (?:am|are|will be) (?:also |just |actually |probably )?(?:flying|moving|travell?ing|heading"
        rf"|visiting|starting|leaving|getting married|meeting|picking|hosting|going (?:to|on|for|back"
        rf"|away|out)|taking|running|attending|expecting|retiring|having|throwing|joining|speaking|presenting"
        rf"|competing|driving|seeing|staying|relocating|celebrating|launching|performing|submitting"
        rf"|switching|opening)\b.*{TIME}",
        "I am moving to a new flat next month",
        "we are flying to Rome in May",
        key="Plan",
        tags="plan event",
        memory_type="LongTermMemory",
        unless=_FAST_TALK,
    ),
    fact(
        "plan.will",
        "will",
        rf"{I} will (?!always|never|definitely|probably|maybe|remember|forever|be able|keep|try|see"
        rf"|check|have to)(?:\w+ )?(?!be able)\w+.*{TIME}",
        "I will print it all on Friday",
        key="Plan",
        tags="plan",
        memory_type="LongTermMemory",
        unless=_FAST_TALK,
    ),
    fact(
        "plan.time_first",
        "will am are going",
        rf"^(?:on |at |by |from )?{TIME},? (?:[\w']+ ){{0,4}}(?:I|we) (?:am|are|will)\b",
        "next month I am moving into a new flat",
        "on the 9th I will drive to Bremen",
        key="Plan",
        tags="plan event",
        memory_type="LongTermMemory",
        unless=_FAST_TALK,
    ),
    fact(
        "plan.intend",
        "plan planning intend aim hoping thinking considering decided want would going goal dream"
        " ambition target resolution hope determined about",
        rf"{I} (?:plan|intend|aim|want|would like|would love|am planning|am hoping|have decided|decided"
        rf"|am determined|am about|am going|hope) to (?:\w+ly )?(?!{_TASK_VERB}\b)\w{{3,}}|{I} (?:am"
        rf"|have been) (?:thinking (?:of|about)|considering|planning|looking into) (?:\w+ly )?(?!using"
        rf"|creat|writ|mak|add|implement|how|what|whether|asking|doing|getting)\w+ing\b|\bmy (?:main"
        rf" |big |current |long-term )?(?:goal|dream|plan|ambition|target|resolution) (?:is|was|for)\b",
        "I plan to learn Welsh",
        "I am thinking of moving closer to my son",
        key="Plan",
        tags="plan",
        memory_type="LongTermMemory",
        unless=re.compile(
            r"\b(?:implement|display|print|return|code|function|script|script|python|html|api|database"
            r"|image|article|essay|text|prompt|table|list|file|class|variable|you|thank|start with|begin"
            r"|point out|emphasize|clarify|sum|apologi|congratulat|express|address|mention|highlight|present)\w*\b",
            re.I,
        ),
    ),
    fact(
        "plan.planning",
        "planning organising organizing preparing training saving studying arranging ready",
        rf"{I} (?:am|are|have been) (?:planning|organi[sz]ing|preparing(?: for)?|arranging|training"
        rf" for|saving (?:up )?for|studying for|getting ready for) (?:a|an|my|our|the|for)\b.{{3,}}",
        "I am planning a trip to Iceland",
        "I am training for a half marathon",
        key="Plan",
        tags="plan",
        memory_type="LongTermMemory",
        unless=re.compile(r"\b(?:essay|lesson|article|presentation on)\b", re.I),
    ),
    fact(
        "plan.appointment",
        "exam test interview appointment deadline flight wedding race concert surgery recital conference"
        " meeting presentation trip reunion tournament match checkup",
        rf"{I} (?:have|have got|had|am facing)\s+(?:a|an|my|our|another|this|two)(?: [\w-]+){{0,3}}"
        rf" (?:exam|test|interview|appointment|deadline|flight|wedding|race|concert|surgery|recital"
        rf"|conference|meeting|presentation|trip|reunion|tournament|match|check-?up|party|class)\b.*(?:{TIME}"
        rf"|\bcoming up\b|\bto attend\b)",
        "I have a job interview on Thursday",
        key="Appointment",
        tags="plan event",
        memory_type="LongTermMemory",
    ),
    fact(
        "plan.mine_due",
        "wedding birthday anniversary exam flight interview surgery lease contract visa party concert"
        " mot deadline graduation trip appointment recital licence license passport",
        rf"\b(?:my|our|the)(?: [\w'-]+){{0,3}} (?:wedding|birthday|anniversary|party|exam|flight|interview"
        rf"|surgery|lease|contract|visa|party|concert|MOT|deadline|graduation|trip|appointment|recital"
        rf"|licen[cs]e|passport)(?: on (?:the|my) \w+)? (?:is|are|was|runs? out|expires?|ends?|starts?"
        rf"|takes place|has)\b.*{TIME}",
        "my visa expires on 3 May",
        "our wedding is next June",
        key="Date",
        tags="event plan",
        memory_type="LongTermMemory",
    ),
    fact(
        "plan.budget",
        "need looking budget buy",
        rf"{I} (?:am looking for|need|want to buy|am shopping for|am saving for) (?:a|an|some|my)\b.*(?:\b(?:under"
        rf"|below|around|budget|for less than|up to|about)\b ?[$€£]?\d|for my {KIN})",
        "I am looking for a heat pump for under 9,000",
        "I need a present for my dad",
        key="Purchase",
        tags="purchase plan",
        memory_type="LongTermMemory",
        unless=re.compile(r"\bwords?\b|\bcode\b|\bpages?\b", re.I),
    ),
)

EVENTS: tuple[Rule, ...] = (
    fact(
        "event.moved",
        "moved relocated emigrated immigrated",
        rf"{I} (?:have |have just |just |recently )?(?:moved|relocated|emigrated|immigrated) (?:to|from"
        rf"|here|in|back|into|out|away|abroad|countries)\b(?! on)",
        "I moved to Ghent in 2019",
        key="Move",
        tags="location event",
        memory_type="LongTermMemory",
    ),
    fact(
        "event.gave_up",
        "give gave quit retired laid fired promoted resigned",
        rf"{I} (?:had to give up|gave up|have given up|quit|have quit|just quit|retired|just retired"
        rf"|was laid off|got laid off|was fired|got fired|was promoted|got promoted|got a promotion"
        rf"|resigned|have retired|got hired|got the job|lost my job|dropped out)\b",
        "I had to give up the violin in 2016",
        "I was laid off",
        key="Event",
        tags="event",
        memory_type="LongTermMemory",
    ),
    fact(
        "event.past_timed",
        "",
        rf"{I} (?:have |had )?(?:\w+ly )?{_PAST}\b.*{TIME}|^{TIME},? (?:I|we) (?:\w+ly )?{_PAST}\b",
        "I ran a charity race last Saturday",
        "yesterday I signed up for a half marathon",
        key="Event",
        tags="event",
        memory_type="LongTermMemory",
        unless=re.compile(
            r"\b(?:you|this (?:code|error|message|text)|was (?:wondering|thinking|just|going)|were talking)\b", re.I
        ),
    ),
    fact(
        "event.perfect",
        "have been just recently finally bought adopted",
        rf"{I} (?:have (?:just|recently|finally|already)|just|recently|finally) (?!been (?:wondering"
        rf"|thinking)|asked|wanted|want|need|realized|noticed|heard|found out|tried|said|told|thought"
        rf"|saw|read)\w+(?:ed|en|ght|t|n|d|e|s)\b (?:a|an|my|our|the|from|in|to|back|\w+ing|into|up"
        rf"|as|out)\b",
        "I just started a pottery class",
        "I have recently bought a loom",
        key="Event",
        tags="event",
        memory_type="LongTermMemory",
        unless=re.compile(
            r"\b(?:you|this|that|it|error|code|question|want|need)\b|\bI just (?:am|have|do|want|need|mean"
            r"|would)\b",
            re.I,
        ),
    ),
    fact(
        "event.mine_broke",
        "broke died crashed stolen flooded broken down",
        r"\b(?:my|our|the) (?:\w+ ){0,2}(?:car|van|bike|boiler|heater|laptop|phone|computer|water heater"
        r"|fridge|roof|washing machine|\w+) (?:broke(?: down| again)?|died|crashed|was stolen|got stolen"
        r"|flooded|has broken|is broken|burned down)\b(?: .*)?$",
        "my boiler broke again on Saturday",
        key="Event",
        tags="event",
        memory_type="LongTermMemory",
        unless=re.compile(r"\b(?:code|program|script|app|server|browser|game|window|he|she)\b", re.I),
    ),
    fact(
        "event.never",
        "never",
        r"\bI have never (?:been|run|driven|flown|tried|eaten|seen|visited|travell?ed|learned|owned"
        r"|had|played|written|cooked|used)\b",
        "I have never run further than 10 km",
        key="Experience",
        tags="event",
        unless=re.compile(r"\b(?:seen|heard|had) (?:this|that|it|such)|\bused (?:this|it)\b", re.I),
    ),
)

HABITS: tuple[Rule, ...] = (
    fact(
        "habit.often",
        "every each once twice times weekly daily mondays tuesdays wednesdays thursdays fridays saturdays"
        " sundays weekends weekdays mornings evenings morning bed thursday monday tuesday wednesday"
        " friday saturday sunday day week month year x 2x 3x 4x 5x 9x",
        rf"{I} (?!(?:am|was|will|would|could|have|had|can|should|might) (?:be |been )?(?:a|an|the|not)\b)\w+"
        rf" .*{OFTEN}|{OFTEN},? (?:I|we) \w+",
        "I swim every Thursday",
        "I train 9x a week",
        key="Habit",
        tags="habit",
        unless=re.compile(r"\b(?:you|error|code|every time)\b|\bI (?:will|would|should|could|might|was)\b", re.I),
    ),
    fact(
        "habit.usually",
        "usually normally typically generally always regularly often tend mostly rarely never mainly",
        r"\b(?:I|we) (?:usually|normally|typically|generally|regularly|always|often|tend to|mostly"
        r"|rarely|never|almost always|mainly)\s+(?!\w+ed\b|really\b|look forward|been\b|wanted\b|thought\b"
        r"|have (?:been|to)\b|had\b|heard\b|seen\b|get\b|feel\b|wonder\b|know\b|find\b|said\b)[a-z]{3,}\b",
        "I usually take the night train",
        "I rarely cook at home",
        key="Habit",
        tags="habit",
        unless=re.compile(r"\b(?:you|wonder|wondering|wanted|dream|this code|error)\b", re.I),
    ),
    fact(
        "habit.hobby",
        "play practise practice collect paint draw sing dance knit crochet garden cook bake hike run"
        " jog cycle swim climb surf fish ski skate sew quilt coach volunteer meditate journal blog"
        " row box camp read write brew playing painting gardening hobby hobbies pastime passion yoga"
        " chess pottery into",
        rf"\b(?:I|we)(?: also| still| mostly| mainly| even)? {SPORT_HOBBY}\b (?!it|this|that|out|in"
        rf" on|them|about|into|you|as\b|back|for you|a (?:lot|role|part)|the (?:role|part|text|code"
        rf"|article)|my|through|over|\d+ (?:words|pages))\S+|\bI (?:have been|am) (?:playing|painting"
        rf"|gardening|knitting|learning (?:to play|the)|practi[sc]ing|collecting|volunteering|coaching)"
        rf" \S+|\b(?:I am|I have been) (?:really |very )?(?:getting )?(?:into) (?:[\w-]+ing|yoga|photography"
        rf"|chess|pottery|music)\b|\bmy (?:main |favou?rite |other |biggest )?(?:hobby|hobbies|pastimes?"
        rf"|passions?) (?:is|are|include)\b|\bI play\b",
        "I play the accordion",
        "my hobbies are chess and sailing",
        "I coach the juniors",
        key="Hobby",
        tags="hobby",
        unless=re.compile(
            r"\b(?:do|read) (?:not|the|this|that|your|a|an|some|so|what|my|any)\b|\brun (?:a|an|the|this"
            r"|it|out|into|my|some)\b|\b(?:you|code|function|script)\b|\bwrite (?:a|an|the|this|for)\b"
            r"|\bdraw (?:a|the) (?:line|conclusion)|\bplay (?:a role|with it|that)\b|\bdo (?!yoga|pilates"
            r"|karate|judo|crossfit|gymnastics|ceramics|pottery|photography|volunteer)",
            re.I,
        ),
    ),
    fact(
        "habit.routine",
        "wake sleep commute bedtime jog up gym",
        r"\bI (?:wake up|get up|go to bed|go to sleep|commute|sleep|go (?:running|jogging|hiking|swimming"
        r"|climbing|cycling|fishing|skiing|dancing)|go to the gym|work out)\b(?! (?:with you|on this))",
        "I get up at five",
        "I commute by tram",
        key="Routine",
        tags="habit",
        unless=re.compile(r"\byou\b|\bcannot\b", re.I),
    ),
)

MONEY: tuple[Rule, ...] = (
    fact(
        "finance.amount",
        "earn make save saved owe pay spend invested salary income budget mortgage loan debt rent earning",
        rf"{I} (?:earn|make|am making|save|have saved|saved|owe|pay|am paying|spend|invested|have invested"
        rf"|charge|am earning|put|have set aside)\b.{{0,30}}(?:[$€£¥₹]\s?\d|\d[\d,.]*\s?(?:k\b|dollars"
        rf"|euros?|pounds|a (?:month|year|week)|per (?:month|hour|year)|%|usd|eur|yuan))|\b(?:my|our)"
        rf" (?:\w+ ){{0,2}}(?:salary|income|budget|mortgage|loan|debt|rent|savings) (?:is|was|are|of"
        rf"|for)\b.*\d",
        "I earn 52k a year",
        "my budget is 300 euros",
        key="Finances",
        tags="finance",
    ),
    fact(
        "project.on",
        "working building developing writing creating designing learning preparing researching renovating"
        " launching making redecorating restoring",
        rf"{I} (?:am|are|have been|was)(?: \w+ly| also| just)? (?:currently )?(?:working on|building"
        rf"|developing|writing|designing|learning|researching|renovating|redecorating|restoring|launching"
        rf"|setting up|editing|recording|rebuilding|starting) (?:a|an|my|our|the|to \w+|how to|(?!this"
        rf"|that|it|some|in\b|on\b|your|with|for|up|off|about|from|code)[\w-]+)\b",
        "I am renovating my grandmother's kitchen",
        "I am learning to weave",
        key="Project",
        tags="project",
        memory_type="LongTermMemory",
        unless=re.compile(
            r"\byou\b|\bworking on (?:it|this|that|a solution)\b|\bthis (?:code|script|email|letter)\b"
            r"|\bstarting (?:to (?:think|feel|realize|wonder|get)|from)",
            re.I,
        ),
    ),
    fact(
        "work.mine",
        "company team shop startup business project thesis restaurant studio farm store clinic nursery"
        " bakery cafe bookstore dissertation",
        r"\b(?:my|our) (?:\w+ ){0,2}(?:company|team|shop|startup|start-up|business|restaurant|studio"
        r"|farm|store|clinic|nursery|thesis|dissertation|project|bakery|cafe|café|bookstore) (?:is"
        r"|are|has|have|was|sells?|makes?|uses?|runs?|opened|opens?|focuses|specializes|deals|launched"
        r"|employs)\b(?! (?:to|not|that|the following|as follows))",
        "my bakery opens at six",
        "our team uses Kotlin",
        key="Work",
        tags="work",
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
