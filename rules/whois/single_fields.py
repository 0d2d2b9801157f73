"""Fields that take one line to settle: the registrar's number, its abuse contact, whether DNSSEC is on."""

import re
from functools import lru_cache

from rules.whois.characters import folded

_LONGEST_VALUE = 200
_MAIL = re.compile(r"[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,10}")
_AT = re.compile(r" ?[\[({] ?at ?[\])}] ?", re.IGNORECASE)
_PHONE = re.compile(r"\+?\(?\d[\d ().-]{4,22}\d(?: ?(?:x|ext\.?|;ext=) ?\d{1,8})?", re.IGNORECASE)
_PAGE = re.compile(r"https?://[^\s<>\"]{3,180}", re.IGNORECASE)
_WORDS = re.compile(r"[^\W_]+")
_YES = frozenset(
    {
        "signed", "signeddelegation", "delegationsigned", "yes", "y", "true", "active", "enabled", "on", "secure",
        "ok", "dsok", "si", "sim", "oui", "ja", "ano", "tak", "서명", "evet", "есть", "да",
    }
)  # fmt: skip
_NO = frozenset(
    {
        "unsigned", "unsigneddelegation", "no", "n", "false", "inactive", "disabled", "off", "none", "not",
        "nao", "non", "nein", "ne", "nie", "미서명", "hayir", "нет", "unknown", "delegationunsigned", "insecure",
    }
)  # fmt: skip
_KEY = re.compile(r"\d{1,5}\s+\d{1,3}\s+\d|\b[0-9a-f]{32,}|pubkey|keytag|algorithm|[A-Za-z0-9+/]{40,}", re.IGNORECASE)
_LONGEST_NUMBER = 7


class SingleFields:
    """The values of these fields in the lines so far, each with the number of its line."""

    __slots__ = ("found",)

    def __init__(self):
        """Begin without any."""
        self.found: dict[str, tuple[str | bool, int]] = {}

    def take_iana_id(self, value: str, number: int) -> None:
        """Take a registrar's number in IANA's list."""
        written = value.partition(" ")[0].strip()
        if written.isascii() and written.isdigit() and len(written) <= _LONGEST_NUMBER:
            self.found.setdefault("registrar_id", (written, number))

    def take_abuse(self, value: str, number: int) -> None:
        """Take where complaints go: a mail address rather than a telephone number."""
        where = contact(value)
        known = self.found.get("abuse")
        if where and (known is None or ("@" in where and "@" not in str(known[0]))):
            self.found["abuse"] = (where, number)

    def take_signed(self, value: str, number: int) -> None:
        """Take what a line says of DNSSEC, or a key."""
        signed = is_signed(value)
        if signed is not None:
            self.found.setdefault("dnssec", (signed, number))


def contact(value: str) -> str | None:
    """Return the first mail address in a value, or else its page or number; None where it holds none."""
    shortened = value[:_LONGEST_VALUE]
    if "@" not in shortened and "at" in shortened.lower():
        shortened = _AT.sub("@", shortened)
    kind = _MAIL if "@" in shortened else _PAGE if "://" in shortened else _PHONE
    found = kind.search(shortened)
    return found[0] if found else None


@lru_cache(maxsize=1024)
def is_signed(value: str) -> bool | None:
    """Return what a value behind "DNSSEC" says: "signedDelegation", "no", "2 DS records", a key; None for nothing."""
    shortened = value[:_LONGEST_VALUE]
    first = next(iter(_WORDS.findall(folded(shortened))), "")
    if first in _YES or first in _NO:
        return first in _YES
    if first.isdecimal():
        return int(first[:9]) > 0
    return True if _KEY.search(shortened) else None
