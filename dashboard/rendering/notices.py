"""Notices: what was done is said once, on the next page; a cookie carries the sentence there."""

import base64
import json

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from api_stub.security import cookies, origins

_LONGEST = 300
_HOLDS_S = 60


def redirect(to: str, notice: str) -> Response:
    """Send the browser to a page of ours (303) that shows the notice."""
    response = RedirectResponse(origins.own_path(to), status_code=303)
    value = base64.urlsafe_b64encode(json.dumps(notice[:_LONGEST]).encode()).decode()
    cookies.put(response, cookies.NOTICE, value, max_age_s=_HOLDS_S)
    return response


def read(request: Request) -> str | None:
    """Return the notice that a request brings, if it brings one."""
    try:
        notice = json.loads(base64.urlsafe_b64decode(request.cookies.get(cookies.NOTICE, "")))
    except ValueError:
        return None
    return notice if isinstance(notice, str) else None


def forget(request: Request, response: Response) -> None:
    """Take the notice from the browser: this page shows it."""
    if cookies.NOTICE in request.cookies:
        cookies.remove(response, cookies.NOTICE)
