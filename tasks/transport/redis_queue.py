"""What Redis holds: for each queue a bounded window of dispatched jobs, in Dramatiq's own layout.

    <namespace>:<queue>        list of message ids: urgent ones, normal ones, bulk; first in, first out within each
    <namespace>:<queue>.ends   hash of priority -> the last id of that priority: where the next one is put
    <namespace>:<queue>.msgs   hash of message id -> message (task name and job id, nothing else)
    <namespace>:<queue>.bell   a few wake-up tokens on which idle consumers block, so that they start at once; workers
                               of the release before wait there too, so its name stays

Messages are popped, not acknowledged: what is lost on the way is dispatched again once its lease in the ledger is over.
To lose all that Redis holds costs seconds. A job that is in the queue already is not put in twice.
"""

import json
import time
import uuid
from collections import defaultdict
from collections.abc import Container, Sequence
from typing import Any, cast

import redis
import structlog
from redis.backoff import NoBackoff
from redis.exceptions import AskError, ClusterDownError, MasterDownError, MovedError, OutOfMemoryError
from redis.retry import Retry

from db.ledger.dispatch import Dispatch
from rules.jobs import Priority

log = structlog.get_logger()

NAMESPACE = "dramatiq"
ALONE = "alone"
"""The queue of suspects, which run one at a time in a process of their own."""

_HANDED_ON_MS = 60_000
"""The age up to which a message is put back for another worker; an older job comes back by its lease."""

_EPOCH = f"{NAMESPACE}:nolapse-epoch"
# ARGV: window, level of priority (0, 1, 2), then pairs of id and message.
# KEYS[4] names, for each level but the last, the last id that was put there. What stands behind is of the last level.
_PUSH = """
local list, level = KEYS[1], tonumber(ARGV[2])
local function end_of(of) return redis.call('hget', KEYS[4], of) end
local function make_room()
  if redis.call('llen', list) < tonumber(ARGV[1]) then return true end
  local last = redis.call('lindex', list, -1)
  if level == 2 or not last or last == end_of(0) or last == end_of(1) then return level == 0 end
  redis.call('rpop', list)
  redis.call('hdel', KEYS[2], last)
  return true
end
local function stands_behind(place)
  for of = 0, level do
    local last = end_of(of)
    local its = last and redis.call('lpos', list, last)
    if its and its >= place then return false end
  end
  return level < 2
end
local function take_out(id, place)
  for of = 0, 1 do
    if place > 0 and end_of(of) == id then
      redis.call('hset', KEYS[4], of, redis.call('lindex', list, place - 1))
    end
  end
  redis.call('lrem', list, 1, id)
end
local function put(id)
  for of = 0, 1 do
    if of ~= level and end_of(of) == id then redis.call('hdel', KEYS[4], of) end
  end
  if level == 2 then redis.call('rpush', list, id) return end
  local done = -1
  for of = level, 0, -1 do
    local after = end_of(of)
    if done < 1 and after then done = redis.call('linsert', list, 'after', after, id) end
  end
  if done < 1 then redis.call('lpush', list, id) end
  redis.call('hset', KEYS[4], level, id)
end
local pushed = 0
for i = 3, #ARGV, 2 do
  local id, new = ARGV[i], redis.call('hsetnx', KEYS[2], ARGV[i], ARGV[i + 1]) == 1
  local there = not new and redis.call('lpos', list, id)
  if there and stands_behind(there) then
    take_out(id, there)
    there = false
  end
  if not there then
    if not make_room() then
      redis.call('hdel', KEYS[2], id)
      break
    end
    put(id)
    pushed = pushed + 1
  end
end
for _ = 1, math.min(pushed, 32) - redis.call('llen', KEYS[3]) do redis.call('lpush', KEYS[3], '1') end
redis.call('expire', KEYS[3], 10)
return pushed
"""
_ROOM = """
local level, ahead = tonumber(ARGV[2]), 0
if level == 2 then return tonumber(ARGV[1]) - redis.call('llen', KEYS[1]) end
for of = level, 0, -1 do
  local last = redis.call('hget', KEYS[2], of)
  local place = last and redis.call('lpos', KEYS[1], last)
  if place then
    ahead = place + 1
    break
  end
end
return tonumber(ARGV[1]) - ahead
"""
_POP = """
local ids = redis.call('lpop', KEYS[1], ARGV[1])
if not ids or #ids == 0 then return {} end
local messages = redis.call('hmget', KEYS[2], unpack(ids))
redis.call('hdel', KEYS[2], unpack(ids))
return messages
"""


