"""The English rules for attitudes and for standing instructions to the assistant."""

from __future__ import annotations

import re

from evals.extractors.rules.english_words import EMBEDDED, I
from evals.extractors.rules.rule import Form, Rule

_REACTION = re.compile(
    r"\b(?:like|love|enjoy|hate|loved|liked) (?:it|that|this|them|those|these|how|your|you|what|the (?:idea|sound"
    r"|thought|way|look|fact|suggestion|concept|story|name|title)|to (?:ask|bother|say|know|hear|see|learn more"
    r"|think)|when you)\b(?! when)|\bI (?:would|will) (?:like|love|hate|prefer) (?:to|a|an|some|it|if|for|you)\b"
    r"|\bwould (?:you|I)\b|\b(?:looks?|feels?|sounds?|seems?|something|anything|things|stuff|just|more|people"
    r"|someone) like\b",
    re.I,
)
_NOW = re.compile(
    r"\b(?:this time|for now|right now|just (?:this )?once|this (?:one|text|email|e-mail|paragraph|answer|letter"
    r"|sentence|story|essay|time|article|chapter|scene|code|function|image|list|prompt|poem|draft|version|post)"
    r"|the (?:above|following|previous|first|last|second|text|article|essay|story|word|title|sentence|paragraph)"
    r"|above|below|again|today|here|in (?:your|the) (?:next|previous|last) (?:reply|answer|message|response)"
    r"|the (?:same|rest)|these|those|next)\b",
    re.I,
)
_LASTING = (
    r"(?:\bfrom (?:now|here|this point|today) on(?:wards?)?\b|\bfrom here on(?: out)?\b|\bgoing forward\b"
    r"|\bin (?:the )?future\b|\bhenceforth\b|\bevery time\b|\bwhenever\b|\bat all times\b|\beach time\b|\bby default\b"
    r"|\bas a rule\b|\bin general\b|\bfor all (?:future|my|your)\b|\bin all (?:your|future|my)\b"
    r"|\buntil further notice\b|\bfrom now\b)"
)
_ABOUT_ANSWERS = (
    r"(?:repl(?:y|ies)|answers?|responses?|explanations?|messages|emojis?|emoticons|markdown|bullet points?|tables"
    r"|code blocks?|jargon|sources|citations|units|headings|tone|formatting|comments in code|type hints|docstrings"
    r"|small talk|apologi\w+|disclaimers|exclamation marks|drafts|documents|summaries|code examples|code snippets"
    r"|step[- ]by[- ]step|footnotes)"
)


def _rule(
    name: str, on: str, pattern: str, *examples: str, unless: re.Pattern[str] | None = None, form: Form = "statement"
) -> Rule:
    return Rule(
        name=name,
        topic=name.partition(".")[0],
        on=tuple(on.split()),
        pattern=re.compile(pattern, re.I),
        examples=examples,
        unless=unless,
        form=form,
        not_after=EMBEDDED,
    )


