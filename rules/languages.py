"""Languages: which of those that we write is the one that somebody reads."""

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


def negotiate(wanted: str, available: Sequence[str]) -> str:
    """Return the language of ``available`` (BCP 47 tags) that serves ``wanted``, the first of them where none does.

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
    return available[0]
