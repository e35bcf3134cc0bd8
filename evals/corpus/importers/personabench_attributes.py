"""What a PersonaBench question asks for: whose attribute, which one, and the statement it makes with a value."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

_ATTRIBUTES: tuple[tuple[str, str], ...] = (  # the first that fits; keywords, since upstream words each one many ways
    (r"personality", "personality"),
    (r"\bgender\b", "gender"),
    (r"\bage\b|years old", "age"),
    (r"\bpets?\b|companion|keep .*animals|animals .*keep", "pet"),
    (r"(\bborn\b|birth|come into this world).*\bcountry\b|\bcountry\b.*(\bborn\b|birth)", "country of birth"),
    (r"\bborn\b|birth|come into this world", "city of birth"),
    (r"nationality|\bnation\b|country of origin|citizen", "nationality"),
    (r"for a living", "occupation"),
    (r"\bcountry\b", "country of residence"),
    (r"\bcity\b|\btown\b", "city of residence"),
    (r"\bcars?\b|vehicle|transport|\bdrive\b", "vehicle"),
    (r"look like|appearance|physical", "appearance"),
    (r"eating habits|diet", "eating habits"),
    (r"\bdream\b", "dream job"),
    (r"previous|earlier|former|in the past", "previous occupation"),
    (r"workplace|work location", "place of work"),
    (r"employed or not|(job|employment|professional) (status|standing)", "employment status"),
    (r"employ|organi[sz]ation|\bfirm\b|\bcompany\b", "employer"),
    (r"schooling status|education(al)? status|level of education|graduated or", "state of education"),
    (r"what did .* study\b|subject|\bmajor\b|primary focus|field of study", "field of study"),
    (r"\bdegree\b", "degree"),
    (r"(type|kind|sort|classify)\b.*\b(school|institution)", "type of school"),
    (r"\bschool\b|universit|college|alma mater|institution", "school"),
    (r"\b(skills?|talents?|capabilit\w+|abilit\w+)\b.*\b(learn|build|develop|acquire)|"
     r"\b(learn|build|develop|acquire)\b.*\b(skills?|talents?|capabilit\w+|abilit\w+)", "skill to learn"),
    (r"skill|talent|capabilit|abilit|proficien", "skill"),
    (r"hobbies\b.*\b(explore|try)", "hobby to explore"),
    (r"\b(movie|film)s?\b.*\b(genre|categor|type)|\b(genre|categor|type)\w*\b.*\b(movie|film)", "favorite movie genre"),
    (r"\bbooks?\b.*\b(genre|categor|type)|\b(genre|categor|type)\w*\b.*\bbook", "favorite book genre"),
    (r"movie|film", "favorite movie"),
    (r"\bshows?\b|series\b", "favorite show"),
    (r"media\b", "favorite media"),
    (r"book", "favorite book"),
    (r"author|writer", "favorite author"),
    (r"instrument", "favorite instrument"),
    (r"singer|\bbands?\b|musician|music|artist", "favorite musician"),
    (r"sport", "favorite sport"),
    (r"drink|beverage", "favorite drink"),
    (r"food|cuisine|\bto eat\b|\bdish", "favorite food"),
    (r"colou?r", "favorite color"),
    (r"season|time of year", "favorite season"),
    (r"animal|creature", "favorite animal"),
    (r"\bplaces?\b|location|destination", "favorite place"),
    (r"hobb|free time|leisure|relax|pastime|activit|\bfun\b", "hobby"),
    (r"\bjob\b|occupation|work\b|profession", "occupation"),
)  # fmt: skip
_WORDINGS = {  # how a person would put it, for attributes of the user
    "gender": "The user is {}.",
    "age": "The user is {} years old.",
    "pet": "The user has a {}.",
    "country of birth": "The user was born in {}.",
    "city of birth": "The user was born in {}.",
    "nationality": "The user is {}.",
    "country of residence": "The user lives in {}.",
    "city of residence": "The user lives in {}.",
    "vehicle": "The user has a {}.",
    "height": "The user is {} tall.",
    "eye color": "The user has {} eyes.",
    "hair color": "The user has {} hair.",
    "occupation": "The user works as a {}.",
    "previous occupation": "The user used to work as a {}.",
    "place of work": "The user works at {}.",
    "employment status": "The user is {}.",
    "employer": "The user works at {}.",
    "field of study": "The user studied {}.",
    "degree": "The user has a {}.",
    "school": "The user studied at {}.",
    "personality": "The user is {}.",
    "skill": "The user is good at {}.",
    "skill to learn": "The user wants to learn {}.",
    "hobby to explore": "The user wants to try {}.",
}
_LIKING = "The user likes {}."
_PATTERNS = tuple((re.compile(pattern), name) for pattern, name in _ATTRIBUTES)
_HINT = re.compile(r"\s*(?:E\.g\.|e\.g\.|[Pp]lease choose).*", re.DOTALL)
_NAME = re.compile(r"(?<=\s)(?:(?:Mr|Mrs|Ms|Dr)\. )?[A-Z][\w.-]*(?: [A-Z][\w.-]*)+")
_RELATION_ASKED = re.compile(r"\b(?:relationship to me|(?:in relation|related) to me)\b")
_PERSON_ASKED = re.compile(r"^Who\b.*\bmy (?P<relation>[\w-]+)\W*$")
_RELATIVE = re.compile(r"\bmy (?P<relation>[\w-]+)(?:['’]s\b| love| like| enjoy| attend| own| have| live| study| do\b)")
_PAIRS = re.compile(r"\(\(.*\),\)", re.DOTALL)
MAX_SLOT_WORDS = 4  # longer values are phrases that may be worded otherwise


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """One attribute with its value; of somebody else, `whose` is the name and `relation` who that is to the user."""

    attribute: str
    value: str
    slots: tuple[tuple[str, str], ...] = ()
    whose: str | None = None
    relation: str | None = None

    @property
    def text(self) -> str:
        kin = f"the user's {self.relation}" if self.relation else None
        if self.whose:
            return f"{self.whose}{f' ({kin})' if kin else ''}, {self.attribute}: {self.value}"
        return f"T{kin[1:]}, {self.attribute}: {self.value}" if kin else f"The user's {self.attribute}: {self.value}"

    @property
    def liking(self) -> bool:
        """Whether the attribute is something the user likes."""
        return self.attribute == "hobby" or self.attribute.startswith("favorite ")

    @property
    def variants(self) -> tuple[str, ...]:
        """The same as a sentence, where the attribute is the user's and has one."""
        if self.whose or self.relation:
            return ()
        wording = _LIKING if self.liking else _WORDINGS.get(self.attribute)
        return (wording.format(self.value),) if wording else ()


