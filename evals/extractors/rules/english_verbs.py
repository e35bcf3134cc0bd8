"""English verb forms: the third person of a base form, and which words are already past."""

from __future__ import annotations

_IRREGULAR_PAST = (
    "was were had did went got gave took made came ran began broke bought brought built caught"
    " chose drew drank drove ate fell felt found flew forgot froze grew heard held kept knew led"
    " left lent lost met paid rode rang rose said saw sold sent shook shot sang sat slept spoke"
    " spent stood stole swam swore taught tore told thought threw understood woke wore won wrote"
    " became quit hurt put cut set hit let cost shut meant dealt dreamt learnt bent bit blew fought"
    " hid hung laid lay stuck struck dug fed fled slid split spun wound withdrew overcame undertook"
    " used"
)
IRREGULAR_PAST = frozenset(_IRREGULAR_PAST.split())
_ALSO_BASE = frozenset(
    ["put", "cut", "set", "hit", "let", "cost", "shut", "read", "bent", "fed", "wound", "used", "saw", "found", "bit"]
)
PAST = rf"(?:{'|'.join(sorted(IRREGULAR_PAST))}|\w{{2,}}ed)"  # as a piece of a pattern
PLAINLY_PAST = (
    rf"(?:{'|'.join(sorted(IRREGULAR_PAST - _ALSO_BASE))}|\w{{2,}}(?<!bas)(?<!compar)(?<!relat)(?<!ne)(?<!suppos)ed)"
)
_NOT_PAST = "need feed bleed breed speed succeed proceed exceed heed seed weed embed shed wed"
_PRESENT_IN_ED = frozenset(_NOT_PAST.split())
_UNCHANGED = "can could will would shall should may might must cannot ought has is does had did was been never"
UNCHANGED = frozenset(_UNCHANGED.split())
_ADVERBS = (
    "ever also just really actually always never usually often sometimes still already currently"
    " now only mostly mainly normally generally typically regularly recently absolutely definitely"
    " totally completely truly simply finally probably even rarely hardly seldom occasionally"
    " personally particularly especially strongly strictly highly deeply genuinely honestly kind"
    " quite pretty primarily specifically officially both all each once twice then first"
    " particularly not so too most very far much exclusively consistently constantly actively"
    " firmly vastly heavily last rather instead maybe together either almost nearly"
)
ADVERBS = frozenset(_ADVERBS.split())
_BASE_VERBS = (
    "sell mend make do work live play run eat drink teach study cook bake read write paint draw"
    " sing dance travel walk hike swim cycle climb train drive ride collect garden knit sew fix"
    " build design develop manage lead own rent have need love like prefer hate enjoy avoid want"
    " use wear watch listen speak take go get give keep find think feel know see try help volunteer"
    " coach practise practice attend visit meet call send order pay spend save earn sleep wake"
    " start finish stop stay stick tend refuse grow raise look share serve host plan dislike despise"
    " loathe detest appreciate choose follow rely suffer struggle experience support consider"
    " lift stretch meditate jog bike fish camp hunt surf ski skate box"
)
BASE_VERBS = frozenset(_BASE_VERBS.split())
_VERBS_IN_LY = frozenset(
    ["fly", "apply", "rely", "reply", "supply", "imply", "multiply", "comply", "bully", "rally", "ally", "tally"]
)
_SPECIAL = {"be": "is", "am": "is", "are": "is", "have": "has", "do": "does", "go": "goes", "were": "was"}


def third_person(verb: str) -> str:
    """A verb as it stands after "The user": `have` becomes `has`, `sell` becomes `sells`, `sold` stays."""
    lower = verb.lower()
    if lower in _SPECIAL:
        return _SPECIAL[lower]
    if lower in UNCHANGED or is_past(lower):
        return verb
    if lower.endswith(("s", "x", "z", "ch", "sh", "o")):
        return verb + "es"
    if lower.endswith("y") and lower[-2:-1] not in "aeiou":
        return verb[:-1] + "ies"
    return verb + "s"


def is_adverb(word: str) -> bool:
    """Whether a word may stand between a subject and its verb."""
    return word in ADVERBS or (word.endswith("ly") and word not in _VERBS_IN_LY)


def is_past(verb: str) -> bool:
    """Whether a verb form is past; forms that could be either count as past."""
    return verb in IRREGULAR_PAST or (verb.endswith("ed") and verb not in _PRESENT_IN_ED)
