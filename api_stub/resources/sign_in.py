"""Signing in and out: a form for browsers, JSON for programs, a link that works once.

The pages are the dashboard's; a refusal reaches it as a problem: bad-credentials, too-many-tries, bad-link.
"""

from typing import Annotated

from fastapi import Form, Response
from pydantic import BaseModel, Field
from starlette.requests import Request
from starlette.responses import RedirectResponse

from api_stub import problems
from api_stub.fields import TextLine
from api_stub.routes import router
from api_stub.security import cookies, csrf, origins, sessions
from api_stub.security.passwords import LONGEST
from api_stub.security.principal import Caller
from rules.access import Role, Scope

routes = router()

_Name = Annotated[TextLine, Field(min_length=1, max_length=100, examples=["ada"])]
_Password = Annotated[str, Field(min_length=1, max_length=LONGEST, examples=["four words in a row"])]


class Credentials(BaseModel, extra="forbid"):
    """A name and its password."""

    name: _Name
    password: _Password


class Current(BaseModel):
    """Who is signed in. ``csrf`` goes with every request that is not a GET, as X-CSRF-Token."""

    name: str = Field(examples=["ada"])
    role: Role = Field(examples=["operator"])
    scopes: list[Scope] | None = Field(description="Those of the API token in use; null for a session", examples=[None])
    csrf: str | None = Field(
        description="Null for an API token, which needs none",
        examples=["xZ0rB2mG7c1n3yYb5v8sQkPq4uWfJdLhT9aEoVwRtIM"],
    )


@routes.post("/sign-in", include_in_schema=False)
def sign_in_by_form(
    request: Request,
    name: Annotated[_Name, Form()],
    password: Annotated[_Password, Form()],
    next: Annotated[str, Form()] = "/",  # noqa: A002 - as it stands in the address
) -> Response:
    """Sign in and go on to where the person was going."""
    cookie = sessions.sign_in(name, password, address=origins.address(request))
    return _signed_in(request, cookie, to=origins.own_path(next))


@routes.get("/sign-in/{token}", include_in_schema=False)
def sign_in_by_link(request: Request, token: str) -> Response:
    """Use a link up and go to the start."""
    cookie = sessions.sign_in_with(token, address=origins.address(request))
    return _signed_in(request, cookie, to="/")


def _signed_in(request: Request, cookie: str, *, to: str) -> Response:
    sessions.end(request.cookies.get(cookies.SESSION))
    response = RedirectResponse(to, status_code=303)
    cookies.put(response, cookies.SESSION, cookie)
    return response


@routes.post("/sign-out", include_in_schema=False)
def sign_out_by_form(request: Request, who: Caller) -> Response:
    """Sign out and show the sign-in page."""
    sessions.end(request.cookies.get(cookies.SESSION), by=who.name)
    response = RedirectResponse("/sign-in", status_code=303)
    cookies.remove(response, cookies.SESSION)
    return response


@routes.post("/api/sessions", status_code=201, tags=["sessions"])
def sign_in(request: Request, response: Response, given: Credentials) -> Current:
    """Sign in with a name and a password. The session is a cookie; the answer holds the CSRF token beside it."""
    cookie = sessions.sign_in(given.name, given.password, address=origins.address(request))
    sessions.end(request.cookies.get(cookies.SESSION))
    cookies.put(response, cookies.SESSION, cookie)
    who = sessions.principal_of(cookie)
    if who is None:
        raise problems.sign_in_needed()
    return Current(name=who.name, role=who.role, scopes=None, csrf=csrf.derived(cookie))


@routes.get("/api/sessions/current", tags=["sessions"])
def current_session(request: Request, who: Caller) -> Current:
    """Tell who is signed in."""
    scopes = None if who.scopes is None else sorted(who.scopes)
    return Current(name=who.name, role=who.role, scopes=scopes, csrf=csrf.token(request) if scopes is None else None)


@routes.delete("/api/sessions/current", status_code=204, tags=["sessions"])
def sign_out(request: Request, response: Response, who: Caller) -> None:
    """Sign out. The session ends here, whatever becomes of the cookie."""
    sessions.end(request.cookies.get(cookies.SESSION), by=who.name)
    cookies.remove(response, cookies.SESSION)
