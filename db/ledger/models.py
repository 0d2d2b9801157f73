"""Jobs, attempts, runs, schedules, firings, and the processes that work on them."""

from peewee import (
    SQL,
    BigIntegerField,
    BooleanField,
    CharField,
    FloatField,
    ForeignKeyField,
    IntegerField,
    JSONField,
    SmallIntegerField,
    TextField,
)

from db.base import Row, Table, now
from db.fields import Instant

_QUEUED = "state = 'queued'"


class Run(Row):
    """A fan-out: its root job, what that inserted, and what those led to. Closed when none of them is unfinished."""

    task = CharField(64)
    root_id = BigIntegerField(null=True)
    cursor = BigIntegerField(default=0)  # the last id that the root fanned out
    then = CharField(64, null=True)  # the finishing task
    retry_of = ForeignKeyField("self", null=True, on_delete="SET NULL")
    created_at = Instant(default=now)
    finished_at = Instant(null=True, index=True)
    counts = JSONField(null=True)  # state -> jobs, kept when the run is closed
    plan = JSONField(null=True)  # rules.jobs.pacing.RunPlan: which lanes its jobs go through

    class Meta:
        indexes = ((("task", "id"), False),)


class Job(Row):
    """A job. The states are in ``rules.jobs.JobState``; only ``db.ledger`` changes them."""

    task = CharField(64)
    args = TextField()  # JSON object
    queue = CharField(16)
    priority = SmallIntegerField()
    key = CharField(200, null=True)
    run = ForeignKeyField(Run, null=True, on_delete="SET NULL", index=False)
    cause_id = BigIntegerField(null=True)  # the job that enqueued this one
    state = CharField(10)
    waits_for = TextField(null=True)  # why a queued job does not run yet, in words
    run_at = Instant()
    announce_at = Instant()
    announcements = SmallIntegerField(default=0)
    attempts = SmallIntegerField(default=0)  # claims that began
    failures = SmallIntegerField(default=0)  # what counts against the task's own limit
    crashes = SmallIntegerField(default=0)  # deaths of a process in which it ran alone
    suspect = BooleanField(default=False)
    cancelled = BooleanField(default=False)  # asked to end; honoured when it would be queued again
    token = CharField(32, null=True)
    worker_id = CharField(32, null=True)
    claimed_at = Instant(null=True)
    claim_expires_at = Instant(null=True)
    error = TextField(null=True)
    created_at = Instant()
    finished_at = Instant(null=True)
    client_id = BigIntegerField(null=True)  # whom its work is about; null: nobody, or many
    error_kind = CharField(64, null=True)  # how it ended badly, as rules.jobs.error_kinds reads its error
    error_host = CharField(120, null=True)
    discard_id = BigIntegerField(null=True)  # by which discard it was put away
    discarded_as = CharField(10, null=True)  # its state before
    waits_said = TextField(null=True)  # waits_for, as rules.translatable keeps it, in JSON


Job.add_index(Job.index(Job.client_id, Job.state, Job.id, where=SQL("client_id IS NOT NULL"), name="job_of_client"))
Job.add_index(
    Job.index(Job.queue, Job.priority, Job.announce_at, where=SQL(_QUEUED), name="job_due"),
)
Job.add_index(Job.index(Job.key, unique=True, where=SQL(f"{_QUEUED} AND key IS NOT NULL"), name="job_unique_work"))
Job.add_index(
    Job.index(Job.key, where=SQL("state = 'running' AND key IS NOT NULL"), name="job_running_work"),
)
Job.add_index(Job.index(Job.claim_expires_at, where=SQL("state = 'running'"), name="job_claims"))
Job.add_index(
    Job.index(Job.run_at, where=SQL("suspect AND state IN ('queued', 'running')"), name="job_suspects"),
)
Job.add_index(Job.index(Job.run, Job.state, Job.id, where=SQL("run_id IS NOT NULL"), name="job_of_run"))
Job.add_index(Job.index(Job.finished_at, where=SQL("finished_at IS NOT NULL"), name="job_finished"))
Job.add_index(Job.index(Job.state, Job.id, where=SQL("state <> 'done'"), name="job_not_done"))
Job.add_index(Job.index(Job.task, Job.state, Job.id, name="job_of_task_state"))
Job.add_index(Job.index(Job.queue, Job.run_at, where=SQL(_QUEUED), name="job_waiting"))


Job.add_index(
    Job.index(
        Job.state, Job.task, Job.error_kind, Job.error_host, Job.finished_at,
        where=SQL("state IN ('dead', 'unknown', 'failed')"),
        name="job_failures",
    )
)  # fmt: skip
Job.add_index(Job.index(Job.discard_id, where=SQL("discard_id IS NOT NULL"), name="job_discarded"))


