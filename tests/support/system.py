"""A whole Nolapse for a test: processes on a database and a Redis of their own, and what must hold in the end."""

import json
import os
import signal
from collections import Counter
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from pydantic import SecretStr

import settings
from db import connection
from db.ledger import health, jobs, runs, workers
from rules.jobs import AttemptOutcome, JobState
from tasks.engine import catalogue
from tasks.engine.task import EnqueuedJob, Queue
from tasks.transport import notifier, redis_queue
from tests.support import tasks
from tests.support.eventually import WITHIN_S, eventually
from tests.support.forked import Forked
from tests.support.servers import RedisServer

CLAIM_S = 2.0
GRACE_S = 4.0
ANNOUNCE_LEASE_S = 0.5

_SHOWN = 40  # lines of a log
_THREADS = {f"NOLAPSE_THREADS_{queue.upper()}": "1" for queue in Queue if queue is not Queue.DEFAULT}

Seen = TypeVar("Seen")


@dataclass(frozen=True)
class Process:
    """One process of the system, and the file in which it logs."""

    name: str
    forked: Forked
    log: Path

    @property
    def pid(self) -> int:
        return self.forked.pid

    @property
    def runs(self) -> bool:
        return self.forked.runs

    def signal(self, number: int) -> None:
        """Send it a signal."""
        self.forked.signal(number)

    def wait(self) -> int:
        """Return its exit code (negative: the signal) once it has ended."""
        code = self.forked.wait(WITHIN_S)
        assert code is not None, f"{self.name} has not ended within {WITHIN_S:g} s"
        return code

    def kill(self) -> None:
        """Kill -9, and wait until it is gone."""
        self.signal(signal.SIGKILL)
        self.wait()

    def logged(self, event: str) -> list[dict[str, object]]:
        """Return its log lines of this event, those of its children included."""
        return [line for line in self.lines() if line.get("event") == event]

    def lines(self) -> Iterator[dict[str, object]]:
        """Return its log lines; what is no JSON, such as a raw traceback, is an empty one."""
        return map(_parsed, self.log.read_text(errors="replace").splitlines())

    def raw_tracebacks(self) -> list[str]:
        """Return the last line of each traceback that went past the log."""
        lines = self.log.read_text(errors="replace").splitlines()
        begins = [number for number, line in enumerate(lines) if line.startswith("Traceback (most recent")]
        ends = (next((one for one in lines[begin + 1 :] if one and one[0] not in " {"), "?") for begin in begins)
        return [f"raw: {one[:160]}" for one in ends]


def _parsed(line: str) -> dict[str, object]:
    try:
        found = json.loads(line)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


