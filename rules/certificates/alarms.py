"""What staff have to be told of an endpoint: that its certificate ends, and that clients refuse it.

What people renew is told by the days that are left, in stages. What a program renews is no concern while it is due, and
is told once it is late: else a 47-day certificate would be an alarm for most of its life.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta
from enum import StrEnum

from rules.alarms import Alarm, Urgency
from rules.certificates import renewal, words
from rules.certificates.changes import CertificateChangeKind
from rules.certificates.faults import Fault, FaultKind, Severity
from rules.certificates.finding import ChainLink
from rules.certificates.history import EndpointHistory
from rules.certificates.remediation import REMEDIATION
from rules.changes import Change
from rules.stages import LAPSED, STAGES, stage

URGENT_DAYS = 7
LAST_DAYS = timedelta(days=2)
"""What ends sooner is critical before it has ended."""

OF_THE_END = frozenset({FaultKind.EXPIRED, FaultKind.RENEWAL_LATE})
"""Faults that the alarm about the end speaks of."""


class CertificateAlarmKind(StrEnum):
    """What an alarm is about. Of each kind one is open for an endpoint."""

    EXPIRY = "certificate_expiry"
    """Its certificate ends soon, is late to be renewed, or has ended. Staged by the days to the end."""
    FAULT = "certificate_fault"
    """Something else is wrong with it. No stages."""


def alarms(
    name: str, past: EndpointHistory, *, warn_at: tuple[int, ...] = STAGES, now: datetime
) -> tuple[Alarm[CertificateAlarmKind], ...]:
    """Return what staff have to be told of an endpoint, the most urgent first, at most one of each kind.

    ``name`` is how staff know it, such as ``www.agency.test:443``; ``past`` holds the scan that has just been made.
    ``warn_at`` are days, largest first, as ``rules.stages.parse`` returns them; ``now`` is aware.
    """
    found = [*_expiry(name, past, warn_at, now), *_faults(name, past)]
    return tuple(sorted(found, key=lambda alarm: -alarm.urgency))


def undecided(past: EndpointHistory) -> frozenset[CertificateAlarmKind]:
    """Return the kinds of which the last scan says nothing: where none is raised, one that is open stays open."""
    kinds: set[CertificateAlarmKind] = set()
    finding = past.finding
    if finding is None or finding.leaf is None:
        kinds.add(CertificateAlarmKind.EXPIRY)
    told = {one.fault for one in past.told}
    unseen = any(fault not in told for fault in past.open)
    if unseen or finding is None or (finding.leaf is None and not told):
        kinds.add(CertificateAlarmKind.FAULT)
    return frozenset(kinds)


def outdated(change: Change[CertificateChangeKind]) -> CertificateAlarmKind | None:
    """Return which open alarm is about something else since a change: another end, whose stages begin anew, or faults.

    It is cleared before what holds now is raised, which is so told anew.
    """
    if change.kind is CertificateChangeKind.EXPIRY_CHANGED:
        return CertificateAlarmKind.EXPIRY
    fault = change.after if change.kind is CertificateChangeKind.FAULT_FOUND else change.before
    if change.kind in _OF_FAULTS and fault not in OF_THE_END:
        return CertificateAlarmKind.FAULT
    return None


_OF_FAULTS = frozenset({CertificateChangeKind.FAULT_FOUND, CertificateChangeKind.FAULT_MENDED})


def _expiry(
    name: str, past: EndpointHistory, warn_at: tuple[int, ...], now: datetime
) -> Iterator[Alarm[CertificateAlarmKind]]:
    leaf = past.finding.leaf if past.finding else None
    if leaf is None or leaf.not_after is None:
        return
    at = stage(leaf.not_after, now=now, stages=warn_at)
    if at == LAPSED:
        yield _ended(name, leaf)
        return
    found = renewal.judge(leaf, held=past.held, window=renewal.window_of(past.finding), now=now)
    left, urgency = leaf.not_after - now, _urgency(at, leaf.not_after - now)
    if past.differing_since and (found is None or not found.by_hand):
        if left <= LAST_DAYS:
            yield _ending(name, leaf, at, urgency, REMEDIATION[FaultKind.ADDRESSES_DIFFER].how)
    elif found and found.late and not found.by_hand:
        how = f"{renewal.late_words(found, leaf, now=now)} {REMEDIATION[FaultKind.RENEWAL_LATE].how}"
        yield _ending(name, leaf, at, urgency, how, late=True)
    elif at is not None and (found is None or found.by_hand):
        yield _ending(name, leaf, at, urgency, _BY_HAND)


def _ended(name: str, leaf: ChainLink) -> Alarm[CertificateAlarmKind]:
    return Alarm(
        kind=CertificateAlarmKind.EXPIRY,
        stage=LAPSED,
        urgency=Urgency.CRITICAL,
        headline=f"The certificate of {name} expired on {leaf.not_after:%Y-%m-%d}",
        what_to_do=REMEDIATION[FaultKind.EXPIRED].how,
    )


def _ending(
    name: str, leaf: ChainLink, at: int | None, urgency: Urgency, how: str, *, late: bool = False
) -> Alarm[CertificateAlarmKind]:
    belated = ", and is late to be renewed" if late else ""
    return Alarm(
        kind=CertificateAlarmKind.EXPIRY,
        stage=at,
        urgency=urgency,
        headline=f"The certificate of {name} expires on {leaf.not_after:%Y-%m-%d}{belated}",
        what_to_do=how,
    )


_BY_HAND = "Order a new certificate, install it on every address and reload the servers."


def _urgency(at: int | None, left: timedelta) -> Urgency:
    if left <= LAST_DAYS:
        return Urgency.CRITICAL
    return Urgency.URGENT if at is not None and at <= URGENT_DAYS else Urgency.SOON


def _faults(name: str, past: EndpointHistory) -> Iterator[Alarm[CertificateAlarmKind]]:
    told = [one for one in past.told if one.fault not in OF_THE_END]
    if not told:
        return
    worst = told[0]
    more = f" ({len(told) - 1} more)" if len(told) > 1 else ""
    yield Alarm(
        kind=CertificateAlarmKind.FAULT,
        urgency=_urgency_of(worst),
        headline=words.clean(f"{name}: {worst.words.rstrip('.')}{more}", 2 * words.LONGEST),
        what_to_do=" ".join(dict.fromkeys(REMEDIATION[one.fault].how for one in told[:2])),
    )


def _urgency_of(worst: Fault) -> Urgency:
    return Urgency.CRITICAL if worst.severity is Severity.CRITICAL else Urgency.SOON
