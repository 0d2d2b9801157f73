"""Serves configurations: each on a port of its own, with a context of its own, all by one thread with an event loop.

    preface (STARTTLS, or what is no TLS at all) ──> handshake in memory ──> wait until the client is gone

OpenSSL is used as pyOpenSSL has it, because Python's own ``ssl`` cannot staple.
"""

import asyncio
from collections.abc import Iterable
from contextlib import suppress
from socket import AF_INET, AF_INET6, socket
from warnings import catch_warnings

from cryptography import x509
from cryptography.utils import CryptographyDeprecationWarning
from OpenSSL import SSL

from sandbox.configurations.configuration import Configuration
from sandbox.loop_server import LoopServer
from sandbox.pki import Issuer

CHUNK = 16 * 1024
ANYTHING = b"DEFAULT:@SECLEVEL=0"
"""The ciphers of a server that may be as weak as it likes."""


class TlsServers(LoopServer):
    """A server for each of ``configurations``, on loopback while the ``with`` block lasts; ``ports`` are by name.

    What needs IPv6 is left out where the machine has none.
    """

    def __init__(self, configurations: Iterable[Configuration]) -> None:
        super().__init__("sandbox configurations")
        self.ports: dict[str, int] = {}
        self._served = [
            (each, _context(each) if each.leaves else None) for each in configurations if _has(address_of(each))
        ]

    async def _listen(self) -> list[asyncio.Server]:
        return [await self._start(each, context) for each, context in self._served]

    async def _start(self, configuration: Configuration, context: SSL.Context | None) -> asyncio.Server:
        def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            self._begin(_converse(configuration.preface, context, reader, writer), writer)

        server = await asyncio.start_server(accept, address_of(configuration), 0)
        self.ports[configuration.name] = server.sockets[0].getsockname()[1]
        return server


def address_of(configuration: Configuration) -> str:
    """Return the loopback address at which a configuration is served: of version 6 where its host is one."""
    return "::1" if ":" in configuration.host else "127.0.0.1"


def _has(address: str) -> bool:
    """Return whether this machine has a loopback address of that version."""
    family = AF_INET6 if ":" in address else AF_INET
    with suppress(OSError), socket(family) as tried:
        tried.bind((address, 0))
        return True
    return False


async def _converse(
    preface: tuple[bytes, ...],
    context: SSL.Context | None,
    reader: asyncio.StreamReader,
    writer: asyncio.StreamWriter,
) -> None:
    first, *others = preface
    with suppress(OSError):  # the client may go away at any time
        writer.write(first)
        for each in others:
            await reader.read(CHUNK)
            writer.write(each)
        if context is None:
            await reader.read(CHUNK)  # the client may still send something, which is not understood
            return
        await _shake_hands(context, reader, writer)
        while await reader.read(CHUNK):
            pass


async def _shake_hands(context: SSL.Context, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    connection = SSL.Connection(context, None)
    connection.set_accept_state()
    over = False
    while not over and (data := await reader.read(CHUNK)):
        connection.bio_write(data)
        over = _advance(connection)
        with suppress(SSL.WantReadError):  # there is nothing to send
            while True:
                writer.write(connection.bio_read(CHUNK))
        await writer.drain()


def _advance(connection: SSL.Connection) -> bool:
    """Return whether the handshake is over, well or not; the alert of a failed one is among the bytes to send."""
    try:
        connection.do_handshake()
    except SSL.WantReadError:
        return False
    except SSL.Error:
        return True
    return True


def _context(configuration: Configuration) -> SSL.Context:
    context = SSL.Context(SSL.TLS_METHOD)
    context.set_cipher_list(configuration.ciphers or ANYTHING)
    context.set_min_proto_version(configuration.oldest)
    context.set_max_proto_version(configuration.newest)
    for leaf in configuration.leaves:
        _use(leaf, context)
    for certificate in configuration.sent:
        context.add_extra_chain_cert(_read(certificate))
    _limit(context, configuration)
    if configuration.wants_certificate:
        context.set_verify(SSL.VERIFY_PEER | SSL.VERIFY_FAIL_IF_NO_PEER_CERT)
    if staple := configuration.staple:
        context.set_ocsp_server_callback(lambda _connection, _data: staple)
    return context


def _limit(context: SSL.Context, configuration: Configuration) -> None:
    """Limit signatures and groups; pyOpenSSL has no public way to do so."""
    native, known = context._context, SSL._lib  # noqa: SLF001  # pyright: ignore[reportPrivateImportUsage]
    if configuration.signatures and known.SSL_CTX_set1_sigalgs_list(native, configuration.signatures) != 1:
        raise ValueError(f"OpenSSL does not know {configuration.signatures.decode()}")
    if configuration.groups and known.SSL_CTX_set1_curves_list(native, configuration.groups) != 1:
        raise ValueError(f"OpenSSL does not know {configuration.groups.decode()}")


def _use(leaf: Issuer, context: SSL.Context) -> None:
    context.use_certificate(_read(leaf.certificate))
    context.use_privatekey(leaf.key)


def _read(certificate: bytes) -> x509.Certificate:
    """Return a certificate, also one whose serial number later versions of the library will refuse."""
    with catch_warnings(action="ignore", category=CryptographyDeprecationWarning):
        return x509.load_der_x509_certificate(certificate)
