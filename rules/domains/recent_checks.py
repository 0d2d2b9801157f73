"""What the last checks of a domain brought, one word each: what lists show as bars."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

MOST: Final = 30
FAILED: Final = "failed"


@dataclass(frozen=True, slots=True)
class RecentCheck:
    """A check: when (UTC, to the second), and what the registry said, an ``Answer``; ``FAILED`` where nobody did."""

    at: datetime
    word: str


def after(checks: Sequence[RecentCheck], newest: RecentCheck) -> tuple[RecentCheck, ...]:
    """Return the checks that are kept once there is another, the oldest first."""
    return (*checks, newest)[-MOST:]


def dump(checks: Iterable[RecentCheck]) -> list[tuple[int, str]]:
    """Return checks as JSON holds them: seconds since 1970, and the word."""
    return [(int(one.at.timestamp()), one.word) for one in checks]


def load(kept: Iterable[tuple[int, str]] | None) -> tuple[RecentCheck, ...]:
    """Return the checks that ``dump`` wrote; none where a row has none."""
    return tuple(RecentCheck(datetime.fromtimestamp(at, UTC), word) for at, word in kept or ())
