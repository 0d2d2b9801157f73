"""The ledger: every job is a row, and these are the ways in which processes change it; ``staff_actions`` are people's.

    insert -> queued -- claim --> running -- end --> done | failed | dead | cancelled | unknown
                 ^                   |
                 +---- end(queued) --+   a retry or a parking; see db.ledger.recovery for lost, crashed and released

A claim is fenced by its token: a write with an old token changes nothing. Only a running job has a token, and
only an ended one has ``finished_at``. All times are the database's own.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache

from db import client_of, connection
from db.ledger import endings, queue_pauses
from db.postgres import PreparedStatement
from rules.jobs import AttemptOutcome, JobState, Priority, error_kinds
from rules.translatable import dump_if_kept

_ERROR_MAX = 2000  # characters
_KEY_RACES = 5


class ClaimLost(Exception):
    """Raised when a process writes for a job whose claim it has lost: its writes are undone."""


@dataclass(frozen=True, slots=True)
class JobRequest:
    """One job that is asked for."""

    args: Mapping[str, object]
    key: str | None = None
    """Unique work: while a job with this key is queued, asking again returns that one."""
    delay_s: float = 0.0
    waits_for: str | None = None
    """Why it has to wait that long, in words."""
    about: int | None = None
    """The id of what it is about, of the kind that its ``JobSpec`` names."""


@dataclass(frozen=True, slots=True)
class JobSpec:
    """What a job's task says of it."""

    task: str
    queue: str
    priority: Priority = Priority.NORMAL
    about: str | None = None
    """What its jobs are about, of ``db.client_of.KINDS``; None: nothing that is one client's."""


@dataclass(frozen=True, slots=True)
class Claim:
    """A job that this process may run, as long as its token stands."""

    job_id: int
    token: str
    task: str
    args: dict[str, object]
    queue: str
    attempts: int
    failures: int
    run_id: int | None


@dataclass(frozen=True, slots=True)
class JobOutcome:
    """How an attempt ends, and what becomes of its job. ``delay_s`` counts for ``JobState.QUEUED`` alone."""

    state: JobState
    outcome: AttemptOutcome
    error: str | None = None
    delay_s: float = 0.0
    failures: int = 0
    waits_for: str | None = None
    uncounted: int = field(default=0, kw_only=True)
    """1 where the attempt was none: parked, or released before it began."""
    trace: str | None = field(default=None, kw_only=True)
    """The traceback of an error that nobody foresaw."""


DONE = JobOutcome(JobState.DONE, AttemptOutcome.DONE)


_INSERT = """
    INSERT INTO job (task, queue, priority, args, key, waits_for, waits_said, run_id, cause_id, state, run_at,
                     announce_at, announcements, attempts, failures, crashes, suspect, cancelled, created_at, client_id)
    SELECT %s, %s, %s, given.args, given.key, given.waits_for, given.waits_said, %s, %s, 'queued',
           {later(given.delay_s)}, {later(given.delay_s + %s)}, %s, 0, 0, 0, FALSE, FALSE, {now}, <client>
    FROM {rows} WHERE TRUE
    ON CONFLICT (key) WHERE state = 'queued' AND key IS NOT NULL DO NOTHING
    RETURNING id
    """


def insert(
    kind: JobSpec,
    asked: Sequence[JobRequest],
    *,
    run_id: int | None = None,
    cause_id: int | None = None,
    announced_for_s: float | None = None,
) -> list[int]:
    """Add jobs in the caller's transaction and return their ids; those whose key is queued already are left out.

    With ``announced_for_s``, the caller announces them itself, and the dispatcher does not for so many seconds.
    """
    rows = json.dumps([_row(one) for one in asked])
    inserted = connection.run(
        _insert_about(kind.about),
        kind.task,
        kind.queue,
        int(kind.priority),
        run_id,
        cause_id,
        announced_for_s or 0.0,
        0 if announced_for_s is None else 1,
        rows,
    )
    return [row[0] for row in inserted]


@cache
def _insert_about(kind: str | None) -> PreparedStatement:
    """Return the statement that inserts jobs about things of a kind; it looks up the things' clients."""
    words = _INSERT.replace("<client>", client_of.expression(kind, "given.about"))
    types = ("text", "text", "smallint", "bigint", "bigint", "float8", "smallint", "json")
    return PreparedStatement(f"insert_jobs_about_{kind or 'nothing'}", words, types)


