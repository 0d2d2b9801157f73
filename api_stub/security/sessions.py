"""Sessions: how a person signs in and out.

    name and password --+
                        +--> begin() -> an opaque cookie -> principal_of(cookie) at each request
    link that holds once+

The cookie is new at each sign-in, says nothing, is kept as a hash, and ends on the database's clock.
"""

import settings
from api_stub import problems
from api_stub.security import origins, passwords, tokens
from api_stub.security.principal import Principal
from db import connection
from db.access import audit, sessions, throttles, users
from db.access.throttles import Limit
from db.access.users import User

ACCOUNT_LIMIT = Limit(tries=10, window_s=15 * 60)
NETWORK_LIMIT = Limit(tries=100, window_s=15 * 60)
LINK_HOLDS_S = 15 * 60


def sign_in(name: str, password: str, *, address: str) -> str:
    """Return the cookie of a new session. Raises ``Problem``, the same for all names: 401, 429 after many tries."""
    network, account = f"net:{origins.network(address)}", f"account:{tokens.digest(users.tidy(name))}"
    _throttle(network, NETWORK_LIMIT)
    _throttle(account, ACCOUNT_LIMIT)
    user = users.named(name)
    try:
        right = passwords.matches(user.password if user else None, password)
    except passwords.Busy:
        raise problems.unavailable("The sign-in", retry_after_s=2) from None
    if user is None or not right or user.disabled_at is not None:
        audit.add(name[:100], "sign-in failed", origins.network(address), {})
        raise problems.Problem(401, "bad-credentials", "This name and password do not go together; check both")
    throttles.give_back(account, all_tries=True)
    throttles.give_back(network)
    _rehash(user, password)
    return begin(user, how="password", address=address)


def _throttle(key: str, limit: Limit) -> None:
    wait_s = throttles.take(key, limit)
    if wait_s is not None:
        raise problems.Problem(
            429,
            "too-many-tries",
            "Too many tries; wait, or ask whoever runs Nolapse for a sign-in link (`nolapse user link`)",
            headers={"Retry-After": str(int(wait_s) + 1)},
        )


def _rehash(user: User, password: str) -> None:
    """Keep a hash with today's parameters where the old one had others."""
    if user.password and passwords.outdated(user.password):
        users.set_password(user.id, passwords.hashed(password), signs_out=False)


def sign_in_with(link: str, *, address: str) -> str:
    """Use a link up and return the cookie of a new session. Raises ``Problem`` 401."""
    with connection.transaction():
        user_id = sessions.use_link(tokens.digest(link))
        user = users.get(user_id) if user_id else None
        if user is not None and user.disabled_at is None:
            return begin(user, how="link", address=address)
    raise problems.Problem(
        401, "bad-link", "This link was used, has expired, or never held; sign in with your password, or get a new link"
    )


def begin(user: User, *, how: str, address: str) -> str:
    """Begin a session for somebody who has proved who they are, and return its cookie."""
    cookie = tokens.made()
    with connection.transaction():
        sessions.begin(user.id, tokens.digest(cookie), max_s=settings.current().session_max_s)
        audit.add(user.name, "sign-in", origins.network(address), {"how": how})
    return cookie


def link(user: User) -> str:
    """Return the address that signs a person in, once and soon."""
    token = tokens.made()
    sessions.add_link(user.id, tokens.digest(token), holds_s=LINK_HOLDS_S)
    return f"{settings.current().web_url}/sign-in/{token}"


def principal_of(cookie: str) -> Principal | None:
    """Return whose session a cookie is, if it holds."""
    session = sessions.find(tokens.digest(cookie), idle_s=settings.current().session_idle_s)
    return Principal(session.user_id, session.name, session.role, session_id=session.id) if session else None


def end(cookie: str | None, *, by: str | None = None) -> None:
    """Sign out: the cookie is worth nothing from now on."""
    if cookie:
        with connection.transaction():
            sessions.end(tokens.digest(cookie))
            if by:
                audit.add(by, "sign-out", "session", {})