class System:
    """Starts processes on one database and one Redis, asks the ledger, and ends what it started."""

    def __init__(self, database_url: str, redis: RedisServer, folder: Path) -> None:
        self.redis = redis
        self.folder = folder
        self.processes: list[Process] = []
        self._database_url = database_url

    @contextmanager
    def entered(self) -> Iterator["System"]:
        """Make this process one that may enqueue into the system; end all its processes at the end."""
        with settings.override(
            database_url_given=SecretStr(self._database_url),
            redis_url_given=SecretStr(self.redis.url),
            announce_lease_s=ANNOUNCE_LEASE_S,
            task_modules=(tasks.__name__,),
        ):
            catalogue.load()
            notifier.current.cache_clear()
            tasks.make_table()
            try:
                yield self
            finally:
                self.end()

    def start(self, **changes: str) -> Process:
        """Start a scheduler and a pool, and return the pool."""
        self.scheduler(**changes)
        return self.pool(**changes)

    def pool(self, **changes: str) -> Process:
        """Start a pool with one worker process, as ``nolapse worker`` does."""
        return self.run("workers.pool", **changes)

    def scheduler(self, **changes: str) -> Process:
        """Start a scheduler, as ``nolapse scheduler`` does, with the tests' own timetable."""
        return self.run("tests.support.scheduler", **changes)

    def run(self, module: str, *arguments: str, **changes: str) -> Process:
        """Start ``python -m module`` as a process of this system; ``changes`` are variables of its environment."""
        name = f"{len(self.processes)}-{module}"
        log = self.folder / f"{name}.log"
        process = Process(name, Forked([module, *arguments], self._environment(changes), out=log), log)
        self.processes.append(process)
        return process

    def _environment(self, changes: dict[str, str]) -> dict[str, str]:
        return {
            **os.environ,  # noqa: TID251 - handed on to a child process, not read
            **_THREADS,
            "NOLAPSE_WORKER_PROCESSES": "1",
            "DATABASE_URL": self._database_url,
            "REDIS_URL": self.redis.url,
            "NOLAPSE_HOME": str(self.folder / "home"),
            "NOLAPSE_CLAIM_S": str(CLAIM_S),
            "NOLAPSE_ALERT_MAILS_APART_S": "5",
            "NOLAPSE_GRACE_S": str(GRACE_S),
            "NOLAPSE_ANNOUNCE_LEASE_S": str(ANNOUNCE_LEASE_S),
            "NOLAPSE_TASK_MODULES": tasks.__name__,
            **changes,
        }

    def end(self) -> None:
        """End every process that still runs: told twice, it leaves at once, and gives back what it held."""
        for process in self.processes:
            eventually(lambda one=process: _told_to_leave(one))

    def tails(self) -> Iterator[tuple[str, str]]:
        """Return the ends of all logs, for the report of a test that failed."""
        for process in self.processes:
            yield process.log.name, "\n".join(process.log.read_text().splitlines()[-_SHOWN:])

    # What the ledger says.

    def ask(self, question: Callable[[], Seen]) -> Seen:
        """Ask the database, once more where the connection had died with a server that is back."""
        try:
            with connection.session():
                return question()
        except connection.Unreachable:
            with connection.session():
                return question()

    def rows(self, statement: str, *params: object) -> list[tuple]:
        """Run one statement of the test's own."""
        return self.ask(lambda: connection.execute(statement, *params))

    def job(self, job_id: int) -> jobs.Job:
        """Return a job as it is now."""
        return self.ask(lambda: jobs.require(job_id))

    def outcomes(self, job_id: int) -> list[AttemptOutcome]:
        """Return how a job's attempts ended, oldest first."""
        return [one.outcome for one in self.ask(lambda: jobs.attempts(job_id))]

    def all_outcomes(self) -> Counter[str]:
        """Return how often each outcome was written."""
        return Counter(dict(self.rows("SELECT outcome, COUNT(*) FROM attempt GROUP BY outcome")))

    def states(self) -> dict[str, int]:
        """Return how many jobs are in each state."""
        return self.ask(health.states)

    def effects(self) -> Counter[str]:
        """Return how often each effect happened."""
        return Counter(dict(self.rows("SELECT name, COUNT(*) FROM effect_seen GROUP BY name")))

    def worker_pids(self) -> set[int]:
        """Return the worker processes that have not ended, so far as the ledger knows."""
        return {one.pid for one in self.ask(workers.alive)}

    # What the tests wait for.

    def await_state(self, job_id: int, *states: JobState) -> None:
        """Wait until a job is in one of these states."""
        eventually(lambda: self.job(job_id).state in states, what=f"job {job_id} is {' or '.join(states)}")

    def await_ended(self, *tickets: EnqueuedJob) -> None:
        """Wait until these jobs, and the runs of which they are the roots, have ended."""
        for ticket in tickets:
            ended = set(JobState) - {JobState.QUEUED, JobState.RUNNING}
            self.await_state(ticket.job_id, *sorted(ended))
            if ticket.run_id:
                self.await_run(ticket.run_id)

    def await_run(self, run_id: int) -> None:
        """Wait until a run is closed and its finishing task, which the tests' runs all have, has ended."""

        def finished() -> bool:
            run = self.ask(lambda: runs.get(run_id))
            return bool(run and run.finished_at and self.effects()[f"run:{run_id}"])

        eventually(finished, what=f"run {run_id} has finished")

    def await_effects(self, number: int) -> None:
        """Wait until so many effects have happened."""
        eventually(lambda: self.effects().total() >= number, what=f"{number} effects")

    def await_workers(self, number: int = 1, *, but: Collection[int] = ()) -> set[int]:
        """Wait until so many worker processes run, ``but`` for those that are named, and return their pids."""
        return eventually(
            lambda: alive if len(alive := self.worker_pids() - set(but)) >= number else set(),
            what=f"{number} worker processes",
        )

    def await_alert(self, kind: str) -> None:
        """Wait until staff are told of this."""
        eventually(lambda: (kind,) in self.rows("SELECT kind FROM alert"), what=f"alert {kind}")

    def await_quiet(self) -> None:
        """Wait until nothing runs or is due, so that the processes can be ended without leaving work behind."""
        eventually(lambda: not self._unfinished(), what="nothing is left to do")

    # What must hold when all is over.

    def check(self) -> None:
        """Wait until nothing is left to do; then check the invariants of docs/promises.md."""
        self.await_quiet()
        for one in self.invariants():
            one()

    def invariants(self) -> list[Callable[[], None]]:
        """Return the checks of what must hold; each raises ``AssertionError``."""
        return [
            self._ended_and_unclaimed,
            self._each_effect_once,
            self._each_firing_once,
            self._redis_holds_nothing_that_waits,
        ]

    def _unfinished(self) -> list[tuple]:
        """Return what runs or is due within a minute, and the runs that are open.

        A mail that no relay was there for is tried for hours: in a test that has none, it is left. So is the telling of
        alerts, which waits for ten seconds whether more of them come: who asks about that waits for the mail.
        """
        return [
            *self.rows(
                "SELECT id, task, state, waits_for FROM job"
                " WHERE state = 'running' OR (state = 'queued' AND run_at <= {later(60)}"
                " AND NOT (task = 'mail.send' AND failures > 0 AND COALESCE(error, '') LIKE %s)"
                " AND task <> 'alerts.tell_all')",
                "%Connection refused%",
            ),
            *self.rows("SELECT id, task FROM run WHERE finished_at IS NULL"),
        ]

    def _ended_and_unclaimed(self) -> None:
        assert self.rows("SELECT id, state FROM job WHERE token IS NOT NULL") == [], "I1: nobody holds a claim"
        assert self.rows("SELECT id, state FROM job WHERE state <> 'queued' AND finished_at IS NULL") == []

    def _each_effect_once(self) -> None:
        """I2, I3: a job that says done has had its one effect, and one that does not has had none."""
        doubled = {name: number for name, number in self.effects().items() if number > 1}
        assert not doubled, f"effects that happened more than once: {doubled}"
        done = {row[0] for row in self.rows(f"SELECT id FROM job WHERE state = 'done' AND task {_HAS_EFFECT}")}
        seen = {row[0] for row in self.rows("SELECT job_id FROM effect_seen")}
        assert seen == done, f"done without effect: {sorted(done - seen)[:9]}; not done: {sorted(seen - done)[:9]}"

    def _each_firing_once(self) -> None:
        """I3: each due moment has one firing, and each that fired has a job: its own, but where that is unique work."""
        fired = self.rows("SELECT job_id, task FROM firing LEFT JOIN job ON job.id = job_id WHERE outcome = 'fired'")
        assert None not in [task for _, task in fired], "I3: a firing without a job"
        own = [job_id for job_id, task in fired if task == tasks.fire.name]
        assert len(set(own)) == len(own), "I3: two firings share a job"

    def _redis_holds_nothing_that_waits(self) -> None:
        """I5: what Redis still holds are ids of jobs that have ended."""
        with self.redis.client() as client:
            announced = redis_queue.RedisQueue(client)
            waiting = [job_id for queue in (*Queue, redis_queue.ALONE) for job_id in announced.waiting(queue)]
        left = self.rows("SELECT id FROM job WHERE id {ids} AND state IN ('queued', 'running')", waiting)
        assert left == [], "I5: Redis announces jobs that have not ended"


_HAS_EFFECT = f"IN ({', '.join(repr(one) for one in tasks.EFFECTIVE)})"


def _told_to_leave(process: Process) -> bool:
    if process.runs:
        process.signal(signal.SIGCONT)
        process.signal(signal.SIGTERM)
    return not process.runs
