"""OpenID Connect, its decisions: an issuer's metadata, the address to sign in at, the identity in an ID token.

Sources: OpenID Connect Core 1.0 (section 3.1.3.7), Discovery 1.0 (section 4.3), RFC 7636 (PKCE), RFC 8725 (JWT).
"""

import base64
import hashlib
import json
from dataclasses import dataclass
from typing import Any, Final, cast
from urllib.parse import urlencode, urlsplit

ALGORITHMS: Final = ("RS256", "PS256", "ES256", "EdDSA")
"""Signatures with a public key alone: neither ``none``, nor HS256 with the public key taken for a secret."""

LONGEST_TOKEN: Final = 16 * 1024
LONGEST_SUBJECT: Final = 255
LEEWAY_S: Final = 60
OLDEST_S: Final = 600
"""How long ago a token may have been issued, in seconds."""

_HEADER_FIELDS: Final = {"alg", "kid", "typ"}
_MOST_KEYS: Final = 50


class BadProvider(ValueError):
    """Raised when an issuer's answer or token is not valid; the message says why."""


class UnknownKey(BadProvider):
    """Raised when a token names a key that is not among the issuer's; the issuer may have published new keys since."""


@dataclass(frozen=True, slots=True)
class IssuerMetadata:
    """An issuer's endpoints, as it publishes them."""

    issuer: str
    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str


@dataclass(frozen=True, slots=True)
class Identity:
    """An external identity. ``email`` is empty where the issuer does not state it, or does not vouch for it."""

    issuer: str
    subject: str
    email: str = ""


def discovery_url(issuer: str) -> str:
    """Return the URL at which an issuer describes itself (Discovery 1.0, section 4)."""
    return f"{issuer.rstrip('/')}/.well-known/openid-configuration"


def read_metadata(body: bytes, issuer: str) -> IssuerMetadata:
    """Read what an issuer says of itself. Raises ``BadProvider``, also where it calls itself by another name."""
    said = _object(body)
    if said.get("issuer") != issuer:
        raise BadProvider("the issuer calls itself by another name than the settings do")
    endpoints = [_endpoint(said, name, issuer) for name in ("authorization_endpoint", "token_endpoint", "jwks_uri")]
    return IssuerMetadata(issuer, *endpoints)


def _endpoint(said: dict[str, Any], name: str, issuer: str) -> str:
    url = said.get(name)
    try:
        scheme = urlsplit(url).scheme if isinstance(url, str) and url.isprintable() else ""
    except ValueError:
        scheme = ""
    if not isinstance(url, str) or (scheme != "https" and scheme != urlsplit(issuer).scheme):
        raise BadProvider(f"{name} is no https address")
    return url


def _object(body: bytes | str) -> dict[str, Any]:
    try:
        said = json.loads(body)
    except (ValueError, RecursionError):
        raise BadProvider("the answer is not JSON") from None
    if not isinstance(said, dict):
        raise BadProvider("the answer is no JSON object")
    return cast("dict[str, Any]", said)


def authorization_url(
    endpoint: str, *, client_id: str, redirect_uri: str, state: str, nonce: str, verifier: str, scope: str
) -> str:
    """Return the URL to which a browser is sent to sign in."""
    given = {
        "response_type": "code",
        "client_id": client_id,
        "redirect_uri": redirect_uri,
        "scope": scope,
        "state": state,
        "nonce": nonce,
        "code_challenge": challenge(verifier),
        "code_challenge_method": "S256",
    }
    return f"{endpoint}{'&' if '?' in endpoint else '?'}{urlencode(given)}"


def challenge(verifier: str) -> str:
    """Return the challenge that is sent ahead of a verifier (S256; RFC 7636, section 4.2)."""
    digest = hashlib.sha256(verifier.encode()).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


