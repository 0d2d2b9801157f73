"""The live stream: it says when something changed, once, and ends with its session."""

import asyncio
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

import pytest
from pydantic import SecretStr
from starlette.requests import ClientDisconnect, Request
from starlette.types import Message

import settings
from api_stub.problems import Problem
from api_stub.security import cookies
from api_stub.security import sessions as sign_in_sessions
from api_stub.security.principal import Principal
from dashboard.rendering import live
from db import change_tokens, connection
from db.access import sessions, users
from db.portfolio import clients
from db.portfolio.clients import Client
from rules.access import Role, Within
from tasks.engine.task import find
from tests.api.conftest import Surface
from tests.dashboard.conftest import Filled
from tests.support.ledger import queue


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live, "_EVERY_S", 0.01)
    monkeypatch.setattr(live, "_PING_EVERY", 3)
    monkeypatch.setattr(live, "_watches", {None: live.ChangeWatch()})


def stream(
    surface: Surface, *, session_id: int, topic: str = "work", since: float = 0, within: Within = None
) -> AsyncIterator[str]:
    request = Request({"type": "http", "method": "GET", "path": "/live", "headers": [], "app": surface.app})
    who = Principal(1, "ada", Role.VIEWER, session_id=session_id, within=within)
    return live._events(request, who, topic, since)


def session_of(surface: Surface) -> int:
    surface.signed_in(Role.VIEWER)
    with connection.session():
        return connection.execute("SELECT MAX(id) FROM session")[0][0]


async def until(events: AsyncIterator[str], word: str) -> str:
    async with asyncio.timeout(10):
        async for event in events:
            if word in event:
                return event
    raise AssertionError(f"the stream ended without {word!r}")


@pytest.mark.usefixtures("quick")
def test_a_change_is_sent_on_its_topic_and_nothing_on_another(surface: Surface) -> None:
    async def watch() -> None:
        events = stream(surface, session_id=session_of(surface))
        assert "event: ready" in await until(events, "retry")
        await until(events, "changed")  # the page is older than what is first asked
        with connection.session():
            queue()
        assert "event: changed" in await until(events, "changed")
        await until(events, "still here")

    asyncio.run(watch())


@pytest.mark.usefixtures("quick")
def test_a_limited_stream_tells_of_its_clients_alone(surface: Surface) -> None:
    async def watch() -> None:
        with connection.session():
            bakery, mill = (clients.add(Client(name=name, email="a@b.test"))[0] for name in ("Bakery", "Mill"))
        events = stream(surface, session_id=session_of(surface), within=frozenset({bakery}))
        await until(events, "event: changed")
        with connection.session():
            find("invoices.bill").enqueue(client_id=mill)
            find("domains.check_all").enqueue()
        async with asyncio.timeout(10):
            heard = [await anext(events) for _ in range(4)]
        assert not [one for one in heard if "changed" in one]
        with connection.session():
            find("invoices.bill").enqueue(client_id=bakery)
        await until(events, "event: changed")
        assert set(live._watches) == {None, frozenset({bakery})}
        await events.aclose()  # pyright: ignore[reportAttributeAccessIssue] - it is a generator
        assert set(live._watches) == {None}, "nobody is left who needs it"

    asyncio.run(watch())


@pytest.mark.usefixtures("quick")
def test_a_stream_ends_with_its_session(surface: Surface) -> None:
    async def watch() -> None:
        session_id = session_of(surface)
        events = stream(surface, session_id=session_id)
        await until(events, "ready")
        with connection.session():
            connection.changed("DELETE FROM session WHERE id = %s", session_id)
        await until(events, "event: end")
        assert [event async for event in events] == []

    asyncio.run(watch())


def test_one_whose_session_is_in_its_cookie_ends_with_it(surface: Surface) -> None:
    with settings.override(session_strategy="jwt", session_keys=SecretStr("a:" + "A" * 43)):
        with connection.session():
            cookie = sign_in_sessions.begin(users.require("the viewer"), how="test", address="192.0.2.1")
        headers = [(b"cookie", f"{cookies.SESSION}={cookie}".encode())]
        request = Request({"type": "http", "method": "GET", "path": "/live", "headers": headers, "app": surface.app})
        assert live._session_holds(request, None)
        with connection.session(), connection.transaction():
            users.end_sessions(surface.people[Role.VIEWER])
        assert not live._session_holds(request, None)


@pytest.mark.usefixtures("quick")
def test_a_stream_ends_when_the_process_does(surface: Surface) -> None:
    async def watch() -> None:
        ending = surface.apart()
        ending.app.state.ending = True
        assert len([event async for event in stream(ending, session_id=session_of(ending))]) <= 2

    asyncio.run(watch())


def test_while_one_asks_the_others_take_what_is_known(surface: Surface) -> None:
    watch = live.ChangeWatch()
    watch.changes()
    known = watch.changes()
    with watch._lock, ThreadPoolExecutor(1) as other:
        assert other.submit(watch.changes).result(10) == known


def test_a_stream_does_not_keep_an_idle_session_alive(surface: Surface) -> None:
    session_id = session_of(surface)
    with connection.session():
        assert change_tokens.session_holds(session_id, idle_s=60)
        connection.changed("UPDATE session SET seen_at = {later(-3600)} WHERE id = %s", session_id)
        assert not change_tokens.session_holds(session_id, idle_s=60)
        assert not change_tokens.session_holds(None, idle_s=60)


def test_too_many_streams_are_refused(surface: Surface, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live, "MOST", 0)
    answer = surface.signed_in(Role.VIEWER).get("/live?topic=work")
    assert answer.status_code == 503
    assert "retry-after" in answer.headers
    assert surface.signed_in(Role.VIEWER).get("/live?topic=odd").status_code == 422


def test_a_session_has_a_few_streams_and_each_gives_its_place_back_however_it_ends(surface: Surface) -> None:
    request = Request({"type": "http", "method": "GET", "path": "/live", "headers": [], "app": surface.app})
    mine, others = (Principal(1, "ada", Role.VIEWER, session_id=number) for number in (1, 2))

    async def gone() -> Message:
        return {"type": "http.disconnect"}

    async def broken(_message: Message) -> None:
        raise OSError

    opened = [live.stream(request, mine, live.Topic.WORK) for _ in range(settings.current().streams_per_session)]
    with pytest.raises(Problem) as refused:
        live.stream(request, mine, live.Topic.WORK)
    assert (refused.value.status_code, refused.value.headers) == (429, {"Retry-After": "60"})
    opened.append(live.stream(request, others, live.Topic.WORK))
    for one in opened:
        with suppress(OSError, ClientDisconnect):
            asyncio.run(one({"type": "http", "asgi": {"spec_version": "2.4"}}, gone, broken))
    assert not live._open


def test_every_change_of_the_ledger_moves_a_number(surface: Surface, fill: Callable[..., Filled]) -> None:
    with connection.session():
        before = change_tokens.take()
    fill()
    with connection.session():
        after = change_tokens.take()
    still = {name for name, number in before.items() if after[name] == number} - {"silent"}
    assert still == set()
    assert set().union(*change_tokens.TOPICS.values()) == set(before)
    assert sessions.find("nobody", idle_s=60) is None
