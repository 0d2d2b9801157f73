"""Service accounts: programs and their API tokens, for those who manage people."""

from typing import Annotated

from fastapi import APIRouter, Form, Response
from starlette.requests import Request

from api_stub import routes
from api_stub.fields import Id
from api_stub.resources.access import service_accounts as resource
from api_stub.resources.access.account import TokenDays, TokenName
from api_stub.resources.access.users import NewName
from api_stub.security import api_tokens, own_account
from api_stub.security.principal import Caller
from dashboard.rendering import fields, flash_messages, render
from rules.access import Role, Scope
from wording.messages import _

pages: APIRouter = routes.router(include_in_schema=False)

_WHERE = "/service-accounts"


@pages.get(_WHERE)
def listed(request: Request, who: Caller) -> Response:
    """List the programs and their tokens."""
    return _page(request, who)


@pages.post(_WHERE)
def add(
    who: Caller,
    name: Annotated[NewName, Form()],
    role: Annotated[Role, Form()],
    clients: fields.ClientNumbers = "",
) -> Response:
    """Add a program."""
    given = resource.NewServiceAccount(name=name, role=role, clients=fields.client_numbers(clients))
    resource.added(who, given)
    return flash_messages.redirect(_WHERE, _("{name} is added. Make it a token.", name=name))


@pages.post(_WHERE + "/{user_id}/disable")
def disable(who: Caller, user_id: Id) -> Response:
    """Keep a program out."""
    resource.disabled(who, user_id)
    return flash_messages.redirect(_WHERE, _("It is disabled, and its tokens have ended."))


@pages.post(_WHERE + "/{user_id}/tokens")
def add_token(
    request: Request,
    who: Caller,
    user_id: Id,
    *,
    name: Annotated[TokenName, Form()],
    scope: Annotated[list[Scope], Form(min_length=1, max_length=len(Scope))],
    days: Annotated[TokenDays, Form()] = api_tokens.DEFAULT_DAYS,
    clients: fields.ClientNumbers = "",
) -> Response:
    """Make a program a token and show it: this once, so there is no address to come back to."""
    owner = resource.managed(who, user_id)
    numbers = fields.client_numbers(clients)
    token = own_account.token_for(who, owner, name, scopes=sorted(set(scope)), days=days, client_ids=numbers)
    return _page(request, who, token=token)


@pages.post(_WHERE + "/{user_id}/tokens/{token_id}/revoke")
def revoke_token(who: Caller, user_id: Id, token_id: Id) -> Response:
    """End a token of a program."""
    resource.revoked(who, user_id, token_id)
    return flash_messages.redirect(_WHERE, _("That token is revoked."))


def _page(request: Request, who: Caller, *, token: str = "") -> Response:
    return render.page(
        request,
        "access/service_accounts.html",
        accounts=resource.listed(),
        roles=[one for one in Role if who.role.manages(one)],
        scopes=list(Scope),
        default_days=api_tokens.DEFAULT_DAYS,
        token=token,
    )