def identity_of(id_token: object, jwks: bytes, *, issuer: str, client_id: str, nonce: str, now: int) -> Identity:
    """Return the identity in an ID token. ``now`` is in seconds since 1970. Raises ``BadProvider``, ``UnknownKey``."""
    from joserfc import errors, jwt  # noqa: PLC0415 - few processes read a token

    if not isinstance(id_token, str) or len(id_token) > LONGEST_TOKEN:
        raise BadProvider("there is no ID token, or it is too large")
    key = _key_of(id_token, jwks)
    try:
        claims = jwt.decode(id_token, key, algorithms=list(ALGORITHMS)).claims
        jwt.JWTClaimsRegistry(
            now=now,
            leeway=LEEWAY_S,
            iss={"essential": True, "value": issuer},
            sub={"essential": True},
            exp={"essential": True},
            iat={"essential": True},
            nonce={"essential": True, "value": nonce},
        ).validate(claims)
    except (errors.JoseError, ValueError, TypeError) as error:
        raise BadProvider(f"the ID token does not hold: {type(error).__name__}") from None
    _require_for_us(claims, client_id, now)
    return Identity(issuer, _subject(claims.get("sub")), _verified_email(claims))


def _key_of(id_token: str, jwks: bytes) -> Any:
    """Return the key that a token names; its header may have no members but ``alg``, ``kid`` and ``typ``."""
    from joserfc import errors, jwk, jws  # noqa: PLC0415 - few processes read a token

    try:
        header = jws.extract_compact(id_token.encode()).headers()
    except (errors.JoseError, ValueError, TypeError):
        raise BadProvider("the ID token cannot be read") from None
    if set(header) - _HEADER_FIELDS or header.get("alg") not in ALGORITHMS:
        raise BadProvider("the ID token is signed in a way that we do not take")
    keys = _object(jwks).get("keys")
    listed = cast("list[Any]", keys) if isinstance(keys, list) else []
    given = [cast("dict[str, Any]", one) for one in listed[:_MOST_KEYS] if isinstance(one, dict)]
    fitting = [one for one in given if one.get("kty") in ("RSA", "EC", "OKP") and one.get("use") != "enc"]
    kid = header.get("kid")
    named = [one for one in fitting if one.get("kid") == kid] if kid is not None else fitting
    if not named:
        raise UnknownKey("the ID token names a key that the issuer does not publish")
    if len(named) > 1:
        raise BadProvider("the ID token does not say which of the issuer's keys signed it")
    try:
        return jwk.KeySet.import_key_set({"keys": named}).keys[0]
    except (errors.JoseError, ValueError, TypeError, KeyError):
        raise BadProvider("the issuer's key cannot be read") from None


def _require_for_us(claims: dict[str, Any], client_id: str, now: int) -> None:
    audience = claims.get("aud")
    named = [audience] if isinstance(audience, str) else audience
    if not isinstance(named, list) or client_id not in named:
        raise BadProvider("the ID token is for somebody else")
    if (len(cast("list[Any]", named)) > 1 or "azp" in claims) and claims.get("azp") != client_id:
        raise BadProvider("the ID token was issued to somebody else")
    issued = claims.get("iat")
    if not isinstance(issued, int | float) or issued < now - OLDEST_S:
        raise BadProvider("the ID token is old")


def _subject(subject: object) -> str:
    if not isinstance(subject, str) or not 0 < len(subject) <= LONGEST_SUBJECT or not subject.isprintable():
        raise BadProvider("the ID token names nobody")
    return subject


def _verified_email(claims: dict[str, Any]) -> str:
    email = claims.get("email")
    vouched = claims.get("email_verified") is True
    return plain_email(email) if vouched else ""


def plain_email(email: object) -> str:
    """Return a mail address in a form that can be compared, empty where it is none."""
    if not isinstance(email, str) or len(email) > 254 or not email.isascii() or not email.isprintable():  # noqa: PLR2004 - RFC 5321
        return ""
    name, at, domain = email.strip().casefold().rpartition("@")
    return f"{name}@{domain}" if at and name and domain and " " not in email and "@" not in name else ""
