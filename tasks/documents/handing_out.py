"""How a document leaves the storage: an address of the bucket that holds for a minute, or its bytes as they come."""

from collections.abc import Generator
from contextlib import contextmanager

import settings
from db.billing.invoices import Invoice
from db.documents.documents import Document
from integrations.errors import Rejected, Unavailable
from integrations.storage import BadRange, ByteRange, HandOut
from rules.documents import download_headers as rules
from rules.documents.download_headers import AskedRange
from tasks import outside
from tasks.documents import adoption

BUCKET_LINK_S = 60


class StorageAway(Exception):
    """Raised when the storage cannot give a document now."""


class DocumentLost(Exception):
    """Raised when the storage refuses a document, or has nothing under its key."""


class NoSuchBytes(Exception):
    """Raised when a document has no byte where a range was to begin. ``total`` is how many it has."""

    def __init__(self, total: int) -> None:
        super().__init__(total)
        self.total = total


def bucket_address(document: Document) -> str | None:
    """Return where a browser gets a document from a bucket, with the headers of the answer fixed; None otherwise."""
    if not settings.current().storage_redirect:
        return None
    how = HandOut(rules.content_type(document.content_type), rules.content_disposition(document.name))
    with _told_apart():
        return outside.storage().link(document.storage_key, how, holds_s=BUCKET_LINK_S)


@contextmanager
def byte_range(document: Document, asked: AskedRange | None) -> Generator[ByteRange]:
    """Give a range of a document's bytes, or all of it. Raises ``StorageAway``, ``DocumentLost`` or ``NoSuchBytes``."""
    first, last = (asked.first, asked.last) if asked else (0, None)
    with _told_apart(), outside.storage().reading(document.storage_key, first=first, last=last) as found:
        yield found


def of_invoice(invoice: Invoice) -> Document | None:
    """Return an invoice's PDF; None where there is none. Raises ``StorageAway`` or ``DocumentLost``."""
    with _told_apart():
        return adoption.document_of(invoice)


@contextmanager
def _told_apart() -> Generator[None]:
    try:
        yield
    except BadRange as error:
        raise NoSuchBytes(error.total) from error
    except Unavailable as error:
        raise StorageAway(str(error)) from error
    except Rejected as error:
        raise DocumentLost(str(error)) from error
