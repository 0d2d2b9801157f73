"""What is known of a domain: the last statement about each field, who made it, and why a field is silent now.

    records of one lookup ──learn──> Known ──changes.changes──> what is news
                              └── a server that refuses, fails or says nothing changes nothing that is known

The next source is asked for what the first leaves out, unless the registry is known to withhold it, or the next source
did not say it either a short time ago. A registry goes before a registrar, and RDAP before WHOIS, field by field.

One "available" about a registered name is a doubt; it takes a second source that calls it available too, or a second
answer ``DOUBT_APART`` later, to make the name gone.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from typing import Literal

from rules.domains import registry_facts
from rules.domains.records import SETTLED, Answer, Asked, RegistryRecord, Source

DOUBT_APART = timedelta(minutes=45)
"""Least time between two answers that call a registered name free: a registry's servers disagree for less."""

REGISTRY_COUNTS = timedelta(days=30)
"""How long the registry's statement of a field is kept where only a registrar states the field now."""

ASK_AGAIN = timedelta(days=30)
"""How long the next source is not asked again for what it did not say either."""

WANTED = ("expires", "registrar", "nameservers")
"""The fields that the next source is asked for: they matter most, and most registries publish them."""

FIELDS = (
    "created", "updated", "expires", "registrar", "registrar_id", "abuse",
    "nameservers", "statuses", "dnssec", "registrant",
)  # fmt: skip
"""What an answer may say of a registered name; ``RegistryRecord`` and ``Known`` have them alike."""

_NOTHING: tuple[object, ...] = (None, "", ())


class Silence(StrEnum):
    """Why nothing new is known of a field."""

    THROTTLED = "throttled"
    DOWN = "server down"
    UNREADABLE = "the answer was not understood"
    NOT_PUBLISHED = "no expiry published by this registry"
    UNSAID = "the answer did not say"


_TROUBLES = (
    (Answer.THROTTLED, Silence.THROTTLED),
    (Answer.UNAVAILABLE, Silence.DOWN),
    (Answer.UNPARSABLE, Silence.UNREADABLE),
)
"""In the order in which they explain a silence: a server that refuses would have had an answer."""

_TROUBLED = frozenset({Answer.THROTTLED, Answer.UNAVAILABLE})
_IN_TROUBLE = frozenset({Silence.THROTTLED, Silence.DOWN})


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldStatement:
    """Who stated a field, when (UTC), and in which words. ``at`` is None where nobody knows: a date typed by hand."""

    source: Literal["rdap", "whois", "hand", "subscription"]
    server: str = ""
    at: datetime | None = None
    evidence: str = ""
    asked: Asked = "registry"


@dataclass(frozen=True, slots=True, kw_only=True)
class Doubt:
    """One source has called a name free or reserved that is known as registered: nothing is settled yet."""

    answer: Answer
    since: datetime
    source: Source
    server: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """All that is known of a domain. Times are aware and UTC; None and empty mean that nobody ever said.

    ``answer`` is one of ``SETTLED``, None until the first. Each field that has a value has its statement, and so has
    the answer; ``silent`` names the fields about which the last lookup brought nothing, and why. A name that is gone
    keeps its last fields.
    """

    name: str
    answer: Answer | None = None
    created: datetime | None = None
    updated: datetime | None = None
    expires: datetime | None = None
    registrar: str | None = None
    registrar_id: str | None = None
    abuse: str | None = None
    nameservers: tuple[str, ...] = ()
    statuses: tuple[str, ...] = ()
    dnssec: bool | None = None
    registrant: str | None = None
    statements: Mapping[str, FieldStatement] = field(default_factory=dict[str, FieldStatement])
    silent: Mapping[str, Silence] = field(default_factory=dict[str, Silence])
    asked_in_vain: datetime | None = None
    """When the next source was last asked for what the first leaves out, and did not say it either."""
    doubt: Doubt | None = None


@dataclass(frozen=True, slots=True)
class Expiry:
    """When a domain lapses (UTC), and who says so. ``is_stale`` says that its source has ceased to state it."""

    at: datetime
    statement: FieldStatement
    is_stale: bool = False


def leaves_out(record: RegistryRecord, known: Known | None, *, at: datetime) -> bool:
    """Return whether the next source should be asked too, for what a registered name's record leaves out.

    It is not asked for what the registry withholds from everybody, nor for ``ASK_AGAIN`` after it did not say it
    either. ``at`` is aware.
    """
    publishes = registry_facts.of(record.name, record.server).publishes_expiry
    missing = [name for name in WANTED if getattr(record, name) in _NOTHING and (name != "expires" or publishes)]
    in_vain = known.asked_in_vain if known else None
    return bool(missing) and (in_vain is None or at - in_vain >= ASK_AGAIN)


def learn(known: Known | None, records: Sequence[RegistryRecord], *, at: datetime) -> Known:
    """Return what is known after a lookup: ``records`` are all that it brought, failures among them; ``at`` is aware.

    The same records twice teach nothing new. A registrar's answer never decides whether a name is registered. Raises
    ``ValueError`` where nothing was known and there is no record.
    """
    if known is None:
        if not records:
            raise ValueError("there is no answer to learn from")
        known = Known(name=records[0].name)
    settled = sorted((each for each in records if each.answer in SETTLED), key=_weakness)
    registered = [each for each in settled if each.answer is Answer.REGISTERED]
    denials = [each for each in settled if each.answer is not Answer.REGISTERED and each.asked == "registry"]
    if any(each.asked == "registry" for each in registered):
        learnt = _registered(known, registered, at)
        learnt = replace(learnt, asked_in_vain=_asked_in_vain(known, records, at))
        return replace(learnt, silent=_silences(learnt, records, settling=registered))
    learnt = _denied(known, denials, at) if denials else known
    return replace(learnt, silent=_silences(learnt, records, settling=denials))


