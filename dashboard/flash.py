"""What was done, said once on the next page: a cookie that holds a sentence and is gone when it was shown."""

import base64
import json

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from api_stub.security import origins

COOKIE = "__Host-nolapse-flash"
_LONGEST = 300
_HOLDS_S = 60


def back(to: str, said: str) -> Response:
    """Send the browser to a page of ours (303) that says what was done."""
    response = RedirectResponse(origins.own_path(to), status_code=303)
    kept = base64.urlsafe_b64encode(json.dumps(said[:_LONGEST]).encode()).decode()
    response.set_cookie(COOKIE, kept, max_age=_HOLDS_S, secure=True, httponly=True, samesite="lax", path="/")
    return response


def read(request: Request) -> str | None:
    """Return what is to be said, if anything is."""
    try:
        said = json.loads(base64.urlsafe_b64decode(request.cookies.get(COOKIE, "")))
    except ValueError:
        return None
    return said if isinstance(said, str) else None


def forget(request: Request, response: Response) -> None:
    """Take the message away: it has been shown."""
    if COOKIE in request.cookies:
        response.delete_cookie(COOKIE, secure=True, httponly=True, samesite="lax", path="/")
