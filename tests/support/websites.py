"""A website over https on loopback, with a certificate of the test's own authority, that can answer anything."""

import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from socket import socket
from typing import Any, cast

import pytest

from integrations import http_client
from sandbox import pki
from sandbox.behaviour import Behaviour, Conduct
from sandbox.loopback import Loopback


class Website(Loopback):
    """Answers each path with what the test put there, 404 for all else; ``requests`` counts (host, path)."""

    def __init__(self, certificate: Path) -> None:
        super().__init__(_Handler, Conduct())
        self.answers: dict[str, tuple[int, dict[str, str], bytes]] = {}
        self._tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._tls.load_cert_chain(certificate)

    @property
    def port(self) -> int:
        return self.server_address[1]

    def put(self, path: str, body: bytes, *, status: int = 200) -> None:
        self.answers[path] = (status, {}, body)

    def redirect(self, path: str, to: str) -> None:
        self.answers[path] = (302, {"Location": to}, b"")

    def get_request(self) -> tuple[socket, Any]:
        opened, address = super().get_request()
        return self._tls.wrap_socket(opened, server_side=True, do_handshake_on_connect=False), address


class _Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        server = cast("Website", self.server)
        server.received(f"{self.headers['Host'].partition(':')[0]}{self.path}")
        status, headers, body = server.answers.get(self.path, (HTTPStatus.NOT_FOUND, {}, b""))
        self.send_response(status)
        for name, value in {**headers, "Content-Length": str(len(body))}.items():
            self.send_header(name, value)
        self.end_headers()
        if server.conduct.default is Behaviour.DRIP:
            for byte in body:
                self.wfile.write(bytes([byte]))
                server.stopping.wait(server.conduct.delay_s)
            return
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - http.server names them so
        """Say nothing: the tests read ``requests``."""


@contextmanager
def website(folder: Path, monkeypatch: pytest.MonkeyPatch, *names: str) -> Iterator[Website]:
    """Serve a website under these names, whose authority this process trusts for as long as the block."""
    root = pki.root("Test Root")
    leaf = root.leaf(names[0], names=names)
    (folder / "leaf.pem").write_bytes(leaf.key_pem + leaf.pem)
    (folder / "root.pem").write_bytes(root.pem)
    monkeypatch.setenv("SSL_CERT_FILE", str(folder / "root.pem"))
    http_client.trust.cache_clear()
    try:
        with Website(folder / "leaf.pem") as served:
            yield served
    finally:
        http_client.trust.cache_clear()
