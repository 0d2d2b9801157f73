"""Sign-ins that went to a provider: bound to a browser, good for a few minutes, and once.

begin -> came_back (the code is here) -> take_code (the job has it) -> record_outcome -> finish
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from db import connection
from db.fields import from_json


@dataclass(frozen=True, slots=True)
class NewProviderSignIn:
    """What is kept of a sign-in that goes out."""

    state_hash: str
    browser_hash: str
    provider: str
    nonce: str
    verifier: str
    next: str
    user_id: int | None
    """Who links an identity to their account; None: somebody signs in."""


@dataclass(frozen=True, slots=True)
class CodeExchange:
    """What the exchange of a code needs."""

    provider: str
    code: str
    nonce: str
    verifier: str


@dataclass(frozen=True, slots=True)
class ProviderOutcome:
    """What came of a sign-in: an identity as JSON, or why there is none."""

    provider: str
    next: str
    user_id: int | None
    identity: Mapping[str, Any] | None
    failure: str | None


def begin(new: NewProviderSignIn, *, holds_s: int) -> None:
    """Keep a sign-in that goes out, and forget those that never came back."""
    with connection.transaction():
        connection.changed("DELETE FROM provider_sign_in WHERE expires_at < {now}")
        connection.changed(
            "INSERT INTO provider_sign_in"
            " (state_hash, browser_hash, provider, nonce, verifier, next, user_id, expires_at, came_back)"
            " VALUES (%s, %s, %s, %s, %s, %s, %s, {later(%s)}, FALSE)",
            new.state_hash,
            new.browser_hash,
            new.provider,
            new.nonce,
            new.verifier,
            new.next,
            new.user_id,
            holds_s,
        )


def came_back(state_hash: str, browser_hash: str, provider: str, code: str) -> int | None:
    """Keep the code that came back, in the caller's transaction, and return the sign-in's id.

    None where no such sign-in is expected, it has expired, or its code came before.
    """
    rows = connection.execute(
        "UPDATE provider_sign_in SET came_back = TRUE, code = %s WHERE state_hash = %s AND browser_hash = %s"
        " AND provider = %s AND NOT came_back AND expires_at > {now} RETURNING id",
        code,
        state_hash,
        browser_hash,
        provider,
    )
    return rows[0][0] if rows else None


def take_code(sign_in_id: int) -> CodeExchange | None:
    """Take the code of a sign-in out, so that it is exchanged once; None where it is gone."""
    with connection.transaction():
        rows = connection.execute(
            "SELECT provider, code, nonce, verifier FROM provider_sign_in"
            " WHERE id = %s AND code IS NOT NULL AND expires_at > {now} {locked}",
            sign_in_id,
        )
        connection.changed("UPDATE provider_sign_in SET code = NULL WHERE id = %s", sign_in_id)
    return CodeExchange(*rows[0]) if rows else None


def record_outcome(
    sign_in_id: int, *, identity: Mapping[str, object] | None = None, failure: str | None = None
) -> None:
    """Write what came of a sign-in, in the caller's transaction."""
    connection.changed(
        "UPDATE provider_sign_in SET identity = %s, failure = %s WHERE id = %s",
        json.dumps(dict(identity)) if identity is not None else None,
        failure[:500].replace("\0", "") if failure else None,
        sign_in_id,
    )


def finish(sign_in_id: int) -> ProviderOutcome | None:
    """Return what came of a sign-in and forget it, in the caller's transaction; None where nothing came yet."""
    rows = connection.execute(
        "DELETE FROM provider_sign_in WHERE id = %s AND (identity IS NOT NULL OR failure IS NOT NULL)"
        " RETURNING provider, next, user_id, identity, failure",
        sign_in_id,
    )
    if not rows:
        return None
    provider, to, user_id, identity, failure = rows[0]
    known = from_json(identity)
    return ProviderOutcome(provider, to, user_id, known, failure)
