"""TLS scans: every address of many endpoints at once; what was observed is assessed by ``rules.certificates``.

    name ──guard──> literals ──connect──> STARTTLS ──handshake in memory, every byte counted──> AddressObservation

Whatever a target does is an answer: a refusal, silence and garbage are an observation's ``failure``. What is our own
(the guard forbids it, no name server answers, no file descriptors) is the ``trouble`` of a ``ScanObservation``. Nothing
is raised for one target, so that none spoils the others.

One event loop serves all: a thread for each connection costs more of the processor than its handshake. How many are at
work at once is bounded; a connection that is silent waits aside (``connection_slots``).
"""

import asyncio
import resource
from collections import deque
from collections.abc import AsyncGenerator, Generator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractAsyncContextManager, asynccontextmanager, contextmanager

from integrations.guard import Guard
from integrations.tls.address_scan import MailManners
from integrations.tls.connection_slots import ConnectionSlots
from integrations.tls.target_scan import TargetScan
from rules.certificates.observation import ScanObservation, ScanTarget

IN_FLIGHT = 256
"""Connections that are at work at once."""

MOST_OPEN = 4000
"""Connections that are open at once, those that wait aside among them."""

MAIL = MailManners()

LOOKUPS = 64
"""Threads that resolve names."""


def scan_many(
    targets: Sequence[ScanTarget],
    *,
    guard: Guard,
    deadline_s: float,
    in_flight: int = IN_FLIGHT,
    hsts: bool = True,
    mail: MailManners = MAIL,
) -> Generator[ScanObservation]:
    """Scan all targets at once, and yield each observation as its scan is done.

    For ordinary blocking code; the loop runs in the thread of the caller, while the caller waits for the next one.
    Deadlines go on while the caller works: a caller that does more with an observation than assess it iterates in a
    thread of its own. Closing the iterator ends the connections that are left.
    """
    with _loop() as loop:
        run = _Run(targets, loop)
        task = loop.create_task(run.go(_target_scan(guard, deadline_s, in_flight, hsts=hsts, mail=mail)))
        while not task.done():
            loop.run_until_complete(run.next())
            while run.arrived:
                yield run.arrived.popleft()
        task.result()


class _Run:
    """One run over many targets; ``arrived`` are the observations that nobody has taken yet."""

    def __init__(self, targets: Sequence[ScanTarget], loop: asyncio.AbstractEventLoop) -> None:
        self.arrived: deque[ScanObservation] = deque()
        self._targets = targets
        self._loop = loop
        self._news = loop.create_future()

    async def go(self, scanning: AbstractAsyncContextManager[TargetScan]) -> None:
        """Begin with one target after the other, as slots are free, and wait for the last."""
        try:
            async with scanning as scans, asyncio.TaskGroup() as group:
                for target in self._targets:
                    slot = await scans.slots.take()
                    group.create_task(scans.run(target, slot)).add_done_callback(self._done)
        finally:
            self._tell()

    def next(self) -> asyncio.Future[None]:
        """Return a future that is done once an observation has arrived, or the run is over."""
        self._news = self._loop.create_future()
        return self._news

    def _done(self, task: asyncio.Task[ScanObservation]) -> None:
        if not task.cancelled() and not task.exception():
            self.arrived.append(task.result())
            self._tell()

    def _tell(self) -> None:
        if not self._news.done():
            self._news.set_result(None)


@asynccontextmanager
async def _target_scan(
    guard: Guard, deadline_s: float, in_flight: int, *, hsts: bool, mail: MailManners
) -> AsyncGenerator[TargetScan]:
    lookups = ThreadPoolExecutor(LOOKUPS, thread_name_prefix="lookup for tls")
    try:
        yield TargetScan(
            guard=guard,
            deadline_s=deadline_s,
            slots=ConnectionSlots(in_flight, most_open()),
            lookups=lookups,
            hsts=hsts,
            mail=mail,
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
