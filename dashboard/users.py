"""People who may sign in, for owners."""

from fastapi import APIRouter, Response
from starlette.requests import Request

from api_stub import problems, routes
from api_stub.fields import Id
from api_stub.resources import users as people
from api_stub.security import second_factor
from api_stub.security.principal import Caller
from dashboard import flash, render
from db.access import users

pages: APIRouter = routes.router(include_in_schema=False)


@pages.get("/users")
def listed(request: Request, _who: Caller) -> Response:
    """List who may sign in."""
    return render.page(request, "users.html", users=people.listed())


@pages.post("/users/{user_id}/second-factor/reset")
def reset_second_factor(who: Caller, user_id: Id) -> Response:
    """Take the second factor of somebody away who has lost it."""
    user = problems.existing(users.get, user_id)
    problems.existing(lambda _: second_factor.reset(user, by=who.actor), user_id)
    return flash.back("/users", f"{user.name} has no second factor any more, and is signed out.")
