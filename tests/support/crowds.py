"""Several that do something at the same moment."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, nullcontext
from threading import Barrier
from typing import TypeVar

Found = TypeVar("Found")

_READY_WITHIN_S = 10
"""How long one waits for the others, of which one may have failed."""


def at_once(
    number: int, act: Callable[[int], Found], *, within: Callable[[], AbstractContextManager[object]] = nullcontext
) -> list[Found]:
    """Return what ``act`` makes of 0, 1, 2 and so on, each in a thread of its own. All begin together.

    ``within`` is what each thread opens before, such as ``connection.session``.
    """
    together = Barrier(number)

    def one(place: int) -> Found:
        with within():
            together.wait(_READY_WITHIN_S)
            return act(place)

    with ThreadPoolExecutor(number) as threads:
        return list(threads.map(one, range(number)))
