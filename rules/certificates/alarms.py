"""What staff have to be told of an endpoint: that its certificate ends, and that clients refuse it.

What people renew is an alarm by the days that are left, in stages. What a program renews is no concern while it is due,
and is one once it is late: else a 47-day certificate would be an alarm for most of its life.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from rules.alarms import Urgency
from rules.certificates import renewal
from rules.certificates.changes import CertificateChangeKind
from rules.certificates.faults import Fault, FaultKind, Severity
from rules.certificates.finding import AddressFinding, ChainLink
from rules.certificates.history import EndpointHistory
from rules.certificates.renewal import Renewal
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


class AlarmCause(StrEnum):
    """What it is that staff have to be told."""

    ENDED = "ended"
    ROLLOUT = "rollout"  # it ends within ``LAST_DAYS``, and some addresses do not serve its successor
    LATE = "late"  # the program that renews it did not
    BY_HAND = "by_hand"  # it ends soon, and people renew it
    FAULTS = "faults"


@dataclass(frozen=True, slots=True, kw_only=True)
class CertificateAlarm:
    """One alarm. ``stage`` only falls while time passes; None is before the first, or without any.

    Of what it speaks: ``leaf`` is the certificate that ends, ``renewal`` when it is due, seen from ``now``; ``faults``
    are those that are not about the end, worst first, of which ``addresses`` say more.
    """

    kind: CertificateAlarmKind
    cause: AlarmCause
    urgency: Urgency
    now: datetime
    stage: int | None = None
    leaf: ChainLink | None = None
    renewal: Renewal | None = None
    faults: tuple[Fault, ...] = ()
    addresses: tuple[AddressFinding, ...] = ()


def alarms(
    history: EndpointHistory, *, warn_at: tuple[int, ...] = STAGES, now: datetime
) -> tuple[CertificateAlarm, ...]:
    """Return what staff have to be told of an endpoint, the most urgent first, at most one of each kind.

    ``history`` holds the scan that has just been made. ``warn_at`` are days, largest first, as ``rules.stages.parse``
    returns them; ``now`` is aware.
    """
    found = [*_expiry(history, warn_at, now), *_faults(history, now)]
    return tuple(sorted(found, key=lambda alarm: -alarm.urgency))


def over(
    history: EndpointHistory,
    found: tuple[CertificateAlarm, ...],
    changes: tuple[Change[CertificateChangeKind], ...],
) -> frozenset[CertificateAlarmKind]:
    """Return the kinds of which an open alert is over: of what holds no more, and of what is about something else now.

    What nobody could see now stays as it was.
    """
    ended = set(CertificateAlarmKind) - {one.kind for one in found} - undecided(history)
    return frozenset(ended | {kind for change in changes if (kind := outdated(change))})


def undecided(history: EndpointHistory) -> frozenset[CertificateAlarmKind]:
    """Return the kinds of which the last scan says nothing: where none is raised, one that is open stays open."""
    kinds: set[CertificateAlarmKind] = set()
    finding = history.finding
    if finding is None or finding.leaf is None:
        kinds.add(CertificateAlarmKind.EXPIRY)
    certain = {one.kind for one in history.certain_faults}
    unseen = any(kind not in certain for kind in history.open)
    if unseen or finding is None or (finding.leaf is None and not certain):
        kinds.add(CertificateAlarmKind.FAULT)
    return frozenset(kinds)


def outdated(change: Change[CertificateChangeKind]) -> CertificateAlarmKind | None:
    """Return which open alarm is about something else since a change: another end, whose stages begin anew, or faults.

    It is cleared before what holds now is raised, which is news so.
    """
    if change.kind is CertificateChangeKind.EXPIRY_CHANGED:
        return CertificateAlarmKind.EXPIRY
    about = change.after if change.kind is CertificateChangeKind.FAULT_FOUND else change.before
    if change.kind in _OF_FAULTS and about not in OF_THE_END:
        return CertificateAlarmKind.FAULT
    return None


_OF_FAULTS = frozenset({CertificateChangeKind.FAULT_FOUND, CertificateChangeKind.FAULT_MENDED})


def _expiry(history: EndpointHistory, warn_at: tuple[int, ...], now: datetime) -> Iterator[CertificateAlarm]:
    leaf = history.finding.leaf if history.finding else None
    if leaf is None or leaf.not_after is None:
        return
    at, left = stage(leaf.not_after, now=now, stages=warn_at), leaf.not_after - now
    found = renewal.of(leaf, served=history.served, window=renewal.window_of(history.finding), now=now)
    cause = _cause(history, found, at, left)
    if cause is not None:
        yield CertificateAlarm(
            kind=CertificateAlarmKind.EXPIRY,
            cause=cause,
            stage=at,
            urgency=_urgency(at, left),
            now=now,
            leaf=leaf,
            renewal=found,
        )


def _cause(history: EndpointHistory, found: Renewal | None, at: int | None, left: timedelta) -> AlarmCause | None:
    """Return what there is to be told of an end, None where nothing is."""
    by_hand = found is None or found.by_hand
    if at == LAPSED:
        return AlarmCause.ENDED
    if history.differing_since and (found is None or not found.by_hand):
        return AlarmCause.ROLLOUT if left <= LAST_DAYS else None
    if found and found.late and not found.by_hand:
        return AlarmCause.LATE
    return AlarmCause.BY_HAND if at is not None and by_hand else None


def _urgency(at: int | None, left: timedelta) -> Urgency:
    if left <= LAST_DAYS:
        return Urgency.CRITICAL
    return Urgency.URGENT if at is not None and at <= URGENT_DAYS else Urgency.SOON


def _faults(history: EndpointHistory, now: datetime) -> Iterator[CertificateAlarm]:
    found = tuple(one for one in history.certain_faults if one.kind not in OF_THE_END)
    if found:
        is_critical = found[0].severity is Severity.CRITICAL
        yield CertificateAlarm(
            kind=CertificateAlarmKind.FAULT,
            cause=AlarmCause.FAULTS,
            urgency=Urgency.CRITICAL if is_critical else Urgency.SOON,
            now=now,
            faults=found,
            addresses=history.finding.addresses if history.finding else (),
        )
