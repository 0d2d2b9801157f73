"""Asks VIES, the Commission's register of registers, whether a VAT-ID is registered.

One guarded POST with a total deadline and a cap of bytes. What VIES cannot say now is ``Unavailable``: most often one
member state's register is away. What it never will is ``Rejected``.
"""

import json
from dataclasses import dataclass
from http import HTTPStatus
from urllib.parse import urlsplit

from integrations import http_client
from integrations.deadline import Deadline
from integrations.errors import Rejected, Throttled, Unavailable
from integrations.guard import Guard
from integrations.http_client import Response
from integrations.rate_limit import UNLIMITED, RateLimit
from rules.billing import vies_answers
from rules.billing.vat_ids import VatId
from rules.billing.vies_answers import NotAnswered, ViesAnswer

SERVICE = "vies"
MOST_BYTES = 64 * 1024


@dataclass(frozen=True, slots=True)
class Vies:
    """VIES at an address; each call is a connection and ends within ``deadline_s``."""

    url: str
    guard: Guard
    deadline_s: float = 15.0
    rate_limit: RateLimit = UNLIMITED

    def check(self, vat_id: VatId, *, requester: VatId | None) -> ViesAnswer:
        """Return what VIES knows of a VAT-ID; given a requester's own, VIES adds a consultation number.

        Raises ``Unavailable``, ``Rejected``.
        """
        asked = {"countryCode": vat_id.prefix, "vatNumber": vat_id.number}
        if requester is not None:
            asked |= {"requesterMemberStateCode": requester.prefix, "requesterNumber": requester.number}
        with self.rate_limit(SERVICE, urlsplit(self.url).netloc):
            return _read(self._call("check-vat-number", json.dumps(asked).encode()))

    def require_status(self) -> None:
        """Ask whether VIES is there. Raises ``Unavailable``, ``Rejected``."""
        _json(self._call("check-status", None))

    def _call(self, what: str, sent: bytes | None) -> Response:
        return http_client.call(
            f"{self.url}/{what}",
            guard=self.guard,
            deadline=Deadline.after(self.deadline_s),
            headers={"Accept": "application/json", "Content-Type": "application/json", "User-Agent": "Nolapse"},
            form=sent,
            most_bytes=MOST_BYTES,
        )


def _read(response: Response) -> ViesAnswer:
    try:
        return vies_answers.read(_json(response))
    except NotAnswered as error:
        raise (Unavailable if error.later else Rejected)(str(error)) from None


def _json(response: Response) -> object:
    """Return the JSON of an answer; VIES has some for its own errors, whatever the status."""
    wait_s = http_client.retry_after(response)
    if response.status == HTTPStatus.TOO_MANY_REQUESTS:
        raise Throttled("VIES was asked too often", retry_after=wait_s)
    try:
        return json.loads(response.body)
    except (ValueError, RecursionError):
        raise Unavailable(f"VIES answered {response.status} without JSON", retry_after=wait_s) from None
