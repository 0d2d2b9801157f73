"""Errors as answers: problem details (RFC 9457), or a page where a browser asked and the dashboard gave a renderer.

A problem says what is wrong and how to mend it. It holds no trace and no message of the database.
"""

import contextlib
import json
from collections.abc import Awaitable, Callable, Generator, Mapping, Sequence
from http import HTTPStatus
from typing import Any, Concatenate, Final, Literal, ParamSpec, TypeVar
from urllib.parse import quote

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

MEDIA_TYPE = "application/problem+json"
_LONGEST_DETAIL = 1000

ProblemKind = Literal[
    "bad-request",
    "bad-json",
    "bad-webhook",
    "too-deep",
    "sign-in-needed",
    "bad-credentials",
    "bad-link",
    "bad-code",
    "bad-passkey",
    "second-factor-needed",
    "forbidden",
    "refused-link",
    "csrf",
    "cross-site",
    "not-found",
    "method-not-allowed",
    "too-slow",
    "conflict",
    "stale",
    "too-large",
    "wrong-kind",
    "uploads-off",
    "wrong-host",
    "bad-values",
    "not-taken",
    "key-reused",
    "too-many-tries",
    "too-many-requests",
    "refused",
    "bug",
    "unavailable",
]
KINDS: Final[Mapping[ProblemKind, tuple[int, str]]] = {
    "bad-request": (400, "The request could not be read."),
    "bad-json": (400, "The body is not JSON. `errors` names the place."),
    "bad-webhook": (400, "A webhook that the service did not sign, or not now, or not for us. `detail` says which."),
    "too-deep": (400, "The JSON is nested too deep. Nothing here needs more than a few levels."),
    "sign-in-needed": (401, "Nobody knows who calls: the session is over, or the token is wrong, old or revoked."),
    "bad-credentials": (401, "This name and password do not go together. It is the same for a name that nobody has."),
    "bad-link": (401, "A sign-in link works once, for a quarter of an hour. Have a new one made."),
    "bad-code": (
        401,
        "A code of the second factor is good once, for a minute and a half; a recovery code is good once.",
    ),
    "bad-passkey": (
        401,
        "The answer of the passkey does not count: nobody has it here, or its challenge is over or another browser's.",
    ),
    "second-factor-needed": (401, "Name and password are right, and a code of the second factor must come with them."),
    "forbidden": (403, "The caller is known and may not. `detail` names the role or the scope that may."),
    "refused-link": (
        403,
        "A signed link was changed, has expired, was withdrawn, or is for something or somebody else.",
    ),
    "csrf": (403, "A cookie came without the token that goes with it, so the request may be another site's."),
    "cross-site": (403, "A browser sent this from a page that is not ours."),
    "not-found": (404, "There is nothing at this address, or nothing has this id any more."),
    "method-not-allowed": (405, "The address takes other methods; the header Allow lists them."),
    "too-slow": (408, "The body stalled for too long. Send it again."),
    "conflict": (409, "The thing is not in a state that allows this, or the name is taken."),
    "stale": (412, "It has changed since the caller read it: If-Match names another ETag than it has now."),
    "too-large": (413, "The body is larger than anything that is taken here."),
    "wrong-kind": (
        415,
        "The body is of a kind that the address does not read; the header Accept names the one it does.",
    ),
    "uploads-off": (409, "No virus scanner is set up, so nothing is taken in: NOLAPSE_CLAMD_URL."),
    "wrong-host": (421, "Nolapse answers to NOLAPSE_PUBLIC_URL and to this machine's own names alone."),
    "bad-values": (422, "Some values cannot be used. `errors`, where it is there, names each and says why."),
    "not-taken": (422, "The file is not one that is taken in: `detail` says what is wrong with it."),
    "key-reused": (422, "This Idempotency-Key came with another request before. Each request takes a key of its own."),
    "too-many-tries": (429, "Wait as long as Retry-After says, in seconds."),
    "too-many-requests": (
        429,
        "More was asked for than the settings allow one token, one session, or the strangers of one network.",
    ),
    "refused": (400, "The request was refused; `detail` says why."),
    "bug": (500, "A mistake of ours. It is in the log under the word that `detail` gives."),
    "unavailable": (503, "Something that Nolapse needs does not answer now. Try again after Retry-After, in seconds."),
}
"""Each kind with its status and its meaning; ``/problems/<kind>`` shows it."""

