"""The first run: the page that makes the first owner, and the first steps after it: mail, import, first check."""

from typing import Annotated

from fastapi import APIRouter, Form, Path, Response
from starlette.requests import Request
from starlette.responses import RedirectResponse

from api_stub import routes
from api_stub.fields import IdFilter
from api_stub.problems import Problem
from api_stub.resources.access.sign_in import Password, admitted, give_session
from api_stub.resources.access.users import Email, NewName
from api_stub.security import first_owner, origins
from api_stub.security.first_owner import Newcomer
from api_stub.security.passwords import LONGEST, SHORTEST
from api_stub.security.principal import Caller
from dashboard.portfolio import imports, requested_checks
from dashboard.portfolio.imports import HandedIn
from dashboard.rendering import fields, flash_messages, render
from dashboard.today import first_steps
from db import connection
from db.access import audit, users
from db.portfolio import domain_lists
from tasks.mail import trial
from wording import mail_words
from wording.messages import _

pages: APIRouter = routes.router(include_in_schema=False)

_Token = Annotated[str, Path(max_length=64)]
_SHOWN_DOMAINS = 5
_STEPS = "/first-steps"


@pages.get("/first-owner/{token}")
def welcome(request: Request, token: _Token) -> Response:
    """Ask who the first owner is. Opening the link uses nothing up."""
    return _welcome(request, token)


def _welcome(request: Request, token: str, problem: Problem | None = None, **given: str) -> Response:
    first_owner.require(token)
    page = render.page(
        request,
        "access/first_owner.html",
        problem=problem,
        token=token,
        given=given,
        shortest=SHORTEST,
        longest=LONGEST,
    )
    page.status_code = problem.status_code if problem else page.status_code
    return page


@pages.post("/first-owner/{token}")
def make_owner(
    request: Request,
    token: _Token,
    name: Annotated[NewName, Form()],
    email: Annotated[Email, Form()],
    password: Annotated[Password, Form()],
) -> Response:
    """Make the first owner, with a password, and lead on to the first steps."""
    try:
        how_far = first_owner.by_password(token, Newcomer(name, email, routes.visitor(request)), password)
    except Problem as problem:
        if problem.kind != "bad-values":
            raise
        return _welcome(request, token, problem, name=name, email=email)
    return admitted(request, how_far, to=_STEPS)


@pages.post("/first-owner/{token}/passkey")
def make_owner_by_passkey(
    request: Request,
    token: _Token,
    name: Annotated[NewName, Form()],
    email: Annotated[Email, Form()],
    credential: fields.Credential,
) -> Response:
    """Make the first owner, with a passkey, and show their recovery codes: this once."""
    who = Newcomer(name, email, routes.visitor(request))
    try:
        cookie, codes = first_owner.by_passkey(token, who, credential, origins.own_origin(request))
    except Problem as problem:
        if problem.kind != "bad-passkey":
            raise
        return _welcome(request, token, problem, name=name, email=email)
    page = render.page(request, "access/recovery_codes.html", next=_STEPS, codes=codes)
    give_session(request, page, cookie)
    return page


@pages.get(_STEPS)
def steps_page(request: Request, who: Caller, mail: IdFilter = None) -> Response:
    """Show the first steps, and what became of each."""
    return _steps(request, who, mail_id=mail)


@pages.post(f"{_STEPS}/mail")
def send_trial(who: Caller) -> Response:
    """Send a mail to oneself, the way all mails go."""
    user = users.get(who.user_id)
    if user.email is None:
        return flash_messages.redirect(_STEPS, _("Nothing was sent: you have no mail address (`nolapse user email`)."))
    with connection.transaction():
        mail_id = trial.post(user)
        audit.add(who.actor, "trial mail", f"mail {mail_id}", {})
    return RedirectResponse(f"{_STEPS}?mail={mail_id}", status_code=303)


@pages.post(f"{_STEPS}/import")
def import_portfolio(
    request: Request,
    who: Caller,
    *,
    text: imports.Text = "",
    file: imports.Chosen = None,
    sure: imports.Sure = False,
) -> Response:
    """Say what an import would do; once its reader is sure, do it."""
    handed = imports.handed_in(text, file)
    if not sure or not handed.usable:
        return _steps(request, who, handed=handed)
    return flash_messages.redirect(_STEPS, imports.carried_out(who, handed, source="first steps"))


@pages.post(f"{_STEPS}/check")
def check(who: Caller) -> Response:
    """Have every domain checked, and lead to where that is watched."""
    enqueued = requested_checks.request(who, "domains.check_all")
    return flash_messages.redirect(
        f"/runs/{enqueued.run_id or ''}", _("Every domain is looked at; this page follows it.")
    )


def _steps(
    request: Request,
    who: Caller,
    *,
    mail_id: int | None = None,
    handed: HandedIn | None = None,
) -> Response:
    user = users.get(who.user_id)
    return render.page(
        request,
        "access/first_steps.html",
        steps=first_steps.of(who),
        mail_states=mail_words.STATES,
        email=user.email,
        sent=trial.outcome(mail_id, user) if mail_id else None,
        **(handed or HandedIn()).context(),
        domains=domain_lists.LIST.page("-id", size=_SHOWN_DOMAINS).rows,
    )
