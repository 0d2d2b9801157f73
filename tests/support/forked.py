"""Processes of Nolapse for the tests, each with its own environment and output, forked from one that has imported it.

Importing takes a second of processor time, nearly all that most processes of a test would cost. What starts them for
users, ``python -m``, is what the demo's journey and the installed command's test run.
"""

import importlib
import multiprocessing
import os
import signal
import sys
import threading
import traceback
from collections.abc import Mapping, Sequence
from contextlib import suppress
from multiprocessing.context import ForkServerProcess
from pathlib import Path
from typing import Any, NoReturn

from cli import main, output
from db import connection
from settings import deadline_watch
from tasks.transport import notifier
from workers import process_start, supervisor

ROOT = Path(__file__).parents[2]

_WIDTH = 200
_SIGNALS = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGQUIT)
_PRELOADED = ("cli.main", "workers.pool", "workers.process", "workers.scheduler", "workers.web")

for _name, _entry in main.ENTRIES.items():
    _entry.load(_name)  # or each fork would import its command anew

_context = multiprocessing.get_context("forkserver")
_context.set_forkserver_preload(["__main__", __name__, *_PRELOADED])


class Forked:
    """``python -m module`` with arguments, in a process group of its own."""

    def __init__(
        self,
        command: Sequence[str],
        environment: Mapping[str, str],
        *,
        out: Path,
        error: Path | None = None,
        given: str = "",
    ) -> None:
        for path in (out, error or out):
            path.touch()
        self._process: ForkServerProcess = _context.Process(
            target=_become, args=(command, dict(environment), out, error or out, given)
        )
        self._process.start()

    @property
    def pid(self) -> int:
        assert self._process.pid
        return self._process.pid

    @property
    def runs(self) -> bool:
        return self._process.exitcode is None

    def signal(self, number: int) -> None:
        """Send it a signal, if it still runs. The fork server knows that it has ended a moment before we do."""
        if self.runs:
            with suppress(ProcessLookupError):
                os.kill(self.pid, number)

    def wait(self, within_s: float) -> int | None:
        """Return its exit code (negative: the signal) once it has ended; None if that takes longer."""
        self._process.join(within_s)
        return self._process.exitcode


def _become(command: Sequence[str], environment: Mapping[str, str], out: Path, error: Path, given: str) -> None:
    """Be ``python -m``: the forked process's life."""
    os.setpgid(0, 0)
    os.environ.clear()  # noqa: TID251 - it is to have another
    os.environ.update(environment)  # noqa: TID251
    os.chdir(ROOT)
    sys.path += filter(None, environment.get("PYTHONPATH", "").split(os.pathsep))
    _redirect(0, _readable(given))
    for path, number in ((out, 1), (error, 2)):
        _redirect(number, os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND))
    sys.stdin = open(0, encoding="utf-8", closefd=False)  # noqa: SIM115 - multiprocessing closed the one there was
    output.screen.width = output.notes.width = _WIDTH
    _fork_children()
    _run(command)


def _readable(given: str) -> int:
    reader, writer = os.pipe()
    os.write(writer, given.encode())
    os.close(writer)
    return reader


def _redirect(number: int, opened: int) -> None:
    os.dup2(opened, number)
    os.close(opened)


def _run(command: Sequence[str]) -> None:
    module, *arguments = command
    sys.argv = [module, *arguments]
    process_start.run(importlib.import_module(module).main)


def _fork_children() -> None:
    """Have the supervisor fork the processes that it keeps running, by the one name that it uses of ``subprocess``."""
    supervisor.subprocess = _Subprocess


def _let_notifier_rest() -> None:
    """Wait for the thread that tells Redis of what a supervisor enqueued, and take up a new one.

    A fork in the middle of its work would leave the child with locks that nobody lets go. The one that watches
    over deadlines begins anew after a fork by itself.
    """
    threads = {one.name for one in threading.enumerate()} - {"MainThread", deadline_watch.THREAD}
    assert threads <= {"notifier"}, "a supervisor has no other thread"
    if threads:
        notifier.current().flush(1.0)
        notifier.current.cache_clear()


class _ForkedChild:
    """What the supervisor uses of ``subprocess.Popen``, for a child that is forked from the supervisor itself.

    The child inherits no connection: SQLite's locks and PostgreSQL's sessions do not survive a fork.
    """

    def __init__(self, command: Sequence[str], *, env: Mapping[str, str] | None, process_group: int) -> None:
        _let_notifier_rest()
        connection.database.obj.close_all()
        self.returncode: int | None = None
        signal.pthread_sigmask(signal.SIG_BLOCK, _SIGNALS)
        self.pid = os.fork()
        if self.pid == 0:
            _be_child(command, env, process_group)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, _SIGNALS)

    def poll(self) -> int | None:
        if self.returncode is None:
            ended, status = os.waitpid(self.pid, os.WNOHANG)
            if ended:
                self.returncode = os.waitstatus_to_exitcode(status)
        return self.returncode

    def send_signal(self, number: int) -> None:
        if self.poll() is None:
            os.kill(self.pid, number)


class _Subprocess:
    Popen = _ForkedChild


def _be_child(command: Sequence[str], env: Mapping[str, str] | None, process_group: int) -> NoReturn:
    """Be the supervisor's child; never return into the supervisor's stack."""
    code: Any = 1
    try:
        os.setpgid(0, process_group)
        if env is not None:
            os.environ.clear()  # noqa: TID251 - it is to have another
            os.environ.update(env)  # noqa: TID251
        for number in _SIGNALS:
            signal.signal(number, signal.SIG_DFL)
        signal.signal(signal.SIGINT, signal.default_int_handler)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, _SIGNALS)
        notifier.current.cache_clear()
        _run(command[command.index("-m") + 2 :])
        code = 0
    except SystemExit as ended:
        code = ended.code if isinstance(ended.code, int) else 1
    except BaseException:  # noqa: BLE001 - whatever it is: it must not run on as its parent
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code or 0)
