"""A browser of the tests: httpx straight on the application, with no socket and no server between them."""

import asyncio
import atexit
import threading
from collections.abc import Iterable
from typing import Any, cast
from urllib.parse import unquote

import httpx
from starlette.types import ASGIApp, Message, Scope

_ADDRESS = "testclient"


class TestClient(httpx.Client):
    """A client of one application, which runs in the caller's own thread; it follows no redirects."""

    __test__ = False  # pytest would take it for tests

    def __init__(self, app: ASGIApp, *, address: str = _ADDRESS, **options: Any) -> None:
        super().__init__(transport=_InProcess(app, address), follow_redirects=False, **options)


class _InProcess(httpx.BaseTransport):
    def __init__(self, app: ASGIApp, address: str) -> None:
        self._app = app
        self._address = address

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        return _loop().run_until_complete(self._answer(request))

    async def _answer(self, request: httpx.Request) -> httpx.Response:
        chunks = iter(cast("Iterable[bytes]", request.stream))
        began: list[Message] = []
        body = bytearray()

        async def receive() -> Message:
            chunk = next(chunks, None)
            return {"type": "http.request", "body": chunk or b"", "more_body": chunk is not None}

        async def send(message: Message) -> None:
            if message["type"] == "http.response.start":
                began.append(message)
            elif request.method != "HEAD":
                body.extend(message.get("body", b""))

        await self._app(_scope(request, self._address), receive, send)
        (start,) = began
        return httpx.Response(start["status"], headers=start["headers"], content=bytes(body))


_own = threading.local()


def _loop() -> asyncio.AbstractEventLoop:
    """Return the loop of this thread's requests: it keeps the threads that answer them."""
    if not hasattr(_own, "loop"):
        _own.loop = asyncio.new_event_loop()
        atexit.register(_own.loop.close)
    return _own.loop


def _scope(request: httpx.Request, address: str) -> Scope:
    url = request.url
    return {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.4"},
        "http_version": "1.1",
        "method": request.method,
        "scheme": url.scheme,
        "path": unquote(url.path),
        "raw_path": url.raw_path.partition(b"?")[0],
        "query_string": url.query,
        "root_path": "",
        "headers": [(name.lower(), value) for name, value in request.headers.raw],
        "client": (address, 50000),
        "server": (url.host, url.port or {"http": 80, "https": 443}[url.scheme]),
    }
