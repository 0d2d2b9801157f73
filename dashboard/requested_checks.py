"""Looks that staff ask for: ahead of every nightly run, and what is queued already is not queued twice."""

from api_stub.security.principal import Principal
from db import connection
from db.access import audit
from rules.jobs import Priority
from tasks.engine.task import EnqueuedJob, find


def look(who: Principal, task: str, **subject: int) -> EnqueuedJob:
    """Queue a task for one subject, given as its argument and id."""
    ((argument, number),) = subject.items()
    with connection.transaction():
        ticket = find(task).enqueue(key=f"{task}:{number}", priority=Priority.URGENT, **{argument: number})
        audit.add(who.actor, "trigger", task, {argument: number, "job": ticket.job_id})
    return ticket


def words(about: str, ticket: EnqueuedJob) -> str:
    """Return what a person is told of it."""
    return f"A look at {about} is {'queued' if ticket.new else 'queued already'} as job {ticket.job_id}."
