"""A virus scanner that speaks as clamd does, finds EICAR alone, and fails in the ways that real ones fail.

Conduct is by command, ``VERSION`` and ``INSTREAM``: slow, silent, garbage, hanging up.
"""

import io
import zipfile
from contextlib import suppress
from datetime import UTC, datetime
from socketserver import StreamRequestHandler
from typing import cast

from sandbox.behaviour import Behaviour, Conduct
from sandbox.loopback import Loopback

EICAR = rb"X5O!P%@AP[4\PZX54(P^)7CC)7}" + rb"$EICAR-STANDARD-ANTIVIRUS-" + rb"TEST-FILE!$H+H*"
SIGNATURE = "Eicar-Test-Signature"
STALE = "ClamAV 1.4.3/27100/Sun Jan  4 10:20:30 2026"

_MOST_NESTED = 5
_GARBAGE = b"\x00\xff 220 this is no virus scanner\0"


def fresh(published: datetime, *, number: int = 27800) -> str:
    """Return the version line of a scanner whose signatures were published at ``published``, under that number."""
    return f"ClamAV 1.4.3/{number}/{published:%a %b %e %H:%M:%S %Y}"


class ClamdServer(Loopback):
    """A scanner on a free port of 127.0.0.1, or where one was before.

    ``stream_max`` is clamd's StreamMaxLength, ``scan_max`` its MaxFileSize: what is beyond that is not looked at, and
    called OK. ``signatures`` are what it looks for; without any it finds nothing. ``version`` says when they were
    published, at first when the server was made. All may be changed while it runs.
    """

    def __init__(self, conduct: Conduct | None = None, *, port: int = 0) -> None:
        super().__init__(_Handler, conduct or Conduct(), port=port)
        self.version = fresh(datetime.now(UTC))
        self.stream_max = 100 * 1024 * 1024
        self.scan_max = 400 * 1024 * 1024
        self.alerts_beyond = False
        """Whether a file beyond ``scan_max`` is reported: AlertExceedsMax."""
        self.signatures = {EICAR: SIGNATURE}
        self.scanned: list[int] = []
        """The bytes of each file that was sent whole."""

    @property
    def url(self) -> str:
        return f"tcp://{self.address}"

    def verdict(self, content: bytes) -> str:
        """Return what clamd would answer about the file."""
        if len(content) > self.scan_max:
            return "stream: Heuristics.Limits.Exceeded.MaxFileSize FOUND" if self.alerts_beyond else "stream: OK"
        found = next((name for pattern, name in self.signatures.items() if _holds(content, pattern)), None)
        return f"stream: {found} FOUND" if found else "stream: OK"


class _Handler(StreamRequestHandler):
    def handle(self) -> None:
        server = cast("ClamdServer", self.server)
        command = self._line()
        behaviour = server.received(command)
        if behaviour in {Behaviour.HANG_UP, Behaviour.SILENT}:
            return
        if behaviour is Behaviour.GARBAGE:
            self.wfile.write(_GARBAGE)
        elif command == "PING":
            self._say("PONG")
        elif command == "VERSION":
            self._say(server.version)
        elif command == "INSTREAM":
            self._stream(server)
        else:
            self._say("UNKNOWN COMMAND")

    def _line(self) -> str:
        """Read one command, as clamd does: ``z`` before it ends it with a zero."""
        command = bytearray()
        while (one := self.rfile.read(1)) not in {b"\0", b"\n", b""} and len(command) < 100:  # noqa: PLR2004 - enough
            command += one
        return command.decode("ascii", "replace").lstrip("zn")

    def _stream(self, server: ClamdServer) -> None:
        content = bytearray()
        while length := int.from_bytes(self.rfile.read(4)):
            if len(content) + length > server.stream_max:
                self._say("INSTREAM size limit exceeded. ERROR")
                return
            content += self.rfile.read(length)
        server.scanned.append(len(content))
        self._say(server.verdict(bytes(content)))

    def _say(self, line: str) -> None:
        self.wfile.write(line.encode() + b"\0")


def _holds(content: bytes, pattern: bytes, depth: int = 0) -> bool:
    """Return whether the pattern is in the bytes, or in a file of an archive in them."""
    if pattern in content:
        return True
    if depth == _MOST_NESTED or b"PK\x03\x04" not in content:
        return False
    with (
        suppress(zipfile.BadZipFile, NotImplementedError, RuntimeError),
        zipfile.ZipFile(io.BytesIO(content)) as archive,
    ):
        return any(_holds(archive.read(name), pattern, depth + 1) for name in archive.namelist())
    return False
