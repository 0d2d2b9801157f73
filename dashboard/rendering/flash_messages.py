"""Flash messages: a sentence about what was done, shown once on the next page; a cookie carries it there."""

import base64
import json

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from api_stub.security import cookies, origins

_LONGEST = 300
_HOLDS_S = 60


def redirect(to: str, message: str) -> Response:
    """Send the browser to a page of ours (303) that shows the message."""
    response = RedirectResponse(origins.own_path(to), status_code=303)
    value = base64.urlsafe_b64encode(json.dumps(message[:_LONGEST]).encode()).decode()
    cookies.put(response, cookies.FLASH, value, max_age_s=_HOLDS_S)
    return response


def read(request: Request) -> str | None:
    """Return the message in the request's cookie; None without one."""
    try:
        message = json.loads(base64.urlsafe_b64decode(request.cookies.get(cookies.FLASH, "")))
    except ValueError:
        return None
    return message if isinstance(message, str) else None


def forget(request: Request, response: Response) -> None:
    """Take the message from the browser: this page shows it."""
    if cookies.FLASH in request.cookies:
        cookies.remove(response, cookies.FLASH)
