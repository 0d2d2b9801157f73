"""The vocabulary of the ledger, and how long a failed job waits."""

from enum import IntEnum, StrEnum


class JobState(StrEnum):
    """What a job is. Only QUEUED and RUNNING can become something else by themselves."""

    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"  # refused for good: trying again changes nothing
    DEAD = "dead"  # gave up after its tries: a person decides
    CANCELLED = "cancelled"
    UNKNOWN = "unknown"  # its remote effect may have happened: a person decides


UNFINISHED = (JobState.QUEUED, JobState.RUNNING)
NEED_A_PERSON = (JobState.DEAD, JobState.UNKNOWN, JobState.FAILED)
"""The states in which a job waits for a person."""


class AttemptOutcome(StrEnum):
    """How one attempt ended."""

    DONE = "done"
    RETRIED = "retried"
    PARKED = "parked"
    FAILED = "failed"
    DEAD = "dead"
    UNKNOWN = "unknown"
    LOST = "lost"  # its claim was not renewed
    CRASHED = "crashed"  # its process died
    TIMEOUT = "timeout"  # it ran past its deadline in code that could not be interrupted
    RELEASED = "released"  # its process ended in order before it did


class Priority(IntEnum):
    """Which jobs of a queue go first."""

    URGENT = 0
    NORMAL = 1
    BULK = 2


CRASHES_ALLOWED = 3
"""A job is dead after this many deaths of processes in which it ran alone."""

_BACKOFF_MAX_S = 3600.0
_RETRY_AFTER_MAX_S = 86400.0


def backoff_s(failures: int, *, first_s: float, jitter: float, retry_after: float | None = None) -> float:
    """Return how many seconds to wait after the ``failures``-th failure, counted from 1.

    Doubles from ``first_s`` up to an hour; ``jitter`` in [0, 1) takes off up to half, so that jobs that failed
    together do not return together. Never sooner than ``retry_after``, which the other side asked for, unless that is
    more than a day.
    """
    wait = min(first_s * 2 ** min(failures - 1, 16), _BACKOFF_MAX_S) * (1 - jitter / 2)
    return max(wait, min(retry_after or 0.0, _RETRY_AFTER_MAX_S))
