"""When an endpoint is scanned next, and why then: each day at least, and often where something may happen soon.

Of all reasons the one that asks for the soonest scan decides, as with domains (``rules.domains.next_check``).
"""

from collections.abc import Iterator
from datetime import datetime, timedelta

from rules.certificates import renewal, words
from rules.certificates.faults import Severity
from rules.certificates.history import EndpointHistory
from rules.next_check import NextCheck

LONGEST = timedelta(days=1)
SOONEST = timedelta(hours=1)
SCANS_A_LIFE = 20
"""What lives less than twenty days is scanned more often than daily, down to ``SOONEST``."""

NEVER = timedelta(minutes=1)
FAILED_FIRST, FAILED_MOST = timedelta(minutes=5), timedelta(hours=1)
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


def next_scan(past: EndpointHistory, *, jitter: float, now: datetime) -> NextCheck:
    """Return when to scan an endpoint next: after ``now`` (aware), within ``LONGEST``.

    ``past`` holds the scan that has just been made. ``jitter`` in [0, 1) brings the scan forward by up to an eighth, so
    that endpoints with the same reason are not scanned at one moment (``looks.spread``).
    """
    if past.finding is None:
        return NextCheck(now + NEVER * (1 + jitter), "nobody has scanned it yet")
    wait, reason = min(_reasons(past, now), key=lambda one: one[0])
    sooner = min(wait, LONGEST) * (1 - jitter * _SOONER_BY)
    moments = [(at - now + _JUST_AFTER * (1 + jitter), why) for at, why in _moments(past, now) if at > now]
    first, why = min(moments, default=(LONGEST, ""))
    return NextCheck(now + first, why) if first < sooner else NextCheck(now + sooner, reason)


def _reasons(past: EndpointHistory, now: datetime) -> Iterator[tuple[timedelta, str]]:
    yield LONGEST, "each endpoint is scanned daily"
    yield from _of_failures(past)
    yield from _of_rollout(past, now)
    yield from _of_faults(past)
    yield from _of_the_end(past, now)
    yield from _of_renewal(past, now)


def _of_failures(past: EndpointHistory) -> Iterator[tuple[timedelta, str]]:
    if past.failures:
        times = "the last time" if past.failures == 1 else f"the last {past.failures} times"
        wait = min(FAILED_FIRST * 2 ** min(past.failures - 1, _MOST_DOUBLINGS), FAILED_MOST)
        yield wait, f"some address did not answer {times}"


def _of_rollout(past: EndpointHistory, now: datetime) -> Iterator[tuple[timedelta, str]]:
    if past.differing_since:
        stuck = now - past.differing_since >= _STUCK_AFTER
        yield ROLLOUT_STUCK if stuck else ROLLOUT, "a new certificate is being rolled out"


def _of_faults(past: EndpointHistory) -> Iterator[tuple[timedelta, str]]:
    if any(one.severity is Severity.CRITICAL for one in past.told):
        yield FAULTY, "clients refuse it"


def _of_the_end(past: EndpointHistory, now: datetime) -> Iterator[tuple[timedelta, str]]:
    leaf = past.leaf
    if leaf is None or leaf.not_after is None or leaf.not_before is None:
        return
    life, left = leaf.not_after - leaf.not_before, leaf.not_after - now
    if left <= timedelta(0):
        wait = SOONEST if -left < _ENDED_OFTEN else FAULTY
        yield wait, f"its certificate ended {words.days(-left)} ago"
    elif left <= min(NEAR, life * NEAR_SHARE):
        yield SOONEST, f"its certificate ends in {words.days(left)}"
    if timedelta(0) < life < SCANS_A_LIFE * LONGEST:
        yield max(life / SCANS_A_LIFE, SOONEST), f"its certificate lives {words.days(life)} only"


def _of_renewal(past: EndpointHistory, now: datetime) -> Iterator[tuple[timedelta, str]]:
    found = _renewal(past, now)
    if found and found.late:
        yield DUE, "its renewal is late"
    elif found and found.due_at <= now:
        yield DUE, "its renewal is due"


def _moments(past: EndpointHistory, now: datetime) -> Iterator[tuple[datetime, str]]:
    """Return moments after which a scan has something new to see."""
    if past.leaf and past.leaf.not_after:
        yield past.leaf.not_after, "its certificate will just have ended"
    found = _renewal(past, now)
    if found:
        yield found.due_at, "its renewal will just have become due"
        yield found.late_at, "its renewal will just have become late"


def _renewal(past: EndpointHistory, now: datetime) -> renewal.Renewal | None:
    if past.leaf is None:
        return None
    return renewal.judge(past.leaf, held=past.held, window=renewal.window_of(past.finding), now=now)
