"""English sentences cut into clauses, and the clauses in which nobody states anything about the user."""

from __future__ import annotations

import re
from dataclasses import replace

from evals.extractors.rules.english_verbs import PLAINLY_PAST
from evals.extractors.rules.english_wording import spell_out, without_lead
from evals.extractors.rules.rule import Clause
from evals.extractors.rules.sentences import Sentence

_SUBJECT = (
    r"(?:I|we|my|our|he|she|they|it|there|that|the|this|you|please|do not|never|always|no|where|what|how|when|could"
    r"|can|should|would|do|does|is|are|any|if|yesterday|today|tomorrow|last|next)\b"
)
_JOINT = re.compile(
    rf"\s*[;:]\s+|\s+[–—-]+\s*|\s*—\s*|,\s+(?:(?P<tie>and|but|so|or|because|since|as|though|although|while|only|yet"
    rf"|then|plus|which|who|where|now that|in case|given that)\s+)?(?={_SUBJECT})"
    r"|,\s+(?P<tail>which|who|where|because|since|so|even though|although|though|but|due to|and)\s+|\s+(?P<tie2>and"
    r"|but|so|because|since|though|although|while|now that|in case)\s+(?=(?:I|we|my|he|she|they|you|can you|could you"
    r"|need|want|would like)\b)|\s+\((?=[^)]{3,120}\))|(?<=[^(]{3})\)\s*",
    re.I,
)
_CUT_IF = re.compile(r",?\s+(?:if|unless|supposing|assuming|in case you|like (?:my|you))\b.*$", re.I)
_HYPOTHETICAL = re.compile(
    r"^(?:if|suppose|supposing|imagine|what if|say|assume|assuming|let'?s say|hypothetically|in theory|unless|had I"
    r"|were I|as if|when I (?:was|grow)|i wish|wish)\b",
    re.I,
)
_ASKING = re.compile(
    r"^(?:what|which|who|whom|whose|when(?! I)|where|why|how|is|are|was|were|do(?! not)|does|did|can|could|will|would"
    r"|should|shall|may|might|am I|have (?:you|I)|has|had|any)\b",
    re.I,
)
_REQUEST = re.compile(
    r"\b(?:can|could|would|will) you\b|^(?:please )?(?:write|translate|generate|create|make|give|tell|show|help"
    r"|explain|find|list|rewrite|summari[sz]e|describe|suggest|recommend|provide|let'?s|let us|let me|add|change"
    r"|remove|put|check|draft|compose|continue|imagine|pretend|act|compare|convert|calculate|solve|take|cut)\b"
    r"|\bI (?:want|need|would like|expect|am asking|ask|wanted) you\b|\bI (?:just )?(?:want|need|would like"
    r"|wanted) (?:a|an|some|the|it|this|that|your|help|advice|to (?:know|ask|see|understand|hear|make sure|check"
    r"|discuss|talk|find out|be able|get|have))\b",
    re.I,
)
_STANCE = re.compile(
    r"\bI (?:\w+ )?(?:think|guess|wonder|suppose|hope|wish|mean|see|bet|assume|agree|understand|imagine|doubt|believe"
    r"|feel like|appreciate|might|may|could|should|would|was wondering|was thinking|am wondering|am asking"
    r"|am not sure|am curious|am sure|am glad|am sorry|am afraid|do not know|do not think|do not understand"
    r"|cannot wait|am (?:so |very |really )?(?:happy|excited|thrilled|grateful|thankful|proud))\b",
    re.I,
)
_CITED = re.compile(r"\b(?:said|says|told me|asked me|wrote|writes|according to|quote|claims?|goes like)\b", re.I)
_OBJECT = (
    r"(?:an?|the|my|our|to|from|back|in|into|on|at|for|up|out|off|with|over|away|home|some|several|both|two|three|four"
    r"|\d+|around|about|through|hard|late|early|this|last|yesterday|by|of|[A-Z]\w+|\w+ing)\b"
)
_JUST = r"(?:(?:just|finally|recently|still|also|already|currently|now|only|almost|even|then|never|always|mostly)\s)?"
_OTHERS_VERB = (
    r"(?!.*\b(?:is|was|are|were|must|can|has|would|will|makes?|helps?|feels?|sounds?|seems?|could|should|might|you"
    r"|your)\b|.*\b\w+s (?:me|us|my)\b)"
)
_ELIDED_BE = re.compile(
    rf"^(?!during|nothing|something|anything|everything|being|speaking|according|including|regarding|considering"
    rf"|assuming|depending|thinking out|going by|hoping you|morning|evening|wedding|king|bring|sing|spring|string"
    rf"|thing|interesting|looking forward|talking about|seeing as|following|amazing){_JUST}(?:\w{{2,}}ing"
    rf"|off) (?-i:{_OBJECT}){_OTHERS_VERB}",
    re.I,
)
_ELIDED_HAVE = re.compile(rf"^{_JUST}been\b \w+{_OTHERS_VERB}", re.I)
_ELIDED_PAST = re.compile(
    rf"^{_JUST}(?!was|were|had|did|said|thought|felt|meant|got it|made in|\w*(?:skill|experienc|interest|scar|call|nam"
    rf"|inspir|locat|requir|need|dedicat|committ|tir|excit|bor|worri|confus|focus|limit|detail|advanc"
    rf"|design)ed\b){PLAINLY_PAST} (?-i:{_OBJECT})"
    r"(?!.*\b(?:her|his|she|he|they|their|you|your)\b)",
    re.I,
)
_ELIDED = ((_ELIDED_BE, "I am"), (_ELIDED_HAVE, "I have"), (_ELIDED_PAST, "I"))
_PAIR = re.compile(r"(?:(?:[Mm]y|[Oo]ur) [\w'-]+(?: [\w'-]+)?|(?!I\b)[A-Z][\w'-]+)$")
_WORDS = re.compile(r"[a-z]+(?:'[a-z]+)?|\d+")


def clauses_of(sentence: Sentence, *, message: int, number: int) -> tuple[Clause, ...]:
    """The clauses of one sentence; the last one carries the question mark."""
    text = spell_out(sentence.text)
    found: list[Clause] = []
    start, joint = 0, ""
    for match in _JOINT.finditer(text):
        if _PAIR.match(text, start, match.start()) and text[match.end() - 4 : match.end()] == "and ":
            continue  # my brother and I
        if match.start() > start:
            found.append(_clause(text[start : match.start()], joint, message, number, elided=not sentence.item))
        start, joint = match.end(), _joint(match)
    found.append(_clause(text[start:], joint, message, number, elided=not sentence.item))
    kept = [clause for clause in found if clause.text]
    if sentence.question and kept:
        kept[-1] = replace(kept[-1], question=True)
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


def _clause(raw: str, joint: str, message: int, number: int, *, elided: bool) -> Clause:
    """One piece; where a sentence of talk begins without a subject, the subject is written in."""
    text = without_lead(raw.strip(" ,;:.–—-\"'"))
    if not _HYPOTHETICAL.search(text):
        text = _CUT_IF.sub("", text)
    if elided and joint in ("", "and", "but", "so"):
        opening = next((words for pattern, words in _ELIDED if pattern.search(text)), None)
        text = text if opening is None else f"{opening} {text[:1].lower()}{text[1:]}"
    return Clause(text=text, message=message, sentence=number, language="en", joint=joint)
