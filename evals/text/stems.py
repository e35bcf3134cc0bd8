"""Light stemming of English words: enough that a plural, a tense or a possessive is no difference."""

from __future__ import annotations

from functools import lru_cache

_FORMS = """
go goes went gone going|buy bought|bring brought|think thought|teach taught|catch caught|child children|person people
man men|woman women|wife wives|life|knife knives|leaf leaves|foot feet|tooth teeth|mouse mice|eat ate eaten
drink drank drunk|swim swam swum|run ran|begin began begun start|sing sang sung|write wrote written|drive drove driven
ride rode ridden|speak spoke spoken|break broke broken|wake woke woken|choose chose chosen|give gave given
take took taken|see saw seen|know knew known|grow grew grown|fly flew flown flies|draw drew drawn|wear wore worn
get got gotten|forget forgot forgotten|sell sold|tell told|find found|feel felt|keep kept|sleep slept|leave left
meet met|lose lost|make made|pay paid|send sent|spend spent|build built|teach taught|win won|sit sat|stand stood
hear heard|hold held|read reads|come came|become became|fall fell fallen|study studies studied studying
live lived living lives|use used using uses|mom mother mum mommy mums moms mothers|dad father daddy dads fathers
favorite favourite|color colour colors colours|flavor flavour flavors flavours|movie movies film films
photo photos photograph photographs|dislike hate loathe detest dislikes hates hated disliked
like love enjoy prefer likes loves enjoys prefers loved enjoyed
like liked preferred enjoying loving liking fond preference preferring|answer reply response answers replies responses
bike bicycle bicycles bikes|phone phones telephone smartphone|job jobs|work worked works working|dog dogs|bus buses
better good best|worse bad worst|healthy healthier|organise organize organised organized organizing|travel travelling
travel travelled traveled traveling travels|program programme programming programs programs|apartment flat apartments
""".replace("\n", "|")

IRREGULAR = {form: forms.split()[0] for forms in _FORMS.split("|") if forms for form in reversed(forms.split())} | {
    "kids": "child",
    "kid": "child",
    "children": "child",
    "flat": "apartment",
    "news": "news",
}


@lru_cache(maxsize=50_000)
def stem(word: str) -> str:
    """The stem of a lower-case English word; words of three letters or fewer stay."""
    word = word.removesuffix("'s").removesuffix("'")
    if word in IRREGULAR:
        return _trimmed(IRREGULAR[word])
    if len(word) > 3:
        word = _without_suffix(word)
    return _trimmed(IRREGULAR.get(word, word))


def _without_suffix(word: str) -> str:
    if word.endswith(("ies", "ied")) and len(word) > 4:
        return word[:-3] + "y"
    if word.endswith(("sses", "shes", "ches", "xes", "zes")):
        return word[:-2]
    if word.endswith("s") and not word.endswith(("ss", "us", "is")):
        return word[:-1]
    if word.endswith("ing") and len(word) > 5 and _has_vowel(word[:-3]):
        return word[:-3]
    if word.endswith("ed") and len(word) > 4 and _has_vowel(word[:-2]):
        return word[:-2]
    if word.endswith("ly") and len(word) > 5:
        return word[:-2]
    return word


def _has_vowel(text: str) -> bool:
    return not set("aeiouy").isdisjoint(text)


def _trimmed(word: str) -> str:
    """Without the final e and a doubled final consonant, which suffixes add and drop: make/making, run/running."""
    if len(word) > 3 and word.endswith("e"):
        word = word[:-1]
    if len(word) > 3 and word[-1] == word[-2] and word[-1] in "bcdfgklmnprtvz":
        return word[:-1]
    return word
