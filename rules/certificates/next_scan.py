"""When an endpoint is scanned next, and why then: each day at least, and often where something may happen soon.

Of all reasons the one that asks for the soonest scan decides, as with domains (``rules.domains.next_check``).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from rules.certificates import renewal, variants
from rules.certificates.faults import FaultKind, Severity
from rules.certificates.history import EndpointHistory
from rules.certificates.renewal import Renewal
from rules.x509.violations import Parameters

LONGEST = timedelta(days=1)
SOONEST = timedelta(hours=1)
SCANS_A_LIFE = 20
"""A certificate that lives less than twenty days is scanned more often than daily, up to once in ``SOONEST``."""

NEVER = timedelta(minutes=1)
FAILED_FIRST, FAILED_MOST = timedelta(minutes=5), timedelta(hours=1)
"""The waits after failed scans: an address does not answer, or we could not scan ourselves."""

_MOST_DOUBLINGS = 6

ROLLOUT, ROLLOUT_STUCK = timedelta(minutes=20), timedelta(hours=1)
_STUCK_AFTER = timedelta(days=1)

DUE = timedelta(hours=6)
FAULTY = timedelta(hours=3)
NEAR, NEAR_SHARE = timedelta(days=3), 1 / 5
"""The end is near within three days, or within the last fifth of a short life."""

_ENDED_OFTEN = timedelta(days=3)
_JUST_AFTER = timedelta(minutes=2)
_SOONER_BY = 1 / 8


class ScanReason(StrEnum):
    """Why an endpoint is scanned at that time."""

    NEW = "new"
    DAILY = "daily"
    SILENT = "silent"
    RECENTLY_SILENT = "recently_silent"  # it answers again: of several machines one may not
    TROUBLE = "trouble"  # we could not scan it ourselves
    ROLLOUT = "rollout"
    MACHINES = "machines"
    REFUSED = "refused"
    ENDED = "ended"
    ENDING = "ending"
    SHORT_LIFE = "short_life"
    DUE = "due"
    LATE = "late"
    JUST_ENDED = "just_ended"
    CHAIN_ENDING = "chain_ending"
    CHAIN_JUST_ENDED = "chain_just_ended"
    JUST_DUE = "just_due"
    JUST_LATE = "just_late"


@dataclass(frozen=True, slots=True)
class NextScan:
    """The next scan, and the reason with its parameters; lengths of time are in seconds."""

    at: datetime
    reason: ScanReason
    parameters: Parameters = ()


_Wait = tuple[timedelta, ScanReason, Parameters]


def next_scan(history: EndpointHistory, *, jitter: float, now: datetime) -> NextScan:
    """Return when to scan an endpoint next: after ``now`` (aware), within ``LONGEST``.

    ``history`` holds the scan that has just been made. ``jitter`` in [0, 1) brings the scan forward by up to an eighth,
    so that endpoints with the same reason are not scanned at one moment.
    """
    if history.finding is None:
        return NextScan(now + NEVER * (1 + jitter), ScanReason.NEW)
    renewed = _renewal(history, now)
    wait, reason, parameters = min(_reasons(history, renewed, now), key=lambda one: one[0])
    sooner = min(wait, LONGEST) * (1 - jitter * _SOONER_BY)
    moments = [(at - now + _JUST_AFTER * (1 + jitter), why) for at, why in _moments(history, renewed) if at > now]
    first, why = min(moments, default=(LONGEST, ScanReason.DAILY))
    return NextScan(now + first, why) if first < sooner else NextScan(now + sooner, reason, parameters)


def after_trouble(failures: int, *, now: datetime) -> NextScan:
    """Return when to try again after the ``failures``-th scan in a row that we could not make ourselves, from 1."""
    return NextScan(now + _doubled(failures), ScanReason.TROUBLE)


def _doubled(failures: int) -> timedelta:
    return min(FAILED_FIRST * 2 ** min(failures - 1, _MOST_DOUBLINGS), FAILED_MOST)


def _reasons(history: EndpointHistory, renewed: Renewal | None, now: datetime) -> Iterator[_Wait]:
    yield LONGEST, ScanReason.DAILY, ()
    if history.failures:
        yield _doubled(history.failures), ScanReason.SILENT, (("times", history.failures),)
    elif history.finding and any(map(variants.was_silent, history.finding.addresses)):
        yield SOONEST, ScanReason.RECENTLY_SILENT, ()
    if history.differing_since:
        stuck = now - history.differing_since >= _STUCK_AFTER
        yield ROLLOUT_STUCK if stuck else ROLLOUT, ScanReason.ROLLOUT, ()
    if FaultKind.MACHINES_DIFFER in {one.kind for one in history.certain_faults} or _misses_a_fault(history):
        yield ROLLOUT_STUCK, ScanReason.MACHINES, ()
    if any(one.severity is Severity.CRITICAL for one in history.certain_faults):
        yield FAULTY, ScanReason.REFUSED, ()
    yield from _of_the_end(history, now)
    yield from _of_the_chain(history, now)
    yield from _of_renewal(renewed, now)


def _misses_a_fault(history: EndpointHistory) -> bool:
    """Say whether something is wrong with a machine that the last scan did not meet."""
    addresses = history.finding.addresses if history.finding else ()
    faults = (one for each in addresses if each.missed for one in each.faults)
    return any(one.severity > Severity.NOTE for one in faults)


def _of_the_end(history: EndpointHistory, now: datetime) -> Iterator[_Wait]:
    leaf = history.leaf
    if leaf is None or leaf.not_after is None or leaf.not_before is None:
        return
    life, left = leaf.not_after - leaf.not_before, leaf.not_after - now
    if left <= timedelta(0):
        yield SOONEST if -left < _ENDED_OFTEN else FAULTY, ScanReason.ENDED, _length(-left)
    elif left <= min(NEAR, life * NEAR_SHARE):
        yield SOONEST, ScanReason.ENDING, _length(left)
    if timedelta(0) < life < SCANS_A_LIFE * LONGEST:
        yield max(life / SCANS_A_LIFE, SOONEST), ScanReason.SHORT_LIFE, _length(life)


def _of_the_chain(history: EndpointHistory, now: datetime) -> Iterator[_Wait]:
    early = history.early_issuer
    if early and early.not_after and timedelta(0) < (left := early.not_after - now) <= NEAR:
        yield SOONEST, ScanReason.CHAIN_ENDING, _length(left)


def _length(length: timedelta) -> Parameters:
    return (("length_s", length // timedelta(seconds=1)),)


def _of_renewal(renewed: Renewal | None, now: datetime) -> Iterator[_Wait]:
    if renewed and renewed.late:
        yield DUE, ScanReason.LATE, ()
    elif renewed and renewed.due_at <= now:
        yield DUE, ScanReason.DUE, ()


def _moments(history: EndpointHistory, renewed: Renewal | None) -> Iterator[tuple[datetime, ScanReason]]:
    """Return moments after which a scan has something new to see."""
    if history.leaf and history.leaf.not_after:
        yield history.leaf.not_after, ScanReason.JUST_ENDED
    if history.early_issuer and history.early_issuer.not_after:
        yield history.early_issuer.not_after, ScanReason.CHAIN_JUST_ENDED
    if renewed:
        yield renewed.due_at, ScanReason.JUST_DUE
        yield renewed.late_at, ScanReason.JUST_LATE


def _renewal(history: EndpointHistory, now: datetime) -> Renewal | None:
    if history.leaf is None:
        return None
    return renewal.of(history.leaf, served=history.served, window=renewal.window_of(history.finding), now=now)
