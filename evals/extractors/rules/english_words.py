"""Word lists the English rules share, as pieces of patterns."""

from __future__ import annotations

import re

EMBEDDED = re.compile(
    r"\b(?:what|that|which|who|whose|how|where|whether|why|as|than|is|are|was|were|here|something"
    r"|things|everything|like)\b",
    re.I,
)
ADV = (
    r"(?:\s+(?:also|just|really|actually|always|usually|often|sometimes|still|already|currently"
    r"|now|mostly|mainly|normally|generally|typically"
    r"|regularly|recently|absolutely|definitely|totally|completely|truly|simply|finally|probably"
    r"|even|rarely|hardly|personally|particularly"
    r"|especially|strongly|strictly|genuinely|honestly|kinda|kind of|sort of|quite|primarily|both"
    r"|all|very much|much|do|exclusively|specifically"
    r"|only|never|vastly|highly|deeply|firmly|consistently)){0,3}"
)
I = r"\b(?:I|we)" + ADV  # noqa: E741 the pronoun is what it stands for
IS = r"(?:am|are|was|were|have been|had been)" + ADV
HAVE = r"(?:have(?:\s+(?:also|just|recently))?(?:\s+got)?|had|got|own|have had)"
NUM = (
    r"(?:\d[\d,.]*|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|twenty|thirty"
    r"|forty|fifty|sixty|seventy|eighty|a hundred|both|several|a"
    r" couple of|a few)"
)
DAY = r"(?:mon|tues|wednes|thurs|fri|satur|sun)day"
MONTH = (
    r"(?:january|february|march|april|may|june|july|august|september|october|november|december"
    r"|jan|feb|mar|apr|jun|jul|aug|sept?|oct|nov|dec)"
)
SPAN = r"(?:days?|weeks?|months?|years?|weekends?|hours?|minutes?)"
TIME = (
    rf"(?:\b(?:today|tonight|tomorrow|yesterday|(?:this|next|last|coming|past|the last|the past)"
    rf" (?:few |couple of |{NUM} )?(?:{SPAN}|morning|evening"
    rf"|night|spring|summer|autumn|fall|winter|semester|term|year|{DAY}|{MONTH})|on (?:the )?(?:{DAY}"
    rf"|weekends?|{MONTH}|\d)|{DAY}s? (?:morning|evening|night)"
    rf"|in (?:early |late |mid-?)?{MONTH}\b|in (?:19|20)\d\d|since (?:\d{{4}}|{MONTH}|last|I|the)"
    rf"|{NUM} {SPAN} ago|in (?:a|an|{NUM}) {SPAN}"
    rf"|by (?:the )?(?:end|{DAY}|{MONTH}|\d|next)|the \d{{1,2}}(?:st|nd|rd|th)|\d{{1,2}}(?:st|nd"
    rf"|rd|th)? (?:of )?{MONTH}\b|{MONTH} \d{{1,2}}"
    rf"|from {MONTH}|from (?:the )?(?:\d|first|{DAY}|next)|starting (?:this|next|in|on)|at (?:\d"
    rf"|noon|six|seven|eight|nine|ten)|over the (?:summer|weekend|holidays?)|for (?:the past )?"
    rf"{NUM} {SPAN}|after {NUM} {SPAN}|(?:{DAY})|this {DAY}|for christmas|for easter|as a (?:kid"
    rf"|child|teenager)|back in|when I was)\b)"
)
OFTEN = (
    rf"(?:\b(?:every|each) (?:other |second |single )?(?:{SPAN}|day|morning|evening|night|{DAY}"
    rf"|{MONTH}|summer|winter|year|week|month|{NUM} {SPAN})|\b(?:once|twice|thrice"
    rf"|{NUM}x|\d+ times|{NUM} times|several times) (?:a|per|each|every) (?:day|week|month|year)"
    rf"|\b\d+x (?:a|per) \w+|\bdaily\b|\bweekly\b|\bon (?:{DAY}s|weekends|weekdays)"
    r"|\bin the (?:mornings?|evenings?)\b|\bbefore (?:bed|work|breakfast)\b|\bafter work\b)"
)
KIN = (
    r"(?:ex-?)?(?:wife|husband|spouse|partner|fianc[eé]e?|girlfriend|boyfriend|sons?|daughters?"
    r"|kids?|child|children|baby|toddler|twins|mother|mom|mum|mommy|father|dad"
    r"|daddy|parents|brothers?|sisters?|siblings?|grand(?:ma|pa|mother|father|son|sons|daughter"
    r"|daughters|parents|kids|children)|nephews?|nieces?|cousins?|aunts?"
    r"|uncles?|(?:mother|father|brother|sister|son|daughter)-in-law|in-laws|stepson|stepdaughter"
    r"|stepmother|stepfather)"
)
CLOSE = (
    r"(?:friends?|best friend|boss|manager|colleagues?|co-?workers?|roommates?|flatmates?|neighbou?rs?"
    r"|teacher|coach|mentor|therapist|landlord|students?)"
)
PET = (
    r"(?:cats?|kittens?|dogs?|puppy|puppies|pupp?ies|parrots?|rabbits?|hamsters?|guinea pigs?|horses?"
    r"|pony|goldfish|fish tank|turtles?|tortoise|retrievers?|labrador|poodle|terrier|budgies?|snakes?)"
)
JOB = (
    r"(?:[a-z]+(?:ist|ician|grapher|keeper|smith|worker|maker|hunter|broker)|teacher|nurse|doctor"
    r"|engineer|developer|programmer|lawyer|attorney|accountant|manager"
    r"|designer|writer|editor|student|professor|lecturer|driver|chef|cook|baker|farmer|artist|musician"
    r"|photographer|researcher|scientist|analyst|consultant"
    r"|librarian|architect|electrician|plumber|carpenter|mechanic|pilot|police officer|officer"
    r"|firefighter|soldier|waiter|waitress|barista|bartender|cashier|clerk"
    r"|secretary|assistant|director|producer|actor|actress|entrepreneur|founder|owner|freelancer"
    r"|translator|interpreter|tutor|trainer|coach|therapist|counsell?or"
    r"|vet|veterinarian|surgeon|dentist|midwife|paramedic|social worker|intern|apprentice|technician"
    r"|administrator|salesperson|recruiter|marketer|blogger|youtuber"
    r"|streamer|executive|supervisor|coordinator|specialist|instructor|pensioner|homemaker|mom"
    r"|dad|mother|father|postman|worker|builder|gardener|tailor|hairdresser"
    r"|banker|trader|investor|agent|advisor|adviser|strategist|copywriter|sysadmin|gamer|player"
    r"|runner|beginner|postdoc|graduate|undergraduate|sophomore|freshman"
    r"|junior|senior|fellow|resident|principal|CEO|CTO|PM|PhD|novelist|author|poet|barber|welder)s?"
)
CONDITION = (
    r"(?:asthma(?:tic)?|diabet\w+|c(?:o)?eliac(?: disease)?|hypertension|high blood pressure|low"
    r" blood pressure|high cholesterol|arthritis|migraines?|eczema|psoriasis"
    r"|anxiety|depress(?:ion|ed)|adhd|add|autis\w+|ocd|ptsd|bipolar|insomnia|an(?:a)?emi[ac]|epilep\w+"
    r"|hernia|bad (?:back|knees?|hip|shoulder|ankle)|(?:back|knee|neck|shoulder|chronic|joint|hip)"
    r" pain"
    r"|sciatica|heart (?:condition|disease|problem|attack)|(?:hypo|hyper)?thyroid\w*|cancer|ibs"
    r"|gerd|acid reflux|pcos|endometriosis|lactose[- ]intoleran\w+|gluten[- ]intoleran\w+|gluten"
    r" sensitivity"
    r"|intoleran\w+|carsick|seasick|motion sickness|dyslex\w+|scoliosis|tinnitus|vertigo|hay fever"
    r"|rosacea|acne|sensitive (?:skin|teeth|stomach)|dry skin|tendonitis|tendinitis|kidney stones?"
    r"|glaucoma"
    r"|short-?sighted|near-?sighted|colou?r-?blind|deaf|hearing loss|pregnant|fibromyalgia|lupus"
    r"|gout|crohn'?s|colitis|sleep apn(?:o)?ea|phobia of|fear of|a medical condition)"
)
SPORT_HOBBY = (
    r"(?:play|practi[sc]e|do|collect|paint|draw|sing|dance|knit|crochet|garden|cook|bake|hike|run"
    r"|jog|cycle|swim|climb|surf|fish|ski|skate|sew|quilt|coach|volunteer|meditate|journal|blog"
    r"|row|box|camp|sculpt"
    r"|read|write poetry|write stories|brew)"
)
