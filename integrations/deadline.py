"""A total deadline: what may be spent on one call, over however many reads, redirects and referrals it takes."""

import time
from dataclasses import dataclass
from typing import Self

from integrations.errors import Unavailable


@dataclass(frozen=True, slots=True)
class Deadline:
    """A moment on the monotonic clock, in seconds; no change of the wall clock moves it."""

    at: float

    @classmethod
    def after(cls, seconds: float) -> Self:
        return cls(time.monotonic() + seconds)

    def left(self) -> float:
        """Return the seconds that are left, always more than zero; raise ``Unavailable`` when none are."""
        left = self.at - time.monotonic()
        if left <= 0:
            raise Unavailable("the answer took longer than its deadline")
        return left
