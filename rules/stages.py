"""Staged warnings before something lapses: each stage is told once, and a renewal clears them."""

from datetime import datetime, timedelta

STAGES = (60, 30, 14, 7, 1)
"""Days before the end at which staff are told, largest first."""

LAPSED = 0
"""The stage after the end."""


def stage(expires: datetime, *, now: datetime, stages: tuple[int, ...] = STAGES) -> int | None:
    """Return the stage that is reached: the smallest number of days that still covers what is left.

    Both times are aware. None means that even the first stage is ahead; ``LAPSED`` that the end has passed.
    """
    left = expires - now
    if left <= timedelta(0):
        return LAPSED
    reached = [days for days in stages if left <= timedelta(days=days)]
    return min(reached, default=None)
