"""Languages: which of those that we write in fits a reader best."""

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
"""The languages that mails are written in: BCP 47 tags with their own names. The first is used where no other fits."""


_WEIGHT = re.compile(r"q\s*=\s*([01](?:\.[0-9]{0,3})?)", re.IGNORECASE)
_MOST_ACCEPTED = 20
"""Languages of a header that are read; browsers send a handful."""


def negotiate(wanted: str, available: Sequence[str]) -> str:
    """Return the language of ``available`` (BCP 47 tags) that serves ``wanted``, the first of them where none does."""
    return _serving(wanted, available) or available[0]


def of_visitor(known: str, header: str) -> str:
    """Return the language of NAMES for a visitor: the one ``known`` of them, else by their Accept-Language header."""
    return negotiate(known, tuple(NAMES)) if known else accepted(header, tuple(NAMES))


def accepted(header: str, available: Sequence[str]) -> str:
    """Return the language of ``available`` that an Accept-Language header prefers; the first where it accepts none.

    By RFC 9110, section 12.5.4: languages with weights, of which 1 is the default and 0 means never.
    """
    for wanted in _by_weight(header):
        if found := _serving(wanted, available):
            return found
    return available[0]


def _by_weight(header: str) -> list[str]:
    """Return the languages of an Accept-Language header, the preferred first; malformed weights count as 0."""
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
        if parts and len(parts[-1]) == 1:  # a single-letter subtag goes with the one that it introduces
            parts.pop()
    return None
