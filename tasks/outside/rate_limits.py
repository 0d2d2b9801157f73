"""The gate before every server: who may pass, who waits, and what its answer teaches.

    breaker, penalty (database) ──> slot (Redis) ──> the call, measured ──> what the server's lane learns of it

None of this uses up a job's attempts: whoever may not pass now is parked.
"""

import random
import time
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import replace
from functools import partial

import structlog

from db import connection
from db.outside import lanes as store
from integrations.errors import Rejected, Throttled, Unavailable
from integrations.guard import Forbidden, NoSuchName
from integrations.rate_limit import RateLimit
from rules.rate_limits import circuit_breaker
from rules.rate_limits.circuit_breaker import BreakerState
from rules.rate_limits.lanes import Lane
from tasks.engine.errors import Parked
from tasks.outside import limiter
from tasks.outside.calls import measured

log = structlog.get_logger()

_PATIENCE_S = 1.0
"""A slot that is this near is waited for here: to park costs more."""

_PATIENCE_AFTER_S = 3.0
"""For a look-up that has asked a server before: parked, it would ask that one again."""

_JITTER = 0.1
_MOST_JITTER_S = 30.0


class ServerBlocked(Parked, Unavailable):
    """Raised when a server is not to be asked for now, and another may be asked in its place.

    It is shut, or it has no slot soon for a look-up that has asked another server already. Whoever can do without it
    takes this as any ``Unavailable``; where nobody can, the job is parked.
    """


class ServerRateLimit:
    """Lets one look-up through the lanes of the servers that it asks: ``with gate("whois", "whois.denic.de"): ...``."""

    def __init__(self, *, paced: bool = True) -> None:
        self._asked = False
        self._paced = paced

    @contextmanager
    def __call__(self, service: str, server: str) -> Generator[None]:
        """Make the block one call of ``server``, measured as one of ``service``.

        Raises ``Closed`` when the server is shut, or says in the block (by ``Throttled``) that we ask too often;
        ``Parked`` when the first server of a look-up has no slot soon.
        """
        lane = limiter.lane_of(server)
        if not self._paced:
            lane = replace(lane, period_s=0.0)
        state = self._entered(lane)
        self._asked = True
        with _teaching(lane, state), measured(service):
            yield

    def _entered(self, lane: Lane) -> BreakerState:
        seen = store.get(lane.name)
        slowed = lane.slowed(circuit_breaker.slowness(seen.state, seen.now))
        shut_s = circuit_breaker.shut_s(seen.state, seen.now)
        turn = limiter.acquire(slowed, patience_s=_PATIENCE_AFTER_S if self._asked else _PATIENCE_S, shut_s=shut_s)
        if shut_s:
            raise _closed(lane, seen.state, turn.wait_s)
        if not turn.taken:
            kind = ServerBlocked if self._asked else Parked
            raise kind(f"a slot at {lane.name} ({slowed.words})", delay_s=_jittered(turn.wait_s))
        if circuit_breaker.wants_probe(seen.state) and not store.probe(lane.name):
            raise _closed(lane, seen.state, circuit_breaker.PROBE.total_seconds())
        if turn.wait_s:
            connection.rest()
            time.sleep(turn.wait_s)
        return seen.state


def for_sign_in() -> RateLimit:
    """Return a gate for the calls of one sign-in: a person waits for it, so only the circuit breaker holds it up."""
    return ServerRateLimit(paced=False)


def for_lookup() -> RateLimit:
    """Return a gate for one look-up; a new one for each."""
    return ServerRateLimit()


@contextmanager
def _teaching(lane: Lane, state: BreakerState) -> Generator[None]:
    """Teach the lane what becomes of the block. Nothing is written where nothing changes."""
    try:
        yield
    except (Parked, Forbidden, NoSuchName):
        raise  # of a server behind this one, or before this one was reached
    except Throttled as error:
        raise _throttled(lane, error) from error
    except Unavailable as error:
        seen = store.change(lane.name, partial(circuit_breaker.failed, retry_after=error.retry_after))
        if seen.state.openings > state.openings:
            log.warning("server_shut", server=lane.name, failures=seen.state.failures, error=str(error))
        raise
    except Rejected:
        _answered(lane, state)
        raise
    else:
        _answered(lane, state)


def _answered(lane: Lane, state: BreakerState) -> None:
    if circuit_breaker.troubled(state):
        store.change(lane.name, circuit_breaker.answered)


def _throttled(lane: Lane, error: Throttled) -> ServerBlocked:
    seen = store.change(lane.name, partial(circuit_breaker.throttled, retry_after=error.retry_after))
    shut_s = circuit_breaker.shut_s(seen.state, seen.now)
    log.warning("server_throttles", server=lane.name, shut_s=round(shut_s), slowness=seen.state.slowness)
    turn = limiter.acquire(lane.slowed(seen.state.slowness), shut_s=shut_s)
    return _closed(lane, seen.state, turn.wait_s)


def _closed(lane: Lane, state: BreakerState, wait_s: float) -> ServerBlocked:
    return ServerBlocked(circuit_breaker.words(lane.name, state), delay_s=_jittered(wait_s))


def _jittered(wait_s: float) -> float:
    return wait_s + random.random() * min(wait_s * _JITTER, _MOST_JITTER_S)  # noqa: S311 - no secret
