"""``/api/lookups``: what any domain's registry says, or which certificates any endpoint serves, asked for at once.

A job asks, as for a scheduled check. The request waits a moment for it, or else says where the answer will be.
"""

import re
from dataclasses import asdict
from datetime import datetime
from threading import BoundedSemaphore
from typing import Annotated, Any, Final, Literal

from fastapi import Header, Response
from pydantic import BaseModel, ConfigDict, Field, model_validator

import settings
from api_stub import bounded_wait, conventions
from api_stub.fields import Id, RequestBody
from api_stub.problems import Problem, existing
from api_stub.routes import router
from api_stub.security.principal import Caller, Principal
from db.access import audit, lookups, throttles
from db.access.lookups import AskedLookup, FailureKind
from db.access.throttles import Limit
from rules import lookups as questions
from rules import names
from rules.certificates.observation import Protocol
from rules.lookups import LookupKind, LookupQuestion
from tasks import lookups as lookup_tasks

routes = router(tags=["lookups"])

LIMIT: Final = Limit(tries=60, window_s=3600)
"""Lookups of one person, with all of their API tokens. They are limited because each calls servers of others."""

WAITS_S: Final = 5.0
"""Seconds to wait for an answer where the caller does not prefer another time."""

_MOST_WAITING: Final = 16
_waiting = BoundedSemaphore(_MOST_WAITING)
"""Places for requests that wait: each keeps a thread, and pages need theirs. One more request does not wait."""

_WAIT = re.compile(r'(?:^|,)\s*wait\s*=\s*"?(\d{1,6})"?\s*(?=[,;]|$)', re.IGNORECASE)
_RESPOND_ASYNC = re.compile(r"(?:^|,)\s*respond-async\s*(?=[,;]|$)", re.IGNORECASE)

_Name = Annotated[str, Field(min_length=1, max_length=names.LONGEST_INPUT)]


class NewLookup(RequestBody):
    """What to look up: a domain, or a host with what else names an endpoint."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"domain": "bakery.example"}]})

    domain: _Name | None = Field(None, description="A domain, or a URL in it")
    host: _Name | None = Field(None, description="A host, an address, or a URL")
    port: Annotated[int, Field(ge=1, le=65535)] | None = Field(None, description="By default the protocol's own")
    protocol: Protocol | None = Field(None, description="By default as the port says")
    server_name: Annotated[str, Field(max_length=names.LONGEST_INPUT)] = Field(
        "", description="What is asked for (SNI) and compared, in place of the host"
    )

    @model_validator(mode="after")
    def _one_question(self) -> "NewLookup":
        if (self.domain is None) == (self.host is None):
            raise ValueError("give one of domain and host")
        if self.domain is not None and (self.port or self.protocol or self.server_name):
            raise ValueError("port, protocol and server_name go with a host")
        return self

    @property
    def question(self) -> LookupQuestion:
        """Return the question. Raises ``NotAHost``, ``NotRegistrable``."""
        if self.domain is not None:
            return questions.about_domain(self.domain)
        return questions.about_endpoint(
            self.host or "", port=self.port, protocol=self.protocol, server_name=self.server_name
        )


class LookupFailure(BaseModel):
    """Why a lookup has no answer."""

    kind: FailureKind = Field(
        description="`refused`: never, as it was asked; `unavailable`: not now; `ended`: its job was ended",
        examples=["unavailable"],
    )
    detail: str = Field(examples=["whois.registry.example did not answer within 15 s"])


class RequestedLookup(BaseModel):
    """What you looked up. Times are UTC."""

    id: int = Field(examples=[17])
    kind: LookupKind
    name: str = Field(description="The registered domain, or the host", examples=["bakery.example"])
    port: int | None = Field(description="Of an endpoint", examples=[None])
    protocol: str | None = Field(description="Of an endpoint", examples=[None])
    server_name: str = Field(examples=[""])
    state: Literal["pending", "done", "failed"] = Field(examples=["done"])
    job_id: int | None = Field(examples=[42])
    asked_at: datetime
    finished_at: datetime | None
    answer: dict[str, Any] | None = Field(
        description="As `nolapse domain --json` or `nolapse cert --json` prints it",
        examples=[{"name": "bakery.example", "answer": "registered", "expires": "2027-03-01T10:00:00+00:00"}],
    )
    failure: LookupFailure | None = Field(examples=[None])


_Prefer = Annotated[
    str | None,
    Header(max_length=200, description="`wait=N`: how many seconds to wait for the answer (RFC 7240, section 4.3)"),
]


@routes.post(
    "/api/lookups",
    responses={202: {"model": RequestedLookup, "description": "Not answered yet: read it at the header Location"}},
)
def look_up(
    response: Response,
    who: Caller,
    given: NewLookup,
    *,
    prefer: _Prefer = None,
) -> RequestedLookup:
    """Look a domain or an endpoint up now, whosever it is, and answer what `nolapse domain` and `nolapse cert` say.

    Registries are asked at their pace, and the answer is waited for a few seconds; `Prefer: wait=N` asks for another
    time, up to `NOLAPSE_LOOKUP_WAIT_S`. After that the status is 202, and `GET /api/lookups/{id}` has the answer when
    it is there. With an Idempotency-Key the same request may be sent again within a day: it asks nobody a second time.
    """
    question = given.question
    kept = conventions.once(lambda: {"id": asked(who, question)})
    wait_s, preferred = _wait_s(prefer)
    found = awaited(who, kept["id"], wait_s=wait_s)
    if preferred:
        response.headers["Preference-Applied"] = preferred
    if found.is_open:
        response.status_code = 202
        response.headers.update({"Location": f"/api/lookups/{found.id}", "Retry-After": "2"})
    return _document(found)


@routes.get("/api/lookups/{lookup_id}")
def read_lookup(who: Caller, lookup_id: Id) -> RequestedLookup:
    """Read what became of a lookup of yours."""
    return _document(of_caller(who, lookup_id))


def asked(who: Principal, question: LookupQuestion) -> int:
    """Request a lookup on a person's behalf, in the current transaction; return its id. Raises ``Problem`` 429."""
    wait_s = throttles.take(f"lookup:{who.user_id}", LIMIT)
    if wait_s is not None:
        raise Problem(
            429,
            "too-many-tries",
            f"More than {LIMIT.tries} lookups within an hour; wait as long as Retry-After says",
            headers={"Retry-After": str(int(wait_s) + 1)},
        )
    lookup_id = lookup_tasks.ask(who.user_id, question)
    audit.add(who.actor, "lookup", f"lookup {lookup_id}", asdict(question))
    return lookup_id


