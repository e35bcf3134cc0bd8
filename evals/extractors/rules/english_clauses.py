"""English sentences cut into clauses, and the clauses in which nobody states anything about the user."""

from __future__ import annotations

import re

from evals.extractors.rules.english_wording import spell_out, without_lead
from evals.extractors.rules.rule import Clause
from evals.extractors.rules.sentences import Sentence

_SUBJECT = (
    r"(?:I|we|my|our|he|she|they|it|there|that|the|this|you|please|do not|never|always|no|where"
    r"|what|how|when|could|can|should|would|do|does"
    r"|is|are|any|if|yesterday|today|tomorrow|last|next)\b"
)
_JOINT = re.compile(
    rf"\s*[;:]\s+|\s+[–—-]+\s*|\s*—\s*|,\s+(?:(?P<tie>and|but|so|or|because|since|as|though|although"
    rf"|while|only|yet|then|plus|which|who|where|now that|in case|given that)\s+)?(?={_SUBJECT})"
    r"|,\s+(?P<tail>which|who|where|because|since|so|even though|although|though|but|due to|and)\s+"
    r"|\s+(?P<tie2>and|but|so|because|since|though|although|while|now that|in case)\s+(?=(?:I|we"
    r"|my|he|she|they|you|can you|could you|need|want|would like)\b)"
    r"|\s+\((?=[^)]{3,120}\))|(?<=[^(]{3})\)\s*",
    re.I,
)
_CUT_IF = re.compile(r",?\s+(?:if|unless|supposing|assuming|in case you|like (?:my|you))\b.*$", re.I)
_HYPOTHETICAL = re.compile(
    r"^(?:if|suppose|supposing|imagine|what if|say|assume|assuming|let'?s say|hypothetically|in"
    r" theory|unless|had I|were I|as if|when I (?:was|grow)"
    r"|i wish|wish)\b",
    re.I,
)
_ASKING = re.compile(
    r"^(?:what|which|who|whom|whose|when(?! I)|where|why|how|is|are|was|were|do(?! not)|does|did"
    r"|can|could|will|would|should|shall|may|might|am I"
    r"|have (?:you|I)|has|had|any)\b",
    re.I,
)
_REQUEST = re.compile(
    r"\b(?:can|could|would|will) you\b|^(?:please )?(?:write|translate|generate|create|make|give"
    r"|tell|show|help|explain|find|list|rewrite|summari[sz]e"
    r"|describe|suggest|recommend|provide|let'?s|let us|let me|add|change|remove|put|check|draft"
    r"|compose|continue|imagine|pretend|act|compare|convert"
    r"|calculate|solve|take|cut)\b|\bI (?:want|need|would like|expect|am asking|ask|wanted) you\b"
    r"|\bI (?:just )?(?:want|need|would like|wanted) (?:a|an|some|the|it|this"
    r"|that|your|help|advice|to (?:know|ask|see|understand|hear|make sure|check|discuss|talk|find"
    r" out|be able|get|have))\b",
    re.I,
)
_STANCE = re.compile(
    r"\bI (?:\w+ )?(?:think|guess|wonder|suppose|hope|wish|mean|see|bet|assume|agree|understand"
    r"|imagine|doubt|believe|feel like|appreciate|might|may"
    r"|could|should|would|was wondering|was thinking|am wondering|am asking|am not sure|am curious"
    r"|am sure|am glad|am sorry|am afraid"
    r"|do not know|do not think|do not understand|cannot wait|am (?:so |very |really )?(?:happy"
    r"|excited|thrilled|grateful|thankful|proud))\b",
    re.I,
)
_CITED = re.compile(r"\b(?:said|says|told me|asked me|wrote|writes|according to|quote|claims?|goes like)\b", re.I)
_ELIDED_BE = re.compile(
    r"^(?:flying|moving|going|travell?ing|heading|visiting|staying|starting|meeting|getting|leaving"
    r"|working|living|planning|thinking of|looking"
    r" for|learning|studying|training|trying)\b(?! (?:this|next|in general|things|it|that|them"
    r"|today|from)\b)(?!.*\b(?:is|was|are|were|must|can|has|would|will|makes?|helps?|feels?|sounds?"
    r"|seems?)\b)",
    re.I,
)
_ELIDED_PAST = re.compile(
    r"^(?:just |finally |recently )?(?:got|went|met|bought|moved|finished|missed|won|lost|booked"
    r"|signed up|passed|failed|started|quit|ran|visited|adopted|broke)\b(?!.*\b(?:her|his|she|he"
    r"|they|their)\b)",
    re.I,
)
_WORDS = re.compile(r"[a-z]+(?:'[a-z]+)?|\d+")


def clauses_of(sentence: Sentence, *, message: int, number: int) -> tuple[Clause, ...]:
    """The clauses of one sentence; the last one carries the question mark."""
    text = spell_out(sentence.text)
    found: list[Clause] = []
    start, joint = 0, ""
    for match in _JOINT.finditer(text):
        if match.start() > start:
            found.append(_clause(text[start : match.start()], joint, message, number))
        start, joint = match.end(), _joint(match)
    found.append(_clause(text[start:], joint, message, number))
    kept = [clause for clause in found if clause.text]
    if sentence.question and kept:
        kept[-1] = _asked(kept[-1])
    return tuple(kept)


def states_something(clause: Clause) -> bool:
    """Whether a clause can hold a fact: no question, hypothesis, request, opinion or other people's words."""
    text = clause.text
    return not (
        clause.question
        or _HYPOTHETICAL.search(text)
        or _ASKING.search(text)
        or _REQUEST.search(text)
        or _STANCE.search(text)
        or _CITED.search(text)
    )


def is_hypothetical(clause: Clause) -> bool:
    return _HYPOTHETICAL.search(clause.text) is not None


def words_of(text: str) -> frozenset[str]:
    """The words that trigger rules."""
    return frozenset(_WORDS.findall(text.lower()))


def _joint(match: re.Match[str]) -> str:
    groups = match.groupdict()
    return (groups["tie"] or groups["tail"] or groups["tie2"] or match.group().strip() or "and").lower()


def _clause(raw: str, joint: str, message: int, number: int) -> Clause:
    text = without_lead(raw.strip(" ,;:.–—-\"'"))
    if not _HYPOTHETICAL.search(text):
        text = _CUT_IF.sub("", text)
    if _ELIDED_BE.search(text):
        text = f"I am {text[:1].lower()}{text[1:]}"
    elif _ELIDED_PAST.search(text):
        text = f"I {text[:1].lower()}{text[1:]}"
    return Clause(text=text, message=message, sentence=number, language="en", joint=joint)


def _asked(clause: Clause) -> Clause:
    return Clause(
        text=clause.text,
        message=clause.message,
        sentence=clause.sentence,
        language="en",
        joint=clause.joint,
        question=True,
    )
