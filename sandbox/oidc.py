"""The sandbox's OpenID Connect issuer: it describes itself, signs ID tokens, and can be told to sign what it must not.

It also answers as GitHub does, at paths of its own. A code is good once, with its verifier, its client and its address.
"""

import base64
import hashlib
import hmac
import json
import secrets
import time
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler
from typing import Any, cast
from urllib.parse import parse_qs, urlencode, urlsplit

from joserfc import jwt
from joserfc.jwk import ECKey, KeyParameters, KeySet, RSAKey

from sandbox.behaviour import Behaviour, Conduct
from sandbox.loopback import Loopback

CLIENT_ID = "nolapse"
CLIENT_SECRET = "the sandbox's client secret"  # noqa: S105 - protects nothing
CODE_HOLDS_S = 60.0


class TokenFault(StrEnum):
    """One way in which an ID token is not what it should be."""

    NONE = "none"
    WRONG_ISSUER = "wrong issuer"
    WRONG_AUDIENCE = "wrong audience"
    FOREIGN_PARTY = "issued to another client among several"
    WRONG_NONCE = "wrong nonce"
    NO_NONCE = "no nonce"
    EXPIRED = "expired"
    NOT_YET = "not valid yet"
    OLD = "issued long ago"
    NO_SUBJECT = "no subject"
    LONG_SUBJECT = "a subject that is too long"
    UNSIGNED = "alg none"
    CONFUSED = "HS256 with the public key"
    SHARED_SECRET = "HS256 with the client secret"  # noqa: S105 - a fault's name
    STALE_KEY = "a key that is not published"
    EMBEDDED_KEY = "a key of its own in the header"
    REMOTE_KEY = "a key elsewhere, by jku"
    CRITICAL = "an unknown critical header"
    TAMPERED = "changed after it was signed"
    HUGE = "huge"
    ABSENT = "absent"
    NUMBER = "a number"


@dataclass(frozen=True, slots=True)
class Grant:
    """What a code stands for."""

    subject: str
    claims: dict[str, Any]
    nonce: str
    challenge: str
    redirect_uri: str
    until: float


@cache
def _first_key() -> RSAKey:
    """Return the first key of all issuers: one for all, because an RSA key takes long to make."""
    return RSAKey.generate_key(2048, {"kid": "one", "use": "sig", "alg": "RS256"})


class OidcIssuer(Loopback):
    """An issuer on a free port of 127.0.0.1."""

    def __init__(self, conduct: Conduct | None = None) -> None:
        super().__init__(_Handler, conduct or Conduct())
        self.fault = TokenFault.NONE
        self.keys: list[RSAKey | ECKey] = [_first_key()]
        self.claimed_issuer: str | None = None
        self.github_user: dict[str, Any] = {}
        self.github_emails: list[dict[str, Any]] = []
        self._grants: dict[str, Grant] = {}

    @property
    def url(self) -> str:
        return f"http://{self.address}"

    def rotate(self, *, elliptic: bool = False) -> None:
        """Sign with a new key from now on, and publish it alone."""
        named: KeyParameters = {"kid": secrets.token_hex(4), "use": "sig"}
        self.keys = [ECKey.generate_key("P-256", named) if elliptic else RSAKey.generate_key(2048, named)]

    def consent(self, authorization_url: str, *, subject: str = "ada-1", **claims: Any) -> str:
        """Act as the person who signs in; return the address that the browser is sent back to."""
        asked = {name: values[0] for name, values in parse_qs(urlsplit(authorization_url).query).items()}
        code = secrets.token_urlsafe(24)
        self._grants[code] = Grant(
            subject,
            claims,
            asked.get("nonce", ""),
            asked["code_challenge"],
            asked["redirect_uri"],
            time.monotonic() + CODE_HOLDS_S,
        )
        return f"{asked['redirect_uri']}?{urlencode({'code': code, 'state': asked['state'], 'iss': self.url})}"

    def metadata(self) -> dict[str, Any]:
        return {
            "issuer": self.claimed_issuer or self.url,
            "authorization_endpoint": f"{self.url}/authorize",
            "token_endpoint": f"{self.url}/token",
            "jwks_uri": f"{self.url}/jwks",
        }

    def token(self, form: dict[str, str]) -> tuple[int, dict[str, Any]]:
        """Answer the exchange of a code."""
        grant = self._grants.pop(form.get("code", ""), None)
        shown = base64.urlsafe_b64encode(hashlib.sha256(form.get("code_verifier", "").encode()).digest()).rstrip(b"=")
        known = (form.get("client_id"), form.get("client_secret")) == (CLIENT_ID, CLIENT_SECRET)
        if grant is None or not known or form.get("redirect_uri") != grant.redirect_uri:
            return HTTPStatus.BAD_REQUEST, {"error": "invalid_grant"}
        if not hmac.compare_digest(shown.decode(), grant.challenge) or grant.until < time.monotonic():
            return HTTPStatus.BAD_REQUEST, {"error": "invalid_grant"}
        said: dict[str, Any] = {"access_token": "at-" + grant.subject, "token_type": "Bearer"}
        if self.fault is not TokenFault.ABSENT:
            said["id_token"] = 17 if self.fault is TokenFault.NUMBER else self.signed(grant)
        return HTTPStatus.OK, said

    def signed(self, grant: Grant) -> str:
        """Return an ID token for a grant, with the fault that ``fault`` names."""
        now = int(time.time())
        claims: dict[str, Any] = {
            "iss": self.url,
            "aud": CLIENT_ID,
            "sub": grant.subject,
            "nonce": grant.nonce,
            "iat": now,
            "exp": now + 300,
            **grant.claims,
            **_CLAIMS.get(self.fault, lambda _now: {})(now),
        }
        if self.fault in (TokenFault.NO_NONCE, TokenFault.NO_SUBJECT):
            del claims["nonce" if self.fault is TokenFault.NO_NONCE else "sub"]
        return self._sign(claims)

    def _sign(self, claims: dict[str, Any]) -> str:  # noqa: C901, PLR0911 - a case for each fault
        key = self.keys[0]
        algorithm = "ES256" if isinstance(key, ECKey) else "RS256"
        header = {"alg": algorithm, "kid": key.kid or ""}
        match self.fault:
            case TokenFault.UNSIGNED:
                return f"{_encoded({'alg': 'none'})}.{_encoded(claims)}."
            case TokenFault.CONFUSED:
                public = key.as_pem(private=False)
                return _symmetric({**header, "alg": "HS256"}, claims, public)
            case TokenFault.SHARED_SECRET:
                return _symmetric({**header, "alg": "HS256"}, claims, CLIENT_SECRET.encode())
            case TokenFault.STALE_KEY:
                stray = ECKey.generate_key("P-256", {"kid": "stray"})
                return jwt.encode({"alg": "ES256", "kid": "stray"}, claims, stray)
            case TokenFault.EMBEDDED_KEY:
                stray = ECKey.generate_key("P-256", {"kid": key.kid or ""})
                return jwt.encode({**header, "alg": "ES256", "jwk": stray.as_dict(private=False)}, claims, stray)
            case TokenFault.REMOTE_KEY:
                return jwt.encode({**header, "jku": f"{self.url}/jwks"}, claims, key)
            case TokenFault.CRITICAL:
                signed = jwt.encode(header, claims, key)
                return ".".join([_encoded({**header, "crit": ["x"], "x": 1}), *signed.split(".")[1:]])
            case TokenFault.TAMPERED:
                head, _, signature = jwt.encode(header, claims, key).split(".")
                return f"{head}.{_encoded({**claims, 'sub': 'somebody else'})}.{signature}"
            case _:
                return jwt.encode(header, claims, key)


