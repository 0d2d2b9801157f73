"""Permissions that depend on more than the route: on which jobs a caller may act, and whom they may manage."""

from collections.abc import Mapping

from api_stub import problems
from api_stub.problems import Problem
from api_stub.security.principal import Principal
from db import client_of
from db.access.users import User
from db.ledger import jobs
from rules.access import Permission, Role, roles_with, sees
from tasks.engine import task as tasks
from tasks.engine.errors import UnknownTask
from tasks.engine.task import Task


def may_act_on(who: Principal, task: str) -> bool:
    """Tell whether a caller may trigger, retry and cancel jobs of a task; an unknown task asks for ``WORK``."""
    return who.may(Permission.JOBS) and who.may(_permission(task))


def actable(who: Principal) -> list[str]:
    """Return the names of the declared tasks on whose jobs a caller may act."""
    return [name for name in tasks.declared() if may_act_on(who, name)]


def require_job(who: Principal, job_id: int) -> jobs.Job:
    """Return a job, if the caller may act on it. Raises ``Problem`` 403, 404."""
    job = problems.existing(jobs.require, job_id, within=who.within)
    require_task(who, job.task)
    return job


def require_task(who: Principal, task: str) -> None:
    """Raise ``Problem`` 403 where the caller may not act on a task's jobs."""
    if not may_act_on(who, task):
        roles = ", ".join(roles_with(_permission(task)))
        raise problems.forbidden(f"Jobs of {task} are for the roles {roles}; yours is {who.role}")


def require_trigger(who: Principal, task: Task, args: Mapping[str, object]) -> None:
    """Raise ``Problem`` where the caller may not trigger this: 403 by role or task, 404 outside of their limit."""
    require_task(who, task.name)
    if task.internal:
        raise problems.forbidden(f"Nolapse asks for {task.name} itself, where it belongs; nobody triggers it")
    number = task.subject_id(args)
    if who.within is None:
        return
    owner = client_of.find(task.about, number) if task.about and number is not None else None
    if not sees(who.within, owner):
        what = f"{task.about} has the id {number}" if number is not None else f"task is named {task.name!r}"
        raise Problem(404, "not-found", f"no {what}")


def triggerable(who: Principal) -> list[Task]:
    """Return the tasks that people may trigger, of those that the caller may know of."""
    return [one for one in known(who) if not one.internal]


def known(who: Principal) -> list[Task]:
    """Return the tasks that the caller may know of, sorted by name.

    For a caller who is limited to some clients, these are the tasks whose jobs are about a thing of one client.
    """
    found = sorted(tasks.declared().values(), key=lambda one: one.name)
    return [one for one in found if who.within is None or one.about]


def require_whole(who: Principal) -> None:
    """Raise ``Problem`` 403 for a caller who is limited to some clients."""
    if who.within is not None:
        raise problems.forbidden("This is about the whole installation, and you are limited to some clients")


def require_manages(who: Principal, *roles: Role) -> None:
    """Raise ``Problem`` 403 where the caller may not make, change or remove people of these roles."""
    if not all(who.role.manages(role) for role in roles):
        raise problems.forbidden("Owners are made, changed and removed by owners alone")


def require_manages_user(who: Principal, user: User) -> User:
    """Return the user. Raises ``Problem`` 403 where the caller may not manage users of that role."""
    require_manages(who, user.role)
    return user


def _permission(task: str) -> Permission:
    try:
        return tasks.find(task).permission
    except UnknownTask:
        return Permission.WORK
