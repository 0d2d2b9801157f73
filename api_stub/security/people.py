"""What owners and admins do with other people's accounts. Used by the API and the pages.

A person who manages people manages those of every role, but only owners make and change owners. A change that takes a
right away ends the sessions that had it. The last owner cannot be changed.
"""

import contextlib
from collections.abc import Collection, Generator

import settings
from api_stub import problems
from api_stub.problems import Problem
from api_stub.security import permissions, second_factor
from api_stub.security.principal import Principal
from db import connection
from db.access import api_tokens as stored_tokens
from db.access import audit, users
from db.access import sessions as stored_sessions
from db.access.users import User
from rules.access import Role


def managed(who: Principal, user_id: int) -> User:
    """Return a person, if the caller may manage them. Raises ``Problem`` 403, 404."""
    return permissions.require_manages_user(who, problems.existing(users.get, user_id))


def set_role(who: Principal, user_id: int, role: Role) -> None:
    """Give a person another role; their sessions and tokens end. Raises ``Problem`` 403, 404, 409."""
    with _changing(who, user_id) as user:
        permissions.require_manages(who, role)
        users.set_role(user.id, role)
        audit.add(who.actor, "user role", f"user {user.name}", {}, before={"role": user.role}, after={"role": role})


def limit_to_clients(who: Principal, user_id: int, client_ids: Collection[int] | None) -> None:
    """Limit a person to these clients; None: no limit. Their sessions end. Raises ``Problem`` 403, 404, 409."""
    with _changing(who, user_id) as user:
        was = users.within(user.id)
        problems.existing(lambda number: users.limit_to_clients(number, client_ids), user.id)
        before, after = ({"clients": "all" if one is None else sorted(one)} for one in (was, client_ids))
        audit.add(who.actor, "user limit", f"user {user.name}", {}, before=before, after=after)


def require_factor(who: Principal, user_id: int, *, required: bool) -> None:
    """Require a second factor of a person from their next sign-in on, or no longer. Raises ``Problem`` 403, 404."""
    with _changing(who, user_id) as user:
        users.require_factor(user.id, required=required)
        audit.add(who.actor, "user second factor", f"user {user.name}", {"required": required})


def disable(who: Principal, user_id: int) -> None:
    """Keep a person out: their sessions, links and tokens end. Raises ``Problem`` 403, 404, 409."""
    with _changing(who, user_id) as user:
        users.disable(user.id)
        audit.add(who.actor, "user disable", f"user {user.name}", {})


def enable(who: Principal, user_id: int) -> None:
    """Let a person sign in again; ended sessions and tokens stay ended. Raises ``Problem`` 403, 404."""
    with _changing(who, user_id) as user:
        users.enable(user.id)
        audit.add(who.actor, "user enable", f"user {user.name}", {})


def sessions(who: Principal, user_id: int) -> list[stored_sessions.SessionEntry]:
    """Return a person's sessions that hold. Raises ``Problem`` 403, 404."""
    return stored_sessions.of_user(managed(who, user_id).id, idle_s=settings.current().session_idle_s)


def end_sessions(who: Principal, user_id: int) -> None:
    """Sign a person out everywhere. Raises ``Problem`` 403, 404."""
    with _changing(who, user_id) as user:
        users.end_sessions(user.id)
        audit.add(who.actor, "session end", f"user {user.name}", {"all": True})


def tokens(who: Principal, user_id: int) -> list[stored_tokens.ListedToken]:
    """Return a person's tokens that hold. Raises ``Problem`` 403, 404."""
    return stored_tokens.of_user(managed(who, user_id).id)


def revoke_token(who: Principal, user_id: int, token_id: int) -> None:
    """End one of a person's tokens. Raises ``Problem`` 403, 404."""
    with _changing(who, user_id) as user:
        problems.existing(lambda number: stored_tokens.revoke(number, user_id=user.id), token_id)
        audit.add(who.actor, "token revoke", f"token {token_id}", {"user": user.name})


def reset_second_factor(who: Principal, user_id: int) -> None:
    """Remove the second factors of a person who has lost them. Raises ``Problem`` 403, 404."""
    user = managed(who, user_id)
    problems.existing(lambda _: second_factor.reset(user, by=who.actor), user_id)


@contextlib.contextmanager
def _changing(who: Principal, user_id: int) -> Generator[User]:
    """Give a managed person, to be changed in one transaction. Raises ``Problem``: 403, 404, 409 for the last owner."""
    try:
        with connection.transaction():
            yield managed(who, user_id)
    except users.LastOwner as error:
        raise Problem(409, "conflict", str(error)) from None
