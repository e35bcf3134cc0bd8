"""English wording: contractions spelled out for the rules, and the user's own words turned into the third person."""

from __future__ import annotations

import re

from evals.extractors.rules.english_verbs import BASE_VERBS, UNCHANGED, is_adverb, is_past, third_person

_NOISE: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (re.compile(pattern, re.I), text)
    for pattern, text in (
        (r"\bi['`]?m\b", "I am"),
        (r"\bi['`]ve\b", "I have"),
        (r"\bive\b", "I have"),
        (r"\bi['`]ll\b", "I will"),
        (
            r"\bi['`]d (?=(?:already |just |never |always )?(?:been|had|gone|done|got|seen|said|thought|made"
            r"|forgotten)\b|better\b)",
            "I had ",
        ),
        (r"\bi['`]d\b", "I would"),
        (r"\b(we|you|they)['`]re\b", r"\1 are"),
        (r"\b(we|you|they)['`]ve\b", r"\1 have"),
        (r"\b(we|you|they|he|she|it|that|there)['`]ll\b", r"\1 will"),
        (r"\b(we|you|they|he|she)['`]d\b", r"\1 would"),
        (
            r"\b(he|she|it|that|there|what|who|where)['`]s (?=(?:just |already |never |always )?(?:been|had|got|gone"
            r"|become|turned|lived|worked)\b)",
            r"\1 has ",
        ),
        (r"\b(he|she|it|that|there|what|who|where|here|mine)['`]s\b", r"\1 is"),
        (r"\bcan['`]?t\b", "cannot"),
        (r"\bwon['`]t\b", "will not"),
        (r"\b(do|does|did|is|are|was|were|has|have|had|would|could|should)n['`]?t\b", r"\1 not"),
        (
            r"\b(have|has) got (?=a\b|an\b|my\b|no\b|some\b|the\b|one\b|two\b|three\b|four\b|\d|mild\b|severe\b)",
            r"\1 ",
        ),
        (
            r"\b(wife|husband|son|daughter|mother|mom|mum|father|dad|brother|sister|partner|boyfriend|girlfriend"
            r"|grandma|grandpa|aunt|uncle|cousin)['`]s (?=(?:over|in|at|on|coming|visiting|getting|turning|not|a|an"
            r"|the|very|so|here|back|away|allergic|married|pregnant|currently|also)\b)",
            r"\1 is ",
        ),
        (
            r"\b(wife|husband|son|daughter|mother|mom|mum|father|dad|brother|sister|partner|boyfriend|girlfriend"
            r"|grandma|grandpa|aunt|uncle|cousin)['`]s (?=(?:just |already )?(?:been|outgrown|got|gone|had|started"
            r"|moved|become|turned|finished|passed)\b)",
            r"\1 has ",
        ),
        (r"\b(the|my|our) (\w{2,20})['`]s (?=(?:on|at|next|this|in|tomorrow) )", r"\1 \2 is "),
        (r"\bgonna\b", "going to"),
        (r"\bgotta\b", "have to"),
        (r"\bwanna\b", "want to"),
        (r"\bi\b(?!\.)", "I"),
        (r"\bu\b(?!\.)", "you"),
        (r"\bur\b", "your"),
        (r"\b(?:pls|plz)\b", "please"),
        (r"\bw/", "with "),
        (r"\bfav(?:e|orite|ourite)?\b", "favourite"),
        (r"\bdev\b", "developer"),
        (r"\bdocs\b", "documents"),
        (r"\bmon(?= to )", "Monday"),
        (r"\bwed\b(?=[ ,.]|$)", "Wednesday"),
        (r"\bthurs?\b(?=[ ,.]|$)", "Thursday"),
        (r"\bfri\b(?=[ ,.]|$)", "Friday"),
        (r"\btues?\b(?=[ ,.]|$)", "Tuesday"),
    )
)
# tried only where there is an apostrophe
_CONTRACTIONS = frozenset(pattern for pattern, _ in _NOISE if re.search(r"\['`\](?!\?)", pattern.pattern))
_LEAD = re.compile(
    r"^(?:(?:(?:no|right|sure|great|cool|nice|look|see|lovely|perfect|yes|good|wow|sorry)(?=\s*[,.!:;–—-]|\s+(?:no"
    r"|I)\b)|well|so|oh|ok|okay|yeah|yep|yess+|nope|nah|hey|hi|hello|also|and|but|or|anyway|anyways|actually|honestly"
    r"|basically|by the way|btw|plus|because|'cause|cause|since|as|now that|in case|though|although|while|you know"
    r"|I mean|thanks(?: so much| a lot| again)?|thank you(?: so much)?|hmm+|haha+|ha|lol|ah|um|uh|speaking of which"
    r"|on (?:a|an) \w+ note|to be honest|tbh|in fact|of course|obviously|unfortunately|fortunately|luckily|sadly"
    r"|lately,|ps|only|then|please note(?: that)?|keep in mind(?: that)?|for context|fyi|for the record|the thing is"
    r"|one more|given that|considering(?: that)?|I am afraid|I must (?:say|admit|confess)|I have to (?:say|admit)"
    r"|please (?:remember|note)(?: that)?|remember(?: that)?)\b[,.!:;–—-]*\s*)+",
    re.I,
)
_GREETING = re.compile(
    r",? (?:(?:it is )?(?:nice|pleased|glad|great|good) to (?:meet|see) you|nice meeting you).*$", re.I
)
_ONLY_NAME = re.compile(r"^(?:I am|this is) (?P<name>[A-Z]\w+)$")
_WORD = re.compile(r"[A-Za-z]+(?:['-][A-Za-z]+)*|[^A-Za-z]+")
_SUBJECT = {"i": "they", "we": "they"}
_OWN = {"my": "their", "our": "their", "mine": "theirs", "ours": "theirs"}
_OBJECT = {"me": "them", "us": "them", "myself": "themselves", "ourselves": "themselves"}
_OTHER = {"your": "the assistant's", "yourself": "itself", "you": "the assistant"}
_CLAUSE_WORDS = frozenset(["if", "when", "whenever", "that", "because", "time"])
_PLURAL = {"am": "are", "was": "were"}


