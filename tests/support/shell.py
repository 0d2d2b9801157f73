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
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cli import main, output
from tests.support.system import ROOT

_ENDS_WITHIN_S = 60.0
_WIDTH = 200
_KEPT = ("PATH", "HOME", "LANG")

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
        place = self._folder / f"said-{next(self._numbers)}"
        out, error = place.with_suffix(".out"), place.with_suffix(".err")
        process = _forks.Process(target=_run, args=(arguments, {**self.variables, **variables}, out, error))
        process.start()
        process.join(_ENDS_WITHIN_S)
        code = process.exitcode
        process.kill()
        process.join()
        process.close()
        return Said(code, out.read_text(), error.read_text())

    def each(self, calls: Sequence[tuple[Sequence[str], Mapping[str, str]]]) -> list[Said]:
        """Run several, a few at a time."""
        with ThreadPoolExecutor(4) as pool:
            return list(pool.map(lambda call: self(*call[0], **call[1]), calls))

    def all(self, *calls: Sequence[str]) -> list[Said]:
        """Run several in the same environment, a few at a time."""
        return self.each([(call, {}) for call in calls])


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
