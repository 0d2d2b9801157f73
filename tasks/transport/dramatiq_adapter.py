"""Dramatiq's threads over claimed jobs: the one place that knows Dramatiq. Nothing depends on what its Redis holds.

    dispatched in Redis -> consumer pops a batch -> claims it in one transaction -> Dramatiq's threads run it

Dramatiq's middleware, retries, delays, results and acknowledgements are not used: see ARCHITECTURE.md.
"""

import threading
import time
from collections import deque
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from itertools import chain
from typing import Any

import redis
import structlog
from dramatiq import Actor, Consumer, Message, MessageProxy, Worker
from dramatiq.brokers.redis import RedisBroker

import settings
from db import connection
from db.ledger.transitions import Claim
from tasks.transport import redis_queue
from tasks.transport.claims import HeldClaims
from tasks.transport.redis_queue import ALONE, NAMESPACE, RedisQueue

log = structlog.get_logger()

_IDLE_S = 1.0
_AWAY_S = 0.5
_POLL_MS = 500
_AHEAD_S = 0.1
_MEASURED_S = 0.25
_MEASURED_JOBS = 4
"""Jobs of each thread after which their speed is measured early: so the prefetch grows soon in a backlog."""
_MOST_HELD = 200
"""Jobs that one consumer holds at the most, however quick they are."""


