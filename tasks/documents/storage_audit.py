"""The audit of documents: what the rows say beside what is stored. It changes nothing by itself.

    what is stored, by pages ──> orphaned: bytes without a row | changed: other bytes than the row says
    rows, by pages ────────────> missing: a row without bytes

Rows and storage change while it reads. So it passes over what is younger than a day or is being removed, and looks once
more at what does not fit before it reports it. Promise: convergent.
"""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from itertools import islice

from db import connection
from db.documents import direct_uploads, documents
from db.documents.documents import Document
from integrations.storage import TRIAL, Missing, Storage, StoredObject
from rules.documents.direct_uploads import INCOMING
from settings.failpoints import failpoint

_YOUNG = timedelta(days=1)
"""What was stored without a row may be an upload that is under way, or a job that is tried again."""

_PAGE = 500


class Discrepancy(StrEnum):
    """How a row and what is stored differ."""

    MISSING = "missing"
    CHANGED = "changed"
    ORPHANED = "orphaned"


@dataclass(frozen=True, slots=True)
class AuditFinding:
    """Something that does not fit; ``document_id`` is None for what has no row."""

    what: Discrepancy
    key: str
    document_id: int | None
    detail: str


def compare(storage: Storage, *, reads: bool) -> Iterator[AuditFinding]:
    """Iterate over what does not fit. With ``reads`` every byte is read, else sizes alone are compared.

    Raises as the storage does; the storage's account must be allowed to list.
    """
    stored = storage.every("")
    while page := list(islice(stored, _PAGE)):
        yield from _beside_rows(storage, page, reads=reads)
    last = 0
    while rows := documents.kept_after(last, limit=_PAGE):
        yield from _beside_storage(storage, rows)
        last = rows[-1].id


def _beside_rows(storage: Storage, page: Sequence[StoredObject], *, reads: bool) -> Iterator[AuditFinding]:
    rows = {one.storage_key: one for one in documents.stored_under_any([one.key for one in page])}
    connection.rest()
    for one in page:
        row = rows.get(one.key)
        if row is not None:
            yield from _differences(storage, row, one, reads=reads)
        elif one.key != TRIAL and datetime.now(UTC) - one.written_at > _YOUNG and not _has_row(one.key):
            yield AuditFinding(Discrepancy.ORPHANED, one.key, None, f"{one.size} bytes of {one.written_at:%Y-%m-%d}")
        failpoint("documents.audited")


def _differences(storage: Storage, row: Document, one: StoredObject, *, reads: bool) -> Iterator[AuditFinding]:
    if one.size != row.size:
        detail = f"{one.size} bytes in place of {row.size}"
        yield AuditFinding(Discrepancy.CHANGED, one.key, row.id, detail)
    elif reads and (found := checksum(storage, one.key)) not in (None, row.sha256):
        yield AuditFinding(Discrepancy.CHANGED, one.key, row.id, f"SHA-256 is {found} in place of {row.sha256}")


def _beside_storage(storage: Storage, rows: Sequence[Document]) -> Iterator[AuditFinding]:
    connection.rest()
    for row in rows:
        if not storage.exists(row.storage_key) and _has_row(row.storage_key):
            yield AuditFinding(Discrepancy.MISSING, row.storage_key, row.id, f"{row.name}, {row.size} bytes")


def _has_row(key: str) -> bool:
    if key.startswith(INCOMING):
        return direct_uploads.has(key)
    found = documents.stored_under(key)
    return found is not None and found.removing_at is None


def checksum(storage: Storage, key: str) -> str | None:
    """Return the SHA-256 in hex of what is stored under a key, read in pieces; None where nothing is."""
    found = hashlib.sha256()
    try:
        with storage.reading(key) as part:
            for chunk in part.chunks:
                found.update(chunk)
    except Missing:
        return None
    return found.hexdigest()
