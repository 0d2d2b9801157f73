"""People who may sign in: the list, and a page for each, for those who manage people."""

from typing import Annotated

from fastapi import APIRouter, Form, Response
from starlette.requests import Request

from api_stub import entries, routes
from api_stub.fields import Id, Language
from api_stub.resources.access import users as resource
from api_stub.resources.access.users import Email, NewName
from api_stub.security import mailed_links, people
from api_stub.security.principal import Caller
from dashboard.rendering import flash_messages, render
from db.portfolio import clients
from rules.access import Role
from wording.messages import _, ngettext

pages: APIRouter = routes.router(include_in_schema=False)

_LONGEST_LIST = 100_000
_MOST_CLIENTS = 1000


@pages.get("/users")
def listed(request: Request, who: Caller) -> Response:
    """List who may sign in."""
    return render.page(request, "access/users.html", users=resource.listed(), roles=_roles(who))


def _roles(who: Caller) -> list[Role]:
    return [one for one in Role if who.role.manages(one)]


@pages.get("/users/{user_id}")
def person(request: Request, who: Caller, user_id: Id) -> Response:
    """Show a person, and what may be changed of them."""
    user = resource.read(user_id)
    manages = who.role.manages(user.role)
    return render.page(
        request,
        "access/user.html",
        user=user,
        manages=manages,
        roles=_roles(who),
        sessions=people.sessions(who, user_id) if manages else (),
        tokens=people.tokens(who, user_id) if manages else (),
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
    mailed_links.invite(who, name, email, role, language)
    return flash_messages.redirect("/users", _("An invitation is on its way to {email}.", email=email))


@pages.post("/users/{user_id}/invite")
def invite_again(who: Caller, user_id: Id) -> Response:
    """Mail the invitation again."""
    mailed_links.invite_again(who, user_id)
    return flash_messages.redirect(
        "/users", _("Another invitation is on its way; the one before is worth nothing now.")
    )


@pages.post("/users/{user_id}/role")
def set_role(who: Caller, user_id: Id, role: Annotated[Role, Form()]) -> Response:
    """Give a person another role."""
    people.set_role(who, user_id, role)
    return _done(user_id, _("They are {role} now, and signed out.", role=_(role)))


@pages.post("/users/{user_id}/clients")
def limit_to_clients(
    who: Caller,
    user_id: Id,
    *,
    limited: Annotated[bool, Form()] = False,
    names: Annotated[str, Form(max_length=_LONGEST_LIST)] = "",
) -> Response:
    """Limit a person to the clients that are named, one on each line, or to none."""
    if not limited:
        people.limit_to_clients(who, user_id, None)
        return _done(user_id, _("They see every client now."))
    found, missing = _clients_named([line.strip() for line in names.splitlines() if line.strip()])
    if missing:
        raise entries.wrong("names", _("no client is called {name}", name=repr(missing[0][:100])))
    people.limit_to_clients(who, user_id, found)
    said = ngettext(
        "They see {number} client alone now, and are signed out.",
        "They see {number} clients alone now, and are signed out.",
        len(found),
    )
    return _done(user_id, said)


def _clients_named(names: list[str]) -> tuple[list[int], list[str]]:
    """Return the ids of the clients of these names, and the names that no client has. Raises ``Problem`` 422."""
    if len(names) > _MOST_CLIENTS:
        raise entries.wrong("names", f"these are {len(names)} clients; name up to {_MOST_CLIENTS}")
    found = {one: next(iter(clients.LIST.page("id", name=one, size=1).rows), None) for one in names}
    return [one.id for one in found.values() if one], [name for name, one in found.items() if one is None]


@pages.post("/users/{user_id}/disable")
def disable(who: Caller, user_id: Id) -> Response:
    """Keep a person out."""
    people.disable(who, user_id)
    return _done(user_id, _("They may not sign in any more; their sessions and tokens ended."))


@pages.post("/users/{user_id}/enable")
def enable(who: Caller, user_id: Id) -> Response:
    """Let a person sign in again."""
    people.enable(who, user_id)
    return _done(user_id, _("They may sign in again."))


@pages.post("/users/{user_id}/sessions/end")
def end_sessions(who: Caller, user_id: Id) -> Response:
    """Sign a person out everywhere."""
    people.end_sessions(who, user_id)
    return _done(user_id, _("They are signed out everywhere."))


@pages.post("/users/{user_id}/tokens/{token_id}/revoke")
def revoke_token(who: Caller, user_id: Id, token_id: Id) -> Response:
    """End an API token of a person."""
    people.revoke_token(who, user_id, token_id)
    return _done(user_id, _("That token is revoked."))


@pages.post("/users/{user_id}/second-factor/require")
def require_factor(who: Caller, user_id: Id, *, required: Annotated[bool, Form()] = False) -> Response:
    """Ask a second factor of a person, or no longer."""
    people.require_factor(who, user_id, required=required)
    what = (
        _("At their next sign-in they set up a second factor, if they have none.")
        if required
        else _("It is theirs to choose.")
    )
    return _done(user_id, what)


@pages.post("/users/{user_id}/second-factor/reset")
def reset_second_factor(who: Caller, user_id: Id) -> Response:
    """Take the second factors of somebody away who has lost them."""
    people.reset_second_factor(who, user_id)
    return _done(user_id, _("They have no second factor any more, and are signed out."))


def _done(user_id: int, message: str) -> Response:
    return flash_messages.redirect(f"/users/{user_id}", message)
