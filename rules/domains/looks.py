"""What the last looks at a domain brought, one word each: what lists show as bars."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

MOST: Final = 30
FAILED: Final = "failed"


@dataclass(frozen=True, slots=True)
class Look:
    """A look: when (UTC, to the second), and what the registry said, an ``Answer``; ``FAILED`` where nobody did."""

    at: datetime
    word: str


def after(looks: Sequence[Look], look: Look) -> tuple[Look, ...]:
    """Return the looks that are kept once there is another, the oldest first."""
    return (*looks, look)[-MOST:]


def dump(looks: Iterable[Look]) -> list[tuple[int, str]]:
    """Return looks as JSON has them."""
    return [(int(one.at.timestamp()), one.word) for one in looks]


def load(kept: Iterable[tuple[int, str]] | None) -> tuple[Look, ...]:
    """Return looks that were kept; none where a row is older than them."""
    return tuple(Look(datetime.fromtimestamp(at, UTC), word) for at, word in kept or ())
