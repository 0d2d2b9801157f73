"""The ``nolapse`` command for the tests: each call is a process with its own environment and its own output."""

import itertools
import json
import os
import signal
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.support.eventually import WITHIN_S
from tests.support.forked import Forked

_AT_A_TIME = 4
_KEPT = ("PATH", "HOME", "LANG")


@dataclass(frozen=True)
class Said:
    """How a command ended (None: it did not), and what it said where."""

    code: int | None
    out: str
    error: str

    @property
    def json(self) -> Any:
        """The one JSON value on the one line that was printed."""
        (line,) = self.out.splitlines()
        return json.loads(line)


class Shell:
    """Runs ``nolapse`` in an environment of its own, whose home is in ``folder`` unless the variables say otherwise."""

    def __init__(self, folder: Path, **variables: str) -> None:
        kept = {name: os.environ[name] for name in _KEPT if name in os.environ}  # noqa: TID251 - handed on, not read
        self.variables = {**kept, "NOLAPSE_HOME": str(folder / "home"), **variables}
        self._folder = folder
        self._numbers = itertools.count()

    def __call__(self, *arguments: str, given: str = "", **variables: str) -> Said:
        """Run ``nolapse`` with these arguments, and what it is given to read, until it ends."""
        return self._begin(arguments, variables, given).said()

    def each(self, calls: Sequence[tuple[Sequence[str], Mapping[str, str]]]) -> list[Said]:
        """Run several, a few at a time; from one thread, as ``multiprocessing`` looks at all children at each start."""
        said: list[Said] = []
        for first in range(0, len(calls), _AT_A_TIME):
            begun = [self._begin(*call) for call in calls[first : first + _AT_A_TIME]]
            said += [one.said() for one in begun]
        return said

    def all(self, *calls: Sequence[str]) -> list[Said]:
        """Run several in the same environment, a few at a time."""
        return self.each([(call, {}) for call in calls])

    def _begin(self, arguments: Sequence[str], variables: Mapping[str, str], given: str = "") -> "_Begun":
        place = self._folder / f"said-{next(self._numbers)}"
        out, error = place.with_suffix(".out"), place.with_suffix(".err")
        environment = {**self.variables, **variables}
        return _Begun(Forked(["cli.main", *arguments], environment, out=out, error=error, given=given), out, error)


@dataclass(frozen=True)
class _Begun:
    """A command that was started."""

    process: Forked
    out: Path
    error: Path

    def said(self) -> Said:
        code = self.process.wait(WITHIN_S)
        if code is None:
            self.process.signal(signal.SIGKILL)
        return Said(code, self.out.read_text(), self.error.read_text())
