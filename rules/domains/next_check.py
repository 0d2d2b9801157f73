"""When a domain is checked next, and why then: often where something may happen soon, seldom where all is quiet.

Of all reasons the one that asks for the soonest check decides. The checks of domains with the same reason are spread by
their jitter, so that no registry is asked about them all at one moment.
"""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from rules.domains.records import Answer

LONGEST = timedelta(days=7)

_HOUR = timedelta(hours=1)
_DAY = timedelta(days=1)
_NEVER_ASKED = timedelta(minutes=1)
_GRACE = timedelta(days=45)
"""How long after its end a domain is checked often: registries and registrars give up to 45 days (RFC 3915)."""

_TO_THE_END = (
    (timedelta(days=3), 6 * _HOUR),
    (timedelta(days=14), 12 * _HOUR),
    (timedelta(days=60), _DAY),
    (timedelta(days=120), 3 * _DAY),
)
"""How often, by the time that is left until the end; further from the end, each ``LONGEST``."""

_AFTER_THE_END = timedelta(minutes=10)
_UNDATED = 3 * _DAY
_CHANGED = _DAY
_FREE = _DAY
_DOUBTED = _HOUR
_FAILED_MOST = _DAY
_MOST_DOUBLINGS = 10
_SOONER_BY = 1 / 8


class CheckReason(StrEnum):
    """Why a domain is checked when it is."""

    NEVER_ASKED = "never_asked"
    UNANSWERED = "unanswered"  # the last checks had no answer; the number counts them
    DOUBTED = "doubted"  # one source alone says that it is gone
    RESTORABLE = "restorable"
    BEING_DELETED = "being_deleted"
    BEING_RESTORED = "being_restored"
    ON_HOLD = "on_hold"
    BEING_TRANSFERRED = "being_transferred"
    NOT_REGISTERED = "not_registered"
    RESERVED = "reserved"
    UNDATED = "undated"  # nobody states when it ends
    ENDED = "ended"  # so many days ago
    END_NEAR = "end_near"  # in so many days
    END_PASSED = "end_passed"  # the end will have passed, just before that check
    CHANGED = "changed"
    QUIET = "quiet"


@dataclass(frozen=True, slots=True)
class NextDomainCheck:
    """The next check of a domain, and why then. ``number`` is how many checks or days the reason counts."""

    at: datetime
    reason: CheckReason
    number: int = 0


_SHORT_LIVED = {
    "redemptionPeriod": CheckReason.RESTORABLE,
    "pendingDelete": CheckReason.BEING_DELETED,
    "pendingRestore": CheckReason.BEING_RESTORED,
    "clientHold": CheckReason.ON_HOLD,
    "serverHold": CheckReason.ON_HOLD,
    "pendingTransfer": CheckReason.BEING_TRANSFERRED,
}
"""Statuses that last only a short time."""

_Proposal = tuple[timedelta, CheckReason, int]
"""How long to wait, why, and how many checks or days the reason counts."""


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
) -> NextDomainCheck:
    """Return when to check a domain next: after ``now``, within ``LONGEST``.

    ``answer`` is the last answer that says something of the domain, None before the first; ``failures`` counts the
    checks since then without one. ``doubted`` says that one source alone calls the name gone. ``expires`` is the end
    that counts, whoever stated it. ``jitter`` in [0, 1) brings the check forward by up to an eighth.
    """
    if answer is None and not failures:
        return NextDomainCheck(now + _NEVER_ASKED * (1 + jitter), CheckReason.NEVER_ASKED)
    proposals = [
        *_without_answer(failures, doubted=doubted),
        *_of_statuses(statuses),
        *_of_the_end(answer, expires, now),
        *_of_changes(changed_at, now),
    ]
    wait, reason, number = min(proposals, key=lambda proposal: proposal[0])
    sooner = min(wait, LONGEST) * (1 - jitter * _SOONER_BY)
    if answer is Answer.REGISTERED and expires and expires > now:
        just_after = expires - now + _AFTER_THE_END * (1 + jitter)
        if just_after < sooner:
            return NextDomainCheck(now + just_after, CheckReason.END_PASSED)
    return NextDomainCheck(now + sooner, reason, number)


def _without_answer(failures: int, *, doubted: bool) -> Iterator[_Proposal]:
    if doubted:
        yield _DOUBTED, CheckReason.DOUBTED, 0
    if failures:
        wait = min(_HOUR * 2 ** min(failures - 1, _MOST_DOUBLINGS), _FAILED_MOST)
        yield wait, CheckReason.UNANSWERED, failures


def _of_statuses(statuses: Collection[str]) -> Iterator[_Proposal]:
    reason = next((reason for status, reason in _SHORT_LIVED.items() if status in statuses), None)
    if reason:
        yield 6 * _HOUR, reason, 0


def _of_the_end(answer: Answer | None, expires: datetime | None, now: datetime) -> Iterator[_Proposal]:
    if answer is Answer.AVAILABLE:
        yield _FREE, CheckReason.NOT_REGISTERED, 0
    elif answer is not Answer.REGISTERED:
        yield LONGEST, CheckReason.RESERVED, 0
    elif expires is None:
        yield _UNDATED, CheckReason.UNDATED, 0
    elif expires <= now:
        wait = 6 * _HOUR if now - expires <= _GRACE else _DAY
        yield wait, CheckReason.ENDED, (now - expires) // _DAY
    else:
        left = expires - now
        wait = next((often for most, often in _TO_THE_END if left <= most), None)
        yield (wait, CheckReason.END_NEAR, left // _DAY) if wait else (LONGEST, CheckReason.QUIET, 0)


def _of_changes(changed_at: datetime | None, now: datetime) -> Iterator[_Proposal]:
    if changed_at and now - changed_at < LONGEST:
        yield _CHANGED, CheckReason.CHANGED, 0
