"""What staff have to be told of an endpoint: that its certificate ends, and that clients refuse it.

What people renew is an alarm by the days that are left, in stages. What a program renews is no concern while it is due,
and is one once it is late: else a 47-day certificate would be an alarm for most of its life.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from rules.certificates import renewal
from rules.certificates.changes import CertificateChangeKind
from rules.certificates.faults import Fault, FaultKind, Severity
from rules.certificates.finding import AddressFinding, ChainLink
from rules.certificates.history import EndpointHistory
from rules.certificates.renewal import Renewal
from rules.checks.alarms import Urgency
from rules.checks.changes import Change
from rules.checks.stages import LAPSED, STAGES, stage

URGENT_DAYS = 7
LAST_DAYS = timedelta(days=2)
"""What ends sooner is critical before it has ended."""

OF_THE_END = frozenset({FaultKind.EXPIRED, FaultKind.RENEWAL_LATE, FaultKind.CHAIN_ENDING, FaultKind.EXPIRED_ISSUER})
"""Faults that the alarm about the end speaks of."""


class CertificateAlarmKind(StrEnum):
    """What an alarm is about. Of each kind one is open for an endpoint."""

    EXPIRY = "certificate_expiry"
    """Its certificate, or one above it, ends soon or has ended, or is late to be renewed. Staged by the days to it."""
    FAULT = "certificate_fault"
    """Something else is wrong with it. No stages."""


class AlarmCause(StrEnum):
    """What it is that staff have to be told."""

    ENDED = "ended"
    ROLLOUT = "rollout"  # it ends within ``LAST_DAYS``, and some addresses do not serve its successor
    LATE = "late"  # the program that renews it did not
    BY_HAND = "by_hand"  # it ends soon, and people renew it
    CHAIN = "chain"  # a certificate above it ends before it
    CHAIN_ENDED = "chain_ended"
    FAULTS = "faults"


@dataclass(frozen=True, slots=True, kw_only=True)
class CertificateAlarm:
    """One alarm. ``stage`` only falls while time passes; None is before the first, or without any.

    Of what it speaks: ``ending`` is the certificate that ends, ``leaf`` the server's own, whose ``renewal`` is due,
    seen from ``now``; ``faults`` are those that are not about the end, worst first, of which ``addresses`` say more.
    """

    kind: CertificateAlarmKind
    cause: AlarmCause
    urgency: Urgency
    now: datetime
    stage: int | None = None
    ending: ChainLink | None = None
    leaf: ChainLink | None = None
    renewal: Renewal | None = None
    faults: tuple[Fault, ...] = ()
    addresses: tuple[AddressFinding, ...] = ()

    @property
    def about(self) -> str:
        """Which end it is about, or which faults: an alarm about others is another one."""
        if self.faults:
            return ",".join(sorted({one.kind for one in self.faults}))
        return self.ending.not_after.date().isoformat() if self.ending and self.ending.not_after else ""

    @property
    def storm(self) -> str:
        """What it shares with others of its kind that one cause may have: who issued the certificate, or the fault."""
        return self.leaf.issuer if self.leaf else str(self.faults[0].kind) if self.faults else ""


def alarms(
    history: EndpointHistory, *, warn_at: tuple[int, ...] = STAGES, now: datetime
) -> tuple[CertificateAlarm, ...]:
    """Return what staff have to be told of an endpoint, the most urgent first, at most one of each kind.

    ``history`` holds the scan that has just been made. ``warn_at`` are days, largest first, as
    ``rules.checks.stages.parse`` returns them; ``now`` is aware.
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
    finding = history.finding
    if finding is None or finding.leaf is None:
        return
    ending, leaf = finding.ending or finding.leaf, finding.leaf
    found = renewal.of(leaf, served=history.served, window=renewal.window_of(finding), now=now)
    # What ends above the leaf comes first where staff are told of it already; else the leaf may have its own alarm.
    for one in dict.fromkeys((ending, leaf)):
        if one.not_after is None:
            continue
        at, left = stage(one.not_after, now=now, stages=warn_at), one.not_after - now
        cause = _cause(history, found, at, left) if one is leaf else _cause_of_chain(at)
        if cause is not None:
            urgency = _urgency(at, left)
            kind = CertificateAlarmKind.EXPIRY
            yield CertificateAlarm(
                kind=kind, cause=cause, stage=at, urgency=urgency, now=now, ending=one, leaf=leaf, renewal=found
            )
            return


def _cause_of_chain(at: int | None) -> AlarmCause | None:
    """Return what is to be told of an issuer's end: people see to it, whatever renews the leaf."""
    if at is None:
        return None
    return AlarmCause.CHAIN_ENDED if at == LAPSED else AlarmCause.CHAIN


def _cause(history: EndpointHistory, found: Renewal | None, at: int | None, left: timedelta) -> AlarmCause | None:
    """Return what there is to be told of a leaf's end, None where nothing is."""
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
            leaf=history.finding.leaf if history.finding else None,
            faults=found,
            addresses=history.finding.addresses if history.finding else (),
        )