def awaited(who: Principal, lookup_id: int, *, wait_s: float = WAITS_S) -> AskedLookup:
    """Wait at most ``wait_s`` seconds for the answer, and return the caller's lookup, answered or not."""
    if _waiting.acquire(blocking=False):
        try:
            longest_s = min(wait_s, settings.current().lookup_wait_s)
            bounded_wait.until(lambda: not of_caller(who, lookup_id).is_open, wait_s=longest_s)
        finally:
            _waiting.release()
    return of_caller(who, lookup_id)


def of_caller(who: Principal, lookup_id: int) -> AskedLookup:
    """Return a lookup of the caller's. Raises ``Problem`` 404, also for somebody else's."""
    return existing(lambda number: lookups.get(number, user_id=who.user_id), lookup_id)


def _wait_s(prefer: str | None) -> tuple[float, str]:
    """Return the seconds to wait, and the value of Preference-Applied; other preferences are ignored."""
    written = prefer or ""
    if wait := _WAIT.search(written):
        wait_s = min(float(wait[1]), settings.current().lookup_wait_s)
        return wait_s, f"wait={wait_s:g}"
    return (0.0, "respond-async") if _RESPOND_ASYNC.search(written) else (WAITS_S, "")


def _document(found: AskedLookup) -> RequestedLookup:
    question = found.question
    state = "pending" if found.is_open else "failed" if found.failure_kind else "done"
    failure = LookupFailure(kind=found.failure_kind, detail=found.failure or "") if found.failure_kind else None
    return RequestedLookup(
        id=found.id,
        kind=question.kind,
        name=question.name,
        port=question.port or None,
        protocol=question.protocol or None,
        server_name=question.server_name,
        state=state,
        job_id=found.job_id,
        asked_at=found.created_at,
        finished_at=found.finished_at,
        answer=dict(found.answer) if found.answer is not None else None,
        failure=failure,
    )
