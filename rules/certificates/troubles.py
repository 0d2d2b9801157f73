"""When we try again after a scan that we could not make ourselves: soon, for it says nothing of the endpoint."""

from datetime import datetime, timedelta

from rules.next_check import NextCheck

FIRST, MOST = timedelta(minutes=5), timedelta(hours=1)
_MOST_DOUBLINGS = 8


def again(failures: int, *, now: datetime) -> NextCheck:
    """Return when to try again after the ``failures``-th trouble in a row, counted from 1: later each time."""
    wait = min(FIRST * 2 ** min(failures - 1, _MOST_DOUBLINGS), MOST)
    return NextCheck(now + wait, "we could not look ourselves")
