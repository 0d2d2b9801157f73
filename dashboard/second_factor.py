"""Between the password and the session: the pages that ask for a second factor, or have one set up."""

from typing import Annotated

from fastapi import APIRouter, Form, Query, Response
from starlette.requests import Request

from api_stub import routes
from api_stub.problems import Problem
from api_stub.resources.sign_in import Code, admitted, give_session
from api_stub.security import admission, origins, second_factor
from api_stub.security.admission import PENDING_COOKIE
from dashboard import account, fields, render
from db.access import users

pages: APIRouter = routes.router(include_in_schema=False)

_Next = Annotated[str, Query(max_length=2000)]


@pages.get("/second-factor")
def ask(request: Request, next: _Next = "/") -> Response:  # noqa: A002 - as in the address
    """Ask for the code."""
    admission.pending(request.cookies.get(PENDING_COOKIE))
    return _ask(request, next)


def _ask(request: Request, to: str, problem: Problem | None = None) -> Response:
    return _with_status(
        render.page(request, "access/second_factor.html", next=origins.own_path(to), problem=problem), problem
    )


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
    page = render.page(request, "access/recovery_codes.html", next=origins.own_path(next), codes=codes)
    give_session(request, page, how_far.session or "")
    return page
