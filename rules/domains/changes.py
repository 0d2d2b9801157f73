"""What is news in what is known of a domain: events with before and after.

Only a changed value is news, not a changed source: RDAP and WHOIS spell a name in different ways, and a registrar's
date or status is not comparable with the registry's. A field that no answer states keeps its value, so it is no news.
"""

import re
from datetime import timedelta
from enum import StrEnum

from rules.checks.changes import Change
from rules.domains.knowledge import Known
from rules.domains.records import EPP_STATUSES, Answer

SAME_MOMENT = timedelta(days=1)
"""Expiries less than this apart are the same: some answers give a date, others a time to the second."""

SAME_MOMENT_ELSEWHERE = timedelta(days=2)
"""The same for expiries of two sources: one of them may give a date in its own zone."""

A_YEAR = (timedelta(days=350), timedelta(days=380))
"""How far, at least and at most, a registry moves an expiry by itself in the autoRenewPeriod (RFC 3915)."""

_SHORTEST_NAME = 3
_COUNTED = re.compile(r"[\d/.:,()-]+")
_WORDS = re.compile(r"[^\W_]+")


class DomainChangeKind(StrEnum):
    """What can be news about a domain."""

    RENEWED = "renewed"  # the expiry moved later
    AUTO_RENEWED = "auto_renewed"  # the registry moved it by a year by itself: nothing is paid yet
    EXPIRY_EARLIER = "expiry_earlier"
    REGISTRAR_CHANGED = "registrar_changed"
    REGISTRANT_CHANGED = "registrant_changed"
    NAMESERVERS_CHANGED = "nameservers_changed"
    STATUS_ADDED = "status_added"
    STATUS_LOST = "status_lost"
    DNSSEC_SIGNED = "dnssec_signed"
    DNSSEC_UNSIGNED = "dnssec_unsigned"
    GONE = "gone"  # was registered, and no longer is
    BACK = "back"


def changes(before: Known | None, after: Known) -> tuple[Change[DomainChangeKind], ...]:
    """Return what is news in ``after``; a first check is no news, and neither is a doubt."""
    if before is None or before.answer is None or after.answer is None:
        return ()
    was, is_now = (known.answer is Answer.REGISTERED for known in (before, after))
    if not is_now:
        return (Change(DomainChangeKind.GONE, before.answer, after.answer),) if was else ()
    holders = (*_registrar(before, after), *_registrant(before, after), *_nameservers(before, after))
    if not was:
        return (Change(DomainChangeKind.BACK, before.answer, after.answer), *holders)
    return (*holders, *_statuses(before, after), *_expiry(before, after), *_dnssec(before, after))


def _registrar(before: Known, after: Known) -> list[Change[DomainChangeKind]]:
    old, new = before.registrar, after.registrar
    if not (old and new) or _folded(old) == _folded(new) or _from_registry_and_registrar(before, after, "registrar"):
        return []
    ids = (_registrar_id(before), _registrar_id(after))
    if ids[0] and ids[0] == ids[1]:
        return []
    alike = _from_other_sources(before, after, "registrar") and not all(ids) and _alike(old, new)
    return [] if alike else [Change(DomainChangeKind.REGISTRAR_CHANGED, old, new)]


def _registrar_id(known: Known) -> str | None:
    """Return the registrar's number if it was stated with its name: an older one may be another registrar's."""
    name, number = known.statements.get("registrar"), known.statements.get("registrar_id")
    return known.registrar_id if name and number and name.at == number.at else None


def _registrant(before: Known, after: Known) -> list[Change[DomainChangeKind]]:
    """Compare registrants as one source names them: another may name the person instead of the company."""
    old, new = before.registrant, after.registrant
    if not (old and new) or _folded(old) == _folded(new) or _from_other_sources(before, after, "registrant"):
        return []
    return [Change(DomainChangeKind.REGISTRANT_CHANGED, old, new)]


