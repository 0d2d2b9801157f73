"""Sessions: begin() -> an opaque cookie -> principal_of(cookie) at each request -> end().

The cookie is new at each sign-in, says nothing, is kept as a hash, and ends on the database's clock; or, by setting, it
is the session itself, encrypted (``session_tokens``), and holds while its person's session version is the same. Who may
have one is decided in ``admission``.
"""

from datetime import UTC, datetime, timedelta
from ipaddress import ip_address, ip_network

from starlette.responses import Response

import settings
from api_stub.security import session_tokens, tokens
from api_stub.security.csrf import SESSION_COOKIE
from api_stub.security.principal import Principal
from api_stub.security.session_tokens import SessionClaims
from db import connection
from db.access import audit, users
from db.access import sessions as store
from db.access.users import User
from settings import session_keys

LINK_HOLDS_S = 15 * 60


def begin(user: User, *, how: str, address: str, device: str = "") -> str:
    """Begin a session for somebody who has proved who they are, and return its cookie."""
    with connection.transaction():
        cookie = _sealed(user.id) if _in_cookies() else _stored(user.id, place=prefix(address), device=device)
        audit.add(user.name, "sign-in", prefix(address), {"how": how})
    return cookie


def _in_cookies() -> bool:
    return settings.current().session_strategy == "jwt"


def _stored(user_id: int, *, place: str, device: str) -> str:
    cookie = tokens.made()
    store.begin(user_id, tokens.digest(cookie), max_s=settings.current().session_max_s, device=device, place=place)
    return cookie


def _sealed(user_id: int) -> str:
    """Return a session that nothing is kept of; it ends after the idle time in any case, as its use is not seen."""
    config, now = settings.current(), datetime.now(UTC)
    lives = timedelta(seconds=min(config.session_idle_s, config.session_max_s))
    claims = SessionClaims(user_id, users.session_version(user_id), now + lives)
    return session_tokens.sealed(claims, issuer=config.web_url, keys=_keys(config), now=now)


def _opened(cookie: str) -> SessionClaims | None:
    config = settings.current()
    return session_tokens.opened(cookie, issuer=config.web_url, keys=_keys(config), now=datetime.now(UTC))


def _keys(config: settings.Settings) -> dict[str, bytes]:
    return session_keys.parsed(config.session_keys.get_secret_value()) if config.session_keys else {}


def link(user: User) -> str:
    """Return the address that signs a person in, once and soon."""
    token = tokens.made()
    store.add_link(user.id, tokens.digest(token), holds_s=LINK_HOLDS_S)
    return f"{settings.current().web_url}/sign-in/{token}"


def principal_of(cookie: str) -> Principal | None:
    """Return whose session a cookie is, if it holds."""
    if _in_cookies():
        return _principal_of_sealed(cookie)
    held = store.find(tokens.digest(cookie), idle_s=settings.current().session_idle_s)
    if held is None:
        return None
    return Principal(held.user_id, held.name, held.role, session_id=held.id, expires_at=held.expires_at)


def _principal_of_sealed(cookie: str) -> Principal | None:
    claims = _opened(cookie)
    user = users.of_session(claims.user_id, claims.version) if claims else None
    if claims is None or user is None:
        return None
    return Principal(user.id, user.name, user.role, expires_at=claims.expires_at)


def end(cookie: str | None, *, by: str | None = None) -> None:
    """Sign out: the cookie is worth nothing from now on. One that is kept nowhere ends with all of its person's."""
    if not cookie:
        return
    with connection.transaction():
        if not _in_cookies():
            store.end(tokens.digest(cookie))
        elif (who := _principal_of_sealed(cookie)) is not None:
            users.end_sessions(who.user_id)
        if by:
            audit.add(by, "sign-out", "session", {})


def replaced(old: str | None, new: str) -> str:
    """End the session that a browser had before and return the new one's cookie."""
    end(old)
    if not _in_cookies() or principal_of(new) is not None:
        return new
    claims = _opened(new)  # both are one person's, whose sessions have just ended
    return _sealed(claims.user_id) if claims else new


def end_others(who: Principal) -> int:
    """End a person's other sessions and return how many they were; where none is kept, this one ends as well."""
    if not _in_cookies():
        return store.end_others(who.user_id, who.session_id or 0)
    with connection.transaction():
        users.end_sessions(who.user_id)
    return 0


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
