"""A proxy between a process of ours and a server that works: it delays, cuts, and holds back what goes one way.

    process ──TO_SERVER──> proxy ──TO_SERVER──> server's Unix socket
            <──TO_CLIENT──       <──TO_CLIENT──

What is held back goes on once the trouble is over, as after lost packets that TCP sends again.
"""

import asyncio
from contextlib import suppress
from enum import StrEnum
from pathlib import Path
from threading import Event

from sandbox.loop_server import LoopThread

_CHUNK = 65536
_LAST_LOOKS, _LOOK_S = 200, 0.005


class Way(StrEnum):
    """A direction of what is passed on."""

    TO_SERVER = "to the server"
    TO_CLIENT = "to the client"


BOTH = (Way.TO_SERVER, Way.TO_CLIENT)


class Proxy(LoopThread):
    """Passes everything on from a free port of 127.0.0.1 to ``behind``, a Unix socket, until it is told otherwise."""

    def __init__(self, behind: Path) -> None:
        super().__init__("proxy")
        self.behind = behind
        """Where new connections lead; another place after a failover."""
        self.port = 0
        self.connections = 0
        self.passed = dict.fromkeys(Way, 0)
        """How many bytes went each way."""
        self.held_back = 0
        """How often something was not passed on at once."""
        self._delay_s = 0.0
        self._refuses = False
        self._links: set[_Link] = set()

    def delay(self, seconds: float) -> None:
        """Pass everything on that much later."""
        self._delay_s = seconds

    def hold(self, *ways: Way) -> None:
        """Pass nothing on in these directions; whoever waits for it hears nothing."""
        self._in_loop(lambda: [self._open[way].clear() for way in ways])

    def hush(self) -> None:
        """Pass nothing on, ever again, on the connections that there are, and leave them open; new ones work."""
        self._in_loop(lambda: [link.hush() for link in self._links])

    def cut(self, *, refuse: bool = False) -> None:
        """Reset all connections, and the new ones too where they are to be refused."""
        self._refuses = refuse
        self._in_loop(self._cut)

    def half_open(self) -> None:
        """End all connections on the server's side alone: the processes do not hear of it."""
        self._in_loop(lambda: [link.lose_server() for link in self._links])

    def heal(self) -> None:
        """Pass everything on again; what was half open is reset, and what was hushed stays silent, without a server."""
        self._delay_s, self._refuses = 0.0, False
        self._in_loop(self._heal)

    def _cut(self) -> None:
        for link in list(self._links):
            link.reset()

    def _heal(self) -> None:
        for link in list(self._links):
            if link.lost:
                link.reset()
            elif not link.speaks.is_set():
                link.lose_server()
        for way in Way:
            self._open[way].set()

    def _in_loop(self, act) -> None:
        done = Event()

        def do() -> None:
            act()
            done.set()

        self._loop.call_soon_threadsafe(do)
        done.wait()

    async def _serve(self) -> None:
        self._open = {way: asyncio.Event() for way in Way}
        self._heal()
        server = await asyncio.start_server(self._accept, "127.0.0.1", 0, backlog=256)
        self.port = server.sockets[0].getsockname()[1]
        self._started.set()
        await self._stop.wait()
        server.close()
        self._heal()
        self._cut()
        for _ in range(_LAST_LOOKS):
            if not self._links:
                return
            await asyncio.sleep(_LOOK_S)

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        if self._refuses:
            writer.transport.abort()
            return
        try:
            server_reader, server_writer = await asyncio.open_unix_connection(str(self.behind))
        except OSError:
            writer.transport.abort()
            return
        link = _Link(writer, server_writer)
        self._links.add(link)
        try:
            await asyncio.gather(
                self._pump(Way.TO_SERVER, reader, server_writer, link),
                self._pump(Way.TO_CLIENT, server_reader, writer, link),
            )
            if link.lost:
                await link.is_reset.wait()
        finally:
            self._links.discard(link)

    async def _pump(self, way: Way, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, link: "_Link") -> None:
        with suppress(OSError):
            while data := await reader.read(_CHUNK):
                if self._delay_s:
                    await asyncio.sleep(self._delay_s)
                self.held_back += not self._open[way].is_set()
                await self._open[way].wait()
                await link.speaks.wait()
                self.passed[way] += len(data)
                writer.write(data)
                await writer.drain()
        await self._open[way].wait()
        if not link.lost:
            link.end()


class _Link:
    """One connection through the proxy: both its ends."""

    def __init__(self, client: asyncio.StreamWriter, server: asyncio.StreamWriter) -> None:
        self._client, self._server = client, server
        self.lost = False
        """Whether the server's end is gone and the client's is still there."""
        self.is_reset = asyncio.Event()
        self.speaks = asyncio.Event()
        self.speaks.set()

    def hush(self) -> None:
        self.speaks.clear()

    def end(self) -> None:
        self._client.close()
        self._server.close()

    def reset(self) -> None:
        self.is_reset.set()
        self.speaks.set()
        self._client.transport.abort()
        self._server.transport.abort()

    def lose_server(self) -> None:
        self.lost = True
        self._server.transport.abort()
