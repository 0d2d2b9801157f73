"""What a registry says of a domain, in one shape for RDAP and WHOIS, and what is news in it.

    RDAP document ──from_rdap──┐
                               ├──> Record ──changes──> what to tell
    WHOIS text ──(its reader)──┘       └────merge────> what to remember

A registry that is silent about a field has said nothing: what was known stays known, and nothing changed.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Literal, cast

RAW_LONGEST = 64 * 1024
"""Characters of a raw answer that are kept."""

SAME_MOMENT = timedelta(days=1)
"""Some sources give an expiry as a date, others to the second; a renewal moves it by months at least."""

Source = Literal["rdap", "whois"]
Value = datetime | str | tuple[str, ...] | None


class Answer(StrEnum):
    """What an answer amounts to."""

    REGISTERED = "registered"
    AVAILABLE = "available"
    RESERVED = "reserved"  # the registry gives it to nobody
    THROTTLED = "throttled"
    UNAVAILABLE = "unavailable"
    UNPARSABLE = "unparsable"


SETTLED = frozenset({Answer.REGISTERED, Answer.AVAILABLE, Answer.RESERVED})
"""The answers that say something of the domain; the others say something of the server."""

EPP_STATUSES = (
    *("addPeriod", "autoRenewPeriod", "renewPeriod", "transferPeriod", "redemptionPeriod"),
    *("clientDeleteProhibited", "clientHold", "clientRenewProhibited"),
    *("clientTransferProhibited", "clientUpdateProhibited"),
    *("serverDeleteProhibited", "serverHold", "serverRenewProhibited"),
    *("serverTransferProhibited", "serverUpdateProhibited"),
    *("pendingCreate", "pendingDelete", "pendingRenew", "pendingRestore", "pendingTransfer", "pendingUpdate"),
    *("inactive", "ok"),
)
"""The statuses of RFC 5731 and RFC 3915."""

STATUS_SPELLINGS = {name.lower(): name for name in EPP_STATUSES} | {"active": "ok"}
"""From a spelling without case and blanks; RDAP's "active" is EPP's "ok" (RFC 8056)."""

URL_AFTER_STATUS = re.compile(r"\s*[(<]?https?://.*", re.IGNORECASE | re.DOTALL)
HOST_NAME = re.compile(r"[a-z0-9_-]+(\.[a-z0-9_-]+)+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """One answer about one domain. Times are aware and UTC; None and empty mean that the answer did not say."""

    name: str
    answer: Answer
    source: Source
    server: str
    created: datetime | None = None
    updated: datetime | None = None
    expires: datetime | None = None
    registrar: str | None = None
    nameservers: tuple[str, ...] = ()
    statuses: tuple[str, ...] = ()
    raw: str = ""


class Kind(StrEnum):
    """What can be news about a domain."""

    EXPIRY_CHANGED = "expiry_changed"
    REGISTRAR_CHANGED = "registrar_changed"
    NAMESERVERS_CHANGED = "nameservers_changed"
    STATUS_CHANGED = "status_changed"
    GONE = "gone"  # was registered, and no longer is
    BACK = "back"


@dataclass(frozen=True, slots=True)
class Change:
    """One piece of news: what was known before, and what is known now."""

    kind: Kind
    before: Value
    after: Value


def changes(before: Record | None, after: Record) -> tuple[Change, ...]:
    """Return what is news in ``after``; a first look is no news, nor is an answer that says nothing of the domain."""
    if before is None or not {before.answer, after.answer} <= SETTLED:
        return ()
    was, is_now = (record.answer is Answer.REGISTERED for record in (before, after))
    if not is_now:
        return (Change(Kind.GONE, before.answer, after.answer),) if was else ()
    back = () if was else (Change(Kind.BACK, before.answer, after.answer),)
    return (*back, *_field_changes(before, after))


def merge(before: Record | None, after: Record) -> Record:
    """Return what to remember: ``after``, completed with what was known where it is silent.

    A name that was gone and is back belongs to a new registration, of which the old one's fields say nothing.
    """
    if before is None or before.answer not in SETTLED:
        return after
    if after.answer not in SETTLED:
        return before
    if before.answer is not Answer.REGISTERED and after.answer is Answer.REGISTERED:
        return after
    return replace(
        after,
        created=after.created or before.created,
        updated=after.updated or before.updated,
        expires=after.expires or before.expires,
        registrar=after.registrar or before.registrar,
        nameservers=after.nameservers or before.nameservers,
        statuses=after.statuses or before.statuses,
    )


def from_rdap(name: str, document: object, *, server: str, raw: str) -> Record:
    """Return what an RDAP domain object (RFC 9083, section 5.3) says of ``name``.

    No document makes this raise: members of a wrong type are passed over, and a document that is no domain object, or
    that of another domain, is ``UNPARSABLE``.
    """
    unparsable = Record(name=name, answer=Answer.UNPARSABLE, source="rdap", server=server, raw=raw[:RAW_LONGEST])
    if not isinstance(document, dict):
        return unparsable
    domain = cast("dict[str, object]", document)
    if domain.get("objectClassName") != "domain" or _ldh_name(domain) not in {name, ""}:
        return unparsable
    events = {_text(event, "eventAction"): _moment(_text(event, "eventDate")) for event in _objects(domain, "events")}
    return replace(
        unparsable,
        answer=Answer.REGISTERED,
        created=events.get("registration"),
        updated=events.get("last changed"),
        expires=events.get("expiration"),
        registrar=_registrar(domain),
        nameservers=nameservers(_ldh_name(each) for each in _objects(domain, "nameservers")),
        statuses=statuses(each for each in _list(domain, "status") if isinstance(each, str)),
    )


def statuses(written: Iterable[str]) -> tuple[str, ...]:
    """Return statuses sorted, by their EPP names where there is one: "client hold", "clientHold https://..."."""
    return tuple(sorted({name for each in written if (name := _status(each))}))


def nameservers(written: Iterable[str]) -> tuple[str, ...]:
    """Return name servers sorted and in lower case, without the addresses that some registries write after them."""
    first_words = (each.split()[0].lower().rstrip(".") for each in written if each.strip())
    return tuple(sorted({name for name in first_words if HOST_NAME.fullmatch(name)}))


def utc(moment: datetime) -> datetime | None:
    """Return the moment in UTC, which is also taken for the zone of one that names none.

    None where the result would be outside the calendar.
    """
    try:
        return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
    except OverflowError:
        return None


def _field_changes(before: Record, after: Record) -> list[Change]:
    found: list[Change] = []
    if before.expires and after.expires and abs(after.expires - before.expires) >= SAME_MOMENT:
        found.append(Change(Kind.EXPIRY_CHANGED, before.expires, after.expires))
    if before.registrar and after.registrar and _folded(before.registrar) != _folded(after.registrar):
        found.append(Change(Kind.REGISTRAR_CHANGED, before.registrar, after.registrar))
    if before.nameservers and after.nameservers and before.nameservers != after.nameservers:
        found.append(Change(Kind.NAMESERVERS_CHANGED, before.nameservers, after.nameservers))
    if before.statuses and after.statuses and before.statuses != after.statuses:
        found.append(Change(Kind.STATUS_CHANGED, before.statuses, after.statuses))
    return found


def _folded(registrar: str) -> str:
    """Leave what tells registrars apart: registry and registrar differ in the case and commas of one company's name."""
    return "".join(filter(str.isalnum, registrar.casefold()))


