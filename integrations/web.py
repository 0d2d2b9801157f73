"""One guarded HTTP GET: the connection goes to an address that the guard judged, and nothing it sends is unbounded."""

import ssl
from collections.abc import Generator, Mapping
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from http.client import HTTPException
from socket import SHUT_RDWR, socket
from threading import Timer
from urllib.parse import SplitResult, urljoin, urlsplit

from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import HTTPError
from urllib3.response import BaseHTTPResponse

from integrations.deadline import Deadline
from integrations.errors import Rejected, Unavailable
from integrations.guard import Guard, connect

MOST_BYTES = 1024 * 1024
"""Of a body, after decompression."""

MOST_REDIRECTS = 3
CHUNK = 16 * 1024
PORTS = {"http": 80, "https": 443}
REDIRECTS = frozenset({301, 302, 303, 307, 308})


@dataclass(frozen=True, slots=True)
class Response:
    """An answer read to its end; ``url`` is where the redirects led."""

    url: str
    status: int
    headers: Mapping[str, str]  # whatever the case of the name
    body: bytes


def get(url: str, *, accept: str, guard: Guard, deadline: Deadline) -> Response:
    """Return the answer of ``url``, whatever its status, after at most ``MOST_REDIRECTS`` redirects.

    A redirect may lead from http to https, never back. Raises ``Unavailable`` for whatever is broken, late or larger
    than ``MOST_BYTES``, and ``Rejected`` for a target that is not ours to call.
    """
    plain = True
    for _ in range(MOST_REDIRECTS + 1):
        target = _target(url, plain=plain)
        response = _get(url, target, accept, guard, deadline)
        location = response.headers.get("location")
        if response.status not in REDIRECTS or not location:
            return response
        url = _follow(url, location)
        plain = target.scheme == "http"
    raise Unavailable(f"{url}: more than {MOST_REDIRECTS} redirects")


def _target(url: str, *, plain: bool) -> SplitResult:
    try:
        parts = urlsplit(url)
        _ = parts.port  # urlsplit looks at the port only when it is asked for
    except ValueError as error:
        raise Rejected(f"{url!r} is no address: {error}") from error
    if parts.scheme not in ({"http", "https"} if plain else {"https"}) or not parts.hostname or "@" in parts.netloc:
        raise Rejected(f"{url!r} is not an address that we call")
    return parts


def _follow(url: str, location: str) -> str:
    try:
        return urljoin(url, location)
    except ValueError as error:
        raise Unavailable(f"{url} redirects to {location!r}, which is no address") from error


def _get(url: str, target: SplitResult, accept: str, guard: Guard, deadline: Deadline) -> Response:
    host, port = target.hostname or "", target.port or PORTS[target.scheme]
    addresses = guard.resolve(host, port, deadline=deadline, ports=frozenset(PORTS.values()))
    path = (target.path or "/") + (f"?{target.query}" if target.query else "")
    headers = {"Accept": accept, "Accept-Encoding": "gzip", "Connection": "close"}
    try:
        with (
            connect(addresses, deadline) as opened,
            _cut_off_at(deadline, opened),
            closing(_connection(target.scheme, host, port, opened)) as connection,
        ):
            connection.request("GET", path, headers=headers, preload_content=False)
            with connection.getresponse() as response:
                return Response(url, response.status, response.headers, _body(response, deadline))
    except (HTTPError, HTTPException, OSError, ValueError) as error:
        deadline.left()  # being cut off looks like a hang-up; what is late is to be called late
        raise Unavailable(f"{url}: {type(error).__name__}: {error}") from error


def _connection(scheme: str, host: str, port: int, opened: socket) -> HTTPConnection:
    """Return a connection over the socket that is open already, so that ``host`` is not resolved again."""
    if scheme == "https":
        connection = HTTPSConnection(host, port)
        connection.sock = ssl.create_default_context().wrap_socket(opened, server_hostname=host)
    else:
        connection = HTTPConnection(host, port)
        connection.sock = opened
    connection.auto_open = 0
    return connection


def _body(response: BaseHTTPResponse, deadline: Deadline) -> bytes:
    body = bytearray()
    for chunk in response.stream(CHUNK):
        body += chunk
        if len(body) > MOST_BYTES:
            raise Unavailable(f"the answer is larger than {MOST_BYTES} bytes")
    deadline.left()  # a body without a length that was cut off looks whole
    return bytes(body)


@contextmanager
def _cut_off_at(deadline: Deadline, opened: socket) -> Generator[None]:
    """Shut the connection down at the deadline: a timeout of the socket starts anew with every byte that arrives."""
    with opened.dup() as same:  # TLS takes the descriptor away from `opened`
        timer = Timer(deadline.left(), _shut_down, (same,))
        timer.daemon = True
        timer.start()
        try:
            yield
        finally:
            timer.cancel()
            timer.join()


def _shut_down(opened: socket) -> None:
    with suppress(OSError):  # the other side was faster
        opened.shutdown(SHUT_RDWR)
