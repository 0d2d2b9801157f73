"""One worker process: Dramatiq's threads over claimed jobs, a pool for each queue, and the beat that renews claims.

Started by the pool (workers/pool.py), through workers/launch.py. It ends when it is told to, when its parent is
gone, when one of its threads died, or when a job runs past its deadline in code that cannot be interrupted.
"""

import argparse
import os
import resource
import signal
import socket
import threading
import time
from functools import partial
from importlib import metadata
from pathlib import Path
from types import FrameType

import structlog

import settings
from db import connection
from db.ledger import workers
from settings import reports
from tasks.engine import catalogue, runner
from tasks.engine.task import Queue, declared
from tasks.outside import calls
from tasks.transport import dramatiq_adapter
from tasks.transport.claims import Begun, FlightRecord, HeldClaims
from tasks.transport.redis_queue import ALONE
from workers import absence_watch, launch, process_start
from workers.absence_watch import AbsenceWatch
from workers.exit_codes import EXIT_BROKEN, EXIT_OVERDUE, EXIT_REPLACED, EXIT_STOPPED

log = structlog.get_logger()

_IN_ORDER = {0: "in order", EXIT_STOPPED: "stopped by staff", EXIT_REPLACED: "replaced by staff"}

_FILES = 16_384
_BEAT_S = 0.25
_ROUND_S = 0.05
_GIVE_BACK_S = 3.0
_SPARE_CONNECTIONS = 4
"""Connections for the beat and the main thread, beside those of the workers and consumers."""


