"""Lists of phrases as one pattern each.

They are folded as ``rules.whois.characters.folded`` leaves texts: lower case, Latin letters without diacritics.
"""

import re

_THING = (
    r"(?:user(?:name)?|recipient|mail ?box|mailboxes|e-?mail(?: address)?|address(?:es)?|account|addressee|alias|"
    r"local part|person|customer|login)"
)
_GAP = r"(?: [^\s.;]{1,40}){0,5}? "


def phrases(lines: str) -> re.Pattern[str]:
    """Return the pattern of a list, of which each line is a regular expression with bounded repetitions.

    ``a ~ b`` is an a with a b within a few words after it. THING is what an address can be called, GAP a few words.
    """
    return re.compile("|".join(map(_phrase, lines.strip().split("\n"))))


def _phrase(line: str) -> str:
    thing, pair, said = line.partition(" ~ ")
    phrase = rf"\b(?:{thing})(?: [^\s.;]{{1,40}}){{0,6}}? (?:{said})" if pair else line
    return phrase.replace("THING", _THING).replace("GAP", _GAP)
