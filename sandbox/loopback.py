"""A TCP server on 127.0.0.1 with a port of its own, for as long as its ``with`` block."""

import sys
from collections import Counter
from contextlib import suppress
from socket import SHUT_RDWR, socket
from socketserver import BaseRequestHandler, ThreadingTCPServer
from threading import Event, Lock, Thread
from typing import Any, Self
from weakref import WeakSet

from sandbox.behaviour import Behaviour, Conduct

POLL_S = 0.02


class Loopback(ThreadingTCPServer):
    """A server with a thread for each connection; when it stops, it closes open ones and waits for the threads."""

    request_queue_size = 128
    allow_reuse_address = True

    def __init__(self, handler: type[BaseRequestHandler], conduct: Conduct, *, port: int = 0) -> None:
        super().__init__(("127.0.0.1", port), handler)
        self.conduct = conduct
        self.requests: Counter[str] = Counter()
        self.stopping = Event()
        self._lock = Lock()
        self._open: WeakSet[socket] = WeakSet()
        self._thread = Thread(target=self.serve_forever, args=(POLL_S,), daemon=True)

    @property
    def address(self) -> str:
        host, port = self.server_address[:2]
        return f"{host!s}:{port}"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stopping.set()
        self.shutdown()
        self._thread.join()
        with self._lock:
            for connection in self._open:
                with suppress(OSError):  # it is closed already
                    connection.shutdown(SHUT_RDWR)
        self.server_close()

    def received(self, name: str) -> Behaviour:
        """Count a request for ``name`` and wait as the conduct says; return how to answer it."""
        with self._lock:
            self.requests[name] += 1
        behaviour = self.conduct.towards(name)
        if behaviour is Behaviour.SLOW:
            self.stopping.wait(self.conduct.delay_s)
        if behaviour is Behaviour.SILENT:
            self.stopping.wait()
        return behaviour

    def get_request(self) -> tuple[socket, Any]:
        request, client_address = super().get_request()
        with self._lock:
            self._open.add(request)
        return request, client_address

    def handle_error(self, request, client_address) -> None:
        if not isinstance(sys.exception(), OSError):  # a client that hangs up is no error of ours
            super().handle_error(request, client_address)
