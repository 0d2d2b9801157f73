"""``nolapse scheduler``: the clock and the dispatcher, ticking in one process; a second one is a hot standby."""

import math
import os
import signal
import socket
import threading
import time
import uuid
from collections.abc import Callable
from contextlib import suppress

import structlog

import settings
from db import clock_steps, connection
from db.ledger import leases, workers
from schedules import clock
from schedules.table import TIMETABLE
from settings import reports
from tasks.engine import catalogue
from tasks.transport import redis_queue
from workers import absence_watch, history_notes, launch, process_start, settings_trail
from workers.absence_watch import AbsenceWatch
from workers.dispatcher import Dispatcher, Recovery, close_runs

log = structlog.get_logger()

_LEADER = "scheduler"
_LEADS_FOR_S = 3.0
_COMPLAIN_EVERY_S = 10.0
_BURY_EVERY_S = 30.0
_NOTE_EVERY_S = 10.0
_PARENT_CHECK_S = 0.25
_MEND_AGAIN_S = 30.0


class Leader:
    """Whether this process leads. The lease only saves work: everything that follows is safe to do twice."""

    def __init__(self) -> None:
        self._holder = f"{socket.gethostname()}:{os.getpid()}:{uuid.uuid4().hex[:8]}"
        self._leads_until = 0.0
        self._mend_again_at = math.inf

    def renew(self) -> None:
        """Take or renew the lease. A process that begins to lead, or sees that the clock was ahead, mends stored times.

        After a clock that was ahead it mends them once more a while later: what was under way may have been written
        with the old time meanwhile.
        """
        asked, stepped = time.monotonic(), leases.is_ahead(_LEADER, for_s=_LEADS_FOR_S)
        held = leases.take(_LEADER, self._holder, for_s=_LEADS_FOR_S)
        if held and (stepped or not self.leads or asked >= self._mend_again_at):
            _mend_times()
            self._mend_again_at = asked + _MEND_AGAIN_S if stepped else math.inf
        if held and not self.leads:
            log.info("leading")
        self._leads_until = asked + _LEADS_FOR_S if held else 0.0

    @property
    def leads(self) -> bool:
        return time.monotonic() < self._leads_until

    def give_up(self) -> None:
        """Let a standby take over at once."""
        leases.give_up(_LEADER, self._holder)


def _mend_times() -> None:
    mended = clock_steps.mend(claim_s=settings.current().claim_s)
    if mended:
        log.warning("clock_was_ahead", schedules=mended.schedules, jobs=mended.jobs, checks=mended.checks)


def _keep_history(stop: threading.Event) -> None:
    """Note how far the ledger has come. Where it went back, end this process: a person has to look first."""
    try:
        history_notes.keep()
    except history_notes.DatabaseRestored as error:
        log.error("database_restored", error=str(error))  # noqa: TRY400 - its traceback says nothing
        stop.set()


class Tick:
    """One piece of the scheduler's work, done again and again in a thread of its own.

    It waits on the monotonic clock: setting the machine's clock back must not stop it.
    """

    def __init__(self, every_s: float, act: Callable[[], object], may_act: Callable[[], bool]) -> None:
        self._every_s = every_s
        self._act = act
        self._may_act = may_act
        self._complained = -_COMPLAIN_EVERY_S

    def run(self, stop: threading.Event) -> None:
        """Act at each interval until told to stop; what is raised is logged, and it acts again at the next."""
        while not stop.wait(self._every_s):
            if not self._may_act():
                continue
            try:
                with connection.session():
                    self._act()
            except Exception as error:  # noqa: BLE001 - one piece that fails must not stop the others
                self._complain(error)

    def _complain(self, error: Exception) -> None:
        """Log and report an error, or do nothing where that was done shortly before: it may come ten times a second."""
        if time.monotonic() - self._complained < _COMPLAIN_EVERY_S:
            return
        self._complained = time.monotonic()
        if isinstance(error, connection.Unreachable):
            log.warning("database_away", error=str(error))
        else:
            log.warning("tick_failed", exc_info=error)
            reports.report(error)


def run(stop: threading.Event) -> None:
    """Tick until told to stop. A process that does not lead only tries to take the lease."""
    leader = Leader()
    dispatcher = Dispatcher(redis_queue.RedisQueue(redis_queue.client(settings.current().redis_url)))
    recovery = Recovery()
    ticks = [
        Tick(1.0, leader.renew, lambda: True),
        Tick(0.1, dispatcher.tick, lambda: leader.leads),
        Tick(0.5, recovery.tick, lambda: leader.leads),
        Tick(0.25, close_runs, lambda: leader.leads),
        Tick(1.0, lambda: clock.tick(TIMETABLE), lambda: leader.leads),
        Tick(_BURY_EVERY_S, workers.bury, lambda: leader.leads),
        Tick(absence_watch.EVERY_S, AbsenceWatch().look, lambda: leader.leads),
        Tick(_NOTE_EVERY_S, lambda: _keep_history(stop), lambda: leader.leads),
    ]
    threads = [threading.Thread(target=one.run, args=(stop,), daemon=True) for one in ticks]
    for one in threads:
        one.start()
    stop.wait()
    until = time.monotonic() + _LEADS_FOR_S
    for one in threads:
        one.join(max(0.0, until - time.monotonic()))
    if any(one.is_alive() for one in threads):
        return  # the database does not answer, and the lease has run out by now
    with suppress(*connection.Unreachable), connection.session():
        leader.give_up()


def main(arguments: list[str] | None = None) -> None:
    """Run the scheduler until told to stop, or until its parent is gone."""
    parent = process_start.parent(arguments)
    stop, told = threading.Event(), list[int]()
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGQUIT):
        signal.signal(number, lambda number, _: told.append(number))  # the interrupted code may hold an event's lock
    process_start.start("scheduler")
    settings_trail.record()
    catalogue.load()
    launch.freeze_loaded()
    threading.Thread(target=run, args=(stop,), name="ticks").start()
    while not stop.wait(_PARENT_CHECK_S):
        if told:
            stop.set()
        if parent not in (None, os.getppid()):
            log.error("parent_gone")
            stop.set()
