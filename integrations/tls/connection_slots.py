"""Connection slots: how many connections are at work at once, and which wait aside because their servers keep silent.

    take ──> at work (at most `in_flight`) ──> back
                │  ▲
      silent for │  │ it speaks: it goes on at once,
        a second │  │ and nobody new begins until slots are free again
                ▼  │
              aside (as many as there are file descriptors) ──its own deadline──> back

A server that keeps silent costs nothing but its file descriptor. So it holds a slot for about a second only, and
gives it up when somebody waits for one; a third of tarpits among the targets then delays the others by little.
"""

import asyncio
from collections import deque

SILENCE_S = 1.0
"""Seconds of silence after which a connection gives its slot to another that waits for one."""

ROUND_S = 0.25
"""Seconds between two rounds that find the silent ones, as long as somebody waits."""


class ConnectionSlot:
    """The right to have one connection open. ``heard_at`` is on the loop's clock, in seconds."""

    __slots__ = ("at_work", "heard_at")

    def __init__(self, heard_at: float) -> None:
        self.at_work = True
        self.heard_at = heard_at


class ConnectionSlots:
    """At most ``in_flight`` slots for connections at work, and ``most_open`` together with those that wait aside."""

    def __init__(self, in_flight: int, most_open: int) -> None:
        self._loop = asyncio.get_running_loop()
        self._most_open = most_open
        self._free = min(in_flight, most_open)
        self._taken: dict[ConnectionSlot, None] = {}
        self._waiting: deque[asyncio.Future[None]] = deque()
        self._round: asyncio.TimerHandle | None = None

    async def take(self) -> ConnectionSlot:
        """Return a slot as soon as one is free."""
        while self._free <= 0 or len(self._taken) >= self._most_open:
            await self._turn()
        slot = ConnectionSlot(self._loop.time())
        self._taken[slot] = None
        self._free -= 1
        return slot

    def back(self, slot: ConnectionSlot) -> None:
        """Give a slot back; once more does no harm."""
        if slot in self._taken:
            del self._taken[slot]
            self._free += slot.at_work
            self._call()

    def heard(self, slot: ConnectionSlot) -> None:
        """Note that a connection goes on; one that waited aside is at work again, whether a slot is free or not."""
        slot.heard_at = self._loop.time()
        if not slot.at_work:
            slot.at_work = True
            self._free -= 1

    async def _turn(self) -> None:
        turn = self._loop.create_future()
        self._waiting.append(turn)
        if self._round is None:
            self._round = self._loop.call_later(ROUND_S, self._set_aside)
        try:
            await turn
        except asyncio.CancelledError:
            if turn.done() and not turn.cancelled():
                self._call()
            raise

    def _call(self) -> None:
        """Have the first of those that wait see whether it can have a slot."""
        while self._free > 0 and len(self._taken) < self._most_open and self._waiting:
            turn = self._waiting.popleft()
            if not turn.done():
                turn.set_result(None)
                return

    def _set_aside(self) -> None:
        self._round = None
        if not self._waiting:
            return
        self._round = self._loop.call_later(ROUND_S, self._set_aside)
        silent_since = self._loop.time() - SILENCE_S
        for slot in self._taken:
            if slot.at_work and slot.heard_at < silent_since:
                slot.at_work = False
                self._free += 1
        self._call()
