"""Where a server runs that is here for the witnesses alone: a folder, free ports, a certificate, and its processes."""

import os
import signal
import socket
import subprocess
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from shutil import chown
from time import monotonic, sleep
from typing import TypeVar

from rules.certificates.observation import Protocol
from sandbox import pki
from sandbox.configurations.authorities import Branch

STARTS_WITHIN_S = 30
ENDS_WITHIN_S = 10


class NotStarted(Exception):
    """Raised when a server does not listen in time, or cannot be set up; the message quotes its log."""


@dataclass(slots=True)
class Place:
    """A folder for one server. Its user must be able to read it: the folder is open to all, and so are the keys."""

    host: str
    folder: Path
    ports: dict[Protocol, int]
    processes: list[subprocess.Popen[bytes]] = field(default_factory=list[subprocess.Popen[bytes]])

    @property
    def certificate(self) -> Path:
        return self.folder / "chain.pem"

    @property
    def key(self) -> Path:
        return self.folder / "key.pem"

    @property
    def log(self) -> Path:
        return self.folder / "log"

    def certify(self, leaf: pki.Issuer, branch: Branch) -> None:
        """Lay down what the server is to send, and its key."""
        self.folder.mkdir()
        self.folder.chmod(0o755)
        self.certificate.write_bytes(pki.pem(leaf.certificate, *branch.sent))
        self.key.write_bytes(leaf.key_pem)

    def write(self, name: str, text: str) -> Path:
        path = self.folder / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
        return path

    def made(self, name: str, owner: str | None = None) -> Path:
        """Make a folder, which belongs to ``owner``."""
        path = self.folder / name
        path.mkdir()
        if owner:
            chown(path, owner, owner)
        return path

    def run(self, *command: str | Path) -> None:
        """Run a command to its end. Raises ``NotStarted`` where it fails."""
        with self.log.open("ab") as log:
            done = subprocess.run(
                [str(part) for part in command], stdout=log, stderr=log, stdin=subprocess.DEVNULL, check=False
            )
        if done.returncode:
            raise NotStarted(f"{command[0]} ended with {done.returncode}: {self._last_words()}")

    def start(self, *command: str | Path) -> None:
        """Start a server in the foreground, in a process group of its own."""
        with self.log.open("ab") as log:
            process = subprocess.Popen(
                [str(part) for part in command],
                stdout=log,
                stderr=log,
                stdin=subprocess.DEVNULL,
                start_new_session=True,
                cwd=self.folder,
            )
        self.processes.append(process)

    def wait(self) -> None:
        """Wait until every port answers. Raises ``NotStarted``."""
        until = monotonic() + STARTS_WITHIN_S
        for port in self.ports.values():
            while not answers(port):
                gone = [process.args for process in self.processes if process.poll() is not None]
                if gone or monotonic() > until:
                    raise NotStarted(f"port {port} does not answer: {self._last_words()}")
                sleep(0.05)

    def close(self) -> None:
        """End what was started here, and nothing else."""
        for process in self.processes:
            if process.poll() is None:
                process.send_signal(signal.SIGTERM)
            try:
                process.wait(ENDS_WITHIN_S)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()

    def _last_words(self) -> str:
        written = self.log.read_text(errors="replace") if self.log.exists() else ""
        return " / ".join(written.strip().splitlines()[-3:])


Named = TypeVar("Named")


def free_ports(names: Iterable[Named]) -> dict[Named, int]:
    """Return ports of loopback that are free now; all are held until the last is chosen, so that none comes twice."""
    held = {name: socket.create_server(("127.0.0.1", 0)) for name in names}
    ports = {name: server.getsockname()[1] for name, server in held.items()}
    for server in held.values():
        server.close()
    return ports


def answers(port: int) -> bool:
    """Tell whether something listens on a port of loopback."""
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
    except OSError:
        return False
    return True
