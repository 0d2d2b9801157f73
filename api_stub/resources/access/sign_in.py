"""Signing in and out: a form for browsers, JSON for programs.

The dashboard has the pages; it gets a refusal as a problem: bad-credentials, too-many-tries, bad-link.
"""

from typing import Annotated
from urllib.parse import urlencode

from fastapi import Form, Response
from pydantic import BaseModel, Field
from starlette.requests import Request
from starlette.responses import RedirectResponse

from api_stub import problems
from api_stub.fields import RequestBody, TextLine
from api_stub.routes import router, visitor
from api_stub.security import admission, cookies, csrf, origins, sessions
from api_stub.security.admission import Admission
from api_stub.security.passwords import LONGEST
from api_stub.security.principal import Caller
from api_stub.security.second_factor import LONGEST_CODE
from rules.access import Role, Scope

routes = router()

_Name = Annotated[TextLine, Field(min_length=1, max_length=100, examples=["ada"])]
Password = Annotated[str, Field(min_length=1, max_length=LONGEST, examples=["four words in a row"])]


Code = Annotated[str, Field(min_length=1, max_length=LONGEST_CODE, examples=["492039"])]
"""A code of a second factor, or a recovery code."""


class Credentials(RequestBody, extra="forbid"):
    """A name and its password; and a code of the second factor, for who has one."""

    name: _Name
    password: Password
    code: Code | None = None


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
    password: Annotated[Password, Form()],
    next: Annotated[str, Form()] = "/",  # noqa: A002 - as it stands in the address
) -> Response:
    """Sign in and go on to where the person was going."""
    return admitted(request, admission.by_password(name, password, visitor(request)), to=origins.own_path(next))


def admitted(request: Request, how_far: Admission, *, to: str) -> Response:
    """Redirect a browser: with its session to ``to``, or without one to the page that asks for a second factor."""
    if how_far.session is not None:
        response = RedirectResponse(to, status_code=303)
        give_session(request, response, how_far.session)
        return response
    sessions.end(request.cookies.get(cookies.SESSION))
    path = "/second-factor/set-up" if how_far.enrols else "/second-factor"
    response = RedirectResponse(f"{path}?{urlencode({'next': to})}", status_code=303)
    cookies.remove(response, cookies.SESSION)
    admission.set_pending_cookie(response, how_far.pending or "")
    return response


def give_session(request: Request, response: Response, made: str) -> str:
    """Give a browser its session and return the cookie. The browser's old session and its pending sign-in end."""
    cookie = sessions.replaced(request.cookies.get(cookies.SESSION), made)
    cookies.put(response, cookies.SESSION, cookie)
    if (who := sessions.principal_of(cookie)) is not None:
        told = admission.remember_device(who.user_id, request.cookies.get(cookies.DEVICE))
        cookies.put(response, cookies.DEVICE, told, max_age_s=admission.DEVICE_HOLDS_S)
    if admission.PENDING_COOKIE in request.cookies:
        admission.clear_pending_cookie(response)
    return cookie


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
    return begin_by_password(request, response, given)


def begin_by_password(request: Request, response: Response, given: Credentials) -> Current:
    """Begin a session with a name and a password; the browser's old session ends. Raises ``Problem``."""
    how_far = admission.by_password(given.name, given.password, visitor(request), code=given.code)
    if how_far.session is None:
        raise problems.second_factor_needed(enrols=how_far.enrols)
    return current_of(give_session(request, response, how_far.session))


def current_of(cookie: str) -> Current:
    """Return who is signed in with a session that has just begun. Raises ``Problem`` 401."""
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
def end_current_session(request: Request, response: Response, who: Caller) -> None:
    """Sign out. The session ends here, whatever becomes of the cookie."""
    sessions.end(request.cookies.get(cookies.SESSION), by=who.name)
    cookies.remove(response, cookies.SESSION)
