"""Sessions: begin() -> an opaque cookie -> principal_of(cookie) at each request -> end().

The cookie is new at each sign-in. It is a random value, kept as a hash, and ends by the database's clock. A setting
makes it the encrypted session itself (``session_tokens``), which holds while its person's session version is the same.
``admission`` decides who gets a session.
"""

from datetime import UTC, datetime, timedelta

import settings
from api_stub.security import api_tokens, origins, session_tokens
from api_stub.security.principal import Principal
from api_stub.security.session_tokens import SessionClaims
from db import connection
from db.access import audit, users
from db.access import sessions as stored_sessions
from db.access.users import User
from settings import named_keys

LINK_HOLDS_S = 15 * 60


def begin(user: User, *, how: str, address: str, device: str = "") -> str:
    """Begin a session for a person who has proved their identity, and return its cookie."""
    with connection.transaction():
        cookie = _sealed(user.id) if _in_cookies() else _stored(user.id, place=origins.network(address), device=device)
        audit.add(user.name, "sign-in", origins.network(address), {"how": how})
    return cookie


def _in_cookies() -> bool:
    return settings.current().session_strategy == "jwt"


def _stored(user_id: int, *, place: str, device: str) -> str:
    cookie = api_tokens.made()
    stored_sessions.begin(
        user_id, api_tokens.hashed(cookie), max_s=settings.current().session_max_s, device=device, place=place
    )
    return cookie


def _sealed(user_id: int) -> str:
    """Return a session of which no row is kept; it ends after the idle time in any case, as its use is not recorded."""
    config, now = settings.current(), datetime.now(UTC)
    lives = timedelta(seconds=min(config.session_idle_s, config.session_max_s))
    claims = SessionClaims(user_id, users.session_version(user_id), now + lives)
    return session_tokens.sealed(claims, issuer=config.web_url, keys=_keys(config), now=now)


def _opened(cookie: str) -> SessionClaims | None:
    config = settings.current()
    return session_tokens.opened(cookie, issuer=config.web_url, keys=_keys(config), now=datetime.now(UTC))


def _keys(config: settings.Settings) -> dict[str, bytes]:
    return named_keys.parsed(config.session_keys.get_secret_value()) if config.session_keys else {}


def link(user: User) -> str:
    """Return the address that signs a person in, once and soon. Raises ``LookupError`` for a service account."""
    if user.service:
        raise LookupError(f"{user.name} is a program, which never signs in; give it an API token")
    token = api_tokens.made()
    stored_sessions.add_link(user.id, api_tokens.hashed(token), holds_s=LINK_HOLDS_S)
    return f"{settings.current().link_url}/sign-in/link/{token}"


def principal_of(cookie: str) -> Principal | None:
    """Return the principal of a session's cookie; None where the session does not hold."""
    if _in_cookies():
        return _principal_of_sealed(cookie)
    held = stored_sessions.find(api_tokens.hashed(cookie), idle_s=settings.current().session_idle_s)
    if held is None:
        return None
    return Principal(
        held.user_id,
        held.name,
        held.role,
        session_id=held.id,
        zone=held.zone,
        language=held.language,
        expires_at=held.expires_at,
        within=held.within,
    )


def _principal_of_sealed(cookie: str) -> Principal | None:
    claims = _opened(cookie)
    user = users.of_session(claims.user_id, claims.version) if claims else None
    if claims is None or user is None:
        return None
    within = users.within(user.id)
    return Principal(
        user.id,
        user.name,
        user.role,
        zone=user.zone,
        language=user.language,
        expires_at=claims.expires_at,
        within=within,
    )


def end(cookie: str | None, *, by: str | None = None) -> None:
    """End the session of a cookie. Where sessions are kept in cookies, all of the person's sessions end.

    ``by`` is the actor for the audit trail; without it, nothing is entered there.
    """
    if not cookie:
        return
    with connection.transaction():
        if not _in_cookies():
            stored_sessions.end(api_tokens.hashed(cookie))
        elif (who := _principal_of_sealed(cookie)) is not None:
            users.end_sessions(who.user_id)
        if by:
            audit.add(by, "sign-out", "session", {})


def replaced(old: str | None, new: str) -> str:
    """End the session that a browser had before and return the new one's cookie."""
    end(old)
    if not _in_cookies() or principal_of(new) is not None:
        return new
    claims = _opened(new)  # both cookies are one person's, and ``end`` has ended all sessions of that person
    return _sealed(claims.user_id) if claims else new


def end_others(who: Principal) -> int:
    """End a person's other sessions and return how many ended.

    Where sessions are kept in cookies, this one ends as well, and 0 is returned.
    """
    if not _in_cookies():
        return stored_sessions.end_others(who.user_id, who.session_id or 0)
    with connection.transaction():
        users.end_sessions(who.user_id)
    return 0