Found = TypeVar("Found")
P = ParamSpec("P")


class Problem(HTTPException):
    """Raised to end a request with this answer. ``kind`` is a stable word for programs: ``/problems/<kind>``."""

    def __init__(
        self,
        status: int,
        kind: ProblemKind,
        detail: str,
        *,
        headers: Mapping[str, str] | None = None,
        errors: Sequence[Mapping[str, str]] = (),
    ) -> None:
        super().__init__(status, detail[:_LONGEST_DETAIL], dict(headers or {}))
        self.kind: ProblemKind = kind
        self.title = HTTPStatus(status).phrase
        self.errors: Sequence[Mapping[str, str]] = list(errors)

    def body(self) -> dict[str, Any]:
        """Return the problem as RFC 9457 writes it."""
        body: dict[str, Any] = {
            "type": f"/problems/{self.kind}",
            "title": self.title,
            "status": self.status_code,
            "detail": self.detail,
        }
        return {**body, "errors": self.errors} if self.errors else body


Renderer = Callable[[Request, Problem], Response]
"""Makes a page of a problem; the page then gets the problem's status and headers."""

FormRenderer = Callable[[Request, Problem], Awaitable[Response | None]]
"""Shows the form again that led to a problem; returns None where there is no form to show."""


def existing(read: Callable[Concatenate[int, P], Found], number: int, *args: P.args, **options: P.kwargs) -> Found:
    """Return what ``read`` finds under an id. Raises ``Problem`` 404 where it raises ``LookupError``.

    Pass ``within=who.within`` for what is a client's: a caller who is limited then gets 404 for other clients' things.
    """
    try:
        return read(number, *args, **options)
    except (KeyError, IndexError):  # a mistake of ours, not a missing row
        raise
    except LookupError as error:
        raise Problem(404, "not-found", str(error)) from None


@contextlib.contextmanager
def at_field(name: str) -> Generator[None]:
    """Name this field of the body in a ``Problem`` raised within, unless the problem names fields itself."""
    try:
        yield
    except Problem as problem:
        problem.errors = problem.errors or [{"at": f"body.{name}", "message": problem.detail}]
        raise


def forbidden(detail: str) -> Problem:
    """Return the problem of a caller who lacks a permission."""
    return Problem(403, "forbidden", detail)


def sign_in_needed() -> Problem:
    """Return the problem of a caller who is not signed in and shows no token."""
    return Problem(
        401,
        "sign-in-needed",
        "Sign in at /sign-in, or send an API token as `Authorization: Bearer nlp_...` (`nolapse token add` makes one)",
        headers={"WWW-Authenticate": 'Bearer realm="nolapse"'},
    )


def second_factor_needed(*, enrols: bool) -> Problem:
    """Return the problem of a right password without the code that must come with it."""
    how = "set your second factor up at /sign-in first" if enrols else "send the code of your second factor as `code`"
    return Problem(401, "second-factor-needed", f"Name and password are right, and not enough: {how}")


def unavailable(what: str, *, retry_after_s: int = 5) -> Problem:
    """Return the problem of a service that does not answer now."""
    return Problem(
        503, "unavailable", f"{what} does not answer now; try again soon", headers={"Retry-After": str(retry_after_s)}
    )


def wants_page(request: Request) -> bool:
    """Tell whether a browser asked for a page."""
    return "text/html" in request.headers.get("accept", "") and not request.url.path.startswith("/api/")


def answer(request: Request, problem: Problem) -> Response:
    """Return a problem in the form that the caller reads."""
    render: Renderer | None = getattr(request.app.state, "render_problem", None)
    if wants_page(request):
        if problem.kind == "sign-in-needed":
            return RedirectResponse(f"/sign-in?next={_return_path(request)}", status_code=303)
        if render is not None:
            page = render(request, problem)
            page.status_code = problem.status_code
            page.headers.update(problem.headers or {})
            return page
    # In ASCII, because a quoted value of the request may hold half a surrogate pair, which UTF-8 cannot write.
    return Response(json.dumps(problem.body()), problem.status_code, problem.headers, MEDIA_TYPE)


def _return_path(request: Request) -> str:
    """Return the path to come back to after signing in, quoted: this page for a GET, or else the start page."""
    if request.method != "GET":
        return "%2F"
    query = f"?{request.url.query}" if request.url.query else ""
    return quote(f"{request.url.path}{query}", safe="")
