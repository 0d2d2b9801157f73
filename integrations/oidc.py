"""OpenID Connect and GitHub's OAuth: what an issuer publishes, and the exchange of a code for an identity.

The HTTP is that of ``http_client``, inside the guard, up to a deadline and a number of bytes; no client of a library is
used, because none could be made to connect to the address that the guard checked. ``rules.access.oidc`` decides what a
token says.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, Final, cast

from integrations import http_client
from integrations.deadline import Deadline
from integrations.errors import Rejected, Unavailable
from integrations.guard import Guard
from integrations.rate_limit import UNLIMITED, RateLimit
from rules.access import oidc
from rules.access.oidc import BadProvider, Identity

SERVICE: Final = "oidc"
MOST_BYTES: Final = 256 * 1024
_MOST_EMAILS: Final = 100
_JSON: Final = {"Accept": "application/json", "User-Agent": "Nolapse"}

GITHUB_TOKEN: Final = "https://github.com/login/oauth/access_token"  # noqa: S105 - an address
GITHUB_USER: Final = "https://api.github.com/user"
GITHUB_EMAILS: Final = "https://api.github.com/user/emails"


@dataclass(frozen=True, slots=True)
class RelyingParty:
    """We, as a provider knows us: OpenID Connect's word for who relies on its tokens."""

    client_id: str
    secret: str
    redirect_uri: str


@dataclass(frozen=True, slots=True)
class CallContext:
    """How a provider is called."""

    guard: Guard
    deadline: Deadline
    rate_limit: RateLimit = UNLIMITED


def published(url: str, context: CallContext) -> bytes:
    """Return what an issuer publishes: its metadata, its keys. Raises ``Unavailable`` or ``Rejected``."""
    with http_client.visit(
        url,
        accept="application/json",
        guard=context.guard,
        deadline=context.deadline,
        service=SERVICE,
        limit=context.rate_limit,
        most_bytes=MOST_BYTES,
    ) as response:
        if response.status != HTTPStatus.OK:
            raise Unavailable(f"{url} answered {response.status}", retry_after=http_client.retry_after(response))
        return response.body


def exchanged(
    endpoint: str, client: RelyingParty, context: CallContext, *, code: str, verifier: str
) -> Mapping[str, Any]:
    """Return the tokens that a code is good for (OIDC Core, section 3.1.3). Raises ``Unavailable``, ``Rejected``."""
    form = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": client.redirect_uri,
        "client_id": client.client_id,
        "client_secret": client.secret,
        "code_verifier": verifier,
    }
    said = _called(endpoint, context, form=form)
    if not isinstance(said, dict):
        raise Unavailable(f"{endpoint}: the answer is no JSON object")
    found = cast("dict[str, Any]", said)
    if "error" in found:  # GitHub says so with the status 200
        raise Rejected(f"{endpoint} refuses the code")
    return found


def _called(
    url: str, context: CallContext, *, form: Mapping[str, str] | None = None, token: str | None = None
) -> object:
    headers = {**_JSON, **({"Authorization": f"Bearer {token}"} if token else {})}
    response = http_client.call(
        url,
        guard=context.guard,
        deadline=context.deadline,
        headers=headers,
        form=form,
        service=SERVICE,
        limit=context.rate_limit,
        most_bytes=MOST_BYTES,
    )
    if response.status in (HTTPStatus.BAD_REQUEST, HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN):
        raise Rejected(f"{url} refuses: {response.status}")
    if response.status != HTTPStatus.OK:
        raise Unavailable(f"{url} answered {response.status}", retry_after=http_client.retry_after(response))
    try:
        return json.loads(response.body)
    except (ValueError, RecursionError):
        raise Unavailable(f"{url}: the answer is not JSON") from None


def github_identity(access_token: object, context: CallContext, *, issuer: str) -> Identity:
    """Return who an access token of GitHub's stands for. Raises ``BadProvider``, ``Unavailable``, ``Rejected``."""
    if not isinstance(access_token, str) or not 0 < len(access_token) <= oidc.LONGEST_TOKEN:
        raise BadProvider("there is no access token")
    if not access_token.isascii() or not access_token.isprintable():
        raise BadProvider("the access token cannot be sent")
    said = _called(GITHUB_USER, context, token=access_token)
    number = cast("dict[str, Any]", said).get("id") if isinstance(said, dict) else None
    if not isinstance(number, int):
        raise BadProvider("the answer names nobody")
    return Identity(issuer, str(number), _github_email(_called(GITHUB_EMAILS, context, token=access_token)))


def _github_email(said: object) -> str:
    listed = cast("list[Any]", said) if isinstance(said, list) else []
    for one in [cast("dict[str, Any]", each) for each in listed[:_MOST_EMAILS] if isinstance(each, dict)]:
        if one.get("primary") is True and one.get("verified") is True:
            return oidc.plain_email(one.get("email"))
    return ""
