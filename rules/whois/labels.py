"""What a label means: "Domain Name Commencement Date" is when the domain was created.

A label is taken apart into words. The words decide; unknown words make a label less sure, so that "IPR Registered"
yields to "Registered".
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

from rules.whois import vocabulary
from rules.whois.characters import folded

LONGEST_LABEL = 80


class LabelKind(StrEnum):
    """What a labelled line or a heading is about."""

    DOMAIN = "domain"
    CREATED = "created"
    UPDATED = "updated"
    EXPIRES = "expires"
    REGISTRAR = "registrar"
    REGISTRAR_ID = "registrar id"
    IANA_ID = "iana id"
    ABUSE = "abuse"
    DNSSEC = "dnssec"
    NAMESERVER = "nameserver"
    STATUS = "status"
    CONTACT = "contact"
    REGISTRANT_NAME = "registrant name"
    REGISTRANT_ORGANISATION = "registrant organisation"
    NAME = "name"
    ORGANISATION = "organisation"
    HOST = "host"
    SERVER = "server"  # the WHOIS service itself
    OTHER = "other"


DATES = frozenset({LabelKind.CREATED, LabelKind.UPDATED, LabelKind.EXPIRES})
SECTIONS = frozenset(
    {LabelKind.DOMAIN, LabelKind.REGISTRAR, LabelKind.NAMESERVER, LabelKind.STATUS, LabelKind.CONTACT, *DATES}
)


@dataclass(frozen=True, slots=True)
class Label:
    """A label's meaning. ``unsure`` counts unknown words; ``of_domain`` says that it names the domain or the record."""

    kind: LabelKind
    unsure: int = 0
    of_domain: bool = False
    full: bool = False  # "Registrar Name", not "Registrar", which may be a handle
    dated: bool = False  # no label: there is a year or a host name in it
    of_registrant: bool = False  # a contact: the registrant
    ordinal: bool = False  # which of several: "Primary", "Secundario", "Master"


NOTHING = Label(LabelKind.OTHER)
_DATED = Label(LabelKind.OTHER, dated=True)
_ORDINAL = Label(LabelKind.OTHER, ordinal=True)
_PERHAPS_HOSTS = Label(LabelKind.NAMESERVER, unsure=1)
_WORDS = re.compile(r"[^\W_]+")
_NO_LABEL = re.compile(r"\d{4}|^\d\d?[-/.:]|^\S+\.[^\s.]+\.?\s|https?$")
"""A year, a number in a list, a host before its address, a web address: a colon behind them ends no label."""
_HUMP = re.compile(r"(?<=[a-z])(?=[A-Z])")
_COUNTED = re.compile(r"[ \d]*\d$")


def _set(text: str) -> frozenset[str]:
    return frozenset(folded(text).split())


_EXPIRES, _UPDATED, _CREATED = _set(vocabulary.EXPIRES), _set(vocabulary.UPDATED), _set(vocabulary.CREATED)
_REGISTRAR, _NAMESERVER, _STATUS = _set(vocabulary.REGISTRAR), _set(vocabulary.NAMESERVER), _set(vocabulary.STATUS)
_SERVER, _SERVES, _DOMAIN = _set(vocabulary.SERVERS), _set(vocabulary.SERVES), _set(vocabulary.DOMAIN)
_ENGLISH = _set(vocabulary.ENGLISH)
_CONTACT, _FOREIGN, _FILLER = _set(vocabulary.CONTACT), _set(vocabulary.FOREIGN), _set(vocabulary.FILLER)
_NAME, _ORGANISATION, _HOST = _set(vocabulary.NAME), _set(vocabulary.ORGANISATION), _set(vocabulary.HOST)
_REGISTRANT, _SIGNED, _AROUND_SIGNED = (
    _set(vocabulary.REGISTRANT),
    _set(vocabulary.SIGNED),
    _set(vocabulary.AROUND_SIGNED),
)
_AROUND_ABUSE = _set("email mail e phone telephone tel address mailbox of the")
_PLAIN_CONTACT = _ORGANISATION | _set("contact contacts kontakt kontakty contacto contatto contato person org domain")
_AROUND_REGISTRANT = _NAME | _PLAIN_CONTACT | _FILLER | _set("domain full legal")
_SERVICE = frozenset({"whois", "server", "service", "database", "information", "info"})
_NUMBERED_SERVERS = _SERVER | {"server name", "server host", "server hostname"}
_ORDINALS = _SERVES - _NAME - _DOMAIN
_ID = frozenset({"id", "handle", "code", "tag"})
_KNOWN = (
    _EXPIRES
    | _UPDATED
    | _CREATED
    | _REGISTRAR
    | _NAMESERVER
    | _STATUS
    | _SERVER
    | _SERVES
    | _DOMAIN
    | _CONTACT
    | _FILLER
    | _ORGANISATION
)
_OF_DOMAIN = _DOMAIN | {"record", "registry"}
_PHRASES = {
    " ".join(_WORDS.findall(phrase)): LabelKind(kind)
    for kind, phrases in vocabulary.PHRASES.items()
    for phrase in folded(phrases).replace("\n", "|").split("|")
    if phrase.strip()
}
_LONG_WORD, _LONGEST_WORD = 7, 20
"""Lengths in letters. A shorter word is too like others to be taken for a misspelt one."""
_NEARLY = {
    less: word
    for word in sorted(_EXPIRES | _UPDATED | _CREATED | _REGISTRAR | _NAMESERVER)
    if word.isascii() and len(word) > _LONG_WORD
    for less in [word, *(word[:at] + word[at + 1 :] for at in range(len(word)))]
}
_BY_DATE = ((_EXPIRES, LabelKind.EXPIRES), (_UPDATED, LabelKind.UPDATED))
_BEFORE_NAMESERVER = ((_STATUS, LabelKind.STATUS), *_BY_DATE)
_AFTER_NAMESERVER = ((_REGISTRAR, LabelKind.REGISTRAR), (_CREATED, LabelKind.CREATED), (_DOMAIN, LabelKind.DOMAIN))


