"""Consent to scans: where the settings ask for it, only endpoints under a verified domain of their client are scanned.

Only this module enforces that: every scan of the portfolio passes it, whoever asked for it.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

import settings
from db.portfolio import endpoints, ownership, scans
from db.portfolio.endpoints import Endpoint
from rules import names
from wording.domains import ownership as ownership_words

_AGAIN = timedelta(hours=1)


def refused(ids: Sequence[int]) -> dict[int, Endpoint]:
    """Return those of the endpoints that are not to be scanned, by id.

    An endpoint is refused unless it is under a verified domain of its client. So hosts of others and bare addresses are
    refused, too.
    """
    if "scans" not in settings.current().require_verified:
        return {}
    found = endpoints.many(list(ids))
    domains = {one.id: _domain(one) for one in found}
    verified = ownership.verified([name for name in domains.values() if name])
    return {one.id: one for one in found if (domains[one.id], one.client_id) not in verified}


def postpone(found: Mapping[int, Endpoint], *, now: datetime) -> None:
    """Put off scans that are refused, in the caller's transaction; each endpoint says why."""
    for endpoint_id in sorted(endpoints.locked(list(found))):
        scans.failed(
            found[endpoint_id],
            ownership_words.SCAN_REFUSED,
            at=now,
            next_at=now + _AGAIN,
            because=ownership_words.SCAN_WAITS,
        )


def _domain(endpoint: Endpoint) -> str | None:
    try:
        return names.registrable(endpoint.host)
    except names.NotRegistrable:
        return None
