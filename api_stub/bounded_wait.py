"""Waiting for what a job brings: handlers queue work and never do it, and some answers are worth a moment's wait."""

import time
from collections.abc import Callable

from db import connection

_POLL_S = 0.05


def until(done: Callable[[], bool], *, wait_s: float) -> bool:
    """Wait until ``done`` returns True, ``wait_s`` seconds at the most, and return what it returned last.

    ``done`` asks the database. Call this outside of a transaction: inside one, the awaited change would stay invisible.
    """
    ends = time.monotonic() + wait_s
    while not (is_done := done()) and time.monotonic() < ends:
        connection.rest()
        time.sleep(min(_POLL_S, wait_s))
    return is_done
