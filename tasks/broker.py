"""A Dramatiq broker on whose Redis nothing depends: messages announce jobs, the ledger decides.

    announced in Redis -> consumer pops a batch -> claims it in one transaction -> Dramatiq's threads run it

Dramatiq's middleware, retries, delays, results and acknowledgements are not used: see ARCHITECTURE.md.
"""

import threading
import time
from collections import deque
from collections.abc import Iterable
from typing import Any, cast

import redis
import structlog
from dramatiq import Actor, Consumer, Message, MessageProxy
from dramatiq.brokers.redis import RedisBroker

import settings
from db import connection
from db.announcements import Announcement
from rules.jobs import Priority
from tasks import runner, task
from tasks.doorbell import ALONE, NAMESPACE, Doorbell, client, message
from tasks.hand import Hand

log = structlog.get_logger()

_IDLE_S = 1.0
_AWAY_S = 0.5
_AHEAD_S = 0.1
_MEASURED_S = 0.25
_HELD_MAX = 200


class LedgerBroker(RedisBroker):
    """Consumes by claim: what it hands out is in ``hand``."""

    def __init__(self, redis_client: redis.Redis, hand: Hand, closing: threading.Event) -> None:
        super().__init__(  # pyright: ignore[reportUnknownMemberType] - untyped keywords
            client=redis_client, middleware=[], namespace=NAMESPACE
        )
        self.doorbell = Doorbell(redis_client)
        self.hand = hand
        self.known: list[str] = []
        self.closing = closing

    def declare_queue(self, queue_name: str) -> None:
        """Declare a queue without the delay queue that Dramatiq puts beside it: ``run_at`` is in the ledger."""
        if queue_name not in self.queues:
            self.emit_before("declare_queue", queue_name)
            self.queues.add(queue_name)
            self.emit_after("declare_queue", queue_name)

    def consume(self, queue_name: str, prefetch: int = 1, timeout: int = 5000) -> Consumer:  # noqa: ARG002 - Dramatiq's
        """Return a consumer that claims what it hands out."""
        return LedgerConsumer(
            self, self.hand, queue_name, threads=max(1, prefetch // 2)
        )  # Dramatiq asks for twice its threads


class LedgerConsumer(Consumer):
    """Hands out claimed jobs of one queue. It holds few: what its threads can begin within about 0.1 s."""

    def __init__(self, broker: LedgerBroker, hand: Hand, queue_name: str, *, threads: int) -> None:
        self._broker = broker
        self._hand = hand
        self._queue = queue_name
        self._ready: deque[MessageProxy] = deque()
        self._popped: list[int] = []  # jobs whose messages were popped, not claimed yet
        self._freed = threading.Event()
        self._pace = Pace(threads)
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
        self._pace.handed_out()
        return self._ready.popleft()

    def ack(self, message: MessageProxy) -> None:  # noqa: ARG002 - Dramatiq's signature
        """Count a job as off our hands. Nothing is told to Redis: the message was popped."""
        self._pace.ended()
        self._freed.set()

    def nack(self, message: MessageProxy) -> None:
        """Do as for ``ack``: what becomes of the job is in the ledger."""
        self.ack(message)

    def requeue(self, messages: Iterable[MessageProxy]) -> None:
        """Give back the jobs that were handed out and not begun."""
        self._give_back(list(messages))

    def close(self) -> None:
        """Give back what was claimed and not handed out."""
        self._give_back(list(self._ready))
        self._ready.clear()

    def _give_back(self, messages: list[MessageProxy]) -> None:
        claims = [claim for claim in (self._hand.pick(one.args[0]) for one in messages) if claim]
        if claims:
            self._hand.give_back(claims)

    def _refill(self) -> None:
        if self._broker.closing.is_set():
            self._broker.closing.wait(_AWAY_S)
            return
        self._freed.clear()
        room = self._pace.room()
        if not room:
            self._freed.wait(_IDLE_S)
            return
        if not self._popped:
            taken = self._broker.doorbell.take(self._queue, room)
            self._popped = sorted({job_id for job_id in map(_announced, taken) if job_id})
        if not self._popped:
            self._broker.doorbell.wait(self._queue, _IDLE_S)
            return
        self._claim(self._popped)
        self._popped = []

    def _claim(self, ids: list[int]) -> None:
        """Claim, and hand out messages of our own making: of those in Redis only the job's id is believed."""
        claims = self._hand.claim(ids, tasks=self._broker.known)
        if len(claims) < len(ids):
            log.debug("not_claimed", queue=self._queue, announced=len(ids), claimed=len(claims))
        self._ready.extend(
            MessageProxy(message(Announcement(one.job_id, one.task, one.queue, Priority.NORMAL), self._queue))
            for one in claims
        )


class Pace:
    """How many jobs a consumer may hold: as many as it has threads; more where they are quick, to claim in batches."""

    def __init__(self, threads: int) -> None:
        self._threads = self._least = self._most = threads
        self._lock = threading.Lock()
        self._out = 0
        self._ended = 0
        self._since = time.monotonic()

    def handed_out(self) -> None:
        with self._lock:
            self._out += 1

    def ended(self) -> None:
        with self._lock:
            self._out -= 1
            self._ended += 1

    def room(self) -> int:
        """Return how many more to claim now; 0 while every thread has work and more than half of what may be held."""
        with self._lock:
            self._measure()
            left = self._most - self._out
            return left if left * 2 >= self._most or self._out < self._threads else 0

    def _measure(self) -> None:
        passed = time.monotonic() - self._since
        if passed >= _MEASURED_S:
            self._most = min(max(self._least, int(self._ended / passed * _AHEAD_S)), _HELD_MAX)
            self._ended, self._since = 0, time.monotonic()


def _announced(data: bytes) -> int | None:
    """Return the id of the job that a message announces, or None for what is not one of ours."""
    try:
        job_id = cast("Message[Any]", Message.decode(data)).args[0]  # pyright: ignore[reportUnknownMemberType]
    except Exception as error:  # noqa: BLE001 - whatever somebody pushed into Redis must not stop the queue
        log.warning("undecodable_message", error=repr(error), data=data[:200])
        return None
    return job_id if isinstance(job_id, int) else None


def make(hand: Hand, closing: threading.Event) -> LedgerBroker:
    """Return a broker with an actor for each declared task; it runs what ``hand`` claims.

    Once ``closing`` is set, nothing more is claimed.
    """
    broker = LedgerBroker(client(settings.current().redis_url), hand, closing)

    def perform(job_id: int) -> None:
        runner.run(hand, job_id)

    broker.known = sorted(task.declared())
    for one in task.declared().values():
        Actor(perform, broker=broker, actor_name=one.name, queue_name=one.queue, priority=0, options={})
    broker.declare_queue(ALONE)
    return broker
