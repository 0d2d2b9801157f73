"""The rate limit of every server: who may call it, who waits, and what its lane learns from the answer.

    breaker, penalty (database) ──> permit (Redis) ──> the call, measured ──> what the server's lane learns of it

None of this uses up a job's attempts: a job that may not call now is parked.
"""

import random
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import replace
from functools import partial

import structlog

from db import connection
from db.outside import lanes
from db.outside.lanes import LaneMemory
from integrations.errors import Rejected, Throttled, Unavailable
from integrations.guard import Forbidden, NoSuchName
from integrations.rate_limit import RateLimit
from rules.rate_limits import circuit_breaker
from rules.rate_limits.lanes import Lane
from rules.translatable import Translatable
from tasks.engine.errors import Parked
from tasks.outside import limiter
from tasks.outside.calls import measured

log = structlog.get_logger()

_PATIENCE_S = 1.0
"""A job waits here for a permit that comes this soon: to park the job costs more."""

_PATIENCE_AFTER_S = 3.0
"""The same for a lookup that has asked another server already: once parked, it would ask that one again."""

_JITTER = 0.1
_MOST_JITTER_S = 30.0


class ServerBlocked(Parked, Unavailable):
    """Raised when a server is not to be asked for now, and another may be asked in its place.

    Its circuit breaker is open, or it has no permit soon for a lookup that has asked another server already. A caller
    that can do without the server handles it as ``Unavailable``; otherwise the job is parked.
    """


class ServerRateLimit:
    """The rate limit of one lookup, over the servers that it asks: ``with limit("whois", "whois.denic.de"): ...``."""

    def __init__(self, *, paced: bool = True, lane_of: Callable[[str], Lane] = limiter.lane_of) -> None:
        self._asked = False
        self._paced = paced
        self._lane_of = lane_of

    @contextmanager
    def __call__(self, service: str, server: str) -> Generator[None]:
        """Make the block one call of ``server``, measured as one of ``service``.

        Raises ``ServerBlocked`` when the server is not to be asked, or says in the block (by ``Throttled``) that we ask
        too often; ``Parked`` when the first server of a lookup has no permit soon.
        """
        lane = self._lane_of(server)
        if not self._paced:
            lane = replace(lane, period_s=0.0)
        memory = self._admitted(lane)
        self._asked = True
        with _teaching(lane, memory), measured(service, lane=lane.name):
            yield

    def _admitted(self, lane: Lane) -> LaneMemory:
        """Return what is remembered of the lane, once the caller may call: wait a moment for that, or raise."""
        memory = lanes.get(lane.name)
        slowed = lane.slowed(circuit_breaker.slowness(memory.state, memory.now))
        open_s = circuit_breaker.open_s(memory.state, memory.now)
        patience_s = _PATIENCE_AFTER_S if self._asked else _PATIENCE_S
        permit = limiter.acquire(slowed, patience_s=patience_s, open_s=open_s)
        if open_s:
            raise _blocked(lane, memory, permit.wait_s)
        if not permit.taken:
            kind = ServerBlocked if self._asked else Parked
            reason = Translatable("a slot at {lane} ({often})", lane=lane.name, often=slowed.words)
            raise kind(reason, delay_s=_jittered(permit.wait_s))
        if circuit_breaker.wants_probe(memory.state) and not lanes.probe(lane.name):
            raise _blocked(lane, memory, circuit_breaker.PROBE.total_seconds())
        if permit.wait_s:
            connection.rest()
            time.sleep(permit.wait_s)
        return memory


def for_sign_in() -> RateLimit:
    """Return the rate limit of one sign-in: a person waits for it, so only the circuit breaker holds it up."""
    return ServerRateLimit(paced=False)


def for_payment() -> RateLimit:
    """Return the rate limit of a call of the payment provider.

    Its own limit is far above what we ask, and a payer may be waiting: only the circuit breaker holds it up.
    """
    return ServerRateLimit(paced=False)


def for_storage() -> RateLimit:
    """Return the rate limit of a bucket: it is ours, so only its circuit breaker holds a call up."""
    return ServerRateLimit(paced=False)


def for_mail() -> RateLimit:
    """Return the rate limit of handing over one mail: paced where the settings give the provider a rate."""
    return ServerRateLimit(lane_of=limiter.mail_lane_of)


def for_channel() -> RateLimit:
    """Return the rate limit of one message to a channel: they are few, so only its circuit breaker holds one up."""
    return ServerRateLimit(paced=False)


def for_scanner() -> RateLimit:
    """Return the rate limit of the virus scanner: it is ours, so only its circuit breaker holds a call up."""
    return ServerRateLimit(paced=False)


def for_lookup() -> RateLimit:
    """Return the rate limit of one lookup; a new one for each."""
    return ServerRateLimit()


@contextmanager
def _teaching(lane: Lane, before: LaneMemory) -> Generator[None]:
    """Teach the lane what becomes of the block. Nothing is written where nothing changes."""
    try:
        yield
    except (Parked, Forbidden, NoSuchName):
        raise  # it is about a server behind this one, or this one was not reached
    except Throttled as error:
        raise _throttled(lane, error) from error
    except Unavailable as error:
        memory = lanes.change(lane.name, partial(circuit_breaker.failed, retry_after=error.retry_after))
        if memory.state.openings > before.state.openings:
            log.warning("circuit_opened", server=lane.name, failures=memory.state.failures, error=str(error))
        raise
    except Rejected:
        _answered(lane, before)
        raise
    else:
        _answered(lane, before)


def _answered(lane: Lane, before: LaneMemory) -> None:
    if circuit_breaker.troubled(before.state):
        lanes.change(lane.name, circuit_breaker.answered)


def _throttled(lane: Lane, error: Throttled) -> ServerBlocked:
    memory = lanes.change(lane.name, partial(circuit_breaker.throttled, retry_after=error.retry_after))
    open_s = circuit_breaker.open_s(memory.state, memory.now)
    log.warning("server_throttles", server=lane.name, open_s=round(open_s), slowness=memory.state.slowness)
    permit = limiter.acquire(lane.slowed(memory.state.slowness), open_s=open_s)
    return _blocked(lane, memory, permit.wait_s)


def _blocked(lane: Lane, memory: LaneMemory, wait_s: float) -> ServerBlocked:
    return ServerBlocked(circuit_breaker.reason(lane.name, memory.state), delay_s=_jittered(wait_s))


def _jittered(wait_s: float) -> float:
    return wait_s + random.random() * min(wait_s * _JITTER, _MOST_JITTER_S)  # noqa: S311 - no secret
