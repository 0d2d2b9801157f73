"""What staff have to be told of an endpoint: that its certificate ends, and that clients refuse it.

A certificate that people renew raises an alarm by the days that are left, in stages. A certificate that a program
renews raises none while it is due, and one once it is late: else a 47-day certificate would be an alarm for most of its
life.
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
"""A certificate that has less than this left is critical, though it has not ended."""

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
    LATE = "late"  # the program that renews it has not done so in time
    BY_HAND = "by_hand"  # it ends soon, and people renew it
    CHAIN = "chain"  # a certificate above it ends before it
    CHAIN_ENDED = "chain_ended"
    FAULTS = "faults"


@dataclass(frozen=True, slots=True, kw_only=True)
class CertificateAlarm:
    """One alarm. ``stage`` falls as time passes; it is None before the first stage, and for a kind without stages.

    ``ending`` is the certificate that ends, and ``leaf`` the server's own, with its ``renewal`` as it is at ``now``.
    ``faults`` are those that are not about the end, worst first; ``addresses`` have their details.
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
        """The end or the faults that it is about: an alarm about others is another alarm."""
        if self.faults:
            return ",".join(sorted({one.kind for one in self.faults}))
        return self.ending.not_after.date().isoformat() if self.ending and self.ending.not_after else ""

    @property
    def storm(self) -> str:
        """What alarms of its kind with the same cause may share: the certificate's issuer, or the fault."""
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
    """Return the kinds whose open alert is over: its reason is gone, or it is about something else than now.

    An alert whose subject the scan could not see stays open.
    """
    ended = set(CertificateAlarmKind) - {one.kind for one in found} - undecided(history)
    return frozenset(ended | {kind for change in changes if (kind := outdated(change))})


def undecided(history: EndpointHistory) -> frozenset[CertificateAlarmKind]:
    """Return the kinds about which the last scan says nothing: without a new alarm, their open alert stays open."""
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
    """Return the kind whose open alert a change has made outdated: another end, whose stages begin anew, or faults.

    That alert is closed before the alarm that holds now is raised, so that the new one is news.
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
    # An end above the leaf comes first where one of its stages is reached; else the leaf may have an alarm of its own.
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
    """Return what is to be told of a leaf's end, None where there is nothing."""
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
