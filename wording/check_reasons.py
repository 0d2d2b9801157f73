"""Why a domain is checked when it is, in words that complete "because"."""

from rules.domains.next_check import CheckReason, NextDomainCheck

_REASONS = {
    CheckReason.NEVER_ASKED: "nobody has been asked about it yet",
    CheckReason.UNANSWERED: "nobody answered the last {times}",
    CheckReason.DOUBTED: "one source alone says that it is gone",
    CheckReason.RESTORABLE: "it can still be recovered",
    CheckReason.BEING_DELETED: "its registry is about to delete it",
    CheckReason.BEING_RESTORED: "it is being recovered",
    CheckReason.ON_HOLD: "it is taken out of the DNS",
    CheckReason.BEING_TRANSFERRED: "it is being transferred",
    CheckReason.NOT_REGISTERED: "it is not registered",
    CheckReason.RESERVED: "its registry keeps it back",
    CheckReason.UNDATED: "nobody states when it ends",
    CheckReason.ENDED: "it ended {days} ago",
    CheckReason.END_NEAR: "it ends in {days}",
    CheckReason.END_PASSED: "its end will just have passed",
    CheckReason.CHANGED: "something changed within the last week",
    CheckReason.QUIET: "it is quiet, and its end is far",
}


def because(check: NextDomainCheck) -> str:
    """Return why a domain is checked next when it is."""
    return _REASONS[check.reason].format(times=_times(check.number), days=_days(check.number))


def _times(number: int) -> str:
    return "time" if number == 1 else f"{number} times"


def _days(number: int) -> str:
    return {0: "less than a day", 1: "1 day"}.get(number, f"{number} days")
