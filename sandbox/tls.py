"""A TLS server that is all endpoints of the sandbox at once: the name that is asked for (SNI) picks the certificate.

    ClientHello ──read into memory, nothing is sent yet──> conduct towards the name ──> handshake ──> wait for the end

One thread with an event loop serves any number of connections; leaving the ``with`` ends them all.
"""

import asyncio
import ssl
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import cast

from sandbox.authority import Authority
from sandbox.behaviour import Behaviour, Conduct
from sandbox.loop_server import LoopServer
from sandbox.truth import Endpoint

GARBAGE = b"\x00\xffthis is not a TLS record\r\n"
ALERT = b"\x15\x03\x03\x00\x02\x02\x50"
"""A fatal alert, internal_error(80): TLS has no word for "too often" (RFC 8446, 6.2)."""

CHUNK = 16 * 1024


class _Conversation(ssl.SSLObject):
    """One connection's TLS state, which remembers the name that the client asked for."""

    asked_for = ""


class TlsServer(LoopServer):
    """A server of ``endpoints`` on a free port of 127.0.0.1; ``connections`` counts those that it accepted."""

    def __init__(self, endpoints: Iterable[Endpoint], authority: Authority, conduct: Conduct | None = None) -> None:
        super().__init__("sandbox tls")
        self.conduct = conduct or Conduct()
        self.connections = 0
        self.port = 0
        self._contexts = _contexts(endpoints, authority)
        self._greeter = _context()
        self._greeter.sslobject_class = _Conversation
        self._greeter.sni_callback = self._choose

    async def _listen(self) -> list[asyncio.Server]:
        server = await asyncio.start_server(self._accept, "127.0.0.1", 0, backlog=1024)
        self.port = server.sockets[0].getsockname()[1]
        return [server]

    def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        self._begin(self._converse(reader, writer), writer)

    async def _converse(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        conversation = cast("_Conversation", self._greeter.wrap_bio(incoming, outgoing, server_side=True))
        over = answered = False
        with suppress(OSError):  # the client may go away at any time
            while not over and (data := await reader.read(CHUNK)):
                incoming.write(data)
                over = _advance(conversation)
                if outgoing.pending:
                    if not answered and not await self._behave(conversation.asked_for, reader, writer):
                        return
                    answered = True
                    writer.write(outgoing.read())
                    await writer.drain()
            await _until_gone(reader)

    async def _behave(self, name: str, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        """Treat the client as the conduct towards ``name`` says; return whether the handshake goes on."""
        behaviour = self.conduct.towards(name)
        match behaviour:
            case Behaviour.SLOW:
                await asyncio.sleep(self.conduct.delay_s)
            case Behaviour.SILENT:
                await _until_gone(reader)
            case Behaviour.GARBAGE:
                writer.write(GARBAGE)
            case Behaviour.THROTTLE:
                writer.write(ALERT)
            case Behaviour.NORMAL | Behaviour.HANG_UP:
                pass
        return behaviour in {Behaviour.NORMAL, Behaviour.SLOW}

    def _choose(self, conversation: ssl.SSLObject, name: str | None, _greeter: ssl.SSLContext) -> int | None:
        cast("_Conversation", conversation).asked_for = name or ""
        context = self._contexts.get(name or "")
        if context is None:
            return ssl.ALERT_DESCRIPTION_UNRECOGNIZED_NAME
        conversation.context = context
        return None


def _advance(conversation: ssl.SSLObject) -> bool:
    """Return whether the handshake is over, well or not; the alert of a failed one is among the bytes to send."""
    try:
        conversation.do_handshake()
    except ssl.SSLWantReadError:
        return False
    except ssl.SSLError:
        return True
    return True


async def _until_gone(reader: asyncio.StreamReader) -> None:
    while await reader.read(CHUNK):
        pass


def _contexts(endpoints: Iterable[Endpoint], authority: Authority) -> dict[str, ssl.SSLContext]:
    """Return a context for each host; Python reads certificates from files alone."""
    contexts: dict[str, ssl.SSLContext] = {}
    with TemporaryDirectory() as folder:
        served = Path(folder, "served.pem")
        for endpoint in endpoints:
            served.write_bytes(authority.key_pem + authority.chain_pem(endpoint))
            contexts[endpoint.host] = _context()
            contexts[endpoint.host].load_cert_chain(served)
    return contexts


def _context() -> ssl.SSLContext:
    return ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
