"""Guarded HTTP: each connection goes to an address that the guard allows, and no answer is read without a bound.

url ──target──> name, port ──limit──> guard ──connect──> request ──redirect, at most 3──┐
       └───────────────────────────────────────────────────────────────────────────────┘
"""

import ssl
from collections.abc import Generator, Mapping
from contextlib import ExitStack, closing, contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import cache, partial
from http.client import HTTPException
from socket import SHUT_RDWR, socket
from typing import Literal
from urllib.parse import quote, urlencode, urljoin, urlsplit

from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import HTTPError
from urllib3.response import BaseHTTPResponse

from integrations.cut_off import cut_off_at
from integrations.deadline import Deadline
from integrations.errors import Rejected, Unavailable
from integrations.guard import Address, Forbidden, Guard, connect
from integrations.rate_limit import UNLIMITED, RateLimit
from rules import names
from rules.domains import records

MOST_BYTES = 1024 * 1024
"""Of a body, after decompression, where the caller names no other number."""

MOST_REDIRECTS = 3
CHUNK = 16 * 1024
LONGEST_DELAY_DIGITS = 9
PORTS = {"http": 80, "https": 443}
ALLOWED_IN_A_PATH = "/?%:@!$&'()*+,;=-._~"  # RFC 3986, section 3.3; a % that encodes is left as it is
REDIRECTS = frozenset({301, 302, 303, 307, 308})


class TooLarge(Unavailable):
    """Raised when an answer has more bytes than the caller takes."""


@dataclass(frozen=True, slots=True)
class Response:
    """An answer read to its end; ``url`` is where the redirects led."""

    url: str
    status: int
    headers: Mapping[str, str]  # whatever the case of the name
    body: bytes


@dataclass(frozen=True, slots=True)
class RequestTarget:
    """Where a URL leads: a host in A-labels or an IP literal, and what is asked for there."""

    scheme: Literal["http", "https"]
    host: str
    port: int
    path: str

    @property
    def server(self) -> str:
        """The host, with its port where that is not the scheme's own."""
        return self.host if self.port == PORTS[self.scheme] else f"{self.host}:{self.port}"


@contextmanager
def visit(
    url: str,
    *,
    accept: str,
    guard: Guard,
    deadline: Deadline,
    service: str = "web",
    limit: RateLimit = UNLIMITED,
    most_bytes: int = MOST_BYTES,
) -> Generator[Response]:
    """Yield the answer of ``url``, whatever its status, after at most ``MOST_REDIRECTS`` redirects.

    The block runs inside the rate limit of the server that answered, so that what it raises over the answer is that
    server's outcome; a redirect to another server goes through that one's. A redirect leads to https, or nowhere: plain
    HTTP is followed inside the guard's ``allowed`` networks alone. Raises ``Unavailable`` for whatever is broken, late
    or larger than ``most_bytes``, the redirects on the way included, and ``Rejected`` for a target that is not ours to
    call.
    """
    redirected, left = False, most_bytes
    with ExitStack() as inside:
        server = ""
        for _ in range(MOST_REDIRECTS + 1):
            target = _target(url)
            if target.server != server:
                inside.close()
                server = target.server
                inside.enter_context(limit(service, server))
            addresses = _addresses(target, guard, deadline, redirected=redirected)
            response = _get(url, target, accept, addresses, deadline, most_bytes=left)
            left -= len(response.body)
            location = response.headers.get("location")
            if response.status not in REDIRECTS or not location:
                yield response
                return
            url, redirected = _follow(url, location), True
        raise Unavailable(f"{url}: more than {MOST_REDIRECTS} redirects")


def call(
    url: str,
    *,
    guard: Guard,
    deadline: Deadline,
    headers: Mapping[str, str],
    form: Mapping[str, str] | bytes | None = None,
    service: str = "web",
    limit: RateLimit = UNLIMITED,
    most_bytes: int = MOST_BYTES,
) -> Response:
    """POST a form, or GET where there is none, with the caller's headers, and return the answer; follow no redirect.

    A form of bytes is sent as it is, with its type among the headers.

    What is sent may hold secrets, so it goes to the address that was named, and no error repeats it. Raises as
    ``visit`` does.
    """
    target = _target(url)
    with limit(service, target.server):
        addresses = _addresses(target, guard, deadline, redirected=False)
        kind: dict[str, str] = {}
        if form is not None and not isinstance(form, bytes):
            form, kind = urlencode(form).encode(), {"Content-Type": "application/x-www-form-urlencoded"}
        return _called(url, target, {**headers, **kind}, addresses, deadline, most_bytes=most_bytes, sent=form)


def reach(url: str, *, guard: Guard, deadline: Deadline) -> None:
    """Connect to where a URL leads, with its certificate verified, and ask nothing. Raises as ``visit`` does."""
    target = _target(url)
    addresses = _addresses(target, guard, deadline, redirected=False)
    try:
        with connect(addresses, deadline) as opened, closing(_connection(target, opened)):
            pass
    except (HTTPError, OSError) as error:
        raise Unavailable(f"{target.server}: {type(error).__name__}: {error}") from error


