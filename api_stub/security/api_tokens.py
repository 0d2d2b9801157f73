"""Secrets that a program shows instead of a password: kept as SHA-256, which suffices for 256 random bits."""

from collections.abc import Collection

from api_stub.security.principal import Principal
from db.access import api_tokens
from db.access.secret_tokens import hashed, made
from rules.access import Scope

__all__ = ["DEFAULT_DAYS", "PREFIX", "add", "hashed", "made", "principal_of"]

PREFIX = "nlp_"
"""The beginning of each API token, by which scanners of public code recognise a leaked one."""

DEFAULT_DAYS = 90


def add(
    user_id: int,
    name: str,
    *,
    scopes: Collection[Scope],
    days: float = DEFAULT_DAYS,
    client_ids: Collection[int] | None = None,
) -> str:
    """Add an API token and return it; it cannot be read again. Raises ``LookupError`` for an unknown client."""
    token = PREFIX + made()
    api_tokens.add(user_id, name, hashed(token), scopes=scopes, holds_s=days * 86400, client_ids=client_ids)
    return token


def principal_of(token: str) -> Principal | None:
    """Return the principal of an API token; None where the token does not hold."""
    bearer = api_tokens.find(hashed(token)) if token.startswith(PREFIX) else None
    if bearer is None:
        return None
    return Principal(
        bearer.user_id,
        bearer.user,
        bearer.role,
        bearer.scopes,
        token_id=bearer.token_id,
        token_name=bearer.token_name,
        within=bearer.within,
    )
