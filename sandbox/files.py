"""A web server for what authorities publish: CRLs and their own certificates."""

from http import HTTPStatus
from http.server import BaseHTTPRequestHandler
from typing import cast

from sandbox.behaviour import Conduct
from sandbox.loopback import Loopback


class Files(Loopback):
    """A server, on a free port of 127.0.0.1, of what was published; 404 for all else. ``requests`` counts the paths."""

    def __init__(self) -> None:
        super().__init__(_Handler, Conduct())
        self._bodies: dict[str, bytes] = {}

    def url(self, name: str) -> str:
        """Return where ``name`` is, or is going to be, published."""
        return f"http://{self.address}/{name}"

    def publish(self, name: str, body: bytes) -> str:
        """Publish, or replace, a file; return its URL."""
        self._bodies[f"/{name}"] = body
        return self.url(name)

    def body(self, path: str) -> bytes | None:
        return self._bodies.get(path)


class _Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        server = cast("Files", self.server)
        server.received(self.path)
        body = server.body(self.path)
        self.send_response(HTTPStatus.NOT_FOUND if body is None else HTTPStatus.OK)
        self.send_header("Content-Length", str(len(body or b"")))
        self.end_headers()
        self.wfile.write(body or b"")

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  http.server names them so
        """Say nothing: the tests read ``requests``."""
