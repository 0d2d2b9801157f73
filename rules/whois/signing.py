"""Whether a delegation is signed, in the words that registries have for it."""

import re
from functools import lru_cache

from rules.whois.fold import folded

_LONGEST = 200
_WORDS = re.compile(r"[^\W_]+")
_YES = frozenset(
    {
        *("signed", "signeddelegation", "delegationsigned", "yes", "y", "true", "active", "enabled", "on", "secure"),
        *("ok", "dsok", "si", "sim", "oui", "ja", "ano", "tak", "서명", "evet", "есть", "да"),
    }
)
_NO = frozenset(
    {
        *("unsigned", "unsigneddelegation", "no", "n", "false", "inactive", "disabled", "off", "none", "not"),
        *("nao", "non", "nein", "ne", "nie", "미서명", "hayir", "нет", "unknown", "delegationunsigned", "insecure"),
    }
)
_KEY = re.compile(r"\d{1,5}\s+\d{1,3}\s+\d|\b[0-9a-f]{32,}|pubkey|keytag|algorithm|[A-Za-z0-9+/]{40,}", re.IGNORECASE)


@lru_cache(maxsize=1024)
def said(value: str) -> bool | None:
    """Return what a value behind "DNSSEC" says: "signedDelegation", "no", "2 DS records", a key; None for nothing."""
    shown = value[:_LONGEST]
    first = next(iter(_WORDS.findall(folded(shown))), "")
    if first in _YES or first in _NO:
        return first in _YES
    if first.isdecimal():
        return int(first[:9]) > 0
    return True if _KEY.search(shown) else None
