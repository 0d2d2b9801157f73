"""Why a job is not running, in one sentence for a person: what it is, what holds it back, and what would help."""

from rules.jobs import CRASHES_ALLOWED, JobState
from rules.jobs.waiting import Waiting
from wording.messages import _, ngettext, said
from wording.time_spans import ago, duration, times

_ANNOUNCED_IN_VAIN = 4


def why(job: Waiting) -> str:
    """Return the sentence.

    It may quote ``waits_for``, which is our text, but not ``error``, which comes from outside.
    """
    if job.state is JobState.RUNNING:
        return _running(job)
    if job.state is JobState.QUEUED:
        return _queued(job)
    return _ended(job)


def _running(job: Waiting) -> str:
    so_far = "" if job.running_s is None else duration(job.running_s)
    if job.claim_expired:
        return _("It was running, but its worker has fallen silent; it will be queued again in a moment.")
    running = _("It is running for {duration}.", duration=so_far) if so_far else _("It is running.")
    if job.cancelled:
        return f"{running} {_('Somebody asked it to end, so it will not be tried again.')}"
    return running


def _queued(job: Waiting) -> str:
    if job.cancelled:
        return _("It was asked to end and will be cancelled instead of being tried again.")
    if job.due_in_s > 0:
        return _not_due(job)
    if job.same_work_id is not None:
        return _(
            "It is due, but job {number} is doing the same work now; it runs when that one has ended.",
            number=job.same_work_id,
        )
    return _due(job)


def _due(job: Waiting) -> str:
    if job.paused_because is not None:
        return _paused(job, job.paused_because)
    if job.suspect:
        return _suspect(job)
    if job.workers == 0:
        return _(
            "It is due, but no worker process serves the queue {queue}: start one with `nolapse worker`.",
            queue=job.queue,
        )
    return _its_turn(job)


def _not_due(job: Waiting) -> str:
    when = ago(max(1, job.due_in_s))
    if job.waits_for:
        return _("It waits for {what}, and is due {when}.", what=said(job.waits_for).rstrip("."), when=when)
    if job.failures:
        return _("It failed {times} and is tried again {when}.", times=times(job.failures), when=when)
    return _("It is not due yet: it may run {when}.", when=when)


def _paused(job: Waiting, because: str) -> str:
    said = {"who": job.paused_by, "queue": job.queue, "because": because}
    if job.paused_for_s is None:
        return _("It is due, but {who} paused the queue {queue} until it is resumed: {because}.", **said)
    return _(
        "It is due, but {who} paused the queue {queue} for another {duration}: {because}.",
        duration=duration(job.paused_for_s),
        **said,
    )


def _suspect(job: Waiting) -> str:
    if not job.crashes:
        return _("A process died while it was running, so it waits for a process that runs it alone.")
    return _(
        "A process died while it was running, and {times} while it ran alone, so it waits for a process that runs it"
        " alone; after {allowed} such deaths it is given up.",
        times=times(job.crashes),
        allowed=CRASHES_ALLOWED,
    )


def _its_turn(job: Waiting) -> str:
    late = duration(-job.due_in_s)
    if not job.scheduler_runs:
        return _(
            "It has been due for {late}, but no scheduler runs, so nobody announces it: start one with"
            " `nolapse scheduler`.",
            late=late,
        )
    if job.ahead:
        return ngettext(
            "It has been due for {late}: {number:,} job is ahead of it in the queue {queue}.",
            "It has been due for {late}: {number:,} jobs are ahead of it in the queue {queue}.",
            job.ahead,
            late=late,
            queue=job.queue,
        )
    if job.announcements >= _ANNOUNCED_IN_VAIN:
        return _(
            "It has been due for {late} and was announced {times}, but no worker took it: see whether Redis answers"
            " and whether the workers know its task.",
            late=late,
            times=times(job.announcements),
        )
    return _("It is due and next in its queue: a worker takes it in a moment.")


def _ended(job: Waiting) -> str:
    match job.state:
        case JobState.DONE:
            return _("It is done.")
        case JobState.FAILED:
            return _("It was refused for good: trying again changes nothing unless what it asks for changes.")
        case JobState.DEAD:
            return ngettext(
                "It was given up after {number} try. Retry it when the cause is gone.",
                "It was given up after {number} tries. Retry it when the cause is gone.",
                job.attempts,
            )
        case JobState.CANCELLED:
            return _("Somebody cancelled it. It can be retried.")
        case _:
            return _(
                "Nobody knows whether its effect happened, so it is not repeated by itself: find out at the other"
                " side, then retry it or leave it."
            )
