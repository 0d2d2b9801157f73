"""Uploads that go to the bucket by a form: one row each, until its form has closed and its bytes are gone."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from db import connection
from db.documents import models
from db.fields import stored
from rules.access import Within, sees
from rules.checks.subjects import Subject
from rules.documents import DocumentOwner
from rules.documents.direct_uploads import FORM_HOLDS_S, DirectUploadState


@dataclass(frozen=True, slots=True, kw_only=True)
class DirectUpload:
    """An upload. ``size`` is how many bytes its form allows; times are UTC."""

    id: int
    owner_kind: DocumentOwner
    owner_id: int
    client_id: int | None
    name: str
    size: int
    storage_key: str
    added_by: str
    closes_at: datetime
    state: DirectUploadState
    why: str
    document_id: int | None

    @property
    def owner(self) -> Subject:
        return Subject(self.owner_kind, self.owner_id, self.client_id)


_UPLOAD = (
    "SELECT id, owner_kind, owner_id, client_id, name, size, storage_key, added_by, closes_at, state, why, document_id"
    " FROM direct_upload"
)


def add(owner: Subject, *, name: str, size: int, storage_key: str, added_by: str) -> int:
    """Add an upload whose form is about to be handed out, in the caller's transaction, and return its id."""
    return models.DirectUpload.create(
        owner_kind=str(DocumentOwner(owner.kind)),
        owner_id=owner.id,
        client_id=owner.client_id,
        name=name,
        size=size,
        storage_key=storage_key,
        added_by=added_by[:100],
        closes_at=datetime.now(UTC) + timedelta(seconds=FORM_HOLDS_S),
        state=str(DirectUploadState.OPEN),
    ).id


def find(upload_id: object) -> DirectUpload | None:
    """Return an upload; None where there is none, or none any more."""
    return next(iter(connection.rows(DirectUpload, f"{_UPLOAD} WHERE id = %s", upload_id)), None)


def require(upload_id: int, *, within: Within = None) -> DirectUpload:
    """Return an upload. Raises ``LookupError``."""
    found = find(upload_id)
    if found is not None and sees(within, found.client_id):
        return found
    raise LookupError(f"no upload has the id {upload_id}")


def send(upload_id: int) -> bool:
    """Mark an open upload as sent, in the caller's transaction; returns whether it was open."""
    return _moved(upload_id, DirectUploadState.OPEN, state=str(DirectUploadState.SENT))


def take(upload_id: int, document_id: int) -> None:
    """Note which document an upload has become, in the caller's transaction."""
    _moved(upload_id, DirectUploadState.SENT, state=str(DirectUploadState.TAKEN), document_id=document_id)


def refuse(upload_id: int, why: str) -> None:
    """Note in a sentence why an upload became no document, in the caller's transaction."""
    _moved(upload_id, DirectUploadState.SENT, state=str(DirectUploadState.REFUSED), why=why[:500].replace("\0", ""))


def over(*, before: datetime, limit: int) -> list[DirectUpload]:
    """Return uploads whose form closed ``before`` a moment and that no job is to look at, the oldest first."""
    return connection.rows(
        DirectUpload,
        f"{_UPLOAD} WHERE closes_at < %s AND state <> %s ORDER BY closes_at, id LIMIT %s",
        stored(before),
        str(DirectUploadState.SENT),
        limit,
    )


def forget(ids: Sequence[int]) -> None:
    """Remove the rows of uploads whose bytes are gone, in the caller's transaction."""
    connection.changed("DELETE FROM direct_upload WHERE id {ids}", list(ids))


def has(storage_key: str) -> bool:
    """Tell whether an upload's form names this key."""
    return bool(connection.execute("SELECT 1 FROM direct_upload WHERE storage_key = %s", storage_key))


def _moved(upload_id: int, before: DirectUploadState, **changes: object) -> bool:
    update = models.DirectUpload.update(changes)
    return bool(update.where(models.DirectUpload.id == upload_id, models.DirectUpload.state == str(before)).execute())
