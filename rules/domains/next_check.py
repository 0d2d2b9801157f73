"""When a domain is looked at next, and why then: often where something may happen soon, seldom where all is quiet.

Of all reasons the one that asks for the soonest look decides. The looks of domains with the same reason are spread by
``spread``, so that no registry sees them all at one moment.
"""

from collections.abc import Collection, Iterator
from datetime import datetime, timedelta

from rules.domains.records import Answer
from rules.next_check import NextCheck

LONGEST = timedelta(days=7)

_HOUR = timedelta(hours=1)
_DAY = timedelta(days=1)
_NEVER_ASKED = timedelta(minutes=1)
_GRACE = timedelta(days=45)
"""How long after its end a domain is looked at often: registries and registrars give up to 45 days (RFC 3915)."""

_TO_THE_END = (
    (timedelta(days=3), 6 * _HOUR),
    (timedelta(days=14), 12 * _HOUR),
    (timedelta(days=60), _DAY),
    (timedelta(days=120), 3 * _DAY),
)
"""How often, by what is left; beyond these lines ``LONGEST``."""

_AFTER_THE_END = timedelta(minutes=10)
_UNDATED = 3 * _DAY
_CHANGED = _DAY
_FREE = _DAY
_DOUBTED = _HOUR
_FAILED_MOST = _DAY
_MOST_DOUBLINGS = 10
_SOONER_BY = 1 / 8

_LEAVING = {
    "redemptionPeriod": "it can still be recovered",
    "pendingDelete": "its registry is about to delete it",
    "pendingRestore": "it is being recovered",
    "clientHold": "it is taken out of the DNS",
    "serverHold": "it is taken out of the DNS",
    "pendingTransfer": "it is being transferred",
}
"""Statuses of which the end is near, and what they mean."""


def next_check(
    *,
    answer: Answer | None,
    expires: datetime | None,
    statuses: Collection[str],
    changed_at: datetime | None,
    failures: int,
    doubted: bool,
    jitter: float,
    now: datetime,
) -> NextCheck:
    """Return when to look at a domain next: after ``now``, within ``LONGEST``.

    ``answer`` is the last that says something of the domain, None before the first; ``failures`` counts the looks
    without one since; ``doubted`` says that one source alone calls it gone. ``expires`` is the end that counts,
    whoever stated it. ``jitter`` in [0, 1) brings the look forward by up to an eighth.
    """
    if answer is None and not failures:
        return NextCheck(now + _NEVER_ASKED * (1 + jitter), "nobody has been asked about it yet")
    found = [
        *_without_answer(failures, doubted=doubted),
        *_of_statuses(statuses),
        *_of_the_end(answer, expires, now),
        *_of_changes(changed_at, now),
    ]
    wait, reason = min(found, key=lambda one: one[0])
    sooner = min(wait, LONGEST) * (1 - jitter * _SOONER_BY)
    if answer is Answer.REGISTERED and expires and expires > now:
        just_after = expires - now + _AFTER_THE_END * (1 + jitter)
        if just_after < sooner:
            return NextCheck(now + just_after, "its end will just have passed")
    return NextCheck(now + sooner, reason)


def _without_answer(failures: int, *, doubted: bool) -> Iterator[tuple[timedelta, str]]:
    if doubted:
        yield _DOUBTED, "one source alone says that it is gone"
    if failures:
        times = "time" if failures == 1 else f"{failures} times"
        yield min(_HOUR * 2 ** min(failures - 1, _MOST_DOUBLINGS), _FAILED_MOST), f"nobody answered the last {times}"


def _of_statuses(statuses: Collection[str]) -> Iterator[tuple[timedelta, str]]:
    leaving = next((meaning for status, meaning in _LEAVING.items() if status in statuses), None)
    if leaving:
        yield 6 * _HOUR, leaving


def _of_the_end(answer: Answer | None, expires: datetime | None, now: datetime) -> Iterator[tuple[timedelta, str]]:
    if answer is Answer.AVAILABLE:
        yield _FREE, "it is not registered"
    elif answer is not Answer.REGISTERED:
        yield LONGEST, "its registry keeps it back"
    elif expires is None:
        yield _UNDATED, "nobody states when it ends"
    elif expires <= now:
        wait = 6 * _HOUR if now - expires <= _GRACE else _DAY
        yield wait, f"it ended {_days(now - expires)} ago"
    else:
        left = expires - now
        wait = next((often for most, often in _TO_THE_END if left <= most), LONGEST)
        yield wait, f"it ends in {_days(left)}" if wait < LONGEST else "it is quiet, and its end is far"


def _of_changes(changed_at: datetime | None, now: datetime) -> Iterator[tuple[timedelta, str]]:
    if changed_at and now - changed_at < LONGEST:
        yield _CHANGED, "something changed within the last week"


def _days(length: timedelta) -> str:
    days = length // _DAY
    return {0: "less than a day", 1: "1 day"}.get(days, f"{days} days")
