"""Who holds the domain, as an answer names them: at once, in a section, or by a handle whose block comes elsewhere.

Registrant Organization: X      Registrant:         registrant: ABC-TEST
                                    X               (blank)
                                                    nic-hdl: ABC-TEST
                                                    organisation: X
"""

import re
from typing import NamedTuple

from rules.whois import registrants
from rules.whois.labels import LabelKind

ORGANISATION, AT_ONCE, NAME, LOOSE = 0, 1, 2, 3
"""How sure a claim is: a company goes before the person who signed for it, and a bare "org" may be anybody's."""

_MOST_CLAIMS = 32
_MOST_NOTES = 200
_LONGEST_HANDLE = 60
_HANDLE = re.compile(r"(?=\S*[\d:_-])[A-Za-z0-9]{1,30}(?:[-:_.][A-Za-z0-9]{1,30}){0,4}")
_SHORTEST_HANDLE = 4


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
    """Return whether a value is what a registry calls a contact by, and no name: one word with a number or a sign."""
    if not _SHORTEST_HANDLE <= len(value) <= _LONGEST_HANDLE or not _HANDLE.fullmatch(value):
        return False
    return value.isupper() or any(map(str.isdigit, value))


class Holders:
    """The claims of the lines so far. They are weighed in the end: most answers settle it with the first."""

    __slots__ = ("_claims", "_notes")

    def __init__(self):
        """Begin without any claim."""
        self._claims: list[_Claim] = []
        self._notes: list[_Note] = []

    def claim(self, rank: int, value: str, number: int) -> None:
        """Take a value that names the holder, or its handle."""
        if len(self._claims) < _MOST_CLAIMS:
            self._claims.append(_Claim(rank, number, value.strip()))

    def note(self, kind: LabelKind, value: str, number: int, block: int) -> None:
        """Take a line of the block of some contact, which may turn out to be the holder."""
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
            if name := registrants.published(claim.value):
                return name, claim.number
        return self._named(handle) if handle else None

    def _named(self, handle: str) -> tuple[str, int] | None:
        """Return the name in the block that has the handle, the organisation's before a person's."""
        blocks = {
            note.block for note in self._notes if note.kind is LabelKind.CONTACT and note.value.casefold() == handle
        }
        own = [note for note in self._notes if note.block in blocks and not _is_handle(note.value)]
        own.sort(key=lambda note: (note.block, note.kind is not LabelKind.ORGANISATION, note.number))
        return next(((name, note.number) for note in own if (name := registrants.published(note.value))), None)
