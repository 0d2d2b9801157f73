"""The stripe package's HTTP over our own: guarded addresses, a total deadline, a cap of bytes, the server's rate limit.

The package takes any client (``stripe.HTTPClient``); of its own it has retries and telemetry, and uses neither here:
whether something is tried again is decided by the job that asked.
"""

import logging
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any, Final
from urllib.parse import urlsplit

import stripe

from integrations import http_client
from integrations.deadline import Deadline
from integrations.errors import Rejected, Throttled, Unavailable
from integrations.guard import Guard
from integrations.http_client import Response
from integrations.rate_limit import RateLimit

logging.getLogger("stripe").setLevel(logging.WARNING)  # it would log each call, which is measured here anyway

SERVICE: Final = "stripe"
MOST_BYTES: Final = 4 * 1024 * 1024
"""A page of a hundred events, each of which Stripe keeps well below this."""

_PASSED_ON: Final = frozenset({"authorization", "content-type", "idempotency-key", "stripe-account", "stripe-version"})
"""What the package sends and Stripe needs; what it tells of this machine besides is left out."""


class GuardedTransport(stripe.HTTPClient):
    """Answers the package's requests. Raises the errors of ``integrations.errors``, which pass through it."""

    name = "nolapse"

    def __init__(self, *, guard: Guard, limit: RateLimit, deadline_s: float) -> None:
        super().__init__()  # pyright: ignore[reportUnknownMemberType] - partly untyped
        self._guard = guard
        self._limit = limit
        self._deadline_s = deadline_s

    def request(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str] | None,
        post_data: Any = None,
        *,
        _usage: list[str] | None = None,
    ) -> tuple[str, int, Mapping[str, str]]:
        """Return an answer's body, status and headers.

        What only trying again can mend is raised here, inside the rate limit, so that the server's lane learns of it.
        """
        if method.upper() not in ("GET", "POST"):
            raise Rejected(f"nothing here asks Stripe with {method}")
        form = None if method.upper() == "GET" else str(post_data or "").encode()
        with self._limit(SERVICE, urlsplit(url).netloc):
            response = http_client.call(
                url,
                guard=self._guard,
                deadline=Deadline.after(self._deadline_s),
                headers=_passed_on(headers or {}),
                form=form,
                most_bytes=MOST_BYTES,
            )
            _require_settled(response)
        return response.body.decode(errors="replace"), response.status, response.headers

    def close(self) -> None:
        """Do nothing: each request has a connection of its own."""


def _passed_on(headers: Mapping[str, str]) -> dict[str, str]:
    kept = {name: value for name, value in headers.items() if name.lower() in _PASSED_ON}
    return {**kept, "User-Agent": "Nolapse", "Accept": "application/json"}


def _require_settled(response: Response) -> None:
    """Raise for an answer that says nothing of what was asked: too often, at once with another one, or broken."""
    where, wait_s = urlsplit(response.url).path, http_client.retry_after(response)
    if response.status == HTTPStatus.TOO_MANY_REQUESTS:
        raise Throttled(f"{where}: Stripe was asked too often", retry_after=wait_s)
    if response.status == HTTPStatus.CONFLICT or response.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        raise Unavailable(f"{where}: Stripe answered {response.status}", retry_after=wait_s)