def expiry(known: Known, by_hand: date | None, paid_until: date | None) -> Expiry | None:
    """Return when a domain lapses: by its registry, or else by a date that a person typed or that is paid for.

    The registry's date wins, because the registry lets the name lapse, whatever we noted or were paid; but a stale one
    gives way to a later date that a person typed. Many registries publish none (``Silence.NOT_PUBLISHED``): then the
    person's date goes before the subscription's, which ends with our client's contract. A date begins at midnight UTC.
    None where no date is known, and for a name that is gone.
    """
    if known.answer in {Answer.AVAILABLE, Answer.RESERVED}:
        return None
    stale = _is_stale(known)
    if known.expires and not (stale and by_hand and _midnight(by_hand) > known.expires):
        return Expiry(known.expires, known.statements["expires"], stale)
    if by_hand:
        return Expiry(_midnight(by_hand), FieldStatement(source="hand"))
    return Expiry(_midnight(paid_until), FieldStatement(source="subscription")) if paid_until else None


def _is_stale(known: Known) -> bool:
    """Return whether the source of the expiry has ceased to state it.

    Trouble with a server counts only once it has lasted for ``REGISTRY_COUNTS``.
    """
    why = known.silent.get("expires")
    if why is None or known.expires is None:
        return False
    stated, answered = known.statements["expires"].at, known.statements["answer"].at
    if why not in _IN_TROUBLE or stated is None or answered is None:
        return True
    return answered - stated >= REGISTRY_COUNTS


def _asked_in_vain(known: Known, records: Sequence[RegistryRecord], at: datetime) -> datetime | None:
    """Return when the next source last did not say what the first leaves out; None once it has said it.

    A source in trouble counts as not asked.
    """
    first = next((each for each in records if each.source == "rdap" and each.answer is Answer.REGISTERED), None)
    seconds = [each for each in records if each.source == "whois" and each.answer not in _TROUBLED]
    if first is None or not seconds:
        return known.asked_in_vain
    missing = [name for name in WANTED if getattr(first, name) in _NOTHING]
    helped = any(getattr(each, name) not in _NOTHING for each in seconds for name in missing)
    return None if helped else at


def _weakness(record: RegistryRecord) -> tuple[bool, bool]:
    """Return a key that puts the registry before the registrar, and RDAP before WHOIS."""
    return record.asked == "registrar", record.source == "whois"


def _registered(known: Known, records: list[RegistryRecord], at: datetime) -> Known:
    """Return what is known with ``records``, the surest first. The old fields of a name that was gone are dropped."""
    gone = known.answer in {Answer.AVAILABLE, Answer.RESERVED}
    base = Known(name=known.name) if gone else known
    values: dict[str, object] = {}
    statements = {**base.statements, "answer": _statement(records[0], "answer", at)}
    for name in FIELDS:
        record = next((each for each in records if getattr(each, name) not in _NOTHING), None)
        if record and not (record.asked == "registrar" and _still_counts(base.statements.get(name), at)):
            values[name], statements[name] = getattr(record, name), _statement(record, name, at)
    return replace(base, answer=Answer.REGISTERED, doubt=None, statements=statements, **values)


def _still_counts(statement: FieldStatement | None, at: datetime) -> bool:
    """Return whether a registry's statement is so new that a registrar's word does not replace it."""
    if statement is None or statement.at is None:
        return False
    return statement.asked == "registry" and at - statement.at < REGISTRY_COUNTS


def _denied(known: Known, denials: list[RegistryRecord], at: datetime) -> Known:
    """Return what is known when nobody has the name: a doubt, or that it is gone."""
    denial = next((each for each in denials if each.answer is Answer.RESERVED), denials[0])
    if known.answer is Answer.REGISTERED and not _is_sure(known.doubt, denials, at):
        doubt = Doubt(answer=denial.answer, since=at, source=denial.source, server=denial.server)
        return replace(known, doubt=known.doubt or doubt)
    statements = {**known.statements, "answer": _statement(denial, "answer", at)}
    return replace(known, answer=denial.answer, doubt=None, statements=statements)


def _is_sure(doubt: Doubt | None, denials: list[RegistryRecord], at: datetime) -> bool:
    """Return whether it is beyond doubt that nobody has a name.

    Only sources that call it free confirm one another: one that calls it reserved may have misunderstood the question.
    """
    free = {each.source for each in denials if each.answer is Answer.AVAILABLE}
    if doubt is None:
        return len(free) > 1
    if at - doubt.since >= DOUBT_APART:
        return True
    return doubt.answer is Answer.AVAILABLE and bool(free - {doubt.source})


def _statement(record: RegistryRecord, name: str, at: datetime) -> FieldStatement:
    evidence = record.evidence.get(name, "")
    return FieldStatement(source=record.source, server=record.server, at=at, evidence=evidence, asked=record.asked)


def _silences(known: Known, records: Sequence[RegistryRecord], *, settling: list[RegistryRecord]) -> dict[str, Silence]:
    """Return the fields that the ``settling`` records left out, and why; ``answer`` too where there is none."""
    present = {each.answer for each in records}
    reason = next((why for answer, why in _TROUBLES if answer in present), Silence.UNSAID)
    silent = {} if settling else {"answer": reason}
    if known.answer is Answer.REGISTERED:
        silent |= {name: reason for name in FIELDS if all(getattr(each, name) in _NOTHING for each in settling)}
        published = (registry_facts.of(known.name, each.server).publishes_expiry for each in records)
        if known.expires is None and not all(published):
            silent["expires"] = Silence.NOT_PUBLISHED
    return silent


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time.min, UTC)
