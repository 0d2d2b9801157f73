"""The first run: the page that makes the first owner, and the first steps after it: mail, import, first check."""

import io
from typing import Annotated

from fastapi import APIRouter, File, Form, Path, Response, UploadFile
from starlette.requests import Request
from starlette.responses import RedirectResponse

from api_stub import routes
from api_stub.fields import IdFilter
from api_stub.problems import Problem
from api_stub.resources.sign_in import Password, admitted, give_session
from api_stub.resources.users import Email, NewName
from api_stub.security import first_owner, origins
from api_stub.security.first_owner import Newcomer
from api_stub.security.passwords import LONGEST, SHORTEST
from api_stub.security.principal import Caller
from dashboard import fields, notices, render, requested_checks
from db import connection
from db.access import audit, users
from db.portfolio import domain_lists
from rules.portfolio import BadFile
from rules.portfolio_plan import Plan
from tasks import portfolio
from tasks.mail import trial
from wording import mail_words

pages: APIRouter = routes.router(include_in_schema=False)

_Token = Annotated[str, Path(max_length=64)]
_LONGEST_TEXT = 200_000
"""Characters of CSV in a form; the command line takes files of any size."""

_SHOWN_LINES = 50
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
def first_steps(request: Request, who: Caller, mail: IdFilter = None) -> Response:
    """Show the first steps, and what became of each."""
    return _steps(request, who, mail_id=mail)


@pages.post(f"{_STEPS}/mail")
def send_trial(who: Caller) -> Response:
    """Send a mail to oneself, the way all mails go."""
    user = users.get(who.user_id)
    if user.email is None:
        return notices.redirect(_STEPS, "Nothing was sent: you have no mail address (`nolapse user email`).")
    with connection.transaction():
        mail_id = trial.post(user)
        audit.add(who.actor, "trial mail", f"mail {mail_id}", {})
    return RedirectResponse(f"{_STEPS}?mail={mail_id}", status_code=303)


@pages.post(f"{_STEPS}/import")
def import_portfolio(
    request: Request,
    who: Caller,
    *,
    text: Annotated[str, Form(max_length=_LONGEST_TEXT)] = "",
    file: Annotated[UploadFile | None, File()] = None,
    sure: Annotated[bool, Form()] = False,
) -> Response:
    """Say what an import would do; once its reader is sure, do it."""
    try:
        lines = text or _read(file)
        plan = portfolio.planned(io.StringIO(lines, newline=""), update=False)
    except BadFile as error:
        return _steps(request, who, wrong=str(error), text=text)
    if not sure or plan.complaints:
        return _steps(request, who, plan=plan, text=lines)
    new = portfolio.carry_out(plan, by=who.actor, source="first steps")
    counts = ", ".join(f"{new[what]} {what}" for what in portfolio.COUNTED)
    return notices.redirect(_STEPS, f"New: {counts}. What is new is looked at now.")


def _read(file: UploadFile | None) -> str:
    try:
        return file.file.read().decode("utf-8-sig") if file is not None else ""
    except UnicodeDecodeError:
        raise BadFile("the file is not UTF-8: save it as CSV UTF-8") from None


@pages.post(f"{_STEPS}/check")
def check(who: Caller) -> Response:
    """Have every domain checked, and lead to where that is watched."""
    enqueued = requested_checks.request(who, "domains.check_all")
    return notices.redirect(f"/runs/{enqueued.run_id or ''}", "Every domain is looked at; this page follows it.")


def _steps(
    request: Request,
    who: Caller,
    *,
    mail_id: int | None = None,
    plan: Plan | None = None,
    text: str = "",
    wrong: str = "",
) -> Response:
    user = users.get(who.user_id)
    return render.page(
        request,
        "access/first_steps.html",
        mail_states=mail_words.STATES,
        email=user.email,
        sent=trial.outcome(mail_id, user) if mail_id else None,
        plan=plan,
        counts=portfolio.would_be_new(plan) if plan else None,
        counted=portfolio.COUNTED,
        shown=_SHOWN_LINES,
        text=text,
        wrong=wrong,
        longest=_LONGEST_TEXT,
        domains=domain_lists.LIST.page("-id", size=_SHOWN_DOMAINS).rows,
    )
