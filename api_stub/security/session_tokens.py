"""Sessions that are kept in their cookie: a JWE (RFC 7516) with one way to encrypt, ``dir`` and A256GCM.

    header   {"alg": "dir", "enc": "A256GCM", "kid": ..., "typ": "session+jwt"}, these members and no others
    claims   iss, aud, sub (the account), ver (its session version), iat, nbf, exp

Only a cookie of exactly this form is decrypted: no ``zip`` that would unpack, no ``p2c`` that would compute, no ``jku``
that would fetch. All functions are pure: keys and moments are given.
"""

import base64
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final, cast

from joserfc import jwe
from joserfc.errors import JoseError
from joserfc.jwk import OctKey

LONGEST: Final = 2048
"""Characters of the longest cookie that is read; ours have some 400. Browsers take 4,096 bytes."""

AUDIENCE: Final = "nolapse-session"
TYPE: Final = "session+jwt"
LEEWAY: Final = timedelta(seconds=60)
"""How far the clocks of our processes may be apart; counts for a session's beginning, never for its end."""

_PARTS: Final = 5


@dataclass(frozen=True, slots=True)
class SessionClaims:
    """What a session's cookie says."""

    user_id: int
    version: int
    expires_at: datetime


def sealed(claims: SessionClaims, *, issuer: str, keys: Mapping[str, bytes], now: datetime) -> str:
    """Return the cookie of a session, encrypted with the first key."""
    kid, key = next(iter(keys.items()))
    begins = int(now.timestamp())
    said = {
        "iss": issuer,
        "aud": AUDIENCE,
        "sub": str(claims.user_id),
        "ver": claims.version,
        "iat": begins,
        "nbf": begins,
        "exp": int(claims.expires_at.timestamp()),
    }
    header = {"alg": "dir", "enc": "A256GCM", "kid": kid, "typ": TYPE}
    return jwe.encrypt_compact(header, json.dumps(said).encode(), OctKey.import_key(key))


def opened(cookie: str, *, issuer: str, keys: Mapping[str, bytes], now: datetime) -> SessionClaims | None:
    """Return what a cookie says, if it is one of ours and holds now."""
    key = _key_of(cookie, keys)
    if key is None:
        return None
    try:
        plain = jwe.decrypt_compact(cookie, OctKey.import_key(key), algorithms=["dir", "A256GCM"]).plaintext
        said = json.loads(plain or b"")
    except (JoseError, ValueError, TypeError, RecursionError):
        return None
    return _valid(cast("dict[str, Any]", said), issuer, now) if isinstance(said, dict) else None


def _key_of(cookie: str, keys: Mapping[str, bytes]) -> bytes | None:
    """Return the key that a cookie names, if its header says what ours says and nothing else."""
    parts = cookie.split(".") if len(cookie) <= LONGEST and cookie.isascii() else []
    if len(parts) != _PARTS or parts[1]:  # dir has no encrypted key
        return None
    try:
        header = json.loads(base64.urlsafe_b64decode(parts[0] + "=" * (-len(parts[0]) % 4)))
    except (ValueError, RecursionError):
        return None
    if not isinstance(header, dict):
        return None
    kid = cast("dict[str, object]", header).get("kid")
    expected = {"alg": "dir", "enc": "A256GCM", "kid": kid, "typ": TYPE}
    return keys.get(kid) if isinstance(kid, str) and header == expected else None


def _valid(said: Mapping[str, Any], issuer: str, now: datetime) -> SessionClaims | None:
    numbers = [said.get(name) for name in ("ver", "iat", "nbf", "exp")]
    subject = said.get("sub")
    if said.get("iss") != issuer or said.get("aud") != AUDIENCE or not isinstance(subject, str):
        return None
    if any(type(one) is not int for one in numbers) or not _NUMBER.fullmatch(subject):
        return None
    version, issued, begins, ends = cast("list[int]", numbers)
    moment = now.timestamp()
    if max(issued, begins) > moment + LEEWAY.total_seconds() or ends <= moment or ends > _FARTHEST:
        return None
    return SessionClaims(int(subject), version, datetime.fromtimestamp(ends, UTC))


_NUMBER: Final = re.compile(r"[0-9]{1,18}")  # what a database holds
_FARTHEST: Final = 4_102_444_800  # the year 2100, so that no number is too large for a moment