INSTRUCTIONS: tuple[Rule, ...] = (
    _rule(
        "instruction.lasting",
        "from going future henceforth every whenever times each default rule general all until now",
        rf"{_LASTING}.*\b(?:please|use|do not|never|always|keep|write|give|include|avoid|reply|answer|respond|call"
        rf"|explain|put|add|make|show|format|remind|send|stick|leave|skip|ask|tell|provide|speak|drafts?|remember"
        rf"|limit|start|end|only|no|stop|I want|I need|I would like|should|be)\b|^(?:please )?(?:use|do not|never"
        rf"|always|keep|write|give|include|avoid|reply|answer|respond|call|explain|put|add|make|show|format|remind"
        rf"|send|stick|leave|skip|ask|tell|provide|speak|limit|start|end|be|no|stop)\b.*{_LASTING}",
        "from now on call me Captain",
        "please write in British English from now on",
        form="instruction",
        unless=re.compile(
            r"^I (?:will|am|have|was|do|use|always|never|avoid|keep)\b|\b(?:he|she|they) (?:is|was|will)\b|\bI (?:get"
            r"|see|run|try|go) ",
            re.I,
        ),
    ),
    _rule(
        "instruction.always",
        "always",
        r"^(?:please |you should |can you )?always (?!been|a\b|the\b|so\b|had|wanted|like\b|good|nice|happy)(?:use"
        r"|format|include|give|show|put|write|provide|add|answer|reply|explain|start|end|check|ask|keep|call|cite"
        r"|mention|remind|list|put|specify|respond|convert|round|state|make|suggest|respect|tell|confirm|quote)\b"
        r"|\b(?:the )?[\w -]{3,40} always (?:goes?|comes? (?:after|before|first|last)|in (?:english|chinese"
        r"|spanish))\b|\balways \w+.* (?:when|whenever|if) I (?:ask|request|mention|send|say|want)\b",
        "always include version numbers when I ask about libraries",
        "the currency always goes after the number",
        form="instruction",
        unless=re.compile(r"\b(?:he|she|they|I) always\b", re.I),
    ),
    _rule(
        "instruction.never",
        "never ever again more anymore stop",
        r"^(?:please )?never (?:use|suggest|write|give|recommend|say|call|add|include|send|show|ask|mention|open"
        r"|start|put|start|end|tell|offer|remind|assume)\b|^(?:please )?(?:do not|don't) (?:ever|suggest .* ever"
        r"|\w+ .* (?:again|anymore|any more|ever))\b|^(?:please )?(?:do not|don't) suggest\b.*\bever\b"
        r"|^no more \w+(?: \w+){0,3}$|^(?:please )?stop (?:using|saying|calling|giving|adding|suggesting"
        r"|apologi[sz]ing|being|recommending|asking|starting|putting|ending|repeating)\b",
        "never use the word synergy",
        "please stop using emojis",
        "no more rhetorical questions",
        form="instruction",
        unless=re.compile(r"\b(?:never mind|stop using (?:it|this|that) (?:for|in))\b", re.I),
    ),
    _rule(
        "instruction.manner",
        "keep easy be short brief concise give make",
        rf"^(?:please |just |also |can you )*(?:keep|make) (?:your |all |the |my )?(?:{_ABOUT_ANSWERS}"
        rf"|it) (?:\w+ ){{0,3}}(?:short|brief|concise|simple|to the point|to a minimum|formal|informal|casual|polite"
        rf"|professional|under|within|minimal|in (?:english|chinese|plain)|crisp|direct|friendly|clear|detailed|long"
        rf"|longer|shorter|below)|^(?:please |also |just )*(?:go easy|go light|easy) on (?:the )?\w+"
        rf"|^(?:please )?be (?:more |as |very |a bit more )?(?:concise|brief|direct|blunt|honest|critical|specific"
        rf"|succinct|to the point)\b(?! (?:about|with) (?:the|this|that))",
        "Keep replies short, not too wordy",
        "also go easy on emoji",
        "please be concise",
        form="instruction",
        unless=_NOW,
    ),
    _rule(
        "instruction.style",
        "",
        rf"^(?:please |also |and |just )*(?:use|avoid|do not use|skip|include|do not include|do not open|do not start"
        rf"|do not add|do not write|write)(?: \w+(?:'s)?){{0,4}}? (?:your |all |the )?{_ABOUT_ANSWERS}\b"
        rf"|^{_ABOUT_ANSWERS} (?:\w+ ){{0,4}}(?:should|must|need to|always|in (?:english|chinese|plain|bullet))\b"
        rf"|^(?:please )?(?:call me|address me as|refer to me as) \w+|^(?:please |always )?(?:reply|answer|respond"
        rf"|talk|speak)(?: to me)?(?: only)? in (?:english|chinese|spanish|french|german|japanese|plain|simple"
        rf"|short)\b",
        "Use Markdown for documents",
        "code blocks should have syntax highlighting",
        "please call me Bo",
        form="instruction",
        unless=_NOW,
    ),
    _rule(
        "instruction.i_want",
        "want need prefer expect like rather",
        rf"\bI (?:would |always |really )?(?:want|need|prefer|expect|like|would prefer|would like"
        rf"|would rather have) (?:your|the assistant's|all|my|shorter|short|longer|concise|brief|detailed"
        rf"|plain)(?: [\w-]+){{0,2}} {_ABOUT_ANSWERS}\b|\bI (?:want|would like|need|prefer) you to (?:always|never"
        rf"|keep|avoid|stop|only|use)\b",
        "I prefer concise answers",
        "I want you to always cite sources",
        form="statement",
        unless=_NOW,
    ),
    _rule(
        "instruction.when",
        "when if",
        r"^(?:if|when|whenever) (?:you|I)(?: ever| are| am)? (?:ask|asked|request|suggest|recommend|are not sure|say"
        r"|send|write|mention|do not know|reply|answer|give|propose|talk)\b.*[, ](?:please |always |then )?(?:use"
        r"|give|say|put|keep|write|include|add|reply|answer|do not|never|always|make|respond|start|list|explain|ask"
        r"|show|provide|format|tell|admit)\b",
        "when I ask for code, always use four spaces",
        "if you ever suggest camps put Oslo first",
        form="instruction",
        unless=re.compile(r"\b(?:would|could|what|how)\b", re.I),
    ),
)

