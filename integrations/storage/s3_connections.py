"""Connections to a bucket's endpoint: to addresses that the guard allows alone, and no call longer than it may take.

with calling(deadline):  boto3 ──> urllib3's pool ──> guarded connection ──guard──> socket
                           at the deadline this socket is shut down, whatever is read or written just then
"""

# botocore has no types of its own, and those that are written for it leave out what is private:
# pyright: reportAttributeAccessIssue=false, reportUnknownMemberType=false, reportUnknownVariableType=false

import os
import socket
from collections.abc import Generator
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from pathlib import Path
from ssl import SSLContext
from threading import Lock
from typing import Any, cast

from botocore.awsrequest import AWSHTTPConnection, AWSHTTPConnectionPool, AWSHTTPSConnection, AWSHTTPSConnectionPool
from botocore.httpsession import URLLib3Session

from integrations.cut_off import cut_off_at
from integrations.deadline import Deadline
from integrations.guard import Guard, connect

CONNECT_S = 5.0
READ_S = 20.0
"""How long an endpoint may be silent, whatever is left of the call's deadline."""

POOL = 64
"""Connections that are kept; a thread that finds none free opens one of its own."""

_PORTS = frozenset({80, 443})


class _Call:
    """A call that is under way: its deadline, and a handle of the socket that it uses."""

    def __init__(self, deadline: Deadline) -> None:
        self.deadline = deadline
        self._handle: socket.socket | None = None
        self._lock = Lock()
        self._late = False

    def uses(self, descriptor: int) -> None:
        """Remember the socket; a handle of our own stays valid whatever becomes of the connection's."""
        with self._lock:
            self._forget()
            self._handle = socket.socket(fileno=os.dup(descriptor))
        if self._late:
            self.cut_off()

    def cut_off(self) -> None:
        with self._lock:
            self._late = True
            if self._handle is not None:
                with suppress(OSError):  # the other side was faster
                    self._handle.shutdown(socket.SHUT_RDWR)

    def end(self) -> None:
        with self._lock:
            self._forget()

    def _forget(self) -> None:
        if self._handle is not None:
            self._handle.close()
            self._handle = None


_call: ContextVar[_Call | None] = ContextVar("storage_call", default=None)


@contextmanager
def calling(deadline: Deadline) -> Generator[None]:
    """Bound all that the block does with an endpoint by a deadline. Raises ``Unavailable`` where none is left."""
    call = _Call(deadline)
    token = _call.set(call)
    try:
        with cut_off_at(deadline, call.cut_off):
            yield
    finally:
        _call.reset(token)
        call.end()


class GuardedSession(URLLib3Session):
    """boto3's HTTP, over connections that go through the guard. It knows no proxies: they would choose the address."""

    def __init__(self, guard: Guard, ca_file: Path | None) -> None:
        self._ca_file = ca_file
        super().__init__(proxies={}, timeout=cast("Any", (CONNECT_S, READ_S)), max_pool_connections=POOL)
        self._manager.pool_classes_by_scheme = {
            "http": _pool(AWSHTTPConnectionPool, AWSHTTPConnection, guard),
            "https": _pool(AWSHTTPSConnectionPool, AWSHTTPSConnection, guard),
        }

    def _get_ssl_context(self) -> SSLContext:
        context = super()._get_ssl_context()
        if self._ca_file is not None:
            context.load_verify_locations(self._ca_file)
        return context


def _pool(pool: type[Any], connection: type[Any], guard: Guard) -> type[Any]:
    """Return a class of pools whose connections go through the guard, and tell their call which socket they use."""

    class GuardedConnection(connection):
        def _new_conn(self) -> socket.socket:
            call = _call.get()
            deadline = call.deadline if call else Deadline.after(READ_S)
            addresses = guard.resolve(self.host, self.port, deadline=deadline, ports=_PORTS)
            opened = connect(addresses, Deadline.after(min(CONNECT_S, deadline.left())))
            opened.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            if call:
                call.uses(opened.fileno())
            return opened

        def request(self, *args: Any, **named: Any) -> None:
            if (call := _call.get()) and self.sock is not None:
                call.uses(self.sock.fileno())
            super().request(*args, **named)

    return type("GuardedPool", (pool,), {"ConnectionCls": GuardedConnection})
