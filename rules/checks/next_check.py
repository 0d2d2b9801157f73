"""When a subject is checked next, and why then: one shape for domains and endpoints."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class NextCheck:
    """The next check, and the reason in words that complete "because"."""

    at: datetime
    reason: str


def jitter(subject_id: int) -> float:
    """Return the jitter of a subject in [0, 1).

    It is always the same, and even over the ids (Knuth's multiplicative hash).
    """
    return subject_id * 2_654_435_761 % 2**32 / 2**32
