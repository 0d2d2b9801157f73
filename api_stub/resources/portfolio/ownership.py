"""``/api/domains/{id}/verification``: whether a domain is shown to be its client's, and what to place where."""

from datetime import datetime
from functools import partial
from typing import Annotated

from fastapi import Body
from pydantic import BaseModel, Field

from api_stub.fields import Id, RequestBody
from api_stub.problems import existing
from api_stub.routes import router
from api_stub.security.principal import Caller, Principal
from db import connection
from db.access import audit
from db.portfolio import domains
from db.portfolio import ownership as store
from rules.domains import domain, ownership
from rules.domains.ownership import Ownership, OwnershipMethod, OwnershipState, SightingKind
from tasks.domains import ownership as ownership_tasks
from tasks.engine.task import EnqueuedJob
from wording.domains import ownership as ownership_words

routes = router(tags=["domains"])


class OwnershipChallenge(BaseModel):
    """A place for the token; one of them is enough."""

    method: OwnershipMethod
    where: str = Field(description="A name, or a URL", examples=["_nolapse-challenge.bakery.example"])
    value: str = Field(description="What has to be there", examples=["nolapse-verification=5d1f0c0b6ad5b3c3"])
    how: str = Field(examples=["Add a TXT record at _nolapse-challenge.bakery.example with exactly this text:"])


class OwnershipSighting(BaseModel):
    """What was seen in one place when the token was looked for last."""

    method: OwnershipMethod
    kind: SightingKind
    words: str = Field(examples=["nothing is there"])


class DomainVerification(BaseModel):
    """Whether a domain is shown to be its client's. Times are UTC."""

    domain_id: int = Field(examples=[17])
    name: str = Field(examples=["bakery.example"])
    state: OwnershipState = OwnershipState.UNVERIFIED
    words: str = Field(examples=["Our token has not been seen yet; one of the places below is enough."])
    method: OwnershipMethod | None = Field(None, description="Where the token was seen last")
    begun_at: datetime | None = Field(None, description="Since when the token holds")
    verified_at: datetime | None = None
    seen_at: datetime | None = Field(None, description="When the token was seen last")
    lost_at: datetime | None = None
    misses: int = Field(
        0, description=f"Checks in a row that did not find it; {ownership.MOST_MISSES} make it lost", examples=[0]
    )
    checked_at: datetime | None = None
    next_check_at: datetime | None = Field(None, description="Null: only on demand")
    challenges: list[OwnershipChallenge] = Field(description="What to place where; empty until it is begun")
    sightings: list[OwnershipSighting]
    job_id: int | None = Field(None, description="The check that was asked for", examples=[42])


class NewVerification(RequestBody, extra="forbid"):
    """How a domain is to be verified."""

    renew: bool = Field(default=False, description="With another token: the one before proves nothing any more")


@routes.get("/api/domains/{domain_id}/verification")
def read_verification(who: Caller, domain_id: Id) -> DomainVerification:
    """Read whether a domain is verified, and what to place where."""
    return document(existing(domains.get, domain_id, within=who.within), store.get(domain_id))


@routes.post("/api/domains/{domain_id}/verification", status_code=202)
def verify_domain(
    who: Caller,
    domain_id: Id,
    given: Annotated[NewVerification | None, Body()] = None,
) -> DomainVerification:
    """Begin to verify a domain, or look for its token now.

    The first time this makes the token, which stays the same until it is renewed; then `challenges` say what to place
    where. Each time the places are looked at at once.
    """
    renew = given is not None and given.renew
    found, begun, enqueued = requested(who, domain_id, renew=renew)
    return document(found, begun, job_id=enqueued.job_id)


def requested(who: Principal, domain_id: int, *, renew: bool) -> tuple[domain.Domain, Ownership, EnqueuedJob]:
    """Begin a verification on a person's behalf, or with ``renew`` begin anew, and queue a search for the token.

    Raises ``Problem`` 404.
    """
    with connection.transaction():
        existing(domains.get, domain_id, within=who.within)
        found, begun, enqueued = existing(partial(ownership_tasks.request, renew=renew), domain_id)
        details = {"renewed": renew, "job": enqueued.job_id}
        audit.add(who.actor, "domain verification", f"domain {domain_id}", details)
    return found, begun, enqueued


_STORED = (
    "state", "method", "begun_at", "verified_at", "seen_at", "lost_at", "misses", "checked_at", "next_check_at",
)  # fmt: skip
"""Fields that an answer takes over as they are stored."""


def document(found: domain.Domain, known: Ownership | None, *, job_id: int | None = None) -> DomainVerification:
    """Return a domain's verification as programs read it; ``known`` is None where it has not begun."""
    return DomainVerification(
        domain_id=found.id,
        name=found.name,
        words=ownership_words.standing(known),
        challenges=[
            OwnershipChallenge(method=one.method, where=one.where, value=one.value, how=ownership_words.how(one))
            for one in (ownership.challenges(found.name, known.token) if known else ())
        ],
        sightings=[
            OwnershipSighting(method=one.method, kind=one.kind, words=ownership_words.seen(one))
            for one in (known.sightings if known else ())
        ],
        job_id=job_id,
        **{name: getattr(known, name) for name in _STORED if known},
    )
