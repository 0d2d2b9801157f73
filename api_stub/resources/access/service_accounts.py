"""Service accounts: programs that hold API tokens, have a role and a limit like a person, and never sign in."""

from dataclasses import asdict

from pydantic import BaseModel, Field

from api_stub import problems
from api_stub.fields import Id, RequestBody
from api_stub.problems import Problem
from api_stub.resources.access.account import MadeToken, NewToken, OwnToken, TokenClients
from api_stub.resources.access.users import NewName
from api_stub.routes import router
from api_stub.security import own_account, permissions
from api_stub.security.principal import Caller, Principal
from db import connection
from db.access import api_tokens, audit, users
from rules.access import Role

routes = router(tags=["users"])


class NewServiceAccount(RequestBody, extra="forbid"):
    """A program to add."""

    name: NewName = Field(examples=["deploy"])
    role: Role = Field(Role.VIEWER, examples=["operator"])
    clients: TokenClients | None = Field(None, description="Limits it to these clients; null: not limited")


class ServiceAccount(BaseModel):
    """A program with its tokens that hold. ``disabled`` ones may do nothing."""

    id: int = Field(examples=[5])
    name: str = Field(examples=["deploy"])
    role: Role = Field(examples=["operator"])
    disabled: bool
    clients: list[str] | None = Field(description="Null: not limited", examples=[["Bakery"]])
    tokens: list[OwnToken]


@routes.get("/api/service-accounts")
def list_service_accounts(_who: Caller) -> list[ServiceAccount]:
    """List the programs, by name."""
    return listed()


@routes.post("/api/service-accounts", status_code=201)
def add_service_account(who: Caller, given: NewServiceAccount) -> ServiceAccount:
    """Add a program. It can do nothing until it has a token."""
    return _account(users.get(added(who, given)))


@routes.delete("/api/service-accounts/{user_id}", status_code=204)
def disable_service_account(who: Caller, user_id: Id) -> None:
    """Keep a program out from now on: its tokens end at once."""
    disabled(who, user_id)


@routes.post("/api/service-accounts/{user_id}/tokens", status_code=201)
def add_service_token(who: Caller, user_id: Id, given: NewToken) -> MadeToken:
    """Make an API token for a program. It is shown this once."""
    scopes = sorted(set(given.scopes))
    owner = managed(who, user_id)
    token = own_account.token_for(who, owner, given.name, scopes=scopes, days=given.days, client_ids=given.clients)
    return MadeToken(token=token, scopes=scopes)


@routes.delete("/api/service-accounts/{user_id}/tokens/{token_id}", status_code=204)
def revoke_service_token(who: Caller, user_id: Id, token_id: Id) -> None:
    """End an API token of a program now."""
    revoked(who, user_id, token_id)


def listed() -> list[ServiceAccount]:
    """Return the programs, by name."""
    return [_account(one) for one in users.all_() if one.service]


def added(who: Principal, given: NewServiceAccount) -> int:
    """Add a program on a person's behalf and return its id. Raises ``Problem`` 403, 404, 409."""
    permissions.require_manages(who, given.role)
    try:
        with connection.transaction():
            user_id = users.add_service(given.name, given.role)
            if given.clients is not None:
                with problems.at_field("clients"):
                    problems.existing(users.limit_to_clients, user_id, given.clients)
            account = {"role": given.role, "clients": given.clients}
            audit.add(who.actor, "service account add", f"user {users.get(user_id).name}", account, after=account)
    except users.NameTaken as error:
        raise Problem(409, "conflict", str(error), errors=[{"at": "body.name", "message": str(error)}]) from None
    return user_id


def managed(who: Principal, user_id: int) -> users.User:
    """Return a program that may get tokens. Raises ``Problem`` 403, 404, 409."""
    account = permissions.require_manages_user(who, problems.existing(_service, user_id))
    if account.disabled_at is not None:
        raise Problem(409, "conflict", f"{account.name} is disabled")
    return account


def disabled(who: Principal, user_id: int) -> None:
    """Disable a program on a person's behalf. Raises ``Problem`` 403, 404."""
    account = permissions.require_manages_user(who, problems.existing(_service, user_id))
    with connection.transaction():
        users.disable(account.id)
        audit.add(who.actor, "user disable", f"user {account.name}", {})


def revoked(who: Principal, user_id: int, token_id: int) -> None:
    """End a program's token on a person's behalf. Raises ``Problem`` 403, 404."""
    account = permissions.require_manages_user(who, problems.existing(_service, user_id))
    with connection.transaction():
        problems.existing(api_tokens.revoke, token_id, user_id=account.id)
        audit.add(who.actor, "token revoke", f"token {token_id}", {"user": account.name})


def _service(user_id: int) -> users.User:
    user = users.get(user_id)
    if not user.service:
        raise LookupError(f"no service account has the id {user_id}")
    return user


def _account(user: users.User) -> ServiceAccount:
    limit = users.limits().get(user.id)
    return ServiceAccount(
        id=user.id,
        name=user.name,
        role=user.role,
        disabled=user.disabled_at is not None,
        clients=None if limit is None else list(limit),
        tokens=[OwnToken.model_validate(asdict(one)) for one in api_tokens.of_user(user.id)],
    )
