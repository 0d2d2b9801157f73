"""TLS scans: connect, shake hands, and bring back what was seen for ``rules.certificates`` to judge.

    name ──guard──> literals ──connect──> socket ──handshake in memory, every byte counted──> Seen

Whatever the target does is an answer: a refusal, silence and garbage are told in ``Seen.failure``. Errors are raised
only for what is our own: a target that the guard forbids, a name server that cannot say now, no way out of here.
"""

import errno
import socket
from collections.abc import Generator
from contextlib import contextmanager, suppress
from ipaddress import ip_address
from pathlib import Path

from OpenSSL import SSL, crypto

from integrations import guard as guards
from integrations.deadline import Deadline
from integrations.errors import Rejected, Unavailable
from rules import names
from rules.certificates import HANDSHAKE_FAILED, NOT_TLS, Seen

MOST_BYTES = 1024 * 1024
"""Bytes of a handshake that are read. OpenSSL refuses a chain of more than 100 KB by itself."""

MOST_CERTIFICATES = 20
"""Certificates of a chain that are kept."""

MOST_ERRORS = 100
"""Errors of a verification that are kept."""

CHUNK = 16 * 1024

TLS_OPENING = (b"\x15\x16", b"\x03")
"""What a TLS server's first bytes can be: an alert or a handshake, of version 3.x (RFC 8446, 5.1)."""

OURS = frozenset(
    {
        errno.EACCES,
        errno.EADDRNOTAVAIL,
        errno.EAFNOSUPPORT,
        errno.EMFILE,
        errno.ENETDOWN,
        errno.ENETUNREACH,
        errno.ENFILE,
        errno.ENOBUFS,
        errno.ENOMEM,
        errno.EPERM,
    }
)
"""Ways in which connecting fails that say something of this machine and nothing of the target."""

VERIFY_ERRORS: dict[int, str] = {
    code: name.removeprefix("ERR_").replace("_", " ").lower()
    for name, code in vars(SSL.X509VerificationCodes).items()
    if name.startswith("ERR_")
}
"""OpenSSL's codes in words; pyOpenSSL has no public way to its own."""


class Trust:
    """The roots that scans trust: the system's, and those in ``ca_file`` (PEM).

    Built once and shared by all threads, since a context costs 27 ms. It speaks to servers as weak as OpenSSL still
    allows: a scan that cannot see a weak server cannot report it, and no secret ever goes over these connections.

    Raises ``ValueError`` when ``ca_file`` holds no certificates.
    """

    def __init__(self, ca_file: Path | None = None) -> None:
        context = SSL.Context(SSL.TLS_CLIENT_METHOD)
        context.set_min_proto_version(SSL.TLS1_VERSION)
        context.set_cipher_list(b"DEFAULT:@SECLEVEL=0")
        context.set_verify(SSL.VERIFY_PEER, _note)
        context.set_default_verify_paths()
        if ca_file:
            _load(context, ca_file)
        self._context = context

    def connection(self) -> SSL.Connection:
        """Return a client connection in memory; what its verification finds is in its own app data."""
        connection = SSL.Connection(self._context, None)
        connection.set_connect_state()
        connection.set_app_data([])
        return connection


def fetch(host: str, port: int, *, guard: guards.Guard, deadline_s: float, trust: Trust) -> Seen:
    """Return what the server at ``host`` shows, after at most ``deadline_s`` seconds in all.

    Raises ``Rejected`` when ``host`` is no host name or the guard forbids it, ``Unavailable`` when we cannot ask now.
    """
    name = _checked(host)
    deadline = Deadline.after(deadline_s)
    try:
        addresses = guard.resolve(name, port, deadline=deadline)
    except guards.NoSuchName:
        return Seen(host=host, port=port, address="", failure="there is no such name, or it has no address")
    try:
        sock = guards.connect(addresses, deadline)
    except Unavailable as error:
        return Seen(host=host, port=port, address=addresses[-1].ip, failure=_not_connected(error))
    with sock:
        address = _peer(sock)
        handshake = _Handshake(sock, trust.connection(), deadline)
        failure = handshake.run(name)
        return _seen(handshake.tls, host=host, port=port, address=address, failure=failure)


class _Ended(Exception):
    """Raised when the target ends a handshake early; says how."""


