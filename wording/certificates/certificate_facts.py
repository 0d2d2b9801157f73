"""Facts about certificates in a few words: a grade, an HSTS header, what people call a certificate."""

import re
from collections.abc import Sequence

from rules.certificates.finding import AddressFinding, ChainLink, Grade
from rules.certificates.variants import key_kind
from wording.messages import _, ngettext

GRADES: dict[Grade, str] = {
    Grade.SOUND: "Sound",
    Grade.NOTED: "It works, and could be better",
    Grade.WARNED: "It works for now, or not for everybody",
    Grade.REFUSED: "Clients refuse it",
    Grade.UNSEEN: "No certificate was seen",
}
"""The meaning of each grade."""


def hsts(header: str | None) -> str:
    """Return what a Strict-Transport-Security header (RFC 6797, section 6.1) promises: "365 days, subdomains"."""
    if not header:
        return _("not asked") if header is None else _("no")
    age = _MAX_AGE.search(header)
    if age is None:
        return _("unreadable")
    days = ngettext("{number} day", "{number} days", int(age[1]) // 86400)
    return _("{days}, subdomains", days=days) if "includesubdomains" in header.lower() else days


_MAX_AGE = re.compile(r"max-age\s*=\s*\"?(\d{1,10})\b", re.IGNORECASE)


_KINDS = {"EC": "ECDSA"}


def is_one_of_several(one: AddressFinding) -> bool:
    """Tell whether its address has another certificate, which was found first."""
    return one.other_kind or one.missed > 0


def label(one: AddressFinding, addresses: Sequence[AddressFinding]) -> str:
    """Return what tells a certificate from the others of its address.

    That is its kind of key, or another machine; empty where there are no others.
    """
    kinds = one.leaf is not None and any(each.other_kind and each.address == one.address for each in addresses)
    kind = key_kind(one.leaf) if one.leaf else ""
    parts = (_KINDS.get(kind, kind) if kinds else "", _("another machine") if one.missed else "")
    return ", ".join(filter(None, parts))


def place(one: AddressFinding, addresses: Sequence[AddressFinding], *, short: bool = False) -> str:
    """Return ``192.0.2.7``, or ``192.0.2.7 RSA`` where it has several; ``short`` leaves out the address then."""
    which = label(one, addresses)
    return (which if short else f"{one.address} {which}".strip()) or one.address


def named(link: ChainLink) -> str:
    """Return a certificate's name for people: from its subject, else the first name that it is valid for."""
    return called(link.subject) or next(iter(link.names), _("without a name"))


def called(subject: str) -> str:
    """Return the common name in a distinguished name (RFC 4514), else its OU or O, else all of it."""
    parts = [part.partition("=") for part in _SEPARATORS.split(subject)]
    given = {key.strip().upper(): value for key, _, value in reversed(parts) if value}
    chosen = next((given[key] for key in ("CN", "OU", "O") if key in given), subject)
    return _ESCAPED.sub(r"\1", chosen)


_SEPARATORS = re.compile(r"(?<!\\)[,+]")
_ESCAPED = re.compile(r"\\([\"+,;<>\\ #=])")
