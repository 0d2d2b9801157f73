"""Cross-site request forgery: a request with a cookie must come from a page of ours.

Every request that is not a GET and comes with a cookie needs two things: an Origin that is ours, and a token that is
derived from the cookie, as the form field ``csrf`` or the header ``X-CSRF-Token``. A page puts ``csrf.token(request)``
into its forms; before sign-in a cookie of its own stands in for the session's, and is set by the route itself.
"""

import base64
import hashlib
import hmac
import secrets

from starlette.requests import Request
from starlette.responses import Response

from api_stub import problems
from api_stub.security import cookies, origins

FIELD = "csrf"
HEADER = "x-csrf-token"

_SAFE = ("GET", "HEAD", "OPTIONS")
FORMS = ("application/x-www-form-urlencoded", "multipart/form-data")
"""The content types of a browser's form, the usual one first."""


def token(request: Request) -> str:
    """Return the token for the forms and scripts of a page; it holds as long as the cookie."""
    return derived(request.cookies.get(cookies.SESSION) or _visitor(request))


def cookie_of(request: Request) -> str | None:
    """Return the cookie that a request's token must belong to."""
    return request.cookies.get(cookies.SESSION) or request.cookies.get(cookies.VISITOR)


def derived(cookie: str) -> str:
    """Return the token that belongs to a cookie's value: nobody who cannot read the cookie can make it."""
    digest = hmac.digest(cookie.encode("utf-8", "surrogateescape"), b"nolapse csrf", hashlib.sha256)
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


def _visitor(request: Request) -> str:
    given = request.cookies.get(cookies.VISITOR)
    if given:
        return given
    if not hasattr(request.state, "visitor"):
        request.state.visitor = secrets.token_urlsafe(32)
    return request.state.visitor


def set_visitor(request: Request, response: Response) -> None:
    """Set the visitor's cookie if ``token`` had to make one up; each route calls it after its endpoint."""
    visitor = getattr(request.state, "visitor", None)
    if visitor:
        cookies.put(response, cookies.VISITOR, visitor)


async def check(request: Request, *, needs_token: bool) -> None:
    """Let a request pass that a page of ours sent, with the CSRF token if one is needed. Raises ``Problem`` 403."""
    if request.method in _SAFE:
        return
    if not origins.is_own_page(request):
        raise problems.Problem(
            403, "cross-site", "This came from another site; open Nolapse at its own address (NOLAPSE_PUBLIC_URL)"
        )
    if needs_token:
        check_token(request, await _sent_token(request))


def check_token(request: Request, sent: str | None) -> None:
    """Let a request pass whose token belongs to its cookie. Raises ``Problem`` 403."""
    cookie = cookie_of(request)
    if not cookie or not sent or not hmac.compare_digest(sent.encode(errors="replace"), derived(cookie).encode()):
        raise problems.Problem(
            403,
            "csrf",
            f"The form is out of date or not ours: load the page anew and send it again (field {FIELD}, or header"
            f" {HEADER}; GET /api/auth/csrf tells the token)",
        )


async def _sent_token(request: Request) -> str | None:
    """Return the token of the header, or else of the form."""
    header = request.headers.get(HEADER)
    if header is not None:
        return header
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() not in FORMS:
        return None
    await request.body()  # kept by the request, so that the endpoint can read it again
    field = (await request.form()).get(FIELD)
    return field if isinstance(field, str) else None
