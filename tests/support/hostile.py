"""Servers that misbehave in one way each, on a real socket, and the targets that they would send us to."""

from collections.abc import Callable
from socket import socket
from socketserver import BaseRequestHandler
from threading import Event
from typing import cast

from sandbox.behaviour import Behaviour, Conduct, reset, send
from sandbox.loopback import Loopback

Play = Callable[[socket, Event], None]
DRIP_S = 0.1

SPELLINGS_OF_LOOPBACK = ["127.1", "127.0.1", "0x7f000001", "0x7f.1", "2130706433", "0177.0.0.1", "017700000001", "0"]

NOT_PUBLIC = [
    "0.0.0.0", "0.1.2.3", "10.0.0.1", "10.255.255.255", "100.64.0.1", "100.127.255.255", "127.0.0.1", "127.8.8.8",
    "169.254.169.254", "172.16.0.1", "172.31.255.255", "192.0.0.8", "192.0.0.170", "192.0.2.1", "192.88.99.1",
    "192.168.0.1", "198.18.0.1", "198.19.255.255", "198.51.100.7", "203.0.113.9", "224.0.0.1", "239.255.255.250",
    "240.0.0.1", "255.255.255.255", "10.20.30.40", "192.168.1.1",
    "::", "::1", "fc00::1", "fd00::1", "fd12:3456::1", "fe80::1", "febf::1", "fe80::1%1", "fec0::1", "ff02::1",
    "ff0e::1",
    "100::1", "2001:2::1", "2001:10::1", "2001:20::1", "2001:db8::1", "3fff::1", "4000::1", "5f00::1",
]  # fmt: skip

CARRYING = [
    "::ffff:127.0.0.1", "::ffff:7f00:1", "::ffff:169.254.169.254", "::ffff:10.0.0.1", "::ffff:0:127.0.0.1",
    "::127.0.0.1", "::169.254.169.254", "::a00:1",
    "2002:7f00:1::", "2002:7f00:1::1", "2002:a9fe:a9fe::", "2002:c0a8:101::1", "2002:a00:1::",
    "64:ff9b::127.0.0.1", "64:ff9b::a9fe:a9fe", "64:ff9b::10.0.0.1", "64:ff9b::192.168.1.1",
    "64:ff9b:1::1", "64:ff9b:1::8.8.8.8", "64:ff9b:1:a9fe:a9:fe00::",
    "2001:0:7f00:1::", "2001:0:808:808::80ff:fffe", "2001:0:808:808::5601:5601",
    "2001:0:4136:e378:8000:63bf:3fff:fdd2",
    "2606:4700::5efe:127.0.0.1", "2606:4700::200:5efe:10.0.0.1",
]  # fmt: skip

FORBIDDEN = [*SPELLINGS_OF_LOOPBACK, *NOT_PUBLIC, *CARRYING]
"""Targets that a guard with no allowed network lets nobody call."""


class Hostile(Loopback):
    """Reads what it is asked, then does as its play says. ``heard`` is all that it was sent."""

    def __init__(self, play: Play) -> None:
        super().__init__(_Handler, Conduct())
        self.play = play
        self.heard: list[bytes] = []


class _Handler(BaseRequestHandler):
    def handle(self) -> None:
        server = cast("Hostile", self.server)
        asked = self.request.recv(4096)
        server.heard.append(asked)
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
    return lambda connection, stopping: send(connection, answer, Behaviour.DRIP, stopping=stopping, delay_s=DRIP_S)


def never_closes(answer: bytes) -> Play:
    return lambda connection, stopping: send(
        connection, answer, Behaviour.NEVER_CLOSE, stopping=stopping, delay_s=DRIP_S
    )


def resets(answer: bytes) -> Play:
    """Send all of the answer, and then RST in place of FIN."""

    def play(connection: socket, stopping: Event) -> None:
        connection.sendall(answer)
        stopping.wait(DRIP_S)  # what is on its way when the reset comes may be thrown away
        reset(connection)

    return play
