"""Between the password and the session: the pages that ask for a second factor, or have one set up."""

from typing import Annotated

from fastapi import APIRouter, Form, Query, Response
from starlette.requests import Request

from api_stub import routes
from api_stub.problems import Problem
from api_stub.resources.access.passkeys import PasskeyName
from api_stub.resources.access.sign_in import Code, admitted, give_session
from api_stub.security import admission, origins, second_factor
from api_stub.security.admission import PENDING_COOKIE, Admission
from dashboard.access import account
from dashboard.rendering import fields, render
from dashboard.rendering.fields import Credential
from db.access import passkeys, users

pages: APIRouter = routes.router(include_in_schema=False)

_Next = Annotated[str, Query(max_length=2000)]


@pages.get("/second-factor")
def ask(request: Request, next: _Next = "/") -> Response:  # noqa: A002 - as in the address
    """Ask for the code."""
    return _ask(request, next)


def _ask(request: Request, to: str, problem: Problem | None = None) -> Response:
    waiting = admission.pending(request.cookies.get(PENDING_COOKIE))
    page = render.page(
        request,
        "access/second_factor.html",
        next=origins.own_path(to),
        problem=problem,
        has_app=second_factor.has_app(waiting.user_id),
        has_passkeys=bool(passkeys.of_user(waiting.user_id)),
    )
    return _with_status(page, problem)


def _with_status(page: Response, problem: Problem | None) -> Response:
    page.status_code = problem.status_code if problem else page.status_code
    return page


@pages.post("/second-factor")
def answer(request: Request, code: Annotated[Code, Form()], next: fields.Next = "/") -> Response:  # noqa: A002 - as in the form
    """Take the code and sign in; a wrong one is asked for again."""
    try:
        how_far = admission.by_code(request.cookies.get(PENDING_COOKIE), code, routes.visitor(request))
    except Problem as problem:
        if problem.kind != "bad-code":
            raise
        return _ask(request, next, problem)
    return admitted(request, how_far, to=origins.own_path(next))


@pages.post("/second-factor/passkey")
def answer_by_passkey(request: Request, credential: Credential, next: fields.Next = "/") -> Response:  # noqa: A002 - as in the form
    """Take the answer of a passkey and sign in; one that does not count is asked for again."""
    cookie, origin = request.cookies.get(PENDING_COOKIE), origins.own_origin(request)
    try:
        how_far = admission.by_passkey_as_factor(cookie, credential, origin, routes.visitor(request))
    except Problem as problem:
        if problem.kind != "bad-passkey":
            raise
        return _ask(request, next, problem)
    return admitted(request, how_far, to=origins.own_path(next))


@pages.get("/second-factor/set-up")
def set_up(request: Request, next: _Next = "/") -> Response:  # noqa: A002 - as in the address
    """Show what is to be put into the app."""
    return _set_up(request, next)


def _set_up(request: Request, to: str, problem: Problem | None = None) -> Response:
    waiting = admission.pending(request.cookies.get(PENDING_COOKIE))
    uri = second_factor.proposed_uri(users.get(waiting.user_id))
    page = render.page(
        request, "access/second_factor_set_up.html", next=origins.own_path(to), **account.factor_fields(uri, problem)
    )
    return _with_status(page, problem)


@pages.post("/second-factor/set-up")
def confirm(request: Request, code: Annotated[Code, Form()], next: fields.Next = "/") -> Response:  # noqa: A002 - as in the form
    """Take the first code, sign in, and show the recovery codes: this once."""
    try:
        how_far, codes = admission.by_enrolment(request.cookies.get(PENDING_COOKIE), code, routes.visitor(request))
    except Problem as problem:
        if problem.kind != "bad-code":
            raise
        return _set_up(request, next, problem)
    return _recovery_codes(request, next, how_far, codes)


@pages.post("/second-factor/set-up/passkey")
def confirm_by_passkey(
    request: Request,
    credential: Credential,
    name: Annotated[PasskeyName, Form()],
    next: fields.Next = "/",  # noqa: A002 - as in the form
) -> Response:
    """Take the first passkey, sign in, and show the recovery codes: this once."""
    cookie, origin = request.cookies.get(PENDING_COOKIE), origins.own_origin(request)
    try:
        how_far, codes = admission.by_passkey_enrolment(cookie, credential, name, origin, routes.visitor(request))
    except Problem as problem:
        if problem.kind != "bad-passkey":
            raise
        return _set_up(request, next, problem)
    return _recovery_codes(request, next, how_far, codes)


def _recovery_codes(request: Request, to: str, how_far: Admission, codes: list[str]) -> Response:
    page = render.page(request, "access/recovery_codes.html", next=origins.own_path(to), codes=codes)
    give_session(request, page, how_far.session or "")
    return page
