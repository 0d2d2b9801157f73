"""Who holds the domain: an answer names them in one line, in a section, or by a handle with a block of its own.

Registrant Organization: X      Registrant:         registrant: ABC-TEST
                                    X               (blank)
                                                    nic-hdl: ABC-TEST
                                                    organisation: X
"""

import re
from typing import NamedTuple

from rules.whois.characters import folded
from rules.whois.labels import LabelKind

ORGANISATION, AT_ONCE, NAME, LOOSE = 0, 1, 2, 3
"""How sure a claim is, surest first: a company goes before its person, and a bare "org" may be another party's."""

_MOST_CLAIMS = 32
_MOST_NOTES = 200
_LONGEST_HANDLE = 60
_HANDLE = re.compile(r"(?=\S*[\d:_-])[A-Za-z0-9]{1,30}(?:[-:_.][A-Za-z0-9]{1,30}){0,4}")
_SHORTEST_HANDLE = 4
LONGEST_NAME = 200

_QUOTES = frozenset("\"'")
_MAIL_BEHIND = re.compile(r"\s*(?:\([\w.-]{1,80}\))?\s*[<(]?[^\s<(]{1,64}@[^\s@]{1,100}$")
_HANDLE_BEHIND = re.compile(r"\s*[(\[][A-Za-z]{1,20}[-:][A-Za-z]{0,10}\d[\w-]{0,30}[)\]]$")
_SIGNS = re.compile(r"[\W_]+")
_NO_NAMES = frozenset(
    {
        "", "na", "n a", "none", "null", "nil", "unknown", "hidden", "masked", "confidential", "private", "withheld",
        "undisclosed", "not available", "not applicable", "not shown", "not published", "not disclosed", "anonymous",
        "ano nymous", "private person", "privat person", "person", "organization", "organisation", "individual",
        "data protected", "privacy protected", "identity protected", "see registrar", "non public data", "x", "xxx",
    }
)  # fmt: skip
_HIDDEN = re.compile(
    r"redacted|\bredact\b|statutory masking|non ?disclosed|undisclosed"
    r"|\b(?:hidden|withheld|masked|removed) (?:upon|by|due|on request|for gdpr|under)"
    r"|\bgdpr (?:mask|redact|protect|hidden)"
    r"|\b(?:information|data|details|name|contact)(?: is| are)? (?:not|never) (?:be )?"
    r"(?:available|shown|published|public|displayed|disclosed)"
    r"|\bnot (?:be )?(?:publicly )?(?:disclosed|displayed|shown|published)"
    r"|\bdata (?:protected|redacted|masked|withheld|hidden)|\bnon ?public\b|\bpersonal data\b"
    r"|\bvisit (?:www|http|our)|\bweb(?: |based )whois"
)
_TELLTALES = frozenset(
    {
        "redacted", "redact", "statutory", "nondisclosed", "undisclosed", "disclosed", "gdpr", "hidden", "withheld",
        "masked", "removed", "not", "never", "data", "nonpublic", "public", "personal", "visit", "web", "whois",
    }
)  # fmt: skip
"""Each match of ``_HIDDEN`` has one of these words. Most names have none, so they need not be searched."""


class _Claim(NamedTuple):
    rank: int
    number: int
    value: str


class _Note(NamedTuple):
    block: int
    kind: LabelKind
    number: int
    value: str


def _is_handle(value: str) -> bool:
    """Return whether a value is a contact's handle and no name: one word with a number or a sign."""
    if not _SHORTEST_HANDLE <= len(value) <= _LONGEST_HANDLE or not _HANDLE.fullmatch(value):
        return False
    return value.isupper() or any(map(str.isdigit, value))


class RegistrantClaims:
    """The claims of the lines so far. They are weighed at the end; in most answers the first one wins."""

    __slots__ = ("_claims", "_notes")

    def __init__(self):
        """Begin without any claim."""
        self._claims: list[_Claim] = []
        self._notes: list[_Note] = []

    def claim(self, rank: int, value: str, number: int) -> None:
        """Take a value that names the registrant, or its handle."""
        if len(self._claims) < _MOST_CLAIMS:
            self._claims.append(_Claim(rank, number, value.strip()))

    def note(self, kind: LabelKind, value: str, number: int, block: int) -> None:
        """Take a line of a contact's block; the contact may turn out to be the registrant."""
        if len(self._notes) < _MOST_NOTES:
            self._notes.append(_Note(block, kind, number, value.strip()))

    def settled(self) -> tuple[str, int] | None:
        """Return the surest name and the number of its line."""
        handle = ""
        for claim in sorted(self._claims):
            if _is_handle(claim.value):
                handle = handle or claim.value.casefold()
                continue
            if claim.rank is LOOSE and handle:
                break
            if name := published(claim.value):
                return name, claim.number
        return self._named(handle) if handle else None

    def _named(self, handle: str) -> tuple[str, int] | None:
        """Return the name in the block that has the handle, the organisation's before a person's."""
        blocks = {
            note.block for note in self._notes if note.kind is LabelKind.CONTACT and note.value.casefold() == handle
        }
        own = [note for note in self._notes if note.block in blocks and not _is_handle(note.value)]
        own.sort(key=lambda note: (note.block, note.kind is not LabelKind.ORGANISATION, note.number))
        return next(((name, note.number) for note in own if (name := published(note.value))), None)


def published(value: str) -> str | None:
    """Return the name in a value, None where it says that it is not published.

    A privacy service's name counts as a name: the service holds the domain, and its replacement by another is news.
    """
    bare = value[:LONGEST_NAME].strip(" \t,;")
    if bare[:1] in _QUOTES and bare[:1] == bare[-1:]:
        bare = bare.strip(bare[0])
    if not bare.isprintable():
        bare = "".join(filter(str.isprintable, bare))
    if "@" in bare:
        bare = _MAIL_BEHIND.sub("", bare)
    if bare.endswith((")", "]")):
        bare = _HANDLE_BEHIND.sub("", bare)
    bare = " ".join(bare.split())
    words = _SIGNS.sub(" ", folded(bare)).split()
    plain = " ".join(words)
    if plain in _NO_NAMES or bare.startswith(("http://", "https://")):
        return None
    if not _TELLTALES.isdisjoint(words) and _HIDDEN.search(plain):
        return None
    return bare if any(map(str.isalpha, bare)) else None
