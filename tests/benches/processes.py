"""A system's processes: started in a group of their own, held and let go together, ended together."""

import os
import signal
import subprocess
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path

import psutil


class Group:
    """One command and all that it starts."""

    def __init__(self, command: Sequence[str], environment: Mapping[str, str], log: Path) -> None:
        with log.open("ab") as output:
            self._process = subprocess.Popen(
                command, env=environment, stdout=output, stderr=output, start_new_session=True
            )

    def hold(self) -> None:
        """Stop the command and all that it started, whatever groups they are in, where they are."""
        self._tell(signal.SIGSTOP)

    def let_go(self) -> None:
        self._tell(signal.SIGCONT)

    def _tell(self, what: signal.Signals) -> None:
        for pid in self.pids():
            os.kill(pid, what)

    def pids(self) -> list[int]:
        own = psutil.Process(self._process.pid)
        return [own.pid, *(child.pid for child in own.children(recursive=True))]

    def require_alive(self) -> None:
        """Raise if the command has ended: a benchmark must not wait for a system that is not there."""
        if self._process.poll() is not None:
            raise RuntimeError(f"{self._process.args!r} ended with {self._process.returncode}")

    def kill(self) -> None:
        """Kill the command and all that it started, at once: first stopped, so that nobody starts another."""
        pids = self.pids()
        for what in (signal.SIGSTOP, signal.SIGKILL):
            for pid in pids:
                os.kill(pid, what)
        self._process.wait(5)

    def end(self) -> None:
        """End the group; what does not leave in time is killed."""
        if self._process.poll() is None:
            self._process.terminate()
            with suppress(subprocess.TimeoutExpired):
                self._process.wait(15)
        try:
            os.killpg(self._process.pid, signal.SIGKILL)
        except ProcessLookupError:
            return
        self._process.wait(5)


def peak_mb(pid: int) -> float:
    """Return the largest resident size that the process has had, in MB (10^6 bytes); 0 if it is gone."""
    try:
        status = Path(f"/proc/{pid}/status").read_text()
    except FileNotFoundError:
        return 0.0
    line = next((one for one in status.splitlines() if one.startswith("VmHWM:")), "VmHWM: 0 kB")
    return int(line.split()[1]) * 1024 / 1e6


def cpu_s(pid: int) -> float:
    """Return the CPU time that a process has used, and those of its children that have ended, in seconds."""
    with suppress(psutil.NoSuchProcess):
        used = psutil.Process(pid).cpu_times()
        return used.user + used.system + used.children_user + used.children_system
    return 0.0


def tree_cpu_s(pid: int) -> float:
    """Return the CPU time of a process and all that it started, ended or not, in seconds."""
    return sum(cpu_s(one) for one in (pid, *(child.pid for child in psutil.Process(pid).children(recursive=True))))
