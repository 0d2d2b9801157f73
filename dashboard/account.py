"""One's own account: where one is signed in, the password, the tokens; and the page that asks before signing out."""

from typing import Annotated

from fastapi import APIRouter, Form, Response
from starlette.requests import Request

from api_stub import routes
from api_stub.fields import Id
from api_stub.problems import Problem
from api_stub.resources.account import TokenDays, TokenName
from api_stub.security import own_account, sessions, tokens
from api_stub.security.passwords import LONGEST, SHORTEST
from api_stub.security.principal import Caller
from dashboard import flash, render
from db.access import users
from rules.access import Scope

pages: APIRouter = routes.router(include_in_schema=False)

_PASSWORD = Annotated[str, Form(max_length=LONGEST)]


@pages.get("/sign-out")
def sign_out(request: Request) -> Response:
    """Ask before signing out."""
    return render.page(request, "sign_out.html")


@pages.get("/account")
def account(request: Request, who: Caller) -> Response:
    """Show one's own account."""
    return _page(request, who)


def _page(request: Request, who: Caller, *, token: str | None = None) -> Response:
    return render.page(
        request,
        "account.html",
        sessions=own_account.signed_in(who),
        tokens=own_account.own_tokens(who),
        has_password=users.get(who.user_id).password is not None,
        made_token=token,
        scopes=list(Scope),
        shortest=SHORTEST,
        longest=LONGEST,
        default_days=tokens.DEFAULT_DAYS,
    )


@pages.post("/account/sessions/{session_id}/end")
def end_session(who: Caller, session_id: Id) -> Response:
    """Sign out of one browser."""
    own_account.end_session(who, session_id)
    return flash.back("/account", "That browser is signed out.")


@pages.post("/account/other-sessions/end")
def end_other_sessions(who: Caller) -> Response:
    """Sign out everywhere else."""
    ended = own_account.end_other_sessions(who)
    return flash.back("/account", f"Signed out of {ended} other browser{'' if ended == 1 else 's'}.")


@pages.post("/account/password")
def change_password(
    request: Request, who: Caller, new: Annotated[_PASSWORD, Form(min_length=1)], current: _PASSWORD = ""
) -> Response:
    """Change one's password; what is wrong with it is said on the same page."""
    try:
        cookie = own_account.change_password(
            who, current=current, new=new, address=routes.address(request), device=routes.device(request)
        )
    except Problem as problem:
        return flash.back("/account", f"Nothing was changed: {problem.detail}.")
    response = flash.back("/account", "Your password is changed, and you are signed out everywhere else.")
    sessions.set_cookie(response, cookie)
    return response


@pages.post("/account/tokens")
def add_token(
    request: Request,
    who: Caller,
    name: Annotated[TokenName, Form()],
    scope: Annotated[list[Scope], Form(min_length=1, max_length=len(Scope))],
    days: Annotated[TokenDays, Form()] = tokens.DEFAULT_DAYS,
) -> Response:
    """Make an API token and show it: this once, so there is no address to come back to."""
    token = own_account.add_token(who, name, scopes=sorted(set(scope)), days=days)
    return _page(request, who, token=token)


@pages.post("/account/tokens/{token_id}/revoke")
def revoke_token(who: Caller, token_id: Id) -> Response:
    """End one of one's API tokens."""
    own_account.revoke_token(who, token_id)
    return flash.back("/account", "That token is revoked.")
