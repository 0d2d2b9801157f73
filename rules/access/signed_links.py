"""Links that are their own permission: what one allows is signed, so nobody can make one or stretch it.

    NewLink ──a row──> SignedLink ──signed(keys)──> "17.mZk..."  in an address
                                                        │ shown by whoever has it
                            the row of that number <──read
                               └──why_refused──> None, or: forged, expired, withdrawn, other use, other audience

The signature is an HMAC-SHA-256 over what the row says: its number, purpose, subject, method, expiry and audience. The
token holds the number and the signature alone, and is made anew from the row whenever it is needed: it is kept nowhere.
"""

import base64
import hashlib
import hmac
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from rules.checks.subjects import Subject

LONGEST_TOKEN = 19 + 1 + 43
"""Characters: the largest number of a row, a dot, 256 bits in base64url."""

_TOKEN = re.compile(r"([1-9][0-9]{0,18})\.([A-Za-z0-9_-]{43})")
_DOMAIN = "nolapse signed link 1"
"""Separates these signatures from any other use of the same key."""


class SignedPurpose(StrEnum):
    """What a link is for. Each has its page, and a link of one opens no other's."""

    DOWNLOAD = "download"  # staff fetch one document
    ALERTS = "alerts"  # the recipient of a mail about alerts acknowledges them or puts them off
    NOTICES = "notices"  # a client gets no more notices about what ends
    DOCUMENT = "document"  # a client sees one document's page, and fetches it
    INVOICE = "invoice"  # a client sees an invoice's page, and pays it
    STATUS = "status"  # the client, or anyone with the link, sees a status page


TO_CLIENTS = frozenset({SignedPurpose.NOTICES, SignedPurpose.DOCUMENT, SignedPurpose.INVOICE, SignedPurpose.STATUS})
"""The purposes of links that clients get; staff get the others."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedLink:
    """A link that was handed out. ``audience`` is ``user 7``, or empty: whoever has it. Times are UTC."""

    id: int
    purpose: SignedPurpose
    subject_kind: str
    subject_id: int
    client_id: int | None
    method: str
    """The HTTP method that it allows: ``GET``, or ``POST`` for a change, whose page ``GET`` may open."""
    audience: str
    created_by: str
    created_at: datetime
    expires_at: datetime
    mail_id: int | None
    """The mail that it goes out in."""
    withdrawn_at: datetime | None
    withdrawn_by: str
    uses: int
    used_at: datetime | None

    @property
    def subject(self) -> Subject:
        """What it leads to."""
        return Subject(self.subject_kind, self.subject_id, self.client_id)


class LinkRefusal(StrEnum):
    """Why a link is not followed."""

    FORGED = "forged"  # or cut, or signed with a key that is no longer kept
    EXPIRED = "expired"
    WITHDRAWN = "withdrawn"
    OTHER_USE = "other use"  # of another purpose or method
    OTHER_AUDIENCE = "other audience"
    GONE = "gone"  # it is valid, but what it leads to is no longer handed out


@dataclass(frozen=True, slots=True)
class RefusedLink:
    """A link that is not followed.

    ``client_id`` is its client, where its signature is right and it was made for clients.
    """

    why: LinkRefusal
    client_id: int | None = None


def signed(link: SignedLink, keys: Mapping[str, bytes]) -> str:
    """Return a link's token, signed with the first of the keys."""
    return f"{link.id}.{_signature(link, next(iter(keys.values())))}"


def read(token: str) -> tuple[int, str] | None:
    """Return the number of a token's row, and the signature in the token; None for what is no token."""
    found = _TOKEN.fullmatch(token)
    return (int(found[1]), found[2]) if found and int(found[1]) < 2**63 else None


def why_refused(
    link: SignedLink,
    signature: str,
    keys: Mapping[str, bytes],
    *,
    purpose: SignedPurpose,
    method: str,
    audience: str,
    now: datetime,
) -> LinkRefusal | None:
    """Return why a link is not followed, or None where it is. ``audience`` is who shows it; empty: unknown.

    The signature is compared first and in constant time, with each of the keys, so that nobody without a valid link
    learns anything about it.
    """
    matches = [hmac.compare_digest(_signature(link, key), signature) for key in keys.values()]
    if not any(matches):
        return LinkRefusal.FORGED
    if link.withdrawn_at is not None:
        return LinkRefusal.WITHDRAWN
    if now >= link.expires_at:
        return LinkRefusal.EXPIRED
    if link.purpose is not purpose or link.method != method:
        return LinkRefusal.OTHER_USE
    if link.audience and link.audience != audience:
        return LinkRefusal.OTHER_AUDIENCE
    return None


def _signature(link: SignedLink, key: bytes) -> str:
    """Return the HMAC of what a link allows, as base64url. JSON keeps each part apart from its neighbours."""
    allowed = [
        _DOMAIN,
        link.id,
        str(link.purpose),
        link.subject_kind,
        link.subject_id,
        link.method,
        round(link.expires_at.timestamp()),
        link.audience,
    ]
    digest = hmac.new(key, json.dumps(allowed).encode(), hashlib.sha256).digest()
    return base64.urlsafe_b64encode(digest).decode().rstrip("=")