def _row(asked: JobRequest) -> dict[str, object]:
    row: dict[str, object] = {"args": json.dumps(asked.args), "key": asked.key, "delay_s": asked.delay_s}
    beside = {"waits_for": asked.waits_for or None, "waits_said": kept_reason(asked.waits_for), "about": asked.about}
    return {**row, **{name: value for name, value in beside.items() if value is not None}}


def ask(
    kind: JobSpec,
    asked: JobRequest,
    *,
    run_id: int | None = None,
    cause_id: int | None = None,
    announced_for_s: float | None = None,
) -> tuple[int, bool]:
    """Add one job, or have the queued one that has its key take the earlier time and the higher priority of the two.

    Returns its id and whether it is new.
    """
    for _ in range(_KEY_RACES):
        job_id, new = insert_one(kind, asked, run_id=run_id, cause_id=cause_id, announced_for_s=announced_for_s)
        if new or _hurried(job_id, kind, asked, announced_for_s=announced_for_s or 0.0):
            return job_id, new
    raise connection.Conflict(f"the key {asked.key!r} changes hands too fast to enqueue")


def insert_one(
    kind: JobSpec,
    asked: JobRequest,
    *,
    run_id: int | None = None,
    cause_id: int | None = None,
    announced_for_s: float | None = None,
) -> tuple[int, bool]:
    """Add one job, or find the queued one that has its key, and leave that as it is.

    Returns its id and whether it is new.
    """
    for _ in range(_KEY_RACES):
        new = insert(kind, [asked], run_id=run_id, cause_id=cause_id, announced_for_s=announced_for_s)
        if new:
            return new[0], True
        queued = connection.execute("SELECT id FROM job WHERE key = %s AND state = 'queued'", asked.key)
        if queued:  # else it was claimed between the two statements, and the work is to be queued once more
            return queued[0][0], False
    raise connection.Conflict(f"the key {asked.key!r} changes hands too fast to enqueue")


def _hurried(job_id: int, kind: JobSpec, asked: JobRequest, *, announced_for_s: float) -> bool:
    """Bring a queued job forward to what is asked for now; False where it is queued no longer.

    A job that needs to be announced anew is due for that at once, or ``announced_for_s`` after the caller announces it.
    """
    return bool(
        connection.changed(
            """
            UPDATE job SET
                priority = CASE WHEN priority > %s THEN %s ELSE priority END,
                announcements = CASE WHEN run_at > {later(%s)} OR priority > %s THEN 0 ELSE announcements END,
                announce_at = CASE WHEN run_at > {later(%s)} THEN {later(%s)}
                                   WHEN priority > %s THEN run_at ELSE announce_at END,
                waits_for = CASE WHEN run_at > {later(%s)} THEN %s ELSE waits_for END,
                waits_said = CASE WHEN run_at > {later(%s)} THEN %s ELSE waits_said END,
                run_at = CASE WHEN run_at > {later(%s)} THEN {later(%s)} ELSE run_at END
            WHERE id = %s AND state = 'queued'
            """,
            int(kind.priority), int(kind.priority),
            asked.delay_s, int(kind.priority),
            asked.delay_s, asked.delay_s + announced_for_s, int(kind.priority),
            asked.delay_s, asked.waits_for,
            asked.delay_s, kept_reason(asked.waits_for),
            asked.delay_s, asked.delay_s,
            job_id,
        )
    )  # fmt: skip


_CLAIM = PreparedStatement(
    "claim_jobs",
    f"""
    UPDATE job SET state = 'running', token = %s, worker_id = %s, claimed_at = {{now}},
                   claim_expires_at = {{later(%s)}}, attempts = attempts + 1, announcements = 0, waits_for = NULL
    WHERE id IN (
        SELECT id FROM job
        WHERE id {{ids}} AND token IS NULL AND finished_at IS NULL AND suspect = %s AND run_at <= {{now}}
          AND (%s OR task {{ids}}) AND {queue_pauses.not_paused("job.queue")}
          AND (key IS NULL OR NOT EXISTS (
                SELECT 1 FROM job AS other WHERE other.state = 'running' AND other.key = job.key))
        ORDER BY id {{locked}})
    RETURNING id, task, args, queue, attempts, failures, run_id
    """,  # noqa: S608 - constants
    ("text", "text", "float8", "bigint[]", "boolean", "boolean", "text[]"),
)