class Process:
    """The threads of one process and what they hold."""

    def __init__(self, claims: HeldClaims, *, parent: int) -> None:
        config = settings.current()
        self._claims = claims
        self._closing = threading.Event()
        self._parent = parent
        self._stop = threading.Event()
        self._signals = 0
        self._code = 0
        self._renew_every_s = config.claim_s / 4
        self._grace_s = config.grace_s
        pools = {ALONE: 1} if claims.alone else {queue: config.threads(queue) for queue in Queue}
        self._pools = [
            dramatiq_adapter.threads_of(self._broker(), str(queue), threads=threads) for queue, threads in pools.items()
        ]

    def _broker(self) -> dramatiq_adapter.LedgerBroker:
        return dramatiq_adapter.broker(
            self._claims,
            partial(runner.run, self._claims),
            {name: str(task.queue) for name, task in declared().items()},
            closing=self._closing,
            batched=() if self._claims.alone else [name for name, task in declared().items() if task.in_batches],
        )

    def run(self) -> None:
        """Work until told to stop."""
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGQUIT):
            signal.signal(number, self._on_signal)
        for pool in self._pools:
            pool.start()
        threading.Thread(target=self._beat, name="beat", daemon=True).start()
        threading.Thread(target=self._watch, name="absence watch", daemon=True).start()
        while not (self._signals or self._stop.wait(_ROUND_S)):
            pass
        self._stop.set()
        self._end(heard=min(self._signals, 1))

    def _on_signal(self, _number: int, _frame: FrameType | None) -> None:
        self._signals += 1  # nothing else: the interrupted code may hold the lock of an event

    def _end(self, *, heard: int) -> None:
        """Finish what has begun within the grace period, give back the rest, and leave.

        A signal beyond the ``heard`` ones ends the wait at once.
        """
        log.info("worker_stopping", grace_s=self._grace_s)
        self._closing.set()
        stopping = [
            threading.Thread(target=pool.stop, args=(int(self._grace_s * 1000),), daemon=True) for pool in self._pools
        ]
        for one in stopping:
            one.start()
        until = time.monotonic() + self._grace_s
        while any(one.is_alive() for one in stopping) and self._signals <= heard and time.monotonic() < until:
            time.sleep(_ROUND_S)
        self._leave(self._code)

    def _watch(self) -> None:
        """Watch each minute for what did not happen, where no scheduler leads; skip it while the database is away."""
        watch = AbsenceWatch()
        while not self._stop.wait(absence_watch.EVERY_S):
            try:
                with connection.session():
                    watch.look_alone()
            except connection.Unreachable as error:
                log.warning("absence_not_watched", error=str(error))
            except Exception as error:
                log.exception("absence_watch_broken")
                reports.report(error)

    def _beat(self) -> None:
        try:
            self._keep_beating()
        except Exception:
            log.critical("beat_broken", exc_info=True)  # without a beat the claims would run out while their jobs run
            self._leave(EXIT_BROKEN)

    def _keep_beating(self) -> None:
        renewed = 0.0
        while True:
            if time.monotonic() - renewed >= self._renew_every_s:
                renewed = time.monotonic()
                self._renew()
            overdue = self._claims.overdue()
            if overdue:
                self._give_up_on(overdue)
            if not self._stop.is_set():
                self._check_process()
            time.sleep(_BEAT_S)

    def _renew(self) -> None:
        try:
            with connection.session():
                self._claims.renew()
                order = workers.beat(
                    self._claims.worker_id, load=os.getloadavg()[0], memory_bytes=process_start.memory_bytes()
                )
                calls.write()
        except connection.Conflict:
            log.exception("beat_conflict")
        except connection.Unreachable as error:
            log.warning("beat_missed", error=str(error))
        else:
            self._obey(order)

    def _obey(self, order: workers.StopOrder | None) -> None:
        """End as after a signal, if a person ordered it."""
        if order is not None and not self._stop.is_set():
            self._code = EXIT_REPLACED if order is workers.StopOrder.REPLACE else EXIT_STOPPED
            log.info("worker_asked_to_stop", order=order)
            self._stop.set()

    def _check_process(self) -> None:
        if os.getppid() != self._parent:
            log.error("parent_gone")
            self._stop.set()
        threads = [one for pool in self._pools for one in (*pool.workers, *pool.consumers.values())]
        if not all(one.is_alive() for one in threads):
            log.critical("thread_died", threads=[one.name for one in threads if not one.is_alive()])
            self._leave(EXIT_BROKEN)

    def _give_up_on(self, overdue: list[Begun]) -> None:
        """Leave, because a thread cannot be interrupted; the pool ends the job and starts another process.

        This process cannot end the job: the thread may hold the job's row, and does so in a batch.
        """
        for one in overdue:
            log.error("job_overdue", job_id=one.claim.job_id, task=one.claim.task)
        self._claims.mark_overdue(overdue)
        self._leave(EXIT_OVERDUE)

    def _leave(self, code: int) -> None:
        """Give back all claims and end the process at once, whatever its threads do.

        What cannot be given back soon, because a thread that hangs holds its row, is given back by the pool.
        """
        self._closing.set()
        giving_back = threading.Thread(target=self._give_all_back, args=(code,), daemon=True)
        giving_back.start()
        giving_back.join(_GIVE_BACK_S)
        os._exit(code)

    def _give_all_back(self, code: int) -> None:
        try:
            self._claims.give_back()
            for claim in self._claims.give_up():
                log.warning("job_given_back", job_id=claim.job_id, task=claim.task)
            with connection.session():
                workers.ended(self._claims.worker_id, _IN_ORDER.get(code, f"exit {code}"))
        except Exception as error:  # noqa: BLE001 - whatever it is: the claims run out by themselves, we must go
            log.warning("claims_not_given_back", error=str(error))


def _allow_many_files() -> None:
    """Raise the limit of open files, as far as this process may: a TLS scan needs a file for each connection."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = _FILES if hard == resource.RLIM_INFINITY else min(_FILES, hard)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


def _arguments(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    parser.add_argument("--id", required=True)
    parser.add_argument("--record", required=True, type=Path)
    parser.add_argument("--parent", required=True, type=int)
    parser.add_argument("--alone", action="store_true")
    return parser.parse_args(arguments)


def main(arguments: list[str] | None = None) -> None:
    """Run a worker process with the identity and the flight record that its pool chose."""
    given = _arguments(arguments)
    process_start.start(f"worker-{given.id[:8]}")
    _allow_many_files()
    catalogue.load()
    config = settings.current()
    threads = 1 if given.alone else sum(config.threads(queue) for queue in Queue)
    connection.connect(
        config.database_url,
        max_connections=threads + len(Queue) + _SPARE_CONNECTIONS,
        deadline_s=config.database_deadline_s,
    )
    claims = HeldClaims(
        claim_s=config.claim_s, record=FlightRecord(given.record), worker_id=given.id, alone=given.alone
    )
    with connection.session():
        workers.started(
            given.id,
            host=socket.gethostname(),
            pid=os.getpid(),
            queues=[ALONE] if given.alone else list(Queue),
            version=metadata.version("nolapse"),
        )
    launch.freeze_loaded()
    Process(claims, parent=given.parent).run()