class RedisUnfit(Exception):
    """Raised when what answers cannot be used: it may lose dispatches, takes no writes, refuses us, or is no Redis."""


_WRONG_SERVER = (redis.ReadOnlyError, MovedError, AskError, ClusterDownError)
"""Errors of a server that takes no writes from us: a replica after a failover, a node of a cluster."""


_CLUSTER = (
    "Redis is a cluster, which spreads the keys that we use together over several servers: give Nolapse a "
    "single Redis, or one behind a name that follows its failover."
)
_FOR_NOW = ("MISCONF", "BUSY ", "NOREPLICAS")
"""How errors begin of a Redis that cannot write its disk, runs a long script, or lacks replicas."""


def refuses_for_now(error: Exception) -> bool:
    """Tell whether Redis answers and takes nothing for now: it wants memory, room on its disk, or something else."""
    return isinstance(error, OutOfMemoryError) or str(error).startswith(_FOR_NOW)


class _RedisClient(redis.Redis):
    """A client that leaves a server that has become the wrong one: its name may lead to the right one by now."""

    def execute_command(self, *args: Any, **options: Any) -> Any:
        try:
            return super().execute_command(*args, **options)  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType] - untyped
        except _WRONG_SERVER:
            self.connection_pool.disconnect()
            raise


def client(url: str) -> redis.Redis:
    """Return a client that gives up soon: the ledger repeats what fails."""
    made: redis.Redis = _RedisClient.from_url(  # pyright: ignore[reportUnknownMemberType] - untyped keywords
        url, socket_timeout=5, socket_connect_timeout=2, health_check_interval=15, retry=Retry(NoBackoff(), 0)
    )
    return made


