"""How the sandbox's Stripe fails: each fault is ordered for some of the next requests, and used up by them."""

from dataclasses import dataclass
from enum import StrEnum


class StripeFault(StrEnum):
    """One way in which an answer is not what it should be."""

    SILENT = "silent"  # nothing is done, and no answer comes
    SILENT_AFTER = "silent after"  # it is done, and no answer comes
    HANG_UP = "hang up"  # nothing is done, and the connection is closed
    HANG_UP_AFTER = "hang up after"  # it is done, and the connection is closed
    BROKEN = "broken"  # 500; nothing is done, and the key is answered so from now on
    BROKEN_AFTER = "broken after"  # 500; it is done all the same
    THROTTLED = "throttled"  # 429
    CONFLICT = "conflict"  # 409: another request with this key is under way
    AWAY = "away"  # 503
    GARBAGE = "garbage"  # 200, and no JSON
    HUGE = "huge"  # 200, and ten megabytes


AFTER = frozenset({StripeFault.SILENT_AFTER, StripeFault.HANG_UP_AFTER, StripeFault.BROKEN_AFTER})
"""The faults that come after the effect."""


@dataclass(slots=True)
class OrderedFault:
    """A fault that waits for ``times`` requests of a method to paths that begin with ``path``."""

    fault: StripeFault
    path: str
    method: str
    times: int

    def meets(self, method: str, path: str) -> bool:
        return self.times > 0 and method == self.method and path.startswith(self.path)
