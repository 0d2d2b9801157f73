"""How often a caller may ask: by API token, by session, or by network where nobody is signed in.

The algorithm is GCRA, as for lanes (``rules/rate_limits/lanes.py``), in the memory of this process: it needs neither
Redis nor the database, and each web process counts for itself. Tries at passwords are counted in the database:
``throttle``.
"""

import math
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from starlette.requests import Request

import settings
from api_stub.problems import Problem
from api_stub.security import origins
from api_stub.security.principal import Principal
from rules.rate_limits import lanes
from rules.rate_limits.lanes import Lane

_MOST = 20_000
"""Callers that are remembered at once, some 4 MB."""

_BURST_S = 10
"""A burst may be as large as the number of requests that are let through in so many seconds."""


@dataclass(slots=True)
class RequestRates:
    """The moment at which each caller may ask next. Only the event loop uses it, so it needs no lock."""

    clock: Callable[[], float] = time.monotonic
    _arrivals: dict[str, float] = field(default_factory=dict[str, float])

    def take(self, caller: str, per_minute: int) -> float:
        """Count a request and return 0, or do not count it and return the seconds until the caller may ask again."""
        now, period_s = self.clock(), 60 / per_minute
        lane = Lane(caller, period_s, max(1, round(_BURST_S / period_s)), "a setting")
        self._arrivals[caller], wait_s = lanes.admit(self._arrivals.get(caller, 0.0), now, lane)
        if len(self._arrivals) > _MOST:
            self._forget(now)
        return wait_s

    def _forget(self, now: float) -> None:
        """Forget callers whose count has run down, which changes nothing; of a crowd, keep the busiest ones alone."""
        busy = sorted((at, caller) for caller, at in self._arrivals.items() if at > now)
        self._arrivals = {caller: at for at, caller in busy[-_MOST // 2 :]}


def require(request: Request, who: Principal | None) -> None:
    """Count a request. Raises ``Problem`` 429 with Retry-After where the caller has asked too often."""
    rates: RequestRates = request.app.state.request_rates
    wait_s = rates.take(*_rate_of(request, who))
    if wait_s > 0:
        raise Problem(
            429,
            "too-many-requests",
            "That is more than one caller may ask; wait as long as Retry-After says, or ask for more at once: lists"
            " take `limit`, and /api/bulk changes many things",
            headers={"Retry-After": str(math.ceil(wait_s))},
        )


def _rate_of(request: Request, who: Principal | None) -> tuple[str, int]:
    """Return the name under which the caller is counted, and their requests a minute."""
    config = settings.current()
    if who is None:
        return f"network {origins.network(origins.address(request))}", config.requests_per_network
    if who.token_id is not None:
        return f"token {who.token_id}", config.requests_per_token
    return session_name(who), config.requests_per_session


def session_name(who: Principal) -> str:
    """Return the name under which a session is counted; sessions that are kept in cookies share their person's name."""
    return f"session {who.session_id}" if who.session_id is not None else f"person {who.user_id}"