def _status(written: str) -> str:
    bare = URL_AFTER_STATUS.sub("", written).strip()
    return STATUS_SPELLINGS.get(re.sub(r"[\s_-]", "", bare).lower(), bare)


def _registrar(domain: dict[str, object]) -> str | None:
    for entity in _objects(domain, "entities"):
        if "registrar" in _list(entity, "roles"):
            return _full_name(entity) or _text(entity, "handle") or None
    return None


def _full_name(entity: dict[str, object]) -> str:
    """Return the ``fn`` of a jCard (RFC 7095): ``["vcard", [["fn", {}, "text", "Example Ltd"], ...]]``."""
    for part in _list(entity, "vcardArray"):
        for line in _items(part):
            match _items(line):
                case ["fn", _, _, str(name), *_]:
                    return name.strip()
                case _:
                    continue
    return ""


def _ldh_name(thing: dict[str, object]) -> str:
    return _text(thing, "ldhName").lower().rstrip(".")


def _moment(written: str) -> datetime | None:
    try:
        return utc(datetime.fromisoformat(written))
    except ValueError:
        return None


def _text(thing: dict[str, object], key: str) -> str:
    value = thing.get(key)
    return value.strip() if isinstance(value, str) else ""


def _list(thing: dict[str, object], key: str) -> list[object]:
    return _items(thing.get(key))


def _items(value: object) -> list[object]:
    return cast("list[object]", value) if isinstance(value, list) else []


def _objects(thing: dict[str, object], key: str) -> list[dict[str, object]]:
    return [cast("dict[str, object]", each) for each in _list(thing, key) if isinstance(each, dict)]
