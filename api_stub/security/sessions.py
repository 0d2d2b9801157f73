"""Sessions: begin() -> an opaque cookie -> principal_of(cookie) at each request -> end().

The cookie is new at each sign-in, says nothing, is kept as a hash, and ends on the database's clock. Who may have one
is decided in ``admission``.
"""

from ipaddress import ip_address, ip_network

from starlette.responses import Response

import settings
from api_stub.security import tokens
from api_stub.security.csrf import SESSION_COOKIE
from api_stub.security.principal import Principal
from db import connection
from db.access import audit
from db.access import sessions as store
from db.access.users import User

LINK_HOLDS_S = 15 * 60


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