def retry_after(response: Response) -> float | None:
    """Return the seconds of Retry-After, which is a number or a date (RFC 9110, section 10.2.3)."""
    written = response.headers.get("retry-after", "").strip()
    if written.isascii() and written.isdigit():
        return float(written[:LONGEST_DELAY_DIGITS])
    try:
        moment = records.utc(parsedate_to_datetime(written))
    except ValueError:
        return None
    return max(0.0, (moment - datetime.now(UTC)).total_seconds()) if moment else None


def _target(url: str) -> RequestTarget:
    try:
        parts = urlsplit(url)
        port = parts.port  # urlsplit reads the port only when it is asked for
        host = names.idna_host(f"[{parts.hostname}]" if ":" in (parts.hostname or "") else parts.hostname or "")
    except ValueError as error:
        raise Rejected(f"{url!r} is no address: {error}") from error
    if parts.scheme not in PORTS or "@" in parts.netloc:
        raise Rejected(f"{url!r} is not an address that we call")
    scheme: Literal["http", "https"] = "https" if parts.scheme == "https" else "http"
    path = quote((parts.path or "/") + (f"?{parts.query}" if parts.query else ""), safe=ALLOWED_IN_A_PATH)
    return RequestTarget(scheme, host, PORTS[scheme] if port is None else port, path)


def _follow(url: str, location: str) -> str:
    try:
        return urljoin(url, location)
    except ValueError as error:
        raise Unavailable(f"{url} redirects to {location!r}, which is no address") from error


def _get(
    url: str, target: RequestTarget, accept: str, addresses: list[Address], deadline: Deadline, *, most_bytes: int
) -> Response:
    return _called(url, target, {"Accept": accept}, addresses, deadline, most_bytes=most_bytes)


def _called(
    url: str,
    target: RequestTarget,
    headers: Mapping[str, str],
    addresses: list[Address],
    deadline: Deadline,
    *,
    most_bytes: int,
    sent: bytes | None = None,
) -> Response:
    given = {**headers, "Accept-Encoding": "gzip", "Connection": "close"}
    method = "GET" if sent is None else "POST"
    try:
        with (
            connect(addresses, deadline) as opened,
            _cut_off_at(deadline, opened),
            closing(_connection(target, opened)) as connection,
        ):
            connection.request(method, target.path, body=sent, headers=given, preload_content=False)
            with connection.getresponse() as response:
                return Response(url, response.status, response.headers, _body(response, deadline, most_bytes))
    except (HTTPError, HTTPException, OSError, ValueError) as error:
        deadline.left()  # being cut off is like a hang-up; what is late is to be called late
        raise Unavailable(f"{url}: {type(error).__name__}: {error}") from error


def _addresses(target: RequestTarget, guard: Guard, deadline: Deadline, *, redirected: bool) -> list[Address]:
    own_port = frozenset({PORTS[target.scheme]})
    found = guard.resolve(target.host, target.port, deadline=deadline, ports=own_port)
    if redirected and target.scheme == "http" and not all(guard.wants(each.ip) for each in found):
        raise Forbidden(f"a redirect to {target.host} leads away from TLS")
    return found


def _connection(target: RequestTarget, opened: socket) -> HTTPConnection:
    """Return a connection over the socket that is open already, so that the host is not resolved again."""
    if target.scheme == "https":
        connection = HTTPSConnection(target.host, target.port)
        connection.sock = trust().wrap_socket(opened, server_hostname=target.host)
    else:
        connection = HTTPConnection(target.host, target.port)
        connection.sock = opened
    connection.auto_open = 0
    return connection


@cache
def trust() -> ssl.SSLContext:
    """Return the system's roots, for HTTP/1.1 alone; made once, since a context costs more than most answers."""
    context = ssl.create_default_context()
    context.set_alpn_protocols(["http/1.1"])
    return context


def _body(response: BaseHTTPResponse, deadline: Deadline, most_bytes: int) -> bytes:
    body = bytearray()
    for chunk in response.stream(CHUNK):
        body += chunk
        if len(body) > most_bytes:
            raise TooLarge(f"the answer is larger than {most_bytes} bytes")
    deadline.left()  # a body without a length that was cut off seems whole
    return bytes(body)


@contextmanager
def _cut_off_at(deadline: Deadline, opened: socket) -> Generator[None]:
    """Shut the connection down at the deadline."""
    # TLS takes the descriptor away from `opened`.
    with opened.dup() as same, cut_off_at(deadline, partial(_shut_down, same)):
        yield


def _shut_down(opened: socket) -> None:
    with suppress(OSError):  # the other side was faster
        opened.shutdown(SHUT_RDWR)
