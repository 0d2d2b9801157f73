"""People who may sign in, for owners."""

from typing import Annotated

from fastapi import APIRouter, Form, Response
from starlette.requests import Request

from api_stub import problems, routes
from api_stub.fields import Id
from api_stub.problems import Problem
from api_stub.resources import users as people
from api_stub.resources.users import Email, Language, NewName
from api_stub.security import mailed_links, permissions, second_factor
from api_stub.security.principal import Caller
from dashboard import notices, render
from db.access import users
from rules.access import Role

pages: APIRouter = routes.router(include_in_schema=False)


@pages.get("/users")
def listed(request: Request, who: Caller) -> Response:
    """List who may sign in."""
    return render.page(
        request, "access/users.html", users=people.listed(), roles=[one for one in Role if who.role.manages(one)]
    )


@pages.post("/users/invite")
def invite(
    who: Caller,
    name: Annotated[NewName, Form()],
    email: Annotated[Email, Form()],
    role: Annotated[Role, Form()],
    language: Annotated[Language, Form()] = "en",
) -> Response:
    """Invite a person by mail."""
    try:
        mailed_links.invite(who, name, email, role, language)
    except Problem as problem:
        return notices.redirect("/users", f"Nobody was invited: {problem.detail}.")
    return notices.redirect("/users", f"An invitation is on its way to {email}.")


@pages.post("/users/{user_id}/invite")
def invite_again(who: Caller, user_id: Id) -> Response:
    """Mail the invitation again."""
    problems.existing(lambda number: mailed_links.invite_again(who, number), user_id)
    return notices.redirect("/users", "Another invitation is on its way; the one before is worth nothing now.")


@pages.post("/users/{user_id}/second-factor/reset")
def reset_second_factor(who: Caller, user_id: Id) -> Response:
    """Take the second factor of somebody away who has lost it."""
    user = permissions.require_manages_user(who, problems.existing(users.get, user_id))
    problems.existing(lambda _: second_factor.reset(user, by=who.actor), user_id)
    return notices.redirect("/users", f"{user.name} has no second factor any more, and is signed out.")
