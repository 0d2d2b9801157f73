"""A small text below ``/.well-known/`` of a domain's website (RFC 8615), over https alone.

    https://DOMAIN/.well-known/... ──guard, certificate, byte cap──> text
       └── redirect, at most 3, within the domain ──┘

A redirect to another registered domain is not followed: what stands there would prove something about that one.
"""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Final
from urllib.parse import urljoin, urlsplit

from integrations import http_client
from integrations.deadline import Deadline
from integrations.errors import Rejected, Unavailable
from integrations.guard import Guard
from integrations.http_client import MOST_REDIRECTS, REDIRECTS, Response, TooLarge
from integrations.rate_limit import UNLIMITED, RateLimit
from rules import names

SERVICE: Final = "well-known"
PORT: Final = 443
MOST_BYTES: Final = 4096
_HEADERS: Final[Mapping[str, str]] = {"Accept": "text/plain", "User-Agent": "Nolapse"}

_FOR_NOW = frozenset({HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_EARLY, HTTPStatus.TOO_MANY_REQUESTS})
"""Refusals that say nothing of the file."""


def fetch(
    domain: str, path: str, *, guard: Guard, deadline: Deadline, limit: RateLimit = UNLIMITED, port: int = PORT
) -> str:
    """Return the text at a path of a registered domain's website, without the white space around it.

    ``port`` is another than 443 only in a network that the guard allows. Raises ``Unavailable`` where nobody can say
    now whether it is there (no connection, a certificate that does not hold, 5xx), ``Rejected`` where it certainly is
    not: refused, larger than ``MOST_BYTES``, or elsewhere; ``NoSuchName`` and ``Forbidden`` are among these.
    """
    url = f"https://{domain}{'' if port == PORT else f':{port}'}{path}"
    for _ in range(MOST_REDIRECTS + 1):
        response = _fetched(url, guard, deadline, limit)
        location = response.headers.get("location")
        if response.status not in REDIRECTS or not location:
            return _text(response)
        url = _followed(url, location, domain)
    raise Rejected(f"more than {MOST_REDIRECTS} redirects")


def _fetched(url: str, guard: Guard, deadline: Deadline, limit: RateLimit) -> Response:
    try:
        return http_client.call(
            url,
            guard=guard,
            deadline=deadline,
            headers=_HEADERS,
            service=SERVICE,
            limit=limit,
            most_bytes=MOST_BYTES,
        )
    except TooLarge as error:
        raise Rejected(str(error)) from error


def _text(response: Response) -> str:
    if response.status >= HTTPStatus.INTERNAL_SERVER_ERROR or response.status in _FOR_NOW:
        raise Unavailable(f"the server answers {response.status}", retry_after=http_client.retry_after(response))
    if response.status != HTTPStatus.OK:
        raise Rejected(f"the server answers {response.status}")
    return response.body.decode("utf-8", "replace").strip()


def _followed(url: str, location: str, domain: str) -> str:
    """Return where a redirect leads. Raises ``Rejected`` where that is not https, or no host of the domain."""
    try:
        to = urljoin(url, location)
        parts = urlsplit(to)
        is_ours = parts.scheme == "https" and names.registrable(parts.hostname or "") == domain
    except ValueError as error:
        raise Rejected("the server redirects to what is no address") from error
    if not is_ours:
        raise Rejected("the server redirects to another domain, or away from https")
    return to
