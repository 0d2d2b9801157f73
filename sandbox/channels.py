"""A server on loopback for channels of alerts and for pings: it keeps what comes, and fails by path.

SILENT  it says nothing               HANG_UP  it closes the connection      THROTTLE  429, come again in a minute
GARBAGE  500 and HTML                 PRIVATE  a redirect to the cloud's metadata       HUGE  10 MB
DRIP  a byte every ``delay_s``
"""

from collections.abc import Mapping
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler
from typing import cast

from sandbox.behaviour import HUGE, METADATA, Behaviour, Conduct, send
from sandbox.loopback import Loopback

_REFUSALS: Mapping[Behaviour, tuple[int, dict[str, str], bytes]] = {
    Behaviour.THROTTLE: (429, {"Retry-After": "60"}, b"slower"),
    Behaviour.GARBAGE: (500, {"Content-Type": "text/html"}, b"<html><script>alert(1)</script>"),
    Behaviour.PRIVATE: (302, {"Location": f"http://{METADATA}/latest/meta-data/"}, b""),
}


@dataclass(frozen=True, slots=True)
class PostedMessage:
    """What somebody posted; the names of headers are in lower case."""

    path: str
    headers: Mapping[str, str]
    body: bytes


class ChannelServer(Loopback):
    """A server that takes messages; ``conduct`` is by path, and ``gone`` are paths that want no more."""

    def __init__(self, conduct: Conduct | None = None) -> None:
        super().__init__(_Handler, conduct or Conduct())
        self.posted: list[PostedMessage] = []
        self.gone: set[str] = set()

    def at(self, path: str) -> list[PostedMessage]:
        """Return what was posted to a path, the oldest first."""
        with self._lock:
            return [one for one in self.posted if one.path == path]

    def keep(self, message: PostedMessage) -> None:
        """Keep what was posted."""
        with self._lock:
            self.posted.append(message)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        self.do_POST()

    def do_POST(self) -> None:
        server = cast("ChannelServer", self.server)
        body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
        behaviour = server.received(self.path)
        if self.path in server.gone:
            self._answer(410)
        elif refusal := _REFUSALS.get(behaviour):
            self._answer(refusal[0], refusal[1], refusal[2])
        elif behaviour in (Behaviour.SILENT, Behaviour.HANG_UP):
            self.close_connection = True
        else:
            server.keep(PostedMessage(self.path, {name.lower(): value for name, value in self.headers.items()}, body))
            self._answer(200, body=bytes(HUGE) if behaviour is Behaviour.HUGE else b"ok", behaviour=behaviour)

    def _answer(
        self,
        status: int,
        headers: Mapping[str, str] | None = None,
        body: bytes = b"",
        behaviour: Behaviour = Behaviour.NORMAL,
    ) -> None:
        server = cast("ChannelServer", self.server)
        self.send_response(status)
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        send(self.connection, body, behaviour, stopping=server.stopping, delay_s=server.conduct.delay_s)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  http.server names them so
        """Say nothing."""
