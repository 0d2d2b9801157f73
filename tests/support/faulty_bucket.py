"""A bucket that has a trouble: what a real endpoint fails with, put between us and a server that works."""

from enum import StrEnum
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler
from typing import cast
from urllib.parse import urlsplit

from sandbox.behaviour import Conduct
from sandbox.loopback import Loopback


class Trouble(StrEnum):
    """How the endpoint answers."""

    NONE = "none"
    SLOW_DOWN = "SlowDown"  # 503
    SKEW = "RequestTimeTooSkewed"  # 403: somebody's clock is wrong
    DIGEST = "BadDigest"  # 400: other bytes arrived than were sent
    ERROR = "InternalError"  # 500
    HANG_UP = "hang up"  # before any answer
    CUT_OFF = "cut off"  # in the middle of a body
    DAMAGED = "damaged"  # a body with other bytes


_STATUS = {Trouble.SLOW_DOWN: 503, Trouble.SKEW: 403, Trouble.DIGEST: 400, Trouble.ERROR: 500}


class FaultyBucket(Loopback):
    """A proxy before an endpoint, as ``trouble`` says, which may be changed while it runs."""

    def __init__(self, endpoint: str) -> None:
        super().__init__(_Handler, Conduct())
        self.behind = urlsplit(endpoint).netloc
        self.trouble = Trouble.NONE

    @property
    def url(self) -> str:
        return f"http://{self.address}"


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.0"

    def do_GET(self) -> None:
        self._pass_on()

    def do_PUT(self) -> None:
        self._pass_on()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - its name in the base class
        """Say nothing."""

    def _pass_on(self) -> None:
        server = cast("FaultyBucket", self.server)
        server.received(self.command)
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        if server.trouble is Trouble.HANG_UP:
            return
        if status := _STATUS.get(server.trouble):
            said = f"<Error><Code>{server.trouble}</Code><Message>of the test</Message></Error>"
            self._answer(status, {"Content-Type": "application/xml"}, said.encode())
            return
        behind = HTTPConnection(server.behind, timeout=30)
        behind.request(self.command, self.path, body, dict(self.headers))
        answer = behind.getresponse()
        content = answer.read()
        behind.close()
        if server.trouble is Trouble.DAMAGED:
            content = bytes(one ^ 1 for one in content)
        self._answer(answer.status, dict(answer.getheaders()), content)

    def _answer(self, status: int, headers: dict[str, str], content: bytes) -> None:
        self.send_response(status)
        for name, value in headers.items():
            if name.lower() not in ("content-length", "connection", "transfer-encoding"):
                self.send_header(name, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        is_cut_off = cast("FaultyBucket", self.server).trouble is Trouble.CUT_OFF
        self.wfile.write(content[: len(content) // 2] if is_cut_off else content)
