"""Deadlines of statements on PostgreSQL: whoever has waited too long for an answer is hung up on.

libpq waits for as long as a connection is open, and something between us and the server may keep it open and pass
nothing on, as a pooler that hangs does: keepalives are answered then, and ``statement_timeout`` is not heard.

    thread     begins ── libpq waits ────────── "server closed the connection" ── ends
    deadlines           each half second: past its time? ── shutdown() of the socket ──^
"""

import os
import socket
import threading
import time
from contextlib import suppress
from typing import Any

import psycopg2

_EVERY_S = 0.5


class _Waiting:
    """The connections of this process on which an answer is waited for, each until when, on the monotonic clock.

    Whoever takes an entry out decides: the thread that its answer is there, the watch that it hangs up.
    """

    def __init__(self) -> None:
        self.begin_anew()

    def begin_anew(self) -> None:
        """Know of nothing, as a forked process does, which has none of the threads."""
        self._lock = threading.Lock()
        self._until: dict[Any, float] = {}
        self._watch: threading.Thread | None = None

    def begins(self, connection: Any, deadline_s: float) -> None:
        """Note that a statement goes out; its answer must be there in ``deadline_s`` seconds."""
        if self._watch is None:
            self._start()
        self._until[connection] = time.monotonic() + deadline_s

    def ends(self, connection: Any) -> bool:
        """Note that its answer is there, or will not come; return whether the connection was hung up on."""
        if self._until.pop(connection, None) is not None:
            return False
        with self._lock:  # the watch is done with the socket, which may be another's once this connection is closed
            return True

    def _start(self) -> None:
        with self._lock:
            if self._watch is None:
                self._watch = threading.Thread(target=self._keep_watching, name="statement deadlines", daemon=True)
                self._watch.start()

    def _keep_watching(self) -> None:
        while True:
            time.sleep(_EVERY_S)
            now = time.monotonic()
            with self._lock:
                for connection in [one for one, until in self._until.copy().items() if until <= now]:
                    if self._until.pop(connection, None) is not None:
                        _hang_up(connection)


def _hang_up(connection: Any) -> None:
    with suppress(psycopg2.InterfaceError, OSError):  # it was closed or cut meanwhile, which libpq hears as well
        held = socket.socket(fileno=connection.fileno())
        try:
            held.shutdown(socket.SHUT_RDWR)
        finally:
            held.detach()


waiting = _Waiting()
os.register_at_fork(after_in_child=waiting.begin_anew)
