"""People who may sign in, for owners: who they are, and what helps somebody who has lost their second factor."""

from datetime import datetime

from pydantic import BaseModel, Field

from api_stub import problems
from api_stub.fields import Id
from api_stub.routes import router
from api_stub.security import second_factor
from api_stub.security.principal import Caller
from db.access import second_factors, users
from rules.access import Role

routes = router(tags=["users"])


class User(BaseModel):
    """A person who may sign in."""

    id: int = Field(examples=[3])
    name: str = Field(examples=["ada"])
    role: Role = Field(examples=["operator"])
    has_password: bool
    second_factor: bool = Field(description="Whether they have one")
    created_at: datetime
    disabled_at: datetime | None


@routes.get("/api/users")
def list_users(_who: Caller) -> list[User]:
    """List who may sign in, by name."""
    return listed()


def listed() -> list[User]:
    """Return everybody as owners see them."""
    confirmed = second_factors.confirmed_users()
    return [_user(one, confirmed=one.id in confirmed) for one in users.all_()]


def _user(user: users.User, *, confirmed: bool) -> User:
    return User.model_validate(
        {
            "id": user.id,
            "name": user.name,
            "role": user.role,
            "has_password": user.password is not None,
            "second_factor": confirmed,
            "created_at": user.created_at,
            "disabled_at": user.disabled_at,
        }
    )


@routes.delete("/api/users/{user_id}/second-factor", status_code=204)
def reset_second_factor(who: Caller, user_id: Id) -> None:
    """Take the second factor of somebody away who has lost it. Their sessions end."""
    problems.existing(lambda number: second_factor.reset(users.get(number), by=who.actor), user_id)