def spell_out(text: str) -> str:
    """A sentence with its contractions, chat abbreviations and lower-case I written out."""
    text = text.replace("’", "'")
    contracted = "'" in text or "`" in text
    for pattern, written in _NOISE:
        if contracted or pattern not in _CONTRACTIONS:
            text = pattern.sub(written, text)
    return text


def without_lead(clause: str) -> str:
    """A clause without the words that only tie it to what went before (well, by the way, because)."""
    return clause[match.end() :] if (match := _LEAD.match(clause)) else clause


def about_the_user(text: str) -> str:
    """The user's words as a sentence about the user: "I sell and mend" becomes "The user sells and mends."."""
    text = _ONLY_NAME.sub(r"my name is \g<name>", _GREETING.sub("", text.strip(" ,.;:–—-")))
    out: list[str] = []
    named = False
    agree: str | None = None  # "one" after "the user", "many" after "they", "and" once a verb was inflected
    for piece in _WORD.findall(text):
        word = piece.lower()
        if not word[0].isalpha():
            if agree is not None and piece.strip():
                agree = None
            out.append(piece)
        elif word in _SUBJECT and piece != "US":
            out.append(_SUBJECT[word] if named else "the user")
            agree, named = ("many" if named else "one"), True
        elif (word in _OWN or word in _OBJECT) and piece != "US":
            out.append((_OWN | _OBJECT)[word] if named else "the user's" if word in _OWN else "the user")
            named = True
        elif word in _OTHER:
            out.append(_OTHER[word])
            agree = "one" if word == "you" and len(out) > 2 and out[-3].lower() in _CLAUSE_WORDS else None
        else:
            written, agree = _agreeing(piece, agree)
            out.append(written)
    return _sentence("".join(out))


def _agreeing(word: str, agree: str | None) -> tuple[str, str | None]:
    """A word after a subject, and what still has to agree."""
    lower = word.lower()
    if agree is None or (agree != "and" and is_adverb(lower)):
        return word, agree
    if agree == "many":
        return _PLURAL.get(lower, word), None
    if lower == "to":
        return word, None  # what "to" governs is not inflected
    if agree == "and":
        if lower in ("and", "or", "but"):
            return word, "coordinated"
        return word, "and"
    if agree == "coordinated":
        return (third_person(word), "and") if lower in BASE_VERBS else (word, "and")
    inflected = third_person(word)
    goes_on = lower not in UNCHANGED and not is_past(lower)
    return inflected, "and" if goes_on else None


def _sentence(text: str) -> str:
    text = re.sub(r"\s+", " ", text).strip(" ,;:–—-")
    text = re.sub(r"\s+([,.;:!?])", r"\1", text)
    return f"{text[:1].upper()}{text[1:]}" + ("" if text.endswith((".", "!", "?")) else ".") if text else ""
