"""Asks ClamAV's daemon about files, over TCP or a Unix socket (clamd(8)); a file is clean only if the daemon says so.

    zINSTREAM  length bytes  length bytes ...  0  ->  stream: OK │ stream: NAME FOUND │ ... ERROR

Whatever else comes, or does not come, is ``Unavailable``: the file is asked about again, and stays where it is. By
default clamd calls a file beyond its limits OK; so a long test file shows whether it looks at files as long as ours.
"""

import socket
import tempfile
import zipfile
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import IO

from integrations.deadline import Deadline
from integrations.errors import Unavailable
from rules.documents.clamd_address import ClamdAddress
from rules.documents.scans import OVER_LIMIT, ScannerAnswer, read_scan, read_version, stale_since

CHUNK = 64 * 1024
MAX_REPLY_BYTES = 4096
_FRAME = 1024
"""More bytes than a ZIP of two small files has beside its padding."""

_TEST_FILE = rb"X5O!P%@AP[4\PZX54(P^)7CC)7}" + rb"$EICAR-STANDARD-ANTIVIRUS-" + rb"TEST-FILE!$H+H*"
"""EICAR's, which every scanner finds; in pieces, so that scanners of source code leave this one alone."""


class ScannerUnfit(Unavailable):
    """Raised when the scanner answers, and cannot be relied on as it is set up; somebody has to mend that."""


@dataclass(frozen=True, slots=True)
class Clamd:
    """The daemon at an address; each call is a connection and ends within ``deadline_s``."""

    address: ClamdAddress
    deadline_s: float

    def version(self) -> str:
        """Return the versions of the scanner and of its signatures: ``ClamAV 1.4.3/27800/Mon Nov  2 10:20:30 2026``.

        Raises ``Unavailable``.
        """
        deadline = Deadline.after(self.deadline_s)
        with self._connected(deadline) as connection:
            connection.sendall(b"zVERSION\0")
            line = self._reply(connection, deadline)
        version = read_version(line)
        if version is None:
            raise Unavailable(f"clamd at {self.address} does not say its version, but {line[:80]!r}")
        return version

    def scan(self, file: IO[bytes]) -> ScannerAnswer:
        """Return what the scanner says about the rest of ``file``, which is sent in chunks.

        Raises ``Unavailable`` where it says neither yes nor no, ``ScannerUnfit`` where it takes no files of this size.
        """
        deadline = Deadline.after(self.deadline_s)
        with self._connected(deadline) as connection:
            # Where clamd refuses while the file is being sent, it hangs up; its reply, which is read next, says why.
            lost = self._sent(connection, file, deadline)
            try:
                line = self._reply(connection, deadline)
            except OSError as error:
                raise lost or error from error
        if OVER_LIMIT in line:
            raise ScannerUnfit(f"clamd at {self.address} does not take files of this size: raise StreamMaxLength")
        result = read_scan(line)
        if result is None:
            raise Unavailable(f"clamd at {self.address} does not say if the file is clean: {line[:80]!r}") from lost
        return result

    def require_fitness(self, largest: int) -> None:
        """Raise ``ScannerUnfit`` where the scanner does not look at the end of a file of ``largest`` bytes."""
        with tempfile.TemporaryFile() as archive:
            _write_long_archive(archive, largest)
            archive.seek(0)
            result = self.scan(archive)
        if not result.signature or result.signature.startswith("Heuristics.Limits."):
            raise ScannerUnfit(
                f"clamd at {self.address} did not find the test file at the end of {largest} bytes: raise MaxFileSize"
                " and MaxScanSize, set AlertExceedsMax, and see that it has signatures"
            )

    def require_fresh(self, version: str, *, days: int, now: datetime) -> None:
        """Raise ``ScannerUnfit`` where the signatures of ``version`` are older than so many days (0: whatever age)."""
        published = stale_since(version, days=days, now=now)
        if published:
            raise ScannerUnfit(
                f"the signatures of clamd at {self.address} are of {published:%Y-%m-%d}: see that freshclam runs"
            )

    def _sent(self, connection: socket.socket, file: IO[bytes], deadline: Deadline) -> OSError | None:
        """Send the file; return what went wrong where the connection was lost on the way."""
        try:
            connection.sendall(b"zINSTREAM\0")
            while chunk := file.read(CHUNK):
                connection.settimeout(deadline.left())
                connection.sendall(len(chunk).to_bytes(4) + chunk)
            connection.sendall(bytes(4))
        except (BrokenPipeError, ConnectionResetError) as error:
            return error
        return None

    def _reply(self, connection: socket.socket, deadline: Deadline) -> str:
        received = bytearray()
        while b"\0" not in received and b"\n" not in received and len(received) < MAX_REPLY_BYTES:
            connection.settimeout(deadline.left())
            chunk = connection.recv(CHUNK)
            if not chunk:
                break
            received += chunk
        line = received.replace(b"\n", b"\0").partition(b"\0")[0]
        return line[:MAX_REPLY_BYTES].decode("utf-8", "replace").strip()

    @contextmanager
    def _connected(self, deadline: Deadline) -> Generator[socket.socket]:
        """Connect, and turn what fails on the way into ``Unavailable``."""
        try:
            with self._connect(deadline) as connection:
                connection.settimeout(deadline.left())
                yield connection
        except OSError as error:
            raise Unavailable(f"clamd at {self.address} cannot be reached: {error.strerror or error}") from error

    def _connect(self, deadline: Deadline) -> socket.socket:
        if not self.address.path:
            return socket.create_connection((self.address.host, self.address.port), timeout=deadline.left())
        connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            connection.settimeout(deadline.left())
            connection.connect(self.address.path)
        except OSError:
            connection.close()
            raise
        return connection


def _write_long_archive(file: IO[bytes], length: int) -> None:
    """Write a ZIP of about ``length`` bytes, never more, whose last file is the test file."""
    with zipfile.ZipFile(file, "w") as archive:
        with archive.open("padding.txt", "w") as padding:
            for at in range(0, length - _FRAME, CHUNK):
                padding.write(b"." * min(CHUNK, length - _FRAME - at))
        archive.writestr("last.txt", _TEST_FILE)
