"""TLS scans: every address of many endpoints at once; what was seen is brought back for ``rules.certificates``.

    name ──guard──> literals ──connect──> STARTTLS ──handshake in memory, every byte counted──> Seen

Whatever a target does is an answer: a refusal, silence and garbage are told in ``Seen.failure``. What is our own (the
guard forbids it, no name server answers, no file descriptors) is told in ``Look.trouble``. Nothing is raised for one
target, so that none spoils the others.

One event loop serves all: a thread for each connection costs more of the processor than its handshake. How many are at
work at once is bounded; whoever keeps silent waits aside (``places``).
"""

import asyncio
import resource
from collections import deque
from collections.abc import AsyncGenerator, Generator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, contextmanager

from integrations.guard import Guard
from integrations.tls.connection_slots import ConnectionSlots
from integrations.tls.target_scan import TargetScan
from rules.certificates.observation import ScanObservation, ScanTarget

IN_FLIGHT = 256
"""Connections that are at work at once."""

MOST_OPEN = 4000
"""Connections that are open at once, those that wait aside among them."""

LOOKUPS = 64
"""Threads that resolve names."""


async def scan(target: ScanTarget, *, guard: Guard, deadline_s: float, hsts: bool = True) -> ScanObservation:
    """Look at all addresses of a target, each for at most ``deadline_s`` seconds, as long again to find them."""
    async with _looking(guard, deadline_s, IN_FLIGHT, hsts=hsts) as looking:
        return await looking.look(target, await looking.places.take())


def scan_many(
    targets: Sequence[ScanTarget], *, guard: Guard, deadline_s: float, in_flight: int = IN_FLIGHT, hsts: bool = True
) -> Generator[ScanObservation]:
    """Look at all targets at once, and yield each look as it is done.

    For ordinary blocking code; the loop runs in the thread of the caller, while the caller waits for the next look.
    Deadlines do not stop meanwhile: whoever does more with a look than to judge it reads them in a thread of its own.
    Closing the iterator ends the connections that are left.
    """
    with _loop() as loop:
        run = _Run(targets)
        task = loop.create_task(run.go(guard, deadline_s, in_flight, hsts=hsts))
        while not task.done():
            loop.run_until_complete(run.next())
            while run.arrived:
                yield run.arrived.popleft()
        task.result()


class _Run:
    """One run over many targets; ``arrived`` are the looks that nobody has taken yet."""

    def __init__(self, targets: Sequence[ScanTarget]) -> None:
        self.arrived: deque[ScanObservation] = deque()
        self._targets = targets
        self._news = asyncio.Event()

    async def go(self, guard: Guard, deadline_s: float, in_flight: int, *, hsts: bool) -> None:
        """Begin with one target after the other, as places are free, and wait for the last."""
        try:
            async with _looking(guard, deadline_s, in_flight, hsts=hsts) as looking, asyncio.TaskGroup() as group:
                for target in self._targets:
                    place = await looking.places.take()
                    group.create_task(looking.look(target, place)).add_done_callback(self._done)
        finally:
            self._news.set()

    async def next(self) -> None:
        """Wait until a look has arrived, or the run is over."""
        await self._news.wait()
        self._news.clear()

    def _done(self, task: asyncio.Task[ScanObservation]) -> None:
        if not task.cancelled() and not task.exception():
            self.arrived.append(task.result())
            self._news.set()


@asynccontextmanager
async def _looking(guard: Guard, deadline_s: float, in_flight: int, *, hsts: bool) -> AsyncGenerator[TargetScan]:
    lookups = ThreadPoolExecutor(LOOKUPS, thread_name_prefix="look up for tls")
    try:
        yield TargetScan(
            guard=guard,
            deadline_s=deadline_s,
            places=ConnectionSlots(in_flight, most_open()),
            lookups=lookups,
            hsts=hsts,
        )
    finally:
        lookups.shutdown(wait=False, cancel_futures=True)


@contextmanager
def _loop() -> Generator[asyncio.AbstractEventLoop]:
    """Give an event loop of our own; at its end, nothing is left of what it did."""
    loop = asyncio.new_event_loop()
    try:
        yield loop
    finally:
        left = asyncio.all_tasks(loop)
        for task in left:
            task.cancel()
        if left:
            loop.run_until_complete(asyncio.wait(left))
        loop.close()


def most_open() -> int:
    """Return how many connections may be open at once: half of the file descriptors that this process may have."""
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return MOST_OPEN if soft == resource.RLIM_INFINITY else max(1, min(MOST_OPEN, soft // 2))
