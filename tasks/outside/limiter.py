"""The permits of the lanes: in Redis, where all workers share them; in the database while Redis is away.

    <namespace>:lane:<server>    two numbers, in microseconds of Redis' own clock: GCRA's theoretical arrival time, and
                                 the end of the line of calls without a permit. The key expires when both are past.

An emptied Redis forgets which permits are taken, so a server may see one burst more. Penalties and circuit breakers are
in the database and are not forgotten.
"""

from dataclasses import dataclass
from functools import cache
from ipaddress import ip_address

import redis
import structlog
from redis.backoff import NoBackoff
from redis.retry import Retry

import settings
from db.outside import lanes as stored_lanes
from rules.rate_limits import lanes
from rules.rate_limits.lanes import LONGEST_PATIENCE_S, Lane
from tasks.transport.redis_queue import NAMESPACE

log = structlog.get_logger()

_TIMEOUT_S = 1.0
"""The longest wait for Redis; a lookup's deadline runs meanwhile."""

_AWAY_SLOWER = 2.0
"""How many times slower a lane is here while Redis is away: other workers may still take their permits in Redis."""

_LONGEST_LINE_S = 86400

# rules.rate_limits.lanes.admit in Lua, and the line of those who got no permit: each has a place one period
# after the one before, so that they do not all come back at one moment.
_ACQUIRE = """
local time = redis.call('time')
local now = time[1] * 1000000 + time[2]
local period, burst, patience = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
local open, ahead, longest = tonumber(ARGV[4]), tonumber(ARGV[5]), tonumber(ARGV[6])
local tat, line = string.match(redis.call('get', KEYS[1]) or '', '^(%d+) (%d+)$')
tat = math.min(math.max(tonumber(tat or 0), now), now + burst * period + ahead)
line = tonumber(line or 0)
local wait = math.max(tat - (burst - 1) * period - now, 0)
local taken = open == 0 and wait <= patience
if taken then
  tat = tat + period
else
  wait = math.min(math.max(line - now, wait, open), longest)
  line = now + wait + period
end
local left = math.ceil((math.max(tat, line) - now) / 1000) + 1
redis.call('set', KEYS[1], string.format('%.0f %.0f', tat, line), 'px', string.format('%.0f', left))
return {taken and 1 or 0, wait, now}
"""


@dataclass(frozen=True, slots=True)
class Permit:
    """Whether the caller may call after ``wait_s`` seconds; if not, it asks again after them."""

    taken: bool
    wait_s: float


class RedisLimiter:
    """The permits that one Redis keeps. ``acquire`` may raise ``redis.RedisError`` or ``OSError``."""

    def __init__(self, client: redis.Redis) -> None:
        self.away = False
        self._acquire = client.register_script(_ACQUIRE)

    def acquire(self, lane: Lane, *, patience_s: float, open_s: float) -> Permit:
        """Take the next permit, if it is no more than ``patience_s`` away and the circuit breaker is closed."""
        taken, wait, _now = self._acquire(
            keys=[f"{NAMESPACE}:lane:{lane.name}"],
            args=[
                _micro(lane.period_s),
                lane.burst,
                _micro(patience_s),
                _micro(open_s),
                _micro(LONGEST_PATIENCE_S),
                _micro(_LONGEST_LINE_S),
            ],
        )
        return Permit(bool(taken), wait / 1e6)


def acquire(lane: Lane, *, patience_s: float = 0.0, open_s: float = 0.0) -> Permit:
    """Take a permit of a lane, or a place in the line of calls that got none.

    While the server's circuit breaker is open (``open_s``) no call gets a permit, and the line begins when it closes.
    Where Redis does not answer, the database keeps the lane, at half its pace. Raises one of
    ``connection.Unreachable`` when that is away too.
    """
    if not lane.period_s:
        return Permit(not open_s, open_s)
    limiter = _limiter(settings.current().redis_url)
    try:
        permit = limiter.acquire(lane, patience_s=patience_s, open_s=open_s)
    except (redis.RedisError, OSError) as error:
        if not limiter.away:
            log.warning("lanes_without_redis", error=str(error))
        limiter.away = True
        return _from_database(lane, patience_s=patience_s, open_s=open_s)
    limiter.away = False
    return permit


def _from_database(lane: Lane, *, patience_s: float, open_s: float) -> Permit:
    if open_s:
        return Permit(taken=False, wait_s=open_s)
    wait_s = stored_lanes.take(lane.slowed(_AWAY_SLOWER), patience_s=patience_s)
    return Permit(wait_s <= patience_s, wait_s)


def lane_of(server: str) -> Lane:
    """Return the lane of a server, as the table and the settings say."""
    return lanes.of(server, per_minute=settings.current().lanes, own=_is_own(lanes.name(server)))


def mail_lane_of(name: str) -> Lane:
    """Return the lane of a mail provider, or of a recipients' domain (``to example.com``), as the settings say."""
    return lanes.of_mail(name, per_minute=settings.current().mail_rates)


def _is_own(name: str) -> bool:
    """Tell whether the settings say that the server stands in a network of ours: the sandbox, an intranet."""
    config = settings.current()
    host = name if name.count(":") > 1 else name.partition(":")[0]
    if any(host == known or (known.startswith("*.") and host.endswith(known[1:])) for known in config.hosts):
        return True
    try:
        address = ip_address(host.strip("[]"))
    except ValueError:
        return False
    return any(address in network for network in config.allowed_networks)


@cache
def _limiter(url: str) -> RedisLimiter:
    client = redis.Redis.from_url(  # pyright: ignore[reportUnknownMemberType] - untyped keywords
        url, socket_timeout=_TIMEOUT_S, socket_connect_timeout=_TIMEOUT_S, retry=Retry(NoBackoff(), 0)
    )
    return RedisLimiter(client)


def _micro(seconds: float) -> int:
    return round(seconds * 1e6)
