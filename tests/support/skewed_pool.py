"""The pool's own process, and its workers, with a clock that is days ahead; the monotonic one goes on."""

from datetime import UTC, datetime, timedelta

import time_machine

from workers import pool

AHEAD = timedelta(days=3)


def main() -> None:
    """Run the pool until told to stop."""
    with time_machine.travel(datetime.now(UTC) + AHEAD, tick=True):
        pool.main()
