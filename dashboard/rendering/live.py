"""Live pages: a stream of server-sent events that says "changed" at most once a second; the page then fetches itself.

    browser -- GET /live?topic=work --> stream: ready, changed, changed, ... end
            -- GET the page itself  --> the parts that differ are put in place

However many streams are open, the ledger is asked once a second. A stream ends with its session, after some minutes
(the browser opens the next), and when the process is told to end.
"""

import asyncio
import threading
import time
from collections import Counter
from collections.abc import AsyncIterator
from enum import StrEnum
from typing import Annotated, Final

from fastapi import APIRouter, Query, Response
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import StreamingResponse
from starlette.types import Receive, Scope, Send

import settings
from api_stub import problems, routes
from api_stub.problems import Problem
from api_stub.security import cookies, request_rates, sessions
from api_stub.security.principal import Caller, Principal
from db import change_tokens, connection
from rules.access import Within

pages: APIRouter = routes.router(include_in_schema=False)

MOST: Final = 200
"""Streams that are open at once; one more is refused, and its page works without a stream."""

_EVERY_S: Final = 1.0
_PING_EVERY: Final = 15
_LONGEST: Final = 600
_RETRY_MS: Final = 3000


class Topic(StrEnum):
    """The topic of a page. ``change_tokens.TOPICS`` names the change tokens that move when a topic's pages change."""

    TODAY = "today"
    WORK = "work"
    SCHEDULES = "schedules"
    WORKERS = "workers"
    PORTFOLIO = "portfolio"
    MONEY = "money"


class ChangeWatch:
    """The moments of each topic's last change. Streams with the same limit to clients share one in each process."""

    def __init__(self, within: Within = None) -> None:
        self._within = within
        self._lock = threading.Lock()
        self._asked_at = 0.0
        self._tokens: dict[str, int] = {}
        self._changed_at: dict[str, float] = {}
        self.streams = 0

    def changes(self) -> dict[str, float]:
        """Return when each topic last changed, in seconds of the epoch; ask the ledger at most once a second.

        While one stream asks, the others get the last known values: a slow ledger must not use up the threads.
        Raises ``Unreachable``.
        """
        if self._lock.acquire(blocking=False):
            try:
                if time.monotonic() - self._asked_at >= _EVERY_S * 0.9:
                    self._ask()
            finally:
                self._lock.release()
        return dict(self._changed_at)

    def _ask(self) -> None:
        with connection.session():
            tokens = change_tokens.take() if self._within is None else change_tokens.take_within(self._within)
        moved = {name for name, token in tokens.items() if self._tokens.get(name) != token}
        for topic, names in change_tokens.TOPICS.items():
            if moved.intersection(names):
                self._changed_at[topic] = time.time()
        self._tokens, self._asked_at = tokens, time.monotonic()


_watches: dict[Within, ChangeWatch] = {None: ChangeWatch()}
"""The watch without a limit, and a watch for each limit to clients that an open stream has."""


@pages.get("/live")
def stream(
    request: Request,
    who: Caller,
    topic: Topic,
    since: Annotated[float, Query(ge=0, le=1e12, description="When the page was made, in seconds of the epoch")] = 0,
) -> Response:
    """Open a stream. Raises ``Problem`` 503 when there are too many, 429 when they are this session's."""
    session = request_rates.session_name(who)
    _admit(session)
    return _EventStream(session, _events(request, who, str(topic), since))


_open = Counter[str]()
"""The number of streams of each session, including those that are about to begin."""
_admitting = threading.Lock()


def _admit(session: str) -> None:
    most = settings.current().streams_per_session
    with _admitting:
        if _open.total() >= MOST:
            raise problems.unavailable("The live stream", retry_after_s=60)
        if _open[session] >= most:
            headers = {"Retry-After": "60"}
            raise Problem(429, "too-many-requests", f"A session has at most {most} live streams", headers=headers)
        _open[session] += 1


def _leave(session: str) -> None:
    with _admitting:
        _open[session] -= 1
        if not _open[session]:
            del _open[session]


class _EventStream(StreamingResponse):
    """A streamed answer that frees its session's place however it ends, also before its first event."""

    def __init__(self, session: str, events: AsyncIterator[str]) -> None:
        super().__init__(events, media_type="text/event-stream", headers={"X-Accel-Buffering": "no"})
        self._session = session

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await super().__call__(scope, receive, send)
        finally:
            _leave(self._session)


async def _events(request: Request, who: Principal, topic: str, since: float) -> AsyncIterator[str]:
    watch = _watches.setdefault(who.within, ChangeWatch(who.within))
    watch.streams += 1
    try:
        yield f"retry: {_RETRY_MS}\nevent: ready\ndata: \n\n"
        for number in range(1, _LONGEST):
            changed = await run_in_threadpool(_last_change, watch, topic)
            if changed is not None and changed > since:
                since = changed
                yield f"event: changed\ndata: {changed:.3f}\n\n"
            if number % _PING_EVERY == 0:
                if not await run_in_threadpool(_session_holds, request, who.session_id):
                    yield "event: end\ndata: \n\n"
                    return
                yield ": still here\n\n"
            if getattr(request.app.state, "ending", False):
                return
            await asyncio.sleep(_EVERY_S)
    finally:
        watch.streams -= 1
        if not watch.streams and who.within is not None:
            _watches.pop(who.within, None)


def _last_change(watch: ChangeWatch, topic: str) -> float | None:
    """Return when the topic last changed; None while the database is away."""
    try:
        return watch.changes().get(topic)
    except connection.Unreachable:
        return None


def _session_holds(request: Request, session_id: int | None) -> bool:
    """Tell whether the session still holds, without counting as a use of it; True while the database is away."""
    try:
        with connection.session():
            if session_id is None:  # kept in its cookie alone
                return sessions.principal_of(request.cookies.get(cookies.SESSION, "")) is not None
            return change_tokens.session_holds(session_id, idle_s=settings.current().session_idle_s)
    except connection.Unreachable:
        return True
