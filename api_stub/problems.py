"""Errors as answers: problem details (RFC 9457), or a page where a browser asked and the dashboard gave a renderer.

A problem says what is wrong and how to mend it; never a trace, never what the database said.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from http import HTTPStatus
from typing import Any, TypeVar
from urllib.parse import quote

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

MEDIA_TYPE = "application/problem+json"
_LONGEST_DETAIL = 1000

Found = TypeVar("Found")


class Problem(HTTPException):
    """Raised to end a request with this answer. ``kind`` is a stable word for programs: ``/problems/<kind>``."""

    def __init__(
        self,
        status: int,
        kind: str,
        detail: str,
        *,
        headers: Mapping[str, str] | None = None,
        errors: Sequence[Mapping[str, str]] = (),
    ) -> None:
        super().__init__(status, detail[:_LONGEST_DETAIL], dict(headers or {}))
        self.kind = kind
        self.title = HTTPStatus(status).phrase
        self.errors = list(errors)

    def body(self) -> dict[str, Any]:
        """Return the problem as RFC 9457 writes it."""
        said: dict[str, Any] = {
            "type": f"/problems/{self.kind}",
            "title": self.title,
            "status": self.status_code,
            "detail": self.detail,
        }
        return {**said, "errors": self.errors} if self.errors else said


Renderer = Callable[[Request, Problem], Response]
"""Makes a page of a problem. The answer gets the problem's status and headers afterwards, whatever it set itself."""


def existing(read: Callable[[int], Found], number: int) -> Found:
    """Return what ``read`` finds under an id. Raises ``Problem`` 404 where it raises ``LookupError``."""
    try:
        return read(number)
    except (KeyError, IndexError):  # a mistake of ours, not a missing row
        raise
    except LookupError as error:
        raise Problem(404, "not-found", str(error)) from None


def forbidden(detail: str) -> Problem:
    """Return the problem of a caller who may not."""
    return Problem(403, "forbidden", detail)


def sign_in_needed() -> Problem:
    """Return the problem of a caller whom nobody knows."""
    return Problem(
        401,
        "sign-in-needed",
        "Sign in at /sign-in, or send an API token as `Authorization: Bearer nlp_...` (`nolapse token add` makes one)",
        headers={"WWW-Authenticate": 'Bearer realm="nolapse"'},
    )


def away(what: str, *, retry_after_s: int = 5) -> Problem:
    """Return the problem of a service that does not answer now."""
    return Problem(
        503, "unavailable", f"{what} does not answer now; try again soon", headers={"Retry-After": str(retry_after_s)}
    )


def wants_page(request: Request) -> bool:
    """Tell whether a browser asked for something to look at."""
    return "text/html" in request.headers.get("accept", "") and not request.url.path.startswith("/api/")


def answer(request: Request, problem: Problem) -> Response:
    """Return a problem in the form that the caller reads."""
    render: Renderer | None = getattr(request.app.state, "render_problem", None)
    if wants_page(request):
        if problem.kind == "sign-in-needed":
            return RedirectResponse(f"/sign-in?next={_here(request)}", status_code=303)
        if render is not None:
            page = render(request, problem)
            page.status_code = problem.status_code
            page.headers.update(problem.headers or {})
            return page
    # In ASCII: what was sent to us and is quoted may hold what UTF-8 cannot write.
    return Response(json.dumps(problem.body()), problem.status_code, problem.headers, MEDIA_TYPE)


def _here(request: Request) -> str:
    """Return where to come back to after signing in: this page if it was only looked at, the start otherwise."""
    if request.method != "GET":
        return "%2F"
    query = f"?{request.url.query}" if request.url.query else ""
    return quote(f"{request.url.path}{query}", safe="")
