"""The ``nolapse`` command for the tests: each call is a process with its own environment and its own output.

Importing the command's modules takes most of its time, so they are imported once, in a server from which each process
is forked.
"""

import itertools
import json
import multiprocessing
import os
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from multiprocessing.context import ForkServerProcess
from pathlib import Path
from typing import Any

from cli import main, output
from tests.support.system import ROOT

_ENDS_WITHIN_S = 60.0
_WIDTH = 200
_AT_A_TIME = 4
_KEPT = ("PATH", "HOME", "LANG")

for _name, _entry in main.ENTRIES.items():
    _entry.load(_name)
_forks = multiprocessing.get_context("forkserver")
_forks.set_forkserver_preload(["__main__", __name__])


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

    def __call__(self, *arguments: str, **variables: str) -> Said:
        """Run ``nolapse`` with these arguments until it ends."""
        return self._begin(arguments, variables).said()

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

    def _begin(self, arguments: Sequence[str], variables: Mapping[str, str]) -> "_Begun":
        place = self._folder / f"said-{next(self._numbers)}"
        out, error = place.with_suffix(".out"), place.with_suffix(".err")
        process = _forks.Process(target=_run, args=(arguments, {**self.variables, **variables}, out, error))
        process.start()
        return _Begun(process, out, error)


@dataclass(frozen=True)
class _Begun:
    """A command that was started."""

    process: ForkServerProcess
    out: Path
    error: Path

    def said(self) -> Said:
        self.process.join(_ENDS_WITHIN_S)
        code = self.process.exitcode
        self.process.kill()
        self.process.join()
        self.process.close()
        return Said(code, self.out.read_text(), self.error.read_text())


def _run(arguments: Sequence[str], variables: Mapping[str, str], out: Path, error: Path) -> None:
    """Be ``nolapse``: the forked process's life."""
    os.environ.clear()  # noqa: TID251 - it is to have another
    os.environ.update(variables)  # noqa: TID251
    os.chdir(ROOT)
    for path, number in ((out, 1), (error, 2)):
        with path.open("wb") as file:
            os.dup2(file.fileno(), number)
    output.screen.width = output.notes.width = _WIDTH
    sys.argv = ["nolapse", *arguments]
    main.main()
