"""The entities of an RDAP answer (RFC 9083, section 5.1): who has which role, at any depth of the object.

A registrar's abuse contact is an entity inside of the registrar's. Names stand in a jCard (RFC 7095), an array of
``["fn", {}, "text", "Example Ltd"]``, or in a JSContact card (RFC 9553); anything else is passed over.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import cast

from rules import json_access
from rules.json_access import JsonObject
from rules.whois import registrants, registrars, single_fields

MOST_ENTITIES = 200
MOST_LINES = 100
_DEEPEST = 6
_IANA_ID = re.compile(r"[0-9]{1,7}")
_LONGEST_VALUE = 300
_LONGEST_HANDLE = 100
_VALUE = 3  # where in a line of a jCard its value begins
_JSCONTACT = (("organizations", "name", "org"), ("emails", "address", "email"), ("phones", "number", "tel"))


@dataclass(frozen=True, slots=True, kw_only=True)
class RdapParty:
    """One entity, in its own words; fields that it does not have are empty."""

    roles: frozenset[str]
    person: str = ""
    organisation: str = ""
    handle: str = ""
    iana_id: str | None = None
    contact: str | None = None

    def is_a(self, role: str) -> bool:
        """Return whether the entity has the role."""
        return role in self.roles

    def registrar(self) -> str | None:
        """Return the name of a registrar, or its handle where it has no other."""
        return registrars.name(self.person) or registrars.name(self.organisation) or self.handle or None

    def registrant(self, *, hidden: set[str]) -> str | None:
        """Return the organisation, or else the person, that holds a name; never what is ``hidden``."""
        organisation = None if "organization" in hidden else registrants.published(self.organisation)
        return organisation or (None if "name" in hidden else registrants.published(self.person))

    def members(self) -> JsonObject:
        """Return what the entity says of itself."""
        names = {"fn": self.person, "org": self.organisation, "handle": self.handle}
        return {"roles": sorted(self.roles), **{key: value for key, value in names.items() if value}}


def parties(body: JsonObject) -> list[RdapParty]:
    """Return the entities that have a role, the domain's own before those inside of others."""
    return [party for entity in _entities(body) if (party := _party(entity)).roles]


def _entities(body: JsonObject) -> Iterator[JsonObject]:
    found = 0
    level = json_access.objects(body.get("entities"))
    for _ in range(_DEEPEST):
        below: list[JsonObject] = []
        for entity in level[:MOST_ENTITIES]:
            found += 1
            if found > MOST_ENTITIES:
                return
            yield entity
            below += json_access.objects(entity.get("entities"))
        level = below


def _party(entity: JsonObject) -> RdapParty:
    card = _card(entity)
    written = (each for each in (card.get("email"), card.get("tel")) if each)
    reached = (where for each in written if (where := single_fields.contact(each)))
    return RdapParty(
        roles=frozenset(role.strip().lower() for role in json_access.texts(entity.get("roles"))[:MOST_LINES]),
        person=card.get("fn", ""),
        organisation=card.get("org", ""),
        handle=_handle(entity),
        iana_id=_iana_id(entity),
        contact=next(reached, None),
    )


def _card(entity: JsonObject) -> dict[str, str]:
    """Return the first value of each property that either kind of card has: fn, org, email, tel."""
    found: dict[str, str] = {}
    for line in _lines(entity.get("vcardArray")):
        value = next((text.strip() for part in line[_VALUE:] for text in json_access.texts(part) if text.strip()), "")
        if value:
            found.setdefault(cast("str", line[0]).lower(), value[:_LONGEST_VALUE])
    for member in ("jscard", "jscontact_card"):
        if isinstance(card := entity.get(member), dict):
            found = _contact_card(cast("JsonObject", card)) | found
    return found


def _lines(array: object) -> Iterator[list[object]]:
    """Yield the lines of a jCard, also where they are not in an array of their own."""
    for part in json_access.items(array)[:MOST_LINES]:
        line = json_access.items(part)
        inner = [line] if line and isinstance(line[0], str) else [json_access.items(each) for each in line[:MOST_LINES]]
        yield from (each for each in inner if each and isinstance(each[0], str))


def _contact_card(card: JsonObject) -> dict[str, str]:
    found: dict[str, str] = {}
    if isinstance(name := card.get("name"), dict):
        found["fn"] = json_access.text(cast("JsonObject", name), "full")[:_LONGEST_VALUE]
    for member, key, short in _JSCONTACT:
        if isinstance(group := card.get(member), dict):
            values = (
                json_access.text(each, key) for each in json_access.objects(list(cast("JsonObject", group).values()))
            )
            found[short] = next((value[:_LONGEST_VALUE] for value in values if value), "")
    return {key: value for key, value in found.items() if value}


def _handle(entity: JsonObject) -> str:
    handle = json_access.text(entity, "handle")
    return handle if handle.isprintable() and len(handle) <= _LONGEST_HANDLE else ""


def _iana_id(entity: JsonObject) -> str | None:
    """Return a registrar's number in IANA's list: ``{"type": "IANA Registrar ID", "identifier": "292"}``."""
    for each in json_access.objects(entity.get("publicIds")) or json_access.objects([entity.get("publicIds")]):
        number = each.get("identifier")
        written = (
            str(number) if isinstance(number, int) and abs(number) < 10**7 else json_access.text(each, "identifier")
        )
        if "iana" in json_access.text(each, "type").lower() and _IANA_ID.fullmatch(written):
            return written
    return None
