"""Cuts off calls at their deadlines: one thread for all calls of this process, to servers and to the database alike.

    thread   begins ── waits for an answer ───────────── what it waited on is shut ── ends: it was late
    watch           sleeps until the first deadline ── acts ──^

A socket's own timeout starts again with each byte that arrives, so it does not limit a call; and libpq has none. A
thread for each call would cost more than a small call does.
"""

import math
import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from threading import Condition, Lock, Thread

import structlog

log = structlog.get_logger()

THREAD = "deadlines"


@dataclass(eq=False, slots=True)
class WatchedCall:
    """A call that is under way: its deadline on the monotonic clock, and what is done then."""

    at: float
    act: Callable[[], None]
    late: bool = False


def begins(at: float, act: Callable[[], None]) -> WatchedCall:
    """Watch a call: run ``act``, which must not block, at that moment (monotonic seconds) unless the call has ended."""
    call = WatchedCall(at, act)
    _of_process().add(call)
    return call


def ends(call: WatchedCall) -> bool:
    """Stop watching a call, and return whether ``act`` was run; it has finished by then."""
    _of_process().remove(call)
    return call.late


class _Watch:
    """The calls under way, and a thread that sleeps until the first of them may be late.

    It wakes then even where that call has ended in time; otherwise the end of each small call would have to wake it.
    """

    def __init__(self) -> None:
        self._lock = Lock()
        self._changed = Condition(self._lock)
        self._calls: set[WatchedCall] = set()
        self._looks_at = math.inf
        self._thread: Thread | None = None

    def add(self, call: WatchedCall) -> None:
        with self._lock:
            self._calls.add(call)
            if call.at < self._looks_at:
                self._looks_at = call.at
                self._changed.notify()
            if self._thread is None:
                self._thread = Thread(target=self._keep_watching, name=THREAD, daemon=True)
                self._thread.start()

    def remove(self, call: WatchedCall) -> None:
        with self._lock:
            self._calls.discard(call)

    def _keep_watching(self) -> None:
        with self._lock:
            while True:
                now = time.monotonic()
                if now >= self._looks_at:
                    self._cut_off_late(now)
                self._changed.wait(None if math.isinf(self._looks_at) else self._looks_at - now)

    def _cut_off_late(self, now: float) -> None:
        for call in [one for one in self._calls if one.at <= now]:
            self._calls.discard(call)
            _cut_off(call)
        self._looks_at = min((one.at for one in self._calls), default=math.inf)


def _cut_off(call: WatchedCall) -> None:
    call.late = True
    try:
        call.act()
    except Exception:
        log.exception("cut_off_failed")  # the other calls must still be cut off


@cache
def _of_process() -> _Watch:
    return _Watch()


os.register_at_fork(after_in_child=_of_process.cache_clear)  # a fork has none of its parent's threads
