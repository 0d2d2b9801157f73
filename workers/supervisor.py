"""Keeps processes running: starts each again with backoff when it ends, and ends all in order when told to."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from types import FrameType

import structlog

log = structlog.get_logger()

_BACKOFF_FIRST_S = 0.2
_BACKOFF_MAX_S = 30.0
_STEADY_S = 10.0
_ROUND_S = 0.05
_PATIENCE_S = 5.0


@dataclass
class Child:
    """A process to keep running. ``command`` is asked for anew at each start; None means: not now."""

    name: str
    command: Callable[[], Sequence[str] | None]
    environment: Mapping[str, str] | None = None
    ended: Callable[[int], None] = lambda _code: None
    """Called with the exit code (negative: the signal) each time it ended."""
    process: subprocess.Popen[bytes] | None = None
    signalled: bool = False
    """Whether we told the process to end, so that its end is no surprise."""
    _started: float = 0.0
    _not_before: float = 0.0
    _backoff_s: float = field(default=_BACKOFF_FIRST_S)

    def check(self, *, may_start: bool) -> None:
        """Notice an end; start it if it is due."""
        if self.process is not None and self.process.poll() is not None:
            self._note_end(self.process.returncode)
        if self.process is None and may_start and time.monotonic() >= self._not_before:
            command = self.command()
            if command is not None:
                self._start(command)

    def _start(self, command: Sequence[str]) -> None:
        self._started, self.signalled = time.monotonic(), False
        try:
            # In a group of its own: a terminal's Ctrl-C reaches us alone, and we tell the children once.
            self.process = subprocess.Popen(command, env=self.environment, process_group=0)  # noqa: S603 - our own
        except OSError as error:
            log.error("child_not_started", child=self.name, error=str(error))  # noqa: TRY400 - no use for a traceback
            self._wait()

    def _note_end(self, code: int) -> None:
        self.process = None
        if time.monotonic() - self._started >= _STEADY_S:
            self._backoff_s, self._not_before = _BACKOFF_FIRST_S, 0.0
        else:
            self._wait()
        self.ended(code)

    def _wait(self) -> None:
        self._not_before = time.monotonic() + self._backoff_s
        self._backoff_s = min(self._backoff_s * 2, _BACKOFF_MAX_S)

    def signal(self, number: int) -> None:
        """Send the process a signal, if it runs."""
        if self.process is not None and self.process.poll() is None:
            self.signalled = True
            self.process.send_signal(number)


def python(module: str) -> list[str]:
    """Return the command that runs a process of ours, whatever lies in the current folder: Python's safe path."""
    return [sys.executable, "-P", "-m", "workers.launch", module]


class Supervisor:
    """A runner of children: until it is told to stop, its parent is gone, or something fails; then it ends them.

    All are told at once, or one after the other ``in_order``, so that what serves the others goes last. ``parent``
    is given where this process must not outlive it.
    """

    def __init__(
        self, children: Sequence[Child], *, grace_s: float, in_order: bool = False, parent: int | None = None
    ) -> None:
        self._children = list(children)
        self._grace_s = grace_s
        self._in_order = in_order
        self._parent = parent
        self._signals = 0

    def run(self, *, while_running: Callable[[], None] = lambda: None) -> None:
        """Keep the children running until SIGTERM, SIGINT, SIGHUP or SIGQUIT; call ``while_running`` at each round."""
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGQUIT):
            signal.signal(number, self._count_signal)
        try:
            while not self._signals and self._parent in (None, os.getppid()):
                for child in self._children:
                    child.check(may_start=True)
                while_running()
                time.sleep(_ROUND_S)
        finally:
            for group in [[one] for one in self._children] if self._in_order else [self._children]:
                self._end(group)

    def _count_signal(self, _number: int, _frame: FrameType | None) -> None:
        self._signals += 1

    def _end(self, group: Sequence[Child]) -> None:
        """Tell a group to end, and wait for it; kill what has not ended a few seconds after the grace period."""
        for child in group:
            child.signal(signal.SIGTERM)
        until, passed_on = time.monotonic() + self._grace_s + _PATIENCE_S, self._signals
        while any(child.process is not None for child in group):
            if self._signals > passed_on:  # told again: pass it on
                passed_on = self._signals
                for child in group:
                    child.signal(signal.SIGTERM)
            if time.monotonic() > until:
                until = time.monotonic() + _PATIENCE_S
                log.warning("children_killed", children=[one.name for one in group if one.process is not None])
                for child in group:
                    child.signal(signal.SIGKILL)
            for child in group:
                child.check(may_start=False)
            time.sleep(_ROUND_S)


def how(code: int) -> str:
    """Return in words how a process ended, from its exit code."""
    if code >= 0:
        return f"exit {code}"
    try:
        return signal.Signals(-code).name
    except ValueError:
        return f"signal {-code}"
