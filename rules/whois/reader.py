"""WHOIS text read into one record, each field with the line that says it.

text ──lines──> labelled lines ──sections──> where each stands ──claims──> the best for each field ──> Reading
                                                                 └─ too few ──answers──> what else it amounts to
"""

from dataclasses import dataclass, replace
from typing import NamedTuple

from rules.domains import records, registry_facts
from rules.domains.records import RAW_LONGEST, Answer, Asked, RegistryRecord
from rules.whois import answers, calendars, characters, lines, statuses
from rules.whois.dates import Stated
from rules.whois.field_claims import Claims, SettledFields

A_RECORD = 2
"""How many kinds of fields make a record, whatever words stand around them."""

STRONG_RECORD = 3
"""How many kinds of fields outweigh a status line that calls the name free or reserved."""

_DENIALS = frozenset({Answer.AVAILABLE, Answer.RESERVED})


class Evidence(NamedTuple):
    """A line of the answer that says something; lines are numbered from 1."""

    field: str
    number: int
    line: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What an answer says. None and empty mean that it does not say; days are those of the answer's own zone."""

    domain: str
    answer: Answer
    created: Stated | None = None
    updated: Stated | None = None
    expires: Stated | None = None
    registrar: str | None = None
    registrar_id: str | None = None
    abuse: str | None = None
    dnssec: bool | None = None
    registrant: str | None = None
    nameservers: tuple[str, ...] = ()
    statuses: tuple[str, ...] = ()
    of_another: bool = False  # the record is that of another domain, or of the zone that this one is in
    evidence: tuple[Evidence, ...] = ()


def read(domain: str, text: str | bytes, *, server: str = "") -> Reading:
    """Return what a WHOIS answer says of ``domain``, an A-label name.

    No text makes this raise; ``characters.MOST_CHARACTERS`` of it are read at the most. ``server`` tells two registries
    of one TLD apart.
    """
    known = registry_facts.of(domain, server)
    rows = lines.split(text if isinstance(text, str) else characters.decoded(text, known.charset))
    claims = Claims(domain, known)
    dated = calendars.rewritten(rows, claims.tld)
    for line in lines.read(dated):
        claims.take(line)
    found = claims.settled(dated)
    answer, witness = _answer(claims, found, rows)
    if answer in _DENIALS and answers.serves_others(rows, claims.domain):
        answer = Answer.UNAVAILABLE
    if answer not in {Answer.REGISTERED, Answer.RESERVED}:
        return Reading(domain=domain, answer=answer, evidence=_evidence([("answer", witness)], rows))
    return Reading(
        domain=domain,
        answer=answer,
        created=found.created,
        updated=found.updated,
        expires=found.expires,
        registrar=found.registrar,
        registrar_id=found.registrar_id,
        abuse=found.abuse,
        dnssec=found.dnssec,
        registrant=found.registrant,
        nameservers=found.nameservers,
        statuses=statuses.normalised(tuple(found.statuses)),
        of_another=claims.are_of_another(),
        evidence=_evidence([("answer", witness), *found.witnesses], rows),
    )


def record(name: str, text: str, server: str, *, asked: Asked = "registry") -> RegistryRecord:
    """Return what a WHOIS answer says of ``name``, an A-label domain, as a record; no text makes this raise.

    Fields are set only where the name is registered. The record of another name says nothing of this one: the answer is
    ``UNPARSABLE``.
    """
    reading = read(name, text, server=server)
    if reading.of_another:
        reading = Reading(domain=name, answer=Answer.UNPARSABLE)
    evidence: dict[str, str] = {}
    for each in reading.evidence:
        evidence.setdefault(each.field, records.evidence(each.line))
    bare = RegistryRecord(
        name=name, answer=reading.answer, source="whois", server=server, raw=text[:RAW_LONGEST], asked=asked
    )
    if reading.answer is not Answer.REGISTERED:
        return replace(bare, evidence={key: line for key, line in evidence.items() if key == "answer"})
    return replace(
        bare,
        evidence=evidence,
        created=reading.created.moment() if reading.created else None,
        updated=reading.updated.moment() if reading.updated else None,
        expires=reading.expires.moment() if reading.expires else None,
        registrar=reading.registrar,
        registrar_id=reading.registrar_id,
        abuse=reading.abuse,
        dnssec=reading.dnssec,
        registrant=reading.registrant,
        nameservers=reading.nameservers,
        statuses=reading.statuses,
    )


def _answer(claims: Claims, found: SettledFields, rows: list[str]) -> tuple[Answer, int]:
    """Return what the answer amounts to and the number of the line that says so, 0 where none does.

    A record's fields say that the name is registered. One field alone does not: servers write the time, their own
    name or the asked name under such labels too, and then a phrase decides.
    """
    fields = _fields(found)
    status = next(((each, number) for value, number in claims.status_lines if (each := answers.of_status(value))), None)
    if claims.named == claims.tld != claims.domain:
        return Answer.UNPARSABLE, 0  # the root's record of the TLD
    is_taken = status is not None and _is_taken(status[0], found, fields)
    if status and status[0] is not Answer.REGISTERED and fields < STRONG_RECORD and not is_taken:
        return status
    if is_taken or fields >= A_RECORD:
        return Answer.REGISTERED, 0
    phrase = answers.of_lines(rows, claims.domain, freely=not fields and not claims.status_lines)
    if phrase and phrase[0] is not Answer.REGISTERED:
        return phrase
    return status or phrase or ((Answer.REGISTERED if _is_somebodys(claims, found) else Answer.UNPARSABLE), 0)


def _is_taken(status: Answer, found: SettledFields, fields: int) -> bool:
    """Return whether a name that its status calls reserved has a holder: it was created, or has a record's fields."""
    return status is Answer.RESERVED and (found.created is not None or fields >= A_RECORD)


def _is_somebodys(claims: Claims, found: SettledFields) -> bool:
    """Return whether the only field is about a domain.

    Servers also say when their database was updated, and write of registrars in their terms of use.
    """
    if found.registrar:
        return claims.names_its_registrar()
    return claims.dates_its_name() if found.updated else _fields(found) > 0


def _fields(found: SettledFields) -> int:
    epp = bool(statuses.epp(found.statuses))
    return sum(map(bool, (found.created, found.updated, found.expires, found.registrar, found.nameservers, epp)))


def _evidence(witnesses: list[tuple[str, int]], rows: list[str]) -> tuple[Evidence, ...]:
    return tuple(Evidence(field, number, rows[number - 1].strip()) for field, number in witnesses if number)
