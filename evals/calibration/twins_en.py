"""English edits after which a text says something else, by kind. They share no word list with the guards they probe."""

from __future__ import annotations

import re
from collections.abc import Mapping

from evals.calibration.edits import Edit, both_ways, other_number, paired, rewrite, ring, swap

_MONTHS = "January February March April May June July August September October November December"
_MONTH = f"(?:{_MONTHS.replace(' ', '|')})"
_WEEKDAYS = "Monday Tuesday Wednesday Thursday Friday Saturday Sunday"
_NUMBER_WORDS = (
    "two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen "
    "nineteen twenty thirty forty fifty sixty seventy eighty ninety"
)
_NUMBER = (
    r"(?<![\w.,:/$€£-])\d{1,6}(?![\d%]|[.,:/]\d|st\b|nd\b|rd\b|th\b| ?[ap]\.?m\b| (?:dollars|euros|pounds))"
    rf"(?! {_MONTH})"
)
_UNITS = both_ways({"km": "m", "kg": "g", "minutes": "hours", "days": "weeks", "months": "years", "cm": "mm"})
_UNITS |= both_ways({"miles": "metres", "kilometres": "yards", "litres": "pints", "kilos": "ounces", "grams": "stone"})
_UNITS |= both_ways({"minute": "hour", "day": "week", "month": "year"})
_PLACE = ring(
    "London Paris Berlin Madrid Toronto Chicago Boston Seattle Dublin Glasgow Edinburgh Lagos Nairobi Mumbai Delhi "
    "Sydney Melbourne Auckland Beijing Shanghai Tokyo Singapore Manila Lisbon Vienna Amsterdam Rome Denver Portland"
)
_RELATIVE = ring("mother brother daughter uncle wife nephew father sister son aunt husband niece")
_FRIEND = ring("boss neighbour cousin teacher landlord roommate")
_PAST = {
    **paired("go buy take sell run give write build make", "went bought took sold ran gave wrote built made"),
    **paired("meet see begin get leave bring drive fly come", "met saw began got left brought drove flew came"),
    **paired("have do put cut set read pay teach sing swim", "had did put cut set read paid taught sang swam"),
    **paired("keep spend send tell say feel find hold grow", "kept spent sent told said felt found held grew"),
    **paired("know throw wear", "knew threw wore"),
}
_AUXILIARY = {"is": "is not", "has": "does not have", "was": "was not", "will": "will not", "can": "cannot"}
_AUXILIARY |= {"does not": "does", "has no": "has a", "is not": "is", "cannot": "can", "can't": "can", "isn't": "is"}
_ATTITUDE = both_ways({"likes": "dislikes", "loves": "hates", "enjoys": "can't stand", "prefers": "avoids"})
_ATTITUDE |= {"does not like": "likes", "doesn't like": "likes", "dislikes": "likes", "hates": "loves"}
_ATTITUDE |= {"wants": "refuses", "avoids": "seeks out"}


def _another_number(match: re.Match[str]) -> str | None:
    """None for the day of a month, which is a date."""
    return None if match.string[: match.start()].rstrip().endswith(tuple(_MONTHS.split())) else other_number(match)


def _another_day(day: str, lowest: int = 1) -> str:
    """Another day of the month; from the 4th on all but the 21st to 23rd take "th"."""
    return str((int(day) + 9) % (20 if lowest > 1 else 28) + lowest)


def _denied(match: re.Match[str]) -> str | None:
    verb = match[1]
    if verb in _AUXILIARY:
        return f"The user {_AUXILIARY[verb]}"
    if not verb.endswith("s") or verb.endswith("ss"):
        return None
    return f"The user does not {_infinitive(verb)}"


def _infinitive(verb: str) -> str:
    if verb in ("goes", "does"):
        return verb[:-2]
    if verb.endswith("ies"):
        return f"{verb[:-3]}y"
    return verb[:-2] if verb.endswith(("ches", "shes", "sses", "xes", "zes")) else verb[:-1]


def _done(match: re.Match[str]) -> str:
    verb = match[1]
    if verb in _PAST:
        return f" already {_PAST[verb]}"
    if verb.endswith("y") and verb[-2] not in "aeou":
        return f" already {verb[:-1]}ied"
    return f" already {verb}d" if verb.endswith("e") else f" already {verb}ed"


TWINS: Mapping[str, tuple[Edit, ...]] = {
    "number": (
        rewrite(_NUMBER, _another_number),
        swap(ring(_NUMBER_WORDS), around=r"(?<![\w-]){}(?![\w-]| (?:in the|at night|and))"),
    ),
    "money": (
        rewrite(r"(?<=[$€£])\d{1,6}(?!\d|[.,]\d)", other_number),
        rewrite(r"(?<![\w.,])\d{1,6}(?= (?:dollars|euros|pounds|rupees|francs|yuan|rand))", other_number),
        swap(both_ways({"dollars": "pounds", "euros": "rupees", "$": "€"}), around=r"{}"),
    ),
    "date": (
        swap(ring(_MONTHS)),
        swap(ring(_WEEKDAYS)),
        rewrite(rf"({_MONTH}) (\d{{1,2}})(?!\d)", lambda match: f"{match[1]} {_another_day(match[2])}"),
        rewrite(r"(?<![\w.])\d{1,2}(?=st\b|nd\b|rd\b|th\b)", lambda match: _another_day(match[0], lowest=4)),
    ),
    "time": (
        rewrite(r"(?<![\d:])\d{1,2}(?=:\d\d)", lambda match: str((int(match[0]) + 2) % 12 + 1)),
        rewrite(r"(?<![\d:.])\d{1,2}(?= ?[ap]\.?m\b)", lambda match: str((int(match[0]) + 2) % 12 + 1)),
        rewrite(r"(?<=\d) ?am\b", "pm"),
    ),
    "unit": (swap(_UNITS, around=r"(?<=\d ){}(?![\w-])"),),
    "place": (swap(_PLACE),),
    "negation": (rewrite(r"^The user (does not|has no|is not|[a-z']+)(?= )", _denied),),
    "attitude": (swap(_ATTITUDE),),
    "speaker": (
        swap(_RELATIVE),
        swap(_FRIEND),
        rewrite(r"^The user(?= [a-z])", "The user's colleague"),
    ),
    "plan_done": (rewrite(r" (?:plans to|will|is going to|intends to|hopes to) (?!not |be )([a-z]+)", _done),),
}
NAMES = ("Marlow", "Inessa", "Keiko", "Tomasz", "Odette", "Faridah", "Nuala", "Bertil", "Yusuf")
PLACES = ("Tarvisio", "Tampere", "Antofagasta", "Kumasi", "Ljubljana", "Halmstad")
