"""Staged warnings before something lapses: each stage is told once, and a renewal clears them."""

from datetime import datetime, timedelta

STAGES = (60, 30, 14, 7, 3, 1)
"""Days before the end at which staff are told, largest first."""

LAPSED = 0
"""The stage after the end."""

FIRST_DAY, LAST_DAY = 1, 3650
"""The numbers of days that a stage may have: registries let nobody pay for more than ten years."""

MOST_STAGES = 12
LONGEST_TEXT = 200


class BadStages(ValueError):
    """Raised when a text names no stages; the message says how to mend it."""


def stage(expires: datetime, *, now: datetime, stages: tuple[int, ...] = STAGES) -> int | None:
    """Return the stage that is reached: the smallest number of days that still covers what is left.

    Both times are aware. None means that even the first stage is ahead; ``LAPSED`` that the end has passed.
    """
    left = expires - now
    if left <= timedelta(0):
        return LAPSED
    reached = [days for days in stages if left <= timedelta(days=days)]
    return min(reached, default=None)


def parse(text: str) -> tuple[int, ...]:
    """Return the stages that a person wrote, such as ``60,30,7``, largest first. Raises ``BadStages``."""
    words = text[:LONGEST_TEXT].replace(";", ",").split(",")
    days = tuple(sorted((_days(word.strip()) for word in words if word.strip()), reverse=True))
    if not days:
        raise BadStages("no stage is named; give days before the end, such as 60,30,7")
    twice = next((day for day in days if days.count(day) > 1), None)
    if twice is not None:
        raise BadStages(f"{twice} is named twice; each stage is told once")
    if len(days) > MOST_STAGES or len(text) > LONGEST_TEXT:
        raise BadStages(f"these are more than {MOST_STAGES} stages; give fewer")
    return days


def written(stages: tuple[int, ...]) -> str:
    """Return stages as a person would write them, and as ``parse`` reads them."""
    return ",".join(map(str, stages))


def _days(word: str) -> int:
    if not (word.isascii() and word.isdigit() and FIRST_DAY <= int(word) <= LAST_DAY):
        raise BadStages(f"{word!r} is no stage; give whole days from {FIRST_DAY} to {LAST_DAY}, such as 60,30,7")
    return int(word)
