"""Servers that misbehave in one way each, on a real socket."""

from collections.abc import Callable
from socket import socket
from socketserver import BaseRequestHandler
from threading import Event
from typing import cast

from sandbox.behaviour import Conduct
from sandbox.loopback import Loopback

Play = Callable[[socket, Event], None]
DRIP_S = 0.1


class Hostile(Loopback):
    """Reads what it is asked, then does as its play says."""

    def __init__(self, play: Play) -> None:
        super().__init__(_Handler, Conduct())
        self.play = play


class _Handler(BaseRequestHandler):
    def handle(self) -> None:
        server = cast("Hostile", self.server)
        asked = self.request.recv(4096)
        server.received(asked.split(b"\r\n")[0].decode("latin-1"))
        server.play(self.request, server.stopping)


def says(answer: bytes) -> Play:
    return lambda connection, _: connection.sendall(answer)


def never_stops(head: bytes, chunk: bytes, times: int) -> Play:
    def play(connection: socket, _stopping: Event) -> None:
        connection.sendall(head)
        for _ in range(times):
            connection.sendall(chunk)

    return play


def drips(answer: bytes) -> Play:
    """Send one byte after the other, each soon enough for a timeout that starts anew with every byte."""

    def play(connection: socket, stopping: Event) -> None:
        for byte in answer:
            connection.sendall(bytes([byte]))
            if stopping.wait(DRIP_S):
                return

    return play


def never_closes(answer: bytes) -> Play:
    def play(connection: socket, stopping: Event) -> None:
        connection.sendall(answer)
        stopping.wait()

    return play