class LedgerBroker(RedisBroker):
    """A broker whose consumers deliver only jobs that this process has claimed."""

    def __init__(self, redis_client: redis.Redis, claims: HeldClaims, closing: threading.Event) -> None:
        super().__init__(  # pyright: ignore[reportUnknownMemberType] - untyped keywords
            client=redis_client, middleware=[], namespace=NAMESPACE
        )
        self.redis_queue = RedisQueue(redis_client)
        self.claims = claims
        self.known: list[str] = []
        self.batched: frozenset[str] = frozenset()
        self.closing = closing

    def declare_queue(self, queue_name: str) -> None:
        """Declare a queue without the delay queue that Dramatiq puts beside it: ``run_at`` is in the ledger."""
        if queue_name not in self.queues:
            self.emit_before("declare_queue", queue_name)
            self.queues.add(queue_name)
            self.emit_after("declare_queue", queue_name)

    def consume(self, queue_name: str, prefetch: int = 1, timeout: int = 5000) -> Consumer:  # noqa: ARG002 - Dramatiq's
        """Return a consumer that claims what it delivers."""
        return LedgerConsumer(self, queue_name, threads=max(1, prefetch // 2))  # Dramatiq asks for twice its threads


class LedgerConsumer(Consumer):
    """The consumer of one queue: delivers claimed jobs, and holds what its threads can begin within about 0.1 s."""

    def __init__(self, broker: LedgerBroker, queue_name: str, *, threads: int) -> None:
        self._broker = broker
        self._claims = broker.claims
        self._queue = queue_name
        self._ready: deque[MessageProxy] = deque()
        self._popped: list[int] = []  # jobs whose messages were popped, not claimed yet
        self._freed = threading.Event()
        self._prefetch = Prefetch(threads)
        self._away = False

    def __next__(self) -> MessageProxy | None:
        """Return the next claimed job, or None after waiting for a while."""
        if not self._ready:
            try:
                self._refill()
                self._away = False
            except (redis.RedisError, OSError, *connection.Unreachable) as error:
                if not self._away:
                    log.warning("queue_away", queue=self._queue, error=str(error))
                self._away = True
                self._broker.closing.wait(_AWAY_S)
        if not self._ready or self._broker.closing.is_set():
            return None
        message = self._ready.popleft()
        self._prefetch.delivered(len(message.args))
        return message

    def ack(self, message: MessageProxy) -> None:
        """Count the message's jobs as ended. Redis is told nothing: the message was popped."""
        self._prefetch.ended(len(message.args))
        self._freed.set()

    def nack(self, message: MessageProxy) -> None:
        """Do as for ``ack``: what becomes of the job is in the ledger."""
        self.ack(message)

    def requeue(self, messages: Iterable[MessageProxy]) -> None:
        """Give back the jobs that were delivered and not begun."""
        self._give_back(list(messages))

    def close(self) -> None:
        """Give back what was claimed and not delivered."""
        self._give_back(list(self._ready))
        self._ready.clear()

    def _give_back(self, messages: list[MessageProxy]) -> None:
        claims = [claim for claim in map(self._claims.pick, chain.from_iterable(one.args for one in messages)) if claim]
        if claims:
            self._claims.give_back(claims)

    def _refill(self) -> None:
        if self._broker.closing.is_set():
            self._broker.closing.wait(_AWAY_S)
            return
        self._freed.clear()
        room = self._prefetch.room()
        if not room:
            self._freed.wait(_IDLE_S)
            return
        if not self._popped:
            messages = self._kept(self._broker.redis_queue.pop(self._queue, room))
            self._popped = list(dict.fromkeys(one for one in map(redis_queue.job_id, messages) if one))
        if not self._popped:
            self._broker.redis_queue.wait(self._queue, _IDLE_S)
            return
        self._claim(self._popped)
        self._popped = []

    def _kept(self, messages: list[bytes]) -> list[bytes]:
        """Hand back at once what is for a worker of another release; rest a moment where there is nothing else."""
        kept = [one for one in messages if redis_queue.is_for(one, self._broker.known)]
        if len(kept) < len(messages):
            others = [one for one in messages if one not in kept]
            self._broker.redis_queue.put_back(self._queue, others, window=settings.current().window)
            if not kept:
                self._broker.closing.wait(_AWAY_S)
        return kept

    def _claim(self, ids: list[int]) -> None:
        """Claim, and deliver messages of our own making: of those in Redis only the job's id is believed."""
        claims = self._claims.claim(ids, tasks=self._broker.known)
        if len(claims) < len(ids):
            log.debug("not_claimed", queue=self._queue, popped=len(ids), claimed=len(claims))
        in_order = {job_id: place for place, job_id in enumerate(ids)}
        claims.sort(key=lambda one: in_order[one.job_id])
        self._ready.extend(MessageProxy(_message(jobs, self._queue)) for jobs in self._batches(claims))

    def _batches(self, claims: list[Claim]) -> list[list[Claim]]:
        """Put jobs of one task together as far as it may run in batches; a batch stands where its first job did."""
        batches: list[list[Claim]] = []
        filling: dict[str, list[Claim]] = {}
        for one in claims:
            most = self._claims.sizes.of(one.task) if one.task in self._broker.batched else 1
            batch = filling.get(one.task)
            if batch is None or len(batch) >= most:
                batch = filling[one.task] = []
                batches.append(batch)
            batch.append(one)
        return batches


class Prefetch:
    """How many jobs a consumer may hold: as many as it has threads; more where they are quick, to claim in batches."""

    def __init__(self, threads: int) -> None:
        self._threads = self._least = self._most = threads
        self._lock = threading.Lock()
        self._out = 0
        self._ended = 0
        self._since = time.monotonic()

    def delivered(self, jobs: int = 1) -> None:
        with self._lock:
            self._out += jobs

    def ended(self, jobs: int = 1) -> None:
        with self._lock:
            self._out -= jobs
            self._ended += jobs

    def room(self) -> int:
        """Return how many more to claim now; 0 while every thread has work and more than half of the limit is held."""
        with self._lock:
            self._measure()
            left = self._most - self._out
            return left if left * 2 >= self._most or self._out < self._threads else 0

    def _measure(self) -> None:
        passed = time.monotonic() - self._since
        if passed >= _MEASURED_S or self._ended >= max(self._most, self._threads * _MEASURED_JOBS):
            self._most = min(max(self._least, int(self._ended / passed * _AHEAD_S)), _MOST_HELD)
            self._ended, self._since = 0, time.monotonic()


def _message(jobs: Sequence[Claim], queue: str) -> Message[Any]:
    ident = str(jobs[0].job_id)
    ids = tuple(one.job_id for one in jobs)
    return Message(queue, jobs[0].task, ids, {}, {"redis_message_id": ident}, ident)


def broker(
    claims: HeldClaims,
    perform: Callable[..., None],
    queues: Mapping[str, str],
    *,
    closing: threading.Event,
    batched: Collection[str] = (),
) -> LedgerBroker:
    """Return a broker with an actor for each task of ``queues`` (task name to queue), which calls ``perform(*ids)``.

    It runs what ``claims`` claims: one job at a time, or several of a task in ``batched``. Once ``closing`` is
    set, nothing more is claimed.
    """
    made = LedgerBroker(redis_queue.client(settings.current().redis_url), claims, closing)
    made.known = sorted(queues)
    made.batched = frozenset(batched)
    for name, queue in queues.items():
        Actor(perform, broker=made, actor_name=name, queue_name=queue, priority=0, options={})
    made.declare_queue(ALONE)
    return made


def threads_of(serving: LedgerBroker, queue: str, *, threads: int) -> Worker:
    """Return Dramatiq's threads for one queue, not started; a broker serves one such pool."""
    return Worker(serving, queues={queue}, worker_threads=threads, worker_timeout=_POLL_MS)