def _nameservers(before: Known, after: Known) -> list[Change[DomainChangeKind]]:
    old, new = before.nameservers, after.nameservers
    if not (old and new) or set(old) == set(new) or _from_registry_and_registrar(before, after, "nameservers"):
        return []
    return [Change(DomainChangeKind.NAMESERVERS_CHANGED, old, new)]


def _statuses(before: Known, after: Known) -> list[Change[DomainChangeKind]]:
    if not (before.statuses and after.statuses) or _from_registry_and_registrar(before, after, "statuses"):
        return []
    epp_only = _from_other_sources(before, after, "statuses")
    old, new = (_comparable(known.statuses, epp_only=epp_only) for known in (before, after))
    added = tuple(status for key, status in new.items() if key not in old)
    lost = tuple(status for key, status in old.items() if key not in new)
    news = ((DomainChangeKind.STATUS_ADDED, (), added), (DomainChangeKind.STATUS_LOST, lost, ()))
    return [Change(kind, was, is_now) for kind, was, is_now in news if was or is_now]


def _comparable(statuses: tuple[str, ...], *, epp_only: bool) -> dict[str, str]:
    """Return statuses by the key that tells them apart: without numbers, as the day in "Connected (2027/02/28)".

    "ok" is left out: it only says that there is no other status (RFC 5731). ``epp_only`` also leaves out statuses that
    are not EPP's: each source writes them in its own way.
    """
    kept = (each for each in statuses if each != "ok" and not (epp_only and each not in EPP_STATUSES))
    return {_COUNTED.sub("", each).strip().lower(): each for each in kept}


def _expiry(before: Known, after: Known) -> list[Change[DomainChangeKind]]:
    old, new = before.expires, after.expires
    if not (old and new) or _from_registry_and_registrar(before, after, "expires"):
        return []
    moved = new - old
    if abs(moved) < (SAME_MOMENT_ELSEWHERE if _from_other_sources(before, after, "expires") else SAME_MOMENT):
        return []
    by_itself = "autoRenewPeriod" in after.statuses and A_YEAR[0] <= moved <= A_YEAR[1]
    later = DomainChangeKind.AUTO_RENEWED if by_itself else DomainChangeKind.RENEWED
    return [Change(later if moved > timedelta(0) else DomainChangeKind.EXPIRY_EARLIER, old, new)]


def _dnssec(before: Known, after: Known) -> list[Change[DomainChangeKind]]:
    old, new = before.dnssec, after.dnssec
    if old is None or new is None or old is new or _from_registry_and_registrar(before, after, "dnssec"):
        return []
    return [Change(DomainChangeKind.DNSSEC_SIGNED if new else DomainChangeKind.DNSSEC_UNSIGNED, old, new)]


def _from_other_sources(before: Known, after: Known, field: str) -> bool:
    """Return whether the two values of a field come from two kinds of sources."""
    old, new = before.statements.get(field), after.statements.get(field)
    return old is not None and new is not None and (old.source, old.asked) != (new.source, new.asked)


def _from_registry_and_registrar(before: Known, after: Known, field: str) -> bool:
    """Return whether one value is the registry's and the other a registrar's."""
    old, new = before.statements.get(field), after.statements.get(field)
    return old is not None and new is not None and old.asked != new.asked


def _alike(one: str, other: str) -> bool:
    """Return whether two names may mean one company, as "MarkMonitor Inc." and "MARKMONITOR"; a bare number may."""
    first, second = (_WORDS.findall(name.casefold()) for name in (one, other))
    if not any(map(str.isalpha, "".join(first))) or not any(map(str.isalpha, "".join(second))):
        return True
    short, long = sorted(("".join(first), "".join(second)), key=len)
    return first[0] == second[0] or (len(short) > _SHORTEST_NAME and long.startswith(short))


def _folded(name: str) -> str:
    """Return the letters and digits of a name, in one case: sources write capitals and commas in different ways."""
    return "".join(filter(str.isalnum, name.casefold()))