class _Handshake:
    """One handshake over one socket: within the deadline, whatever the number of reads, and ``MOST_BYTES``."""

    def __init__(self, sock: socket.socket, tls: SSL.Connection, deadline: Deadline) -> None:
        self.tls = tls
        self._sock = sock
        self._deadline = deadline
        self._received = 0
        self._opening = b""

    def run(self, name: str) -> str | None:
        """Shake hands and say goodbye; return why it ended early, or None."""
        if not _is_ip(name):  # an address is not sent as a server name (RFC 6066, 3)
            self.tls.set_tlsext_host_name(name.encode())
        try:
            self._complete()
        except _Ended as ended:
            return str(ended)
        except SSL.Error as error:
            return f"{HANDSHAKE_FAILED}: {_reason(error)}"
        self._part()
        return None

    def _complete(self) -> None:
        while True:
            try:
                self.tls.do_handshake()
            except SSL.WantReadError:
                self._send()
                self._receive()
            else:
                return

    def _part(self) -> None:
        """Send our last word and a close_notify; all that we wanted is seen, so it may fail."""
        with suppress(SSL.Error, _Ended):
            self.tls.shutdown()
            self._send()

    def _send(self) -> None:
        with suppress(SSL.WantReadError):  # raised when there is nothing more to send
            while data := self.tls.bio_read(CHUNK):
                with self._within_deadline():
                    self._sock.sendall(data)

    def _receive(self) -> None:
        with self._within_deadline():
            data = self._sock.recv(CHUNK)
        if not data:
            raise _Ended("closed in the middle of the handshake" if self._received else "closed without a word")
        self._received += len(data)
        self._opening = (self._opening + data)[: len(TLS_OPENING)]
        if not all(byte in known for byte, known in zip(self._opening, TLS_OPENING, strict=False)):
            raise _Ended(NOT_TLS)
        if self._received > MOST_BYTES:
            raise _Ended(f"{HANDSHAKE_FAILED}: more than {MOST_BYTES} bytes")
        self.tls.bio_write(data)

    @contextmanager
    def _within_deadline(self) -> Generator[None]:
        """Let one socket call have all that is left, and no more."""
        try:
            self._sock.settimeout(self._deadline.left())
            yield
        except (TimeoutError, Unavailable) as error:
            raise _Ended("too slow" if self._received else "silent") from error
        except OSError as error:
            raise _Ended(_words(error)) from error


def _seen(tls: SSL.Connection, *, host: str, port: int, address: str, failure: str | None) -> Seen:
    """Return what there is to show; a handshake that failed late has a certificate all the same."""
    sent = tls.get_peer_cert_chain() or []
    return Seen(
        host=host,
        port=port,
        address=address,
        chain=tuple(crypto.dump_certificate(crypto.FILETYPE_ASN1, each) for each in sent[:MOST_CERTIFICATES]),
        tls_version="" if failure else tls.get_protocol_version_name(),
        cipher="" if failure else tls.get_cipher_name() or "",
        verify_errors=tuple(tls.get_app_data()),
        failure=failure,
    )


def _note(connection: SSL.Connection, _certificate: crypto.X509, code: int, depth: int, ok: int) -> bool:
    """Keep an error with the connection that it belongs to, and go on: one scan reports all that is wrong."""
    errors: list[tuple[int, int, str]] = connection.get_app_data()
    if not ok and len(errors) < MOST_ERRORS:
        errors.append((code, depth, VERIFY_ERRORS.get(code, f"OpenSSL error {code}")))
    return True


def _load(context: SSL.Context, ca_file: Path) -> None:
    try:
        context.load_verify_locations(str(ca_file))
    except SSL.Error as error:
        raise ValueError(f"{ca_file} holds no certificates in PEM") from error


def _checked(host: str) -> str:
    try:
        return names.host(host)
    except names.NotAHost as error:
        raise Rejected(str(error)) from error


def _not_connected(error: Unavailable) -> str:
    """Return why nobody answered; ``error`` goes on up where the trouble is our own."""
    trouble = error.__cause__
    if not isinstance(trouble, OSError) or isinstance(trouble, TimeoutError):
        return "no answer"
    if trouble.errno in OURS:
        raise error
    return _words(trouble)


def _peer(sock: socket.socket) -> str:
    try:
        return str(sock.getpeername()[0])
    except OSError:  # it was reset before we could look
        return ""


def _words(error: OSError) -> str:
    match error:
        case ConnectionRefusedError():
            return "connection refused"
        case ConnectionResetError() | ConnectionAbortedError() | BrokenPipeError():
            return "connection reset"
        case _:
            return (error.strerror or type(error).__name__).lower()


def _reason(error: SSL.Error) -> str:
    """Return the last reason in OpenSSL's error queue, such as "tlsv1 alert internal error"."""
    match error.args:
        case ([*_, (*_, str(reason))],):
            return reason
        case _:
            return "no reason given"


def _is_ip(name: str) -> bool:
    try:
        ip_address(name)
    except ValueError:
        return False
    return True
