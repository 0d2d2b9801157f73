"""Checks that staff request: they run ahead of nightly runs, and a check that is queued is not queued twice."""

from api_stub.security import permissions
from api_stub.security.principal import Principal
from db import connection
from db.access import audit
from rules.jobs import Priority
from tasks.engine.task import EnqueuedJob, find
from wording.messages import _


def request(who: Principal, task: str, **subject: int) -> EnqueuedJob:
    """Queue a task for one subject, given as a keyword such as ``domain_id=17``. Raises ``Problem`` 403."""
    permissions.require_task(who, task)
    with connection.transaction():
        enqueued = find(task).enqueue(priority=Priority.URGENT, **subject)
        audit.add(who.actor, "trigger", task, {**subject, "job": enqueued.job_id})
    return enqueued


def confirmation(about: str, enqueued: EnqueuedJob) -> str:
    """Return the sentence for the person who requested it."""
    said = (
        _("A look at {about} is queued as job {job}.")
        if enqueued.new
        else _("A look at {about} is queued already as job {job}.")
    )
    return said.format(about=about, job=enqueued.job_id)
