"""Lists of phrases as one pattern each.

They are folded as ``rules.whois.characters.folded`` leaves texts: lower case, Latin letters without diacritics.
"""

import re
from functools import cached_property

_THING = (
    r"(?:user(?:name)?|recipient|mail ?box|mailboxes|e-?mail(?: address)?|address(?:es)?|account|addressee|alias|"
    r"local part|person|customer|login)"
)
_GAP = r"(?: [^\s.;]{1,40}){0,5}? "


class Phrases:
    """A list of phrases. Each line is a regular expression with bounded repetitions.

    ``a ~ b`` is an a with a b within a few words after it. THING is what an address can be called, GAP a few words. The
    list is one pattern, compiled at the first search: lists are long, and most processes never search.
    """

    def __init__(self, lines: str) -> None:
        self._lines = lines

    @cached_property
    def _pattern(self) -> re.Pattern[str]:
        return re.compile("|".join(map(_phrase, self._lines.strip().split("\n"))))

    def search(self, text: str) -> re.Match[str] | None:
        """Return the first place where a folded text says one of the phrases."""
        return self._pattern.search(text)


def _phrase(line: str) -> str:
    thing, pair, said = line.partition(" ~ ")
    phrase = rf"\b(?:{thing})(?: [^\s.;]{{1,40}}){{0,6}}? (?:{said})" if pair else line
    return phrase.replace("THING", _THING).replace("GAP", _GAP)
