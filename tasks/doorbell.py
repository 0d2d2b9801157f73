"""What Redis holds: for each queue a bounded window of announced jobs, in Dramatiq's own layout.

    <namespace>:<queue>        list of message ids
    <namespace>:<queue>.msgs   hash of message id -> message (task name and job id, nothing else)
    <namespace>:<queue>.bell   a few tokens on which idle consumers block, so that they wake at once

Messages are popped, not acknowledged: the ledger's lease brings back whatever is lost on the way. Losing all of it
costs seconds. A job that is announced already is not announced twice.
"""

import queue
import threading
import uuid
from collections import defaultdict
from collections.abc import Sequence
from functools import cache
from typing import Any, cast

import redis
import structlog
from dramatiq import Message
from redis.backoff import NoBackoff
from redis.retry import Retry

import settings
from db.announcements import Announcement
from rules.jobs import Priority

log = structlog.get_logger()

NAMESPACE = "dramatiq"
ALONE = "alone"
"""The queue of suspects, which run one at a time in a process of their own."""

_EPOCH = f"{NAMESPACE}:nolapse-epoch"
_RING = """
local room = tonumber(ARGV[1]) - redis.call('llen', KEYS[1])
local urgent, rung = ARGV[2] == '1', 0
for i = 3, #ARGV, 2 do
  if rung >= room and not urgent then break end
  local new = redis.call('hsetnx', KEYS[2], ARGV[i], ARGV[i + 1]) == 1
  if new or not redis.call('lpos', KEYS[1], ARGV[i]) then
    redis.call(urgent and 'lpush' or 'rpush', KEYS[1], ARGV[i])
    rung = rung + 1
  end
end
for _ = 1, math.min(rung, 32) - redis.call('llen', KEYS[3]) do redis.call('lpush', KEYS[3], '1') end
redis.call('expire', KEYS[3], 10)
return rung
"""
_TAKE = """
local ids = redis.call('lpop', KEYS[1], ARGV[1])
if not ids or #ids == 0 then return {} end
local messages = redis.call('hmget', KEYS[2], unpack(ids))
redis.call('hdel', KEYS[2], unpack(ids))
return messages
"""


class RedisUnfit(Exception):
    """Raised when Redis is set up so that it could lose announcements while it looks healthy."""


def client(url: str) -> redis.Redis:
    """Return a client that gives up soon: the ledger repeats what fails."""
    return redis.Redis.from_url(  # pyright: ignore[reportUnknownMemberType] - untyped keywords
        url, socket_timeout=5, socket_connect_timeout=2, health_check_interval=15, retry=Retry(NoBackoff(), 0)
    )


class Doorbell:
    """The queues in Redis. Every method may raise ``redis.RedisError``."""

    def __init__(self, redis_client: redis.Redis) -> None:
        self.client = redis_client
        self._ring = redis_client.register_script(_RING)
        self._take = redis_client.register_script(_TAKE)

    def ring(self, announcements: Sequence[Announcement], *, window: int) -> int:
        """Announce jobs as far as each queue's window allows; urgent ones go first, past the window.

        Returns how many were put in; those that are there already are not put in again.
        """
        groups: defaultdict[tuple[str, bool], list[str | bytes]] = defaultdict(list)
        for one in announcements:
            name = ALONE if one.alone else one.queue
            groups[name, one.priority is Priority.URGENT] += [str(one.job_id), message(one, name).encode()]
        return sum(
            int(self._ring(keys=_keys(name), args=[window, int(urgent), *pairs]))
            for (name, urgent), pairs in groups.items()
        )

    def take(self, name: str, limit: int) -> list[bytes]:
        """Pop up to ``limit`` messages."""
        return [one for one in self._take(keys=_keys(name)[:2], args=[limit]) if one]

    def wait(self, name: str, timeout_s: float) -> None:
        """Block until something was announced in the queue, or the time is over."""
        self.client.blpop([_keys(name)[2]], timeout=timeout_s)

    def depth(self, name: str) -> int:
        """Return how many announced jobs the queue holds."""
        return int(self.client.llen(_keys(name)[0]))

    def waiting(self, name: str) -> list[int]:
        """Return the ids of the jobs that are announced in the queue."""
        return [int(one) for one in self.client.lrange(_keys(name)[0], 0, -1) if one.isdigit()]

    def epoch(self) -> str:
        """Return the word that this Redis was given when it was first seen; an emptied one gets a new word."""
        self.client.set(_EPOCH, uuid.uuid4().hex, nx=True)
        found = cast("bytes | None", self.client.get(_EPOCH))
        return found.decode() if found else ""

    def require_fit(self) -> None:
        """Raise ``RedisUnfit`` when Redis may evict keys: it would drop announcements and say nothing."""
        memory = cast("dict[str, str]", self.client.info("memory"))  # pyright: ignore[reportUnknownMemberType]
        policy = memory.get("maxmemory_policy", "noeviction")
        if policy != "noeviction":
            raise RedisUnfit(
                f"Redis has maxmemory-policy {policy}: it may drop announced jobs without a word. "
                "Set it to noeviction (CONFIG SET maxmemory-policy noeviction, and in redis.conf)."
            )


def message(one: Announcement, name: str) -> Message[Any]:
    """Return the Dramatiq message that announces a job: its task's name and its id."""
    ident = str(one.job_id)
    return Message(name, one.task, (one.job_id,), {}, {"redis_message_id": ident}, ident)


def _keys(name: str) -> list[str]:
    full = f"{NAMESPACE}:{name}"
    return [full, f"{full}.msgs", f"{full}.bell"]


@cache
def ringer() -> "Ringer":
    """Return this process's ringer, on the Redis that the settings name."""
    return Ringer(Doorbell(client(settings.current().redis_url)))


class Ringer:
    """Announces after commit, in a thread of its own, so that whoever enqueues never waits for Redis."""

    def __init__(self, doorbell: Doorbell) -> None:
        self._doorbell = doorbell
        self._waiting: queue.SimpleQueue[Sequence[Announcement] | threading.Event] = queue.SimpleQueue()
        self._away = False
        threading.Thread(target=self._run, name="ringer", daemon=True).start()

    def ring(self, announcements: Sequence[Announcement]) -> None:
        """Have these announced soon. Never blocks, never raises."""
        self._waiting.put(announcements)

    def flush(self, timeout_s: float) -> bool:
        """Wait until all that was handed in before has been tried."""
        done = threading.Event()
        self._waiting.put(done)
        return done.wait(timeout_s)

    def _run(self) -> None:
        while True:
            batch, flushed = [*self._next()], []
            announcements = [one for part in batch if not isinstance(part, threading.Event) for one in part]
            flushed = [part for part in batch if isinstance(part, threading.Event)]
            if announcements:
                self._try(announcements)
            for event in flushed:
                event.set()

    def _next(self) -> list[Sequence[Announcement] | threading.Event]:
        """Wait for one, then take all that is there."""
        batch = [self._waiting.get()]
        while not self._waiting.empty():
            batch.append(self._waiting.get())
        return batch

    def _try(self, announcements: Sequence[Announcement]) -> None:
        try:
            self._doorbell.ring(announcements, window=settings.current().window)
            self._away = False
        except Exception as error:  # noqa: BLE001 - this thread must live
            # Not lost: their leases run out and the announcer tells Redis again.
            if not self._away:
                log.warning("redis_away", error=str(error), announcements=len(announcements))
            self._away = True
