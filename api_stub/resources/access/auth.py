"""``/api/auth/*`` in the manner of NextAuth: the sign-in of ``/api/sessions``, under the names that clients expect.

GET csrf -> POST signin/credentials with the token -> GET session ... POST signout
"""

from datetime import datetime
from typing import Annotated

from fastapi import Response
from pydantic import BaseModel, Field
from starlette.requests import Request

import settings
from api_stub.fields import RequestBody
from api_stub.resources.access.sign_in import Credentials, Current, Password, begin_by_password
from api_stub.resources.access.users import Email
from api_stub.routes import router, visitor
from api_stub.security import cookies, csrf, mailed_links, sessions
from api_stub.security.principal import Caller
from db.access.mailed_links import LinkPurpose
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
    own = [
        _provider("credentials", "Password", "credentials"),
        _provider("passkey", "Passkey", "webauthn"),
        _provider("email", "Mailed link", "email"),
    ]
    others = settings.current().oidc.items()
    return own + [_provider(key, one.name or key, "oauth" if one.is_github else "oidc") for key, one in others]


def _provider(key: str, name: str, kind: str) -> Provider:
    urls = {"signinUrl": f"/api/auth/signin/{key}", "callbackUrl": f"/api/auth/callback/{key}"}
    return Provider(id=key, name=name, type=kind, **urls)


@routes.get("/api/auth/session", response_model_exclude_none=True)
def read_session(request: Request) -> AuthSession:
    """Tell who is signed in; nobody is an answer too."""
    cookie = request.cookies.get(cookies.SESSION)
    who = sessions.principal_of(cookie) if cookie else None
    if who is None:
        return AuthSession(user=None, expires=None)
    return AuthSession(user=SessionUser(name=who.name, role=who.role), expires=who.expires_at)


@routes.post("/api/auth/signin/credentials")
def sign_in_with_credentials(request: Request, response: Response, given: Credentials) -> Current:
    """Sign in with a name and a password, and the token of GET /api/auth/csrf."""
    return begin_by_password(request, response, given)


class Addressee(RequestBody, extra="forbid"):
    """Who is to get a mail."""

    email: Email


class Requested(BaseModel):
    """The same, whoever has the address."""

    url: str = Field(description="Where a browser goes next", examples=["/sign-in"])


@routes.post("/api/auth/signin/email", status_code=202)
def request_sign_in_link(request: Request, given: Addressee) -> Requested:
    """Have a link mailed that signs in once, if somebody has this address."""
    mailed_links.request(given.email, LinkPurpose.SIGN_IN, visitor(request))
    return Requested(url="/sign-in")


@routes.post("/api/auth/reset", status_code=202)
def request_reset(request: Request, given: Addressee) -> Requested:
    """Have a link mailed with which another password is chosen, if somebody has this address."""
    mailed_links.request(given.email, LinkPurpose.RESET, visitor(request))
    return Requested(url="/sign-in")


class ChosenPassword(RequestBody, extra="forbid"):
    """A password, by the token that was mailed."""

    token: Annotated[str, Field(min_length=1, max_length=64, examples=["sE5tH8I6UxlK-8iAKuJ6eJh60cYqmCYjibT5dhxYrvc"])]
    new: Password


@routes.put("/api/auth/reset", status_code=204)
def reset_password(given: ChosenPassword) -> None:
    """Choose another password. All sessions, links and tokens end; sign in with the new one."""
    mailed_links.set_password(given.token, LinkPurpose.RESET, given.new)


@routes.post("/api/auth/signout")
def sign_out(request: Request, response: Response, who: Caller) -> SignedOut:
    """Sign out. The session ends here, whatever becomes of the cookie."""
    sessions.end(request.cookies.get(cookies.SESSION), by=who.name)
    cookies.remove(response, cookies.SESSION)
    return SignedOut(url="/sign-in")
