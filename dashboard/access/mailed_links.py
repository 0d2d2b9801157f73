"""Pages behind mailed links, and the forms that ask for one. Opening a link does nothing: its form does."""

from typing import Annotated

from fastapi import APIRouter, Form, Path, Response
from starlette.requests import Request

from api_stub import routes
from api_stub.problems import Problem
from api_stub.resources.access.sign_in import Password, admitted
from api_stub.resources.access.users import Email
from api_stub.security import mailed_links
from api_stub.security.passwords import LONGEST, SHORTEST
from dashboard.rendering import flash_messages, render
from db.access.mailed_links import LinkPurpose
from wording.messages import N_, _

pages: APIRouter = routes.router(include_in_schema=False)

_Token = Annotated[str, Path(max_length=64)]
_ON_ITS_WAY = N_("If somebody has this address, a mail is on its way to it.")


@pages.post("/sign-in/mail")
def request_sign_in(request: Request, email: Annotated[Email, Form()]) -> Response:
    """Have a link to sign in mailed."""
    mailed_links.request(email, LinkPurpose.SIGN_IN, routes.visitor(request))
    return flash_messages.redirect("/sign-in", _(_ON_ITS_WAY))


@pages.get("/sign-in/mailed/{token}")
def sign_in_page(request: Request, token: _Token) -> Response:
    """Ask whether to sign in: programs that fetch the links of mails must not use them up."""
    user = mailed_links.require(token, LinkPurpose.SIGN_IN)
    return render.page(request, "access/mailed_sign_in.html", name=user.name)


@pages.post("/sign-in/mailed/{token}")
def sign_in(request: Request, token: _Token) -> Response:
    """Use the link up and sign in."""
    return admitted(request, mailed_links.sign_in(token, routes.visitor(request)), to="/")


@pages.get("/reset")
def forgot(request: Request) -> Response:
    """Ask for the address of somebody who forgot their password."""
    return render.page(request, "access/reset.html")


@pages.post("/reset")
def request_reset(request: Request, email: Annotated[Email, Form()]) -> Response:
    """Have a link to another password mailed."""
    mailed_links.request(email, LinkPurpose.RESET, routes.visitor(request))
    return flash_messages.redirect("/sign-in", _(_ON_ITS_WAY))


@pages.get("/reset/{token}")
def reset_page(request: Request, token: _Token) -> Response:
    """Ask for the new password."""
    return _password_page(request, token, LinkPurpose.RESET)


@pages.post("/reset/{token}")
def reset(request: Request, token: _Token, new: Annotated[Password, Form()]) -> Response:
    """Take the new password."""
    return _set(request, token, LinkPurpose.RESET, new)


@pages.get("/invitation/{token}")
def invitation_page(request: Request, token: _Token) -> Response:
    """Ask for the first password."""
    return _password_page(request, token, LinkPurpose.INVITATION)


@pages.post("/invitation/{token}")
def accept(request: Request, token: _Token, new: Annotated[Password, Form()]) -> Response:
    """Take the first password."""
    return _set(request, token, LinkPurpose.INVITATION, new)


def _set(request: Request, token: str, purpose: LinkPurpose, new: str) -> Response:
    try:
        mailed_links.set_password(token, purpose, new)
    except Problem as problem:
        if problem.kind != "bad-values":
            raise
        page = _password_page(request, token, purpose, problem)
        page.status_code = problem.status_code
        return page
    return flash_messages.redirect("/sign-in", _("Your password is set. Sign in with it."))


def _password_page(request: Request, token: str, purpose: LinkPurpose, problem: Problem | None = None) -> Response:
    user = mailed_links.require(token, purpose)
    return render.page(
        request,
        "access/choose_password.html",
        name=user.name,
        invited=purpose is LinkPurpose.INVITATION,
        problem=problem,
        shortest=SHORTEST,
        longest=LONGEST,
    )