def statements(question: str, value: str, answer: Any) -> Iterator[Statement]:
    """The statement a question makes with a value a session supports: one, or one for each part of a value in parts.

    `answer` is the question's own answer: of a relation asked for by name it is the relation, and `value` the name.
    """
    asked = _HINT.sub("", question).strip(" ?")
    if found := relation(question, answer):
        word, name = found
        yield Statement(attribute=word, value=name, slots=_slots(word, name))
        return
    named, relative = _NAME.search(asked), _RELATIVE.search(asked)
    whose = named.group() if named else None
    kin = relative["relation"] if relative else None
    attribute = _attribute(asked.replace(whose, "") if whose else asked)
    for name, part, slots in _parts(attribute, value):
        yield Statement(attribute=name, value=part, slots=slots, whose=whose, relation=kin)


def relation(question: str, answer: Any) -> tuple[str, str] | None:
    """(relation, name) of a question that asks who somebody is to the user, from either side; None for any other."""
    asked = question.strip(" ?")
    if not isinstance(answer, str):
        return None
    if _RELATION_ASKED.search(asked) and (named := _NAME.search(asked)):
        return answer, named.group()
    if person := _PERSON_ASKED.search(asked):
        return person["relation"], answer
    return None


def _attribute(asked: str) -> str:
    """The attribute's name; a question no keyword knows names itself."""
    lowered = asked.lower()
    return next((name for pattern, name in _PATTERNS if pattern.search(lowered)), f"answer to “{asked}”")


def _parts(attribute: str, value: str) -> Iterator[tuple[str, str, tuple[tuple[str, str], ...]]]:
    """(attribute, value, slots): upstream writes pets and looks as the text of Python pairs, all else as it is."""
    for key, part in _pairs(value) or ((None, value),):
        if key is None:
            yield attribute, part, () if attribute == "personality" else _slots(attribute, part)
        elif attribute == "pet":
            yield attribute, f"{key} named {part}", (("pet", key), ("name", part))
        else:
            yield key.lower(), part, _slots(key.lower(), part)


def _pairs(value: str) -> tuple[tuple[str, str], ...]:
    if not _PAIRS.fullmatch(value):
        return ()
    try:
        return tuple((str(key), str(part)) for key, part in ast.literal_eval(value))
    except (ValueError, SyntaxError, TypeError):
        return ()


def _slots(name: str, value: str) -> tuple[tuple[str, str], ...]:
    return ((name, value),) if len(value.split()) <= MAX_SLOT_WORDS else ()
