"""Failure groups: retry one job as a canary, retry the rest at a pace, discard a group, undo a discard."""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Final, Literal

from fastapi import Query
from pydantic import BaseModel, Field

from api_stub.fields import Id, RequestBody, TextLine
from api_stub.problems import Problem, existing
from api_stub.resources.ledger import jobs as job_resource
from api_stub.resources.ledger.jobs import FASTEST
from api_stub.routes import router
from api_stub.security import permissions
from api_stub.security.principal import Caller, Principal
from db import connection
from db.access import audit
from db.ledger import failures
from db.ledger.failures import Discard, FailureKey
from rules.jobs import JobState
from wording.messages import N_

routes = router(tags=["failures"])

BadState = Literal["dead", "unknown", "failed"]
_Line = Annotated[TextLine, Field(max_length=120)]


class FailuresAlike(BaseModel):
    """Jobs that failed alike. Times are UTC."""

    task: str = Field(examples=["domains.check"])
    kind: str = Field(description="The exception", examples=["Unavailable"])
    host: str = Field(description="That it was about; empty where it names none", examples=["rdap.example.net"])
    jobs: int = Field(examples=[40])
    today: int = Field(description="That ended in the last 24 hours", examples=[12])
    yesterday: int = Field(description="That ended in the 24 hours before", examples=[3])
    first_at: datetime
    last_at: datetime
    note: str = Field(examples=["the registry moves until Monday"])
    owner: str = Field(examples=["ada"])
    canary_id: int | None = Field(description="The job that was tried again first", examples=[42])


class OfGroup(RequestBody, extra="forbid"):
    """Which group."""

    task: Annotated[TextLine, Field(max_length=64, examples=["domains.check"])]
    kind: Annotated[TextLine, Field(max_length=64, examples=["Unavailable"])]
    host: _Line = Field("", examples=["rdap.example.net"])

    @property
    def key(self) -> FailureKey:
        return FailureKey(self.task, self.kind, self.host)


class GroupRetry(OfGroup):
    """How a group is tried again."""

    state: BadState = "dead"
    canary: bool = Field(default=False, description="Only one of them, to see whether the cause is gone")
    per_minute: float | None = Field(None, gt=0, le=FASTEST, description="Null: as fast as they can", examples=[30])


class GroupDiscard(OfGroup):
    """Why a group is put away."""

    state: BadState = "dead"
    because: Annotated[TextLine, Field(min_length=1, max_length=500, examples=["their domains are gone"])]


class GroupNote(OfGroup):
    """What staff say of a group; empty takes it back."""

    note: Annotated[TextLine, Field(max_length=1000, examples=["the registry moves until Monday"])] = ""
    owner: Annotated[TextLine, Field(max_length=100, examples=["ada"])] = ""


class GroupRetried(BaseModel):
    """How many are queued again, and the canary among them."""

    queued: int = Field(examples=[40])
    canary_id: int | None = Field(None, examples=[42])


class Discarded(BaseModel):
    """What was put away."""

    id: int = Field(description="By which it is undone, within a day", examples=[3])
    jobs: int = Field(examples=[40])


@routes.get("/api/failures")
def list_failures(who: Caller, state: Annotated[BadState, Query()] = "dead") -> list[FailuresAlike]:
    """List what failed alike, the most numerous first."""
    found = failures.groups(JobState(state), within=who.within)
    return [FailuresAlike.model_validate(one, from_attributes=True) for one in found]


@routes.post("/api/failures/retry", status_code=202)
def retry_failures(who: Caller, given: GroupRetry) -> GroupRetried:
    """Queue a group again: one of them as a canary, or up to 500 of them, those that ended first, at a pace."""
    return retried(who, JobState(given.state), given.key, canary=given.canary, per_minute=given.per_minute)


@routes.post("/api/failures/discard")
def discard_failures(who: Caller, given: GroupDiscard) -> Discarded:
    """Put a group away as cancelled; within a day it can be undone."""
    found = discarded(who, JobState(given.state), given.key, because=given.because)
    return Discarded(id=found.id, jobs=found.jobs)


@routes.post("/api/failures/discards/{discard_id}/undo")
def undo_discard(who: Caller, discard_id: Id) -> Discarded:
    """Bring back what was put away."""
    found = undone(who, discard_id)
    return Discarded(id=found.id, jobs=found.jobs)


@routes.put("/api/failures/note")
def note_failures(who: Caller, given: GroupNote) -> GroupNote:
    """Say something of a group, and who sees to it."""
    described(who, given.key, note=given.note, owner=given.owner)
    return given


def retried(
    who: Principal, state: JobState, key: FailureKey, *, canary: bool = False, per_minute: float | None = None
) -> GroupRetried:
    """Queue a group again on a person's behalf. Raises ``Problem`` 403, or 404 where nothing is left of it."""
    permissions.require_task(who, key.task)
    most = 1 if canary else job_resource.RETRIED_AT_ONCE
    ids = failures.job_ids(state, key, limit=most, within=who.within)
    queued = job_resource.all_retried(who, ids, per_minute=per_minute)
    if not queued:
        raise Problem(404, "not-found", f"no {state} job of {key.task} failed like this, or not any more")
    with connection.transaction():
        if canary:
            failures.describe(key, canary_id=ids[0])
        details = {**_audit_details(key), "queued": queued, "canary": canary, "per_minute": per_minute}
        audit.add(who.actor, "failures retry", f"task {key.task}", details)
    return GroupRetried(queued=queued, canary_id=ids[0] if canary else None)


def discarded(who: Principal, state: JobState, key: FailureKey, *, because: str) -> Discard:
    """Discard a group on a person's behalf. Raises ``Problem`` 403, or 404 where nothing is left of it."""
    permissions.require_task(who, key.task)
    with connection.transaction():
        try:
            found = failures.discard(state, key, because=because, by=who.name, within=who.within)
        except LookupError as error:
            raise Problem(404, "not-found", str(error)) from None
        details = {**_audit_details(key), "jobs": found.jobs, "discard": found.id}
        audit.add(who.actor, "failures discard", f"task {key.task}", details, reason=because)
    return found


def undone(who: Principal, discard_id: int) -> Discard:
    """Undo a discard on a person's behalf. Raises ``Problem`` 403, 404, or ``NotPossible``."""
    with connection.transaction():
        found = existing(failures.undo, discard_id)
        permissions.require_task(who, found.task)
        if who.within is not None and found.discarded_by != who.name:
            raise Problem(404, "not-found", f"nothing that was discarded has the id {discard_id}")
        audit.add(who.actor, "failures undo", f"task {found.task}", {"discard": discard_id, "jobs": found.jobs})
    return found


def described(who: Principal, key: FailureKey, *, note: str, owner: str) -> None:
    """Store a note and an owner of a group. Raises ``Problem`` 403."""
    permissions.require_task(who, key.task)
    with connection.transaction():
        failures.describe(key, note=note, owner=owner)
        audit.add(who.actor, "failures note", f"task {key.task}", {**_audit_details(key), "note": note, "owner": owner})


def _audit_details(key: FailureKey) -> Mapping[str, object]:
    return {"kind": key.kind, "host": key.host}


TITLES: Final[Mapping[str, str]] = {"dead": N_("given up"), "unknown": N_("effect unknown"), "failed": N_("refused")}
"""The states in which a job waits for a person -> their words."""
