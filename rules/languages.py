"""Languages: which of those that we write is the one that somebody reads."""

import re
from collections.abc import Mapping, Sequence
from types import MappingProxyType

NAMES: Mapping[str, str] = MappingProxyType(
    {
        "en": "English",
        "de": "Deutsch",
        "fr": "Français",
        "es": "Español",
        "it": "Italiano",
        "nl": "Nederlands",
        "pl": "Polski",
    }
)
"""The languages that mails are written in, as BCP 47 tags, each as it calls itself; the first stands in for others."""


_WEIGHT = re.compile(r"q\s*=\s*([01](?:\.[0-9]{0,3})?)", re.IGNORECASE)
_MOST_ACCEPTED = 20
"""Languages of a header that are read; browsers send a handful."""


def negotiate(wanted: str, available: Sequence[str]) -> str:
    """Return the language of ``available`` (BCP 47 tags) that serves ``wanted``, the first of them where none does."""
    return _serving(wanted, available) or available[0]


def of_visitor(known: str, header: str) -> str:
    """Return which of NAMES to speak to a visitor: the language ``known`` of them; without one, what they accept."""
    return negotiate(known, tuple(NAMES)) if known else accepted(header, tuple(NAMES))


def accepted(header: str, available: Sequence[str]) -> str:
    """Return the language of ``available`` that an Accept-Language likes best, the first of them where it likes none.

    By RFC 9110, section 12.5.4: languages with weights, of which 1 is the default and 0 means never.
    """
    for wanted in _by_weight(header):
        if found := _serving(wanted, available):
            return found
    return available[0]


def _by_weight(header: str) -> list[str]:
    """Return the languages of an Accept-Language, the best liked first; what is no weight counts as none."""
    weights: dict[str, float] = {}
    for one in header.split(",", _MOST_ACCEPTED)[:_MOST_ACCEPTED]:
        tag, _, weight = one.partition(";")
        weights[tag.strip()] = float(found[1]) if (found := _WEIGHT.fullmatch(weight.strip())) else float(not weight)
    return sorted((tag for tag, weight in weights.items() if weight > 0), key=lambda tag: -weights[tag])


def _serving(wanted: str, available: Sequence[str]) -> str | None:
    """Return the language of ``available`` that serves ``wanted``.

    By RFC 4647, section 3.4: the tag is shortened from its end until it is available, whatever its case. Underscores
    count as hyphens: "de-AT", "DE" and "de_CH" are served by "de".
    """
    known = {tag.lower(): tag for tag in available}
    parts = wanted.replace("_", "-").lower().split("-")
    while parts:
        if "-".join(parts) in known:
            return known["-".join(parts)]
        parts.pop()
        if parts and len(parts[-1]) == 1:  # what a single letter begins goes with it
            parts.pop()
    return None
