"""Which documents a virus scanner has to look at: those never scanned, and those scanned by other signatures."""

from datetime import datetime

from db import connection
from db.fields import stored
from rules.documents import DocumentState

_UNSCANNED = (str(DocumentState.RECEIVED), str(DocumentState.SCANNING))
_SCANNED = (str(DocumentState.CLEAN), str(DocumentState.QUARANTINED))


def unscanned_after(after: int, limit: int, *, before: datetime) -> list[int]:
    """Return ids, in order, of documents that came ``before`` a moment and were not scanned to the end."""
    rows = connection.execute(
        "SELECT id FROM kept_document WHERE id > %s AND state IN (%s, %s) AND deleted_at IS NULL AND added_at < %s"
        " ORDER BY id LIMIT %s",
        after,
        *_UNSCANNED,
        stored(before),
        limit,
    )
    return [row[0] for row in rows]


def count_unscanned(*, before: datetime) -> int:
    """Return how many ``unscanned_after`` finds."""
    return connection.execute(
        "SELECT COUNT(*) FROM kept_document WHERE state IN (%s, %s) AND deleted_at IS NULL AND added_at < %s",
        *_UNSCANNED,
        stored(before),
    )[0][0]


def scanned_by_others_after(after: int, limit: int, *, scanner: str, since: datetime) -> list[int]:
    """Return ids, in order, of documents added ``since`` a moment whose last scan went by other signatures.

    What no scanner has seen is not among them: documents of our own, and those that an inspection quarantined.
    """
    rows = connection.execute(
        "SELECT id FROM kept_document WHERE id > %s AND state IN (%s, %s) AND deleted_at IS NULL AND added_at >= %s"
        " AND scanner <> '' AND scanner <> %s ORDER BY id LIMIT %s",
        after,
        *_SCANNED,
        stored(since),
        scanner,
        limit,
    )
    return [row[0] for row in rows]
