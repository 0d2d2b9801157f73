"""What certificate authorities publish for anybody to fetch, and how long a download may be used."""

from datetime import datetime, timedelta
from enum import StrEnum


class DownloadKind(StrEnum):
    """One kind of thing that an authority publishes."""

    CRL = "crl"  # RFC 5280, section 5
    OCSP = "ocsp"  # what a responder says of one certificate (RFC 6960)
    ISSUER = "issuer"  # the certificate of whoever signed (RFC 5280, section 4.2.2.1)
    DIRECTORY = "acme"  # where its ACME server has what (RFC 8555, section 7.1.1)
    RENEWAL = "ari"  # when it suggests to renew (RFC 9773, section 4.2)


SOONEST, LATEST = timedelta(hours=1), timedelta(days=1)
"""Between these an authority may say itself how long to keep what it published (RFC 9773, section 4.3.2)."""

FAILED = timedelta(hours=1)
"""How long a server that had nothing for us is left alone."""

_KEPT = {
    DownloadKind.CRL: LATEST,
    DownloadKind.OCSP: LATEST,
    DownloadKind.ISSUER: timedelta(days=30),
    DownloadKind.DIRECTORY: timedelta(days=7),
    DownloadKind.RENEWAL: timedelta(hours=6),
}


def fresh_until(
    kind: DownloadKind, *, now: datetime, next_update: datetime | None = None, retry_after_s: float | None = None
) -> datetime:
    """Return until when something that came at ``now`` is used without asking again.

    ``next_update`` is when a CRL (RFC 5280, section 5.1.2.5) or an OCSP response promises a newer one, and
    ``retry_after_s`` the seconds of the server's Retry-After. All times are aware.
    """
    wanted = _KEPT[kind]
    if kind is DownloadKind.OCSP and next_update is None:  # newer news may be had at any time (RFC 6960, 4.2.2.1)
        wanted = SOONEST
    if next_update is not None:
        wanted = min(wanted, next_update - now)
    if kind is DownloadKind.RENEWAL and retry_after_s is not None:
        wanted = timedelta(seconds=min(retry_after_s, LATEST.total_seconds()))
    return now + max(wanted, SOONEST)
