"""Uploads that go to the bucket without passing through us: what state one may be in.

    open ──its form is posted to the bucket, its holder says so──> sent ──a job looks──> taken: it is a document
                                                                        └──────────────> refused

Its holder may post the form again until it closes, also after it was looked at: so what becomes a document is a copy,
under a key that no form names.
"""

from enum import StrEnum

INCOMING = "incoming/"
"""What the keys begin with under which uploads lie until they are looked at. Nothing there is handed out."""

FORM_HOLDS_S = 15 * 60
"""How long a form may be posted."""

STAYS_S = 24 * 3600
"""How long after that its row and its bytes stay."""


class DirectUploadState(StrEnum):
    """What is known of an upload."""

    OPEN = "open"
    SENT = "sent"
    TAKEN = "taken"
    REFUSED = "refused"


def storage_key(token: str) -> str:
    """Return the key of a form; ``token`` is random."""
    return INCOMING + token
