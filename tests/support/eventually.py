"""Waiting for something that another process or thread is about to do."""

import time
from collections.abc import Callable
from typing import TypeVar

Seen = TypeVar("Seen")

WITHIN_S = 300.0
"""Far more than anything takes: a machine under load fails no test, and what never comes fails one."""

_LOOK_S = 0.02


def eventually(look: Callable[[], Seen], *, what: str = "") -> Seen:
    """Return the first truthy value that ``look`` returns. Fails the test where none comes for ``WITHIN_S`` seconds."""
    until = time.monotonic() + WITHIN_S
    while True:
        seen = look()
        if seen:
            return seen
        if time.monotonic() > until:
            wanted = what or getattr(look, "__qualname__", repr(look))
            raise AssertionError(f"not within {WITHIN_S:g} s: {wanted}; last seen: {seen!r}")
        time.sleep(_LOOK_S)


def throughout(look: Callable[[], object], *, for_s: float, what: str = "") -> None:
    """Look again and again for so long. Fails the test as soon as ``look`` returns something falsy."""
    until = time.monotonic() + for_s
    while time.monotonic() < until:
        seen = look()
        assert seen, f"not all the time: {what or getattr(look, '__qualname__', repr(look))}; seen: {seen!r}"
        time.sleep(_LOOK_S)