class FailureNote(Row):
    """What staff say of jobs that failed alike."""

    task = CharField(64)
    kind = CharField(64)
    host = CharField(120)
    note = TextField(default="")
    owner = CharField(100, default="")
    canary_id = BigIntegerField(null=True)  # the job that was tried again first
    changed_at = Instant()

    class Meta:
        indexes = ((("task", "kind", "host"), True),)


class Discard(Row):
    """Jobs that failed alike and that somebody put away at once."""

    task = CharField(64)
    kind = CharField(64)
    host = CharField(120)
    state = CharField(10)
    jobs = IntegerField()
    because = TextField()
    discarded_by = CharField(100)
    discarded_at = Instant(index=True)
    undone_at = Instant(null=True)


class Attempt(Row):
    """One try of a job that ended. A try that still runs is seen in the job's own row."""

    job = ForeignKeyField(Job, on_delete="CASCADE", backref="tries")
    number = SmallIntegerField()
    worker_id = CharField(32, null=True)
    started_at = Instant(null=True)
    ended_at = Instant()
    outcome = CharField(10)
    error = TextField(null=True)


class AttemptTrace(Row):
    """The traceback of a try that ended in a way nobody foresaw."""

    job = ForeignKeyField(Job, on_delete="CASCADE", index=False)
    number = SmallIntegerField()  # of the attempt
    text = TextField()

    class Meta:
        indexes = ((("job", "number"), True),)


class Effect(Table):
    """A remote effect's intent, written before the call, and its outcome, written after."""

    key = CharField(200, primary_key=True)
    step = CharField(64)
    job_id = BigIntegerField(null=True)
    begun_at = Instant()
    outcome = CharField(16, null=True)
    settled_at = Instant(null=True)


Effect.add_index(Effect.index(Effect.settled_at, where=SQL("settled_at IS NOT NULL"), name="effect_settled"))


Effect.add_index(Effect.index(Effect.job_id, where=SQL("job_id IS NOT NULL"), name="effect_of_job"))


class Schedule(Table):
    """What staff changed about a line of the timetable, and how far it has been decided."""

    name = CharField(64, primary_key=True)
    cron = CharField(100, null=True)  # null: as the timetable says
    zone = CharField(64, null=True)
    paused_at = Instant(null=True)
    paused_because = TextField(null=True)
    paused_by = CharField(100, null=True)
    decided_until = Instant()  # every due moment up to here has its firing
    paused_until = Instant(null=True)  # null: until somebody resumes it


class Firing(Row):
    """What became of one due moment of a schedule: fired, coalesced, skipped or parked, and why."""

    schedule = CharField(64)
    due_at = Instant()
    decided_at = Instant(default=now)
    outcome = CharField(16)
    reason = TextField(null=True)
    job_id = BigIntegerField(null=True)
    run = ForeignKeyField(Run, null=True, on_delete="SET NULL", index=False)

    class Meta:
        indexes = ((("schedule", "due_at"), True),)


class Worker(Table):
    """A process that claims jobs."""

    id = CharField(32, primary_key=True)
    host = CharField(255)
    pid = IntegerField()
    queues = JSONField()
    started_at = Instant()
    beat_at = Instant()
    ended_at = Instant(null=True)
    ended_how = CharField(64, null=True)
    version = CharField(32, null=True)
    load = FloatField(null=True)  # of its host, over a minute
    memory_bytes = BigIntegerField(null=True)
    stop_asked_at = Instant(null=True)
    stop_asked_by = CharField(100, null=True)
    replaced = BooleanField(null=True)  # whether another is to take its place


class QueuePause(Table):
    """The pause of a queue, during which none of its jobs is claimed; one whose end has come no longer counts."""

    queue = CharField(16, primary_key=True)
    paused_at = Instant()
    paused_because = TextField()
    paused_by = CharField(100)
    paused_until = Instant(null=True)  # null: until somebody resumes it


class Lease(Table):
    """Something that only one process does at a time, or remembers for all: the leading scheduler, Redis' epoch."""

    name = CharField(64, primary_key=True)
    holder = CharField(64)
    expires_at = Instant()


class LedgerHistory(Table):
    """How far this ledger has come: one row. A note of it stands outside, which a restore does not set back."""

    id = IntegerField(primary_key=True)
    name = CharField(32)  # made up when the ledger was new
    steps = BigIntegerField(default=0)
    restored_job_id = BigIntegerField(default=0)  # jobs up to this one were in the backup that was restored last