def claim(
    ids: Sequence[int],
    *,
    token: str,
    worker_id: str,
    claim_s: float,
    alone: bool = False,
    tasks: Sequence[str] | None = None,
) -> list[Claim]:
    """Claim those of ``ids`` that are due and whose task is among ``tasks``, if those are given.

    The others are somebody else's, done, not due, of a paused queue, or for a worker of another release. A job waits
    while another with its key runs. Suspects are claimed by processes that run them ``alone``.

    The statement asks for "no token and no end" in place of "queued": PostgreSQL might otherwise read the whole index
    of what is queued.
    """
    rows = connection.run(_CLAIM, token, worker_id, claim_s, list(ids), alone, tasks is None, list(tasks or ()))
    return [Claim(row[0], token, row[1], json.loads(row[2]), *row[3:]) for row in rows]


def end(claimed: Claim, ending: JobOutcome, *, ran_s: float = 0.0, by_task: bool = False) -> JobState:
    """End an attempt in the caller's transaction and return the job's state. Raises ``ClaimLost``.

    A job that would be queued again is cancelled instead if that was asked for, or if a newer job with its key
    is queued: that one does the work. A bad end is told by ``endings``; one that is the task's own doing (``by_task``)
    is not, because the task itself writes what that means.
    """
    if ending.state is JobState.QUEUED:
        # It has run to an end of its own: whatever killed a process before, it was not this job.
        where = "id = %s AND token = %s"
        rows = requeue(where, (claimed.job_id, claimed.token), ending, suspect=False)
    else:
        rows = _ended(claimed, ending, ran_s)
        if rows and not by_task and ending.state is not JobState.DONE:
            endings.tell([claimed.job_id])
    if not rows:
        raise ClaimLost(f"job {claimed.job_id} is no longer ours")
    if ending.trace:
        _keep_trace(claimed, ending.trace)
    return JobState(rows[0][1])


def _keep_trace(claimed: Claim, trace: str) -> None:
    """Keep an attempt's traceback; by statements of its own, which few attempts need."""
    connection.execute(
        "INSERT INTO attempt_trace (job_id, number, text) VALUES (%s, %s, %s)"
        " ON CONFLICT (job_id, number) DO UPDATE SET text = excluded.text",
        claimed.job_id,
        claimed.attempts,
        _storable(trace),
    )


def _kind(ending: JobOutcome) -> tuple[str | None, str | None]:
    """Return the exception and the host of a bad end's error, by which it is grouped; None and None for other ends."""
    if ending.state in (JobState.DONE, JobState.CANCELLED):
        return None, None
    found = error_kinds.of(_capped(ending.error))
    return found.kind, found.host


def requeue(
    where: str, params: tuple[object, ...], ending: JobOutcome, *, suspect: bool | None = None
) -> list[tuple[int, str]]:
    """Queue again the running jobs that ``where`` names; returns (id, state). For this module and db.ledger.recovery.

    ``suspect`` sets or lifts the suspicion; None leaves it. A job whose key is taken in the very moment is looked at
    again: the other transaction has committed by then.
    """
    for race in range(_KEY_RACES):
        try:
            with connection.savepoint():
                moved = _requeue(where, params, ending, suspect=suspect)
        except connection.Conflict:
            if race == _KEY_RACES - 1:
                raise
        else:
            endings.tell([job_id for job_id, state in moved if state == JobState.CANCELLED])
            return moved
    return []


def _requeue(
    where: str, params: tuple[object, ...], ending: JobOutcome, *, suspect: bool | None
) -> list[tuple[int, str]]:
    return _moved(
        f"""
        UPDATE job SET
            state = CASE WHEN {_OVER} THEN 'cancelled' ELSE 'queued' END,
            finished_at = CASE WHEN {_OVER} THEN {{now}} END,
            error = COALESCE(%s, error), failures = failures + %s, attempts = attempts - %s, waits_for = %s,
            waits_said = %s, suspect = COALESCE(%s, suspect), token = NULL,
            run_at = {{later(%s)}}, announce_at = {{later(%s)}}, announcements = 0
        WHERE {where}
        """,  # noqa: S608 - the condition is one of our own constants
        (
            _capped(ending.error),
            ending.failures,
            ending.uncounted,
            _capped(ending.waits_for),
            kept_reason(ending.waits_for),
            suspect,
            ending.delay_s,
            ending.delay_s,
            *params,
        ),
        None if ending.uncounted else (ending.outcome, _capped(ending.error)),
    )


_OVER = (
    "(cancelled OR (key IS NOT NULL AND EXISTS "
    "(SELECT 1 FROM job AS newer WHERE newer.key = job.key AND newer.state = 'queued')))"
)


