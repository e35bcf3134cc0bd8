"""Word lists the English rules share, as pieces of patterns."""

from __future__ import annotations

import re

EMBEDDED = re.compile(
    r"\b(?:what|that|which|who|whose|how|where|whether|why|as|than|is|are|was|were|here|something|things|everything"
    r"|like)\b",
    re.I,
)
ADV = (
    r"(?:\s+(?:also|just|really|actually|always|usually|often|sometimes|still|already|currently|now|mostly|mainly"
    r"|normally|generally|typically|regularly|recently|absolutely|definitely|totally|completely|truly|simply|finally"
    r"|probably|even|rarely|hardly|personally|particularly|especially|strongly|strictly|genuinely|honestly|kinda"
    r"|kind of|sort of|quite|primarily|both|all|very much|much|do|exclusively|specifically|only|never|vastly|highly"
    r"|deeply|firmly|consistently)){0,3}"
)
I = r"\b(?:I|we)" + ADV  # noqa: E741 the pronoun is what it stands for
IS = r"(?:am|are|was|were|have been|had been)" + ADV
NUM = (
    r"(?:\d[\d,.]*|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|twenty|thirty|forty|fifty|sixty"
    r"|seventy|eighty|a hundred|both|several|a couple of|a few)"
)
DAY = r"(?:mon|tues|wednes|thurs|fri|satur|sun)day"
MONTH = (
    r"(?:january|february|march|april|may|june|july|august|september|october|november|december|jan|feb|mar|apr|jun|jul"
    r"|aug|sept?|oct|nov|dec)"
)
SPAN = r"(?:days?|weeks?|months?|years?|weekends?|hours?|minutes?)"
TIME = (
    rf"(?:\b(?:today|tonight|tomorrow|yesterday|(?:this|next|last|coming|past|the last|the past) (?:few |couple of "
    rf"|{NUM} )?(?:{SPAN}|morning|evening|night|spring|summer|autumn|fall|winter|semester|term|year|{DAY}|{MONTH})"
    rf"|on (?:the )?(?:{DAY}|weekends?|{MONTH}|\d)|{DAY}s? (?:morning|evening|night)|in (?:early |late "
    rf"|mid-?)?{MONTH}\b|in (?:19|20)\d\d|since (?:\d{{4}}|{MONTH}|last|I|the)|{NUM} {SPAN} ago|in (?:a|an"
    rf"|{NUM}) {SPAN}|by (?:the )?(?:end|{DAY}|{MONTH}|\d|next)|the \d{{1,2}}(?:st|nd|rd|th)|\d{{1,2}}(?:st|nd|rd"
    rf"|th)? (?:of )?{MONTH}\b|{MONTH} \d{{1,2}}|from {MONTH}|from (?:the )?(?:\d|first|{DAY}|next)|starting (?:this"
    rf"|next|in|on)|at (?:\d|noon|six|seven|eight|nine|ten)|over the (?:summer|weekend|holidays?)"
    rf"|for (?:the past )?{NUM} {SPAN}|after {NUM} {SPAN}|(?:{DAY})|this {DAY}|for christmas|for easter|as a (?:kid"
    rf"|child|teenager)|back in|when I was)\b)"
)
OFTEN = (
    rf"(?:\b(?:every|each) (?:other |second |single )?(?:{SPAN}|day|morning|evening|night|{DAY}|{MONTH}|summer|winter"
    rf"|year|week|month|{NUM} {SPAN})|\b(?:once|twice|thrice|{NUM}x|\d+ times|{NUM} times|several times) (?:a|per|each"
    rf"|every) (?:day|week|month|year)|\b\d+x (?:a|per) \w+|\bdaily\b|\bweekly\b|\bon (?:{DAY}s|weekends|weekdays)"
    r"|\bin the (?:mornings?|evenings?)\b|\bbefore (?:bed|work|breakfast)\b|\bafter work\b)"
)
KIN = (
    r"(?:ex-?)?(?:wife|husband|spouse|partner|fianc[eé]e?|girlfriend|boyfriend|sons?|daughters?|kids?|child|children"
    r"|baby|toddler|twins|mother|mom|mum|mommy|father|dad|daddy|parents|brothers?|sisters?|siblings?|grand(?:ma|pa"
    r"|mother|father|son|sons|daughter|daughters|parents|kids|children)|nephews?|nieces?|cousins?|aunts?|uncles?"
    r"|(?:mother|father|brother|sister|son|daughter)-in-law|in-laws|stepson|stepdaughter|stepmother|stepfather)"
)
PET = (
    r"(?:cats?|kittens?|dogs?|puppy|puppies|pupp?ies|parrots?|rabbits?|hamsters?|guinea pigs?|horses?|pony|goldfish"
    r"|fish tank|turtles?|tortoise|retrievers?|labrador|poodle|terrier|budgies?|snakes?)"
)
JOB = (
    r"(?:[a-z]+(?:ist|ician|grapher|keeper|smith|worker|maker|hunter|broker)|teacher|nurse|doctor|engineer|developer"
    r"|programmer|lawyer|attorney|accountant|manager|designer|writer|editor|student|professor|lecturer|driver|chef"
    r"|cook|baker|farmer|artist|musician|photographer|researcher|scientist|analyst|consultant|librarian|architect"
    r"|electrician|plumber|carpenter|mechanic|pilot|police officer|officer|firefighter|soldier|waiter|waitress|barista"
    r"|bartender|cashier|clerk|secretary|assistant|director|producer|actor|actress|entrepreneur|founder|owner"
    r"|freelancer|translator|interpreter|tutor|trainer|coach|therapist|counsell?or|vet|veterinarian|surgeon|dentist"
    r"|midwife|paramedic|social worker|intern|apprentice|technician|administrator|salesperson|recruiter|marketer"
    r"|blogger|youtuber|streamer|executive|supervisor|coordinator|specialist|instructor|pensioner|homemaker|mom|dad"
    r"|mother|father|postman|worker|builder|gardener|tailor|hairdresser|banker|trader|investor|agent|advisor|adviser"
    r"|strategist|copywriter|sysadmin|gamer|player|runner|beginner|postdoc|graduate|undergraduate|sophomore|freshman"
    r"|junior|senior|fellow|resident|principal|CEO|CTO|PM|PhD|novelist|author|poet|barber|welder)s?"
)
CONDITION = (
    r"(?:asthma(?:tic)?|diabet\w+|c(?:o)?eliac(?: disease)?|hypertension|high blood pressure|low blood pressure"
    r"|high cholesterol|arthritis|migraines?|eczema|psoriasis|anxiety|depress(?:ion|ed)|adhd|add|autis\w+|ocd|ptsd"
    r"|bipolar|insomnia|an(?:a)?emi[ac]|epilep\w+|hernia|bad (?:back|knees?|hip|shoulder|ankle)|(?:back|knee|neck"
    r"|shoulder|chronic|joint|hip) pain|sciatica|heart (?:condition|disease|problem|attack)|(?:hypo|hyper)?thyroid\w*"
    r"|cancer|ibs|gerd|acid reflux|pcos|endometriosis|lactose[- ]intoleran\w+|gluten[- ]intoleran\w+"
    r"|gluten sensitivity|intoleran\w+|carsick|seasick|motion sickness|dyslex\w+|scoliosis|tinnitus|vertigo|hay fever"
    r"|rosacea|acne|sensitive (?:skin|teeth|stomach)|dry skin|tendonitis|tendinitis|kidney stones?|glaucoma"
    r"|short-?sighted|near-?sighted|colou?r-?blind|deaf|hearing loss|pregnant|fibromyalgia|lupus|gout|crohn'?s|colitis"
    r"|sleep apn(?:o)?ea|phobia of|fear of|a medical condition)"
)