ATTITUDES: tuple[Rule, ...] = (
    _rule(
        "attitude.prefer",
        "prefer prefers preference preferred rather favour favor",
        rf"{I} prefer(?:red)?\b|{I} (?:have|had) (?:a |an )?(?:\w+ )?preference\b|{I} would (?:much )?rather\b"
        rf"|\bmy (?:strong |personal )?preference\b|\bI favou?r\b",
        "I prefer aisle seats",
        "I would rather take the night train",
        unless=re.compile(
            r"\bprefer (?:it|this|that|the (?:first|second|last|latter|former))\b|\byou prefer\b"
            r"|\brather (?:than )?(?:you|it|this)\b",
            re.I,
        ),
    ),
    _rule(
        "attitude.favourite",
        "favourite favourites",
        r"\bmy (?:all-time |absolute |\w+ )?favourites? (?:\w+ ){0,5}(?:is|are|was|were|has to be|would be|being)\b"
        r"|\b(?:is|are|was) (?:\w+ )?(?:one of )?my (?:all-time |absolute |\w+ )?favourites?\b",
        "my favourite composer is Satie",
        "jazz is my favourite",
    ),
    _rule(
        "attitude.dislike",
        "hate hates loathe despise detest dislike stand bear tolerate fan like enjoy care tired sick"
        " into keen aversion disgust cannot uncomfortable interest distaste dread averse interested"
        " bothers mind find",
        rf"{I} (?:hate|hated|loathe|despise|detest|dislike|dread|abhor|resent)\b|{I} cannot (?:stand|bear|tolerate"
        rf"|abide|deal with)\b|{I} (?:am|was) (?:not|no)(?: \w+){{0,3}} (?:fan|into|keen|fond|interested in"
        rf"|comfortable|a big|crazy)\b|{I} (?:do|did) not(?: \w+)? (?:like|enjoy|care for|love|want to be in)\b"
        rf"|{I} (?:am|was|get) (?:so |really )?(?:tired|sick|fed up|weary|uncomfortable|averse|bothered|put off"
        rf"|turned off|disturbed|disgusted) (?:of|with|by|to)\b|{I} {'(?:have|had)'} (?:a |an "
        rf"|no )?(?:[\w-]+ ){{0,3}}(?:aversion|dislike|distaste|disdain|phobia|hatred|interest in|patience for"
        rf"|desire to|tolerance for|time for)\b|\bI find [\w' -]{{3,60}} (?:boring|unengaging|annoying|disorienting"
        rf"|overwhelming|off-putting|irritating|unappealing|tedious|distracting|stressful|exhausting|disgusting"
        rf"|uncomfortable|repulsive|gimmicky|dull|frustrating|too \w+)\b|\bI cannot get into\b",
        "I cannot stand the smell of lavender",
        "I am not a fan of science fiction",
        "I find podcasts boring",
        unless=_REACTION,
    ),
    _rule(
        "attitude.avoid",
        "avoid avoiding refuse steer shun stick only never away tend limit insist exclusively strictly",
        rf"{I} (?:avoid|refuse|steer clear|shun|try to avoid|tend to avoid|stay away|keep away|insist on|stick to"
        rf"|limit myself|boycott)\b|\bI (?:strictly |exclusively )?only (?:eat|drink|use|wear|buy|read|watch|listen"
        rf"|fly|travel|stay|shop|choose|consume|go for|feel comfortable|invest)\b|\bI (?:exclusively|strictly) \w+\b"
        rf"|\bI never (?:wear|eat|drink|watch|buy|use|fly|listen|play|stay|order|shop|read)\b|\bI do not (?:consume"
        rf"|wear|watch|participate|engage|use|believe in|support|listen to|buy|trust|tolerate|play|attend|purchase"
        rf"|invest)\b",
        "I avoid street food",
        "I only eat at kosher restaurants",
        "I refuse to fly",
        unless=re.compile(r"\b(?:this|that|it|the (?:code|function|error)|you)\b", re.I),
    ),
    _rule(
        "attitude.like",
        "like likes love loves adore enjoy enjoys enjoying loved into fan fond obsessed partial passionate"
        " passion keen soft crazy addicted gravitate huge cherish drawn fascinated thrive",
        rf"{I} (?:like|love|adore|enjoy|cherish|thrive on|relish|gravitate|have (?:always )?(?:loved|liked"
        rf"|enjoyed))\b|{I} (?:am|was|have (?:always )?been)(?: \w+){{0,3}} (?:fan of|fond of|obsessed with"
        rf"|partial to|passionate about|keen on|crazy about|addicted to|drawn to|fascinated by)\b|\bI am (?:really "
        rf"|very |so |super |big |totally |also )?into\b|{I} have (?:a |an |always had a )?(?:\w+ )?(?:passion"
        rf"|soft spot|weakness|love|fondness|liking|penchant|thing|sweet tooth|taste)\b",
        "I love wild swimming",
        "I am really into pottery",
        "I am a big fan of jazz",
        unless=_REACTION,
    ),
    _rule(
        "attitude.elided",
        "love hate adore obsessed stand",
        r"^(?:absolutely |really |totally |just )?(?:love|hate|adore|obsessed with|can't stand|cannot stand)\b (?!it"
        r"|this|that|the idea|your|you|them|how)\w+",
        "absolutely love long train rides",
        unless=_REACTION,
    ),
)
