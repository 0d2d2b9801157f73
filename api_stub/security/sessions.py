"""Sessions: how a person signs in and out.

    name and password --+
                        +--> begin() -> an opaque cookie -> principal_of(cookie) at each request
    link that holds once+

The cookie is new at each sign-in, says nothing, is kept as a hash, and ends on the database's clock.
"""

from ipaddress import ip_address, ip_network

from starlette.responses import Response

import settings
from api_stub import problems
from api_stub.security import passwords, tokens
from api_stub.security.csrf import SESSION_COOKIE
from api_stub.security.principal import Principal
from db import connection
from db.access import audit, throttles, users
from db.access import sessions as store
from db.access.throttles import Limit
from db.access.users import User

ACCOUNT_LIMIT = Limit(tries=10, window_s=15 * 60)
NETWORK_LIMIT = Limit(tries=100, window_s=15 * 60)
LINK_HOLDS_S = 15 * 60


def sign_in(name: str, password: str, *, address: str, device: str = "") -> str:
    """Return the cookie of a new session. Raises ``Problem``, the same for all names: 401, 429 after many tries."""
    network, account = f"net:{prefix(address)}", account_key(name)
    throttle(network, NETWORK_LIMIT)
    throttle(account, ACCOUNT_LIMIT)
    user = users.named(name)
    right = is_right(user.password if user else None, password)
    if user is None or not right or user.disabled_at is not None:
        audit.add(name[:100], "sign-in failed", prefix(address), {})
        raise problems.Problem(401, "bad-credentials", "This name and password do not go together; check both")
    throttles.give_back(account, all_tries=True)
    throttles.give_back(network)
    _rehash(user, password)
    return begin(user, how="password", address=address, device=device)


def is_right(kept: str | None, password: str) -> bool:
    """Tell whether this is the password; takes as long where there is none. Raises ``Problem`` 503."""
    try:
        return passwords.matches(kept, password)
    except passwords.Busy:
        raise problems.away("The sign-in", retry_after_s=2) from None


def account_key(name: str) -> str:
    """Return the key under which tries at an account are counted, whether it exists or not."""
    return f"account:{tokens.digest(users.tidy(name))}"


def throttle(key: str, limit: Limit) -> None:
    """Take one try. Raises ``Problem`` 429 when there is none left."""
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


def sign_in_with(link: str, *, address: str, device: str = "") -> str:
    """Use a link up and return the cookie of a new session. Raises ``Problem`` 401."""
    with connection.transaction():
        user_id = store.use_link(tokens.digest(link))
        user = users.get(user_id) if user_id else None
        if user is not None and user.disabled_at is None:
            return begin(user, how="link", address=address, device=device)
    raise problems.Problem(
        401, "bad-link", "This link was used, has expired, or never held; sign in with your password, or get a new link"
    )


def begin(user: User, *, how: str, address: str, device: str = "") -> str:
    """Begin a session for somebody who has proved who they are, and return its cookie."""
    cookie = tokens.made()
    with connection.transaction():
        store.begin(
            user.id,
            tokens.digest(cookie),
            max_s=settings.current().session_max_s,
            device=device,
            place=prefix(address),
        )
        audit.add(user.name, "sign-in", prefix(address), {"how": how})
    return cookie


def link(user: User) -> str:
    """Return the address that signs a person in, once and soon."""
    token = tokens.made()
    store.add_link(user.id, tokens.digest(token), holds_s=LINK_HOLDS_S)
    return f"{settings.current().web_url}/sign-in/{token}"


def principal_of(cookie: str) -> Principal | None:
    """Return whose session a cookie is, if it holds."""
    held = store.find(tokens.digest(cookie), idle_s=settings.current().session_idle_s)
    if held is None:
        return None
    return Principal(held.user_id, held.name, held.role, session_id=held.id, expires_at=held.expires_at)


def end(cookie: str | None, *, by: str | None = None) -> None:
    """Sign out: the cookie is worth nothing from now on."""
    if cookie:
        with connection.transaction():
            store.end(tokens.digest(cookie))
            if by:
                audit.add(by, "sign-out", "session", {})


def set_cookie(response: Response, cookie: str) -> None:
    """Give the browser its session."""
    response.set_cookie(SESSION_COOKIE, cookie, secure=True, httponly=True, samesite="lax", path="/")


def clear_cookie(response: Response) -> None:
    """Take the session from the browser."""
    response.delete_cookie(SESSION_COOKIE, secure=True, httponly=True, samesite="lax", path="/")


def prefix(address: str) -> str:
    """Return the network that one subscriber usually has: IPv4 alone, /64 of IPv6."""
    try:
        parsed = ip_address(address)
    except ValueError:
        return "unknown"
    return str(ip_network(f"{parsed}/{32 if parsed.version == 4 else 64}", strict=False))  # noqa: PLR2004 - versions
