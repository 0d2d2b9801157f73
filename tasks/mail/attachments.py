"""What a mail carries: documents by their numbers, whose bytes are read as the mail goes out."""

from db.documents import documents
from integrations.errors import Rejected
from tasks import outside

_DOCUMENT = "document "


def named(document_id: int) -> str:
    """Return how a mail names a document that it carries, in place of a storage key."""
    return f"{_DOCUMENT}{document_id}"


def read(name: str) -> bytes:
    """Return the bytes of a document, checked by their hash, or those under a storage key, which older mails name.

    Raises ``Rejected`` for a document that is gone or handed out to nobody; ``Unavailable`` where the storage is
    away, or gives other bytes.
    """
    if not name.startswith(_DOCUMENT):
        return outside.storage().get(name)
    document = documents.find(int(name.removeprefix(_DOCUMENT)))
    if document is None:
        raise Rejected(f"{name} is gone")
    if document.why_withheld:
        raise Rejected(f"{name} is handed out to nobody: {document.why_withheld}")
    return outside.storage().get(document.storage_key, sha256=document.sha256)
