"""A worker for tests of tasks: it claims and runs jobs, as a worker process does, in the test's own thread."""

import uuid
from functools import cache
from pathlib import Path
from typing import Any

from db.ledger import jobs
from rules.jobs import JobState
from tasks.engine import runner
from tasks.engine.task import Task
from tasks.transport import notifier, redis_queue
from tasks.transport.claims import FlightRecord, HeldClaims
from tests.support import ledger as do

CLAIM_S = 60.0


@cache
def away() -> notifier.Notifier:
    """Return the notifier of tests without Redis; one for all of them, since it has a thread."""
    notifying = notifier.Notifier(redis_queue.RedisQueue(redis_queue.client("unix:///nowhere/redis.sock")))
    notifying._away = True  # known already: no warning in every test
    return notifying


class Worker:
    """One worker's hand."""

    def __init__(self, folder: Path, *, alone: bool = False) -> None:
        self.id = uuid.uuid4().hex
        self.claims = HeldClaims(claim_s=CLAIM_S, record=FlightRecord(folder / self.id), worker_id=self.id, alone=alone)

    def run(self, job_id: int) -> jobs.Job:
        """Let the time pass until a job is due, run it once, and return what became of it."""
        do.make_due(job_id)
        assert self.claims.claim([job_id]), f"job {job_id} cannot be claimed: {jobs.get(job_id)}"
        runner.run(self.claims, job_id)
        return jobs.require(job_id)

    def perform(self, task: Task, /, **args: Any) -> jobs.Job:
        """Enqueue a task and run it once."""
        return self.run(task.enqueue(**args).job_id)

    def drain(self, *tasks: Task) -> list[jobs.Job]:
        """Run what is queued of these tasks, or of all, and what that leads to, until nothing is; each once."""
        names = {one.name for one in tasks}
        ran: dict[int, jobs.Job] = {}
        while waiting := [
            one.id
            for one in jobs.newest(state=JobState.QUEUED, limit=10_000)
            if one.id not in ran and (not names or one.task in names)
        ]:
            for job_id in sorted(waiting):
                ran[job_id] = self.run(job_id)
        return list(ran.values())