class RedisQueue:
    """The queues in Redis. Every method may raise ``redis.RedisError``."""

    def __init__(self, redis_client: redis.Redis) -> None:
        self.client = redis_client
        self._push = redis_client.register_script(_PUSH)
        self._pop = redis_client.register_script(_POP)
        self._room = redis_client.register_script(_ROOM)

    def push(self, dispatches: Sequence[Dispatch], *, window: int) -> int:
        """Put jobs in behind those of their priority, as far as each queue's window allows.

        In a full window they take the places of bulk jobs, whose lease brings them back; urgent ones also go past it.
        Returns how many were put in or moved; of those that are there already, only the ones that stand behind all of
        their priority are moved.
        """
        groups: defaultdict[tuple[str, Priority], list[str | bytes]] = defaultdict(list)
        for one in dispatches:
            name = ALONE if one.alone else one.queue
            groups[name, one.priority] += [str(one.job_id), encode(one, name)]
        return sum(
            int(self._push(keys=_keys(name), args=[window, int(priority), *pairs]))
            for (name, priority), pairs in groups.items()
        )

    def room(self, name: str, priority: Priority, *, window: int) -> int:
        """Return for how many more jobs of a priority the queue has room; jobs that would give way take no room."""
        list_, _, _, ends = _keys(name)
        return max(0, int(self._room(keys=[list_, ends], args=[window, int(priority)])))

    def pop(self, name: str, limit: int) -> list[bytes]:
        """Pop up to ``limit`` messages."""
        return [one for one in self._pop(keys=_keys(name)[:2], args=[limit]) if one]

    def put_back(self, name: str, messages: Sequence[bytes], *, window: int) -> None:
        """Put popped messages behind all others, for a worker that knows their tasks."""
        pairs = [part for one in messages if (ident := job_id(one)) for part in (str(ident), one)]
        if pairs:
            self._push(keys=_keys(name), args=[window, int(Priority.BULK), *pairs])

    def wait(self, name: str, timeout_s: float) -> None:
        """Block until something was put into the queue, or the time is over."""
        self.client.blpop([_keys(name)[2]], timeout=timeout_s)

    def depth(self, name: str) -> int:
        """Return how many jobs the queue holds."""
        return int(self.client.llen(_keys(name)[0]))

    def waiting(self, name: str) -> list[int]:
        """Return the ids of the jobs that are in the queue."""
        return [int(one) for one in self.client.lrange(_keys(name)[0], 0, -1) if one.isdigit()]

    def epoch(self) -> str:
        """Return the mark that this Redis was given at its first use; an emptied one gets a new mark."""
        self.client.set(_EPOCH, uuid.uuid4().hex, nx=True)
        found = cast("bytes | None", self.client.get(_EPOCH))
        return found.decode() if found else ""

    def require_fit(self) -> None:
        """Raise ``RedisUnfit`` when Redis answers, but its set-up is wrong, or it does not give back a message of ours.

        Raises another ``redis.RedisError`` when it is away, or takes nothing for now.
        """
        try:
            self._require_set_up()
            self._require_round_trip()
        except (redis.ReadOnlyError, MasterDownError):
            raise RedisUnfit(
                "Redis is a replica and takes no writes: no job would run. Let REDIS_URL name its master."
            ) from None
        except (MovedError, AskError, ClusterDownError):
            raise RedisUnfit(_CLUSTER) from None
        except redis.AuthenticationError as error:
            said = str(error).rstrip(".")
            raise RedisUnfit(f"Redis does not let us in: {said}. Mend the user and password of REDIS_URL.") from None
        except redis.InvalidResponse:
            raise RedisUnfit("What answers there is no Redis: mend host and port of REDIS_URL.") from None
        except redis.ResponseError as error:
            if refuses_for_now(error):  # it passes, and nothing is lost meanwhile
                raise
            raise RedisUnfit(f"Redis does not do what we need: {error}. See docs/operate.md, Redis.") from None

    def _require_set_up(self) -> None:
        """Raise ``RedisUnfit`` for a cluster, and where Redis may evict keys."""
        if _info(self.client, "cluster").get("cluster_enabled") in ("1", 1):
            raise RedisUnfit(_CLUSTER)
        policy = _info(self.client, "memory").get("maxmemory_policy", "noeviction")
        if policy != "noeviction":
            raise RedisUnfit(
                f"Redis has maxmemory-policy {policy}: it may drop announced jobs without a word. "
                "Set it to noeviction (CONFIG SET maxmemory-policy noeviction, and in redis.conf)."
            )

    def _require_round_trip(self) -> None:
        """Push a message into a queue of its own, and pop it."""
        name = f"check-{uuid.uuid4().hex}"
        sent = Dispatch(1, "none", name, Priority.BULK)
        self.push([sent], window=1)
        if [job_id(one) for one in self.pop(name, 1)] != [sent.job_id]:
            raise RedisUnfit("Redis does not give back the message that was put in: something else takes it out.")


def _info(client_: redis.Redis, section: str) -> dict[str, object]:
    return cast("dict[str, object]", client_.info(section))  # pyright: ignore[reportUnknownMemberType]


def encode(one: Dispatch, name: str) -> bytes:
    """Return the message that dispatches a job to a queue, as Dramatiq writes it: its task's name and id, no more."""
    ident = str(one.job_id)
    message = {
        "queue_name": name,
        "actor_name": one.task,
        "args": [one.job_id],
        "kwargs": {},
        "options": {"redis_message_id": ident},
        "message_id": ident,
        "message_timestamp": int(time.time() * 1000),
    }
    return json.dumps(message, separators=(",", ":")).encode()


def job_id(message: bytes) -> int | None:
    """Return the id of the job that a message dispatches, or None for what is not one of ours."""
    ident = _read(message).get("id")
    return ident if isinstance(ident, int) else None


def is_for(message: bytes, tasks: Container[str]) -> bool:
    """Tell whether a worker that knows ``tasks`` keeps a message: it knows the task, or the message is too old."""
    found = _read(message)
    task, at = found.get("task"), found.get("at")
    fresh = isinstance(at, int) and time.time() * 1000 - at < _HANDED_ON_MS
    return not fresh or not isinstance(task, str) or task in tasks


def _read(message: bytes) -> dict[str, object]:
    """Return the id, task and moment that a message holds; nothing where something else was pushed into Redis."""
    try:
        held = json.loads(message)
        return {"id": held["args"][0], "task": held.get("actor_name"), "at": held.get("message_timestamp")}
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError) as error:
        log.warning("undecodable_message", error=repr(error), data=message[:200])
        return {}


def _keys(name: str) -> list[str]:
    full = f"{NAMESPACE}:{name}"
    return [full, f"{full}.msgs", f"{full}.bell", f"{full}.ends"]
