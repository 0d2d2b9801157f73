"""Signing in and out: a form for browsers, JSON for programs, a link that works once.

The pages are the dashboard's; what is refused here reaches it as a problem: bad-credentials, too-many-tries, bad-link.
"""

from typing import Annotated
from urllib.parse import urlsplit

from fastapi import Form, Response
from pydantic import BaseModel, Field
from starlette.requests import Request
from starlette.responses import RedirectResponse

from api_stub import problems
from api_stub.fields import Line
from api_stub.routes import address, device, router
from api_stub.security import csrf
from api_stub.security import sessions as people
from api_stub.security.passwords import LONGEST
from api_stub.security.principal import Caller
from rules.access import Role, Scope

routes = router()

_Name = Annotated[Line, Field(min_length=1, max_length=100, examples=["ada"])]
Password = Annotated[str, Field(min_length=1, max_length=LONGEST, examples=["four words in a row"])]


class Credentials(BaseModel, extra="forbid"):
    """A name and its password."""

    name: _Name
    password: Password


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
    cookie = people.sign_in(name, password, address=address(request), device=device(request))
    return _signed_in(request, cookie, to=safe_next(next))


@routes.get("/sign-in/{token}", include_in_schema=False)
def sign_in_by_link(request: Request, token: str) -> Response:
    """Use a link up and go to the start."""
    cookie = people.sign_in_with(token, address=address(request), device=device(request))
    return _signed_in(request, cookie, to="/")


def _signed_in(request: Request, cookie: str, *, to: str) -> Response:
    people.end(request.cookies.get(csrf.SESSION_COOKIE))
    response = RedirectResponse(to, status_code=303)
    people.set_cookie(response, cookie)
    return response


@routes.post("/sign-out", include_in_schema=False)
def sign_out_by_form(request: Request, who: Caller) -> Response:
    """Sign out and show the sign-in page."""
    people.end(request.cookies.get(csrf.SESSION_COOKIE), by=who.name)
    response = RedirectResponse("/sign-in", status_code=303)
    people.clear_cookie(response)
    return response


@routes.post("/api/sessions", status_code=201, tags=["sessions"])
def sign_in(request: Request, response: Response, given: Credentials) -> Current:
    """Sign in with a name and a password. The session is a cookie; the answer holds the CSRF token beside it."""
    return begin_by_password(request, response, given)


def begin_by_password(request: Request, response: Response, given: Credentials) -> Current:
    """Begin a session with a name and a password; the one that the browser had ends. Raises ``Problem``."""
    cookie = people.sign_in(given.name, given.password, address=address(request), device=device(request))
    people.end(request.cookies.get(csrf.SESSION_COOKIE))
    people.set_cookie(response, cookie)
    who = people.principal_of(cookie)
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
    people.end(request.cookies.get(csrf.SESSION_COOKIE), by=who.name)
    people.clear_cookie(response)


def safe_next(path: str) -> str:
    """Return where to go after signing in: a path of ours, or the start."""
    try:
        parts = urlsplit(path)
    except ValueError:
        return "/"
    odd = "\\" in path or not path.isprintable() or not path.isascii() or len(path) > 2000  # noqa: PLR2004
    ours = path.startswith("/") and not path.startswith("//") and not parts.scheme and not parts.netloc
    return path if ours and not odd else "/"
