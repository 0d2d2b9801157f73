"""People who may sign in, for owners: who they are, and what helps somebody who has lost their second factor."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, Field

from api_stub import problems
from api_stub.fields import Id, TextLine
from api_stub.routes import router
from api_stub.security import mailed_links, permissions, second_factor
from api_stub.security.principal import Caller
from db.access import second_factors, users
from rules.access import Role

routes = router(tags=["users"])

_LONGEST_NAME = 100


def _address(text: str) -> str:
    if not 0 < text.find("@") < len(text) - 1 or any(one.isspace() for one in text):
        raise ValueError("is no mail address; write it as name@example.com")
    return text


def _name(text: str) -> str:
    if not text.strip():
        raise ValueError("must not be empty")
    return text


Email = Annotated[
    TextLine, Field(min_length=3, max_length=254, examples=["ada@agency.example"]), AfterValidator(_address)
]
NewName = Annotated[TextLine, Field(min_length=1, max_length=_LONGEST_NAME, examples=["ada"]), AfterValidator(_name)]
Language = Literal["en", "de"]


class Invitation(BaseModel, extra="forbid"):
    """A person to invite by mail. They choose their password themselves."""

    name: NewName
    email: Email
    role: Role = Field(Role.VIEWER, examples=["operator"])
    language: Language = Field("en", description="Of mails to them")


class User(BaseModel):
    """A person who may sign in."""

    id: int = Field(examples=[3])
    name: str = Field(examples=["ada"])
    role: Role = Field(examples=["operator"])
    email: str | None = Field(examples=["ada@agency.example"])
    has_password: bool
    second_factor: bool = Field(description="Whether they have one")
    service: bool = Field(
        description="Whether it is a program, which holds tokens and never signs in", examples=[False]
    )
    clients: list[str] | None = Field(
        description="The clients to which they are limited; null: not limited", examples=[["Bakery"]]
    )
    created_at: datetime
    disabled_at: datetime | None


@routes.get("/api/users")
def list_users(_who: Caller) -> list[User]:
    """List who may sign in, by name."""
    return listed()


def listed() -> list[User]:
    """Return everybody as owners see them."""
    confirmed, limits = second_factors.confirmed_users(), users.limits()
    return [_user(one, confirmed=one.id in confirmed, clients=limits.get(one.id)) for one in users.all_()]


def _user(user: users.User, *, confirmed: bool, clients: Sequence[str] | None = None) -> User:
    return User.model_validate(
        {
            "id": user.id,
            "name": user.name,
            "role": user.role,
            "email": user.email,
            "has_password": user.password is not None,
            "second_factor": confirmed,
            "service": user.service,
            "clients": None if clients is None else list(clients),
            "created_at": user.created_at,
            "disabled_at": user.disabled_at,
        }
    )


@routes.post("/api/users/invite", status_code=201)
def invite(who: Caller, given: Invitation) -> User:
    """Add a person and mail them a link with which they choose their password, within a week."""
    user_id = mailed_links.invite(who, given.name, given.email, given.role, given.language)
    return _user(users.get(user_id), confirmed=False)


@routes.post("/api/users/{user_id}/invite", status_code=202)
def invite_again(who: Caller, user_id: Id) -> User:
    """Mail the invitation again to somebody who has not accepted it yet. The link of before ends."""
    problems.existing(lambda number: mailed_links.invite_again(who, number), user_id)
    return _user(users.get(user_id), confirmed=False, clients=users.limits().get(user_id))


@routes.delete("/api/users/{user_id}/second-factor", status_code=204)
def reset_second_factor(who: Caller, user_id: Id) -> None:
    """Take the second factor of somebody away who has lost it. Their sessions end."""
    user = permissions.require_manages_user(who, problems.existing(users.get, user_id))
    problems.existing(lambda _: second_factor.reset(user, by=who.actor), user_id)