def _moved(
    update: str, params: tuple[object, ...], attempt: tuple[object, ...] | None, *, began: str = "moved.claimed_at"
) -> list[tuple[int, str]]:
    """Run an update of running jobs and write the ``attempt`` of each: one statement where the database can.

    Returns (id, state). ``began`` says when the attempt did, in SQL whose parameter comes first in ``attempt``.
    """
    if attempt is None:
        rows = connection.execute(f"{update} RETURNING id, state", *params)
    elif connection.dialect().name == "postgresql":
        rows = connection.execute(_with_attempts(update, began), *params, *attempt)
    else:
        rows = connection.execute(f"{update} RETURNING id, state", *params)
        log = f"{_attempts_of('job AS moved', began)} WHERE moved.id {{ids}}"
        connection.execute(log, *attempt, [row[0] for row in rows])
    return [(row[0], row[1]) for row in rows]


def _with_attempts(update: str, began: str) -> str:
    return (
        f"WITH moved AS ({update} RETURNING id, state, attempts, worker_id, claimed_at),"  # noqa: S608 - constants
        f" logged AS ({_attempts_of('moved', began)}) SELECT id, state FROM moved"
    )


def _attempts_of(moved: str, began: str) -> str:
    return (
        "INSERT INTO attempt (job_id, number, worker_id, started_at, ended_at, outcome, error)"  # noqa: S608 - constants
        f" SELECT moved.id, moved.attempts, moved.worker_id, {began}, {{now}}, %s, %s FROM {moved}"
    )


_END_ONE = """
    UPDATE job SET state = %s, error = %s, error_kind = %s, error_host = %s, failures = failures + %s,
        token = NULL, finished_at = {now}
    WHERE id = %s AND token = %s
    """
_RAN = "{later(-1 * %s)}"
_END = PreparedStatement(
    "end_job",
    _with_attempts(_END_ONE, _RAN),
    ("text", "text", "text", "text", "smallint", "bigint", "text", "float8", "text", "text"),
)


def _ended(claimed: Claim, ending: JobOutcome, ran_s: float) -> list[tuple[int, str]]:
    error = _capped(ending.error)
    update = (ending.state, error, *_kind(ending), ending.failures, claimed.job_id, claimed.token)
    attempt = (round(ran_s, 3), ending.outcome, error)
    if connection.dialect().name == "postgresql":
        return [(row[0], row[1]) for row in connection.run(_END, *update, *attempt)]
    return _moved(_END_ONE, update, attempt, began=_RAN)


def _capped(error: str | None) -> str | None:
    """Cap a text for storing."""
    return _storable(error)[:_ERROR_MAX] if error else None


def kept_reason(waits_for: str | None) -> str | None:
    """Return what is stored beside the words for what a job waits for, in JSON, so that pages can translate them."""
    kept = dump_if_kept(waits_for, _storable)
    return json.dumps(kept) if kept else None


def _storable(text: str) -> str:
    """Return a text without what a database refuses: NUL, and halves of surrogate pairs."""
    return text.replace("\0", "").encode(errors="replace").decode()


PAIRS = "id {ids} AND id || ':' || token {ids}"
"""The condition that names claims by job and token; takes what ``pairs`` returns."""


def pairs(claims: Sequence[Claim]) -> tuple[list[int], list[str]]:
    """Return the parameters for ``PAIRS``."""
    return [one.job_id for one in claims], [f"{one.job_id}:{one.token}" for one in claims]


def renew(claims: Sequence[Claim], *, claim_s: float) -> set[int]:
    """Hold the claims for another ``claim_s`` and return the jobs that are still ours.

    A row that is locked is being ended by its own thread; it is not waited for, or one slow end would cost its
    neighbours their claims.
    """
    connection.execute(
        f"""
        UPDATE job SET claim_expires_at = {{later(%s)}} WHERE id IN (
            SELECT id FROM job WHERE state = 'running' AND {PAIRS} ORDER BY id {{skip_locked}})
        """,  # noqa: S608 - constants
        claim_s,
        *pairs(claims),
    )
    rows = connection.execute(f"SELECT id FROM job WHERE state = 'running' AND {PAIRS}", *pairs(claims))  # noqa: S608
    return {row[0] for row in rows}


def hold(claimed: Claim) -> None:
    """Make sure, in the caller's transaction, that the claim still stands. Raises ``ClaimLost``."""
    if not connection.changed(
        "UPDATE job SET token = token WHERE id = %s AND token = %s", claimed.job_id, claimed.token
    ):
        raise ClaimLost(f"job {claimed.job_id} is no longer ours")