def is_foreign(written: str) -> bool:
    """Return whether a label of a date has a word of another language than English."""
    words = _WORDS.findall(folded(written))
    return any(word not in _ENGLISH and (word in _KNOWN or not word.isascii()) for word in words)


@lru_cache(maxsize=4096)
def classify(written: str) -> Label:
    """Return what the label means, ``OTHER`` where the reader has no use for it."""
    if len(written) > LONGEST_LABEL:
        return NOTHING
    if _NO_LABEL.search(written):
        return _DATED
    plain = " ".join(_WORDS.findall(folded(_HUMP.sub(" ", written) if written.isascii() else written)))
    bare = _COUNTED.sub("", plain)  # "Name Server 1", "ns_name_01"
    if bare != plain and bare in _NUMBERED_SERVERS:  # "Servidor 1", "Server Name 2"
        return Label(LabelKind.NAMESERVER)
    return _of_plain(bare) if bare else NOTHING


def _of_plain(plain: str) -> Label:
    if plain == "dns":
        return _PERHAPS_HOSTS
    label = _phrase(plain) or _words(plain.split())
    if label.kind is LabelKind.OTHER:
        return _ORDINAL if plain in _ORDINALS else NOTHING
    return label


def _phrase(plain: str) -> Label | None:
    known = _PHRASES.get(plain)
    if known is LabelKind.REGISTRANT_NAME:  # in scripts that need phrases, the heading's own line has the name
        return Label(LabelKind.CONTACT, of_registrant=True)
    if known is None and not plain.isascii():
        known = next((kind for phrase, kind in _PHRASES.items() if not phrase.isascii() and phrase in plain), None)
        known = LabelKind.CONTACT if known is LabelKind.REGISTRANT_NAME else known
    return None if known is None else Label(known, full=known in {LabelKind.REGISTRAR, LabelKind.REGISTRAR_ID})


def _words(parts: list[str]) -> Label:
    bare = [_spelt(_without_date(part)) for part in parts]
    found = frozenset(part for part in bare if part)
    unsure = len(found - _KNOWN)
    if found & _FOREIGN:
        return _foreign(found)
    of_domain = bool(found & _OF_DOMAIN)
    kind = _kind(found)
    if kind is LabelKind.REGISTRAR and found & _CREATED:
        unsure += 1  # the one that created the domain, before the current one
    if kind is LabelKind.CREATED and "reg" in found and found & _CREATED - {"reg"}:
        unsure += 1  # "reg_created": since when its registrar has it
    if kind is LabelKind.EXPIRES and found & _REGISTRAR:
        unsure += 1  # until when its registrar is paid: the registry's own end goes before it
    full = kind is LabelKind.REGISTRAR and bool(found & _NAME)
    return Label(kind, unsure, of_domain, full=full, of_registrant=_is_registrant(found))


