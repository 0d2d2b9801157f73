"""Ends from outside what takes too long: one thread acts at the deadlines of all calls of this process.

A socket's own timeout starts anew with each byte that arrives, so it bounds no call. A thread for each call would cost
more than a small call does.
"""

import math
import os
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from threading import Condition, Thread

import structlog

from integrations.deadline import Deadline

log = structlog.get_logger()


@contextmanager
def cut_off_at(deadline: Deadline, act: Callable[[], None]) -> Generator[None]:
    """Call ``act``, which must not wait, at the deadline, unless the block has ended; when it has, ``act`` is over.

    Raises ``Unavailable`` where nothing is left of the deadline.
    """
    deadline.left()
    block = _Block(deadline.at, act)
    watch = _of_process()
    watch.add(block)
    try:
        yield
    finally:
        watch.remove(block)


@dataclass(eq=False, slots=True)
class _Block:
    at: float
    act: Callable[[], None]


class _Watch:
    """The blocks under way, and a thread that sleeps until the first of them is late, or an earlier one begins."""

    def __init__(self) -> None:
        self._changed = Condition()
        self._blocks: set[_Block] = set()
        self._looks_at = math.inf
        self._thread: Thread | None = None

    def add(self, block: _Block) -> None:
        with self._changed:
            self._blocks.add(block)
            if self._thread is None:
                self._thread = Thread(target=self._watch, name="cut off", daemon=True)
                self._thread.start()
            elif block.at < self._looks_at:
                self._changed.notify()

    def remove(self, block: _Block) -> None:
        with self._changed:
            self._blocks.discard(block)

    def _watch(self) -> None:
        with self._changed:
            while True:
                now = time.monotonic()
                for late in [one for one in self._blocks if one.at <= now]:
                    self._blocks.discard(late)
                    _cut_off(late)
                self._looks_at = min((one.at for one in self._blocks), default=math.inf)
                self._changed.wait(None if math.isinf(self._looks_at) else max(0.0, self._looks_at - now))


def _cut_off(block: _Block) -> None:
    try:
        block.act()
    except Exception:
        log.exception("cut_off_failed")  # the others' deadlines hold all the same


@cache
def _of_process() -> _Watch:
    return _Watch()


os.register_at_fork(after_in_child=_of_process.cache_clear)  # a fork has none of its parent's threads
