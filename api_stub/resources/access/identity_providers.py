"""``/api/auth/signin/{provider}`` and its callback; and the identities that are linked to one's account."""

from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime
from http import HTTPStatus
from typing import Annotated

from fastapi import Path, Query, Response
from pydantic import BaseModel, Field
from starlette.requests import Request
from starlette.responses import RedirectResponse

from api_stub import problems
from api_stub.fields import Id, RequestBody
from api_stub.problems import Problem
from api_stub.resources.access.sign_in import admitted
from api_stub.routes import router, visitor
from api_stub.security import cookies, identity_providers, origins, sessions
from api_stub.security.identity_providers import WayOut
from api_stub.security.principal import Caller
from db.access import identities

routes = router(tags=["auth"])

ProviderKey = Annotated[str, Path(max_length=32, pattern=r"^[a-z][a-z0-9-]*$", examples=["google"])]

_WHY_NOT: Mapping[int, str] = {HTTPStatus.SERVICE_UNAVAILABLE: "away", HTTPStatus.CONFLICT: "taken"}
"""Status of a problem -> the word for the sign-in page about a failed sign-in; any other status is "refused"."""


class Destination(RequestBody, extra="forbid"):
    """Where to go once signed in: a path of ours."""

    next: Annotated[str, Field(max_length=2000, examples=["/"])] = "/"


class Onward(BaseModel):
    """Where the browser goes now: to the provider."""

    url: str = Field(examples=["https://accounts.google.com/o/oauth2/v2/auth?response_type=code"])


class OwnIdentity(BaseModel):
    """Who you are at a provider."""

    id: int = Field(examples=[4])
    provider: str = Field(examples=["google"])
    issuer: str = Field(examples=["https://accounts.google.com"])
    created_at: datetime


@routes.get("/api/auth/signin/{provider}", status_code=303, response_class=RedirectResponse)
def sign_in_page(provider: ProviderKey) -> Response:
    """Lead to the sign-in page: looking at an address begins nothing."""
    identity_providers.named(provider)
    return RedirectResponse("/sign-in", status_code=303)


@routes.post("/api/auth/signin/{provider}")
def sign_in_with(response: Response, provider: ProviderKey, given: Destination) -> Onward:
    """Begin to sign in with a provider. The browser goes to ``url`` and comes back to the callback, with its cookie."""
    way = identity_providers.begin(provider, to=origins.own_path(given.next))
    set_browser_cookie(response, way)
    return Onward(url=way.url)


@routes.get("/api/auth/callback/{provider}", status_code=303, response_class=RedirectResponse)
def callback(
    request: Request,
    provider: ProviderKey,
    state: Annotated[str, Query(max_length=100)] = "",
    code: Annotated[str, Query(max_length=identity_providers.LONGEST_CODE)] = "",
    iss: Annotated[str | None, Query(max_length=500)] = None,
) -> Response:
    """Take a browser in that comes back from a provider. It goes on where it was going, or to the sign-in page."""
    identity_providers.named(provider)
    try:
        response = _came_back(request, provider, state=state, code=code, iss=iss)
    except Problem as problem:
        why = _WHY_NOT.get(problem.status_code, "refused")
        response = RedirectResponse(f"/sign-in?provider={why}", status_code=303)
    cookies.remove(response, identity_providers.BROWSER_COOKIE)
    return response


def _came_back(request: Request, provider: str, *, state: str, code: str, iss: str | None) -> Response:
    cookie = request.cookies.get(identity_providers.BROWSER_COOKIE)
    outcome = identity_providers.came_back(provider, state=state, code=code, issuer=iss, cookie=cookie)
    if outcome.user_id is None:
        return admitted(request, identity_providers.admit(outcome, visitor(request)), to=origins.own_path(outcome.next))
    session = request.cookies.get(cookies.SESSION)
    identity_providers.link(outcome, sessions.principal_of(session) if session else None)
    return RedirectResponse("/account", status_code=303)


def set_browser_cookie(response: Response, way: WayOut) -> None:
    """Bind the sign-in to the browser that began it."""
    cookies.put(response, identity_providers.BROWSER_COOKIE, way.cookie, max_age_s=identity_providers.HOLDS_S)


@routes.get("/api/account/identities")
def list_identities(who: Caller) -> list[OwnIdentity]:
    """List who you are at providers."""
    return [OwnIdentity.model_validate(asdict(one)) for one in identities.of_user(who.user_id)]


@routes.post("/api/account/identities/{provider}")
def link_identity(response: Response, who: Caller, provider: ProviderKey) -> Onward:
    """Begin to link your identity at a provider to your account."""
    way = identity_providers.begin(provider, to="/account", links=who)
    set_browser_cookie(response, way)
    return Onward(url=way.url)


@routes.delete("/api/account/identities/{identity_id}", status_code=204)
def unlink_identity(who: Caller, identity_id: Id) -> None:
    """Take an identity from your account."""
    problems.existing(lambda number: identity_providers.unlink(who, number), identity_id)