def _without_date(part: str) -> str:
    """Return a word without the "date" that is joined to it: "expirydate", "dateregistered"."""
    return part.removesuffix("date").removeprefix("date") if part == "date" or part not in _KNOWN else part


def _spelt(part: str) -> str:
    """Return the word that a misspelt one stands for: "acivated", "registar"."""
    if len(part) < _LONG_WORD or part in _KNOWN or part in _FOREIGN:
        return part
    return next((_NEARLY[less] for less in _one_less(part) if less in _NEARLY), part)


def _one_less(word: str) -> list[str]:
    return [word, *(word[:at] + word[at + 1 :] for at in range(min(len(word), _LONGEST_WORD)))]


def _foreign(found: frozenset[str]) -> Label:
    """Return what a label with a word of ``FOREIGN`` means: a registrar's handle, a contact's heading, or nothing."""
    if "iana" in found and found & {"id", "number"} and "reseller" not in found:
        return Label(LabelKind.IANA_ID)
    if found & _REGISTRAR and _has_only(found, _REGISTRAR, _ID, {"sponsoring"}):
        return Label(LabelKind.REGISTRAR_ID)
    if "abuse" in found and _has_only(found, _REGISTRAR, _CONTACT, _AROUND_ABUSE):
        return Label(LabelKind.ABUSE)
    if found & _SIGNED and _has_only(found, _SIGNED, _AROUND_SIGNED, _DOMAIN, _STATUS, _FILLER):
        return Label(LabelKind.DNSSEC)
    if found <= {"nic", "hdl", "handle", "contact", "id", "br"} and len(found) > 1:
        return Label(LabelKind.CONTACT)
    return Label(LabelKind.SERVER) if found <= _SERVICE else NOTHING


def _has_only(found: frozenset[str], *known: Iterable[str]) -> bool:
    """Return whether each word is in some set of ``known``. For a few words, a union of the sets would take longer."""
    return not found.difference(*known)


def _kind(found: frozenset[str]) -> LabelKind:
    """Return the kind by the first concept that is there, in order of precedence."""
    if found & _CONTACT:
        return _of_contact(found)
    for concept, kind in _BEFORE_NAMESERVER:
        if found & concept:
            return kind
    if _is_nameserver(found):
        return LabelKind.NAMESERVER
    return next((kind for concept, kind in _AFTER_NAMESERVER if found & concept), None) or _small(found)


def _of_contact(found: frozenset[str]) -> LabelKind:
    """Return the kind of a label with a contact's word: the heading of a contact, or a line about one of its fields."""
    if _has_only(found, _ORGANISATION, {"name"}):
        return LabelKind.ORGANISATION
    if "abuse" in found and _has_only(found, _REGISTRAR, _CONTACT, _FILLER, _AROUND_ABUSE):
        return LabelKind.ABUSE
    of_name, of_organisation = found & _NAME, found & _ORGANISATION
    if (of_name or of_organisation) and _is_registrant(found) and _has_only(found, _REGISTRANT, _AROUND_REGISTRANT):
        return LabelKind.REGISTRANT_ORGANISATION if of_organisation else LabelKind.REGISTRANT_NAME
    if found & _REGISTRAR and of_organisation and _has_only(found, _REGISTRAR, _ORGANISATION, _FILLER):
        return LabelKind.REGISTRAR
    if found & _DOMAIN and (found & _EXPIRES | found & _UPDATED) - {"valid"}:
        return next(kind for concept, kind in _BY_DATE if found & concept)
    is_known = "name" not in found and _has_only(found, _CONTACT, _FILLER, _DOMAIN, _REGISTRAR)
    return LabelKind.CONTACT if is_known else LabelKind.OTHER


def _is_registrant(found: frozenset[str]) -> bool:
    """Return whether a contact's words mean the registrant, alone or with what says that it is a contact."""
    return bool(found & _REGISTRANT) and not (found & _CONTACT).difference(_REGISTRANT, _PLAIN_CONTACT)


def _is_nameserver(found: frozenset[str]) -> bool:
    return bool(found & _NAMESERVER or (found & _SERVER and found & _SERVES))


def _small(found: frozenset[str]) -> LabelKind:
    for concept, kind in ((_HOST, LabelKind.HOST), (_ORGANISATION, LabelKind.ORGANISATION), (_NAME, LabelKind.NAME)):
        if found <= concept | _NAME and found & concept:
            return kind
    return LabelKind.OTHER
