"""Cross-site request forgery: what a browser's cookie asks for must come from our own page.

Every request that is not a GET and comes with a cookie needs two things: an Origin that is ours, and a token that is
derived from the cookie, as the form field ``csrf`` or the header ``X-CSRF-Token``. A page puts ``csrf.token(request)``
into its forms; before sign-in a cookie of its own stands in for the session's, and is set by the route itself.
"""

import base64
import hashlib
import hmac
import secrets
from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.responses import Response

import settings
from api_stub import problems

FIELD = "csrf"
HEADER = "x-csrf-token"
SESSION_COOKIE = "__Host-nolapse"
VISITOR_COOKIE = "__Host-nolapse-visitor"
"""Before sign-in: a random value that the sign-in form's token is derived from."""

_SAFE = ("GET", "HEAD", "OPTIONS")
FORMS = ("application/x-www-form-urlencoded", "multipart/form-data")
"""What a browser's form may be sent as, the usual first."""
_HOME = ("localhost", "127.0.0.1", "[::1]")


def token(request: Request) -> str:
    """Return the token for the forms and scripts of a page; it holds as long as the cookie."""
    return derived(request.cookies.get(SESSION_COOKIE) or _visitor(request))


def derived(cookie: str) -> str:
    """Return the token that belongs to a cookie's value: nobody who cannot read the cookie can make it."""
    digest = hmac.digest(cookie.encode("utf-8", "surrogateescape"), b"nolapse csrf", hashlib.sha256)
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


def _visitor(request: Request) -> str:
    given = request.cookies.get(VISITOR_COOKIE)
    if given:
        return given
    if not hasattr(request.state, "visitor"):
        request.state.visitor = secrets.token_urlsafe(32)
    return request.state.visitor


def plant(request: Request, response: Response) -> None:
    """Set the visitor's cookie if ``token`` had to make one up; called by the route after each page."""
    visitor = getattr(request.state, "visitor", None)
    if visitor:
        response.set_cookie(VISITOR_COOKIE, visitor, secure=True, httponly=True, samesite="lax", path="/")


async def check(request: Request, *, needs_token: bool) -> None:
    """Let a request pass that comes from our own page. Raises ``Problem`` 403."""
    if request.method in _SAFE:
        return
    _check_origin(request)
    if not needs_token:
        return
    cookie = request.cookies.get(SESSION_COOKIE) or request.cookies.get(VISITOR_COOKIE)
    given = await _given(request)
    if not cookie or not given or not hmac.compare_digest(given.encode(), derived(cookie).encode()):
        raise problems.Problem(
            403,
            "csrf",
            f"The form is out of date or not ours: load the page anew and send it again (field {FIELD}, or header"
            f" {HEADER}; GET /api/auth/csrf tells the token)",
        )


def _check_origin(request: Request) -> None:
    origin = request.headers.get("origin")
    if origin is None:
        ours = request.headers.get("sec-fetch-site", "none") in ("same-origin", "none")
    else:
        ours = origin.lower() in origins(request)
    if not ours:
        raise problems.Problem(
            403, "cross-site", "This came from another site; open Nolapse at its own address (NOLAPSE_PUBLIC_URL)"
        )


def origins(request: Request) -> set[str]:
    """Return the origins of our own pages: the public one, and this machine's at the port that was asked."""
    public = settings.current().public_url
    own = f"{request.url.scheme}://{request.url.netloc}".lower()
    found = {f"{urlsplit(public).scheme}://{urlsplit(public).netloc}".lower()} if public else set[str]()
    return found | ({own} if host_of(request.url.netloc) in _HOME else set())


def host_of(netloc: str) -> str:
    """Return the host of ``host:port`` in lower case, an IPv6 literal in its brackets."""
    host = netloc.lower()
    return host.partition("]")[0] + "]" if host.startswith("[") else host.partition(":")[0]


def is_own_host(netloc: str) -> bool:
    """Tell whether a Host header names us: the public host, or this machine. Anything else may be a rebound name."""
    public = settings.current().public_url
    return host_of(netloc) in _HOME or bool(public and netloc.lower() == urlsplit(public).netloc.lower())


async def _given(request: Request) -> str | None:
    header = request.headers.get(HEADER)
    if header is not None:
        return header
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() not in FORMS:
        return None
    await request.body()  # kept by the request, so that the endpoint can read it again
    field = (await request.form()).get(FIELD)
    return field if isinstance(field, str) else None
