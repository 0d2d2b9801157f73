"""ACME Renewal Information (RFC 9773): what is asked of a CA about a certificate, and what its answer means.

    directory -> renewalInfo -> renewalInfo/ID -> RenewalWindow

Only the pure parts are here. Answers come from strangers: a bad one is read as None and never raises.
"""

import base64
import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import cast
from urllib.parse import urlsplit

from rules.json_access import JsonObject, text

MOST_BYTES = 65_536
"""Of an answer; those of today have under 2,000."""

LONGEST_URL = 2048
LONGEST_WINDOW = timedelta(days=366)
"""A window is some days; one that is longer than any certificate lives is a mistake."""

FIRST_YEAR, LAST_YEAR = 2015, 2199
"""No certificate has a window outside of these, and near the end of the calendar nothing can be added to a date."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RenewalWindow:
    """When a CA suggests to renew a certificate (RFC 9773, section 4.2). Times are aware and UTC."""

    start: datetime
    end: datetime


@dataclass(frozen=True, slots=True)
class RenewalQuery:
    """What to ask: the CA's ACME directory, and the certificate's identifier."""

    directory: str
    certificate_id: str


def certificate_id(*, key_id: bytes, serial: int) -> str:
    """Return a certificate's identifier (RFC 9773, section 4.1).

    ``key_id`` is the keyIdentifier of its authority key identifier; ``serial`` becomes the octets of its DER integer.
    """
    octets = serial.to_bytes(serial.bit_length() // 8 + 1, "big", signed=True)
    return f"{_base64url(key_id)}.{_base64url(octets)}"


def renewal_url(directory: bytes, certificate_id: str) -> str | None:
    """Return where to ask about a certificate, by the body of its CA's directory (RFC 9773, section 4).

    None where the directory names no such place over HTTPS.
    """
    base = text(_object(directory), "renewalInfo")
    if not base or len(base) > LONGEST_URL or not _is_plain(base):
        return None
    return f"{base.rstrip('/')}/{certificate_id}"


def read(body: bytes) -> RenewalWindow | None:
    """Return the window that a CA suggests (RFC 9773, section 4.2).

    None where there is none, where it ends before it begins, and where it is longer than ``LONGEST_WINDOW``.
    """
    window = _object(body).get("suggestedWindow")
    if not isinstance(window, dict):
        return None
    given = cast("JsonObject", window)
    start, end = _moment(text(given, "start")), _moment(text(given, "end"))
    if start is None or end is None or not timedelta(0) < end - start <= LONGEST_WINDOW:
        return None
    return RenewalWindow(start=start, end=end)


def _object(body: bytes) -> JsonObject:
    if len(body) > MOST_BYTES:
        return {}
    try:
        read = json.loads(body)
    except (ValueError, RecursionError):
        return {}
    return cast("JsonObject", read) if isinstance(read, dict) else {}


def _moment(written: str) -> datetime | None:
    """Read a timestamp (RFC 3339), to whole seconds and in UTC."""
    try:
        at = datetime.fromisoformat(written.upper())
    except ValueError:
        return None
    if at.tzinfo is None or not FIRST_YEAR <= at.year <= LAST_YEAR:
        return None
    return at.astimezone(UTC).replace(microsecond=0)


def _is_plain(url: str) -> bool:
    try:
        parts = urlsplit(url)
        return (
            parts.scheme == "https" and bool(parts.hostname) and not (parts.username or parts.query or parts.fragment)
        )
    except ValueError:
        return False


def _base64url(octets: bytes) -> str:
    return base64.urlsafe_b64encode(octets).rstrip(b"=").decode("ascii")
