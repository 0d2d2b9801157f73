"""``nolapse worker``: keeps worker processes running, and recovers what a dead one held.

What had begun in a process that died is suspect. It runs again alone, in a process with one thread, which is started
when there are suspects and ended when there are none.
"""

import os
import signal
import tempfile
import time
import uuid
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import structlog

import settings
from db import connection
from db.ledger import recovery, workers
from tasks.engine import catalogue, outcomes
from tasks.transport.claims import FlightRecord, Recorded
from workers import launch, process_start
from workers.exit_codes import EXIT_BROKEN, EXIT_OVERDUE, EXIT_REPLACED, EXIT_STOPPED
from workers.supervisor import Child, Supervisor, how, python

log = structlog.get_logger()

_LEFT = {EXIT_OVERDUE, EXIT_BROKEN, EXIT_STOPPED, EXIT_REPLACED}
"""Exit codes of a process that gave back what it held; it is started again unless somebody stopped it."""

_STOPPED = {0, -signal.SIGTERM, -signal.SIGKILL}
"""Exit codes of a process that we told to end: no job is to blame for that."""

_SUSPECTS_EVERY_S = 0.5
_IDLE_S = 30.0
_RECOVER_EVERY_S = 2.0
_DEADLINE_S = 5.0
"""Seconds for each of the pool's few statements: a process that waits inside a database driver handles no signal."""


class Member:
    """One place in the pool: the process that fills it, and how to recover what it held."""

    def __init__(self, folder: Path, *, alone: bool = False) -> None:
        self.alone = alone
        self._folder = folder
        self._worker_id = ""
        self._unrecovered: list[tuple[str, Recorded, str]] = []
        self._recover_again = 0.0
        self.child = Child("suspects" if alone else "worker", self._command, ended=self._ended)
        self.wanted = not alone

    def _command(self) -> Sequence[str] | None:
        if not self.wanted or self._unrecovered:
            return None
        self._worker_id = uuid.uuid4().hex
        command = [*python("workers.process"), "--id", self._worker_id]
        command += ["--record", str(self._record()), "--parent", str(os.getpid())]
        return [*command, "--alone"] if self.alone else command

    def _record(self) -> Path:
        return self._folder / self._worker_id

    def _ended(self, code: int) -> None:
        found = FlightRecord.read(self._record()) if self._record().exists() else Recorded()
        self._record().unlink(missing_ok=True)
        if code in _LEFT or (self.child.signalled and code in _STOPPED):
            log.info("worker_ended", worker=self._worker_id, how=how(code))
            found = replace(found, begun=())
            self.wanted = self.wanted and code != EXIT_STOPPED
        else:
            log.error("worker_died", worker=self._worker_id, how=how(code), begun=found.begun, alone=self.alone)
        self._unrecovered.append((self._worker_id, found, how(code)))

    def recover(self) -> bool:
        """Give back what dead processes held, make it suspect, or end it; return whether all of it could be written.

        What could not be written is tried again in a later round.
        """
        while self._unrecovered and time.monotonic() >= self._recover_again:
            worker_id, found, words = self._unrecovered[0]
            try:
                _recover(worker_id, found, words, alone=self.alone)
            except (connection.Conflict, *connection.Unreachable) as error:
                log.warning("dead_worker_not_settled", worker=worker_id, error=str(error))
                self._recover_again = time.monotonic() + _RECOVER_EVERY_S
                return False
            self._unrecovered.pop(0)
        return True


def _recover(worker_id: str, found: Recorded, words: str, *, alone: bool) -> None:
    catalogue.load()  # for the tasks' ``on_ended``; most pools never need it
    with connection.session(), connection.transaction():
        for claim in recovery.held(worker_id, found.overdue):
            outcomes.time_out(claim)
        recovered = recovery.crashed(worker_id, begun=found.begun, alone=alone, how=words)
        workers.ended(worker_id, words)
    for one in recovered:
        log.warning("suspect", job_id=one.job_id, task=one.task, state=one.state, how=words)


class Suspects:
    """What starts the process that runs suspects alone while there are any, and ends it after a while without any."""

    def __init__(self, member: Member) -> None:
        self._member = member
        self._asked_at = 0.0
        self._waited_at = 0.0

    def check(self) -> None:
        """Ask the ledger every now and then whether suspects wait."""
        now = time.monotonic()
        if now - self._asked_at < _SUSPECTS_EVERY_S:
            return
        self._asked_at = now
        try:
            with connection.session():
                if recovery.suspects_wait():
                    self._waited_at = now
        except connection.Unreachable:
            return
        self._member.wanted = bool(self._waited_at) and now - self._waited_at < _IDLE_S
        if not self._member.wanted and not self._member.child.signalled:
            self._member.child.signal(signal.SIGTERM)


def main(arguments: list[str] | None = None) -> None:
    """Run the pool until told to stop."""
    parent = process_start.parent(arguments)
    process_start.start("pool")
    config = settings.current()
    if config.task_modules:
        catalogue.load()  # one that does not import is a setting to put right
    launch.freeze_loaded()
    connection.connect(config.database_url, deadline_s=min(_DEADLINE_S, config.database_deadline_s))
    with tempfile.TemporaryDirectory(prefix="nolapse-") as folder:
        regular = [Member(Path(folder)) for _ in range(config.pool_size)]
        alone = Member(Path(folder), alone=True)
        suspects = Suspects(alone)
        members = [*regular, alone]

        def recover_dead() -> None:
            if all(member.recover() for member in members):
                suspects.check()

        children = [member.child for member in members]
        Supervisor(children, grace_s=config.grace_s, parent=parent).run(while_running=recover_dead)
        recover_dead()
