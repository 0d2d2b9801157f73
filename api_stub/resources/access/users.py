"""People who may sign in, for owners and admins: who they are, and what they may."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, cast

from pydantic import AfterValidator, BaseModel, Field

from api_stub import lists, problems
from api_stub.fields import Id, IdField, Language, Next, RequestBody, TextLine
from api_stub.resources.access.account import AskedTokens, OwnTokens, token_page
from api_stub.routes import router
from api_stub.security import mailed_links, people, second_factor
from api_stub.security.principal import Caller
from db import connection
from db.access import passkeys, second_factors, users
from rules.access import Role
from rules.translatable import TranslatableError

routes = router(tags=["users"])

_LONGEST_NAME = 100


def _address(text: str) -> str:
    if not 0 < text.find("@") < len(text) - 1 or any(one.isspace() for one in text):
        raise TranslatableError("is no mail address; write it as name@example.com")
    return text


def _name(text: str) -> str:
    if not text.strip():
        raise TranslatableError("must not be empty")
    return text


Email = Annotated[
    TextLine, Field(min_length=3, max_length=254, examples=["ada@agency.example"]), AfterValidator(_address)
]
NewName = Annotated[TextLine, Field(min_length=1, max_length=_LONGEST_NAME, examples=["ada"]), AfterValidator(_name)]


class Invitation(RequestBody, extra="forbid"):
    """A person to invite by mail. They choose their password themselves."""

    name: NewName
    email: Email
    role: Role = Field(Role.VIEWER, examples=["operator"])
    language: Language = Field("en", description="Of mails to them")


class User(BaseModel):
    """A person who may sign in, or a program that holds tokens."""

    id: int = Field(examples=[3])
    name: str = Field(examples=["ada"])
    full_name: str = Field(examples=["Ada Byron"])
    role: Role = Field(examples=["operator"])
    email: str | None = Field(examples=["ada@agency.example"])
    language: Language
    zone: str = Field(examples=["Europe/Berlin"])
    has_password: bool
    second_factor: bool = Field(description="Whether codes of an app count for them")
    passkeys: int = Field(description="How many they have", examples=[1])
    factor_required: bool = Field(description="Whether a second factor is asked of them, whatever their role")
    clients: list[str] | None = Field(
        description="The clients to which they are limited; null: not limited", examples=[["Bakery"]]
    )
    service: bool = Field(description="Whether it is a program, which never signs in")
    created_at: datetime
    disabled_at: datetime | None


class UserChange(RequestBody, extra="forbid"):
    """What is to be different. A role or a limit that changes ends their sessions."""

    role: Role | None = Field(None, examples=["viewer"])
    factor_required: bool | None = None
    client_ids: list[IdField] | None = Field(
        None, max_length=1000, description="Limit them to these clients; null: to none", examples=[[1]]
    )


class Users(BaseModel):
    """A page of people and programs."""

    users: list[User]
    next: Next


Asked = Annotated[
    lists.ListQuery,
    lists.asked(users.LIST.filters, "role", "service", "disabled", "name", sorts=("id", "name"), sort="name"),
]


@routes.get("/api/users")
def list_users(_who: Caller, asked: Asked) -> Users:
    """List who may sign in, by name."""
    page = asked.page(users.LIST)
    return Users(users=_documents(page.rows), next=lists.next_(page))


def listed() -> list[User]:
    """Return all users as those who manage people see them."""
    return _documents(users.all_())


def _documents(found: Sequence[users.User]) -> list[User]:
    facts = _UserFacts(second_factors.confirmed_users(), passkeys.counts(), users.limits())
    return [_user(one, facts) for one in found]


def read(user_id: int) -> User:
    """Return a user as those who manage people see them. Raises ``Problem`` 404."""
    user = problems.existing(users.get, user_id)
    apps = {user_id} if second_factor.has_app(user_id) else set[int]()
    return _user(user, _UserFacts(apps, passkeys.counts(user_id), users.limits()))


@dataclass(frozen=True, slots=True)
class _UserFacts:
    """Facts by user: an app that makes codes, the number of passkeys, and the clients to which they are limited."""

    apps: set[int]
    passkeys: dict[int, int]
    limits: dict[int, tuple[str, ...]]


def _user(user: users.User, facts: _UserFacts) -> User:
    clients = facts.limits.get(user.id)
    return User(
        id=user.id,
        name=user.name,
        full_name=user.full_name,
        role=user.role,
        email=user.email,
        language=cast("Language", user.language),
        zone=user.zone,
        has_password=user.password is not None,
        second_factor=user.id in facts.apps,
        passkeys=facts.passkeys.get(user.id, 0),
        factor_required=user.factor_required,
        clients=None if clients is None else list(clients),
        service=user.service,
        created_at=user.created_at,
        disabled_at=user.disabled_at,
    )


@routes.post("/api/users/invite", status_code=201)
def invite(who: Caller, given: Invitation) -> User:
    """Add a person and mail them a link with which they choose their password, within a week."""
    user_id = mailed_links.invite(who, given.name, given.email, given.role, given.language)
    return read(user_id)


@routes.post("/api/users/{user_id}/invite", status_code=202)
def invite_again(who: Caller, user_id: Id) -> User:
    """Mail the invitation again to somebody who has not accepted it yet. The link of before ends."""
    mailed_links.invite_again(who, user_id)
    return read(user_id)


@routes.get("/api/users/{user_id}")
def read_user(_who: Caller, user_id: Id) -> User:
    """Read who somebody is here."""
    return read(user_id)


@routes.patch("/api/users/{user_id}")
def change_user(who: Caller, user_id: Id, given: UserChange) -> User:
    """Change a person's role, limit, or whether a second factor is asked of them. The last owner stays one."""
    with connection.transaction():
        people.managed(who, user_id)
        if given.role is not None:
            people.set_role(who, user_id, given.role)
        if "client_ids" in given.model_fields_set:
            people.limit_to_clients(who, user_id, given.client_ids)
        if given.factor_required is not None:
            people.require_factor(who, user_id, required=given.factor_required)
    return read(user_id)


@routes.post("/api/users/{user_id}/disable", status_code=204)
def disable_user(who: Caller, user_id: Id) -> None:
    """Keep a person out from now on. Their sessions, links and tokens end. Not the last owner."""
    people.disable(who, user_id)


@routes.post("/api/users/{user_id}/enable", status_code=204)
def enable_user(who: Caller, user_id: Id) -> None:
    """Let a person sign in again. Sessions, links and tokens that ended stay so."""
    people.enable(who, user_id)


@routes.delete("/api/users/{user_id}/sessions", status_code=204)
def end_sessions(who: Caller, user_id: Id) -> None:
    """Sign a person out everywhere."""
    people.end_sessions(who, user_id)


@routes.get("/api/users/{user_id}/tokens")
def list_tokens_of_user(who: Caller, user_id: Id, asked: AskedTokens) -> OwnTokens:
    """List a person's API tokens that hold, the newest first; with `holds=false` those that are over."""
    return token_page(people.managed(who, user_id).id, asked)


@routes.delete("/api/users/{user_id}/tokens/{token_id}", status_code=204)
def revoke_token_of_user(who: Caller, user_id: Id, token_id: Id) -> None:
    """End an API token of a person now."""
    people.revoke_token(who, user_id, token_id)


@routes.delete("/api/users/{user_id}/second-factor", status_code=204)
def reset_second_factor(who: Caller, user_id: Id) -> None:
    """Take the app and the passkeys of somebody away who has lost them. Their sessions end."""
    people.reset_second_factor(who, user_id)
