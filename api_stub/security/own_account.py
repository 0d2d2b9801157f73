"""What a person does with their own account: its password, sessions, API tokens. Used by the API and the pages."""

from collections.abc import Collection

import settings
from api_stub import problems
from api_stub.problems import Problem
from api_stub.security import admission, api_tokens, passwords, second_factor, sessions, throttle
from api_stub.security.admission import Visitor
from api_stub.security.principal import Principal
from db import connection
from db.access import api_tokens as stored_tokens
from db.access import audit, second_factors, throttles, users
from db.access import sessions as stored_sessions
from db.access.users import User
from db.portfolio import clients
from rules.access import Scope, narrower

MOST_TOKENS = 50
"""How many of a person's tokens may hold at once."""


def set_profile(who: Principal, *, full_name: str, zone: str, language: str) -> None:
    """Store the person's full name, time zone and language."""
    with connection.transaction():
        users.set_profile(who.user_id, full_name=full_name, zone=zone, language=language)
        profile = {"full_name": full_name, "zone": zone, "language": language}
        audit.add(who.actor, "profile change", f"user {who.name}", profile)


def signed_in(who: Principal) -> list[stored_sessions.SessionEntry]:
    """Return the person's sessions that hold, the newest first."""
    return stored_sessions.of_user(who.user_id, idle_s=settings.current().session_idle_s)


def end_session(who: Principal, session_id: int) -> None:
    """End one of the person's sessions. Raises ``Problem`` 404."""
    with connection.transaction():
        problems.existing(lambda number: stored_sessions.end_one(who.user_id, number), session_id)
        audit.add(who.actor, "session end", f"session {session_id}", {})


def end_other_sessions(who: Principal) -> int:
    """End all of the person's sessions but the one in use, and return how many they were."""
    with connection.transaction():
        ended = sessions.end_others(who)
        audit.add(who.actor, "session end", f"user {who.name}", {"others": ended})
    return ended


def change_password(who: Principal, *, current: str, new: str, visitor: Visitor) -> str:
    """Set the person's password and return the cookie of a new session; their other sessions, links and tokens end.

    ``current`` is empty for a person who has no password yet. Raises ``Problem``: 401 for a wrong password, 422 for an
    unfit new one, 429 after many tries.
    """
    user = users.get(who.user_id)
    require_password(user, current)
    hashed = fit(new, who.name)
    with connection.transaction():
        users.set_password(who.user_id, hashed)
        audit.add(who.actor, "password change", f"user {who.name}", {})
        return sessions.begin(user, how="new password", address=visitor.address, device=visitor.device)


def require_password(user: User, current: str) -> None:
    """Raise ``Problem`` 401 for a wrong password, 429 after many tries; a person without a password passes."""
    account = throttle.password_key(user.id)
    throttle.take(account, throttle.ACCOUNT_LIMIT)
    if user.password is not None and not admission.is_right(user.password, current):
        wrong = "The password that you have now is another one; check it"
        raise Problem(401, "bad-credentials", wrong, errors=[{"at": "body.current", "message": wrong}])
    throttles.give_back(account, all_tries=True)


def fit(password: str, name: str) -> str:
    """Return the hash of a password. Raises ``Problem`` 422 for an unfit one, 503 in a crowd."""
    try:
        passwords.require_fit(password, name)
        return passwords.hashed(password)
    except passwords.Unfit as error:
        raise Problem(422, "bad-values", str(error), errors=[{"at": "body.new", "message": str(error)}]) from None
    except passwords.Busy:
        raise problems.unavailable("The sign-in", retry_after_s=2) from None


def factor_state(who: Principal) -> tuple[bool, int]:
    """Return whether the person has an app that makes codes, and how many recovery codes are left."""
    return second_factor.has_app(who.user_id), second_factors.recovery_codes_left(who.user_id)


def propose_factor(who: Principal) -> str:
    """Propose a new secret and return its address for the app. Raises ``Problem`` 409 where the person has an app."""
    second_factor.propose(who.user_id)
    return second_factor.proposed_uri(users.get(who.user_id))


def confirm_factor(who: Principal, code: str) -> list[str]:
    """Confirm the proposed app and return the recovery codes, if it is the first factor. The other sessions end.

    Raises ``Problem`` 401, 409, 429.
    """
    codes = second_factor.confirm(users.get(who.user_id), code)  # in no transaction: a wrong code must stay counted
    sessions.end_others(who)
    return codes


def own_tokens(who: Principal) -> list[stored_tokens.ListedToken]:
    """Return the person's tokens that hold, the newest first."""
    return stored_tokens.of_user(who.user_id)


def add_token(
    who: Principal, name: str, *, scopes: Collection[Scope], days: float, client_ids: Collection[int] | None = None
) -> str:
    """Make an API token for the person and return it; it cannot be read again. It holds for ``days``.

    Raises ``Problem``: 404 for a client that they may not see, 409 where they have ``MOST_TOKENS`` already.
    """
    return token_for(who, users.get(who.user_id), name, scopes=scopes, days=days, client_ids=client_ids)


def token_for(
    who: Principal,
    owner: User,
    name: str,
    *,
    scopes: Collection[Scope],
    days: float,
    client_ids: Collection[int] | None = None,
) -> str:
    """Make an API token for ``owner`` on the caller's behalf and return it. Raises as ``add_token``."""
    with connection.transaction():
        if len(stored_tokens.of_user(owner.id)) >= MOST_TOKENS:
            raise Problem(409, "conflict", f"{owner.name} has {MOST_TOKENS} tokens that hold; revoke one first")
        with problems.at_field("clients"):
            for one in client_ids or ():
                problems.existing(clients.get, one, within=narrower(who.within, users.within(owner.id)))
        token = api_tokens.add(owner.id, name, scopes=scopes, days=days, client_ids=client_ids)
        details = {"token": name, "scopes": sorted(scopes), "days": days}
        limit = {} if client_ids is None else {"clients": sorted(client_ids)}
        audit.add(who.actor, "token add", f"user {owner.name}", {**details, **limit})
    return token


def revoke_token(who: Principal, token_id: int) -> None:
    """End one of the person's tokens. Raises ``Problem`` 404."""
    with connection.transaction():
        problems.existing(lambda number: stored_tokens.revoke(number, user_id=who.user_id), token_id)
        audit.add(who.actor, "token revoke", f"token {token_id}", {})