_CLAIMS = {
    TokenFault.WRONG_ISSUER: lambda _now: {"iss": "https://evil.example"},
    TokenFault.WRONG_AUDIENCE: lambda _now: {"aud": "somebody-else"},
    TokenFault.FOREIGN_PARTY: lambda _now: {"aud": [CLIENT_ID, "other"], "azp": "other"},
    TokenFault.WRONG_NONCE: lambda _now: {"nonce": "another"},
    TokenFault.EXPIRED: lambda now: {"exp": now - 120},
    TokenFault.NOT_YET: lambda now: {"nbf": now + 600},
    TokenFault.OLD: lambda now: {"iat": now - 7200},
    TokenFault.LONG_SUBJECT: lambda _now: {"sub": "x" * 256},
    TokenFault.HUGE: lambda _now: {"padding": "x" * 100_000},
}


def _encoded(value: dict[str, Any]) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()


def _symmetric(header: dict[str, Any], claims: dict[str, Any], key: bytes) -> str:
    text = f"{_encoded(header)}.{_encoded(claims)}"
    mac = hmac.digest(key, text.encode(), "sha256")
    return f"{text}.{base64.urlsafe_b64encode(mac).rstrip(b'=').decode()}"


class _Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        issuer = cast("OidcIssuer", self.server)
        if issuer.received(self.path) is Behaviour.HANG_UP:
            return
        match self.path:
            case "/.well-known/openid-configuration":
                self._answer(HTTPStatus.OK, issuer.metadata())
            case "/jwks":
                self._answer(HTTPStatus.OK, KeySet(list(issuer.keys)).as_dict(private=False))
            case "/user" if self.headers.get("Authorization", "").startswith("Bearer at-"):
                self._answer(HTTPStatus.OK, issuer.github_user)
            case "/user/emails" if self.headers.get("Authorization", "").startswith("Bearer at-"):
                self._answer(HTTPStatus.OK, issuer.github_emails)
            case _:
                self._answer(HTTPStatus.NOT_FOUND, {})

    def do_POST(self) -> None:
        issuer = cast("OidcIssuer", self.server)
        body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
        if issuer.received(self.path) is Behaviour.HANG_UP:
            return
        form = {name: values[0] for name, values in parse_qs(body.decode()).items()}
        self._answer(*issuer.token(form))

    def _answer(self, status: int, said: object) -> None:
        body = json.dumps(said).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  http.server names them so
        """Say nothing: the tests read ``requests``."""
