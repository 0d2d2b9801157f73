"""Uploads that go to the bucket without passing through us: what state one may be in.

    open ──its form is posted to the bucket, its holder says so──> sent ──a job looks──> taken: it is a document
                                                                        └──────────────> refused

The holder of a form may post it again until it expires, also after a job has looked at the upload. So the document is a
copy, under a key that no form names.
"""

from enum import StrEnum

INCOMING = "incoming/"
"""The prefix of the keys of uploads that no job has looked at yet. Nothing under it is handed out."""

FORM_HOLDS_S = 15 * 60
"""The seconds for which a form may be posted."""

STAYS_S = 24 * 3600
"""The seconds for which its row and its bytes stay after that."""


class DirectUploadState(StrEnum):
    """What is known of an upload."""

    OPEN = "open"
    SENT = "sent"
    TAKEN = "taken"
    REFUSED = "refused"


def storage_key(token: str) -> str:
    """Return the key that a form may upload to; ``token`` is random."""
    return INCOMING + token
