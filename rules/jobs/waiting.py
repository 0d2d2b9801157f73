"""Why a job is not running, in one sentence for a person: what it is, what holds it back, and what would help."""

from dataclasses import dataclass

from rules.jobs import CRASHES_ALLOWED, JobState

_MINUTE, _HOUR, _DAY = 60, 3600, 86400
_TWICE = 2
_ANNOUNCED_IN_VAIN = 4
_PLURALS = {"try": "tries"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """What is known of a job at one moment. Durations in seconds; what cannot be asked of its state is None."""

    state: JobState
    queue: str = ""
    due_in_s: float = 0.0
    """Until it may run; negative once it is due."""
    waits_for: str | None = None
    attempts: int = 0
    failures: int = 0
    crashes: int = 0
    suspect: bool = False
    cancelled: bool = False
    """Somebody asked it to end."""
    announcements: int = 0
    """How often the queue has been told of it in vain."""
    error: str | None = None
    running_s: float | None = None
    claim_expired: bool = False
    same_work_id: int | None = None
    """The job that does the same work now."""
    ahead: int | None = None
    """Due jobs of its queue that came before it."""
    workers: int | None = None
    """Processes that serve its queue."""
    scheduler_runs: bool = True
    paused_because: str | None = None
    """Why its queue is paused; None: it is not."""
    paused_by: str = ""
    paused_for_s: float | None = None
    """Until its queue's pause ends by itself."""


def why(job: Waiting) -> str:
    """Return the sentence. It may quote ``waits_for``, a text of ours; of ``error``, a stranger's, it says nothing."""
    if job.state is JobState.RUNNING:
        return _running(job)
    if job.state is JobState.QUEUED:
        return _queued(job)
    return _ended(job)


def _running(job: Waiting) -> str:
    since = f" for {duration(job.running_s)}" if job.running_s is not None else ""
    if job.claim_expired:
        return f"It was running{since}, but its worker has fallen silent; it will be queued again in a moment."
    if job.cancelled:
        return f"It is running{since}. Somebody asked it to end, so it will not be tried again."
    return f"It is running{since}."


def _queued(job: Waiting) -> str:
    if job.cancelled:
        return "It was asked to end and will be cancelled instead of being tried again."
    if job.due_in_s > 0:
        return _not_due(job)
    if job.same_work_id is not None:
        return f"It is due, but job {job.same_work_id} is doing the same work now; it runs when that one has ended."
    return _due(job)


def _due(job: Waiting) -> str:
    if job.paused_because is not None:
        return _paused(job)
    if job.suspect:
        return _suspect(job)
    if job.workers == 0:
        return f"It is due, but no worker process serves the queue {job.queue}: start one with `nolapse worker`."
    return _its_turn(job)


def _not_due(job: Waiting) -> str:
    when = f"in {duration(job.due_in_s)}"
    if job.waits_for:
        return f"It waits for {job.waits_for.rstrip('.')}, and is due {when}."
    if job.failures:
        return f"It failed {times(job.failures)} and is tried again {when}."
    return f"It is not due yet: it may run {when}."


def _paused(job: Waiting) -> str:
    until = "until it is resumed" if job.paused_for_s is None else f"for another {duration(job.paused_for_s)}"
    return f"It is due, but {job.paused_by} paused the queue {job.queue} {until}: {job.paused_because}."


def _suspect(job: Waiting) -> str:
    died = f", and {times(job.crashes)} while it ran alone" if job.crashes else ""
    left = f"; after {CRASHES_ALLOWED} such deaths it is given up" if job.crashes else ""
    return f"A process died while it was running{died}, so it waits for a process that runs it alone{left}."


def _its_turn(job: Waiting) -> str:
    late = duration(-job.due_in_s)
    if not job.scheduler_runs:
        return (
            f"It has been due for {late}, but no scheduler runs, so nobody announces it: start one with"
            " `nolapse scheduler`."
        )
    if job.ahead:
        others = "1 job is" if job.ahead == 1 else f"{job.ahead:,} jobs are"
        return f"It has been due for {late}: {others} ahead of it in the queue {job.queue}."
    if job.announcements >= _ANNOUNCED_IN_VAIN:
        return (
            f"It has been due for {late} and was announced {times(job.announcements)}, but no worker took it: see"
            " whether Redis answers and whether the workers know its task."
        )
    return "It is due and next in its queue: a worker takes it in a moment."


def _ended(job: Waiting) -> str:
    return {
        JobState.DONE: "It is done.",
        JobState.FAILED: "It was refused for good: trying again changes nothing unless what it asks for changes.",
        JobState.DEAD: f"It was given up after {_units(job.attempts, 'try')}. Retry it when the cause is gone.",
        JobState.CANCELLED: "Somebody cancelled it. It can be retried.",
        JobState.UNKNOWN: (
            "Nobody knows whether its effect happened, so it is not repeated by itself: find out at the other side,"
            " then retry it or leave it."
        ),
    }[job.state]


def times(number: int) -> str:
    """Return a number of times in words."""
    return {1: "once", _TWICE: "twice"}.get(number, f"{number} times")


def duration(seconds: float) -> str:
    """Return a length of time in its largest unit, rounded down: 90 seconds are "1 minute"."""
    for size, word in ((_DAY, "day"), (_HOUR, "hour"), (_MINUTE, "minute")):
        if seconds >= size:
            return _units(int(seconds // size), word)
    return _units(max(1, int(seconds)), "second")


def _units(number: int, word: str) -> str:
    return f"{number} {word}" if number == 1 else f"{number} {_PLURALS.get(word, f'{word}s')}"
