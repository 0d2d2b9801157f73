"""``/api/auth/*`` in the manner of NextAuth: the sign-in of ``/api/sessions``, under the names that clients expect.

GET csrf -> POST signin/credentials with the token -> GET session ... POST signout
"""

from datetime import datetime

from fastapi import Response
from pydantic import BaseModel, Field
from starlette.requests import Request

from api_stub.resources.sign_in import Credentials, Current, begin_by_password
from api_stub.routes import router
from api_stub.security import csrf, sessions
from api_stub.security.principal import Caller
from rules.access import Role

routes = router(tags=["auth"])


class CsrfToken(BaseModel):
    """What goes with every request that is not a GET, as X-CSRF-Token; it holds as long as the cookie beside it."""

    csrfToken: str = Field(examples=["xZ0rB2mG7c1n3yYb5v8sQkPq4uWfJdLhT9aEoVwRtIM"])  # noqa: N815 - NextAuth's name


class Provider(BaseModel):
    """A way to sign in."""

    id: str = Field(examples=["credentials"])
    name: str = Field(examples=["Password"])
    type: str = Field(examples=["credentials"])
    signinUrl: str = Field(examples=["/api/auth/signin/credentials"])  # noqa: N815 - NextAuth's name
    callbackUrl: str = Field(examples=["/api/auth/callback/credentials"])  # noqa: N815 - NextAuth's name


class SessionUser(BaseModel):
    """Who is signed in."""

    name: str = Field(examples=["ada"])
    role: Role = Field(examples=["operator"])


class AuthSession(BaseModel):
    """The session in use; an empty object where nobody is signed in."""

    user: SessionUser | None = None
    expires: datetime | None = Field(None, examples=["2026-11-30T02:17:04.218000Z"])


class SignedOut(BaseModel):
    """Where a browser goes next."""

    url: str = Field(examples=["/sign-in"])


@routes.get("/api/auth/csrf")
async def csrf_token(request: Request) -> CsrfToken:
    """Give the token that goes with the cookie in use, and a cookie where there is none yet."""
    return CsrfToken(csrfToken=csrf.token(request))


@routes.get("/api/auth/providers")
async def list_providers() -> dict[str, Provider]:
    """List the ways to sign in, by their id."""
    return {one.id: one for one in _providers()}


def _providers() -> list[Provider]:
    return [_provider("credentials", "Password", "credentials")]


def _provider(key: str, name: str, kind: str) -> Provider:
    urls = {"signinUrl": f"/api/auth/signin/{key}", "callbackUrl": f"/api/auth/callback/{key}"}
    return Provider(id=key, name=name, type=kind, **urls)


@routes.get("/api/auth/session", response_model_exclude_none=True)
def read_session(request: Request) -> AuthSession:
    """Tell who is signed in; nobody is an answer too."""
    cookie = request.cookies.get(csrf.SESSION_COOKIE)
    who = sessions.principal_of(cookie) if cookie else None
    if who is None:
        return AuthSession(user=None, expires=None)
    return AuthSession(user=SessionUser(name=who.name, role=who.role), expires=who.expires_at)


@routes.post("/api/auth/signin/credentials")
def sign_in_with_credentials(request: Request, response: Response, given: Credentials) -> Current:
    """Sign in with a name and a password, and the token of GET /api/auth/csrf."""
    return begin_by_password(request, response, given)


@routes.post("/api/auth/signout")
def sign_out(request: Request, response: Response, who: Caller) -> SignedOut:
    """Sign out. The session ends here, whatever becomes of the cookie."""
    sessions.end(request.cookies.get(csrf.SESSION_COOKIE), by=who.name)
    sessions.clear_cookie(response)
    return SignedOut(url="/sign-in")
